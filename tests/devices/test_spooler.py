"""What a printer's spooler does at each answer of the printer, step by step."""

import logging

import pytest

from kiosk.db import Database
from kiosk.devices.errors import DeviceAbsent, DeviceLost, NoAnswer, SendFailed
from kiosk.devices.jobs import JobState
from kiosk.devices.printer import Evidence, PrinterFault
from kiosk.devices.queue import STALE
from kiosk.devices.state import DeviceState
from tests.fakes.clock import FakeClock
from tests.fakes.desk_of_one_printer import STALE_AFTER_S, Desk

QUEUED, SENT, CONFIRMED, UNCERTAIN = JobState.QUEUED, JobState.SENT, JobState.CONFIRMED, JobState.UNCERTAIN


@pytest.fixture
def desk(sqlite_database: Database, clock: FakeClock) -> Desk:
    return Desk(sqlite_database, clock)


def test_a_job_is_printed_and_confirmed_with_the_printers_evidence(desk: Desk) -> None:
    (job,) = desk.ask()
    desk.work()
    assert desk.paper.jobs == [job]
    done = desk.job(job)
    assert (done.state, done.evidence, done.reason, done.attempts) == (CONFIRMED, "processed", None, 1)
    assert done.sent_at is not None
    assert done.finished_at is not None


def test_a_burst_is_printed_in_the_order_of_asking(desk: Desk) -> None:
    jobs = desk.ask(*"abcdefgh")
    desk.work(8)
    assert desk.paper.jobs == jobs
    assert desk.paper.texts == list("abcdefgh")


def test_the_row_says_sent_before_the_first_byte_leaves(desk: Desk) -> None:
    (job,) = desk.ask()
    seen = []
    desk.printer.do("send", lambda: seen.append(desk.job(job).state))
    desk.work()
    assert seen == [SENT]


@pytest.mark.parametrize("fault", list(PrinterFault))
def test_a_job_waits_with_the_reason_while_the_printer_has_a_fault(desk: Desk, fault: PrinterFault) -> None:
    (job,) = desk.ask()
    desk.printer.faults = {fault}
    assert 1 <= desk.work() <= 2
    waiting = desk.job(job)
    assert (waiting.state, waiting.reason, waiting.attempts) == (QUEUED, fault.value, 0)
    assert desk.control.reports == [(DeviceState.DEGRADED, fault.value)]
    assert desk.paper.jobs == []


def test_an_open_cover_is_told_before_the_paper_that_it_also_hides(desk: Desk) -> None:
    (job,) = desk.ask()
    desk.printer.faults = {PrinterFault.PAPER_OUT, PrinterFault.OFFLINE, PrinterFault.COVER_OPEN}
    desk.work()
    assert desk.job(job).reason == "cover-open"


def test_the_reason_is_written_once_however_long_the_fault_stands(desk: Desk) -> None:
    desk.ask()
    desk.printer.faults = {PrinterFault.PAPER_OUT}
    desk.work(2)
    before = desk.db.writes
    desk.work(20)
    assert desk.db.writes == before


def test_printing_goes_on_by_itself_and_in_order_after_the_remedy(desk: Desk) -> None:
    jobs = desk.ask("a", "b", "c")
    desk.printer.faults = {PrinterFault.PAPER_OUT}
    desk.work(3)
    desk.printer.faults.clear()
    desk.work(3)
    assert desk.paper.jobs == jobs
    assert desk.states() == [CONFIRMED] * 3
    assert desk.control.reports[-1] == (DeviceState.READY, None)


def test_an_idle_printer_is_looked_at_every_ten_seconds(desk: Desk) -> None:
    assert desk.work() == 10.0
    desk.printer.near_end = True
    desk.work()
    assert desk.control.reports == [(DeviceState.READY, None), (DeviceState.DEGRADED, "paper-near-end")]
    status = desk.service.last_status
    assert status is not None
    assert status.paper_near_end


def test_paper_near_its_end_still_prints(desk: Desk) -> None:
    desk.printer.near_end = True
    (job,) = desk.ask()
    desk.work()
    assert desk.job(job).state is CONFIRMED


def test_nothing_is_asked_when_sending_failed_before_the_first_byte(desk: Desk) -> None:
    (job,) = desk.ask()
    desk.printer.do("send", SendFailed("refused", "peer closed", bytes_sent=0))
    desk.work()
    again = desk.job(job)
    assert (again.state, again.reason, again.sent_at, again.attempts) == (QUEUED, "refused", None, 1)
    desk.work()
    assert desk.paper.jobs == [job]
    assert desk.job(job).state is CONFIRMED


def test_a_job_that_broke_off_is_asked_about_and_never_sent_again(desk: Desk) -> None:
    first, second = desk.ask("a", "b")
    desk.printer.do("send", SendFailed("peer-closed", "gone", bytes_sent=17))
    desk.work(5)
    assert desk.paper.jobs == [first, second]
    broken = desk.job(first)
    assert (broken.state, broken.reason, broken.needs_decision) == (UNCERTAIN, "peer-closed", True)
    assert desk.job(second).state is CONFIRMED


