"""Says how well the bars that an EAN or UPC text should have fit those in the picture: digit by digit, against every other digit.

A misread with a right check digit names other bars than those printed, however often it is read. The paper may be bent and the
place roughly known, so each digit is looked for a little to the left or right of the one before. Needs OpenCV.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.drivers.camera.engines import Candidate, Grey

Floats = NDArray[np.float32]

# GS1 General Specifications, 5.2: widths of space, bar, space, bar of the digits in number set A; C is A with bars and spaces
# exchanged, B is C read backwards. The first of 13 digits is told by which of the left six are of set B.
_WIDTHS = ("3211", "2221", "2122", "1411", "1132", "1231", "1114", "1312", "1213", "3112")
_PARITY = ("AAAAAA", "AABABB", "AABBAB", "AABBBA", "ABAABB", "ABBAAB", "ABBBAA", "ABABAB", "ABABBA", "ABBABA")
# Modules of a digit, of the guard at either end and in the middle.
_DIGIT, _GUARD, _MIDDLE = 7, 3, 5

# Samples of a module; modules by which a digit may be off its place, and by which its distance to the next may be off.
_FINE = 4
_OFF = 4
_STRETCH = 0.5
# A digit is compared with one module more on either side, which is always dark on one and light on the other.
_SPAN = (_DIGIT + 2) * _FINE
# Blur of the picture, in modules, that is tried: sharp, soft, barely readable.
_BLURS = (0.3, 0.6, 0.9, 1.2)
_NEAR = 2
_ROWS = 12
# A text fits from MATCH and MARGIN on, and is denied below DENIED. Of 440 right reads in photographs 95 in 100 fitted, of 19 wrong
# ones none: their margins end at -0.12, while right ones in blurred or worn print go below 0, because neighbouring widths run together.
MATCH, MARGIN, DENIED = 0.8, -0.07, -0.12


@dataclass(frozen=True, slots=True)
class Fit:
    """*match*: mean correlation of the digits, 1 is perfect. *margin*: by how much the weakest digit fits better than any other digit."""

    match: float
    margin: float


def fit(grey: Grey, candidate: Candidate) -> Fit:
    """The best fit of the text over the whole height of the code and, where that is poor, in each third of it."""
    digits = len(candidate.text)
    best = Fit(-1.0, -1.0)
    if digits not in (8, 13):
        return best
    wanted = np.array(_patterns(candidate.text))
    strips = _strips(grey, candidate, digits)
    for strip in strips:
        best = max(best, _best(strip, digits, wanted), key=lambda one: (one.match >= MATCH, one.margin))
        if best.match >= MATCH and best.margin >= MARGIN:
            return best
    # Light bars on a dark ground are rare, and never half fit.
    return (
        max((_best(-strip, digits, wanted) for strip in strips[:1]), default=best, key=lambda one: one.margin) if best.match < 0.6 else best
    )


def _patterns(text: str) -> list[int]:
    """The number of the pattern at each place: digits of set A are 0 to 9, of B 10 to 19, of C 20 to 29."""
    numbers = [int(digit) for digit in text]
    if len(numbers) == 8:
        return numbers[:4] + [20 + digit for digit in numbers[4:]]
    sets = _PARITY[numbers[0]]
    left = [digit + (10 if chosen == "B" else 0) for digit, chosen in zip(numbers[1:7], sets, strict=True)]
    return left + [20 + digit for digit in numbers[7:]]


@lru_cache(maxsize=1)
def _drawn() -> Floats:
    """The patterns, dark positive, blurred and made comparable: (blur, pattern, sample)."""
    rows = []
    for widths in _WIDTHS:
        a = [-1.0] * int(widths[0]) + [1.0] * int(widths[1]) + [-1.0] * int(widths[2]) + [1.0] * int(widths[3])
        rows.append([1.0, *a, -1.0])
    c = [[-module for module in row] for row in rows]
    b = [row[::-1] for row in c]
    # A module before and after the neighbours, as they mostly go on, keeps the blur from seeing the edge of the drawing.
    modules = np.array(rows + b + c, np.float32)
    modules = np.concatenate([modules[:, :1], modules, modules[:, -1:]], axis=1)
    fine = np.repeat(modules, _FINE, axis=1)
    return np.stack([_normal(cv2.GaussianBlur(fine, (0, 0), blur * _FINE, sigmaY=0.01)[:, _FINE:-_FINE]) for blur in _BLURS])


def _strips(grey: Grey, candidate: Candidate, digits: int) -> list[Floats]:
    """Grey values along the code, dark positive, _FINE a module, with _OFF + 2 modules more at each end."""
    count = _modules(digits) * _FINE
    corners = np.array(candidate.box, np.float32)
    along = corners[1] - corners[0] + corners[2] - corners[3]
    length = float(np.linalg.norm(along)) / 2
    height = float(np.linalg.norm(corners[3] - corners[0] + corners[2] - corners[1])) / 2
    if length < 24:
        return []
    if height < 0.04 * length:  # read along one line
        down = np.array([-along[1], along[0]], np.float32) / (2 * length)
        corners = corners + np.outer(np.array([-1, -1, 1, 1], np.float32), down * 0.02 * length)
    extra = (_OFF + 2) * _FINE
    target = np.array([[extra, -1], [extra + count, -1], [extra + count, _ROWS + 1], [extra, _ROWS + 1]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, target)
    if abs(float(np.linalg.det(matrix))) < 1e-9:
        return []
    strip = cv2.warpPerspective(grey, matrix, (count + 2 * extra, _ROWS), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    values = -strip.astype(np.float32)
    third = _ROWS // 3
    return [values.mean(axis=0), *(values[start : start + third].mean(axis=0) for start in range(0, _ROWS, third))]


def _modules(digits: int) -> int:
    return digits // 2 * 2 * _DIGIT + 2 * _GUARD + _MIDDLE


@lru_cache(maxsize=2)
def _places(digits: int) -> NDArray[np.intp]:
    """Where in a strip each digit's window begins at each shift: (digit, shift)."""
    half = digits // 2
    starts = [_GUARD + place * _DIGIT + (_MIDDLE if place >= half else 0) for place in range(2 * half)]
    begin = (np.array(starts) - 1 + _OFF + 2) * _FINE
    return np.asarray(begin[:, None] + np.arange(-_OFF * _FINE, _OFF * _FINE + 1)[None, :])


