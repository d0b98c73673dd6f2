"""What every part of the bag check shares: settings, clock, calendar, print queue, audit trail, wrong-code counts."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.desk.actors import Actor
from kiosk.desk.audit import AuditTrail
from kiosk.desk.bags.days import TradingDays
from kiosk.desk.bags.errors import NoPrinter
from kiosk.desk.bags.models import LABEL_LENGTH, NAME_LENGTH
from kiosk.desk.bags.throttle import WrongCodes
from kiosk.devices.document import Document
from kiosk.devices.queue import JobQueue, JobView
from kiosk.i18n import msg

TICKET_PURPOSE = "bag-ticket"
FORM_PURPOSE = "bag-lost-form"

# Characters that a reason (of a reprint, a cancellation, a difference) may have.
REASON_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Context:
    """One station's bag check. *rng* makes the codes; *printer_name* names the device that prints now."""

    settings: Settings
    clock: Clock
    jobs: JobQueue
    audit: AuditTrail
    printer_name: Callable[[], str]
    rng: random.Random
    days: TradingDays
    wrong_codes: WrongCodes

    def now(self) -> datetime:
        return self.clock.now()

    def print(self, session: Session, document: Document, purpose: str, deposit_id: int) -> JobView:
        """Queue *document* in this write unit; raises NoPrinter when none is configured."""
        device = self.printer_name()
        if not device:
            raise NoPrinter(
                msg("No printer is configured for tickets."),
                msg("Ask the technician to add a printer to kiosk.toml, or to name it at bags.printer."),
            )
        return self.jobs.enqueue(session, device=device, document=document, purpose=purpose, subject=subject(deposit_id))


def subject(deposit_id: int) -> str:
    """How jobs and the audit trail name a deposit."""
    return f"deposit:{deposit_id}"


def who(actor: Actor) -> tuple[str, str]:
    """Return what a record keeps of *actor*: the stable label, and the name that a screen shows later."""
    return actor.label[:LABEL_LENGTH], actor.name[:NAME_LENGTH]
