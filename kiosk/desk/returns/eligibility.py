"""Says what of a receipt may come back, and why not the rest: the policy's verdicts beside what remains of each line."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from kiosk.desk.amounts import quantity
from kiosk.desk.receipts.views import Freshness, ReceiptKind, ReceiptLine, ReceiptView
from kiosk.desk.returns import returned
from kiosk.desk.returns.arithmetic import Done, PaidLine, gifts_of, paid_lines, piece_refund
from kiosk.desk.returns.context import Context
from kiosk.desk.returns.policy.views import LineFacts, Policy, RefundTo, ReturnKind, Verdict
from kiosk.desk.returns.views import Assessment, LineAnswer, LineAssessment
from kiosk.i18n import Message, msg

# Clocks of tills differ from ours by less.
_AHEAD = timedelta(minutes=15)

Judge = Callable[[LineFacts], Verdict]


class Standing:
    """How far a receipt as a whole stands in the way: *blocked* for good, or *needs_supervisor*; *notices* say why."""

    def __init__(self) -> None:
        self.notices: list[Message] = []
        self.blocked: Message | None = None
        self.needs_supervisor: Message | None = None

    def block(self, why: Message) -> None:
        self.notices.append(why)
        self.blocked = self.blocked or why

    def ask_supervisor(self, why: Message) -> None:
        self.notices.append(why)
        self.needs_supervisor = self.needs_supervisor or why


def assess(context: Context, session: Session, receipt_id: int, answers: Sequence[LineAnswer], freshness: Freshness) -> Assessment:
    """What of a receipt may come back. Raises UnknownReceipt."""
    receipt = context.receipts.get(session, receipt_id)
    standing = stand(context, receipt, freshness)
    policy = context.policy.current(session).policy
    goods, done = paid_lines(receipt), returned.of_receipt(session, receipt.id)
    seen = {answer.line: answer for answer in answers}
    judge = remembering(context, policy)
    lines = [_line(context, judge, receipt, line, goods, done, seen.get(line.line)) for line in receipt.lines]
    return Assessment(
        receipt_id=receipt.id,
        number=receipt.number,
        lines=lines,
        notices=standing.notices,
        blocked=standing.blocked is not None,
        needs_supervisor=standing.needs_supervisor is not None,
        earlier=returned.ids_of_receipt(session, receipt.id),
    )


def stand(context: Context, receipt: ReceiptView, freshness: Freshness) -> Standing:
    """What concerns the whole receipt."""
    standing = Standing()
    store, settings = context.settings.store.code, context.settings.receipts
    if receipt.kind is ReceiptKind.CANCELLED:
        standing.block(msg("This receipt was cancelled at the till: nothing was sold by it."))
    if receipt.kind is ReceiptKind.REFUND:
        standing.block(msg("This receipt is itself a refund: there is no refund of a refund."))
    if receipt.sold_at > context.now() + _AHEAD:
        standing.block(msg("This receipt is from the future: %(time)s. Check the clocks of till and station.", time=receipt.sold_at))
    if receipt.store != store and receipt.store not in settings.stores:
        standing.block(msg("This receipt is from another store, %(store)s, whose receipts are not accepted here.", store=receipt.store))
    if freshness is Freshness.STALE:
        told = msg(
            "The point of sale does not answer. What is known of this receipt is from %(time)s; it may have changed since.",
            time=receipt.known_at,
        )
        if settings.when_stale == "refuse":
            standing.block(told)
        elif settings.when_stale == "supervisor":
            standing.ask_supervisor(told)
        else:
            standing.notices.append(told)
    return standing


def remembering(context: Context, policy: Policy) -> Judge:
    """The policy's verdicts; lines that are alike, of which long receipts have many, are judged once."""
    known: dict[LineFacts, Verdict] = {}

    def judge(facts: LineFacts) -> Verdict:
        verdict = known.get(facts)
        if verdict is None:
            verdict = known[facts] = context.policy.judge(policy, facts)
        return verdict

    return judge


def facts_of(
    context: Context, receipt: ReceiptView, line: ReceiptLine, kind: ReturnKind, answer: LineAnswer | None, thousandths: int
) -> LineFacts:
    """What the policy is asked about *line*."""
    return LineFacts(
        kind=kind,
        days=(context.today() - receipt.sold_on).days,
        category=line.category,
        condition=answer.condition if answer else None,
        packaging=answer.packaging if answer else None,
        gift=line.gift_of is not None,
        promotion=bool(line.promotion),
        weighed=line.weighed,
        unit_price_fen=line.unit_price_fen,
        quantity=quantity(thousandths),
        receipt=receipt.kind,
        sold_on=receipt.sold_on,
    )


def remaining(goods: Mapping[int, PaidLine], done: Done, number: int) -> int:
    """The thousandths of line *number* that did not come back yet."""
    line = goods.get(number)
    return max(0, line.quantity - done.quantities.get(number, 0)) if line else 0


def _line(
    context: Context,
    judge: Judge,
    receipt: ReceiptView,
    line: ReceiptLine,
    goods: Mapping[int, PaidLine],
    done: Done,
    answer: LineAnswer | None,
) -> LineAssessment:
    sold = goods.get(line.line)
    left, back = remaining(goods, done, line.line), done.quantities.get(line.line, 0)
    if sold is None:
        refused = nothing_sold()
        verdicts = (refused, refused)
    elif not left:
        refused = _refused(msg("All of it has come back already."))
        verdicts = (refused, refused)
    else:
        verdicts = (
            judge(facts_of(context, receipt, line, ReturnKind.RETURN, answer, left)),
            judge(facts_of(context, receipt, line, ReturnKind.EXCHANGE, answer, left)),
        )
    return LineAssessment(
        line=line,
        bought=quantity(sold.quantity) if sold else quantity(0),
        returned=quantity(back),
        remaining=quantity(left),
        refundable_fen=piece_refund(sold, back, done.refunded.get(line.line, 0), left) if sold and left else 0,
        verdict=verdicts[0],
        verdict_exchange=verdicts[1],
        gifts=[gift.line for gift in gifts_of(goods, line.line) if remaining(goods, done, gift.line)],
    )


def nothing_sold() -> Verdict:
    """The verdict on a line that is no goods, such as a discount or a correction."""
    return _refused(msg("This line is no goods that were sold."))


def _refused(reason: Message) -> Verdict:
    return Verdict(False, reason, None, frozenset(), RefundTo.ORIGINAL, None, None)
