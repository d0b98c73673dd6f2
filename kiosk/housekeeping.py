"""Deletes what has had its time, now and then, a little at a time."""

import logging
import threading
from collections.abc import Callable, Sequence

from kiosk.clock import Clock
from kiosk.errors import KioskError

log = logging.getLogger(__name__)

# The start itself leaves something to tidy up; it has better things to do than to wait for that.
_FIRST_AFTER_S = 10.0
# An hour: what is deleted here is measured in days, and a Pi's card is not to be woken for less.
_INTERVAL_S = 3600.0


class Housekeeper:
    """Runs its chores one after the other in a thread of its own; a chore that fails is tried again next time."""

    def __init__(self, chores: Sequence[Callable[[], object]], *, clock: Clock, interval_s: float = _INTERVAL_S) -> None:
        self._chores, self._clock, self._interval_s = chores, clock, interval_s
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Do the chores ten seconds from now, and then after each interval."""
        self._thread = threading.Thread(target=self._work, name="housekeeping", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; a chore under way is finished first."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def run_once(self) -> None:
        """Do every chore now."""
        for chore in self._chores:
            try:
                chore()
            except KioskError as error:
                log.warning("housekeeping: %s", error)

    def _work(self) -> None:
        wait_s = _FIRST_AFTER_S
        while not self._clock.wait(self._stopped, wait_s):
            self.run_once()
            wait_s = self._interval_s
