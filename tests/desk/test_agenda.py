"""Appointments: kept at their time, late ones once, and one service's trouble is its own."""

import logging
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from kiosk.db import Database
from kiosk.desk.agenda import Agenda
from kiosk.errors import StorageError
from kiosk.events import EventBus, emit
from tests.fakes.clock import FakeClock


class Service:
    """Has appointments, and keeps those that are due when it is called."""

    def __init__(self, clock: FakeClock, *at: datetime) -> None:
        self.clock = clock
        self.appointments = list(at)
        self.runs: list[datetime] = []
        self.looks = 0
        self.fails: Exception | None = None
        self.changed = threading.Condition()

    def next_due(self, _session: Session) -> datetime | None:
        with self.changed:
            self.looks += 1
            self.changed.notify_all()
            return min(self.appointments, default=None)

    def run_due(self, session: Session) -> None:
        with self.changed:
            if self.fails is not None:
                raise self.fails
            now = self.clock.now()
            self.runs.append(now)
            self.appointments = [at for at in self.appointments if at > now]
            self.changed.notify_all()

    def wait_for_runs(self, count: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.runs) >= count, 5.0), f"{len(self.runs)} runs, not {count}"

    def wait_for_looks(self, count: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.looks >= count, 5.0), f"{self.looks} looks, not {count}"


@pytest.fixture
def agenda(sqlite_database: Database, clock: FakeClock, bus: EventBus) -> Iterator[Agenda]:
    agenda = Agenda(sqlite_database, clock, bus)
    yield agenda
    agenda.stop()


def test_an_appointment_is_kept_at_its_time_and_not_before(agenda: Agenda, clock: FakeClock) -> None:
    begin = clock.now()
    service = Service(clock, begin + timedelta(minutes=5), begin + timedelta(minutes=9))
    agenda.register("service", service.next_due, service.run_due)
    agenda.start()

    clock.wait_until_waiting()
    clock.advance(299)
    clock.wait_until_waiting()
    assert service.runs == []
    clock.advance(1)
    service.wait_for_runs(1)
    clock.wait_until_waiting()
    clock.advance(240)
    service.wait_for_runs(2)
    assert service.runs == [begin + timedelta(minutes=5), begin + timedelta(minutes=9)]


def test_what_came_due_while_nobody_was_there_is_run_once(agenda: Agenda, clock: FakeClock) -> None:
    now = clock.now()
    service = Service(clock, *(now - timedelta(hours=hours) for hours in range(1, 50)))
    agenda.register("service", service.next_due, service.run_due)
    agenda.start()
    service.wait_for_runs(1)
    clock.wait_until_waiting()
    assert service.runs == [now]


def test_an_event_that_it_was_registered_for_has_the_time_asked_again(
    agenda: Agenda, sqlite_database: Database, clock: FakeClock, bus: EventBus
) -> None:
    service = Service(clock)
    agenda.register("service", service.next_due, service.run_due, wakes=frozenset({"case.changed"}))
    agenda.start()
    clock.wait_until_waiting()

    sqlite_database.write(lambda session: emit(session, "job.state", {}))
    service.appointments.append(clock.now())
    sqlite_database.write(lambda session: emit(session, "case.changed", {}))
    service.wait_for_runs(1)


def test_without_events_and_appointments_nothing_is_asked(agenda: Agenda, clock: FakeClock) -> None:
    service = Service(clock)
    agenda.register("service", service.next_due, service.run_due)
    agenda.start()
    clock.wait_until_waiting()
    looks = service.looks
    clock.advance(600)
    clock.wait_until_waiting()
    assert service.looks == looks


def test_a_wall_clock_that_is_set_ahead_is_noticed_within_a_quarter_of_an_hour(agenda: Agenda, clock: FakeClock) -> None:
    service = Service(clock, clock.now() + timedelta(days=3))
    agenda.register("service", service.next_due, service.run_due)
    agenda.start()
    clock.wait_until_waiting()
    clock.jump(timedelta(days=4).total_seconds())
    clock.advance(900)
    service.wait_for_runs(1)


def test_a_service_that_fails_is_tried_again_and_holds_nobody_up(
    agenda: Agenda, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    broken, sound = Service(clock, clock.now()), Service(clock, clock.now())
    broken.fails = StorageError("the disk is full")
    agenda.register("broken", broken.next_due, broken.run_due)
    agenda.register("sound", sound.next_due, sound.run_due)
    caplog.set_level(logging.INFO, "kiosk.desk.agenda")

    agenda.run_due()
    agenda.run_due()
    assert len(sound.runs) == 1
    assert [record.getMessage() for record in caplog.records] == ["agenda: broken is tried again every minute: the disk is full"]

    broken.fails = None
    agenda.start()
    broken.wait_for_runs(1)
    agenda.stop()
    assert caplog.records[-1].getMessage() == "agenda: broken works again"


def test_a_programming_error_is_logged_with_its_place(agenda: Agenda, clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    service = Service(clock, clock.now())
    service.fails = ZeroDivisionError("oops")
    agenda.register("service", service.next_due, service.run_due)
    agenda.run_due()
    assert caplog.records[-1].exc_info is not None


def test_a_service_that_stays_due_does_not_spin(agenda: Agenda, clock: FakeClock) -> None:
    service = Service(clock, clock.now() + timedelta(days=1))
    stuck: list[datetime] = []
    agenda.register("stuck", lambda _session: clock.now(), lambda _session: stuck.append(clock.now()))
    agenda.register("service", service.next_due, service.run_due)
    agenda.start()
    clock.wait_until_waiting()
    assert len(stuck) == 1
    clock.advance(5)
    service.wait_for_looks(2)
    clock.wait_until_waiting()
    assert len(stuck) == 2


def test_the_thread_ends_when_it_is_told_and_hears_no_more(agenda: Agenda, clock: FakeClock, bus: EventBus) -> None:
    service = Service(clock)
    agenda.register("service", service.next_due, service.run_due, wakes=frozenset({"case.changed"}))
    agenda.start()
    clock.wait_until_waiting()
    agenda.stop()
    looks = service.looks
    service.appointments.append(clock.now())
    bus.publish("case.changed", {}, at=clock.now())
    assert service.looks == looks
    assert not any(thread.name == "agenda" for thread in threading.enumerate())
