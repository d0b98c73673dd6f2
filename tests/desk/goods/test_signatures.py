"""Signatures: what counts as one, how it comes from a page, and that it is the same one on screen and paper."""

import re
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kiosk.desk import signatures
from kiosk.desk.signatures import MAX_POINTS, MAX_STROKES, MIN_POINTS, Strokes, WrongSignature
from kiosk.devices.document import Document, Drawing, decode_document, encode_document
from kiosk.drivers.escpos import raster
from kiosk.drivers.escpos.encoder import Encoder
from kiosk.drivers.escpos.options import PrinterOptions
from kiosk.drivers.escpos.paper import Paper
from kiosk.drivers.escpos.protocol import real_time_at
from tests.desk.goods.goods_world import SIGNATURE


@st.composite
def written(draw: st.DrawFn) -> Strokes:
    """What somebody may have written: at least a name's points, on the pad, in the order of time."""
    height = draw(st.integers(signatures.MIN_HEIGHT, signatures.MAX_HEIGHT))
    time, strokes = 0, []
    for _stroke in range(draw(st.integers(1, 5))):
        stroke = []
        for _point in range(draw(st.integers(MIN_POINTS, 30))):
            time += draw(st.integers(0, 60))
            stroke.append((draw(st.integers(0, 1000)), draw(st.integers(0, height)), time))
        strokes.append(stroke)
    strokes[0][0], strokes[0][1] = (0, 0, 0), (1000, 0, 0)  # it has some size
    return Strokes(height, strokes)


@given(written())
@settings(max_examples=60)
def test_a_signature_is_the_same_after_every_journey(strokes: Strokes) -> None:
    assert signatures.checked(strokes) == strokes
    assert signatures.parse(msgspec.json.encode(strokes).decode()) == strokes
    assert signatures.unpack(signatures.pack(strokes)) == strokes


@given(written())
@settings(max_examples=60)
def test_the_path_visits_every_point_and_nothing_else(strokes: Strokes) -> None:
    path = signatures.path_data(strokes)
    assert re.fullmatch(r"(?:[MLl]\d+ \d+)+", path)
    points = [tuple(map(int, pair)) for pair in re.findall(r"[ML](\d+) (\d+)", path)]
    assert points == [(x, y) for stroke in strokes.strokes for x, y, _at in stroke]


@given(written())
@settings(max_examples=60)
def test_paper_gets_the_ends_of_every_stroke_and_points_that_can_be_told_apart(strokes: Strokes) -> None:
    drawn = signatures.drawing(strokes)
    assert drawn.height == strokes.height
    for stroke, line in zip(strokes.strokes, drawn.lines, strict=True):
        assert (line[0], line[-1]) == (stroke[0][:2], stroke[-1][:2])
        assert set(line) <= {point[:2] for point in stroke}
    document = Document((drawn,))
    assert decode_document(encode_document(document)) == document


@given(written())
@settings(max_examples=30)
def test_no_drawn_signature_holds_a_real_time_command(strokes: Strokes) -> None:
    job, seconds = Encoder(PrinterOptions()).encode(Document((signatures.drawing(strokes),)))
    assert real_time_at(job) < 0
    assert seconds > 0


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda data: data.decode("latin-1")))
@settings(max_examples=100)
def test_whatever_a_field_holds_is_a_signature_none_or_refused(text: str) -> None:
    with suppress(WrongSignature):
        found = signatures.parse(text)
        assert found is None or signatures.checked(found) == found


def stroke(count: int, step: int = 10, *, y: int = 100) -> list[tuple[int, int, int]]:
    return [(min(place * step, 1000), y, place) for place in range(count)]


@pytest.mark.parametrize(
    ("what", "strokes"),
    [
        ("a tap", Strokes(400, [stroke(MIN_POINTS - 1)])),
        ("nothing", Strokes(400, [])),
        ("an empty stroke", Strokes(400, [stroke(20), []])),
        ("a blot", Strokes(400, [stroke(20, 1)])),
        ("too many points", Strokes(400, [stroke(MAX_POINTS + 1)])),
        ("too many strokes", Strokes(400, [stroke(1)] * (MAX_STROKES + 1))),
        ("left of the pad", Strokes(400, [[*stroke(10), (-1, 100, 20)]])),
        ("right of the pad", Strokes(400, [[*stroke(10), (1001, 100, 20)]])),
        ("below the pad", Strokes(400, [[*stroke(10), (500, 401, 20)]])),
        ("a pad without height", Strokes(0, [stroke(20, y=0)])),
        ("a pad like a tower", Strokes(5000, [stroke(20)])),
        ("time that runs backwards", Strokes(400, [[*stroke(10), (500, 100, 5)]])),
        ("strokes out of order", Strokes(400, [[(x, y, at + 100) for x, y, at in stroke(10)], stroke(10)])),
        ("a time before the first", Strokes(400, [[(0, 0, -5), *stroke(10)]])),
        ("hours", Strokes(400, [[*stroke(10), (500, 100, 3_600_000)]])),
    ],
)
def test_what_nobody_signs_with_is_refused(what: str, strokes: Strokes) -> None:
    with pytest.raises(WrongSignature):
        signatures.checked(strokes)


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "null",
        "{}",
        '{"height":400}',
        '{"height":400,"strokes":[[[1,2]]]}',
        '{"height":400,"strokes":[[[1.5,2,3]]]}',
        '{"height":"400","strokes":[]}',
        '{"height":400,"strokes":[],"pin":"1234"}',
        "[" * 100_000,
        "x" * 200_000,
    ],
)
def test_what_is_no_signature_at_all_is_refused(text: str) -> None:
    with pytest.raises(WrongSignature):
        signatures.parse(text)


@pytest.mark.parametrize("text", ["", "  ", '{"height":400,"strokes":[]}'])
def test_an_empty_pad_is_no_signature(text: str) -> None:
    assert signatures.parse(text) is None


def test_a_dot_is_drawn_as_a_dot() -> None:
    dotted = Strokes(400, [stroke(20), [(700, 50, 40)]])
    assert signatures.path_data(signatures.checked(dotted)).endswith("M700 50l0 0")
    assert signatures.drawing(dotted).lines[-1] == ((700, 50),)


@pytest.mark.parametrize("width_mm", [58, 80])
def test_a_signature_stands_in_the_middle_of_the_paper_and_keeps_its_shape(width_mm: int) -> None:
    paper = Paper.of_width(width_mm)
    frame = ((0, 0), (1000, 0), (1000, 500), (0, 500), (0, 0))
    picture = raster.draw_strokes([frame], 500, 40.0, paper)
    image = Image.frombytes("1", (picture.stride * 8, picture.rows), picture.data)
    left, top, right, bottom = image.getbbox() or (0, 0, 0, 0)
    assert abs((left + right) / 2 - paper.dots / 2) <= 8
    assert right - left == 320  # 40 mm at 8 dots
    assert abs((bottom - top) - 160) <= 1
    assert image.getpixel(((left + right) // 2, (top + bottom) // 2)) == 0  # lines, not an area


def test_a_drawing_that_claims_to_be_a_mile_high_does_not_eat_the_roll() -> None:
    picture = raster.draw_strokes([((0, 0), (1000, 1))], 10**9, 500.0, Paper.of_width(58))
    assert picture.rows <= 2 * Paper.of_width(58).dots


def test_a_drawing_without_lines_prints_nothing_but_white() -> None:
    job, _ = Encoder(PrinterOptions()).encode(Document((Drawing((), 400), signatures.drawing(SIGNATURE))))
    assert job.count(b"\x1dv0") >= 2
