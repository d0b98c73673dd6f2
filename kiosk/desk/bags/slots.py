"""Chooses where bags go and which number they get, and manages the slots.

A free slot is chosen so that wear and walking stay even: the one with the least ``(uses + 1) * (REACH + distance)``.
A slot next to the counter is used most, but not without end: one that is REACH places further away is used half as
often, one twice that far a third as often. Equal products go to the nearer slot.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import ColumnElement, Exists, bindparam, exists, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from kiosk.db import table_of
from kiosk.desk.actors import Actor
from kiosk.desk.bags import models, views
from kiosk.desk.bags.context import REASON_LENGTH, Context
from kiosk.desk.bags.errors import NumbersUsedUp, ShelvesFull, SlotTaken, WrongInput
from kiosk.desk.bags.models import live
from kiosk.desk.bags.notes import clean
from kiosk.i18n import msg

# Places: how far an arm and one step go before a further place costs walking.
REACH = 20

_LABEL_LENGTH = 16
_RANGE = re.compile(r"(?P<head>.*?)(?P<first>\d+)\s*-\s*(?P=head)(?P<last>\d+)")
_NUMBER = "number"
# Bounds what a slip of the pen in kiosk.toml (A1-A1000000) can do to the board.
_MOST_IN_A_RANGE = 500


def _occupied(slot_id: ColumnElement[int] | InstrumentedAttribute[int] | int) -> Exists:
    return exists().where(models.Deposit.slot_id == slot_id, live())


_SLOT, _COUNTER, _DEPOSIT = table_of(models.Slot), table_of(models.Counter), table_of(models.Deposit)
_BEST_FREE = (
    select(_SLOT.c.id, _SLOT.c.label)
    .where(_SLOT.c.enabled, ~_occupied(_SLOT.c.id))
    .order_by((_SLOT.c.uses + 1) * (REACH + _SLOT.c.distance), _SLOT.c.distance, _SLOT.c.id)
    .limit(1)
)
_USE = update(_SLOT).where(_SLOT.c.id == bindparam("slot_id")).values(uses=_SLOT.c.uses + 1)
_NUMBER_TAKEN = select(_DEPOSIT.c.id).where(_DEPOSIT.c.number == bindparam("wanted"), live())
_LAST_NUMBER_LOCKED = select(_COUNTER.c.value).where(_COUNTER.c.name == _NUMBER).with_for_update()
_COUNT_ON = update(_COUNTER).where(_COUNTER.c.name == _NUMBER)


class Place(NamedTuple):
    """Where bags go: a slot's id, and the label on the shelf."""

    id: int
    label: str


def ensure_slots(session: Session, labels: Iterable[str]) -> int:
    """Create those of *labels* that do not exist, nearest first; return how many. ``A01-A20`` stands for twenty."""
    wanted = expand_labels(labels)
    in_turn(session)
    known = set(session.scalars(select(models.Slot.label)))
    new = [
        {"label": label, "kind": models.SlotKind.SHELF, "distance": place, "uses": 0, "enabled": True}
        for place, label in enumerate(wanted)
        if label not in known
    ]
    if new:
        session.execute(insert(models.Slot), new)
    return len(new)


def expand_labels(labels: Iterable[str]) -> list[str]:
    """Return single labels, each once and in order; raises WrongInput for an empty or too long one."""
    found: dict[str, None] = {}
    for entry in labels:
        label = clean(entry, "slots", 2 * _LABEL_LENGTH + 3, required=True)
        if match := _RANGE.fullmatch(label):
            width = len(match["first"])
            numbers = range(int(match["first"]), min(int(match["last"]), int(match["first"]) + _MOST_IN_A_RANGE - 1) + 1)
            found.update(dict.fromkeys(f"{match['head']}{number:0{width}d}" for number in numbers))
        else:
            found[label] = None
    for label in found:
        clean(label, "slots", _LABEL_LENGTH)
    return list(found)


def add_slots(context: Context, session: Session, actor: Actor, labels: Iterable[str]) -> int:
    """`ensure_slots` at a person's wish: permitted, and noted when it made any."""
    actor.require("bags:manage")
    wanted = list(labels)
    added = ensure_slots(session, wanted)
    if added:
        context.audit.append(session, actor, "slots.added", None, {"added": added, "labels": ", ".join(wanted)[:REASON_LENGTH]})
    return added


