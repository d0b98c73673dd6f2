"""A database, a job queue and one printer with its spooler, without threads: a test makes each step."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from kiosk.db import Database
from kiosk.devices.errors import DeviceError
from kiosk.devices.jobs import JobState
from kiosk.devices.printer import Evidence
from kiosk.devices.queue import JobQueue, JobView
from kiosk.devices.spooler import PrinterService
from kiosk.errors import StorageError
from tests.fakes.clock import FakeClock
from tests.fakes.controls import FakeControl
from tests.fakes.printers import Killed, Paper, ScriptedPrinter, document

STALE_AFTER_S = 180


class FragileDatabase:
    """A database that refuses the next *refuse* units, takes the next *lose* units but loses its answer, cannot be read
    while *unreadable*, or dies before or after the unit with the number in *kill*."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.refuse = 0
        self.lose = 0
        self.unreadable = False
        self.kill: tuple[int, str] | None = None
        self.writes = 0

    def write(self, unit: Callable[[Session], Any]) -> Any:
        if self.refuse:
            self.refuse -= 1
            raise StorageError("disk full")
        self.writes += 1
        if self.kill == (self.writes, "before"):
            raise Killed
        result = self._database.write(unit)
        if self.kill == (self.writes, "after"):
            raise Killed
        if self.lose:
            self.lose -= 1
            raise StorageError("the connection was lost at the commit")
        return result

    @contextlib.contextmanager
    def read(self) -> Iterator[Session]:
        if self.unreadable:
            raise OperationalError("SELECT", {}, ConnectionError("server away"))
        with self._database.read() as session:
            yield session


class Desk:
    """`ask` enqueues, `work` lets the spooler make steps, `restart` is a new process on the same database and paper."""

    def __init__(self, database: Database, clock: FakeClock, *, evidence: Evidence = Evidence.PROCESSED) -> None:
        self.database, self.clock = database, clock
        self.paper = Paper()
        self.printer = ScriptedPrinter(self.paper, clock, evidence=evidence)
        self.restart(recover=False)

    def restart(self, *, recover: bool = True) -> None:
        self.queue = JobQueue("desk-1", self.clock, STALE_AFTER_S)
        self.db = FragileDatabase(self.database)
        self.control = FakeControl(self.clock)
        self.service = PrinterService("printer", lambda: self.printer, self.queue, self.db, self.clock, confirm_timeout_s=5.0)
        self._open = False
        if recover:
            self.db.write(self.queue.recover)

    def ask(self, *texts: str) -> list[int]:
        return [
            self.database.write(lambda s, text=text: self.queue.enqueue(s, device="printer", document=document(text), purpose="test")).id
            for text in texts or ("ticket",)
        ]

    def work(self, steps: int = 1) -> float:
        """Make *steps*, as the supervisor would: a device that fails is closed and opened again."""
        wait_s = 0.0
        for _ in range(steps):
            try:
                if not self._open:
                    self.service.open()
                    self._open = True
                wait_s = self.service.step(self.control)
            except DeviceError as error:
                self.service.close()
                self._open = False
                self.last_error = error
        return wait_s

    def job(self, job_id: int) -> JobView:
        with self.database.read() as session:
            return self.queue.get(session, job_id)

    def jobs(self) -> list[JobView]:
        with self.database.read() as session:
            return list(reversed(self.queue.list(session)))

    def states(self) -> list[JobState]:
        return [job.state for job in self.jobs()]

    def answer(self, job_id: int, outcome: str) -> JobView:
        return self.database.write(lambda s: self.queue.resolve(s, "user:1", job_id, outcome))
