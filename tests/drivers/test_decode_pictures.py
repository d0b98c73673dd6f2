"""What the camera's pipeline reads in one picture, and what it rather does not read."""

import builtins
import logging
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kiosk.drivers.camera.pipeline import DecodeOptions, Pipeline
from tests.drivers.code_pictures import (
    TEXTS,
    blurred,
    code,
    empty_desk,
    even_stripes,
    faded,
    noisy,
    on_desk,
    page_of_text,
    qr_of,
    stripes,
)

# One for all: making it loads OpenCV and both decoders, and a still picture leaves nothing behind in it.
PIPELINE = Pipeline(DecodeOptions())


def texts(grey: NDArray[np.uint8], pipeline: Pipeline = PIPELINE) -> list[tuple[str, str]]:
    return sorted((read.symbology, read.text) for read in pipeline.decode(grey))


@pytest.mark.parametrize("symbology", TEXTS)
def test_every_symbology_is_read(symbology: str) -> None:
    assert texts(on_desk(code(symbology))) == [(symbology, TEXTS[symbology])]


@pytest.mark.parametrize("symbology", TEXTS)
@pytest.mark.parametrize("turn", [17.0, 90.0, 135.0, 180.0, 251.0, 333.0])
def test_a_code_is_read_however_the_paper_lies(symbology: str, turn: float) -> None:
    grey = noisy(on_desk(code(symbology, module=2), turn=turn), 3.0)
    assert texts(grey) == [(symbology, TEXTS[symbology])]


@pytest.mark.parametrize("symbology", TEXTS)
def test_a_code_is_read_in_bad_light_and_faded(symbology: str) -> None:
    assert texts(noisy(faded(on_desk(code(symbology)), 0.3), 4.0)) == [(symbology, TEXTS[symbology])]
    assert texts(noisy(faded(on_desk(code(symbology)), 0.9, level=40), 4.0)) == [(symbology, TEXTS[symbology])]


@pytest.mark.parametrize("symbology", TEXTS)
def test_a_code_is_read_a_little_out_of_focus(symbology: str) -> None:
    assert texts(blurred(on_desk(code(symbology)), 1.5)) == [(symbology, TEXTS[symbology])]


def test_the_box_says_where_the_code_lies() -> None:
    [read] = PIPELINE.decode(on_desk(code("ean13"), at=(200, 150)))
    xs, ys = [x for x, _ in read.box], [y for _, y in read.box]
    assert 200 - 150 < min(xs) < 200 < max(xs) < 200 + 150
    assert 150 - 50 < min(ys) <= 150 <= max(ys) < 150 + 50


def test_a_box_found_in_a_turned_crop_is_told_in_pixels_of_the_picture() -> None:
    grey = noisy(faded(on_desk(code("code128", module=2), at=(240, 200), turn=35.0), 0.25), 5.0)
    [read] = PIPELINE.decode(grey)
    middle = np.mean(read.box, axis=0)
    assert np.allclose(middle, (240, 200), atol=20)


def test_a_upc_a_is_told_as_an_ean_13_with_a_leading_0() -> None:
    assert texts(on_desk(code("ean13", "0036000291452"))) == [("ean13", "0036000291452")]


def test_two_codes_side_by_side_are_two_codes() -> None:
    desk = np.maximum(on_desk(code("ean13", module=2), at=(180, 120), desk=0), on_desk(code("qr"), at=(480, 340), desk=0))
    assert texts(desk) == [("ean13", TEXTS["ean13"]), ("qr", TEXTS["qr"])]


@pytest.mark.parametrize("text", ["退货单号:123456", "https://shop.example/店?n=1", "购物小票 第12号 谢谢惠顾"])
def test_chinese_in_a_qr_code_is_read_as_utf_8_and_as_gb18030(text: str) -> None:
    assert texts(qr_of(text.encode())) == [("qr", text)]
    assert texts(qr_of(text.encode("gb18030"))) == [("qr", text)]


def test_shift_jis_is_read_where_the_character_set_is_guessed() -> None:
    guessing = Pipeline(DecodeOptions(qr_charset="guess"))
    assert texts(qr_of("ﾃﾞｻﾞｲﾝQR".encode("shift_jis")), guessing) == [("qr", "ﾃﾞｻﾞｲﾝQR")]
    # Kanji are told apart from Chinese either way: their bytes lie elsewhere.
    assert texts(qr_of("返品レシート".encode("shift_jis"))) == [("qr", "返品レシート")]


def test_an_itf_code_of_another_length_is_not_believed() -> None:
    grey = on_desk(code("itf", "12345678"))
    assert texts(grey) == []
    assert texts(grey, Pipeline(DecodeOptions(itf_lengths=(8,)))) == [("itf", "12345678")]


def test_a_short_code_39_is_not_believed() -> None:
    assert texts(on_desk(code("code39", "T"))) == []


def test_what_is_not_looked_for_is_not_read() -> None:
    only = Pipeline(DecodeOptions(symbologies=("ean13",)))
    assert texts(on_desk(code("code128")), only) == []
    assert texts(on_desk(code("qr")), only) == []
    assert texts(on_desk(code("ean13")), only) == [("ean13", TEXTS["ean13"])]


@pytest.mark.parametrize(
    "nothing",
    [
        lambda: empty_desk(size=(640, 480)),
        lambda: np.zeros((480, 640), np.uint8),
        lambda: noisy(np.full((240, 320), 128, np.uint8), 60.0),
        *(lambda seed=seed: page_of_text(seed) for seed in range(3)),
        *(lambda seed=seed: stripes(seed, turn=40.0 * seed) for seed in range(6)),
        *(lambda period=period: even_stripes(period) for period in (4, 6, 9)),
    ],
)
def test_nothing_is_read_where_no_code_is(nothing: Callable[[], NDArray[np.uint8]]) -> None:
    assert texts(nothing()) == []


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.integers(1, 40), st.integers(1, 60)).flatmap(
        lambda size: st.binary(min_size=size[0] * size[1], max_size=size[0] * size[1]).map(
            lambda data: np.frombuffer(data, np.uint8).reshape(size)
        )
    )
)
def test_any_small_picture_is_taken(grey: NDArray[np.uint8]) -> None:
    PIPELINE.decode(grey)
    PIPELINE.feed(grey, 0.0)


def test_without_zbar_the_pipeline_works_and_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = builtins.__import__

    def no_zbar(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("pyzbar"):
            raise ImportError("Unable to find zbar shared library")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", no_zbar)
    with caplog.at_level(logging.WARNING):
        alone = Pipeline(DecodeOptions())
    monkeypatch.undo()
    assert "libzbar0" in alone.missing
    assert "libzbar0" in caplog.text
    assert texts(noisy(on_desk(code("code128")), 3.0), alone) == [("code128", TEXTS["code128"])]
    assert texts(page_of_text(), alone) == []


def test_opencv_is_loaded_with_a_pipeline_and_not_with_its_module() -> None:
    script = "import sys, kiosk.drivers.camera.pipeline; sys.exit(bool({'cv2', 'numpy', 'zxingcpp', 'pyzbar'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
