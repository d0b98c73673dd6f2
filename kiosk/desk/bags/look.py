"""Looks deposits up and turns them into views: one query with all that a view needs, whatever the number of rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, select
from sqlalchemy.orm import Session

from kiosk.desk.bags import models, views
from kiosk.desk.bags.codes import LENGTH, mask
from kiosk.desk.bags.context import Context
from kiosk.desk.bags.days import seconds_between
from kiosk.desk.bags.errors import UnknownDeposit, WrongInput
from kiosk.desk.bags.models import LIVE_STATES, DepositState, TicketState, live
from kiosk.devices.jobs import Job, JobState
from kiosk.i18n import msg

_LARGEST_ID = 2**63 - 1
_LARGEST_NUMBER = 9999  # the largest bags.number_max


class Row(NamedTuple):
    """A deposit with its slot, its current ticket, and what is left of that ticket's job."""

    deposit: models.Deposit
    slot: str
    code: int
    ticket_state: TicketState
    job: int
    job_state: JobState | None
    job_held: bool | None
    job_reason: str | None


CURRENT_TICKET = and_(models.Ticket.deposit_id == models.Deposit.id, models.Ticket.sequence == models.Deposit.ticket_sequence)
COLUMNS = (
    models.Deposit,
    models.Slot.label,
    models.Ticket.code,
    models.Ticket.state,
    models.Ticket.job_id,
    Job.state,
    Job.held,
    Job.reason,
)


def query(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Select `COLUMNS` of the deposits under *conditions*."""
    return (
        select(*COLUMNS)
        .join(models.Slot, models.Slot.id == models.Deposit.slot_id)
        .join(models.Ticket, CURRENT_TICKET)
        .outerjoin(Job, Job.id == models.Ticket.job_id)
        .where(*conditions)
        # A write session may hold an older state of the row, from a unit before or another station's.
        .execution_options(populate_existing=True)
    )


_BY_ID = query(models.Deposit.id == bindparam("deposit_id"))
_LOCK = select(models.Deposit.__table__.c.id).where(models.Deposit.__table__.c.id == bindparam("deposit_id")).with_for_update()


def rows(session: Session, statement: Select[Any]) -> list[Row]:
    """Run a `query`."""
    return [Row(*row) for row in session.execute(statement)]


def row(session: Session, deposit_id: int) -> Row:
    """Return one deposit by id; raises UnknownDeposit."""
    found = session.execute(_BY_ID, {"deposit_id": deposit_id}).one_or_none() if is_id(deposit_id) else None
    if found is None:
        raise UnknownDeposit(msg("There is no bag record %(id)s.", id=deposit_id), msg("Look for it by its number."))
    return Row(*found)


def live_row(session: Session, number: int) -> Row:
    """Return the live deposit that has *number*; raises UnknownDeposit."""
    found = rows(session, query(live(), models.Deposit.number == checked_number(number)))
    if not found:
        raise UnknownDeposit(
            msg("No bags with number %(number)s are here now.", number=number), msg("Compare the number with the tags on the shelf.")
        )
    return found[0]


def is_id(value: object) -> bool:
    """Whether *value* can be the id of a row; larger numbers from an address would be an error of the database."""
    return isinstance(value, int) and 0 < value <= _LARGEST_ID


def checked_number(number: object) -> int:
    """Return *number* when it can be a ticket's number; raises WrongInput."""
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= _LARGEST_NUMBER:
        raise WrongInput.of("number", number, msg("number must be a whole number from 1 to %(limit)s", limit=_LARGEST_NUMBER))
    return number


def locked(session: Session, deposit_id: int) -> Row:
    """Return one deposit and keep other stations from changing it until this unit has ended; raises UnknownDeposit."""
    if is_id(deposit_id):
        session.execute(_LOCK, {"deposit_id": deposit_id})
    return row(session, deposit_id)


def deposit_view(context: Context, row: Row, now: datetime | None = None, *, whole_code: bool = False) -> views.Deposit:
    """Return *row* as of *now*, its code masked unless *whole_code*."""
    deposit, now = row.deposit, now or context.now()
    ended_at = deposit.released_at or deposit.cancelled_at
    until = ended_at or now
    code = f"{row.code:0{LENGTH}d}"
    cancelled = deposit.state is DepositState.CANCELLED
    overdue_days = 0 if cancelled else context.days.overdue_days(deposit.due_on, until)
    fee_fen = 0 if cancelled else context.days.overdue_fee_fen(deposit.due_on, until)
    return views.Deposit(
        id=deposit.id,
        number=deposit.number,
        code=code if whole_code else mask(code),
        slot=row.slot,
        pieces=deposit.pieces,
        state=deposit.state,
        job=row.job,
        job_state=row.job_state,
        job_reason=row.job_reason,
        question=question(row),
        note=deposit.note,
        station=deposit.station,
        reprints=deposit.ticket_sequence,
        business_date=deposit.business_date,
        due_on=deposit.due_on,
        overdue=deposit.overdue,
        overdue_days=overdue_days,
        fee_fen=fee_fen if deposit.fee_fen is None else deposit.fee_fen,
        ownerless_on=deposit.ownerless_on or context.days.ownerless_on(deposit.due_on),
        waited_s=seconds_between(deposit.taken_at, until),
        taken_at=deposit.taken_at,
        taken_by=deposit.taken_by_name,
        stored_at=deposit.stored_at,
        released_at=deposit.released_at,
        released_by=deposit.released_by_name,
        cancelled_at=deposit.cancelled_at,
        lost_claim=deposit.open_claim_id,
    )


def deposit_views(context: Context, found: Sequence[Row], now: datetime | None = None) -> list[views.Deposit]:
    """Return *found* as of one moment."""
    now = now or context.now()
    return [deposit_view(context, row, now) for row in found]


def question(row: Row) -> views.Question | None:
    """What staff have to decide so that this deposit gets a live ticket, if anything."""
    if row.deposit.state not in LIVE_STATES or row.deposit.state is DepositState.STORED:
        return None
    # A confirmed job makes its ticket live in the same unit. Where it did not, the bag check failed to hear of it.
    if row.ticket_state is TicketState.VOID or row.job_state in (None, JobState.FAILED, JobState.CANCELLED, JobState.CONFIRMED):
        return "no-ticket"
    if row.job_state is JobState.UNCERTAIN:
        return "came-out"
    return "print-now" if row.job_held else None
