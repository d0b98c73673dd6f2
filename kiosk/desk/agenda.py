"""What is due at a time: one thread sleeps until the next appointment of all services, and runs what is due."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.db import Database
from kiosk.events import EventBus

NextDue = Callable[[Session], datetime | None]
RunDue = Callable[[Session], None]


class Agenda:
    """Runs each registered service's appointments in write units, at their time, late ones once after a sleep or a restart."""

    def __init__(self, db: Database, clock: Clock, bus: EventBus) -> None:
        self._db, self._clock, self._bus = db, clock, bus
        self._entries: dict[str, tuple[NextDue, RunDue, frozenset[str]]] = {}

    def register(self, name: str, next_due: NextDue, run_due: RunDue, *, wakes: frozenset[str] = frozenset()) -> None:
        """Have *run_due* called in a write unit at the time that *next_due* gives (None: nothing to do).

        The time is asked again after each run, and after each event whose name is in *wakes*.
        """
        self._entries[name] = (next_due, run_due, wakes)

    def run_due(self) -> None:
        """Run everything that is due now; for the thread, and for tests."""

    def start(self) -> None:
        """Start the thread."""

    def stop(self) -> None:
        """End the thread; a run under way is finished first."""
