"""Takes bags in: one write unit makes the deposit, its ticket, the print job and the audit entry, or none of them."""

from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from kiosk.db import table_of
from kiosk.desk.actors import Actor
from kiosk.desk.bags import look, models, slots, tickets, views
from kiosk.desk.bags.context import Context, subject, who
from kiosk.desk.bags.errors import WrongInput
from kiosk.desk.bags.models import DepositState
from kiosk.desk.bags.notes import clean
from kiosk.events import emit
from kiosk.i18n import msg

MAX_PIECES = 9

_DEPOSIT = table_of(models.Deposit)
_ADD = insert(_DEPOSIT).returning(_DEPOSIT.c.id)


def take_in(context: Context, session: Session, actor: Actor, *, pieces: int, note: str = "", slot: str | None = None) -> views.Deposit:
    """Record *pieces* bags in a free slot (or the one labelled *slot*) and queue their ticket."""
    actor.require("bags:write")
    pieces = _checked_pieces(pieces)
    note = clean(note, "note", context.settings.bags.note_max_length)
    number = slots.next_number(session, context.settings.bags.number_max)
    place = slots.choose(session, slot)
    now = context.now()
    taken_by, taken_by_name = who(actor)
    values: dict[str, Any] = {
        "station": context.settings.station.name,
        "number": number,
        "slot_id": place.id,
        "pieces": pieces,
        "note": note,
        "state": DepositState.PRINTING,
        "ticket_sequence": 0,
        "business_date": context.days.day_of(now),
        "due_on": context.days.due_on(now),
        "overdue": False,
        "taken_at": now,
        "taken_by": taken_by,
        "taken_by_name": taken_by_name,
    }
    deposit_id = session.execute(_ADD, values).scalar_one()
    slots.occupy(session, place.id)
    # Never given to the session: everything that the row holds is known here, so it is not read again.
    deposit = models.Deposit(id=deposit_id, **values)
    row = tickets.issue(context, session, deposit, place.label, sequence=0, reason=None)
    context.audit.append(session, actor, "bag.taken-in", subject(deposit_id), {"number": number, "slot": place.label, "pieces": pieces})
    emit(session, "bag.changed", {"id": deposit_id, "number": number})
    return look.deposit_view(context, row, now, whole_code=True)


def _checked_pieces(pieces: object) -> int:
    # A bool is an int in Python, but nobody takes in "true" bags.
    if not isinstance(pieces, int) or isinstance(pieces, bool) or not 1 <= pieces <= MAX_PIECES:
        raise WrongInput.of("pieces", pieces, msg("pieces must be a whole number from 1 to %(limit)s", limit=MAX_PIECES))
    return pieces
