"""The whole way of print jobs: queue, spooler and the real driver, over loopback sockets, to simulated printers."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from kiosk.clock import SystemClock
from kiosk.devices.jobs import JobState
from kiosk.devices.printer import Evidence
from kiosk.devices.state import DeviceState
from tests.fakes.desk_over_tcp import TcpDesk, printed
from tests.fakes.waiting import eventually

CONFIRMED, UNCERTAIN, QUEUED, SENT = JobState.CONFIRMED, JobState.UNCERTAIN, JobState.QUEUED, JobState.SENT


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path) -> Iterator[TcpDesk]:
    with ExitStack() as stack:
        yield TcpDesk(sqlite_url, tmp_path, stack)


def test_a_burst_of_fifty_is_printed_in_order(desk: TcpDesk) -> None:
    printer = desk.printer()
    desk.start()
    texts = [f"ticket {number}" for number in range(50)]
    jobs = desk.ask(*texts)
    desk.wait_for_state(jobs, CONFIRMED)
    assert printed(printer) == texts
    assert {desk.job(job).evidence for job in jobs} == {"process-id"}


def test_what_was_asked_for_while_the_printer_was_away_is_printed_once_when_it_is_back(desk: TcpDesk) -> None:
    printer = desk.printer(refused=True)
    desk.start()
    desk.wait_for("device.state", state="offline")
    texts = [f"ticket {number}" for number in range(5)]
    jobs = desk.ask(*texts)
    desk.wait_for("job.state", id=jobs[0], reason="refused")
    assert [desk.job(job).state for job in jobs] == [QUEUED] * 5
    printer.accept()
    desk.wait_for_state(jobs, CONFIRMED)
    assert printed(printer) == texts
    assert [desk.job(job).attempts for job in jobs] == [1] * 5


def test_a_printer_that_closed_its_connection_is_noticed_before_a_job_is_trusted_to_it(desk: TcpDesk) -> None:
    printer = desk.printer()
    desk.start()
    desk.wait_for("device.state", state="ready")
    printer.drop()
    jobs = desk.ask("ticket 1", "ticket 2")
    desk.wait_for_state(jobs, CONFIRMED)
    assert printed(printer) == ["ticket 1", "ticket 2"]


@pytest.mark.parametrize(
    ("fault", "remedy", "code"),
    [
        ("pull_paper", "new_roll", "paper-out"),
        ("open_cover", "close_cover", "cover-open"),
        ("jam_cutter", "free_cutter", "cutter-fault"),
    ],
)
def test_jobs_wait_for_the_remedy_and_go_on_by_themselves(desk: TcpDesk, fault: str, remedy: str, code: str) -> None:
    printer = desk.printer()
    getattr(printer.printer, fault)()
    desk.start()
    jobs = desk.ask("ticket 1", "ticket 2")
    desk.wait_for("job.state", id=jobs[0], reason=code)
    desk.wait_for_fault(code)
    assert printed(printer) == []
    getattr(printer.printer, remedy)()
    desk.wait_for_state(jobs, CONFIRMED)
    assert printed(printer) == ["ticket 1", "ticket 2"]
    desk.wait_for("device.state", state="ready")


@pytest.mark.parametrize(("model", "evidence"), [("process-id-80", "process-id"), ("tcp-80", "processed")])
def test_paper_out_in_the_middle_of_a_burst_loses_and_doubles_nothing(desk: TcpDesk, model: str, evidence: str) -> None:
    printer = desk.printer(model=model)
    desk.start()
    desk.wait_for("device.state", state="ready")
    printer.printer.end_paper_after(3)
    texts = [f"ticket {number}" for number in range(6)]
    jobs = desk.ask(*texts)
    desk.wait_for_fault("paper-out")
    printer.printer.new_roll()
    desk.wait_for_state(jobs, CONFIRMED)
    assert printed(printer) == texts
    assert {desk.job(job).evidence for job in jobs} == {evidence}


def test_a_printer_that_only_tells_its_health_is_asked_about_after_paper_out_in_a_job(desk: TcpDesk) -> None:
    printer = desk.printer(model="status-80")
    desk.start()
    desk.wait_for("device.state", state="ready")
    (before,) = desk.ask("ticket 0")
    desk.wait_for_state([before], CONFIRMED)
    printer.printer.end_paper_after(1)
    (job,) = desk.ask("ticket 1\nwith a second line")
    desk.wait_for("job.state", id=job, state="sent", reason="paper-out")
    printer.printer.new_roll()
    desk.wait_for_state([job], UNCERTAIN)
    assert desk.job(job).reason == "paper-out"
    (after,) = desk.ask("ticket 2")
    desk.wait_for_state([after], CONFIRMED)
    assert [text.split("\n")[0] for text in printed(printer)] == ["ticket 0", "ticket 1", "ticket 2"]


def test_a_printer_that_cannot_answer_is_asked_about_once_for_each_job(desk: TcpDesk) -> None:
    printer = desk.printer(model="silent-80")
    desk.start()
    jobs = desk.ask("ticket 1", "ticket 2")
    desk.wait_for_state(jobs, UNCERTAIN)
    assert printed(printer) == ["ticket 1", "ticket 2"]
    assert {desk.job(job).reason for job in jobs} == {"no-evidence"}
    assert desk.hub.printer_evidence("printer") is Evidence.NONE
    assert desk.hub.status("printer").state is DeviceState.READY


def test_a_connection_cut_in_the_middle_of_a_job_is_one_question_and_no_second_ticket(desk: TcpDesk) -> None:
    printer = desk.printer()
    desk.start()
    desk.wait_for("device.state", state="ready")
    printer.stop_reading_after(12 + 10)  # four status questions, then the beginning of the job
    (job,) = desk.ask("ticket 1")
    desk.wait_for_state([job], SENT)
    eventually(lambda: printer.stopped_reading)  # cut off earlier, nothing of the job would be with the printer
    printer.drop(abort=True)
    printer.stop_reading_after(None)
    desk.wait_for_state([job], UNCERTAIN)
    (after,) = desk.ask("ticket 2")
    desk.wait_for_state([after], CONFIRMED)
    assert sum("ticket 1" in text for text in printed(printer)) <= 1
    assert desk.job(job).state is UNCERTAIN


def test_a_stalled_printer_delays_no_other(desk: TcpDesk) -> None:
    stalled, other = desk.printer("stalled"), desk.printer("other")
    desk.start()
    desk.wait_for("device.state", name="stalled", state="ready")
    desk.wait_for("device.state", name="other", state="ready")
    stalled.hang()
    (waiting,) = desk.ask("for the stalled", device="stalled")
    began = SystemClock().monotonic()
    jobs = desk.ask(*[f"ticket {number}" for number in range(10)], device="other")
    desk.wait_for_state(jobs, CONFIRMED)
    assert SystemClock().monotonic() - began < 4  # the stall would last for ever
    assert len(printed(other)) == 10
    assert desk.job(waiting).state is QUEUED
    stalled.hang(False)
    desk.wait_for_state([waiting], CONFIRMED)
    assert printed(stalled) == ["for the stalled"]


def test_near_paper_end_is_shown_before_any_job(desk: TcpDesk) -> None:
    printer = desk.printer()
    printer.printer.near_end()
    desk.start()
    desk.wait_for_fault("paper-near-end")
    status = desk.hub.printer_status("printer")
    assert status is not None
    assert status.paper_near_end


def test_a_stop_with_a_printer_that_hangs_takes_no_longer_than_it_may(desk: TcpDesk) -> None:
    printer = desk.printer()
    desk.start()
    desk.wait_for("device.state", state="ready")
    printer.hang()
    desk.ask("ticket 1")
    began = SystemClock().monotonic()
    desk.hub.stop()
    assert SystemClock().monotonic() - began < 5
