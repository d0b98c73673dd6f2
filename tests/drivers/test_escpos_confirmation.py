"""Knowing that it printed: each kind of evidence, what happens at paper end, and answers that come too late."""

import time
from dataclasses import replace

import pytest

from kiosk.clock import SystemClock
from kiosk.demo.model import PrinterModel
from kiosk.devices.document import Cut, Document, Text
from kiosk.devices.errors import NoAnswer
from kiosk.devices.printer import Evidence, PrinterFault, PrinterStatus
from kiosk.drivers.escpos.conversation import Conversation
from kiosk.drivers.escpos.transport import WriteLimits
from tests.drivers.escpos_bench import ANSWERS_GS_R, HASTY, HEALTH_ONLY, NAMES_JOBS, ONLY_GS_R, SILENT, Open, ScriptedWire, print_slip, slip

# Twelve lines: long enough for the roll to end in the middle.
LONG = Document((*(Text(f"line {n}") for n in range(12)), Cut()))


def always() -> bool:
    return True


@pytest.mark.parametrize(
    ("model", "evidence"),
    [
        (NAMES_JOBS, Evidence.PROCESS_ID),
        (ANSWERS_GS_R, Evidence.PROCESSED),
        (ONLY_GS_R, Evidence.PROCESSED),
        (HEALTH_ONLY, Evidence.HEALTH),
        (SILENT, Evidence.NONE),
    ],
)
def test_the_strongest_evidence_is_found_when_it_is_opened(at: Open, model: PrinterModel, evidence: Evidence) -> None:
    printer = at(model).open(reply_timeout_s=0.4)
    assert printer.evidence is evidence


def test_finding_out_prints_nothing(at: Open) -> None:
    made = at(ANSWERS_GS_R)
    printer = made.open()
    assert print_slip(printer, "first") is None
    assert made.printed() == ["first"]


@pytest.mark.parametrize("model", [NAMES_JOBS, ANSWERS_GS_R, ONLY_GS_R])
def test_the_answer_behind_the_cut_confirms_the_job(at: Open, model: PrinterModel) -> None:
    made = at(model)
    printer = made.open(reply_timeout_s=0.4)
    assert print_slip(printer) is None
    assert made.printed() == ["存包凭证 38号"]


def test_a_healthy_printer_confirms_after_the_mechanical_time_and_not_before(at: Open) -> None:
    printer = at(HEALTH_ONLY).open(confirmation="health")
    rendered = printer.render(slip(), job=1)
    started = time.monotonic()
    printer.send(rendered)
    assert printer.confirm(1, timeout_s=10, keep_waiting=always) is None
    assert time.monotonic() - started >= rendered.seconds


def test_a_fault_after_a_job_was_sent_spoils_health_as_evidence_for_ever(at: Open) -> None:
    made = at(HEALTH_ONLY)
    printer = made.open(confirmation="health")
    printer.send(printer.render(slip(), job=1))
    made.printer.open_cover()
    standing = printer.confirm(1, timeout_s=10, keep_waiting=always)
    assert standing is not None
    assert standing.faults == {PrinterFault.COVER_OPEN}
    made.printer.close_cover()
    assert printer.confirm(1, timeout_s=10, keep_waiting=always) == PrinterStatus()


def test_without_any_answer_a_job_is_never_confirmed(at: Open) -> None:
    made = at(SILENT)
    printer = made.open(reply_timeout_s=HASTY)
    status = print_slip(printer)
    assert status is not None
    assert not status.known


def test_asking_a_person_needs_no_answers(at: Open) -> None:
    printer = at(ANSWERS_GS_R).open(confirmation="ask")
    assert printer.evidence is Evidence.NONE
    assert printer.status().known


@pytest.mark.parametrize("model", [NAMES_JOBS, ANSWERS_GS_R])
def test_when_the_roll_ends_in_the_middle_the_fault_is_told_and_after_new_paper_the_answer_still_counts(
    at: Open, model: PrinterModel
) -> None:
    made = at(model)
    printer = made.open()
    made.printer.end_paper_after(5)
    printer.send(printer.render(LONG, job=1))
    standing = printer.confirm(1, timeout_s=10, keep_waiting=always)
    assert standing is not None
    assert standing.faults == {PrinterFault.PAPER_OUT}
    made.printer.new_roll()
    assert printer.status().printable  # the answer may come while the status is asked
    assert printer.confirm(1, timeout_s=10, keep_waiting=always) is None
    assert len(made.printed()) == 1


