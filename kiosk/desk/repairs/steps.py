"""Goods come in for repair, and go from hand to hand until the customer has them back."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.desk.actors import Actor
from kiosk.desk.appliances import serials
from kiosk.desk.day_numbers import next_number
from kiosk.desk.repairs import slips
from kiosk.desk.repairs.context import Context, found, line, paragraph, subject
from kiosk.desk.repairs.errors import NoRepairPrinter, StepNotPossible, WrongRepair
from kiosk.desk.repairs.models import (
    CATEGORY_LENGTH,
    FAULT_LENGTH,
    LABEL_LENGTH,
    NAME_LENGTH,
    NOTE_LENGTH,
    PERSON_LENGTH,
    PRODUCT_LENGTH,
    SERIAL_LENGTH,
    VENDOR_LENGTH,
    Repair,
    RepairStepRow,
)
from kiosk.desk.repairs.views import OVER, RUNNING, TRANSITIONS, NewRepair, RepairState
from kiosk.desk.repairs.words import STATE_NAMES
from kiosk.desk.returns.codes import new_repair_code
from kiosk.i18n import Message, msg

_SERIES = "W"
# A due time that is further off is a slip of the finger in the year.
_WITHIN = timedelta(days=366)


def open_repair(context: Context, session: Session, actor: Actor, new: NewRepair) -> int:
    """Take goods in: record, contact, due time and slip in one transaction; return the repair's id."""
    actor.require("returns:write")
    now = context.now()
    repair = Repair(
        station=context.settings.station.name,
        state=RepairState.RECEIVED,
        product=line(new.product, "product", PRODUCT_LENGTH),
        name=line(new.name, "name", NAME_LENGTH, required=True),
        category=line(new.category, "category", CATEGORY_LENGTH),
        serial=_serial(new),
        fault=paragraph(new.fault, "fault", FAULT_LENGTH, required=True),
        vendor=line(new.vendor, "vendor", VENDOR_LENGTH, required=True),
        receipt_id=new.receipt_id,
        line=new.line,
        test_id=new.test_id,
        due_at=context.due_after(now),
        opened_at=now,
        opened_by=actor.label[:LABEL_LENGTH],
        opened_by_name=actor.name[:PERSON_LENGTH],
    )
    repair.number = next_number(session, _SERIES, context.days.day_of(now))
    repair.code = _unused_code(context, session)
    session.add(repair)
    session.flush()
    if new.contact is not None:
        repair.contact_id = context.contacts.store(session, new.contact, subject=subject(repair.id), consent_version=new.consent_version)
    repair.job_id = slips.print_slip(context, session, repair, copy=False)
    context.changed(session, actor, repair, "opened")
    return repair.id


def move(context: Context, session: Session, actor: Actor, repair_id: int, state: RepairState, note: str, due_at: datetime | None) -> None:
    """Bring it into another state; *due_at* sets when it is to be back."""
    actor.require("returns:write")
    repair = found(session, repair_id, lock=True)
    if state not in TRANSITIONS[repair.state]:
        raise _not_possible(session, repair, state)
    text = line(note, "note", NOTE_LENGTH, required=state in (RepairState.UNREPAIRABLE, RepairState.CANCELLED))
    if due_at is not None:
        repair.due_at = _ahead(context, due_at)
    elif state is RepairState.SENT and repair.state is RepairState.BACK:
        repair.due_at = context.due_after(context.now())  # it came back unrepaired: its time begins anew
    repair.state = state
    if state in OVER:
        repair.closed_at = context.now()
    context.changed(session, actor, repair, "moved", text)


def postpone(context: Context, session: Session, actor: Actor, repair_id: int, due_at: datetime, note: str) -> None:
    """Note another due time that the vendor names, and why."""
    actor.require("returns:write")
    repair = found(session, repair_id, lock=True)
    if repair.state not in RUNNING:
        raise _not_possible(session, repair, repair.state)
    repair.due_at = _ahead(context, due_at)
    context.changed(session, actor, repair, "postponed", line(note, "note", NOTE_LENGTH, required=True))


def reprint(context: Context, session: Session, actor: Actor, repair_id: int) -> None:
    """Print the slip once more; it says so."""
    actor.require("returns:write")
    repair = found(session, repair_id, lock=True)
    job = slips.print_slip(context, session, repair, copy=True)
    if job is None:
        raise NoRepairPrinter(
            msg("No printer is configured for slips."),
            msg("Ask the technician to add a printer to kiosk.toml, or to name it at returns.printer; write the number down meanwhile."),
        )
    repair.job_id = job
    session.flush()
    context.audit.append(session, actor, "repair.slip", subject(repair.id), {"job": job})


def _serial(new: NewRepair) -> str:
    serial = serials.cleaned(line(new.serial, "serial", SERIAL_LENGTH))
    if serial and serials.is_goods_code(serial, new.product):
        raise WrongRepair.of("serial", msg("This is the code of the product, which all of its kind carry. Scan the serial number."))
    return serial


def _ahead(context: Context, at: datetime) -> datetime:
    if at.tzinfo is None:
        raise WrongRepair.of("due_at", msg("A time needs its offset, as in 2026-03-10T14:00:00+08:00."))
    if at <= context.now():
        raise WrongRepair.of("due_at", msg("This time has passed; choose one to come."))
    if at > context.now() + _WITHIN:
        raise WrongRepair.of("due_at", msg("This is more than a year ahead; check the year."))
    return at


def _not_possible(session: Session, repair: Repair, to: RepairState) -> StepNotPossible:
    newest = select(RepairStepRow).where(RepairStepRow.repair_id == repair.id).order_by(RepairStepRow.id.desc()).limit(1)
    last = session.scalars(newest).one()
    return StepNotPossible(
        msg(
            "Repair %(number)s is %(state)s: %(name)s noted that, %(time)s.",
            number=repair.number,
            state=Message(STATE_NAMES[repair.state]),
            name=last.actor_name,
            time=last.at,
        ),
        msg("Reload the repair and look what was done."),
        state=repair.state.value,
        wanted=to.value,
    )


def _unused_code(context: Context, session: Session) -> int:
    while True:
        code = int(new_repair_code(context.rng))
        if session.scalar(select(Repair.id).where(Repair.code == code)) is None:
            return code
