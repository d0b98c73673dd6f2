"""What is tried on a picture in which zxing-cpp alone found nothing: one step after another, each for another kind of bad print.

A step costs a few milliseconds; `Ladder.climb` does one, so that video can spread them over frames. Needs OpenCV.
"""

from collections.abc import Callable, Iterator
from functools import cached_property

import cv2
import numpy as np

from kiosk.drivers.camera.engines import Candidate, Grey, Zbar, Zxing
from kiosk.drivers.camera.locate import COARSE, FINE, Places, Region, locate, upright

# The longer side of pictures that are small enough to be enlarged, or to be looked through by zbar line by line.
_SMALL = 300
_MEDIUM = 800
# Rows of an upright crop, and the bands in which they are averaged: fewer bands are less noise, more bend with the paper.
_ROWS = 64
_BANDS = 4
# Contrast left when all rows are averaged, as a part of the contrast in one row: bars keep most, text little.
_BARRED = 0.45


class Look:
    """A picture and what was worked out of it for one step, for the next to use."""

    def __init__(self, grey: Grey) -> None:
        self.grey = grey

    @property
    def size(self) -> int:
        """The longer side."""
        return int(max(self.grey.shape))

    @cached_property
    def fine(self) -> Places:
        return locate(self.grey, width=FINE)

    @cached_property
    def coarse(self) -> Places:
        return locate(self.grey, width=COARSE)


