"""Finds deposits: lists by state, search by number, code, slot, note and time, and the board of all slots.

Each runs in a constant number of queries over the indexes that models.py names for it.
"""

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from kiosk.desk.bags import look, models, views
from kiosk.desk.bags.codes import is_ticket_code, normalise
from kiosk.desk.bags.context import Context
from kiosk.desk.bags.errors import WrongInput
from kiosk.desk.bags.models import DepositState, live
from kiosk.desk.bags.release import deposit_for_code
from kiosk.devices.jobs import Job
from kiosk.i18n import msg

MAX_ROWS = 500
# A note has no index: it is searched among live bags and in this many days, or in the span that was asked for.
NOTE_DAYS = 92
# A span with two ends is what makes SQLite use the index over time; bags "from the future" exist where a clock jumped.
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


def list_deposits(
    context: Context,
    session: Session,
    state: DepositState | str | None = None,
    *,
    overdue: bool | None = None,
    limit: int = 100,
    before_id: int | None = None,
) -> list[views.Deposit]:
    """Return the newest deposits first; *state* may also be ``live``; *overdue* looks among live ones."""
    conditions: list[ColumnElement[bool]] = []
    if state is not None:
        conditions.append(_in_state(state))
    if overdue is not None:
        conditions += [live(), models.Deposit.overdue.is_(overdue)]
    return _newest(context, session, conditions, limit, before_id)


def search(
    context: Context,
    session: Session,
    text: str = "",
    *,
    number: int | None = None,
    slot: str | None = None,
    note: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    state: DepositState | str | None = None,
    limit: int = 50,
    before_id: int | None = None,
) -> list[views.Deposit]:
    """Return the newest deposits that meet every condition; taken in since, and before *until*.

    *text* is what a person types into one field: a whole ticket code, a number, a slot's label, or part of a note.
    """
    conditions: list[ColumnElement[bool]] = []
    if state is not None:
        conditions.append(_in_state(state))
    if number is not None:
        conditions.append(models.Deposit.number == look.checked_number(number))
    if slot:
        conditions.append(_in_slot(session, slot))
    for name, value in (("since", since), ("until", until)):
        if value is not None and value.tzinfo is None:
            raise WrongInput.of(name, value.isoformat(), msg("%(field)s needs an offset, e.g. +08:00", field=name))
    if since is not None or until is not None:
        conditions.append(taken_between(since or _FIRST, until or _LAST))
    span = since is not None
    if note:
        conditions.append(_with_note(context, note, span))
    if text := _plain(text):
        conditions.append(_means(context, session, text, span))
    return _newest(context, session, conditions, limit, before_id)


def board(context: Context, session: Session) -> views.Board:
    """Return every slot with what is in it, in one query."""
    statement = (
        select(models.Slot, *look.COLUMNS)
        .select_from(models.Slot)
        .outerjoin(models.Deposit, and_(models.Deposit.slot_id == models.Slot.id, live()))
        .outerjoin(models.Ticket, look.CURRENT_TICKET)
        .outerjoin(Job, Job.id == models.Ticket.job_id)
        .order_by(models.Slot.distance, models.Slot.label)
        .execution_options(populate_existing=True)
    )
    now = context.now()
    slots = []
    for slot, *columns in session.execute(statement):
        row = look.Row(*columns)
        # An outer join: without live bags all columns are empty.
        deposit = look.deposit_view(context, row, now) if columns[0] is not None else None
        slots.append(
            views.Slot(label=slot.label, kind=slot.kind, distance=slot.distance, uses=slot.uses, enabled=slot.enabled, deposit=deposit)
        )
    here = [slot.deposit for slot in slots if slot.deposit is not None]
    return views.Board(
        at=now,
        slots=tuple(slots),
        free=sum(slot.enabled and slot.deposit is None for slot in slots),
        disabled=sum(not slot.enabled for slot in slots),
        printing=sum(deposit.state is DepositState.PRINTING for deposit in here),
        stored=sum(deposit.state is DepositState.STORED for deposit in here),
        overdue=sum(deposit.overdue for deposit in here),
        questions=sum(deposit.question is not None for deposit in here),
        longest=min(here, key=lambda deposit: (deposit.taken_at, deposit.id), default=None),
    )


def taken_between(since: datetime, until: datetime) -> ColumnElement[bool]:
    """The condition of a take-in at or after *since* and before *until*."""
    return and_(models.Deposit.taken_at >= since, models.Deposit.taken_at < until)


def _newest(
    context: Context, session: Session, conditions: list[ColumnElement[bool]], limit: int, before_id: int | None
) -> list[views.Deposit]:
    if before_id is not None:
        if not look.is_id(before_id):
            raise WrongInput.of("before_id", before_id, msg("before_id must be the id of a bag record"))
        conditions = [*conditions, models.Deposit.id < before_id]
    statement = look.query(*conditions).order_by(models.Deposit.id.desc()).limit(max(1, min(limit, MAX_ROWS)))
    return look.deposit_views(context, look.rows(session, statement))


def _in_state(state: DepositState | str) -> ColumnElement[bool]:
    if state == "live":
        return live()
    try:
        return models.Deposit.state == DepositState(state)
    except ValueError:
        known = ", ".join(["live", *DepositState])
        raise WrongInput.of("state", state, msg("state must be one of: %(known)s", known=known)) from None


def _in_slot(session: Session, label: str) -> ColumnElement[bool]:
    slot_id = session.scalar(select(models.Slot.id).where(models.Slot.label == _plain(label)))
    if slot_id is None:
        raise WrongInput.of("slot", label[:40], msg("there is no slot %(slot)s", slot=label[:40]))
    return models.Deposit.slot_id == slot_id


def _with_note(context: Context, text: str, span: bool) -> ColumnElement[bool]:
    matches = models.Deposit.note.icontains(_plain(text), autoescape=True)
    if span:
        return matches
    return and_(matches, taken_between(context.now() - timedelta(days=NOTE_DAYS), _LAST))


def _means(context: Context, session: Session, text: str, span: bool) -> ColumnElement[bool]:
    code = normalise(text)
    if is_ticket_code(code):
        return models.Deposit.id == (deposit_for_code(session, code) or 0)
    if code.isascii() and code.isdigit() and len(code) <= 4:
        # A number is what people mean by digits; notes that contain them would bury it.
        choices = [models.Deposit.number == int(code)]
    else:
        choices = [_with_note(context, text, span)]
    slots = session.scalars(select(models.Slot.id).where(func.lower(models.Slot.label) == text.lower()))
    return or_(*choices, *[models.Deposit.slot_id == slot_id for slot_id in slots])


def _plain(text: Any) -> str:
    """Return *text* as it would have been stored in a note; NUL is no text for PostgreSQL."""
    return unicodedata.normalize("NFC", str(text)).replace("\x00", "").strip()[:200]
