"""What a return would come to, and what stands in its way: the same reckoning for a quote and for the record."""

from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.desk.amounts import MILLI, yuan
from kiosk.desk.plain_text import one_line
from kiosk.desk.receipts.models import MEMBER_LENGTH, Receipt
from kiosk.desk.receipts.views import ReceiptLine, ReceiptView
from kiosk.desk.returns import arithmetic, demands, eligibility, returned
from kiosk.desk.returns.arithmetic import Done, PaidLine
from kiosk.desk.returns.context import Context
from kiosk.desk.returns.policy.views import Condition, Packaging, Policy, PolicyVersion, RefundTo, ReturnKind
from kiosk.desk.returns.problems import Problem, ProblemKind
from kiosk.desk.returns.quantities import thousandths
from kiosk.desk.returns.store import Deduction
from kiosk.desk.returns.views import Goods, LineAnswer, NewReturn, NewReturnLine
from kiosk.i18n import Message, msg

_APPROVE = "returns:approve"
# Who may approve more than `returns.override_limit_fen` without a receipt.
_MANAGE = "returns:manage"


@dataclass(slots=True)
class Piece:
    """Goods that come back, as they will be kept. *place*: in the lines of the request; None: a gift that came along."""

    place: int | None
    line: int | None
    product: str
    name: str
    category: str
    barcode: str
    unit: str
    quantity: int
    reason: str
    condition: Condition
    packaging: Packaging
    refund_fen: int = 0
    serial: str = ""
    test_id: int | None = None


@dataclass(slots=True)
class Plan:
    """All that is to be recorded."""

    receipt: ReceiptView | None
    policy: PolicyVersion
    member: str
    pieces: list[Piece] = field(default_factory=list)
    deductions: list[Deduction] = field(default_factory=list)
    exchange_for: list[Goods] = field(default_factory=list)
    exchange_fen: int = 0
    refund_to: RefundTo = RefundTo.ORIGINAL
    problems: list[Problem] = field(default_factory=list)
    approved: bool = False

    @property
    def goods_fen(self) -> int:
        return sum(piece.refund_fen for piece in self.pieces)

    @property
    def deducted_fen(self) -> int:
        return sum(one.fen for one in self.deductions)

    @property
    def worth_fen(self) -> int:
        """What the customer is credited with."""
        return self.goods_fen - self.deducted_fen

    @property
    def refund_fen(self) -> int:
        return max(0, self.worth_fen - self.exchange_fen)

    @property
    def pay_fen(self) -> int:
        return max(0, self.exchange_fen - self.worth_fen)

    @property
    def standing(self) -> list[Problem]:
        """The problems that are left: a second person's leave takes away those that it may."""
        return [one for one in self.problems if not (self.approved and one.kind is ProblemKind.APPROVAL)]

    @property
    def needs_supervisor(self) -> bool:
        """Whether a second person's leave is all that is missing."""
        kinds = {problem.kind for problem in self.standing}
        return kinds == {ProblemKind.APPROVAL}

    def block(self, kind: ProblemKind, message: Message, field_name: str = "") -> None:
        self.problems.append(Problem(kind, message, field_name))


def make(context: Context, session: Session, wanted: NewReturn) -> Plan:
    """The plan of *wanted*; within a write unit the caller has locked the receipt. Raises UnknownReceipt."""
    receipt = context.receipts.get(session, wanted.receipt_id) if wanted.receipt_id is not None else None
    plan = Plan(receipt, context.policy.current(session), _member(session, receipt, wanted))
    _check_approver(plan, wanted)
    _check_shape(plan, wanted)
    if receipt is not None:
        _of_receipt(context, session, plan, receipt, wanted)
    else:
        _without_receipt(context, plan, wanted)
    plan.exchange_for, plan.exchange_fen = _in_exchange(plan, wanted)
    _check_person(context, session, plan)
    return plan


def _member(session: Session, receipt: ReceiptView | None, wanted: NewReturn) -> str:
    # The view's is masked.
    known = session.scalar(select(Receipt.member).where(Receipt.id == receipt.id)) if receipt is not None else ""
    return known or one_line(wanted.member)[:MEMBER_LENGTH]


def _check_approver(plan: Plan, wanted: NewReturn) -> None:
    if wanted.override is not None:
        wanted.override.approver.require(_APPROVE)
        plan.approved = True
        if not one_line(wanted.override.reason):
            plan.block(ProblemKind.INPUT, msg("Say why it is allowed."), "override.reason")


