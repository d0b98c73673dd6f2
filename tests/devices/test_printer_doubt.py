"""Printers that are well by their own account and yet do not print, over the whole way: no claim without evidence."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from kiosk.demo.model import MODELS
from kiosk.devices.jobs import JobState
from kiosk.devices.printer import Evidence
from tests.fakes.desk_over_tcp import TcpDesk, printed

CONFIRMED, UNCERTAIN, QUEUED = JobState.CONFIRMED, JobState.UNCERTAIN, JobState.QUEUED
STALLED_MM_S = 1e-6  # answers every status question as healthy and executes nothing


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path) -> Iterator[TcpDesk]:
    with ExitStack() as stack:
        yield TcpDesk(sqlite_url, tmp_path, stack)


@pytest.mark.parametrize("model", ["process-id-80", "tcp-80"])
def test_a_healthy_printer_that_stopped_executing_is_asked_about_once_and_given_no_more(desk: TcpDesk, model: str) -> None:
    printer = desk.printer(model=model)
    desk.start()
    desk.wait_for("device.state", state="ready")
    printer.printer.run_at(STALLED_MM_S)
    jobs = desk.ask("ticket 1", "ticket 2", "ticket 3")
    desk.wait_for_state(jobs[:1], UNCERTAIN)
    desk.wait_for("device.state", state="offline")
    desk.wait_for("job.state", id=jobs[1], state="queued", reason="no-answer")
    desk.hub.wake("printer")  # a person asks: it is opened again, and still is no printer that one could trust
    assert [desk.job(job).state for job in jobs] == [UNCERTAIN, QUEUED, QUEUED]

    printer.power_off()
    desk.hub.wake("printer")
    desk.wait_for_fault("refused")
    printer.printer.run_at(0)
    printer.power_on()
    desk.hub.wake("printer")
    desk.wait_for_state(jobs[1:], CONFIRMED)
    assert [text.split("\n")[-1] for text in printed(printer)] == ["ticket 2", "ticket 3"]  # behind what was printed of the first
    assert desk.job(jobs[0]).state is UNCERTAIN


def test_a_printer_that_was_exchanged_for_a_simpler_one_is_taken_as_it_is(desk: TcpDesk) -> None:
    printer = desk.printer(model="tcp-80")
    desk.start()
    desk.wait_for("device.state", state="ready")
    printer.power_off()
    printer.printer.become(MODELS["status-80"])
    printer.power_on()
    desk.hub.wake("printer")
    (job,) = desk.ask("ticket 1")
    desk.wait_for_state([job], CONFIRMED)
    assert desk.job(job).evidence == Evidence.HEALTH


def test_a_printer_that_falls_silent_is_given_nothing_until_it_answers_again(desk: TcpDesk) -> None:
    printer = desk.printer()
    desk.start()
    desk.wait_for("device.state", state="ready")
    printer.printer.fall_silent()
    (job,) = desk.ask("ticket 1")
    desk.wait_for("job.state", id=job, state="queued", reason="no-answer")
    before = printer.accepted
    desk.hub.wake("printer")
    assert printer.printer.wait_for(lambda _: printer.accepted > before + 1)  # it was opened again, and the job not sent
    assert (desk.job(job).state, printed(printer)) == (QUEUED, [])
    printer.printer.fall_silent(False)
    desk.hub.wake("printer")
    desk.wait_for_state([job], CONFIRMED)
    assert printed(printer) == ["ticket 1"]
