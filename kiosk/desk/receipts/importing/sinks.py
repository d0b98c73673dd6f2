"""Where batches of checked receipts go: into the database together with how far they lead, or, for a dry run, back out of it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import msgspec
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config_returns import ImportProfile
from kiosk.db import Database
from kiosk.desk.actors import SYSTEM
from kiosk.desk.audit import AuditTrail
from kiosk.desk.receipts import ReceiptService
from kiosk.desk.receipts.importing import runs
from kiosk.desk.receipts.importing.problems import RowError
from kiosk.desk.receipts.importing.report import MOST_LISTED, Counts
from kiosk.desk.receipts.importing.runs import FileKey, Run
from kiosk.desk.receipts.views import Added, NewReceipt
from kiosk.errors import StorageError

T = TypeVar("T")

# Tries of a batch that the database did not take, and seconds between them: something else held it for long.
_TRIES, _RETRY_S = 5, 2.0
_DIFFERS = "the number is known with another content, which is kept"
_DIFFERS_REMEDY = "look both up; when rows of one receipt stand far apart in the file, raise look_back of the profile"


@dataclass(slots=True)
class Batch:
    """Some receipts that are checked, and what is wrong with those that are not among them."""

    receipts: list[NewReceipt] = field(default_factory=list)
    rows_of: list[int] = field(default_factory=list)  # where each receipt begins
    problems: list[RowError] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    items: int = 0  # receipts, good or refused


@dataclass(frozen=True, slots=True)
class Means:
    """What a sink works with. *stop* ends its waiting for a database that is busy."""

    db: Database
    clock: Clock
    receipts: ReceiptService
    audit: AuditTrail
    stop: threading.Event

    def write(self, unit: Callable[[Session], T]) -> T:
        """Write *unit*; a database that another process holds for long is tried again. Raises StorageError."""
        for _ in range(_TRIES - 1):
            try:
                return self.db.write(unit)
            except StorageError:
                if self.clock.wait(self.stop, _RETRY_S):
                    raise
        return self.db.write(unit)


class Sink(Protocol):
    """Takes the batches of one file in their order; *run* says how far it is."""

    run: Run

    def take(self, batch: Batch) -> None:
        """Take one batch."""
        ...

    def finish(self) -> None:
        """The file is at its end."""
        ...

    def problems(self) -> list[RowError]:
        """What is wrong with the file."""
        ...


class Stored:
    """Writes batches and how far they lead."""

    def __init__(self, means: Means, profile: ImportProfile, key: FileKey, name: str) -> None:
        self._means, self._source, self._known_at = means, f"import:{profile.name}", key.known_at
        now = means.clock.now()
        self.run = means.write(lambda session: runs.begin(session, key, profile.name, name, now))

    def take(self, batch: Batch) -> None:
        self._write(batch, finished=False)

    def finish(self) -> None:
        self._write(Batch(), finished=True)

    def problems(self) -> list[RowError]:
        with self._means.db.read() as session:
            return runs.problems_of(session, self.run.id)

    def _write(self, batch: Batch, *, finished: bool) -> None:
        run, done, now, receipts = self.run, self.run.done + batch.items, self._means.clock.now(), self._means.receipts

        def unit(session: Session) -> Counts:
            added = receipts.add_many(session, batch.receipts, source=self._source, known_at=self._known_at) if batch.receipts else []
            counts, problems = _judged(batch, added)
            counts = run.counts.plus(counts)
            runs.advance(session, run, done, counts, problems, now, finished=finished)
            if finished:
                detail = {"source": self._source, **msgspec.to_builtins(counts)}
                self._means.audit.append(session, SYSTEM, "receipts.imported", f"receipt-import:{run.id}", detail)
            return counts

        self.run = Run(run.id, done, finished, self._means.write(unit))


class Tried:
    """Does the same, and takes each batch back."""

    def __init__(self, means: Means, profile: ImportProfile, key: FileKey) -> None:
        self._means, self._source, self._known_at = means, f"import:{profile.name}", key.known_at
        self.run = Run(0, 0, False, Counts())
        self._problems: list[RowError] = []
        # What earlier batches would have left behind: a receipt and its content, as small as that can be said.
        self._seen: dict[int, int] = {}

    def take(self, batch: Batch) -> None:
        def unit(session: Session) -> None:
            raise _Undo(self._means.receipts.add_many(session, batch.receipts, source=self._source, known_at=self._known_at))

        added: list[Added] = []
        if batch.receipts:
            try:
                self._means.write(unit)
            except _Undo as undone:
                added = [self._or_seen(receipt, one) for receipt, one in zip(batch.receipts, undone.added, strict=True)]
        counts, problems = _judged(batch, added)
        self.run = Run(0, self.run.done + batch.items, False, self.run.counts.plus(counts))
        self._problems += problems[: MOST_LISTED - len(self._problems)]

    def finish(self) -> None:
        """Nothing was changed, so nothing is to be finished."""

    def problems(self) -> list[RowError]:
        return self._problems

    def _or_seen(self, receipt: NewReceipt, added: Added) -> Added:
        key, content = hash((receipt.number, receipt.store)), hash(msgspec.json.encode(receipt))
        if added is not Added.NEW:
            return added
        before = self._seen.get(key)
        if before is None:
            self._seen[key] = content
            return added
        return Added.SAME if before == content else Added.CONFLICT


class _Undo(Exception):
    """Takes back what a batch of a dry run has written."""

    def __init__(self, added: list[Added]) -> None:
        super().__init__()
        self.added = added


def _judged(batch: Batch, added: list[Added]) -> tuple[Counts, list[RowError]]:
    """The counts of a batch of which *added* became, and all that is wrong with it, by row."""
    counts = msgspec.structs.replace(batch.counts)
    problems = list(batch.problems)
    for row, receipt, outcome in zip(batch.rows_of, batch.receipts, added, strict=True):
        match outcome:
            case Added.NEW:
                counts.new += 1
            case Added.SAME:
                counts.same += 1
            case Added.CHANGED:
                counts.changed += 1
            case Added.CONFLICT:
                counts.conflicts += 1
                problems.append(RowError(row, "", receipt.number, _DIFFERS, _DIFFERS_REMEDY))
    problems.sort(key=lambda one: one.row)
    counts.errors = len(problems)
    return counts, problems