def _check_shape(plan: Plan, wanted: NewReturn) -> None:
    if plan.receipt is not None and wanted.goods:
        plan.block(ProblemKind.INPUT, msg("Goods of a receipt are named by its lines."), "goods")
    if plan.receipt is None and (wanted.lines or wanted.gifts_back):
        plan.block(ProblemKind.INPUT, msg("Lines are those of a receipt; name the receipt."), "receipt")
    if not wanted.lines and not wanted.goods:
        plan.block(ProblemKind.INPUT, msg("Choose what comes back."), "lines")
    if wanted.kind is ReturnKind.EXCHANGE and not wanted.exchange_for:
        plan.block(ProblemKind.INPUT, msg("Say what the customer takes instead."), "exchange_for")
    if wanted.kind is ReturnKind.RETURN and wanted.exchange_for:
        plan.block(ProblemKind.INPUT, msg("Goods that the customer takes instead make it an exchange."), "kind")


def _of_receipt(context: Context, session: Session, plan: Plan, receipt: ReceiptView, wanted: NewReturn) -> None:
    standing = eligibility.stand(context, receipt, wanted.freshness)
    if standing.blocked is not None:
        plan.block(ProblemKind.BLOCKED, standing.blocked)
    if standing.needs_supervisor is not None:
        plan.block(ProblemKind.APPROVAL, standing.needs_supervisor)
    goods, done = arithmetic.paid_lines(receipt), returned.of_receipt(session, receipt.id)
    judge = eligibility.remembering(context, plan.policy.policy)
    back = dict(done.quantities)
    ways: set[RefundTo] = set()
    for place, one in enumerate(wanted.lines):
        line = receipt.line(one.line)
        if line is None or one.line not in goods:
            message = msg("The receipt has no goods on line %(line)s.", line=one.line)
            plan.problems.append(Problem(ProblemKind.INPUT, message, f"lines[{place}].line", place, one.line))
            continue
        scaled = thousandths(one.quantity, by_the_piece=not line.weighed)
        if isinstance(scaled, Message):
            plan.problems.append(Problem(ProblemKind.INPUT, scaled, f"lines[{place}].quantity", place, one.line))
            continue
        left = goods[one.line].quantity - back.get(one.line, 0)
        if scaled > left:
            plan.problems.append(demands.over(place, one, max(0, left), line.name))
            continue
        back[one.line] = back.get(one.line, 0) + scaled
        answer = LineAnswer(one.line, one.condition, one.packaging)
        verdict = judge(eligibility.facts_of(context, receipt, line, wanted.kind, answer, scaled))
        ways.add(verdict.refund_to)
        plan.problems += demands.piece_problems(context, session, receipt.id, place, one, line, verdict, len(wanted.photos))
        serial = demands.tested_serial(context, session, one)
        plan.pieces.append(_piece(line, scaled, one, place, serial=serial, test_id=one.test_id))
    _gifts(plan, receipt, goods, back, wanted)
    if len(ways) > 1:
        plan.block(ProblemKind.NEED, msg("These goods are refunded in different ways; take them back in two returns."), "lines")
    plan.refund_to = ways.pop() if len(ways) == 1 else RefundTo.ORIGINAL
    _settle(plan, goods, done, returned.paid_all_the_same(session, receipt.id), receipt)


def _gifts(plan: Plan, receipt: ReceiptView, goods: dict[int, PaidLine], back: dict[int, int], wanted: NewReturn) -> None:
    """Gifts that came back with their goods: as much of each as belongs to what has come back."""
    coming = {piece.line: piece for piece in plan.pieces}
    for place, number in enumerate(wanted.gifts_back):
        gift, line = goods.get(number), receipt.line(number)
        bought = goods.get(gift.gift_of) if gift is not None and gift.gift_of is not None else None
        if gift is None or line is None or bought is None or not back.get(bought.line):
            message = msg("Line %(line)s is no gift of goods that come back.", line=number)
            plan.problems.append(Problem(ProblemKind.INPUT, message, f"gifts_back[{place}]", None, number))
            continue
        due = Decimal(arithmetic.gift_due(bought, gift, back[bought.line]))
        if not line.weighed:
            # Nobody brings half a towel: what belongs to a part of the goods comes back whole.
            due = (due / MILLI).to_integral_value(ROUND_CEILING) * MILLI
        more = min(gift.quantity, int(due)) - back.get(number, 0)
        if more > 0:
            back[number] = back.get(number, 0) + more
            model = coming.get(bought.line)
            reason = model.reason if model else ""
            plan.pieces.append(_piece(line, more, NewReturnLine(number, Decimal(1), reason, Condition.AS_NEW), None))


