"""Code 128 and QR: narrow enough for the paper, free of hidden commands, and readable by a decoder."""

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kiosk.demo.escpos_machine import VirtualPrinter
from kiosk.demo.model import PrinterModel
from kiosk.demo.paper_png import part_image
from kiosk.devices.document import Barcode, Cut, Document, Qr
from kiosk.drivers.escpos.codes import Code128, module_dots, native_qr, qr_dots, qr_side
from kiosk.drivers.escpos.encoder import Encoder
from kiosk.drivers.escpos.options import PrinterOptions
from kiosk.drivers.escpos.paper import Paper
from kiosk.drivers.escpos.protocol import real_time_at
from tests.drivers.escpos_reader import Piece, commands, printed_lines

TICKET = "81234567890123"
WIDE, NARROW = Paper.of_width(80), Paper.of_width(58)


def code(data: str) -> Code128:
    made = Code128.of(data)
    assert made is not None
    return made


def symbols(payload: bytes) -> str:
    """Read the data of GS k 73 back, as the manual says."""
    text, code_set, at = "", "", 0
    while at < len(payload):
        if payload[at] == ord("{"):
            following = chr(payload[at + 1])
            at += 2
            if following == "{":
                text += "{"
            else:
                code_set = following
        else:
            text += f"{payload[at]:02}" if code_set == "C" else chr(payload[at])
            at += 1
    return text


def printed(document: Document, options: PrinterOptions) -> Image.Image:
    printer = VirtualPrinter(PrinterModel(paper_width_mm=options.paper_width_mm))
    printer.feed(Encoder(options).encode(document)[0])
    assert not printer.unknown
    assert not printer.refused
    return part_image(printer.paper.parts[0])


def test_digits_are_packed_in_pairs() -> None:
    assert code(TICKET).payload == b"{C" + bytes((81, 23, 45, 67, 89, 1, 23))


def test_other_characters_are_in_set_b() -> None:
    assert code("BADGE-1").payload == b"{BBADGE-1"


def test_an_odd_run_of_digits_leaves_its_first_to_set_b() -> None:
    assert code("12345").payload == b"{B1{C" + bytes((23, 45))


def test_a_brace_in_the_data_is_doubled_and_selects_no_code_set() -> None:
    assert code("a{C").payload == b"{Ba{{C"


@pytest.mark.parametrize("digits", ["1604", "1605", "1620", "16041605", "16160416"])
def test_digits_that_would_be_a_real_time_command_change_the_code_set(digits: str) -> None:
    payload = code(digits).payload
    assert real_time_at(payload) < 0
    assert symbols(payload) == digits


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=60) | st.text("0146", min_size=4, max_size=60))
def test_every_payload_reads_back_and_hides_no_command(data: str) -> None:
    payload = code(data).payload
    assert symbols(payload) == data
    assert real_time_at(payload) < 0


@pytest.mark.parametrize("data", ["", "存包", "a\x10\x04\x01", "x" * 300])
def test_what_code_128_cannot_hold_is_refused(data: str) -> None:
    assert Code128.of(data) is None


def test_a_ticket_has_wide_bars_on_80_mm_and_fits_58_mm() -> None:
    modules = code(TICKET).modules
    assert modules == 112
    assert module_dots(modules, WIDE) == 4
    assert module_dots(modules, NARROW) == 3


def test_a_code_that_would_be_clipped_gets_narrower_bars() -> None:
    modules = code("ABCDEFGHIJKLMNO").modules
    assert modules == 200
    assert module_dots(modules, WIDE) == 2
    assert module_dots(modules, NARROW) is None


def test_a_code_too_wide_for_the_paper_is_printed_as_qr() -> None:
    image = printed(Document((Barcode("ABCDEFGHIJKLMNO"), Cut())), PrinterOptions(paper_width_mm=58))
    assert [(found.format, found.text) for found in zxingcpp.read_barcodes(image)] == [(zxingcpp.BarcodeFormat.QRCode, "ABCDEFGHIJKLMNO")]


def test_a_qr_code_is_native_and_small() -> None:
    job, _ = Encoder(PrinterOptions()).encode(Document((Qr("https://example.test/t/38"),)))
    assert len(job) < 100
    assert next(piece.data[:5] for piece in commands(job) if piece.kind == b"\x1d(") == b"k\x04\x00\x31\x41"


def test_a_qr_code_has_white_above_and_below() -> None:
    job, _ = Encoder(PrinterOptions()).encode(Document((Qr("38"),)))
    assert [piece for piece in commands(job) if piece.kind == b"\x1bd"] == [Piece(b"\x1bd", b"\x02")] * 2


def test_a_qr_code_keeps_to_its_size_and_to_the_paper() -> None:
    side = qr_side("https://example.test/t/38")
    assert side == 25
    assert qr_dots(side, 25.0, WIDE) * side <= 200
    assert qr_dots(side, 500.0, NARROW) * side <= 384


def test_a_length_that_reads_as_a_real_time_command_is_not_sent_to_the_printer() -> None:
    data = "x" * 1037  # with the three bytes before it 0x0410: low byte DLE, high byte EOT
    assert native_qr(data, 3) is None
    assert native_qr(data + "x", 3) is not None


def test_data_beyond_any_qr_code_is_printed_as_text() -> None:
    job, _ = Encoder(PrinterOptions()).encode(Document((Qr("y" * 3000),)))
    assert "".join(printed_lines(job)) == "y" * 3000


@pytest.mark.parametrize("native", [True, False])
@pytest.mark.parametrize("width_mm", [80, 58])
def test_printed_codes_are_read_by_a_decoder(native: bool, width_mm: int) -> None:
    options = PrinterOptions(paper_width_mm=width_mm, native_barcode=native, native_qr=native)  # type: ignore[arg-type]
    image = printed(Document((Barcode(TICKET), Qr("存包 38"), Barcode("16041605162016"), Cut())), options)
    read = {found.text for found in zxingcpp.read_barcodes(image)}
    assert read == {TICKET, "存包 38", "16041605162016"}


@given(st.text("0146", min_size=14, max_size=14))
def test_drawn_barcodes_hide_no_command(digits: str) -> None:
    job, _ = Encoder(PrinterOptions(native_barcode=False)).encode(Document((Barcode(digits, height_mm=2.0, caption=False),)))
    assert real_time_at(job) < 0
