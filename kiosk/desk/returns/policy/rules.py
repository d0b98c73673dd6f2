"""Asks the decision table about goods: a pure function of the policy and the facts, which knows neither clock nor database.

What is always so comes first (nothing of a refund, of a cancelled sale or of a sale that is yet to be), then the first row
that holds, then the policy's own days. Where condition or packaging have not been looked at yet, every answer is tried:
a question is open when its answer would make a difference.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product

import msgspec

from kiosk.desk.receipts.views import ReceiptKind
from kiosk.desk.returns.policy.views import (
    Condition,
    LineFacts,
    Need,
    Outcome,
    Packaging,
    Policy,
    PolicyRow,
    RefundTo,
    ReturnKind,
    Verdict,
)
from kiosk.i18n import Message, OwnWords, msg, own

CONDITION, PACKAGING = "condition", "packaging"
# Goods that nobody has looked at yet are spoken of as these; the open questions say what may change that.
_UNSEEN = (Condition.AS_NEW, Packaging.SEALED)

_Seen = tuple[Condition, Packaging]


def judge(policy: Policy, facts: LineFacts) -> Verdict:
    """What *policy* says about goods. Never raises."""
    never = _never(facts)
    if never is not None:
        return never
    rows = [(number, row) for number, row in enumerate(policy.rows) if _may_hold(row, facts)]
    answers = {seen: _judge_seen(policy, rows, facts, *seen) for seen in _possible(rows, facts)}
    first = answers[facts.condition or _UNSEEN[0], facts.packaging or _UNSEEN[1]]
    asked = frozenset(_open_questions(answers))
    return msgspec.structs.replace(first, open_questions=asked) if asked else first


def _never(facts: LineFacts) -> Verdict | None:
    """What no table may allow: it would pay out money that was not paid."""
    if facts.receipt is ReceiptKind.CANCELLED:
        return _refused(msg("This sale was cancelled; nothing was paid for it."))
    if facts.receipt is ReceiptKind.REFUND:
        return _refused(msg("This receipt is itself a refund; nothing of it can be returned."))
    if facts.days < 0:
        return _refused(msg("The date of this sale lies in the future."), msg("Check the date of the receipt and of this station."))
    return None


def _may_hold(row: PolicyRow, facts: LineFacts) -> bool:
    """Whether *row* holds as far as it does not ask for condition and packaging."""
    return (
        (not row.categories or facts.category.startswith(tuple(row.categories)))
        and (not row.kinds or facts.kind in row.kinds)
        and row.gift in (None, facts.gift)
        and row.promotion in (None, facts.promotion)
        and row.weighed in (None, facts.weighed)
        and (row.price_from_fen is None or facts.unit_price_fen >= row.price_from_fen)
        and (row.price_below_fen is None or facts.unit_price_fen < row.price_below_fen)
        and (row.days_from is None or facts.days >= row.days_from)
        and (row.days_to is None or facts.days <= row.days_to)
        and (facts.condition is None or not row.conditions or facts.condition in row.conditions)
        and (facts.packaging is None or not row.packaging or facts.packaging in row.packaging)
    )


def _holds_seen(row: PolicyRow, condition: Condition, packaging: Packaging) -> bool:
    return (not row.conditions or condition in row.conditions) and (not row.packaging or packaging in row.packaging)


def _possible(rows: list[tuple[int, PolicyRow]], facts: LineFacts) -> Iterator[_Seen]:
    """Each answer that is possible; only one where no row asks."""
    conditions, packagings = [facts.condition or _UNSEEN[0]], [facts.packaging or _UNSEEN[1]]
    if facts.condition is None and any(row.conditions for _number, row in rows):
        conditions = list(Condition)
    if facts.packaging is None and any(row.packaging or Need.PACKAGING in row.needs for _number, row in rows):
        packagings = list(Packaging)
    yield from product(conditions, packagings)


def _judge_seen(policy: Policy, rows: list[tuple[int, PolicyRow]], facts: LineFacts, condition: Condition, packaging: Packaging) -> Verdict:
    for number, row in rows:
        if _holds_seen(row, condition, packaging):
            return _decided(policy, number, row, facts, packaging)
    return _within_term(policy, facts, None, None)


def _decided(policy: Policy, number: int, row: PolicyRow, facts: LineFacts, packaging: Packaging) -> Verdict:
    if row.outcome is Outcome.REFUSE:
        return _refused(own(row.reason), row=number)
    if row.outcome is Outcome.REPAIR_FIRST:
        remedy = msg("Open a repair case; the vendor looks at the goods first.")
        return msgspec.structs.replace(_refused(own(row.reason), remedy, row=number), repair_first=True)
    if Need.PACKAGING in row.needs and packaging is Packaging.MISSING:
        said = msg("%(words)s The packaging is missing.", words=OwnWords(row.reason))
        return _refused(said, msg("Ask the customer to bring the whole packaging."), row=number)
    return _within_term(policy, facts, number, row)


def _within_term(policy: Policy, facts: LineFacts, number: int | None, row: PolicyRow | None) -> Verdict:
    """Allowed until the term has passed: the row's own, or the policy's."""
    exchange = facts.kind is ReturnKind.EXCHANGE
    term = policy.exchange_days if exchange else policy.return_days
    if row is not None and (own_term := row.exchange_days if exchange else row.return_days) is not None:
        term = own_term
    left = term - facts.days
    refund_to = row.refund_to if row is not None and row.refund_to is not None else RefundTo.ORIGINAL
    if left < 0:
        return Verdict(False, _too_late(facts, term), None, frozenset(), refund_to, left, number)
    until = _until(facts, left)
    said = msg("%(words)s %(until)s", words=OwnWords(row.reason), until=until) if row is not None else until
    return Verdict(True, said, None, frozenset(row.needs if row is not None else ()), refund_to, left, number)


def _until(facts: LineFacts, left: int) -> Message:
    exchange = facts.kind is ReturnKind.EXCHANGE
    last = _last_day(facts, facts.days + left)
    if last is not None and exchange:
        return msg("An exchange is possible until %(last)s.", last=last)
    if last is not None:
        return msg("A return is possible until %(last)s.", last=last)
    if exchange:
        return msg("Days left for an exchange: %(days)s.", days=left)
    return msg("Days left for a return: %(days)s.", days=left)


def _too_late(facts: LineFacts, term: int) -> Message:
    """The reason of a refusal for time: the term, and when it ended or how long ago the sale was."""
    exchange, within, last = facts.kind is ReturnKind.EXCHANGE, _within(term), _last_day(facts, term)
    if last is not None and exchange:
        return msg("Too late for an exchange: it was possible %(within)s, until %(last)s.", within=within, last=last)
    if last is not None:
        return msg("Too late for a return: it was possible %(within)s, until %(last)s.", within=within, last=last)
    if exchange:
        return msg("Too late for an exchange: it was possible %(within)s. Days since the sale: %(days)s.", within=within, days=facts.days)
    return msg("Too late for a return: it was possible %(within)s. Days since the sale: %(days)s.", within=within, days=facts.days)


def _last_day(facts: LineFacts, term: int) -> date | None:
    """The day on which a *term* of days ends; None when the day of the sale is not told, or the calendar ends before."""
    try:
        return None if facts.sold_on is None else facts.sold_on + timedelta(days=term)
    except OverflowError:
        return None


def _within(term: int) -> Message:
    if term == 0:
        return msg("on the day of the sale")
    if term == 1:
        return msg("until the day after the sale")
    return msg("within %(days)s days of the sale", days=term)


def _refused(reason: Message, remedy: Message | None = None, row: int | None = None) -> Verdict:
    return Verdict(False, reason, remedy, frozenset(), RefundTo.ORIGINAL, None, row)


def _open_questions(answers: dict[_Seen, Verdict]) -> Iterator[str]:
    """Which answer makes a difference: two that differ in it alone give different verdicts."""
    kinds = {seen: _substance(verdict) for seen, verdict in answers.items()}
    by_packaging: dict[Packaging, set[object]] = {}
    by_condition: dict[Condition, set[object]] = {}
    for (condition, packaging), kind in kinds.items():
        by_packaging.setdefault(packaging, set()).add(kind)
        by_condition.setdefault(condition, set()).add(kind)
    if any(len(found) > 1 for found in by_packaging.values()):
        yield CONDITION
    if any(len(found) > 1 for found in by_condition.values()):
        yield PACKAGING


def _substance(verdict: Verdict) -> object:
    """What is done because of a verdict; that another row gives the same is no difference to anybody."""
    allowed = (verdict.needs, verdict.refund_to, verdict.days_left) if verdict.allowed else None
    return allowed, verdict.repair_first