class Ladder:
    """The steps, in the order that reads most in the least time; see docs/decoding.md for how that was found."""

    def __init__(self, zxing: Zxing, zbar: Zbar) -> None:
        self._zxing = zxing
        self._zbar = zbar
        self._equaliser = cv2.createCLAHE(3.0, (8, 8))
        self._steps: dict[str, Callable[[Look], list[Candidate]]] = {
            "contrast": lambda look: self._weakly(self._zxing.read(self._equaliser.apply(look.grey))),
            "stripes": lambda look: self._stripes(look.grey, look.fine.stripes),
            "squares": lambda look: self._squares(look.grey, look.fine.squares),
            "thicker": lambda look: self._weakly(self._zxing.read(cv2.erode(look.grey, np.ones((2, 2), np.uint8)))),
            "sharper": lambda look: self._weakly(self._zxing.read(_sharper(look.grey, 2.0))),
            "wide stripes": lambda look: self._stripes(look.grey, look.coarse.stripes),
            "inverted": lambda look: self._weakly(self._zxing.read(cv2.bitwise_not(look.grey))),
            "larger": self._larger,
            "zbar": self._whole_zbar,
        }
        self._small_first = tuple(self._steps)
        self._large_first = ("stripes", "squares", *(step for step in self._steps if step not in ("stripes", "squares")))
        # zbar over the whole frame is the slowest: it comes once in eight.
        self.video = ("stripes", "contrast", "stripes", "squares", "wide stripes", "stripes", "sharper", "zbar")

    def still(self, look: Look) -> tuple[str, ...]:
        """The steps for one picture: a code fills a small one and is a small part of a large one."""
        return self._small_first if look.size <= _MEDIUM else self._large_first

    def climb(self, step: str, look: Look) -> list[Candidate]:
        """What *step* reads in the picture."""
        return self._steps[step](look)

    def _stripes(self, grey: Grey, regions: list[Region]) -> list[Candidate]:
        found: list[Candidate] = []
        for region in regions:
            crop, back = upright(grey, region, rows=_ROWS)
            if not _is_barred(crop):
                continue
            for read in self._bars(crop):
                if codes := read():
                    found += [code.placed(back) for code in codes]
                    break
        return found

    def _bars(self, crop: Grey) -> Iterator[Callable[[], list[Candidate]]]:
        yield lambda: self._zxing.bars(crop)
        bands = averaged(crop)
        even = evenly(bands)
        yield lambda: self._zxing.bars(even)
        yield lambda: self._zbar.read(bands)
        yield lambda: self._zxing.bars(sharper_along(bands))
        yield lambda: self._zbar.read(sharper_along(even))

    def _squares(self, grey: Grey, regions: list[Region]) -> list[Candidate]:
        found: list[Candidate] = []
        for region in regions:
            half = round(max(region.length, region.height) * 0.65) + 8
            left, top = max(0, round(region.x) - half), max(0, round(region.y) - half)
            part = grey[top : round(region.y) + half, left : round(region.x) + half]
            factor = 2.0 if max(part.shape) < 360 else 1.0
            crop = cv2.resize(part, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
            back = np.array([[1 / factor, 0, left], [0, 1 / factor, top]])
            for copy in _square_copies(crop):
                if codes := self._zxing.squares(copy):
                    found += [code.placed(back) for code in codes]
                    break
        return found

    def _larger(self, look: Look) -> list[Candidate]:
        if look.size > _SMALL:
            return []
        twice = cv2.resize(look.grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        back = np.array([[0.5, 0, 0], [0, 0.5, 0]])
        codes = self._zxing.read(twice) or self._zxing.read(_sharper(twice, 3.0))
        return [code.placed(back) for code in codes]

    def _whole_zbar(self, look: Look) -> list[Candidate]:
        return self._zbar.read(look.grey, step=1 if look.size <= _MEDIUM else 3)

    @staticmethod
    def _weakly(codes: list[Candidate]) -> list[Candidate]:
        return [code.placed(np.eye(2, 3)) for code in codes]


def _is_barred(crop: Grey) -> bool:
    """Whether columns are alike from top to bottom, as bars are and lines of text are not; noise counts for neither."""
    calm = cv2.GaussianBlur(crop, (0, 0), 1.5)
    rows = cv2.resize(calm, (crop.shape[1], _BANDS * 2), interpolation=cv2.INTER_AREA).astype(np.float32)
    along = rows.mean(axis=0).std()
    return bool(along > _BARRED * rows.std(axis=1).mean())


def _sharper(grey: Grey, sigma: float) -> Grey:
    return np.asarray(cv2.addWeighted(grey, 3.0, cv2.GaussianBlur(grey, (0, 0), sigma), -2.0, 0), np.uint8)


def sharper_along(rows: Grey) -> Grey:
    """Unsharp mask along the rows alone: what defocus and motion across the bars took."""
    soft = cv2.GaussianBlur(rows, (0, 0), 2.5, sigmaY=0.01)
    return np.asarray(cv2.addWeighted(rows, 3.0, soft, -2.0, 0), np.uint8)


def averaged(crop: Grey) -> Grey:
    """The crop's rows averaged in bands, each band repeated so that decoders that look at lines find it."""
    bands = cv2.resize(crop, (crop.shape[1], _BANDS), interpolation=cv2.INTER_AREA)
    return np.repeat(bands, 12, axis=0)


def evenly(rows: Grey) -> Grey:
    """The contrast stretched where it is: light and dark of the surroundings become 255 and 0."""
    window = np.ones((1, 61), np.uint8)
    light = cv2.blur(cv2.dilate(rows, window), (61, 1)).astype(np.float32)
    dark = cv2.blur(cv2.erode(rows, window), (61, 1)).astype(np.float32)
    return np.asarray(np.clip((rows - dark) * (255 / np.maximum(light - dark, 12)), 0, 255), np.uint8)


def _square_copies(crop: Grey) -> Iterator[Grey]:
    soft = cv2.GaussianBlur(crop, (0, 0), 1.5)
    yield soft
    yield np.asarray(cv2.addWeighted(crop, 3.0, cv2.GaussianBlur(crop, (0, 0), 4.0), -2.0, 0), np.uint8)
    yield np.asarray(cv2.threshold(soft, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[1], np.uint8)
    size = max(11, crop.shape[0] // 8 | 1)
    yield np.asarray(cv2.adaptiveThreshold(soft, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, size, 3), np.uint8)