def test_a_printer_that_reports_faults_by_itself_is_heard_at_once(at: Open) -> None:
    made = at(ANSWERS_GS_R)
    printer = made.open(automatic_status=True)
    made.printer.end_paper_after(1)
    printer.send(printer.render(LONG, job=1))
    made.clock.hold()  # so the next regular look never comes
    standing = printer.confirm(1, timeout_s=10, keep_waiting=always)
    assert standing is not None
    assert standing.faults == {PrinterFault.PAPER_OUT}


def test_a_printer_that_only_reports_by_itself_tells_its_faults(at: Open) -> None:
    made = at(replace(SILENT, answers_asb=True))
    printer = made.open(automatic_status=True, reply_timeout_s=0.3)
    assert printer.status() == PrinterStatus()
    made.printer.open_cover()
    made.wait_for_answers()
    assert printer.status().faults == {PrinterFault.COVER_OPEN}


def test_silence_of_a_healthy_printer_is_no_evidence(at: Open) -> None:
    made = at(ANSWERS_GS_R)
    printer = made.open()
    made.printer.become(HEALTH_ONLY)  # it no longer answers GS r
    assert print_slip(printer, timeout_s=0.3) == PrinterStatus()


def test_waiting_ends_when_nobody_wants_to_wait_any_more(at: Open) -> None:
    made = at(ANSWERS_GS_R)
    printer = made.open()
    made.printer.become(HEALTH_ONLY)
    printer.send(printer.render(slip(), job=1))
    started = time.monotonic()
    assert printer.confirm(1, timeout_s=60, keep_waiting=lambda: False) == PrinterStatus()
    assert time.monotonic() - started < 1.0


def test_a_job_of_an_earlier_connection_is_not_confirmed_by_answers_without_a_name(at: Open) -> None:
    printer = at(ANSWERS_GS_R).open()
    assert printer.confirm(99, timeout_s=5, keep_waiting=always) == PrinterStatus()


def test_a_lost_answer_is_not_replaced_by_the_next_jobs(at: Open) -> None:
    """Job 1's question is lost with the printer's buffer; the answer to job 2's must confirm job 2 alone."""
    made = at(ANSWERS_GS_R)
    printer = made.open()
    made.printer.pull_paper()
    printer.send(printer.render(slip("one"), job=1))
    assert printer.confirm(1, timeout_s=5, keep_waiting=always) is not None
    made.printer.power_off()
    made.printer.power_on()
    made.printer.new_roll()
    assert print_slip(printer, "two", job=2) is None
    assert made.printed() == ["two"]
    assert printer.confirm(1, timeout_s=0.3, keep_waiting=always) == PrinterStatus()


def test_a_late_answer_of_an_earlier_job_is_not_taken_for_the_next_ones(at: Open) -> None:
    """Job 1 is given up while the paper is out; after the new roll its answer comes first, and job 2 still waits for its own."""
    made = at(ANSWERS_GS_R)
    printer = made.open()
    made.printer.pull_paper()
    printer.send(printer.render(slip("one"), job=1))
    assert printer.confirm(1, timeout_s=0.2, keep_waiting=always) is not None
    made.printer.new_roll()
    made.printer.wait_for(lambda virtual: bool(virtual.paper.parts))
    printer.send(printer.render(slip("two"), job=2))
    assert printer.confirm(2, timeout_s=5, keep_waiting=always) is None
    assert printer.confirm(1, timeout_s=5, keep_waiting=always) is None  # both answers came: both are proven
    assert made.printed(2) == ["one", "two"]


