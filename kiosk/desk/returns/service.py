"""The returns desk: assesses receipts, records what comes back exactly once, and keeps the refunds that follow."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.desk.actors import Actor
from kiosk.desk.audit import AuditTrail
from kiosk.desk.receipts import ReceiptService
from kiosk.desk.receipts.views import Freshness
from kiosk.desk.returns import models  # noqa: F401  the tables belong to the schema
from kiosk.desk.returns.policy import PolicyService
from kiosk.desk.returns.views import (
    Assessment,
    FlagView,
    LineAnswer,
    NewReturn,
    Quote,
    RefundState,
    RefundView,
    ReturnView,
)
from kiosk.devices.queue import JobQueue

# Called within the write unit that recorded or voided a return.
ReturnListener = Callable[[Session, Actor, ReturnView], None]


class ReturnService:
    """What pages, API and agenda talk to. Changing methods take the session of a write unit first."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        jobs: JobQueue,
        audit: AuditTrail,
        receipts: ReceiptService,
        policy: PolicyService,
        printer_name: Callable[[], str],
        rng: random.Random | None = None,
    ) -> None:
        """*printer_name* names the printer of slips at the moment of printing, "" when there is none; *rng* makes codes."""
        self._settings, self._clock, self._jobs, self._audit = settings, clock, jobs, audit
        self._receipts, self._policy, self._printer_name, self._rng = receipts, policy, printer_name, rng
        self._listeners: list[ReturnListener] = []

    def on_change(self, listener: ReturnListener) -> None:
        """Have *listener* called in the unit of each return that is recorded or voided."""
        self._listeners.append(listener)

    def assess(
        self, session: Session, receipt_id: int, *, answers: Sequence[LineAnswer] = (), freshness: Freshness = Freshness.STORED
    ) -> Assessment:
        """What of a receipt may come back, and why not the rest. Raises UnknownReceipt."""
        raise AssertionError("not yet")

    def quote(self, session: Session, wanted: NewReturn) -> Quote:
        """What *wanted* would come to; nothing is recorded."""
        raise AssertionError("not yet")

    def record(self, session: Session, actor: Actor, wanted: NewReturn) -> ReturnView:
        """Take goods back (scope returns:write): record, refund, slip and custody in one transaction.

        Raises OverReturn (409) when less remains, NotEligible (422) when the policy says no, Invalid with the field.
        """
        raise AssertionError("not yet")

    def void(self, session: Session, actor: Actor, return_id: int, reason: str) -> ReturnView:
        """Undo a return recorded by mistake (scope returns:approve); refused once its goods are signed for or its refund is confirmed."""
        raise AssertionError("not yet")

    def get(self, session: Session, return_id: int) -> ReturnView:
        """One return; raises UnknownReturn."""
        raise AssertionError("not yet")

    def by_code(self, session: Session, code: str) -> int | None:
        """The id of the return whose slip has this code."""
        raise AssertionError("not yet")

    def of_receipt(self, session: Session, receipt_id: int) -> list[ReturnView]:
        """The returns of a receipt, oldest first."""
        raise AssertionError("not yet")

    def newest(self, session: Session, *, limit: int = 50, before_id: int | None = None, query: str = "") -> list[ReturnView]:
        """Returns, the newest first; *query* is a number, a code or a receipt's number."""
        raise AssertionError("not yet")

    def reprint_slip(self, session: Session, actor: Actor, return_id: int) -> ReturnView:
        """Print the slip once more, marked as a copy."""
        raise AssertionError("not yet")

    def add_photo(self, session: Session, actor: Actor, return_id: int, jpeg: bytes) -> int:
        """Keep a picture (`prepare_photo` made it); return its number."""
        raise AssertionError("not yet")

    def refunds(
        self, session: Session, *, states: Sequence[RefundState] | None = None, limit: int = 100, before_id: int | None = None
    ) -> list[RefundView]:
        """Refunds, the newest first."""
        raise AssertionError("not yet")

    def settle_refund(self, session: Session, actor: Actor, refund_id: int, state: RefundState, detail: str = "") -> RefundView:
        """Note what the point of sale says became of a refund: confirmed or failed (scope refunds:write)."""
        raise AssertionError("not yet")

    def flags(self, session: Session, *, seen: bool | None = None, limit: int = 100) -> list[FlagView]:
        """What deserves a look, the newest first (scope of the page: returns:approve)."""
        raise AssertionError("not yet")

    def mark_seen(self, session: Session, actor: Actor, flag_id: int, note: str = "") -> FlagView:
        """Note that somebody looked (scope returns:approve)."""
        raise AssertionError("not yet")

    def purge(self, session: Session, before: datetime, limit: int) -> int:
        """Delete photos of returns recorded before *before*; returns how many."""
        raise AssertionError("not yet")
