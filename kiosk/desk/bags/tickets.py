"""The life of a ticket: printed, live on evidence, replaced by a reprint, void for good.

The print queue tells every change of a ticket's job here, inside the same write unit. A void ticket stays void
whatever its paper does later.
"""

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from kiosk.db import table_of
from kiosk.desk.actors import SYSTEM, Actor
from kiosk.desk.bags import documents, look, models, views
from kiosk.desk.bags.codes import new_code
from kiosk.desk.bags.context import REASON_LENGTH, TICKET_PURPOSE, Context, subject, who
from kiosk.desk.bags.errors import AlreadyReleased, DepositCancelled, NotCancellable, ReportedLost, TicketStillPrinting
from kiosk.desk.bags.models import DepositState, TicketState, VoidReason
from kiosk.desk.bags.notes import clean
from kiosk.devices.jobs import Job, JobState
from kiosk.devices.queue import REPRINT, JobView
from kiosk.errors import NotFound
from kiosk.events import emit
from kiosk.i18n import msg

NOBODY: Mapping[str, object] = MappingProxyType({})
# A queued, sent, uncertain or failed job leaves the ticket what it was: not live.
SETTLED = frozenset({JobState.CONFIRMED, JobState.CANCELLED})

_DEPOSIT, _TICKET, _JOB = table_of(models.Deposit), table_of(models.Ticket), table_of(Job)
_CODE_TAKEN = select(_TICKET.c.id).where(_TICKET.c.code == bindparam("drawn"))
_ADD = insert(_TICKET)
_OF_JOB = select(_TICKET.c.deposit_id, _TICKET.c.sequence).where(_TICKET.c.job_id == bindparam("of_job"))
_RESOLVED_BY = select(_JOB.c.resolved_by).where(_JOB.c.id == bindparam("job_id"))
_CHANGE_TICKET = update(_TICKET).where(_TICKET.c.deposit_id == bindparam("of_deposit"), _TICKET.c.sequence == bindparam("number"))
_CHANGE_DEPOSIT = update(_DEPOSIT).where(_DEPOSIT.c.id == bindparam("deposit_id"))


def issue(context: Context, session: Session, deposit: models.Deposit, slot: str, *, sequence: int, reason: str | None) -> look.Row:
    """Make the ticket number *sequence* of *deposit* with a new code, and queue its print; return how the deposit stands then."""
    code = _unused_code(context, session)
    text = documents.TicketText(
        number=deposit.number,
        code=code,
        slot=slot,
        pieces=deposit.pieces,
        note=deposit.note,
        taken_at=context.days.local(deposit.taken_at),
        closes_at=context.days.local(context.days.closing(deposit.due_on)),
        reprint=sequence,
    )
    job = context.print(session, documents.ticket(context.settings, text), TICKET_PURPOSE, deposit.id)
    session.execute(
        _ADD,
        {
            "code": int(code),
            "deposit_id": deposit.id,
            "sequence": sequence,
            "state": TicketState.PRINTING,
            "reason": reason,
            "job_id": job.id,
            "created_at": context.now(),
        },
    )
    return look.Row(deposit, slot, int(code), TicketState.PRINTING, job.id, job.state, job.held, job.reason)


def reprint(context: Context, session: Session, actor: Actor, deposit_id: int, reason: str) -> views.Deposit:
    """Void the current code and print a new ticket that says so; the answer carries the new code."""
    actor.require("bags:write")
    reason = clean(reason, "reason", REASON_LENGTH, required=True)
    row = look.locked(session, deposit_id)
    must_be_live(row)
    _must_not_be_reported_lost(row.deposit)
    _replace(context, session, actor, row, reason)
    withdraw_job(context, session, actor, row)
    return look.deposit_view(context, look.row(session, deposit_id), whole_code=True)