def test_late_answers_carry_the_name_of_their_job(at: Open) -> None:
    made = at(NAMES_JOBS)
    printer = made.open()
    made.printer.pull_paper()
    printer.send(printer.render(slip("one"), job=1))
    assert printer.confirm(1, timeout_s=0.2, keep_waiting=always) is not None
    made.printer.new_roll()
    assert print_slip(printer, "two", job=2) is None
    assert printer.confirm(1, timeout_s=5, keep_waiting=always) is None


def test_a_printer_without_paper_is_opened_and_asked_for_its_evidence_after_the_new_roll(at: Open) -> None:
    made = at(NAMES_JOBS)
    made.printer.pull_paper()
    printer = made.open()
    assert printer.status().faults == {PrinterFault.PAPER_OUT}
    received = made.printer.received
    printer.status()
    assert made.printer.received == received + 12  # four real-time questions: nothing is left in its buffer for later
    made.printer.new_roll()
    assert printer.status().printable
    assert printer.evidence is Evidence.PROCESS_ID


def test_a_printer_that_was_off_when_it_was_opened_is_recognised_once_it_answers(at: Open) -> None:
    made = at(ANSWERS_GS_R)
    made.printer.fall_silent()
    printer = made.open(reply_timeout_s=0.3)
    assert printer.evidence is Evidence.NONE
    made.printer.fall_silent(False)
    printer.status()  # asks without waiting; a later look hears the answer
    made.wait_for_answers()
    assert printer.status().known
    assert printer.evidence is Evidence.PROCESSED


@pytest.mark.parametrize(
    ("confirmation", "model"), [("process-id", ANSWERS_GS_R), ("processed", HEALTH_ONLY), ("health", SILENT), ("processed", SILENT)]
)
def test_a_printer_that_does_not_give_the_configured_evidence_is_not_opened(at: Open, confirmation: str, model: PrinterModel) -> None:
    printer = at(model).build(reply_timeout_s=HASTY, confirmation=confirmation)
    with pytest.raises(NoAnswer):
        printer.open()


def test_a_weaker_evidence_than_the_strongest_can_be_configured(at: Open) -> None:
    printer = at(NAMES_JOBS).open(confirmation="processed")
    assert printer.evidence is Evidence.PROCESSED
    assert print_slip(printer) is None


def test_a_printer_that_knows_only_gs_r_and_stops_answering_is_not_called_well(at: Open) -> None:
    made = at(ONLY_GS_R)
    printer = made.open(reply_timeout_s=0.3)
    assert printer.status() == PrinterStatus()
    made.printer.pull_paper()
    with pytest.raises(NoAnswer):
        printer.status()


def test_when_one_of_several_answers_is_missing_none_of_the_earlier_jobs_is_proven() -> None:
    wire = ScriptedWire()
    talk = Conversation(wire, SystemClock(), 0.05)
    talk.expect_processed(1)
    talk.expect_processed(2)
    wire.answers = [b"\x00\x00"]  # two answers to three questions: which was lost?
    assert talk.settle(quiet_s=0.05) == 0
    assert not talk.was_processed(1)
    assert not talk.was_processed(2)
    assert talk.unanswered == 0


def test_a_real_time_answer_that_comes_too_late_belongs_to_no_later_question() -> None:
    wire = ScriptedWire()
    talk = Conversation(wire, SystemClock(), 0.05)
    wire.answers = [b"", b"\x12"]
    with pytest.raises(NoAnswer):
        talk.ask_real_time((4,))
    wire._coming = b"\x7e"  # the answer to the first question, late
    assert talk.ask_real_time((1,)) == {1: 0x12}


def test_questions_that_a_printer_loses_when_they_come_together_are_asked_one_by_one(at: Open) -> None:
    made = at(replace(HEALTH_ONLY, name="slow-ears"))
    printer = made.build(confirmation="health", reply_timeout_s=0.3)
    transport = _OneAtATime()
    printer._make_transport = lambda: transport  # type: ignore[method-assign,assignment]
    printer.open()
    assert printer.status().printable
    assert {len(data) for data in transport.written[-4:]} == {3}


class _OneAtATime(ScriptedWire):
    """Answers the last real-time question of a write alone."""

    def write(self, data: bytes, limits: WriteLimits) -> None:
        self.answers = [b"\x12"]
        super().write(data, limits)
