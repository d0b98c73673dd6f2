"""What every part of the repairs shares: its dependencies, the locked row, the history, and what is told of a change."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.db import table_of
from kiosk.desk.actors import Actor
from kiosk.desk.alerts import AlertService
from kiosk.desk.audit import AuditTrail
from kiosk.desk.bags.days import TradingDays
from kiosk.desk.contacts import ContactVault
from kiosk.desk.hours import BusinessHours
from kiosk.desk.plain_text import one_line, several_lines
from kiosk.desk.repairs.errors import UnknownRepair, WrongRepair
from kiosk.desk.repairs.models import LABEL_LENGTH, PERSON_LENGTH, Repair, RepairStepRow
from kiosk.desk.repairs.views import RUNNING
from kiosk.devices.queue import JobQueue
from kiosk.events import emit
from kiosk.i18n import msg

CHANGED = "repair.changed"

_ADD_STEP = insert(table_of(RepairStepRow))
_LARGEST_ID = 2**63 - 1


@dataclass(slots=True)
class Context:
    """One station's repairs. *rng* makes the codes; *printer_name* names the device that prints slips now."""

    settings: Settings
    clock: Clock
    jobs: JobQueue
    audit: AuditTrail
    alerts: AlertService
    contacts: ContactVault
    hours: BusinessHours
    printer_name: Callable[[], str]
    rng: random.Random
    days: TradingDays

    def now(self) -> datetime:
        return self.clock.now()

    def local(self, at: datetime) -> datetime:
        """*at* in the store's zone."""
        return at.astimezone(self.settings.store.zone)

    def due_after(self, at: datetime) -> datetime:
        """When goods that come in at *at* are to be back: so many days later, at an hour when somebody is at the desk."""
        due = at + timedelta(days=self.settings.returns.repair_days)
        return self.hours.next_open(due) or due

    def changed(self, session: Session, actor: Actor, repair: Repair, action: str, note: str = "") -> None:
        """Write *action* into history and audit trail, set the alarm anew, and tell the screens.

        *note* is a person's and stays out of the audit trail, which is never deleted.
        """
        repair.alarm_at = repair.due_at if repair.state in RUNNING else None
        session.flush()
        session.execute(
            _ADD_STEP,
            {
                "repair_id": repair.id,
                "at": self.now(),
                "actor": actor.label[:LABEL_LENGTH],
                "actor_name": actor.name[:PERSON_LENGTH],
                "state": repair.state,
                "note": note,
            },
        )
        self.audit.append(session, actor, f"repair.{action}", subject(repair.id), {"number": repair.number, "state": repair.state.value})
        tell(session, repair)


def tell(session: Session, repair: Repair) -> None:
    """Have `repair.changed` published: without contact and fault, for every screen may see it."""
    emit(session, CHANGED, {"id": repair.id, "number": repair.number, "state": repair.state.value})


def subject(repair_id: int) -> str:
    """How jobs, contacts and the audit trail name a repair."""
    return f"repair:{repair_id}"


def found(session: Session, repair_id: int, *, lock: bool = False) -> Repair:
    """The repair as it is now; *lock*: nobody else changes it until this write unit ends. Raises UnknownRepair."""
    query = select(Repair).where(Repair.id == repair_id).execution_options(populate_existing=True)
    repair = session.scalars(query.with_for_update() if lock else query).one_or_none() if 0 < repair_id <= _LARGEST_ID else None
    if repair is None:
        raise UnknownRepair(msg("There is no repair %(id)s.", id=repair_id), msg("Choose one from the list of repairs."))
    return repair


def line(text: str, field: str, limit: int, *, required: bool = False) -> str:
    """*text* on one line. Raises WrongRepair (*field*) when it is empty but required, or too long."""
    return _checked(one_line(text), field, limit, required)


def paragraph(text: str, field: str, limit: int, *, required: bool = False) -> str:
    """*text* with its lines. Raises WrongRepair likewise."""
    return _checked(several_lines(text), field, limit, required)


def _checked(text: str, field: str, limit: int, required: bool) -> str:
    if len(text) > limit:
        raise WrongRepair.of(field, msg("This has %(length)s characters; at most %(limit)s are possible.", length=len(text), limit=limit))
    if required and not text:
        raise WrongRepair.of(field, msg("This must not be empty."))
    return text
