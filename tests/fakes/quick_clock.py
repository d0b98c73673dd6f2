"""A test's clock for code that pauses between its steps: the time is the test's, a pause is over at once."""

import threading
from datetime import datetime

from tests.fakes.clock import FakeClock


class QuickClock:
    """Implements `kiosk.clock.Clock` over *clock*; `wait` lets the time pass instead of waiting for a test to do so."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now()

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def wait(self, event: threading.Event, timeout_s: float | None) -> bool:
        if not event.is_set() and timeout_s is not None:
            self._clock.advance(timeout_s)
        return event.is_set()