def cancel(context: Context, session: Session, actor: Actor, deposit_id: int, reason: str) -> views.Deposit:
    """Withdraw a take-in whose ticket never came out: the customer keeps the bags, the slot is free again."""
    actor.require("bags:write")
    reason = clean(reason, "reason", REASON_LENGTH, required=True)
    row = look.locked(session, deposit_id)
    must_be_live(row)
    if row.deposit.stored_at is not None:
        raise NotCancellable(
            msg("The bags of number %(number)s are in slot %(slot)s.", number=row.deposit.number, slot=row.slot),
            msg("Give them back by their ticket, or by the lost-ticket steps."),
        )
    _must_not_be_reported_lost(row.deposit)
    _void(context, session, row.deposit, VoidReason.CANCELLED)
    withdraw_job(context, session, actor, row)
    _end_as_cancelled(context, session, actor, row.deposit, reason)
    return look.deposit_view(context, look.row(session, deposit_id))


def job_changed(context: Context, session: Session, job: JobView) -> None:
    """Take note of what became of a ticket's print, once it is in one of `SETTLED`; for the print queue."""
    ticket = session.execute(_OF_JOB, {"of_job": job.id}).one_or_none()
    if ticket is None:
        return
    row = look.locked(session, ticket.deposit_id)
    current = row.deposit.ticket_sequence == ticket.sequence and row.ticket_state is TicketState.PRINTING
    if not current or row.deposit.state is not DepositState.PRINTING:
        if job.state is JobState.CONFIRMED:
            # Somebody may hold this paper: the record explains later why it opens nothing.
            context.audit.append(session, SYSTEM, "bag.void-ticket-printed", subject(ticket.deposit_id), {"job": job.id})
        return
    answered = answered_by(session, job)
    if job.state is JobState.CONFIRMED:
        _make_live(context, session, row, job, answered)
    elif job.reason == REPRINT:
        _replace(context, session, SYSTEM, row, "did not come out", answered)
    else:
        _void(context, session, row.deposit, VoidReason.CANCELLED)
        if row.deposit.stored_at is None and row.deposit.open_claim_id is None:
            _end_as_cancelled(context, session, SYSTEM, row.deposit, job.reason or "cancelled", answered)
        else:  # the bags are on the shelf: the deposit lives on without a ticket until one is printed
            _tell_changed(session, row.deposit)


def answered_by(session: Session, job: JobView) -> dict[str, object]:
    """What the audit trail says about the person whose answer settled *job*; nothing where the printer did. Jobs are not kept."""
    resolved_by = session.execute(_RESOLVED_BY, {"job_id": job.id}).scalar_one_or_none()
    return {"answered_by": resolved_by} if resolved_by else {}


def _make_live(context: Context, session: Session, row: look.Row, job: JobView, answered: Mapping[str, object]) -> None:
    now, deposit = context.now(), row.deposit
    session.execute(
        _CHANGE_TICKET, {"of_deposit": deposit.id, "number": deposit.ticket_sequence, "state": TicketState.LIVE, "live_at": now}
    )
    session.execute(_CHANGE_DEPOSIT, {"deposit_id": deposit.id, "state": DepositState.STORED, "stored_at": deposit.stored_at or now})
    detail = {"job": job.id, "evidence": job.evidence, "ticket": deposit.ticket_sequence, **answered}
    context.audit.append(session, SYSTEM, "bag.stored", subject(deposit.id), detail)
    emit(
        session,
        "bag.stored",
        {"id": deposit.id, "number": deposit.number, "slot": row.slot, "pieces": deposit.pieces, "station": deposit.station},
    )


def _replace(context: Context, session: Session, actor: Actor, row: look.Row, reason: str, answered: Mapping[str, object] = NOBODY) -> None:
    deposit, sequence = row.deposit, row.deposit.ticket_sequence + 1
    _void(context, session, deposit, VoidReason.REPRINTED)
    session.execute(
        update(models.Deposit).where(models.Deposit.id == deposit.id).values(state=DepositState.PRINTING, ticket_sequence=sequence)
    )
    issue(context, session, deposit, row.slot, sequence=sequence, reason=reason)
    context.audit.append(session, actor, "bag.reprinted", subject(deposit.id), {"reason": reason, "ticket": sequence, **answered})
    _tell_changed(session, deposit)


