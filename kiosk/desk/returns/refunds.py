"""Refunds: money that the point of sale has to pay, and what is known of it. Nothing here moves money, or says that it moved.

pending -> exported -> confirmed or failed; pending or exported -> cancelled when the return is voided. What the point of
sale says last counts: it may confirm what was cancelled (it had paid before it heard), and pay after a failure.
"""

import random
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from kiosk.desk.actors import Actor
from kiosk.desk.bags.codes import luhn_digit
from kiosk.desk.receipts.views import ReceiptView
from kiosk.desk.returns import arithmetic, returned, store
from kiosk.desk.returns.context import REFUND_CHANGED, Context, is_id, line, subject
from kiosk.desk.returns.errors import RefundSettled, UnknownRefund, WrongReturn
from kiosk.desk.returns.models import DETAIL_LENGTH, GoodsReturn, Refund
from kiosk.desk.returns.policy.views import RefundTo
from kiosk.desk.returns.views import RefundState, RefundView
from kiosk.events import emit
from kiosk.i18n import msg

MAX_ROWS = 500
_VOUCHER_DIGITS = 14
# What the point of sale may say of a refund in each state.
ANSWERS: dict[RefundState, frozenset[RefundState]] = {
    RefundState.PENDING: frozenset({RefundState.CONFIRMED, RefundState.FAILED}),
    RefundState.EXPORTED: frozenset({RefundState.CONFIRMED, RefundState.FAILED}),
    RefundState.FAILED: frozenset({RefundState.CONFIRMED}),
    RefundState.CONFIRMED: frozenset(),
    RefundState.CANCELLED: frozenset({RefundState.CONFIRMED}),
}


def open_refund(context: Context, session: Session, row: GoodsReturn, receipt: ReceiptView | None, refund_to: RefundTo) -> Refund | None:
    """The refund of a new return; None when there is nothing to pay."""
    if not row.refund_fen:
        return None
    now = context.now()
    voucher = refund_to is RefundTo.VOUCHER
    tenders: list[tuple[str, int]] = []
    if receipt is not None and not voucher:
        paid = [(tender.kind, tender.amount_fen) for tender in receipt.tenders]
        tenders = arithmetic.split(row.refund_fen, paid, returned.by_tender(session, receipt.id))
    refund = Refund(
        station=context.settings.station.name,
        return_id=row.id,
        amount_fen=row.refund_fen,
        refund_to=refund_to,
        tenders=store.of_tenders(tenders),
        voucher=new_voucher(context.rng) if voucher else "",
        voucher_until=context.today() + timedelta(days=context.settings.returns.voucher_days) if voucher else None,
        state=RefundState.PENDING,
        changed_at=now,
        due_at=now if exports(context) else None,
        attempts=0,
        told=False,
    )
    session.add(refund)
    session.flush()
    tell(session, refund)
    return refund


def exports(context: Context) -> bool:
    """Whether this station tells the point of sale by itself; if not, the API alone does."""
    return context.settings.returns.refunds.kind != "none"


def new_voucher(rng: random.Random) -> str:
    """The number of a voucher: worth money, so it cannot be guessed."""
    body = f"{rng.randrange(10**_VOUCHER_DIGITS):0{_VOUCHER_DIGITS}d}"
    return f"V{body}{luhn_digit(body)}"


def cancel(context: Context, session: Session, return_id: int) -> Refund | None:
    """The return was voided: nothing more is to be paid, and the point of sale is told so where it may have heard of it."""
    refund = session.scalars(_locked().where(Refund.return_id == return_id)).one_or_none()
    if refund is None:
        return None
    refund.state, refund.changed_at, refund.detail, refund.attempts = RefundState.CANCELLED, context.now(), "", 0
    refund.due_at = context.now() if refund.told and exports(context) else None
    session.flush()
    tell(session, refund)
    return refund


