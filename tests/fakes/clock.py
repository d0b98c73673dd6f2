"""A clock that stands still until a test moves it."""

import threading
from datetime import UTC, datetime, timedelta

# A Tuesday afternoon in the demo store's time zone.
START = datetime(2026, 3, 10, 6, 0, tzinfo=UTC)


class FakeClock:
    """Implements `kiosk.clock.Clock`. `wait` returns when the event is set or a test has advanced past the time-out."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now
        self._monotonic = 1000.0
        self._moved = threading.Condition()
        self.waiting = 0

    def now(self) -> datetime:
        with self._moved:
            return self._now

    def monotonic(self) -> float:
        with self._moved:
            return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass on both clocks and wake whoever waited for that."""
        with self._moved:
            self._now += timedelta(seconds=seconds)
            self._monotonic += seconds
            self._moved.notify_all()

    def jump(self, seconds: float) -> None:
        """Move the wall clock alone, as NTP or a person does."""
        with self._moved:
            self._now += timedelta(seconds=seconds)
            self._moved.notify_all()

    def wait(self, event: threading.Event, timeout_s: float | None) -> bool:
        with self._moved:
            deadline = None if timeout_s is None else self._monotonic + timeout_s
            self.waiting += 1
            try:
                while not event.is_set() and (deadline is None or self._monotonic < deadline):
                    # Setting an event does not notify this condition: look again every few milliseconds.
                    self._moved.wait(0.005)
            finally:
                self.waiting -= 1
            return event.is_set()

    def wait_until_waiting(self, count: int = 1, *, timeout_s: float = 5.0) -> None:
        """Block the test until *count* threads sleep on this clock."""
        gone = threading.Event()
        for _ in range(int(timeout_s / 0.005)):
            with self._moved:
                if self.waiting >= count:
                    return
            gone.wait(0.005)
        raise AssertionError(f"{self.waiting} threads wait on the clock, not {count}")