def _void(context: Context, session: Session, deposit: models.Deposit, why: VoidReason) -> None:
    session.execute(
        update(models.Ticket)
        .where(
            models.Ticket.deposit_id == deposit.id,
            models.Ticket.sequence == deposit.ticket_sequence,
            models.Ticket.state != TicketState.VOID,
        )
        .values(state=TicketState.VOID, void_reason=why, void_at=context.now())
    )


def void_for_loss(context: Context, session: Session, deposit: models.Deposit) -> None:
    """Void the current ticket of bags that are given back without it."""
    _void(context, session, deposit, VoidReason.LOST)


def _end_as_cancelled(
    context: Context, session: Session, actor: Actor, deposit: models.Deposit, reason: str, answered: Mapping[str, object] = NOBODY
) -> None:
    session.execute(
        update(models.Deposit)
        .where(models.Deposit.id == deposit.id)
        .values(state=DepositState.CANCELLED, cancelled_at=context.now(), cancel_reason=reason[:REASON_LENGTH])
    )
    context.audit.append(session, actor, "bag.cancelled", subject(deposit.id), {"reason": reason, "by": who(actor)[0], **answered})
    _tell_changed(session, deposit)


def withdraw_job(context: Context, session: Session, actor: Actor, row: look.Row) -> None:
    """Keep the paper of a ticket that is void now from coming out, where that is still possible."""
    if row.job_state is JobState.SENT:
        raise TicketStillPrinting(
            msg("The printer is busy with the ticket of number %(number)s.", number=row.deposit.number),
            msg("Wait until it is out, or until you are asked whether it came out."),
        )
    if row.job_state not in (JobState.QUEUED, JobState.UNCERTAIN):
        return
    try:
        context.jobs.cancel(session, row.job, f"void: {actor.label}")
    except NotFound as error:
        raise TicketStillPrinting(
            msg("The ticket waits at the printer of station %(station)s.", station=row.deposit.station),
            msg("Decide about it there."),
        ) from error


def _must_not_be_reported_lost(deposit: models.Deposit) -> None:
    """Raise ReportedLost during a claim: a new ticket would go around it, and a cancellation would lose sight of the bags."""
    if deposit.open_claim_id is not None:
        raise ReportedLost(
            msg("The ticket of number %(number)s was reported lost; its bags are being given back without it.", number=deposit.number),
            msg("Finish the lost-ticket steps, or withdraw them when the ticket was found."),
            number=deposit.number,
            lost_claim=deposit.open_claim_id,
        )


def must_be_live(row: look.Row) -> None:
    """Raise AlreadyReleased or DepositCancelled unless the deposit is printing or stored."""
    deposit = row.deposit
    if deposit.state is DepositState.RELEASED:
        raise already_released(deposit)
    if deposit.state is DepositState.CANCELLED:
        raise cancelled(deposit)


def cancelled(deposit: models.Deposit) -> DepositCancelled:
    """The refusal to do anything with a take-in that was withdrawn."""
    return DepositCancelled(
        msg("The take-in of number %(number)s was cancelled.", number=deposit.number), msg("Take the bags in anew."), number=deposit.number
    )


def already_released(deposit: models.Deposit) -> AlreadyReleased:
    """The refusal of a second release of *deposit*."""
    assert deposit.released_at is not None
    return AlreadyReleased(deposit.number, deposit.released_by_name or "", deposit.released_at)


def _unused_code(context: Context, session: Session) -> str:
    """Draw codes until one is new: among a million past tickets one draw in a million is not."""
    while True:
        code = new_code(context.rng)
        if session.execute(_CODE_TAKEN, {"drawn": int(code)}).scalar_one_or_none() is None:
            return code


def _tell_changed(session: Session, deposit: models.Deposit) -> None:
    emit(session, "bag.changed", {"id": deposit.id, "number": deposit.number})
