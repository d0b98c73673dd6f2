"""Brings a scan to the screen that it is meant for: classifies it, looks it up, tells the screen where it leads.

A browser gets a kind, a masked text and an address with a random number; the code stays here (`ScanRouter.claim`).
"""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Scans
from kiosk.db import Database
from kiosk.desk.scans.classify import Classifier, ReceiptNumber, ScannedKind, masked
from kiosk.desk.scans.recent import ClaimedScan, RecentScans
from kiosk.desk.scans.screens import ActiveScreens
from kiosk.devices.scanner import Scan
from kiosk.events import EventBus

log = logging.getLogger(__name__)

EVENT = "scan"
# The device of a scan that a program sent without naming one.
API_DEVICE = "api"

# Pages that claim the scan and show what it belongs to themselves: a redirect more would be felt.
_PAGES = {
    ScannedKind.RECEIPT: "/desk/receipts/scan",
    ScannedKind.RETURN: "/desk/returns/scan",
    ScannedKind.PICKUP: "/desk/pickups/scan",
}

# The deposit (its id) of a ticket code; None when no ticket has that code.
TicketLookup = Callable[[Session, str], int | None]


@dataclass(frozen=True, slots=True)
class RoutedScan:
    """What became of a scan. *target* is the page that it leads to; *screen* got it (None: nobody was there)."""

    id: str
    kind: ScannedKind
    target: str
    screen: str | None
    text_masked: str


class ScanRouter:
    """What every scanner's service and ``POST /api/v1/scans`` hand their codes to. Thread-safe."""

    def __init__(
        self,
        settings: Scans,
        db: Database,
        clock: Clock,
        bus: EventBus,
        screens: ActiveScreens,
        *,
        ticket: TicketLookup,
        receipt_number: ReceiptNumber | None = None,
    ) -> None:
        """*ticket* says which deposit a ticket code belongs to; it is called with a session for look-ups.

        *receipt_number* reads the number of a receipt in a code; without it only the patterns of ``[scans]`` tell receipts.
        """
        self._classifier = Classifier(settings, receipt_number) if receipt_number is not None else Classifier(settings)
        self._db = db
        self._clock = clock
        self._bus = bus
        self._screens = screens
        self._ticket = ticket
        self._recent = RecentScans(clock)

    def handle(self, scan: Scan | str, device: str = API_DEVICE) -> RoutedScan:
        """Route *scan*, or a text that a program sent for *device*, and tell the screen that it is meant for."""
        if isinstance(scan, str):
            scan = Scan(scan, device, self._clock.now())
        text = scan.text.strip()
        kind = self._classifier.kind(text, scan.symbology)
        deposit = self._deposit(text) if kind is ScannedKind.TICKET else None
        scan_id = secrets.token_urlsafe(16)
        screen = self._screens.for_badge() if kind is ScannedKind.BADGE else self._screens.for_staff()
        routed = RoutedScan(scan_id, kind, _target(kind, scan_id, deposit), screen, masked(kind, text))
        if screen is None:
            log.info("a scan found no screen", extra={"device": scan.device, "kind": kind.value})
            return routed
        # Kept before it is told: the browser may come for it at once.
        self._recent.keep(ClaimedScan(scan_id, kind, text, scan.device, scan.symbology, scan.at, deposit), screen)
        self._tell(routed, scan, screen)
        return routed

    def claim(self, scan_id: str, screen: str) -> ClaimedScan | None:
        """Give the scan to the page that its target opened: once, within a minute, on the screen that was told."""
        return self._recent.claim(scan_id, screen)

    def _deposit(self, code: str) -> int | None:
        try:
            with self._db.read() as session:
                return self._ticket(session, code)
        except SQLAlchemyError:
            # The page that the scan opens looks again, and can tell a person what is wrong.
            log.exception("a ticket could not be looked up")
            return None

    def _tell(self, routed: RoutedScan, scan: Scan, screen: str) -> None:
        data = {
            "id": routed.id,
            "kind": routed.kind.value,
            "target": routed.target,
            "device": scan.device,
            "symbology": scan.symbology,
            "text_masked": routed.text_masked,
            "at": scan.at.isoformat(),
        }
        self._bus.publish(EVENT, data, at=self._clock.now(), screen=screen)


def _target(kind: ScannedKind, scan_id: str, deposit: int | None) -> str:
    if kind is ScannedKind.BADGE:
        return f"/login/badge/{scan_id}"
    if deposit is not None:
        return f"/desk/bags/{deposit}/release?scan={scan_id}"
    return f"{_PAGES.get(kind, '/desk/scans')}/{scan_id}"
