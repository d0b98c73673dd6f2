"""Drawn lines: the right place and size, and no real-time command in the picture."""

import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kiosk.devices.document import Document, Text
from kiosk.drivers.escpos import raster
from kiosk.drivers.escpos.encoder import Encoder
from kiosk.drivers.escpos.fonts import Fonts
from kiosk.drivers.escpos.options import PrinterOptions
from kiosk.drivers.escpos.paper import Paper
from kiosk.drivers.escpos.protocol import real_time_at

PAPER = Paper.of_width(58)


@pytest.fixture(scope="module")
def fonts() -> Fonts:
    return Fonts("")


def dots(picture: raster.Picture) -> Image.Image:
    return Image.frombytes("1", (picture.stride * 8, picture.rows), picture.data)


def test_a_centred_line_stands_in_the_middle(fonts: Fonts) -> None:
    left, _, right, _ = dots(raster.draw_line("田田", fonts, PAPER, align="center", bold=False, width=1, height=1)).getbbox() or (0,) * 4
    assert abs((left + right) / 2 - PAPER.dots / 2) <= 8


def test_a_magnified_line_is_as_large_as_the_printer_would_print_it(fonts: Fonts) -> None:
    small = raster.draw_line("田", fonts, PAPER, align="left", bold=False, width=1, height=1)
    big = raster.draw_line("田", fonts, PAPER, align="left", bold=False, width=2, height=3)
    small_box, big_box = dots(small).getbbox(), dots(big).getbbox()
    assert small_box is not None
    assert big_box is not None
    assert big_box[2] - big_box[0] == 2 * (small_box[2] - small_box[0])
    assert big_box[3] - big_box[1] == 3 * (small_box[3] - small_box[1])


def test_bold_is_blacker(fonts: Fonts) -> None:
    plain, bold = (raster.draw_line("田", fonts, PAPER, align="left", bold=bold, width=1, height=1).data for bold in (False, True))
    assert sum(byte.bit_count() for byte in bold) > sum(byte.bit_count() for byte in plain)


def test_a_tall_picture_is_sent_in_pieces_for_small_buffers() -> None:
    picture = raster.Picture(2, bytes(600))
    assert picture.commands().count(b"\x1dv0") == 3


@given(st.integers(1, 64), st.binary(min_size=1, max_size=400))
def test_no_picture_holds_a_real_time_command(width: int, data: bytes) -> None:
    rows = max(1, len(data) * 8 // width)
    image = Image.frombytes("1", (width, rows), data.ljust((width + 7) // 8 * rows, b"\x10"))
    picture = raster._on_paper(image, PAPER, "left")
    assert real_time_at(picture.commands()) < 0


@pytest.mark.parametrize("second", [0x04, 0x05, 0x14])
def test_a_picture_of_nothing_but_real_time_commands_is_moved_or_blotted(second: int) -> None:
    image = Image.frombytes("1", (PAPER.dots, 4), bytes((0x10, second)) * (PAPER.dots // 8 // 2 * 4))
    picture = raster._on_paper(image, PAPER, "left")
    assert real_time_at(picture.data) < 0
    changed = sum((one ^ two).bit_count() for one, two in zip(picture.data, image.tobytes(), strict=True))
    assert changed <= PAPER.dots // 8 // 2 * 4  # one dot for each


@pytest.mark.parametrize("text", ["王㐀", "笑", "ü̈"])
def test_rare_characters_make_only_their_line_a_picture(text: str) -> None:
    job, _ = Encoder(PrinterOptions()).encode(Document((Text(f"before\n{text}\U0001f600\nafter"),)))
    assert job.count(b"\x1dv0") == 1
    assert b"before\n" in job
    assert b"after\n" in job


def test_without_a_font_rare_characters_become_question_marks_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert Fonts("", well_known=()).find("?") is None
    assert "install fonts-wqy-microhei" in caplog.text


def test_a_font_that_cannot_be_read_is_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        Fonts(str(tmp_path / "missing.ttf"))
    assert "missing.ttf" in caplog.text
