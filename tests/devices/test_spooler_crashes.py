"""The table in `kiosk.devices.spooler`, walked: the process dies between each pair of steps."""

import pytest

from kiosk.db import Database
from kiosk.devices.errors import SendFailed
from kiosk.devices.jobs import JobState
from kiosk.devices.printer import PrinterFault
from tests.fakes.clock import FakeClock
from tests.fakes.desk_of_one_printer import Desk
from tests.fakes.printers import Killed

QUEUED, SENT, CONFIRMED, UNCERTAIN = JobState.QUEUED, JobState.SENT, JobState.CONFIRMED, JobState.UNCERTAIN


@pytest.fixture
def desk(sqlite_database: Database, clock: FakeClock) -> Desk:
    desk = Desk(sqlite_database, clock)
    desk.work()  # the printer is open and nothing waits
    return desk


def die(desk: Desk, steps: int = 1) -> None:
    with pytest.raises(Killed):
        desk.work(steps)


def test_killed_before_it_was_picked_up_it_is_printed(desk: Desk) -> None:
    (job,) = desk.ask()
    desk.printer.do("status", Killed())
    die(desk)
    assert desk.job(job).state is QUEUED
    desk.restart()
    desk.work()
    assert desk.paper.jobs == [job]


def test_killed_before_the_mark_is_durable_it_is_printed(desk: Desk) -> None:
    (job,) = desk.ask()
    desk.db.kill = (desk.db.writes + 1, "before")
    die(desk)
    assert (desk.job(job).state, desk.paper.jobs) == (QUEUED, [])
    desk.restart()
    desk.work()
    assert desk.paper.jobs == [job]


@pytest.mark.parametrize(
    ("step", "on_paper"),
    [("send", False), ("sent", True), ("confirm", True), ("confirmed", True)],
)
def test_killed_between_mark_and_evidence_a_person_is_asked_and_nothing_is_sent_again(desk: Desk, step: str, on_paper: bool) -> None:
    job, behind = desk.ask("a", "b")
    desk.printer.do(step, Killed())
    die(desk)
    assert desk.job(job).state is SENT
    assert (job in desk.paper.jobs) is on_paper
    desk.restart()
    assert (desk.job(job).state, desk.job(job).reason, desk.job(job).needs_decision) == (UNCERTAIN, "restart", True)
    desk.work(5)
    assert desk.paper.jobs == ([job] if on_paper else []) + [behind]


def test_killed_between_mark_and_first_byte_a_person_is_asked(desk: Desk) -> None:
    (job,) = desk.ask()
    desk.db.kill = (desk.db.writes + 1, "after")
    die(desk)
    desk.restart()
    assert desk.job(job).state is UNCERTAIN
    desk.work(3)
    assert desk.paper.jobs == []


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_around_the_confirmation(desk: Desk, moment: str) -> None:
    (job,) = desk.ask()
    desk.db.kill = (desk.db.writes + 2, moment)
    die(desk)
    desk.restart()
    desk.work(3)
    assert desk.paper.jobs == [job]
    assert desk.job(job).state is (CONFIRMED if moment == "after" else UNCERTAIN)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_around_the_proof_that_nothing_was_sent(desk: Desk, moment: str) -> None:
    (job,) = desk.ask()
    desk.printer.do("send", SendFailed("refused", "peer closed", bytes_sent=0))
    desk.db.kill = (desk.db.writes + 2, moment)
    die(desk)
    desk.restart()
    desk.work(3)
    assert desk.job(job).state is (CONFIRMED if moment == "after" else UNCERTAIN)
    assert desk.paper.jobs == ([job] if moment == "after" else [])


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_around_the_record_of_a_broken_send(desk: Desk, moment: str) -> None:
    (job,) = desk.ask()
    desk.printer.do("send", SendFailed("peer-closed", "gone", bytes_sent=5))
    desk.db.kill = (desk.db.writes + 2, moment)
    die(desk)
    desk.restart()
    desk.work(3)
    assert (desk.job(job).state, desk.job(job).reason) == (UNCERTAIN, "peer-closed" if moment == "after" else "restart")
    assert desk.paper.jobs == [job]


def test_killed_while_it_waits_for_paper_the_copy_in_the_printer_is_not_doubled(desk: Desk) -> None:
    (job,) = desk.ask()
    desk.printer.do("send", lambda: desk.printer.faults.add(PrinterFault.PAPER_OUT))

    def killed() -> None:
        raise Killed

    desk.control.during_waits.append(killed)
    die(desk)
    desk.restart()
    desk.work(3)
    desk.printer.faults.clear()
    desk.work(3)
    assert desk.paper.jobs == [job]
    assert desk.job(job).state is UNCERTAIN


def test_an_uncertain_job_stays_uncertain_over_any_number_of_restarts(desk: Desk) -> None:
    (job,) = desk.ask()
    desk.printer.do("sent", Killed())
    die(desk)
    for _ in range(3):
        desk.restart()
        desk.work()
    assert desk.job(job).state is UNCERTAIN
    assert desk.paper.jobs == [job]


def test_a_device_that_failed_unforeseen_asks_about_its_job_when_it_is_opened_again(desk: Desk) -> None:
    (job,) = desk.ask()
    desk.printer.do("sent", Killed())
    die(desk)
    desk.work()  # the same process goes on: its service was left between two steps
    assert desk.job(job).state is SENT
    desk.service.close()
    desk.service.open()
    desk.work()
    assert (desk.job(job).state, desk.job(job).reason) == (UNCERTAIN, "interrupted")


def test_a_reprint_is_withdrawal_and_new_job_in_one_transaction(desk: Desk) -> None:
    (job,) = desk.ask("ticket")
    desk.printer.do("sent", Killed())
    die(desk)
    desk.restart()
    desk.answer(job, "reprint")
    assert desk.states() == [JobState.CANCELLED, QUEUED]
    desk.work()
    assert desk.states() == [JobState.CANCELLED, CONFIRMED]
    assert desk.paper.texts == ["ticket", "补打 · REPRINT\nticket"]