def test_an_unforeseen_error_while_sending_leaves_the_job_uncertain(desk: Desk) -> None:
    (job,) = desk.ask()
    desk.printer.do("send", ZeroDivisionError("a bug"))
    with pytest.raises(ZeroDivisionError):
        desk.work()
    assert (desk.job(job).state, desk.job(job).reason) == (UNCERTAIN, "internal")


@pytest.mark.parametrize("error", [DeviceLost("unplugged", "gone"), NoAnswer("silent")])
def test_a_connection_lost_while_waiting_for_evidence_is_asked_about(desk: Desk, error: DeviceLost) -> None:
    (job,) = desk.ask()
    desk.printer.do("confirm", error)
    desk.work(3)
    assert (desk.job(job).state, desk.job(job).reason) == (UNCERTAIN, error.code)
    assert desk.paper.jobs == [job]


def test_a_printer_that_stays_silent_leaves_the_job_uncertain_and_the_next_goes_on(desk: Desk) -> None:
    first, second = desk.ask("a", "b")
    desk.printer.do("confirm", lambda: setattr(desk.printer, "silent", True))
    began = desk.clock.monotonic()
    desk.work()
    assert (desk.job(first).state, desk.job(first).reason) == (UNCERTAIN, "no-evidence")
    assert desk.clock.monotonic() - began == pytest.approx(6.0)  # 1 s of printing and 5 s of patience
    desk.printer.silent = False
    desk.work()
    assert desk.job(second).state is CONFIRMED


def test_a_printer_that_cannot_tell_is_asked_about_once_at_once(sqlite_database: Database, clock: FakeClock) -> None:
    desk = Desk(sqlite_database, clock, evidence=Evidence.NONE)
    first, second = desk.ask("a", "b")
    desk.work(4)
    assert desk.paper.jobs == [first, second]
    assert [(job.state, job.reason, job.evidence) for job in desk.jobs()] == [(UNCERTAIN, "no-evidence", None)] * 2
    assert desk.answer(first, "printed").evidence == "person"
    desk.work(2)
    assert desk.paper.jobs == [first, second]


def test_paper_that_runs_out_in_the_middle_keeps_the_job_sent_until_the_remedy(desk: Desk) -> None:
    first, second = desk.ask("a", "b")
    desk.printer.do("send", lambda: desk.printer.faults.add(PrinterFault.PAPER_OUT))
    seen = []

    def look() -> None:
        seen.append((desk.job(first).state, desk.job(first).reason, desk.job(second).state))

    desk.control.during_waits.extend([look] * 50)
    desk.control.during_waits.append(desk.printer.faults.clear)
    desk.work()
    assert seen == [(SENT, "paper-out", QUEUED)] * 50
    assert desk.paper.jobs == [first]
    done = desk.job(first)
    assert (done.state, done.reason, done.evidence) == (CONFIRMED, None, "processed")
    assert (DeviceState.DEGRADED, "paper-out") in desk.control.reports
    desk.work()
    assert desk.paper.jobs == [first, second]


def test_evidence_counts_however_often_the_paper_ran_out_before(desk: Desk) -> None:
    (job,) = desk.ask()
    desk.printer.do("send", lambda: desk.printer.faults.add(PrinterFault.PAPER_OUT))
    desk.printer.do("confirm", None, lambda: desk.printer.faults.add(PrinterFault.COVER_OPEN))
    desk.control.during_waits.extend([desk.printer.faults.clear, desk.printer.faults.clear])
    desk.work()
    assert desk.job(job).state is CONFIRMED


def test_a_printer_switched_off_during_the_fault_is_asked_about_with_that_fault(desk: Desk) -> None:
    (job,) = desk.ask()
    desk.printer.do("send", lambda: desk.printer.faults.add(PrinterFault.PAPER_OUT))

    def replaced() -> None:
        desk.printer.switch_off_and_on()
        desk.printer.faults.clear()

    desk.control.during_waits.append(replaced)
    desk.work(3)
    assert desk.paper.jobs == []
    assert (desk.job(job).state, desk.job(job).reason) == (UNCERTAIN, "paper-out")


def test_mere_health_after_a_fault_is_no_evidence(sqlite_database: Database, clock: FakeClock) -> None:
    desk = Desk(sqlite_database, clock, evidence=Evidence.HEALTH)
    first, second = desk.ask("a", "b")
    desk.printer.do("send", lambda: desk.printer.faults.add(PrinterFault.COVER_OPEN))
    desk.control.during_waits.append(desk.printer.faults.clear)
    desk.work(2)
    assert (desk.job(first).state, desk.job(first).reason) == (UNCERTAIN, "cover-open")
    assert (desk.job(second).state, desk.job(second).evidence) == (CONFIRMED, "health")


