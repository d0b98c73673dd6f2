"""The returns desk: assesses receipts, records what comes back exactly once, and keeps the refunds that follow."""

import random
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.desk.actors import Actor
from kiosk.desk.audit import AuditTrail
from kiosk.desk.bags.days import TradingDays
from kiosk.desk.contacts import ContactVault
from kiosk.desk.contacts.retention import RetentionRule
from kiosk.desk.receipts import ReceiptService
from kiosk.desk.receipts.views import Freshness
from kiosk.desk.returns import eligibility, flags, look, photos, record, refunds, slips, void
from kiosk.desk.returns.context import Context, ReturnListener, TestLookup
from kiosk.desk.returns.models import ReturnPhoto
from kiosk.desk.returns.policy import PolicyService
from kiosk.desk.returns.views import (
    Assessment,
    FlagView,
    LineAnswer,
    NewReturn,
    Quote,
    RefundState,
    RefundView,
    ReturnPhotoView,
    ReturnView,
)
from kiosk.devices.queue import JobQueue
from kiosk.i18n import msg

__all__ = ["ReturnListener", "ReturnService"]


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
        self._context = Context(
            settings=settings,
            clock=clock,
            jobs=jobs,
            audit=audit,
            receipts=receipts,
            policy=policy,
            printer_name=printer_name,
            rng=rng or secrets.SystemRandom(),
            days=TradingDays(settings.store, settings.bags),
        )

    # -- wiring, before anything else is called

    def on_change(self, listener: ReturnListener) -> None:
        """Have *listener* called in the unit of each return that is recorded or voided."""
        self._context.listeners.append(listener)

    def look_tests_up(self, lookup: TestLookup) -> None:
        """Have *lookup* find the tests of appliances that returns name."""
        self._context.test_lookup = lookup

    def keep_photos(self, contacts: ContactVault) -> None:
        """Have *contacts* encrypt photos, and delete them when their time is over."""
        self._context.contacts = contacts
        contacts.register_encrypted(ReturnPhoto, "sealed")
        keep_days = self._context.settings.returns.photo_days
        contacts.register(RetentionRule("return-photo", keep_days, self.purge, msg("Photos of returns, and whose they were")))

    # -- the desk

    def assess(
        self, session: Session, receipt_id: int, *, answers: Sequence[LineAnswer] = (), freshness: Freshness = Freshness.STORED
    ) -> Assessment:
        """What of a receipt may come back, and why not the rest. Raises UnknownReceipt."""
        return eligibility.assess(self._context, session, receipt_id, answers, freshness)

    def quote(self, session: Session, wanted: NewReturn) -> Quote:
        """What *wanted* would come to; nothing is recorded."""
        return record.quote(self._context, session, wanted)

    def record(self, session: Session, actor: Actor, wanted: NewReturn) -> ReturnView:
        """Take goods back (scope returns:write): record, refund, slip and custody in one transaction.

        Raises OverReturn (409) when less remains, NotEligible (422) when the policy says no, Invalid with the field.
        """
        return record.record(self._context, session, actor, wanted)

    def void(self, session: Session, actor: Actor, return_id: int, reason: str) -> ReturnView:
        """Undo a return recorded by mistake (scope returns:approve); refused once its goods are signed for or its refund is confirmed."""
        return void.void(self._context, session, actor, return_id, reason)

    # -- looking

    def get(self, session: Session, return_id: int) -> ReturnView:
        """One return; raises UnknownReturn."""
        return look.get(session, return_id)

    def by_code(self, session: Session, code: str) -> int | None:
        """The id of the return whose slip has this code."""
        return look.by_code(session, code)

    def of_receipt(self, session: Session, receipt_id: int) -> list[ReturnView]:
        """The returns of a receipt, oldest first."""
        return look.of_receipt(session, receipt_id)

    def newest(self, session: Session, *, limit: int = 50, before_id: int | None = None, query: str = "") -> list[ReturnView]:
        """Returns, the newest first; *query* is a number, a code or a receipt's number."""
        return look.newest(session, limit, before_id, query)

    # -- slips and photos

    def reprint_slip(self, session: Session, actor: Actor, return_id: int) -> ReturnView:
        """Print the slip once more, marked as a copy."""
        return slips.reprint(self._context, session, actor, return_id)

    def prepare_photo(self, image: bytes) -> bytes:
        """Make a picture in any common format fit to be kept; outside of the write unit. Raises Invalid (field ``photo``)."""
        return photos.prepare(self._context, image)

    def add_photo(self, session: Session, actor: Actor, return_id: int, jpeg: bytes) -> int:
        """Keep a picture (`prepare_photo` made it); return its number."""
        return photos.add(self._context, session, actor, return_id, jpeg)

    def photos(self, session: Session, return_id: int) -> list[ReturnPhotoView]:
        """The photos of a return, without the pictures."""
        return photos.views(session, return_id)

    def photo(self, session: Session, return_id: int, photo_id: int) -> bytes:
        """A photo as JPEG. Raises UnknownReturnPhoto."""
        return photos.jpeg_of(self._context, session, return_id, photo_id)

    def purge(self, session: Session, before: datetime, limit: int) -> int:
        """Delete photos of returns recorded before *before*, and whose returns they were; returns of how many."""
        return photos.purge(session, before, limit)

    # -- refunds

    def refunds(
        self, session: Session, *, states: Sequence[RefundState] | None = None, limit: int = 100, before_id: int | None = None
    ) -> list[RefundView]:
        """Refunds, the newest first."""
        return refunds.listed(session, states, limit, before_id)

    def refund(self, session: Session, refund_id: int) -> RefundView:
        """One refund; raises UnknownRefund."""
        return refunds.get(session, refund_id)

    def settle_refund(self, session: Session, actor: Actor, refund_id: int, state: RefundState, detail: str = "") -> RefundView:
        """Note what the point of sale says became of a refund: confirmed or failed (scope refunds:write)."""
        return refunds.settle(self._context, session, actor, refund_id, state, detail)

    def retry_refund(self, session: Session, actor: Actor, refund_id: int) -> RefundView:
        """Ask the point of sale once more for a refund that failed (scope refunds:write)."""
        return refunds.retry(self._context, session, actor, refund_id)

    # -- what deserves a look

    def flags(self, session: Session, *, seen: bool | None = None, limit: int = 100) -> list[FlagView]:
        """What deserves a look, the newest first (scope of the page: returns:approve)."""
        return flags.listed(session, seen, limit)

    def mark_seen(self, session: Session, actor: Actor, flag_id: int, note: str = "") -> FlagView:
        """Note that somebody looked (scope returns:approve)."""
        return flags.mark_seen(self._context, session, actor, flag_id, note)
