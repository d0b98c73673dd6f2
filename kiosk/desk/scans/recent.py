"""Keeps what was scanned for a minute, so that a browser gets a random number instead of the code itself."""

import threading
from dataclasses import dataclass, field
from datetime import datetime

from kiosk.clock import Clock
from kiosk.desk.scans.classify import ScannedKind

# Seconds in which the screen must fetch what it was told of.
KEEP_S = 60.0
# Codes kept at once: more than a minute of scanning by hand; a program that sends more loses its own oldest.
_MAX_KEPT = 256


@dataclass(frozen=True, slots=True)
class ClaimedScan:
    """A code that was read. Its text stays out of logs; *subject* is the deposit of a known ticket."""

    id: str
    kind: ScannedKind
    text: str = field(repr=False)
    device: str
    symbology: str | None
    at: datetime
    subject: int | None = None


class RecentScans:
    """Scans by their random id, each for one screen, once, and not for long. Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[ClaimedScan, str, float]] = {}  # in the order of their expiry

    def keep(self, scan: ClaimedScan, screen: str) -> None:
        """Remember *scan* for *screen* alone."""
        now = self._clock.monotonic()
        with self._lock:
            self._expire(now)
            self._kept[scan.id] = (scan, screen, now + KEEP_S)
            while len(self._kept) > _MAX_KEPT:
                del self._kept[next(iter(self._kept))]

    def claim(self, scan_id: str, screen: str) -> ClaimedScan | None:
        """Return the scan and forget it; None when it is unknown, too old, claimed before, or another screen's."""
        with self._lock:
            self._expire(self._clock.monotonic())
            kept = self._kept.get(scan_id)
            if kept is None or kept[1] != screen:
                return None
            del self._kept[scan_id]
            return kept[0]

    def _expire(self, now: float) -> None:
        while self._kept:
            oldest = next(iter(self._kept))
            if now < self._kept[oldest][2]:
                return
            del self._kept[oldest]
