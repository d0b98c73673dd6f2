"""Answers that look like evidence and are none, and printers that answer well and do not print."""

import time
from dataclasses import replace

import pytest

from kiosk.clock import SystemClock
from kiosk.devices.errors import SendFailed
from kiosk.devices.printer import Evidence, PrinterStatus
from kiosk.drivers.escpos.conversation import Conversation
from tests.drivers.escpos_bench import ANSWERS_GS_R, HASTY, HEALTH_ONLY, NAMES_JOBS, Open, ScriptedWire, print_slip, slip

STALLED_MM_S = 1e-6  # answers status questions and executes nothing any more


def always() -> bool:
    return True


@pytest.mark.parametrize("model", [NAMES_JOBS, ANSWERS_GS_R])
def test_a_job_is_not_put_behind_one_that_a_healthy_printer_does_not_execute(at: Open, model: object) -> None:
    made = at(model)  # type: ignore[arg-type]
    printer = made.open(reply_timeout_s=0.3)
    made.printer.run_at(STALLED_MM_S)
    assert print_slip(printer, "one", job=1, timeout_s=0.3) == PrinterStatus()
    with pytest.raises(SendFailed) as failed:
        printer.send(printer.render(slip("two"), job=2))
    assert (failed.value.code, failed.value.bytes_sent) == ("no-answer", 0)
    assert b"two" not in made.printer.waiting


def test_a_slow_printer_that_names_its_jobs_late_is_not_called_stalled(at: Open) -> None:
    made = at(replace(NAMES_JOBS, speed_mm_s=40))
    printer = made.open(reply_timeout_s=0.5)
    assert print_slip(printer, "one\n" * 4, job=1, timeout_s=0.05) == PrinterStatus()
    assert print_slip(printer, "two", job=2) is None
    assert printer.confirm(1, timeout_s=0.1, keep_waiting=always) is None


def test_a_printer_that_was_busy_when_it_was_opened_shows_all_that_it_can_as_soon_as_it_answers(at: Open) -> None:
    made = at(replace(ANSWERS_GS_R, speed_mm_s=20))
    before = made.open(reply_timeout_s=0.3)
    before.send(before.render(slip("a long one\n" * 4), job=1))
    printer = made.open(reply_timeout_s=0.3)  # a new start, while the job of the last is being printed
    assert printer.evidence is Evidence.HEALTH
    made.printer.run_at(0)
    made.printed()
    made.wait_for_answers()
    assert printer.status().printable
    assert printer.evidence is Evidence.PROCESSED
    assert print_slip(printer, "two", job=2) is None


def test_an_answer_that_tells_of_paper_end_proves_nothing() -> None:
    """Some printers go on executing without paper: then GS r is answered with "no paper" though the job is not out."""
    wire = ScriptedWire()
    talk = Conversation(wire, SystemClock(), 0.05)
    talk.expect_processed(1)
    talk.expect_processed(2)
    wire._coming = b"\x0c\x00"
    talk.drain()
    assert not talk.was_processed(1)
    assert talk.was_processed(2)


def test_a_settled_answer_that_tells_of_paper_end_proves_nothing() -> None:
    wire = ScriptedWire()
    talk = Conversation(wire, SystemClock(), 0.05)
    talk.expect_processed(1)
    talk.expect_processed(2)
    wire.answers = [b"\x0f\x00\x00"]
    assert talk.settle(quiet_s=0.05) == 0
    assert not talk.was_processed(1)
    assert talk.was_processed(2)


def test_health_counts_from_when_the_printer_had_the_last_byte(at: Open) -> None:
    made = at(HEALTH_ONLY)
    printer = made.open(confirmation="health", reply_timeout_s=HASTY * 10)
    rendered = printer.render(slip("满" * 300), job=1)
    made.wire.slow_down(len(rendered.data) / 0.5)
    printer.send(rendered)
    taken = time.monotonic()
    assert printer.confirm(1, timeout_s=30, keep_waiting=always) is None
    assert time.monotonic() - taken >= rendered.seconds


def test_a_name_that_was_lost_with_the_printers_memory_holds_nothing_up(at: Open) -> None:
    made = at(NAMES_JOBS)
    printer = made.open()
    made.printer.pull_paper()
    printer.send(printer.render(slip("one"), job=1))
    assert printer.confirm(1, timeout_s=5, keep_waiting=always) is not None
    made.printer.power_off()  # behind a print server that keeps its own connections
    made.printer.power_on()
    made.printer.new_roll()
    assert print_slip(printer, "two", job=2) is None
    assert print_slip(printer, "three", job=3) is None
    assert made.printed(2) == ["two", "three"]
    assert printer.confirm(1, timeout_s=0.3, keep_waiting=always) == PrinterStatus()
