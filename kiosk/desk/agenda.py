"""What is due at a time: one thread sleeps until the next appointment of all services, and runs what is due."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.db import Database
from kiosk.errors import KioskError
from kiosk.events import Event, EventBus

log = logging.getLogger(__name__)

NextDue = Callable[[Session], datetime | None]
RunDue = Callable[[Session], None]

# Sleep is measured on the monotonic clock. A wall clock that NTP sets ahead, as on every start of a Pi without a
# battery, is noticed after this many seconds at the latest.
_LONGEST_SLEEP_S = 900.0
# A service that has run and is due still has more to do than it does at once, or failed: let others work first.
_AGAIN_AFTER_S = 5.0
_AFTER_FAILURE_S = 60.0


class Agenda:
    """Runs each registered service's appointments in write units, at their time, late ones once after a sleep or a restart."""

    def __init__(self, db: Database, clock: Clock, bus: EventBus) -> None:
        self._db, self._clock, self._bus = db, clock, bus
        self._entries: dict[str, tuple[NextDue, RunDue, frozenset[str]]] = {}
        self._failing: set[str] = set()
        self._wake = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._unsubscribe: Callable[[], None] = lambda: None

    def register(self, name: str, next_due: NextDue, run_due: RunDue, *, wakes: frozenset[str] = frozenset()) -> None:
        """Have *run_due* called in a write unit at the time that *next_due* gives (None: nothing to do).

        The time is asked again after each run, and after each event whose name is in *wakes*.
        """
        self._entries[name] = (next_due, run_due, wakes)

    def run_due(self) -> None:
        """Run everything that is due now; for the thread, and for tests."""
        self._run_and_look()

    def start(self) -> None:
        """Start the thread."""
        self._unsubscribe = self._bus.subscribe(self._hear)
        self._thread = threading.Thread(target=self._work, name="agenda", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; a run under way is finished first."""
        self._stopping = True
        self._wake.set()
        self._unsubscribe()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    # -- the thread

    def _hear(self, event: Event) -> None:
        if any(event.name in wakes for _next, _run, wakes in self._entries.values()):
            self._wake.set()

    def _work(self) -> None:
        while not self._stopping:
            # Before the look: an event that comes while it runs wakes the next sleep at once.
            self._wake.clear()
            sleep_s = self._run_and_look()
            if not self._stopping:
                self._clock.wait(self._wake, sleep_s)

    def _run_and_look(self) -> float:
        """Run what is due; return the seconds until the next appointment, or the longest sleep."""
        sleep_s = _LONGEST_SLEEP_S
        for name, (next_due, run_due, _wakes) in tuple(self._entries.items()):
            try:
                until_s = self._run_one(next_due, run_due)
            except Exception as error:  # one service's trouble must not silence the others
                self._failed(name, error)
                until_s = _AFTER_FAILURE_S
            else:
                if name in self._failing:
                    self._failing.discard(name)
                    log.info("agenda: %s works again", name)
            sleep_s = min(sleep_s, until_s)
        return sleep_s

    def _run_one(self, next_due: NextDue, run_due: RunDue) -> float:
        due = self._look(next_due)
        if due is not None and due <= self._clock.now():
            self._db.write(run_due)
            due = self._look(next_due)
            if due is not None and due <= self._clock.now():
                return _AGAIN_AFTER_S
        return _LONGEST_SLEEP_S if due is None else max(0.0, (due - self._clock.now()).total_seconds())

    def _look(self, next_due: NextDue) -> datetime | None:
        with self._db.read() as session:
            return next_due(session)

    def _failed(self, name: str, error: Exception) -> None:
        """Log the first failure of a row of them: the card is not to be filled while the database is away."""
        if name in self._failing:
            return
        self._failing.add(name)
        if isinstance(error, KioskError):
            log.warning("agenda: %s is tried again every minute: %s", name, error)
        else:
            log.error("agenda: %s is tried again every minute", name, exc_info=error)
