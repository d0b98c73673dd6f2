"""Runs one scanner under the supervisor: codes read become `Scan`s for a sink, repeats count once.

What a code means, and who is shown it, is the desk's matter.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from kiosk.clock import Clock
from kiosk.devices.scanner import RawScan, Scan, Scanner
from kiosk.devices.state import DeviceState, Reason
from kiosk.devices.supervisor import Control

log = logging.getLogger(__name__)

# One spoilt read happens; three in a row without a good one mean a wrong setting (speed, framing) or a bad cable.
_NOISE_LIMIT = 3


@dataclass(frozen=True, slots=True)
class ScannerStats:
    """Counts since the start: *dropped* as noise or too long, *read* and passed on, *repeated* and therefore not."""

    dropped: int
    read: int
    repeated: int
    last_at: datetime | None = None


class ScannerService:
    """Implements `kiosk.devices.supervisor.Service` for any `Scanner`."""

    def __init__(self, name: str, scanner: Scanner, sink: Callable[[Scan], object], clock: Clock, repeat_window_s: float) -> None:
        """*sink* is called in the device's thread; the same text within *repeat_window_s* seconds reaches it once; its answer is unused."""
        self._name = name
        self._scanner = scanner
        self._sink = sink
        self._clock = clock
        self._repeat_window_s = repeat_window_s
        self._lock = threading.Lock()
        self._read = 0
        self._repeated = 0
        self._last_at: datetime | None = None
        self._counted: dict[str, float] = {}

    def stats(self) -> ScannerStats:
        """What happened so far; may be asked from any thread."""
        with self._lock:
            return ScannerStats(self._scanner.dropped, self._read, self._repeated, self._last_at)

    def open(self) -> None:
        self._scanner.open()

    def serve(self, control: Control) -> None:
        control.report(DeviceState.READY)
        spoilt = 0
        dropped = self._scanner.dropped
        while not control.stopping:
            code = self._scanner.read(None, lambda: control.stopping)
            before, dropped = dropped, self._scanner.dropped
            if code is not None:
                spoilt = 0
                control.report(DeviceState.READY)
                self._take(code)
            elif dropped != before:
                spoilt += dropped - before
                if spoilt >= _NOISE_LIMIT:
                    control.report(DeviceState.DEGRADED, Reason("noise", "what arrives is no code: check speed, parity and framing"))

    def close(self) -> None:
        self._scanner.close()

    def wake(self) -> None:
        self._scanner.interrupt()

    def _take(self, code: RawScan) -> None:
        if self._is_repeat(code.text):
            return
        try:
            self._sink(Scan(code.text, self._name, self._clock.now(), code.symbology))
        except Exception:  # whatever the desk makes of one code, the next must still be read
            # The text stays out of the log: it may be a badge.
            log.exception("a scan could not be handled", extra={"device": self._name})

    def _is_repeat(self, text: str) -> bool:
        now = self._clock.monotonic()
        with self._lock:
            self._counted = {known: at for known, at in self._counted.items() if now - at < self._repeat_window_s}
            if text in self._counted:
                self._repeated += 1
                return True
            self._counted[text] = now
            self._read += 1
            self._last_at = self._clock.now()
            return False