def test_a_stop_waits_a_moment_for_the_job_in_progress(desk: Desk) -> None:
    (job,) = desk.ask()
    desk.printer.do("sent", desk.control.stop)
    desk.work()
    assert desk.job(job).state is CONFIRMED


def test_a_stop_does_not_wait_for_a_silent_printer(desk: Desk) -> None:
    (job,) = desk.ask()
    desk.printer.do("confirm", lambda: (setattr(desk.printer, "silent", True), desk.control.stop()))
    began = desk.clock.monotonic()
    desk.work()
    assert desk.clock.monotonic() - began <= 4
    assert (desk.job(job).state, desk.job(job).reason) == (UNCERTAIN, "stopped")


def test_a_stop_does_not_wait_for_new_paper(desk: Desk) -> None:
    (job,) = desk.ask()
    desk.printer.do("send", lambda: desk.printer.faults.add(PrinterFault.PAPER_OUT))
    desk.control.during_waits.append(desk.control.stop)
    desk.work()
    assert (desk.job(job).state, desk.job(job).reason) == (UNCERTAIN, "paper-out")
    assert len(desk.control.waits) == 1


def test_a_stale_job_is_held_and_the_fresh_one_behind_it_printed(desk: Desk) -> None:
    (old,) = desk.ask("old")
    desk.clock.advance(STALE_AFTER_S)
    (fresh,) = desk.ask("fresh")
    desk.work(3)
    assert desk.paper.jobs == [fresh]
    held = desk.job(old)
    assert (held.state, held.held, held.reason, held.needs_decision) == (QUEUED, True, STALE, True)


def test_a_job_that_becomes_stale_between_look_and_print_is_not_printed(desk: Desk) -> None:
    (job,) = desk.ask()
    desk.printer.do("status", lambda: desk.clock.advance(STALE_AFTER_S))
    desk.work(2)
    assert desk.paper.jobs == []
    assert desk.job(job).held


def test_a_held_job_is_printed_when_a_person_says_so(desk: Desk) -> None:
    (job,) = desk.ask()
    desk.clock.advance(STALE_AFTER_S)
    desk.work()
    desk.answer(job, "reprint")
    desk.work()
    assert desk.paper.jobs == [job]
    assert desk.job(job).state is CONFIRMED


def test_a_job_withdrawn_while_the_printer_was_asked_is_not_printed(desk: Desk) -> None:
    (job,) = desk.ask()
    desk.printer.do("status", lambda: desk.database.write(lambda s: desk.queue.cancel(s, job, "guest left")))
    assert desk.work() == 0
    assert desk.paper.jobs == []
    assert desk.job(job).state is JobState.CANCELLED


def test_a_document_that_cannot_be_rendered_fails_and_holds_nobody_up(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    bad, good = desk.ask("bad", "good")
    desk.printer.do("render", ValueError("no such font"))
    desk.work(2)
    assert (desk.job(bad).state, desk.job(bad).reason) == (JobState.FAILED, "not-printable")
    assert desk.paper.jobs == [good]
    assert "cannot be printed" in caplog.text


def test_a_bad_document_withdrawn_in_the_meantime_stays_withdrawn(desk: Desk) -> None:
    (job,) = desk.ask()

    def withdrawn() -> None:
        desk.database.write(lambda s: desk.queue.cancel(s, job, "guest left"))
        raise ValueError("no such font")

    desk.printer.do("render", withdrawn)
    desk.work()
    assert desk.job(job).state is JobState.CANCELLED


def test_a_job_says_that_its_printer_is_away(desk: Desk) -> None:
    (job,) = desk.ask()
    desk.printer.do("open", DeviceAbsent("refused", "nobody listens"))
    desk.work()
    assert (desk.job(job).state, desk.job(job).reason) == (QUEUED, "refused")
    desk.work()
    assert desk.job(job).state is CONFIRMED


def test_that_a_printer_cannot_tell_is_logged_once_however_often_it_is_opened(
    sqlite_database: Database, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk(sqlite_database, clock, evidence=Evidence.NONE)
    desk.printer.do("status", *[step for _ in range(5) for step in (None, DeviceLost("peer-closed", "gone"))])
    desk.work(12)
    assert caplog.text.count("cannot tell what it printed") == 1


def test_a_printer_that_no_longer_shows_that_it_executes_is_left_alone_until_it_was_away(desk: Desk) -> None:
    desk.work()
    desk.printer.evidence = Evidence.HEALTH
    (job,) = desk.ask()
    desk.work(3)
    assert isinstance(desk.last_error, NoAnswer)
    assert (desk.job(job).state, desk.paper.jobs) == (QUEUED, [])
    desk.printer.do("open", DeviceAbsent("refused", "switched off"))
    desk.work(2)
    assert (desk.job(job).state, desk.job(job).evidence) == (CONFIRMED, "health")


def test_a_quiet_day_of_a_healthy_printer_logs_nothing(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="kiosk.devices")
    desk.ask(*"abc")
    desk.work(100)
    assert caplog.text == ""