def _best(strip: Floats, digits: int, wanted: NDArray[np.intp]) -> Fit:
    windows = np.lib.stride_tricks.sliding_window_view(strip, _SPAN)
    pieces = _normal(windows[_places(digits)])  # digit, shift, sample
    count = np.arange(len(wanted))
    claimed = np.einsum("dks,bds->bdk", pieces, _drawn()[:, wanted], optimize=True)
    blur = int(claimed.max(axis=2).sum(axis=1).argmax())
    path = np.array(_path(claimed[blur]))
    got = claimed[blur, count, path]
    # The other digits may be a little beside: half a module at most, or they would be allowed to be another place.
    near = np.clip(path[:, None] + np.arange(-_NEAR, _NEAR + 1), 0, claimed.shape[2] - 1)
    others = (pieces[count[:, None], near] @ _drawn()[blur].T).max(axis=1)  # digit, pattern
    others[count, wanted] = -1.0
    left = count < len(wanted) // 2
    others[left, 20:] = -1.0
    others[~left, :20] = -1.0
    return Fit(float(got.mean()), float((got - others.max(axis=1)).min()))


def _normal(windows: Any) -> Floats:
    centred = windows - windows.mean(axis=-1, keepdims=True)
    return np.asarray(centred / (np.linalg.norm(centred, axis=-1, keepdims=True) + 1e-3), np.float32)


def _path(scores: Floats) -> list[int]:
    """The shift of each digit on the best way through all, no step wider than paper can stretch."""
    reach = round(_STRETCH * _FINE)
    total, back = scores[0], []
    for window in scores[1:]:
        padded = np.pad(total, reach, constant_values=-1e9)
        near = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
        back.append(np.arange(len(total)) + near.argmax(axis=1) - reach)
        total = near.max(axis=1) + window
    way = [int(total.argmax())]
    for came in reversed(back):
        way.append(int(came[way[-1]]))
    return way[::-1]
