"""What printers send back: told apart by their bits, in whatever pieces they come, and decoded with the manuals' masks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.demo.escpos_status import Condition, asb, dle_eot, gs_r
from kiosk.devices.printer import PrinterFault
from kiosk.drivers.escpos import status
from kiosk.drivers.escpos.replies import AutoStatus, Processed, ProcessId, RealTime, Reply, ReplyParser

CONDITIONS = st.builds(
    Condition,
    **dict.fromkeys(("offline", "cover_open", "feeding", "paper_end", "paper_near_end", "cutter_error", "overheated"), st.booleans()),
)


def test_automatic_status_is_not_the_answer_to_another_question() -> None:
    data = asb(Condition(paper_end=True)) + b"\x12" + asb(Condition()) + b"\x00"
    assert ReplyParser().feed(data) == [AutoStatus(b"\x10\x00\x0c\x00"), RealTime(0x12), AutoStatus(b"\x10\x00\x00\x00"), Processed(0)]


def test_a_process_id_is_read_whole() -> None:
    assert ReplyParser().feed(b"\x37\x22 ~ab\x00\x12") == [ProcessId(b" ~ab"), RealTime(0x12)]


def test_flow_control_and_line_noise_are_counted_and_dropped() -> None:
    parser = ReplyParser()
    assert parser.feed(b"\x11\x13\xff\x12") == [RealTime(0x12)]
    assert parser.noise == 3


def test_an_automatic_status_that_broke_off_does_not_swallow_an_answer() -> None:
    assert ReplyParser().feed(b"\x10\x00\x12\x12") == [Processed(0), RealTime(0x12), RealTime(0x12)]


def test_a_block_that_broke_off_does_not_swallow_an_answer() -> None:
    assert ReplyParser().feed(b"\x37\x22a\x12") == [Processed(0x22), Processed(0x61), RealTime(0x12)]


REPLIES = st.one_of(
    CONDITIONS.map(lambda condition: (AutoStatus(asb(condition)), asb(condition))),
    st.tuples(st.integers(1, 4), CONDITIONS).map(lambda pair: (RealTime(dle_eot(*pair)[0]), dle_eot(*pair))),
    CONDITIONS.map(lambda condition: (Processed(gs_r(1, condition)[0]), gs_r(1, condition))),
    st.binary(min_size=4, max_size=4).map(lambda raw: bytes(0x20 + byte % 95 for byte in raw)).map(
        lambda four: (ProcessId(four), b"\x37\x22" + four + b"\x00")
    ),
)  # fmt: skip


@given(st.lists(REPLIES, max_size=12), st.lists(st.integers(1, 7), max_size=30))
def test_replies_are_the_same_however_they_are_cut(replies: list[tuple[Reply, bytes]], cuts: list[int]) -> None:
    stream = b"".join(data for _, data in replies)
    parser, found = ReplyParser(), []
    for size in cuts:
        found += parser.feed(stream[:size])
        stream = stream[size:]
    found += parser.feed(stream)
    assert found == [reply for reply, _ in replies]
    assert parser.noise == 0


@pytest.mark.parametrize(
    ("paper", "faults", "near_end"),
    [(0x12, set(), False), (0x1E, set(), True), (0x7E, {PrinterFault.PAPER_OUT}, True), (0x72, {PrinterFault.PAPER_OUT}, False)],
)
def test_the_paper_sensors_read_as_measured(paper: int, faults: set[PrinterFault], near_end: bool) -> None:
    read = status.from_real_time({1: 0x12, 2: 0x12, 3: 0x12, 4: paper})
    assert (read.faults, read.paper_near_end, read.known) == (faults, near_end, True)


@pytest.mark.parametrize(
    ("answers", "fault"),
    [
        ({1: 0x1A, 2: 0x16}, PrinterFault.COVER_OPEN),
        ({1: 0x1A, 2: 0x32}, PrinterFault.PAPER_OUT),
        ({2: 0x1A}, PrinterFault.FEEDING),
        ({2: 0x52, 3: 0x1A}, PrinterFault.CUTTER),
        ({3: 0x32}, PrinterFault.UNRECOVERABLE),
        ({3: 0x52}, PrinterFault.OVERHEATED),
        ({1: 0x1A}, PrinterFault.OFFLINE),
        ({1: 0x32}, PrinterFault.OFFLINE),
        ({3: 0x16}, PrinterFault.OFFLINE),
    ],
)
def test_each_fault_has_its_bit(answers: dict[int, int], fault: PrinterFault) -> None:
    assert status.from_real_time(answers).faults == {fault}


@given(CONDITIONS)
def test_automatic_and_asked_status_say_the_same(condition: Condition) -> None:
    asked = status.from_real_time({n: dle_eot(n, condition)[0] for n in (1, 2, 3, 4)})
    assert status.from_auto_status(asb(condition)) == asked


def test_the_buffered_answer_tells_of_paper() -> None:
    assert status.from_processed(0x0C).faults == {PrinterFault.PAPER_OUT}
    assert status.from_processed(0x03).paper_near_end
    assert status.from_processed(0x00).printable
