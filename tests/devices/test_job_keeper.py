"""Jobs become stale and old ones go, though no printer and no person does anything."""

import threading

import pytest
from sqlalchemy.orm import Session

from kiosk.db import Database
from kiosk.devices.keeper import JobKeeper
from kiosk.devices.queue import JobQueue
from kiosk.errors import StorageError
from tests.fakes.clock import FakeClock
from tests.fakes.desk_of_one_printer import FragileDatabase
from tests.fakes.printers import document

STALE_AFTER_S = 180


@pytest.fixture
def queue(clock: FakeClock) -> JobQueue:
    return JobQueue("desk-1", clock, STALE_AFTER_S)


def ask(database: Database, queue: JobQueue) -> int:
    return database.write(lambda s: queue.enqueue(s, device="printer", document=document(), purpose="test")).id


def test_a_job_is_shown_as_waiting_for_a_person_when_its_time_is_up(sqlite_database: Database, queue: JobQueue, clock: FakeClock) -> None:
    keeper = JobKeeper(queue, sqlite_database, clock, keep_days=30)
    job = ask(sqlite_database, queue)
    clock.advance(STALE_AFTER_S - 5)
    assert keeper.keep() == 5  # exactly when it becomes stale
    with sqlite_database.read() as session:
        assert not queue.get(session, job).held
    clock.advance(5)
    keeper.keep()
    with sqlite_database.read() as session:
        assert queue.get(session, job).needs_decision


def test_a_job_from_before_the_clock_was_set_back_is_shown_as_waiting_for_a_person(
    sqlite_database: Database, queue: JobQueue, clock: FakeClock
) -> None:
    keeper = JobKeeper(queue, sqlite_database, clock, keep_days=30)
    jobs = [ask(sqlite_database, queue)]
    clock.jump(-3600)
    jobs.append(ask(sqlite_database, queue))
    keeper.keep()
    with sqlite_database.read() as session:
        assert [queue.get(session, job).needs_decision for job in jobs] == [True, False]
    assert keeper.keep() == 15  # and the other keeps its own time


def test_an_idle_keeper_writes_nothing(sqlite_database: Database, queue: JobQueue, clock: FakeClock) -> None:
    database = FragileDatabase(sqlite_database)
    keeper = JobKeeper(queue, database, clock, keep_days=30)
    ask(sqlite_database, queue)
    for _ in range(5):
        assert keeper.keep() == 15
    assert database.writes == 0


def test_jobs_are_deleted_when_their_days_are_over(sqlite_database: Database, queue: JobQueue, clock: FakeClock) -> None:
    keeper = JobKeeper(queue, sqlite_database, clock, keep_days=30)

    def customers(session: Session) -> None:
        for _ in range(450):  # more than two batches
            job = queue.enqueue(session, device="printer", document=document(), purpose="test")
            queue.cancel(session, job.id, "test")

    sqlite_database.write(customers)
    clock.advance(29 * 86_400)
    keeper.keep()
    with sqlite_database.read() as session:
        assert len(queue.list(session, limit=1000)) == 450
    clock.advance(2 * 86_400)
    keeper.keep()
    with sqlite_database.read() as session:
        assert queue.list(session) == []


def test_the_thread_survives_a_database_that_is_away_and_logs_it_once(
    sqlite_database: Database, queue: JobQueue, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    class Watched(FragileDatabase):
        def write(self, unit):
            refused = self.refuse > 0
            try:
                return super().write(unit)
            except StorageError:
                raise
            finally:
                (failed if refused else written).release()

    failed, written = threading.Semaphore(0), threading.Semaphore(0)
    job = ask(sqlite_database, queue)
    clock.advance(STALE_AFTER_S)
    database = Watched(sqlite_database)
    database.refuse = 2
    keeper = JobKeeper(queue, database, clock, keep_days=30)
    keeper.start()
    try:
        for _ in range(2):
            assert failed.acquire(timeout=10)
            clock.wait_until_waiting()
            clock.advance(15)
        assert written.acquire(timeout=10)
    finally:
        keeper.stop()
    with sqlite_database.read() as session:
        assert queue.get(session, job).held
    assert caplog.text.count("cannot be kept in order") == 1
