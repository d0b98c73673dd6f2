"""Chooses where bags go and which number they get, and manages the slots.

A free slot is chosen so that wear and walking stay even: the one with the least ``(uses + 1) * (REACH + distance)``.
A slot next to the counter is used most, but not without end: one that is REACH places further away is used half as
often, one twice that far a third as often. Equal products go to the nearer slot.
"""

import re
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Exists, Select, exists, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from kiosk.desk.actors import Actor
from kiosk.desk.bags import models, views
from kiosk.desk.bags.context import Context
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


def choose(session: Session, label: str | None) -> models.Slot:
    """Return a free slot, or the one named *label* when it is free; raises ShelvesFull, SlotTaken, WrongInput."""
    if label is not None:
        slot = _by_label(session, label)
        if not slot.enabled:
            raise SlotTaken(msg("Slot %(slot)s is out of use.", slot=slot.label), msg("Choose another slot, or leave the choice free."))
        if session.scalar(select(_occupied(slot.id))):
            raise SlotTaken(msg("There are bags in slot %(slot)s.", slot=slot.label), msg("Choose another slot, or leave the choice free."))
        return slot
    found = session.scalars(_free_slots().limit(1)).first()
    if found is None:
        raise ShelvesFull(
            msg("No slot is free."),
            msg("Give back or cancel bags that are finished, put a slot back into use, or ask the customer to come again later."),
        )
    return found


def next_number(session: Session, number_max: int) -> int:
    """Return the next number that no live deposit has, and remember it durably.

    Locks the counter first, so that stations with one database take in one after the other: what this unit then sees of
    slots and numbers stays true until it has ended.
    """
    last = in_turn(session)
    taken = set(session.scalars(select(models.Deposit.number).where(live())))
    for step in range(1, number_max + 1):
        number = (last + step - 1) % number_max + 1
        if number not in taken:
            session.execute(update(models.Counter).where(models.Counter.name == _NUMBER).values(value=number))
            return number
    raise NumbersUsedUp(
        msg("All numbers from 1 to %(last)s are in use.", last=number_max),
        msg("Give back bags that are finished, or ask the technician to raise bags.number_max."),
    )


def occupy(session: Session, slot_id: int) -> None:
    """Count one more use of a slot."""
    session.execute(update(models.Slot).where(models.Slot.id == slot_id).values(uses=models.Slot.uses + 1))


def _free_slots() -> Select[tuple[models.Slot]]:
    cost = (models.Slot.uses + 1) * (REACH + models.Slot.distance)
    return (
        select(models.Slot)
        .where(models.Slot.enabled, ~_occupied(models.Slot.id))
        .order_by(cost, models.Slot.distance, models.Slot.id)
        .execution_options(populate_existing=True)
    )


def _occupied(slot_id: ColumnElement[int] | InstrumentedAttribute[int] | int) -> Exists:
    return exists().where(models.Deposit.slot_id == slot_id, live())


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
    query = select(models.Counter.value).where(models.Counter.name == _NUMBER).with_for_update()
    value = session.scalar(query)
    if value is None:
        savepoint = session.begin_nested()
        try:
            session.execute(insert(models.Counter).values(name=_NUMBER, value=0))
            savepoint.commit()
        except IntegrityError:  # another station made it at the same moment
            savepoint.rollback()
        value = session.scalar(query)
    return value or 0
