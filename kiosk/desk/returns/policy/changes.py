"""What differs between two versions of the policy: rows that came, went, changed or moved, and the terms for all."""

from difflib import SequenceMatcher
from enum import StrEnum

import msgspec

from kiosk.desk.returns.policy.views import Policy, PolicyRow


class ChangeKind(StrEnum):
    """What became of a row."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


class RowChange(msgspec.Struct, frozen=True):
    """One row that differs. Numbers count from 0; *fields* are those that changed."""

    kind: ChangeKind
    before: int | None
    after: int | None
    row: PolicyRow
    fields: list[str] = []


class Differences(msgspec.Struct, frozen=True):
    """Everything that differs. *fields* are those of the policy itself, without its rows."""

    rows: list[RowChange]
    fields: list[str]

    def __bool__(self) -> bool:
        return bool(self.rows or self.fields)


def differences(before: Policy, after: Policy) -> Differences:
    """What one has to do to *before* to get *after*."""
    return Differences(_rows(before.rows, after.rows), _fields(before, after, leave="rows"))


def _rows(before: list[PolicyRow], after: list[PolicyRow]) -> list[RowChange]:
    went: list[int] = []
    came: list[int] = []
    changes: list[RowChange] = []
    keys = [msgspec.json.encode(row) for row in before], [msgspec.json.encode(row) for row in after]
    for kind, first, end, new_first, new_end in SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
        if kind != "equal":
            went += range(first, end)
            came += range(new_first, new_end)
    for old in list(went):
        # The same row at another place was moved, not taken out and written anew.
        moved = next((new for new in came if after[new] == before[old]), None)
        if moved is not None:
            changes.append(RowChange(ChangeKind.MOVED, old, moved, after[moved]))
            went.remove(old)
            came.remove(moved)
    for old in list(went):
        changed = next((new for new in came if new == old or _same_words(before[old], after[new])), None)
        if changed is not None:
            fields = _fields(before[old], after[changed])
            changes.append(RowChange(ChangeKind.CHANGED, old, changed, after[changed], fields))
            went.remove(old)
            came.remove(changed)
    changes += [RowChange(ChangeKind.REMOVED, old, None, before[old]) for old in went]
    changes += [RowChange(ChangeKind.ADDED, None, new, after[new]) for new in came]
    return sorted(changes, key=lambda change: change.after if change.after is not None else change.before or 0)


def _same_words(before: PolicyRow, after: PolicyRow) -> bool:
    """Whether a row still gives its reason in one language at least: then it is the same rule, changed."""
    return any(text == after.reason.get(language) for language, text in before.reason.items())


def _fields(before: msgspec.Struct, after: msgspec.Struct, leave: str = "") -> list[str]:
    return [name for name in before.__struct_fields__ if name != leave and getattr(before, name) != getattr(after, name)]
