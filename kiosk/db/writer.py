"""One thread that writes: what waits is committed together, so that twenty requests cost one flush of the disk."""

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.db.faults import is_storage_fault
from kiosk.errors import StorageError
from kiosk.events import EventBus, PendingEvent, take_pending

log = logging.getLogger(__name__)

T = TypeVar("T")

# Bounds the time that the first of a batch waits for the last; bursts of this desk are far smaller.
_MAX_BATCH = 64


@dataclass(frozen=True, slots=True)
class WriterStats:
    """What the writer did since the start: units committed, the transactions that held them, the largest of these."""

    units: int = 0
    commits: int = 0
    largest_batch: int = 0

    def plus(self, batch: int) -> "WriterStats":
        return WriterStats(self.units + batch, self.commits + 1, max(self.largest_batch, batch))


@dataclass(slots=True)
class _Unit:
    run: Callable[[Session], Any]
    future: "Future[Any]"


@dataclass(slots=True)
class _Outcome:
    unit: _Unit
    result: Any = None
    error: BaseException | None = None
    events: list[PendingEvent] | None = None

    def tell(self, bus: EventBus | None, clock: Clock) -> None:
        if self.error is not None:
            self.unit.future.set_exception(self.error)
            return
        if bus is not None:
            for event in self.events or ():
                bus.publish(event.name, event.data, at=clock.now(), screen=event.screen)
        self.unit.future.set_result(self.result)


class Writer:
    """Runs submitted units in order, groups those that wait into one transaction, tells each its own outcome."""

    def __init__(self, engine: Engine, *, clock: Clock, bus: EventBus | None = None) -> None:
        self._engine = engine
        self._clock = clock
        self._bus = bus
        self._queue: queue.SimpleQueue[_Unit | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self.stats = WriterStats()  # replaced by the writer's thread alone

    def submit(self, unit: Callable[[Session], T]) -> "Future[T]":
        """Queue *unit*; the future resolves when its transaction is durable, or with what it raised."""
        if threading.current_thread() is self._thread:
            raise RuntimeError("a write unit must not write through another one: pass its session on")
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise StorageError("the database is closed")
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="db-writer", daemon=True)
                self._thread.start()
            self._queue.put(_Unit(unit, future))
        return future

    def close(self) -> None:
        """Finish what was submitted, then end the thread."""
        with self._lock:
            self._closed = True
            thread = self._thread
            self._queue.put(None)
        if thread is not None:
            thread.join()

    def _work(self) -> None:
        while True:
            batch, last = self._next_batch()
            if batch:
                self._write(batch)
            if last:
                return

    def _next_batch(self) -> tuple[list[_Unit], bool]:
        batch: list[_Unit] = []
        item = self._queue.get()
        while item is not None:
            batch.append(item)
            if len(batch) == _MAX_BATCH or self._queue.empty():
                return batch, False
            item = self._queue.get()
        return batch, True

    def _write(self, batch: list[_Unit]) -> None:
        if len(batch) > 1:
            outcomes = self._together(batch)
            if outcomes is not None:
                self.stats = self.stats.plus(len(batch))
                for outcome in outcomes:
                    outcome.tell(self._bus, self._clock)
                return
        for unit in batch:
            outcome = self._alone(unit)
            if outcome.error is None:
                self.stats = self.stats.plus(1)
            outcome.tell(self._bus, self._clock)

    def _together(self, batch: list[_Unit]) -> list[_Outcome] | None:
        """Commit *batch* at once, each unit in its own savepoint; None when the transaction itself broke."""
        outcomes = []
        try:
            with Session(self._engine, expire_on_commit=False) as session, session.begin():
                for unit in batch:
                    outcome = _Outcome(unit)
                    outcomes.append(outcome)
                    savepoint = session.begin_nested()
                    try:
                        outcome.result = unit.run(session)
                        savepoint.commit()
                        outcome.events = take_pending(session)
                    except DBAPIError:
                        raise  # it may have ended the whole transaction; units can run again
                    except BaseException as error:  # handed to the caller, whatever it is
                        savepoint.rollback()
                        take_pending(session)
                        outcome.error = error
        except DBAPIError:
            log.info("a batch of %d writes broke; each is tried alone", len(batch))
            return None
        return outcomes

    def _alone(self, unit: _Unit) -> _Outcome:
        outcome = _Outcome(unit)
        try:
            with Session(self._engine, expire_on_commit=False) as session, session.begin():
                outcome.result = unit.run(session)
                outcome.events = take_pending(session)
        except DBAPIError as error:
            outcome.error = _storage_error(error)
        except BaseException as error:  # handed to the caller, whatever it is
            outcome.error = error
        return outcome


def _storage_error(error: DBAPIError) -> Exception:
    if is_storage_fault(error):
        return StorageError(f"the database did not take the record: {error.orig}")
    return error  # a rule of the schema refused it, or the statement is wrong: the caller knows what that means
