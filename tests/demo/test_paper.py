"""What comes out of the simulated printer: lines, sizes, places, codes and pictures that an independent reader decodes."""

import pytest
import zxingcpp

from kiosk.demo.paper import Line, Part
from kiosk.demo.paper_png import part_image, png_bytes
from kiosk.demo.paper_svg import part_svg
from tests.fakes.printer import CUT, chinese, two_part_ticket, virtual_printer


def printed(data: bytes, name: str = "process-id-80") -> Part:
    printer = virtual_printer(name)
    printer.feed(data)
    assert printer.waiting == b""
    return printer.paper.parts[0] if printer.paper.parts else printer.paper.hanging


def lines(part: Part) -> list[Line]:
    return [item for item in part.items if isinstance(item, Line)]


def decoded(part: Part) -> list[tuple[str, str]]:
    return [(str(code.format), code.text) for code in zxingcpp.read_barcodes(part_image(part))]


def qr(data: bytes, module: int = 4, level: bytes = b"1") -> bytes:
    """``GS ( k`` functions 67, 69, 80, 81 for a QR code."""
    stored = len(data) + 3
    return (
        b"\x1d(k\x03\x001C"
        + bytes((module,))
        + b"\x1d(k\x03\x001E"
        + level
        + b"\x1d(k"
        + stored.to_bytes(2, "little")
        + b"1P0"
        + data
        + b"\x1d(k\x03\x001Q0"
    )


def test_a_ticket_of_two_parts_is_cut_apart() -> None:
    printer = virtual_printer()
    printer.feed(two_part_ticket(38, "81234567890128"))
    customer, tag = printer.paper.parts
    assert customer.lines == ["38号", "81234567890128"]
    assert customer.codes == [("code128", "81234567890128")]
    assert tag.text == "行李 38"
    assert customer.cut == tag.cut == "partial"
    assert customer.dump().splitlines() == ["4x4 38号", "[code128 81234567890128]", "81234567890128", "-- partial --"]


@pytest.mark.parametrize(("mode", "cut"), [(b"\x00", "full"), (b"1", "partial"), (b"A\x00", "full"), (b"B\x00", "partial")])
def test_both_cuts_are_told_apart(mode: bytes, cut: str) -> None:
    assert printed(b"x\n\x1dV" + mode).cut == cut


def test_a_feed_before_the_cut_is_paper() -> None:
    # 30 dots of text, then 15 mm to the cutter.
    assert printed(b"x\n" + CUT).height == 30 + 15 * 8


@pytest.mark.parametrize(("n", "x"), [(0, 0), (1, 252), (2, 504)])
def test_lines_are_aligned(n: int, x: int) -> None:
    (line,) = lines(printed(b"\x1ba" + bytes((n,)) + b"123456\n"))
    assert line.runs[0].x == x


def test_a_chinese_character_is_as_wide_as_two_digits() -> None:
    (line,) = lines(printed(chinese("号") + b"12\n"))
    assert [run.width for run in line.runs] == [48]
    assert line.runs[0].advance == (24, 12, 12)


def test_a_line_that_is_too_long_is_wrapped_by_the_printer() -> None:
    part = printed(b"x" * 50 + b"\n")
    assert part.lines == ["x" * 48, "xx"]
    assert printed(b"x" * 34 + b"\n", "status-58").lines == ["x" * 32, "xx"]


def test_a_full_line_and_its_line_feed_are_one_line() -> None:
    assert printed(b"x" * 48 + b"\ny\n").lines == ["x" * 48, "y"]


def test_big_text_takes_its_size() -> None:
    (line,) = lines(printed(b"\x1d!\x12" + chinese("号") + b"\n"))
    assert line.scale == (2, 3)
    assert (line.height, line.runs[0].width) == (72, 48)


def test_chinese_alone_may_be_doubled() -> None:
    (line,) = lines(printed(b"\x1c!\x0c" + chinese("号") + b"1\n"))
    assert [(run.text, run.across, run.down) for run in line.runs] == [("号", 2, 2), ("1", 1, 1)]


def test_a_tab_and_an_absolute_position_place_text() -> None:
    first, second = lines(printed(b"a\tb\na\x1b$\x00\x01b\n"))
    assert [run.x for run in first.runs] == [0, 96]
    assert [run.x for run in second.runs] == [0, 256]


