"""What every part of the returns desk shares: its dependencies, locked rows, numbers, and what is told of a change."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.db.upsert import insert_if_missing
from kiosk.desk.actors import Actor
from kiosk.desk.appliances.views import ApplianceTestView
from kiosk.desk.audit import AuditTrail
from kiosk.desk.bags.days import TradingDays
from kiosk.desk.contacts import ContactVault
from kiosk.desk.plain_text import one_line
from kiosk.desk.receipts import ReceiptService
from kiosk.desk.returns.errors import UnknownReturn, WrongReturn
from kiosk.desk.returns.models import LABEL_LENGTH, NAME_LENGTH, GoodsReturn, ReturnDay
from kiosk.desk.returns.policy import PolicyService
from kiosk.desk.returns.views import ReturnView
from kiosk.devices.document import Document
from kiosk.devices.queue import JobQueue, JobView
from kiosk.events import emit
from kiosk.i18n import msg

SLIP_PURPOSE = "return-slip"
RECORDED, REFUND_CHANGED = "return.recorded", "refund.changed"

LARGEST_ID = 2**63 - 1

# Called within the write unit that recorded or voided a return.
ReturnListener = Callable[[Session, Actor, ReturnView], None]
# The appliance test with this id; raises NotFound.
TestLookup = Callable[[Session, int], ApplianceTestView]


@dataclass(slots=True)
class Context:
    """One station's returns desk. *rng* makes the codes; *printer_name* names the device that prints slips now."""

    settings: Settings
    clock: Clock
    jobs: JobQueue
    audit: AuditTrail
    receipts: ReceiptService
    policy: PolicyService
    printer_name: Callable[[], str]
    rng: random.Random
    days: TradingDays
    contacts: ContactVault | None = None  # keeps photos; None: there are none
    test_lookup: TestLookup | None = None
    listeners: list[ReturnListener] = field(default_factory=list)

    def now(self) -> datetime:
        return self.clock.now()

    def local(self, at: datetime) -> datetime:
        """*at* in the store's zone."""
        return at.astimezone(self.settings.store.zone)

    def today(self) -> date:
        """The day of the store's calendar."""
        return self.local(self.now()).date()

    def print(self, session: Session, document: Document, return_id: int) -> JobView | None:
        """Queue a slip in this write unit; None when there is no printer."""
        device = self.printer_name()
        if not device:
            return None
        return self.jobs.enqueue(session, device=device, document=document, purpose=SLIP_PURPOSE, subject=subject(return_id))

    def tell(self, session: Session, row: GoodsReturn) -> None:
        """Have `return.recorded` published: no names, no member, for every screen may see it."""
        emit(
            session,
            RECORDED,
            {
                "id": row.id,
                "number": row.number,
                "kind": row.kind.value,
                "receipt": row.receipt,
                "refund_fen": row.refund_fen,
                "state": row.state.value,
            },
        )

    def next_number(self, session: Session) -> str:
        """The next number of the trading day; until the unit ends no other station records a return."""
        day = self.days.day_of(self.now())
        insert_if_missing(session, ReturnDay, day=day, value=0)
        raised = update(ReturnDay).where(ReturnDay.day == day).values(value=ReturnDay.value + 1).returning(ReturnDay.value)
        value = session.execute(raised.execution_options(synchronize_session=False)).scalar_one()
        return f"R{day:%y%m%d}{value:04d}"


def subject(return_id: int) -> str:
    """How jobs and the audit trail name a return."""
    return f"return:{return_id}"


def who(actor: Actor) -> tuple[str, str]:
    """What a record keeps of *actor*: the stable label, and the name that a screen shows later."""
    return actor.label[:LABEL_LENGTH], actor.name[:NAME_LENGTH]


def is_id(number: int) -> bool:
    """Whether *number* can be a row's; both databases refuse larger ones with an error of their own."""
    return 0 < number <= LARGEST_ID


def found(session: Session, return_id: int) -> GoodsReturn:
    """The return as it is now. Raises UnknownReturn."""
    row = session.get(GoodsReturn, return_id, populate_existing=True) if is_id(return_id) else None
    if row is None:
        raise UnknownReturn(msg("There is no return %(id)s.", id=return_id), msg("Look for it in the list of returns."))
    return row


def locked(session: Session, return_id: int) -> GoodsReturn:
    """The return, and nobody else changes it until this write unit ends. Raises UnknownReturn."""
    if is_id(return_id):
        query = select(GoodsReturn).where(GoodsReturn.id == return_id).with_for_update().execution_options(populate_existing=True)
        row = session.scalars(query).one_or_none()
        if row is not None:
            return row
    return found(session, return_id)


def line(text: str, field: str, limit: int, *, required: bool = False) -> str:
    """*text* on one line. Raises WrongReturn (*field*) when it is empty but required, or too long."""
    text = one_line(text)
    if len(text) > limit:
        raise WrongReturn.of(field, msg("This has %(length)s characters; at most %(limit)s are possible.", length=len(text), limit=limit))
    if required and not text:
        raise WrongReturn.of(field, msg("This must not be empty."))
    return text