def settle(context: Context, session: Session, actor: Actor, refund_id: int, state: RefundState, detail: str) -> RefundView:
    """Note what the point of sale says: confirmed or failed. The same again changes nothing."""
    actor.require("refunds:write")
    if state not in (RefundState.CONFIRMED, RefundState.FAILED):
        raise WrongReturn.of("state", msg("A refund is confirmed or failed."), state.value)
    detail = line(detail, "detail", DETAIL_LENGTH)
    refund = locked(session, refund_id)
    if refund.state is state:
        return view_of(session, refund)
    if state not in ANSWERS[refund.state]:
        raise RefundSettled(
            msg("The refund is %(state)s since %(time)s.", state=refund.state.value, time=refund.changed_at),
            msg("Ask the point of sale what became of the money; correct it there."),
            state=refund.state.value,
        )
    refund.state, refund.changed_at, refund.detail = state, context.now(), detail
    # Whoever says what became of it has heard of it, by whatever way.
    refund.told, refund.due_at = True, None
    session.flush()
    context.audit.append(session, actor, f"refund.{state.value}", subject(refund.return_id), {"refund": refund.id})
    tell(session, refund)
    return view_of(session, refund)


def retry(context: Context, session: Session, actor: Actor, refund_id: int) -> RefundView:
    """Ask the point of sale once more for a refund that failed; under its old number, so that it is never paid twice."""
    actor.require("refunds:write")
    refund = locked(session, refund_id)
    if refund.state is not RefundState.FAILED:
        raise RefundSettled(
            msg("The refund is %(state)s since %(time)s.", state=refund.state.value, time=refund.changed_at),
            msg("Only a refund that failed is asked for again."),
            state=refund.state.value,
        )
    refund.state, refund.changed_at, refund.detail, refund.attempts = RefundState.PENDING, context.now(), "", 0
    refund.due_at = context.now() if exports(context) else None
    session.flush()
    context.audit.append(session, actor, "refund.retried", subject(refund.return_id), {"refund": refund.id})
    tell(session, refund)
    return view_of(session, refund)


def listed(session: Session, states: Sequence[RefundState] | None, limit: int, before_id: int | None) -> list[RefundView]:
    """Refunds, the newest first."""
    rows = _rows().order_by(Refund.id.desc()).limit(max(1, min(limit, MAX_ROWS)))
    if states is not None:
        rows = rows.where(Refund.state.in_(sorted(states)))
    if before_id is not None:
        rows = rows.where(Refund.id < before_id)
    return [_view(row) for row in session.execute(rows)]


def get(session: Session, refund_id: int) -> RefundView:
    """One refund. Raises UnknownRefund."""
    row = session.execute(_rows().where(Refund.id == refund_id)).one_or_none() if is_id(refund_id) else None
    if row is None:
        raise _unknown(refund_id)
    return _view(row)


def of_returns(session: Session, return_ids: Sequence[int]) -> dict[int, RefundView]:
    """The refunds of several returns, by return."""
    rows = session.execute(_rows().where(Refund.return_id.in_(return_ids))) if return_ids else ()
    return {row[0].return_id: _view(row) for row in rows}


def view_of(session: Session, refund: Refund) -> RefundView:
    """The view of a row that is at hand."""
    session.flush()
    return get(session, refund.id)


def locked(session: Session, refund_id: int) -> Refund:
    """The refund, and nobody else changes it until this write unit ends. Raises UnknownRefund."""
    row = session.scalars(_locked().where(Refund.id == refund_id)).one_or_none() if is_id(refund_id) else None
    if row is None:
        raise _unknown(refund_id)
    return row


def tell(session: Session, refund: Refund) -> None:
    """Have `refund.changed` published, which wakes what exports."""
    emit(session, REFUND_CHANGED, {"id": refund.id, "return_id": refund.return_id, "state": refund.state.value})


def _locked() -> Select[tuple[Refund]]:
    return select(Refund).with_for_update().execution_options(populate_existing=True)


def _rows() -> Select[tuple[Refund, str, str]]:
    rows = select(Refund, GoodsReturn.number, GoodsReturn.receipt).join(GoodsReturn, GoodsReturn.id == Refund.return_id)
    return rows.execution_options(populate_existing=True)


def _view(row: Row[tuple[Refund, str, str]]) -> RefundView:
    refund, number, receipt = row
    return RefundView(
        id=refund.id,
        return_id=refund.return_id,
        return_number=number,
        receipt=receipt,
        amount_fen=refund.amount_fen,
        refund_to=refund.refund_to,
        tenders=store.tenders(refund.tenders),
        voucher=refund.voucher,
        state=refund.state,
        changed_at=refund.changed_at,
        detail=refund.detail,
        voucher_until=refund.voucher_until,
        told=refund.told,
        attempts=refund.attempts,
    )


def _unknown(refund_id: int) -> UnknownRefund:
    return UnknownRefund(msg("There is no refund %(id)s.", id=refund_id), msg("Look for it in the list of refunds."))
