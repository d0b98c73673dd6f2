"""What the spooler does while the database takes no record, or takes it and does not say so."""

import pytest

from kiosk.db import Database
from kiosk.devices.errors import DeviceAbsent, SendFailed
from kiosk.devices.jobs import JobState
from kiosk.devices.printer import PrinterFault
from kiosk.devices.state import DeviceState
from tests.fakes.clock import FakeClock
from tests.fakes.desk_of_one_printer import Desk

QUEUED, SENT, CONFIRMED, UNCERTAIN = JobState.QUEUED, JobState.SENT, JobState.CONFIRMED, JobState.UNCERTAIN


@pytest.fixture
def desk(sqlite_database: Database, clock: FakeClock) -> Desk:
    return Desk(sqlite_database, clock)


def test_nothing_is_printed_while_the_database_takes_no_record(desk: Desk) -> None:
    (job,) = desk.ask()
    desk.db.refuse = 3
    assert desk.work(3) == 1.0
    assert desk.paper.jobs == []
    assert desk.control.reports[-1] == (DeviceState.DEGRADED, "storage")
    desk.work()
    assert desk.paper.jobs == [job]


def test_a_database_that_takes_no_record_is_told_once(desk: Desk) -> None:
    desk.work()
    desk.ask()
    desk.db.refuse = 20
    desk.work(20)
    assert desk.control.reports == [(DeviceState.READY, None), (DeviceState.DEGRADED, "storage")]


def test_a_reason_that_cannot_be_recorded_is_logged_once_until_it_can(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.work()
    (job,) = desk.ask()
    desk.printer.faults = {PrinterFault.PAPER_OUT}
    desk.db.refuse = 20
    desk.work(20)
    assert caplog.text.count("could not be recorded") == 1
    desk.work()
    assert desk.job(job).reason == "paper-out"
    desk.printer.faults = {PrinterFault.COVER_OPEN}
    desk.db.refuse = 1
    desk.work()
    assert caplog.text.count("could not be recorded") == 2


def test_a_printer_waits_for_a_database_that_cannot_be_read(desk: Desk) -> None:
    desk.work()
    (job,) = desk.ask()
    desk.db.unreadable = True
    assert desk.work() == 1.0
    assert desk.control.reports[-1] == (DeviceState.DEGRADED, "storage")
    desk.printer.do("open", DeviceAbsent("refused", "off"))
    desk.service.close()
    with pytest.raises(DeviceAbsent):
        desk.service.open()  # nobody can be told of it, and it is still an ordinary failure of the printer
    desk.db.unreadable = False
    desk.service.open()
    desk.work()
    assert desk.paper.jobs == [job]


def test_a_refused_mark_keeps_the_job_from_being_printed(desk: Desk) -> None:
    desk.work()
    (job,) = desk.ask()
    desk.db.refuse = 1
    assert desk.work() == 1.0
    assert desk.paper.jobs == []
    assert desk.job(job).state is QUEUED
    desk.work()
    assert desk.paper.jobs == [job]


def test_what_was_printed_is_recorded_as_soon_as_the_database_is_back(desk: Desk) -> None:
    (job,) = desk.ask()
    desk.printer.do("confirmed", lambda: setattr(desk.db, "refuse", 7))
    desk.work()
    assert desk.job(job).state is CONFIRMED
    assert desk.control.waits == [1.0] * 7
    assert (DeviceState.DEGRADED, "storage") in desk.control.reports


def test_a_mark_whose_answer_was_lost_prints_nothing_and_is_asked_about(desk: Desk) -> None:
    desk.work()
    (job,) = desk.ask()
    desk.db.lose = 1
    assert desk.work() == 1.0
    assert (desk.job(job).state, desk.paper.jobs) == (SENT, [])
    desk.work()
    assert (desk.job(job).state, desk.job(job).reason) == (UNCERTAIN, "interrupted")
    assert desk.paper.jobs == []


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (None, CONFIRMED),
        (SendFailed("peer-closed", "gone", bytes_sent=5), UNCERTAIN),
        (SendFailed("refused", "peer closed", bytes_sent=0), QUEUED),
    ],
)
def test_a_record_whose_answer_was_lost_is_made_once(desk: Desk, error: SendFailed | None, state: JobState) -> None:
    (job,) = desk.ask()

    def lose_the_next_answers() -> None:
        desk.db.lose = 2
        if error is not None:
            raise error

    desk.printer.do("send", lose_the_next_answers)
    desk.work()
    assert desk.job(job).state is state


def test_a_stop_ends_the_tries_to_record_and_the_next_start_asks(desk: Desk) -> None:
    (job,) = desk.ask()
    desk.printer.do("confirmed", lambda: (setattr(desk.db, "refuse", 1000), desk.control.stop()))
    desk.work()
    assert desk.job(job).state is SENT
    desk.restart()
    assert (desk.job(job).state, desk.job(job).reason) == (UNCERTAIN, "restart")


def test_a_reason_that_cannot_be_recorded_is_logged_and_holds_nothing_up(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.work()
    (job,) = desk.ask()
    desk.printer.faults = {PrinterFault.PAPER_OUT}
    desk.db.refuse = 1
    desk.work()
    assert "could not be recorded" in caplog.text
    desk.printer.faults.clear()
    desk.work()
    assert desk.paper.jobs == [job]
