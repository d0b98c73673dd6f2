"""From documents to bytes, with the bytes that the manuals ask for, and no way for text to become a command."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.devices.document import Columns, Cut, Document, Element, Feed, Rule, Text
from kiosk.drivers.escpos.encoder import Encoder
from kiosk.drivers.escpos.options import PrinterOptions
from kiosk.drivers.escpos.protocol import process_id, real_time_at
from kiosk.drivers.escpos.text import columns_of
from tests.drivers.escpos_reader import commands, printed_lines, read_job

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)
INJECTIONS = st.sampled_from(["\x1b@", "\x1dV\x00", "\x10\x14\x01\x00\x01", "\x10\x04\x01", "\x1c.", "\x1dk\x49\x04", "\x00", "{C\x10\x04"])


def encode(*elements: Element, options: PrinterOptions | None = None) -> bytes:
    return Encoder(options or PrinterOptions()).encode(Document(elements))[0]


def test_a_job_begins_with_reset_and_chinese_mode_and_ends_by_leaving_it() -> None:
    assert encode(Text("存包")) == bytes.fromhex("1b40 1c26 1b6100 b4e6b0fc 0a 1c2e")


def test_no_command_of_ours_resets_the_printer_again_without_chinese_mode() -> None:
    job = encode(Text("一"), Cut(), Text("二"))
    assert job.count(b"\x1b@") == 1
    assert job.index(b"\x1c&") < job.index("二".encode("gb18030"))


def test_a_cut_feeds_to_the_cutter_and_no_further() -> None:
    assert bytes.fromhex("1d564200") in encode(Text("x"), Cut())
    assert b"\x1bd" not in encode(Text("x"), Cut())


def test_a_printer_without_cutter_sets_the_parts_apart_by_a_line_to_tear_along() -> None:
    job = encode(Text("customer"), Cut(), Text("tag"), options=PrinterOptions(paper_width_mm=58, cutter=False))
    assert b"\x1dV" not in job
    customer, tear, tag = printed_lines(job)
    assert (customer, tear, tag) == ("customer", "- " * 15 + "-", "tag")
    # 15 mm further, the line stands at the edge that the paper is torn on.
    assert bytes.fromhex("1b6404") in job[job.index(b"- - ") :]


def test_big_text_is_big_for_han_and_for_ascii() -> None:
    job = encode(Text("38号", width=2, height=3))
    assert bytes.fromhex("1c210c 1d2112") + "38号".encode("gb18030") + bytes.fromhex("0a 1c2100 1d2100") in job


def test_bold_and_alignment_end_with_the_line() -> None:
    job = encode(Text("x", align="center", bold=True), Text("y"))
    assert bytes.fromhex("1b6101 1b4501 78 0a 1b4500 1b6100 79 0a") in job


@pytest.mark.parametrize(("width_mm", "columns"), [(80, 48), (58, 32)])
def test_columns_stand_at_both_edges_of_the_paper(width_mm: int, columns: int) -> None:
    job = encode(Columns("件数", "3"), Rule(), options=PrinterOptions(paper_width_mm=width_mm))  # type: ignore[arg-type]
    line, rule = printed_lines(job)
    assert line == "件数" + " " * (columns - 5) + "3"
    assert rule == "-" * columns


def test_of_two_texts_that_do_not_fit_the_left_one_is_shortened() -> None:
    (line,) = printed_lines(encode(Columns("很长的备注" * 10, "38号"), options=PrinterOptions(paper_width_mm=58)))
    assert line.startswith("很长的备注很长")
    assert line.endswith("38号")
    assert "… " in line
    assert columns_of(line) <= 32


def test_feeding_is_bounded() -> None:
    assert b"\x1bd\xff" in encode(Feed(1000))


def test_utf8_printers_are_told_so_unless_they_are_set_to_it() -> None:
    assert bytes.fromhex("1c2843 0200 3032") in encode(Text("存"), options=PrinterOptions(encoding="utf-8"))
    plain = encode(Text("存"), options=PrinterOptions(encoding="utf-8", select_encoding=False))
    assert plain == bytes.fromhex("1b40 1b6100 e5ad98 0a")


def test_big5_printers_get_big5() -> None:
    assert "憑證".encode("big5") in encode(Text("憑證"), options=PrinterOptions(encoding="big5"))


def test_automatic_status_is_turned_on_again_after_the_reset() -> None:
    assert encode(options=PrinterOptions(automatic_status=True)).startswith(bytes.fromhex("1b40 1c26 1d610e"))


def test_the_question_stands_behind_everything() -> None:
    job, _ = Encoder(PrinterOptions()).encode(Document((Text("x"), Cut())), b"\x1dr\x01")
    assert job.endswith(bytes.fromhex("1d564200 1c2e 1d7201"))


def test_the_mechanical_time_of_a_ticket_of_two_parts_is_that_of_its_paper() -> None:
    lines = [Text("x")] * 14
    _, seconds = Encoder(PrinterOptions()).encode(Document((*lines, Cut(), *lines, Cut())))
    assert 1.5 < seconds < 2.0


@pytest.mark.parametrize("job", [0, 1, 94, 95, 2**40])
def test_the_id_of_a_job_is_four_printable_characters(job: int) -> None:
    assert len(process_id(job)) == 4
    assert all(0x20 <= byte <= 0x7E for byte in process_id(job))


def test_neighbouring_jobs_have_different_ids() -> None:
    assert len({process_id(job) for job in range(10_000)}) == 10_000


def test_the_measured_injections_print_as_harmless_text() -> None:
    job = encode(Text("张三\x1b@\x1dV\x00李四\x10\x14\x01\x00\x01"))
    assert printed_lines(job) == ["张三@V李四"]
    assert [piece.kind for piece in commands(job)] == [b"\x1b@", b"\x1c&", b"\x1ba", b"\x1c."]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(ANY_TEXT, INJECTIONS, ANY_TEXT), max_size=3), st.sampled_from([80, 58]), st.sampled_from([1, 2, 6]))
def test_no_text_ever_becomes_a_command(parts: list[tuple[str, str, str]], width_mm: int, scale: int) -> None:
    """The job of a hostile text has the very commands of the job's frame: read back by a reader that knows no others."""
    texts = ["".join(part) for part in parts]
    elements = [*(Text(text, width=scale, height=scale) for text in texts), *(Columns(text, text) for text in texts)]
    job = encode(*elements, options=PrinterOptions(paper_width_mm=width_mm))  # type: ignore[arg-type]
    assert {piece.kind for piece in read_job(job)} <= {b"text", b"\x1b@", b"\x1ba", b"\x1c&", b"\x1c.", b"\x1c!", b"\x1d!", b"\x1dv"}
    assert real_time_at(job) < 0
    columns = {80: 48, 58: 32}[width_mm]
    assert all(columns_of(line) <= columns for line in printed_lines(job))


@settings(max_examples=100, deadline=None)
@given(ANY_TEXT, INJECTIONS)
def test_utf8_is_no_way_in_either(text: str, injection: str) -> None:
    job = encode(Text(text + injection + text), options=PrinterOptions(encoding="utf-8"))
    assert {piece.kind for piece in read_job(job, wide=False)} <= {b"text", b"\x1b@", b"\x1ba", b"\x1c(", b"\x1dv"}