def test_a_barcode_wider_than_the_paper_is_clipped_and_nobody_can_read_it() -> None:
    # 15 characters in set B are 200 modules: 600 dots at 3 dots each.
    wide = b"\x1dw\x03\x1dk\x49\x11{B" + b"ABCDEFGHIJ12345" + b"\n"
    part = printed(wide)
    assert part.barcodes == []
    assert decoded(part) == []
    narrow = printed(wide.replace(b"\x1dw\x03", b"\x1dw\x02"))
    assert decoded(narrow) == [("Code 128", "ABCDEFGHIJ12345")]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"{C" + bytes((81, 23, 45, 67, 89, 1, 28)), "81234567890128"),
        (b"{Babc 12", "abc 12"),
        (b"{Bx{{y", "x{y"),
        (b"{BNo.{C" + bytes((12, 34)), "No.1234"),
        (b"{AAB\x1f", "AB\x1f"),
        (b"{Ba{SBc", "aBc"),
    ],
)
def test_code128_is_read_as_it_was_written(data: bytes, text: str) -> None:
    part = printed(b"\x1dw\x02\x1dk\x49" + bytes((len(data),)) + data + b"\n")
    assert part.codes == [("code128", text)]
    (code,) = zxingcpp.read_barcodes(part_image(part))
    assert code.bytes == text.encode()


@pytest.mark.parametrize("data", [b"123456", b"{", b"{Bab\x01", b"{C\x64", b"{B{9", b"{Bab{"])
def test_a_wrong_code128_is_refused_and_noted(data: bytes) -> None:
    printer = virtual_printer()
    printer.feed(b"\x1dk\x49" + bytes((len(data),)) + data + b"\n")
    assert printer.paper.codes == []
    assert [command for command, _ in printer.refused] == ["GS k"]


@pytest.mark.parametrize(
    ("m", "data", "expected"),
    [
        (67, b"690123456789", ("EAN-13", "6901234567892")),
        (68, b"1234567", ("EAN-8", "12345670")),
        (69, b"R2026", ("Code 39", "R2026")),
    ],
)
def test_other_symbologies_are_read_too(m: int, data: bytes, expected: tuple[str, str]) -> None:
    part = printed(b"\x1dk" + bytes((m, len(data))) + data + b"\n")
    assert decoded(part) == [expected]


def test_the_older_form_of_the_barcode_command_ends_with_nul() -> None:
    assert printed(b"\x1dk\x02690123456789\x00after\n").codes == [("ean13", "6901234567892")]


def test_a_qr_code_is_read_as_it_was_written() -> None:
    part = printed(qr("存包 38 https://example.com".encode()) + b"\n")
    assert part.qr_codes == ["存包 38 https://example.com"]
    assert decoded(part) == [("QR Code", "存包 38 https://example.com")]


def test_a_qr_code_wider_than_the_paper_is_refused() -> None:
    printer = virtual_printer("status-58")
    printer.feed(qr(b"x" * 300, module=10))
    assert printer.paper.codes == []
    assert printer.refused


@pytest.mark.parametrize(
    "command",
    [
        b"\x1dv0\x00\x02\x00\x04\x00",
        # GS ( L functions 112 and 50: pL pH m fn a bx by c xL xH yL yH.
        b"\x1d(L\x12\x00\x30\x70\x30\x01\x01\x31\x10\x00\x04\x00",
    ],
)
def test_pictures_are_printed_by_both_commands(command: bytes) -> None:
    image = bytes((0x80, 0x01)) * 4
    part = printed(command + image + b"\x1d(L\x02\x00\x30\x32" + b"\n")
    (raster,) = part.rasters
    assert (raster.stride, raster.rows, raster.data) == (2, 4, image)
    picture = part_image(part)
    assert [picture.getpixel((32 + x, 32)) for x in (0, 1, 15)] == [0, 255, 0]


def test_a_picture_of_a_barcode_is_readable() -> None:
    # What a driver draws for printers without GS k: the same bars as bits.
    drawn = printed(b"\x1dw\x02\x1dk\x49\x09{C" + bytes((81, 23, 45, 67, 89, 1, 28)) + b"\n")
    bits = part_image(drawn).crop((32, 32, 32 + 576, 32 + 100)).point(lambda value: 255 - value).convert("1").tobytes()
    part = printed(b"\x1dv0\x00\x48\x00\x64\x00" + bits + b"\n")
    assert decoded(part) == [("Code 128", "81234567890128")]


def test_the_svg_holds_text_and_tappable_codes_and_no_style() -> None:
    svg = part_svg(printed(two_part_ticket(7, "81234567890128")))
    assert ">号</text>" in svg
    assert 'data-text="81234567890128"' in svg
    assert "style=" not in svg


def test_text_of_people_cannot_become_markup() -> None:
    svg = part_svg(printed(b'<script>"&\n'))
    assert "<script>" not in svg
    assert "&lt;script&gt;" in svg


def test_the_picture_is_a_png_file() -> None:
    assert png_bytes(printed(b"x\n")).startswith(b"\x89PNG")


def test_every_part_keeps_its_number() -> None:
    printer = virtual_printer()
    printer.feed(b"one\n" + CUT + b"two\n" + CUT)
    assert [part.serial for part in printer.paper.parts] == [1, 2]
    assert printer.paper.part(2) is printer.paper.parts[1]
    printer.paper.clear()
    assert printer.paper.part(2) is None
    assert printer.paper.hanging.serial == 4
