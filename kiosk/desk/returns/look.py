"""Looks returns up and turns them into views, in a constant number of queries whatever the number of rows."""

import re
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from kiosk.desk.amounts import quantity
from kiosk.desk.plain_text import one_line
from kiosk.desk.returns import refunds, store
from kiosk.desk.returns.codes import is_return_code, normalise
from kiosk.desk.returns.context import found
from kiosk.desk.returns.models import GoodsReturn, GoodsReturnLine
from kiosk.desk.returns.views import RefundView, ReturnedLine, ReturnView

MAX_ROWS = 500
_QUERY_LENGTH = 100
_NUMBER = re.compile(r"[Rr]\d{1,22}")


def get(session: Session, return_id: int) -> ReturnView:
    """One return. Raises UnknownReturn."""
    return _views(session, [found(session, return_id)])[0]


def by_code(session: Session, code: str) -> int | None:
    """The id of the return whose slip has *code*."""
    digits = normalise(code[:64])
    return session.scalar(select(GoodsReturn.id).where(GoodsReturn.code == int(digits))) if is_return_code(digits) else None


def of_receipt(session: Session, receipt_id: int) -> list[ReturnView]:
    """The returns of a receipt, also voided ones, oldest first."""
    return _views(session, session.scalars(_rows().where(GoodsReturn.receipt_id == receipt_id).order_by(GoodsReturn.id)).all())


def newest(session: Session, limit: int, before_id: int | None, query: str) -> list[ReturnView]:
    """Returns, the newest first; *query* is a number or its beginning, a code, or a receipt's number."""
    rows = _rows().order_by(GoodsReturn.id.desc()).limit(max(1, min(limit, MAX_ROWS)))
    if before_id is not None:
        rows = rows.where(GoodsReturn.id < before_id)
    if words := one_line(query)[:_QUERY_LENGTH]:
        rows = rows.where(_matches(words))
    return _views(session, session.scalars(rows).all())


def _rows() -> Select[tuple[GoodsReturn]]:
    return select(GoodsReturn).execution_options(populate_existing=True)


def _matches(words: str) -> ColumnElement[bool]:
    digits = normalise(words)
    if is_return_code(digits):
        return GoodsReturn.code == int(digits)
    if _NUMBER.fullmatch(words):
        # Digits follow: a letter ends the range in every collation, and both engines find it by the index of numbers.
        return or_(GoodsReturn.number.between(words.upper(), f"{words.upper()}Z"), GoodsReturn.receipt == words)
    return GoodsReturn.receipt == words


def _views(session: Session, rows: Sequence[GoodsReturn]) -> list[ReturnView]:
    ids = [row.id for row in rows]
    if not ids:
        return []
    lines: dict[int, list[ReturnedLine]] = {}
    query = select(GoodsReturnLine).where(GoodsReturnLine.return_id.in_(ids)).order_by(GoodsReturnLine.id)
    for line in session.scalars(query.execution_options(populate_existing=True)):
        lines.setdefault(line.return_id, []).append(_line(line))
    paid = refunds.of_returns(session, ids)
    return [_view(row, lines.get(row.id, []), paid.get(row.id)) for row in rows]


def _line(row: GoodsReturnLine) -> ReturnedLine:
    return ReturnedLine(
        id=row.id,
        line=row.line,
        product=row.product,
        name=row.name,
        category=row.category,
        quantity=quantity(row.quantity),
        refund_fen=row.refund_fen,
        reason=row.reason,
        condition=row.condition,
        packaging=row.packaging,
        serial=row.serial,
        barcode=row.barcode,
        unit=row.unit,
    )


def _view(row: GoodsReturn, lines: list[ReturnedLine], refund: RefundView | None) -> ReturnView:
    return ReturnView(
        id=row.id,
        number=row.number,
        code=f"{row.code:016d}",
        kind=row.kind,
        state=row.state,
        receipt_id=row.receipt_id,
        receipt=row.receipt,
        store=row.store,
        lines=lines,
        exchange_for=store.goods(row.exchange_for),
        deductions=[(one.text, one.fen) for one in store.to_deductions(row.deductions)],
        refund_fen=row.refund_fen,
        pay_fen=row.pay_fen,
        refund=refund,
        recorded_at=row.recorded_at,
        staff=row.staff_name,
        approver=row.approver_name,
        override_reason=row.override_reason,
        policy_version=row.policy_version,
        note=row.note,
        voided_at=row.voided_at,
        void_reason=row.void_reason,
        job=row.job_id,
        voided_by=row.voided_by_name,
        photos=row.photos,
    )
