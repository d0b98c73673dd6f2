"""Decides what of that which decoders say is believed: a wrong code is worse than none.

What misreads look like, and what stops them: parts of ITF codes (declared lengths); Code 39 from nothing (at least some
characters); two texts from the same bars (neither); EAN and UPC with a right check digit by chance, which both decoders and
every frame read the same (read again from copies whose bars are thicker, thinner, sharper, softer). Needs OpenCV.
"""

import math
from collections.abc import Iterable, Iterator

import cv2
import numpy as np

from kiosk.drivers.camera.engines import SQUARE, Candidate, Grey, Zbar, Zxing
from kiosk.drivers.camera.fit import DENIED, MARGIN, MATCH, fit
from kiosk.drivers.camera.ladder import averaged, evenly, sharper_along
from kiosk.drivers.camera.locate import Region, upright
from kiosk.drivers.camera.options import Box, DecodeOptions

# Symbologies whose own check lets one of ten random misreads pass (EAN), or has none.
UNSURE = frozenset({"ean13", "ean8", "itf", "code39"})
EAN = frozenset({"ean13", "ean8"})
# Second looks that a text gets in one picture, each where another step read it.
_TRIES = 3
# Copies that must agree before the rest is left out.
_ENOUGH = 3
# ... and that must agree on an EAN whose bars neither fit well nor clearly do not.
_WITHOUT_FIT = 3
_ALONG = np.ones((1, 3), np.uint8)


def plausible(candidate: Candidate, options: DecodeOptions) -> bool:
    """Whether it can be a code that is in use here at all."""
    if not candidate.text:
        return False
    if candidate.symbology == "itf":
        return len(candidate.text) in options.itf_lengths
    if candidate.symbology == "code39":
        return len(candidate.text) >= options.code39_min_length
    return True


def without_conflicts(candidates: Iterable[Candidate]) -> list[Candidate]:
    """One candidate for each code, the surest; none at a place where two texts of bars were read."""
    codes = list(dict.fromkeys(candidates))
    good: dict[tuple[str, str], Candidate] = {}
    for code in codes:
        if not any(_contradicts(code, other) for other in codes) and (code.key not in good or good[code.key].weak):
            good[code.key] = code
    return list(good.values())


def same_place(one: Box, other: Box) -> bool:
    """Whether two boxes lie on the same bars: they overlap once each is given a little around it."""
    left, top, right, bottom = _bounds(one)
    left2, top2, right2, bottom2 = _bounds(other)
    room = 0.1 * max(right - left, bottom - top, right2 - left2, bottom2 - top2)
    return left - room <= right2 and left2 - room <= right and top - room <= bottom2 and top2 - room <= bottom


class Judge:
    """Which of the candidates of a picture are believed."""

    def __init__(self, options: DecodeOptions, zxing: Zxing, zbar: Zbar) -> None:
        self._options = options
        self._second_look = SecondLook(zxing, zbar)

    def believed(self, candidates: Iterable[Candidate], grey: Grey, judged: dict[Candidate, bool] | None = None) -> list[Candidate]:
        """Those that can be a code in use, that a second look confirms where their own check is weak, and that nothing contradicts.

        *judged* remembers the second looks of one picture between calls.
        """
        known = {} if judged is None else judged
        standing = []
        for code in candidates:
            if not plausible(code, self._options):
                continue
            if code not in known:
                known[code] = self._stands(code, grey, known)
            if known[code]:
                standing.append(code)
        return without_conflicts(standing)

    def _stands(self, code: Candidate, grey: Grey, known: dict[Candidate, bool]) -> bool:
        if code.symbology in SQUARE or (code.symbology not in UNSURE and not code.weak):
            return True
        same = [stood for other, stood in known.items() if other.key == code.key]
        if any(same):
            return True
        return len(same) < _TRIES and self._second_look.confirms(code, grey)


class SecondLook:
    """Reads a code again from changed copies of its place."""

    def __init__(self, zxing: Zxing, zbar: Zbar) -> None:
        self._zxing = zxing
        self._zbar = zbar

    def confirms(self, candidate: Candidate, grey: Grey) -> bool:
        """Whether its bars fit those in the picture, or a copy gives the same text and none gives another at this place."""
        if candidate.symbology in EAN:
            fitting = fit(grey, candidate)
            if fitting.match >= MATCH and fitting.margin >= MARGIN:
                return True
            if fitting.match >= MATCH and fitting.margin < DENIED:
                return False
        agreed, enough = 0, _WITHOUT_FIT if candidate.symbology in EAN else _ENOUGH
        for codes in self._reads(grey, candidate.box):
            for again in codes:
                if again.key == candidate.key:
                    agreed += 1
                elif _rivals(again, candidate):
                    return False
            if agreed >= enough:
                break
        return agreed >= (enough if candidate.symbology in EAN else 1)

    def _reads(self, grey: Grey, box: Box) -> Iterator[list[Candidate]]:
        crop, _back = upright(grey, _region(box))
        thin, thick = cv2.dilate(crop, _ALONG), cv2.erode(crop, _ALONG)
        bands = averaged(crop)
        yield self._zxing.bars(crop)
        yield self._zxing.bars(thin)
        yield self._zxing.bars(thick)
        yield self._zxing.bars(evenly(bands))
        yield self._zbar.read(bands)
        yield self._zbar.read(sharper_along(evenly(bands)))
        yield self._zbar.read(cv2.GaussianBlur(crop, (0, 0), 2.0))


def _rivals(one: Candidate, other: Candidate) -> bool:
    """Different texts; a shorter ITF or Code 39 within another code's bars is what those symbologies do, and says nothing."""
    return one.key != other.key and (one.symbology == other.symbology or one.symbology not in ("itf", "code39"))


def _contradicts(one: Candidate, other: Candidate) -> bool:
    if one.symbology in SQUARE or other.symbology in SQUARE or one.key == other.key:
        return False
    return same_place(one.box, other.box)


def _bounds(box: Box) -> tuple[int, int, int, int]:
    xs, ys = [x for x, _ in box], [y for _, y in box]
    return min(xs), min(ys), max(xs), max(ys)


def _region(box: Box) -> Region:
    """The place of *box* with the direction in which it was read."""
    a, b, c, d = (np.array(corner, np.float64) for corner in box)
    along, down = (b - a + c - d) / 2, (d - a + c - b) / 2
    length, height = float(np.hypot(*along)), float(np.hypot(*down))
    if height > 2.5 * length:  # zbar tells no direction: bars that run across are longer than they are high
        along, length, height = down, height, length
    middle = (a + b + c + d) / 4
    # A decoder that reads along one line tells a box without a height.
    return Region(float(middle[0]), float(middle[1]), math.atan2(along[1], along[0]), length, max(height, 0.12 * length))
