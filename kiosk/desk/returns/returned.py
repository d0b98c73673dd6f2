"""What came back before: of a receipt, by one person, of one tender; always without what was voided."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk.desk.returns import store
from kiosk.desk.returns.arithmetic import Done
from kiosk.desk.returns.models import GoodsReturn, GoodsReturnLine, Refund
from kiosk.desk.returns.policy.views import RefundTo
from kiosk.desk.returns.views import RefundState, ReturnState

# Deductions for money that the point of sale paid although the return was voided: "voided:12".
VOIDED = "voided:"


def of_receipt(session: Session, receipt_id: int) -> Done:
    """What came back of a receipt, and what was given for it."""
    counts = (GoodsReturn.receipt_id == receipt_id, GoodsReturn.state == ReturnState.RECORDED)
    lines = (
        select(GoodsReturnLine.line, func.sum(GoodsReturnLine.quantity), func.sum(GoodsReturnLine.refund_fen))
        .join(GoodsReturn, GoodsReturn.id == GoodsReturnLine.return_id)
        .where(*counts)
        .group_by(GoodsReturnLine.line)
    )
    quantities: dict[int, int] = {}
    refunded: dict[int, int] = {}
    for number, quantity, fen in session.execute(lines):
        # PostgreSQL sums whole numbers to a Decimal.
        quantities[number], refunded[number] = int(quantity), int(fen)
    deducted: dict[str, int] = {}
    for text in session.scalars(select(GoodsReturn.deductions).where(*counts)):
        for one in store.to_deductions(text):
            deducted[one.key] = deducted.get(one.key, 0) + one.fen
    return Done(quantities, refunded, deducted)


def paid_all_the_same(session: Session, receipt_id: int) -> dict[str, int]:
    """What the point of sale paid for returns of a receipt that were voided, by key of a deduction."""
    rows = (
        select(GoodsReturn.id, Refund.amount_fen)
        .join(Refund, Refund.return_id == GoodsReturn.id)
        .where(GoodsReturn.receipt_id == receipt_id, GoodsReturn.state == ReturnState.VOIDED, Refund.state == RefundState.CONFIRMED)
    )
    return {f"{VOIDED}{return_id}": fen for return_id, fen in session.execute(rows)}


def ids_of_receipt(session: Session, receipt_id: int) -> list[int]:
    """All returns of a receipt, also voided ones, oldest first."""
    return list(session.scalars(select(GoodsReturn.id).where(GoodsReturn.receipt_id == receipt_id).order_by(GoodsReturn.id)))


def by_tender(session: Session, receipt_id: int) -> dict[str, int]:
    """What was, or is to be, paid back of a receipt by each tender."""
    rows = (
        select(Refund.tenders)
        .join(GoodsReturn, GoodsReturn.id == Refund.return_id)
        .where(
            GoodsReturn.receipt_id == receipt_id,
            Refund.refund_to == RefundTo.ORIGINAL,
            Refund.state.not_in((RefundState.CANCELLED, RefundState.FAILED)),
        )
    )
    sums: dict[str, int] = {}
    for text in session.scalars(rows):
        for kind, fen in store.tenders(text):
            sums[kind] = sums.get(kind, 0) + fen
    return sums


def by_member(session: Session, member: str, now: datetime, days: int) -> tuple[int, int]:
    """How many returns *member* brought within the last *days*, and what was given for them in fen."""
    if not member:
        return 0, 0
    given = func.coalesce(func.sum(GoodsReturn.goods_fen - GoodsReturn.deducted_fen), 0)
    row = session.execute(
        select(func.count(), given).where(
            GoodsReturn.member == member,
            GoodsReturn.member != "",
            GoodsReturn.recorded_at > now - timedelta(days=days),
            GoodsReturn.state == ReturnState.RECORDED,
        )
    ).one()
    return int(row[0]), int(row[1])


def test_is_used(session: Session, test_id: int) -> bool:
    """Whether an appliance test has served a return already."""
    used = (
        select(GoodsReturnLine.id)
        .join(GoodsReturn, GoodsReturn.id == GoodsReturnLine.return_id)
        .where(GoodsReturnLine.test_id == test_id, GoodsReturn.state == ReturnState.RECORDED)
        .limit(1)
    )
    return session.execute(used).first() is not None