def _piece(
    line: ReceiptLine, quantity: int, one: NewReturnLine, place: int | None, *, serial: str = "", test_id: int | None = None
) -> Piece:
    return Piece(
        place=place,
        line=line.line,
        product=line.product,
        name=line.name,
        category=line.category,
        barcode=line.barcode,
        unit=line.unit,
        quantity=quantity,
        reason=one_line(one.reason)[: demands.REASON_LENGTH],
        condition=one.condition,
        packaging=one.packaging,
        serial=serial,
        test_id=test_id,
    )


def _settle(plan: Plan, goods: dict[int, PaidLine], done: Done, already: dict[str, int], receipt: ReceiptView) -> None:
    numbered = [(piece.line, piece.quantity) for piece in plan.pieces if piece.line is not None]
    settlement = arithmetic.settle(goods, done, numbered, already)
    for piece, fen in zip(plan.pieces, settlement.pieces, strict=True):
        piece.refund_fen = fen
    plan.deductions = [Deduction(key, _words(key, fen, receipt), fen) for key, fen in settlement.deductions.items()]


def _words(key: str, fen: int, receipt: ReceiptView) -> Message:
    if key.startswith(arithmetic.GIFT):
        line = receipt.line(int(key.removeprefix(arithmetic.GIFT)))
        name = line.name if line else key
        return msg("Gift kept: %(name)s", name=name) if fen > 0 else msg("Gift brought back after all: %(name)s", name=name)
    if key.startswith(arithmetic.PROMOTION):
        promotion = key.removeprefix(arithmetic.PROMOTION)
        if fen > 0:
            return msg("Discount of what is kept of the promotion %(promotion)s", promotion=promotion)
        return msg("Deducted before for the promotion %(promotion)s, and paid back now", promotion=promotion)
    if key.startswith(returned.VOIDED):
        return msg("Paid already for a return that was voided")
    return msg("Not more than was paid for the receipt")


def _without_receipt(context: Context, plan: Plan, wanted: NewReturn) -> None:
    plan.refund_to = plan.policy.policy.no_receipt_refund
    kept, problems = demands.checked_goods(wanted.goods, "goods")
    plan.problems += problems
    for place, (one, scaled) in enumerate(kept):
        piece = Piece(place, None, one.product, one.name, one.category, "", "", scaled, one.reason, one.condition, one.packaging)
        piece.refund_fen = arithmetic.price_of(one.unit_price_fen, scaled)
        plan.pieces.append(piece)
    if wanted.goods:
        plan.block(ProblemKind.APPROVAL, msg("Without a receipt a second person has to approve it."))
    limit = context.settings.returns.override_limit_fen
    if plan.worth_fen > limit and wanted.override is not None and not wanted.override.approver.may(_MANAGE):
        message = msg("Without a receipt, more than CNY %(limit)s has to be approved by a manager.", limit=yuan(limit))
        plan.block(ProblemKind.NEED, message, "override")


def _in_exchange(plan: Plan, wanted: NewReturn) -> tuple[list[Goods], int]:
    kept, problems = demands.checked_goods(wanted.exchange_for, "exchange_for")
    plan.problems += problems
    return [one for one, _scaled in kept], sum(arithmetic.price_of(one.unit_price_fen, scaled) for one, scaled in kept)


def _check_person(context: Context, session: Session, plan: Plan) -> None:
    policy: Policy = plan.policy.policy
    limit = policy.per_person_limit_fen
    if limit is None or not plan.member:
        return
    _count, given = returned.by_member(session, plan.member, context.now(), policy.per_person_days)
    if given + plan.worth_fen > limit:
        message = msg(
            "With this, one person would have been refunded CNY %(sum)s within %(days)s days; the limit is CNY %(limit)s.",
            sum=yuan(given + plan.worth_fen),
            days=policy.per_person_days,
            limit=yuan(limit),
        )
        plan.block(ProblemKind.APPROVAL, message, "member")


__all__ = ["Piece", "Plan", "make"]
