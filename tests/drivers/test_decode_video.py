"""What the camera's pipeline tells while frames come in: each code once, and no work where nothing happens."""

import numpy as np
import pytest
from numpy.typing import NDArray

from kiosk.drivers.camera.pipeline import DecodeOptions, Pipeline
from tests.drivers.code_pictures import TEXTS, code, faded, on_desk, page_of_text

Grey = NDArray[np.uint8]
FRAME_S = 0.04
DESK = 90


# Grain of five frames in turn; drawing it anew for each frame would take most of the tests' time.
GRAIN = [np.random.default_rng(seed).normal(0, 1, (720, 1280)).astype(np.float32) for seed in range(5)]


class Camera:
    """Shows frames one after another, 25 a second, in noise."""

    def __init__(self, options: DecodeOptions | None = None) -> None:
        self.pipeline = Pipeline(options or DecodeOptions())
        self.now = 100.0
        self._shown = 0

    def show(self, scene: Grey, frames: int = 1, *, noise: float = 1.5) -> list[str]:
        """The texts told during these frames."""
        told = []
        for _ in range(frames):
            self._shown += 1
            grain = GRAIN[self._shown % len(GRAIN)][: scene.shape[0], : scene.shape[1]]
            frame = np.clip(scene + noise * grain, 0, 255).astype(np.uint8)
            told += [read.text for read in self.pipeline.feed(frame, self.now)]
            self.now += FRAME_S
        return told

    def deeper(self) -> int:
        """Steps taken beyond a glance and zxing-cpp on the whole frame."""
        return sum(count for step, count in self.pipeline.work.items() if step not in ("frames", "whole"))


def scene(symbology: str, text: str = "", *, at: tuple[int, int] = (640, 360), module: int = 3) -> Grey:
    return on_desk(code(symbology, text, module=module), at=at, size=(1280, 720), desk=DESK)


EMPTY = np.full((720, 1280), DESK, np.uint8)


@pytest.mark.parametrize("symbology", TEXTS)
def test_a_code_that_rests_in_view_is_told_once(symbology: str) -> None:
    camera = Camera()
    assert camera.show(EMPTY, 5) == []
    assert camera.show(scene(symbology), 60) == [TEXTS[symbology]]


@pytest.mark.parametrize("symbology", ["code128", "qr"])
def test_a_symbology_with_a_strong_check_needs_one_frame(symbology: str) -> None:
    camera = Camera()
    camera.show(EMPTY, 2)
    assert camera.show(scene(symbology), 1) == [TEXTS[symbology]]


@pytest.mark.parametrize("symbology", ["ean13", "ean8", "itf", "code39"])
def test_any_other_symbology_needs_two_frames_that_agree(symbology: str) -> None:
    camera = Camera()
    camera.show(EMPTY, 2)
    assert camera.show(scene(symbology), 1) == []
    assert camera.show(scene(symbology), 1) == [TEXTS[symbology]]


def test_two_frames_that_do_not_agree_tell_nothing() -> None:
    camera = Camera()
    one, other = scene("ean13", "6901234567892"), scene("ean13", "4006381333931")
    assert camera.show(one) + camera.show(other) == []
    assert camera.show(other) == ["4006381333931"]


def test_frames_that_agree_too_late_do_not_count() -> None:
    camera = Camera()
    assert camera.show(scene("ean13")) == []
    camera.show(EMPTY, 40)
    assert camera.show(scene("ean13")) == []


def test_a_code_that_was_away_for_a_while_is_told_again_and_one_that_flickered_is_not() -> None:
    camera = Camera(DecodeOptions(forget_s=1.0))
    assert camera.show(scene("code128"), 10) == [TEXTS["code128"]]
    assert camera.show(EMPTY, 5) == []
    assert camera.show(scene("code128"), 10) == []
    assert camera.show(EMPTY, 50) == []
    assert camera.show(scene("code128"), 10) == [TEXTS["code128"]]


def test_a_code_that_rested_long_and_is_pushed_aside_is_the_same_code() -> None:
    camera = Camera(DecodeOptions(forget_s=1.0))
    assert camera.show(scene("code128"), 100) == [TEXTS["code128"]]
    assert camera.show(scene("code128", at=(500, 300)), 100) == []


def test_a_second_code_laid_beside_the_first_is_told() -> None:
    camera = Camera()
    first = scene("code128", at=(400, 200))
    both = first.copy()
    beside = scene("qr", at=(900, 500))
    both[beside != DESK] = beside[beside != DESK]
    assert camera.show(first, 20) == [TEXTS["code128"]]
    assert camera.show(both, 20) == [TEXTS["qr"]]


def test_a_code_in_bad_print_is_told_from_deeper_steps_that_agree() -> None:
    camera = Camera()
    camera.show(EMPTY, 3)
    turned = on_desk(code("code128", module=2), at=(640, 360), turn=28.0, size=(1280, 720), desk=DESK)
    assert camera.show(faded(turned, 0.25), 12, noise=4.0) == [TEXTS["code128"]]
    assert camera.deeper() >= 2


def test_an_empty_desk_costs_no_decoding_at_all() -> None:
    camera = Camera()
    assert camera.show(EMPTY, 100) == []
    assert camera.pipeline.work == {"frames": 100}


def test_a_code_that_was_told_and_rests_costs_nothing_more() -> None:
    camera = Camera()
    camera.show(scene("code128"), 10)
    before = camera.pipeline.work.copy()
    camera.show(scene("code128"), 100)
    assert camera.pipeline.work - before == {"frames": 100}


def test_paper_without_a_code_is_searched_for_a_while_then_seldom() -> None:
    camera = Camera()
    page = on_desk(page_of_text(), at=(640, 360), size=(1280, 720))
    assert camera.show(page, 60) == []
    searched = camera.deeper()
    assert 5 < searched < 25
    for _ in range(3):
        camera.show(page, 100)
    assert camera.deeper() - searched < 45
    # A glance at what is there costs one step at most, in each frame.
    assert camera.pipeline.work["whole"] + camera.deeper() < 100


def test_what_moves_is_looked_at_but_not_deeply() -> None:
    camera = Camera()
    page = page_of_text()
    for shift in range(12):
        camera.show(on_desk(page, at=(400 + 40 * shift, 360), size=(1280, 720)))
    assert camera.deeper() == 0
    assert camera.pipeline.work["whole"] > 0


def test_the_size_of_the_frames_may_change() -> None:
    camera = Camera()
    camera.show(EMPTY, 2)
    assert camera.show(on_desk(code("qr")), 3) == [TEXTS["qr"]]
    camera.show(EMPTY, 60)
    assert camera.show(scene("ean8"), 4) == [TEXTS["ean8"]]
