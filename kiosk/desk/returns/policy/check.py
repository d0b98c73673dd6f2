"""What makes a policy one that can be applied; every mistake is named by its row and field.

A row that an earlier one covers is a mistake, too: whoever reads it would believe in a rule that never counts.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec

from kiosk.desk.amounts import MAX_FEN
from kiosk.desk.plain_text import one_line, shortened
from kiosk.desk.returns.policy.errors import WrongPolicy
from kiosk.desk.returns.policy.views import Condition, Need, Outcome, Packaging, Policy, PolicyExample, PolicyRow, ReturnKind
from kiosk.errors import FieldError
from kiosk.i18n import Message, msg

T = TypeVar("T")

# Nobody reads more; and the editor sends them all with each press, in less than a form may hold.
MOST_ROWS = 60
MOST_EXAMPLES = 60
MOST_CATEGORIES = 50
REASON_LENGTH = 200
CATEGORY_LENGTH = 64
# Ten years: no guarantee of a supermarket lasts longer.
MOST_DAYS = 3650
_LANGUAGES = ("zh", "en")
# Mistakes that an answer names; whoever made more sees the rest at the next try.
_MOST_NAMED = 50


def checked(policy: Policy, languages: Sequence[str]) -> Policy:
    """Return *policy* with its texts cleaned; *languages* are those in which reasons must be given. Raises WrongPolicy."""
    policy = _cleaned(policy)
    problems = list(_problems(policy, languages))[:_MOST_NAMED]
    if problems:
        raise WrongPolicy(
            problems[0].message,
            msg("Correct the named fields and save again; until then the version before counts."),
            fields=problems,
        )
    return policy


def covered_by(row: PolicyRow, earlier: PolicyRow) -> bool:
    """Whether *earlier* holds wherever *row* does, so that *row* behind it never decides."""
    return (
        (not earlier.categories or (bool(row.categories) and all(name.startswith(tuple(earlier.categories)) for name in row.categories)))
        and _wide(earlier.kinds, ReturnKind) >= _wide(row.kinds, ReturnKind)
        and _wide(earlier.conditions, Condition) >= _wide(row.conditions, Condition)
        and _wide(earlier.packaging, Packaging) >= _wide(row.packaging, Packaging)
        and all(
            mine in (None, its)
            for mine, its in ((earlier.gift, row.gift), (earlier.promotion, row.promotion), (earlier.weighed, row.weighed))
        )
        and _begins(earlier.price_from_fen) <= _begins(row.price_from_fen)
        and _ends(earlier.price_below_fen) >= _ends(row.price_below_fen)
        and _begins(earlier.days_from) <= _begins(row.days_from)
        and _ends(earlier.days_to) >= _ends(row.days_to)
    )


def _cleaned(policy: Policy) -> Policy:
    examples = [_clean_example(example) for example in policy.examples]
    once = [example for number, example in enumerate(examples) if example.facts not in [earlier.facts for earlier in examples[:number]]]
    return msgspec.structs.replace(policy, rows=[_clean_row(row) for row in policy.rows], examples=once)


def _clean_example(example: PolicyExample) -> PolicyExample:
    return PolicyExample(msgspec.structs.replace(example.facts, category=one_line(example.facts.category)), example.expected)


def _clean_row(row: PolicyRow) -> PolicyRow:
    return msgspec.structs.replace(
        row,
        reason={language: text for language, given in row.reason.items() if (text := one_line(given))},
        categories=list(dict.fromkeys(one_line(name) for name in row.categories)),
        kinds=_in_order(row.kinds, ReturnKind),
        conditions=_in_order(row.conditions, Condition),
        packaging=_in_order(row.packaging, Packaging),
        needs=[need for need in Need if need in row.needs],
    )


def _in_order(chosen: Collection[T], every: Iterable[T]) -> list[T]:
    """Each of *chosen* once; all of them are the same as none."""
    kept = [one for one in every if one in chosen]
    return [] if kept == list(every) else kept


def _problems(policy: Policy, languages: Sequence[str]) -> Iterator[FieldError]:
    yield from _days("return_days", policy.return_days, 0)
    yield from _days("exchange_days", policy.exchange_days, 0)
    yield from _days("per_person_days", policy.per_person_days, 1)
    if policy.per_person_limit_fen is not None:
        yield from _amount("per_person_limit_fen", policy.per_person_limit_fen)
    yield from _examples(policy)
    if len(policy.rows) > MOST_ROWS:
        yield FieldError("rows", len(policy.rows), msg("At most %(limit)s rows are possible.", limit=MOST_ROWS))
        return
    for number, row in enumerate(policy.rows):
        yield from _row(f"rows[{number}]", number + 1, row, languages)
    for number, row in enumerate(policy.rows):
        first = next((earlier for earlier in range(number) if covered_by(row, policy.rows[earlier])), None)
        if first is not None:
            said = msg("Row %(row)s never decides: row %(first)s holds wherever it does.", row=number + 1, first=first + 1)
            yield FieldError(f"rows[{number}]", number + 1, said)


def _examples(policy: Policy) -> Iterator[FieldError]:
    if len(policy.examples) > MOST_EXAMPLES:
        yield FieldError("examples", len(policy.examples), msg("At most %(limit)s examples are possible.", limit=MOST_EXAMPLES))
    for number, example in enumerate(policy.examples[:MOST_EXAMPLES]):
        if len(example.facts.category) > CATEGORY_LENGTH:
            said = msg("The category of example %(number)s is longer than %(limit)s characters.", number=number + 1, limit=CATEGORY_LENGTH)
            yield FieldError(f"examples[{number}].facts.category", shortened(example.facts.category), said)
        # A number of many digits is no number of days or fen, and no text that one could read.
        if abs(example.facts.days) > MOST_DAYS * 10 or not 0 <= example.facts.unit_price_fen <= MAX_FEN:
            yield FieldError(f"examples[{number}].facts", number + 1, msg("Example %(number)s is out of range.", number=number + 1))


def _row(field: str, number: int, row: PolicyRow, languages: Sequence[str]) -> Iterator[FieldError]:
    for language in languages:
        if not row.reason.get(language):
            yield FieldError(
                f"{field}.reason.{language}", "", msg("Row %(row)s gives no reason in %(language)s.", row=number, language=language)
            )
    for language, text in row.reason.items():
        if language not in _LANGUAGES:
            yield FieldError(f"{field}.reason.{shortened(language)}", shortened(text), msg("Languages are zh and en."))
        if len(text) > REASON_LENGTH:
            said = msg("The reason of row %(row)s is too long; %(limit)s characters are possible.", row=number, limit=REASON_LENGTH)
            yield FieldError(f"{field}.reason.{language}", shortened(text), said)
    yield from _categories(f"{field}.categories", number, row.categories)
    yield from _bounds(field, number, row)
    if row.outcome is not Outcome.ALLOW:
        yield from _only_of_allowed(field, number, row)


def _categories(field: str, number: int, categories: Sequence[str]) -> Iterator[FieldError]:
    if len(categories) > MOST_CATEGORIES:
        said = msg("Row %(row)s names too many categories; %(limit)s are possible.", row=number, limit=MOST_CATEGORIES)
        yield FieldError(field, len(categories), said)
    for place, name in enumerate(categories):
        if not name or len(name) > CATEGORY_LENGTH:
            said = msg("A category of row %(row)s is empty or longer than %(limit)s characters.", row=number, limit=CATEGORY_LENGTH)
            yield FieldError(f"{field}[{place}]", shortened(name), said)


def _bounds(field: str, number: int, row: PolicyRow) -> Iterator[FieldError]:
    for name in ("return_days", "exchange_days", "days_from", "days_to"):
        yield from _days(f"{field}.{name}", getattr(row, name), 0, number)
    for name in ("price_from_fen", "price_below_fen"):
        value = getattr(row, name)
        if value is not None:
            yield from _amount(f"{field}.{name}", value, number)
    if row.price_from_fen is not None and row.price_below_fen is not None and row.price_from_fen >= row.price_below_fen:
        said = msg("Row %(row)s never holds: no price is both that high and that low.", row=number)
        yield FieldError(f"{field}.price_below_fen", row.price_below_fen, said)
    if row.days_from is not None and row.days_to is not None and row.days_from > row.days_to:
        said = msg("Row %(row)s never holds: it begins after it ends.", row=number)
        yield FieldError(f"{field}.days_to", row.days_to, said)


def _only_of_allowed(field: str, number: int, row: PolicyRow) -> Iterator[FieldError]:
    """Terms, needs and the way of the money mean nothing where nothing is taken back: what was meant must be asked."""
    said = msg("Row %(row)s takes nothing back; terms, needs and the way of the money belong to rows that do.", row=number)
    for name in ("return_days", "exchange_days", "refund_to"):
        if getattr(row, name) is not None:
            yield FieldError(f"{field}.{name}", getattr(row, name), said)
    if row.needs:
        yield FieldError(f"{field}.needs", list(row.needs), said)


def _days(field: str, value: int | None, least: int, row: int | None = None) -> Iterator[FieldError]:
    if value is not None and not least <= value <= MOST_DAYS:
        yield FieldError(field, value, _in_row(row, msg("Days are a whole number from %(low)s to %(high)s.", low=least, high=MOST_DAYS)))


def _amount(field: str, value: int, row: int | None = None) -> Iterator[FieldError]:
    if not 0 <= value <= MAX_FEN:
        yield FieldError(field, value, _in_row(row, msg("This is no amount of money.")))


def _in_row(row: int | None, said: Message) -> Message:
    return said if row is None else msg("Row %(row)s: %(said)s", row=row, said=said)


def _wide(chosen: Collection[T], every: Iterable[T]) -> frozenset[T]:
    return frozenset(chosen or every)


def _begins(bound: int | None) -> int:
    # Neither days nor prices of goods lie below zero.
    return bound if bound is not None else 0


def _ends(bound: int | None) -> float:
    return bound if bound is not None else float("inf")
