"""Undoes a return that was recorded by mistake: its lines may come back again, its refund is cancelled, its goods are given up."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.desk.actors import Actor
from kiosk.desk.receipts.models import Receipt
from kiosk.desk.returns import look, refunds
from kiosk.desk.returns.context import Context, line, locked, subject, who
from kiosk.desk.returns.errors import AlreadyVoided, CannotVoid
from kiosk.desk.returns.models import REASON_LENGTH, Refund
from kiosk.desk.returns.views import RefundState, ReturnState, ReturnView
from kiosk.i18n import msg


def void(context: Context, session: Session, actor: Actor, return_id: int, reason: str) -> ReturnView:
    """Void a return. Whoever keeps its goods may refuse: what was signed for has left the desk."""
    actor.require("returns:approve")
    reason = line(reason, "reason", REASON_LENGTH, required=True)
    row = locked(session, return_id)
    if row.receipt_id is not None:
        # In line with returns of the same receipt, which reckon with this one.
        session.execute(select(Receipt.id).where(Receipt.id == row.receipt_id).with_for_update())
    if row.state is ReturnState.VOIDED:
        assert row.voided_at is not None
        raise AlreadyVoided(
            msg("%(name)s has voided return %(number)s already, %(time)s.", name=row.voided_by_name, number=row.number, time=row.voided_at),
            msg("Look at the return."),
            by=row.voided_by_name,
            at=row.voided_at.isoformat(),
        )
    paid = session.scalar(select(Refund.id).where(Refund.return_id == row.id, Refund.state == RefundState.CONFIRMED).with_for_update())
    if paid is not None:
        raise CannotVoid(
            msg("The refund of return %(number)s was paid.", number=row.number),
            msg("Have the point of sale take the money back first, as a sale."),
        )
    row.state, row.voided_at, row.void_reason = ReturnState.VOIDED, context.now(), reason
    row.voided_by, row.voided_by_name = who(actor)
    session.flush()
    refunds.cancel(context, session, row.id)
    # The reason is a person's words and stays out of the trail, which is never deleted.
    context.audit.append(session, actor, "return.voided", subject(row.id), {"number": row.number})
    view = look.get(session, row.id)
    for listener in context.listeners:
        listener(session, actor, view)
    context.tell(session, row)
    return look.get(session, row.id)
