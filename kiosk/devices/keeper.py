"""Keeps the job table in order as time passes: holds what has become stale, deletes what was over long ago."""

import logging
import threading
from datetime import timedelta
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from kiosk.clock import Clock
from kiosk.db import Database
from kiosk.devices.queue import JobQueue
from kiosk.errors import StorageError

log = logging.getLogger(__name__)

# A look at an index this often costs less than being told of every job. The spooler never prints a stale job anyway:
# this only bounds how late the screen shows that somebody has to decide.
_ROUND_S = 15.0
_PURGE_EVERY_S = 3600.0
# Rows deleted in one unit: few enough that a customer's ticket beside them does not notice.
_PURGE_BATCH = 200


class JobKeeper:
    """A thread of its own, so that jobs become stale also while their printer is away."""

    def __init__(self, queue: JobQueue, db: Database, clock: Clock, *, keep_days: float) -> None:
        """*keep_days*: how long jobs are kept after they were confirmed, cancelled or failed."""
        self._queue, self._db, self._clock = queue, db, clock
        self._keep = timedelta(days=keep_days)
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._next_purge = clock.monotonic()
        self._failing = False

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="job-keeper", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """End the thread; harmless when not started."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def keep(self) -> float:
        """Do one round; return the seconds until the next is due."""
        with self._db.read() as session:
            stale_at = self._queue.next_stale_at(session)
        wait_s = _ROUND_S
        if stale_at is not None:
            wait_s = min(wait_s, (stale_at - self._clock.now()).total_seconds())
            if wait_s <= 0:
                self._db.write(self._queue.hold_stale)
                wait_s = 0.0
        if self._clock.monotonic() >= self._next_purge:
            self._purge()
            self._next_purge = self._clock.monotonic() + _PURGE_EVERY_S
        return wait_s

    def _purge(self) -> None:
        cutoff = self._clock.now() - self._keep
        while not self._stopped.is_set():
            with self._db.read() as session:
                ids = self._queue.finished_before(session, cutoff, _PURGE_BATCH)
            if not ids:
                return
            self._db.write(partial(self._queue.purge, job_ids=ids))

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                wait_s = self.keep()
                self._failing = False
            except Exception as error:  # an idle hand must not end: jobs would cease to become stale on the screen
                wait_s = _ROUND_S
                if not self._failing and isinstance(error, StorageError | SQLAlchemyError):
                    log.error("jobs cannot be kept in order now: %s", error)  # noqa: TRY400 - the text says it all
                elif not self._failing:
                    log.exception("jobs cannot be kept in order now")
                self._failing = True
            self._clock.wait(self._stopped, wait_s)