def change_slot(
    context: Context, session: Session, actor: Actor, label: str, *, enabled: bool | None = None, distance: int | None = None
) -> views.Slot:
    """Take a slot out of use or back, or say anew how far it is. Bags in it stay there until they are given back."""
    actor.require("bags:manage")
    slot = _by_label(session, label)
    if distance is not None and not 0 <= distance <= 10_000:
        raise WrongInput.of("distance", distance, msg("distance must be between 0 and 10000 places"))
    enabled = slot.enabled if enabled is None else enabled
    distance = slot.distance if distance is None else distance
    session.execute(update(models.Slot).where(models.Slot.id == slot.id).values(enabled=enabled, distance=distance))
    context.audit.append(session, actor, "slot.changed", f"slot:{slot.id}", {"label": slot.label, "enabled": enabled, "distance": distance})
    return views.Slot(label=slot.label, kind=slot.kind, uses=slot.uses, enabled=enabled, distance=distance)


def choose(session: Session, label: str | None) -> Place:
    """Return a free slot, or the one named *label* when it is free; raises ShelvesFull, SlotTaken, WrongInput."""
    if label is not None:
        slot = _by_label(session, label)
        if not slot.enabled:
            raise SlotTaken(msg("Slot %(slot)s is out of use.", slot=slot.label), msg("Choose another slot, or leave the choice free."))
        if session.scalar(select(_occupied(slot.id))):
            raise SlotTaken(msg("There are bags in slot %(slot)s.", slot=slot.label), msg("Choose another slot, or leave the choice free."))
        return Place(slot.id, slot.label)
    found = session.execute(_BEST_FREE).first()
    if found is None:
        raise shelves_full()
    return Place(found.id, found.label)


def shelves_full() -> ShelvesFull:
    """What is said, before or after somebody tried, when no slot is free."""
    return ShelvesFull(
        msg("No slot is free."),
        msg("Give back or cancel bags that are finished, put a slot back into use, or ask the customer to come again later."),
    )


def next_number(session: Session, number_max: int) -> int:
    """Return the next number that no live deposit has, and remember it durably.

    Locks the counter first, so that stations with one database take in one after the other: what this unit then sees of
    slots and numbers stays true until it has ended.
    """
    last = in_turn(session)
    number = last % number_max + 1
    if session.execute(_NUMBER_TAKEN, {"wanted": number}).first() is not None:
        taken = set(session.scalars(select(models.Deposit.number).where(live())))
        free = (later for step in range(number_max) if (later := (last + step) % number_max + 1) not in taken)
        number = next(free, 0)
    if number:
        session.execute(_COUNT_ON, {"value": number})
        return number
    raise NumbersUsedUp(
        msg("All numbers from 1 to %(last)s are in use.", last=number_max),
        msg("Give back bags that are finished, or ask the technician to raise bags.number_max."),
    )


def occupy(session: Session, slot_id: int) -> None:
    """Count one more use of a slot."""
    session.execute(_USE, {"slot_id": slot_id})


def _by_label(session: Session, label: str) -> models.Slot:
    wanted = clean(label, "slot", _LABEL_LENGTH, required=True)
    query = select(models.Slot).where(models.Slot.label == wanted).execution_options(populate_existing=True)
    slot = session.scalars(query).one_or_none()
    if slot is None:
        raise WrongInput.of("slot", wanted, msg("there is no slot %(slot)s", slot=wanted))
    return slot


def in_turn(session: Session) -> int:
    """Make stations that share a database wait for each other until this unit has ended; return the last number given out.

    What is looked up after this, and does not exist, can be made: nobody else is making it.
    """
    value = session.execute(_LAST_NUMBER_LOCKED).scalar_one_or_none()
    if value is None:
        savepoint = session.begin_nested()
        try:
            session.execute(insert(models.Counter).values(name=_NUMBER, value=0))
            savepoint.commit()
        except IntegrityError:  # another station made it at the same moment
            savepoint.rollback()
        value = session.execute(_LAST_NUMBER_LOCKED).scalar_one_or_none()
    return value or 0
