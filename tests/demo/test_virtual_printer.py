"""The simulated printer behaves as the manuals' tables and facts say: status bytes, buffer, real-time commands, evidence."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.demo.escpos_machine import VirtualPrinter
from tests.fakes.clock import FakeClock
from tests.fakes.printer import (
    ASK_ERROR,
    ASK_OFFLINE,
    ASK_PAPER,
    ASK_PRINTER,
    ASK_PROCESSED,
    CUT,
    INIT,
    chinese,
    process_id,
    two_part_ticket,
    virtual_printer,
)

ASK_ALL = ASK_PRINTER + ASK_OFFLINE + ASK_ERROR + ASK_PAPER


@pytest.mark.parametrize(
    ("happens", "answers"),
    [
        ([], "12121212"),
        ([VirtualPrinter.near_end], "1212121e"),
        ([VirtualPrinter.pull_paper], "1a321272"),
        ([VirtualPrinter.near_end, VirtualPrinter.pull_paper], "1a32127e"),
        ([VirtualPrinter.open_cover], "1a161212"),
        ([VirtualPrinter.jam_cutter], "1a521a12"),
        ([VirtualPrinter.overheat], "1a525212"),
        ([VirtualPrinter.fail], "1a523212"),
        ([VirtualPrinter.press_feed], "5a1a1212"),
        ([VirtualPrinter.take_offline], "1a121212"),
    ],
)
def test_real_time_status_is_as_in_the_manuals_tables(happens: list[Callable[[VirtualPrinter], None]], answers: str) -> None:
    printer = virtual_printer()
    for event in happens:
        event(printer)
    assert printer.feed(ASK_ALL).hex() == answers


@pytest.mark.parametrize(
    ("happens", "answer"),
    [([], "00"), ([VirtualPrinter.near_end], "03")],
)
def test_buffered_status_tells_the_paper(happens: list[Callable[[VirtualPrinter], None]], answer: str) -> None:
    printer = virtual_printer()
    for event in happens:
        event(printer)
    assert printer.feed(ASK_PROCESSED).hex() == answer


@pytest.mark.parametrize(
    "stop", [VirtualPrinter.pull_paper, VirtualPrinter.open_cover, VirtualPrinter.jam_cutter, VirtualPrinter.take_offline]
)
def test_buffered_status_is_not_executed_while_printing_is_stopped(stop: Callable[[VirtualPrinter], None]) -> None:
    printer = virtual_printer()
    stop(printer)
    assert printer.feed(ASK_PROCESSED) == b""
    assert printer.feed(ASK_PRINTER) != b""


def test_buffered_status_comes_after_the_remedy() -> None:
    printer = virtual_printer()
    printer.pull_paper()
    printer.feed(b"late\n" + ASK_PROCESSED)
    printer.new_roll()
    assert printer.take_answers() == b"\x00"
    assert printer.paper.text == "late"


def test_the_process_id_is_named_when_what_stands_before_it_is_printed() -> None:
    printer = virtual_printer()
    assert printer.feed(two_part_ticket() + process_id(b"ab 1")) == b"\x37\x22ab 1\x00"


def test_the_process_id_waits_for_paper() -> None:
    printer = virtual_printer()
    printer.end_paper_after(1)
    assert printer.feed(b"first\nsecond\n" + process_id(b"0001")) == b""
    assert printer.paper.text == "first"
    printer.new_roll()
    assert printer.take_answers() == b"\x37\x220001\x00"
    assert printer.paper.text == "first\nsecond"


def test_a_printer_without_process_ids_passes_over_the_question() -> None:
    printer = virtual_printer("status-80")
    assert printer.feed(process_id(b"0001") + b"printed\n" + ASK_PRINTER) == b"\x12"
    assert [command.name for command in printer.unknown] == ["GS ( H"]
    assert printer.paper.text == "printed"


def test_a_printer_that_does_not_know_sized_commands_prints_what_is_in_them() -> None:
    printer = virtual_printer("silent-58")
    printer.feed(process_id(b"abcd") + b"\n")
    assert "abcd" in printer.paper.text


def test_a_unidirectional_printer_prints_and_says_nothing() -> None:
    printer = virtual_printer("silent-80")
    assert printer.feed(two_part_ticket() + ASK_ALL + ASK_PROCESSED + process_id(b"0001")) == b""
    assert len(printer.paper.parts) == 2


def test_a_silent_printer_answers_again_after_its_return_line_is_mended() -> None:
    printer = virtual_printer()
    printer.fall_silent()
    assert printer.feed(ASK_PRINTER) == b""
    printer.fall_silent(False)
    assert printer.feed(ASK_PRINTER) == b"\x12"


def test_answers_may_take_their_time(clock: FakeClock) -> None:
    printer = virtual_printer(clock=clock)
    printer.delay_answers(0.5)
    assert printer.feed(ASK_PRINTER) == b""
    assert printer.advance() == pytest.approx(0.5)
    clock.advance(0.5)
    assert printer.take_answers() == b"\x12"


def test_automatic_status_is_sent_when_asked_for_and_at_each_change() -> None:
    printer = virtual_printer()
    assert printer.feed(b"\x1da\x0e").hex() == "10000000"
    printer.near_end()
    assert printer.take_answers().hex() == "10000300"
    printer.pull_paper()
    assert printer.take_answers().hex() == "18000f00"
    printer.open_cover()
    assert printer.take_answers().hex() == "38000f00"


def test_initialising_ends_automatic_status() -> None:
    printer = virtual_printer()
    printer.feed(b"\x1da\x0e")
    printer.feed(INIT)
    printer.take_answers()
    printer.near_end()
    assert printer.take_answers() == b""


def test_a_job_sent_twice_during_paper_out_prints_four_parts() -> None:
    # The duplicate danger: nothing may be resent by itself while a copy may wait in the printer's buffer.
    printer = virtual_printer()
    printer.pull_paper()
    printer.feed(two_part_ticket())
    printer.feed(two_part_ticket())
    assert printer.paper.parts == []
    printer.new_roll()
    assert len(printer.paper.parts) == 4


@pytest.mark.parametrize("clear", [b"\x10\x05\x02", b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"])
def test_clearing_the_buffer_prevents_the_duplicate(clear: bytes) -> None:
    printer = virtual_printer()
    printer.pull_paper()
    printer.feed(two_part_ticket())
    printer.feed(clear)
    printer.feed(two_part_ticket())
    printer.new_roll()
    assert len(printer.paper.parts) == 2


def test_power_loss_loses_the_buffer() -> None:
    printer = virtual_printer()
    printer.pull_paper()
    printer.feed(two_part_ticket())
    printer.power_off()
    printer.power_on()
    printer.new_roll()
    assert printer.paper.parts == []


def test_real_time_commands_are_seen_inside_picture_data() -> None:
    printer = virtual_printer()
    picture = b"\x10\x04\x01" + b"\x00" * 5
    assert printer.feed(b"\x1dv0\x00\x01\x00\x08\x00" + picture) == b"\x12"
    assert printer.paper.hanging.rasters[0].data == picture


def test_real_time_commands_are_seen_when_they_come_byte_by_byte() -> None:
    printer = virtual_printer()
    assert b"".join(printer.feed(bytes((byte,))) for byte in b"\x10\x10\x04\x04x") == b"\x12"


def test_questions_do_not_fill_the_buffer_of_a_stopped_printer() -> None:
    printer = virtual_printer()
    printer.pull_paper()
    printer.feed(chinese("号") + b"\n")
    waiting = printer.waiting
    printer.feed(ASK_ALL * 10)
    assert printer.waiting == waiting


def test_picture_data_that_waits_keeps_its_questions() -> None:
    printer = virtual_printer()
    printer.pull_paper()
    picture = b"\x10\x04\x01" + b"\x00" * 5
    assert printer.feed(b"\x1dv0\x00\x01\x00\x08\x00" + picture) == b"\x1a"
    printer.new_roll()
    assert printer.paper.hanging.rasters[0].data == picture


def test_a_drawer_pulse_is_no_text() -> None:
    printer = virtual_printer()
    printer.feed(b"\x10\x14\x01\x00\x01text\n")
    assert printer.paper.text == "text"


def test_an_unfinished_command_swallows_the_beginning_of_the_next_job() -> None:
    printer = virtual_printer()
    printer.feed(b"\x1d(k\x08\x001P0")  # says 8, sends 3
    printer.feed(b"HELLO world\n")
    assert printer.paper.text == " world"


def test_an_orphaned_lead_byte_eats_the_line_feed() -> None:
    printer = virtual_printer()
    printer.feed(b"\x1c&" + "张".encode("gb18030")[:1] + b"\nnext\n")
    assert printer.paper.text == "?next"


def test_chinese_without_its_mode_is_printed_as_code_page_characters() -> None:
    printer = virtual_printer()
    printer.feed("号".encode("gb18030") + b"\n" + chinese("号") + b"\n" + INIT + "号".encode("gb18030") + b"\n")
    first, second, third = printer.paper.hanging.lines
    assert (first, second, third) == ("║┼", "号", "║┼")


@pytest.mark.parametrize(("encoding", "text"), [("gb18030", "存包㐀𠮷"), ("gbk", "存包"), ("big5", "存包"), ("utf-8", "存包 ¥")])
def test_each_encoding_is_read_as_its_own(encoding: str, text: str) -> None:
    printer = virtual_printer(encoding=encoding)
    printer.feed(chinese(text, encoding) + b"\n")
    assert printer.paper.text == text


def test_a_double_byte_printer_cannot_print_four_byte_codes() -> None:
    printer = virtual_printer(encoding="gbk")
    printer.feed(chinese("㐀号") + b"\n")
    assert "㐀" not in printer.paper.text
    assert printer.paper.text.endswith("号")


def test_printing_takes_its_mechanical_time(clock: FakeClock) -> None:
    printer = virtual_printer(clock=clock, speed_mm_s=37.5)  # a line of 30 dots, 3.75 mm, takes 0.1 s
    assert printer.feed(b"one\ntwo\n" + ASK_PROCESSED) == b""
    assert printer.paper.text == "one"
    assert printer.advance() == pytest.approx(0.1)
    clock.advance(0.1)
    printer.advance()
    assert printer.paper.text == "one\ntwo"
    assert printer.take_answers() == b""
    clock.advance(0.1)
    printer.advance()
    assert printer.take_answers() == b"\x00"


def test_a_full_buffer_takes_no_more() -> None:
    printer = virtual_printer(buffer_bytes=64)
    printer.pull_paper()
    printer.feed(b"x" * 64)
    assert printer.room == 0
    printer.new_roll()
    assert printer.room == 64


def test_a_command_longer_than_the_buffer_is_let_in() -> None:
    printer = virtual_printer(buffer_bytes=64)
    printer.feed(b"\x1dv0\x00\x10\x00\x10\x00" + b"\xff" * 100)
    assert printer.room == 8 + 256 - 108
    printer.feed(b"\xff" * 156)
    assert printer.paper.hanging.rasters[0].rows == 16


def test_unknown_commands_are_noted() -> None:
    printer = virtual_printer()
    printer.feed(b"\x1b\x7fok\n")
    assert [command.name for command in printer.unknown] == ["ESC \x7f"]
    assert printer.paper.text == "ok"


def test_a_printer_without_cutter_leaves_one_strip() -> None:
    printer = virtual_printer("status-58")
    printer.feed(b"one\n" + CUT + b"two\n" + CUT)
    assert printer.paper.parts == []
    assert printer.paper.text == "one\ntwo"


def test_its_name_can_be_asked() -> None:
    assert virtual_printer("tcp-80").feed(b"\x1dI\x43") == b"_tcp-80\x00"


@pytest.mark.parametrize("function", [65, 67, 69, 80, 99])
def test_a_qr_command_without_its_parameters_is_noted_as_unknown(function: int) -> None:
    printer = virtual_printer()
    printer.feed(b"\x1d(k\x02\x001" + bytes((function,)))
    assert [command.name for command in printer.unknown] == ["GS ( k"]


# Bytes that mean something are as likely as any others.
_BYTES = st.lists(
    st.one_of(
        st.sampled_from(
            [b"\x1b", b"\x1d", b"\x1c", b"\x1d(k", b"\x1d(L", b"\x1d(H", b"\x1dk", b"\x1dv0\x00", b"\x1b*", b"\x1dV", b"\x1c&", b"\n", CUT]
        ),
        st.binary(max_size=6),
    ),
    max_size=40,
).map(b"".join)


@given(_BYTES, st.sampled_from(["process-id-80", "silent-58"]))
def test_no_bytes_break_the_printer(data: bytes, name: str) -> None:
    printer = virtual_printer(name)
    printer.feed(data)
    printer.pull_paper()
    printer.feed(data)
    printer.new_roll()


@given(_BYTES.map(lambda data: data.replace(b"\x10", b"")), st.integers(1, 7))
def test_how_the_bytes_are_cut_into_packets_does_not_matter(data: bytes, size: int) -> None:
    whole, pieces = virtual_printer(), virtual_printer()
    whole.feed(data)
    for start in range(0, len(data), size):
        pieces.feed(data[start : start + size])
    assert [part.dump() for part in whole.paper.parts] == [part.dump() for part in pieces.paper.parts]
    assert whole.paper.hanging.dump() == pieces.paper.hanging.dump()
    assert whole.waiting == pieces.waiting
