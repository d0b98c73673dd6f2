"""Finds where in a picture a code may be: stripes of one direction (linear codes) and dense squares (QR codes).

The structure tensor of the grey values says for each cell how strong the edges are and whether they run one way. Bars are
strong and run one way; text is strong and runs every way; paper is weak. Imported when a pipeline is made: it needs OpenCV.
"""

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.drivers.camera.engines import Grey
from kiosk.drivers.camera.options import Box

# Pictures are made smaller to these widths before edges are taken: cheaper, less noise, and a bar must be narrower than a cell's
# surroundings to be seen as one of many.
FINE, COARSE = 640, 240
# A cell's side in pixels of the smaller picture, and cells a side over which edges are gathered.
_CELL = 4
_GATHER = 5
# Coherence is 1 where all edges run one way, 0 where none prevails; text reaches 0.5, bars in noise fall to 0.6.
_COHERENT = 0.6
# Part of the edges that lead the same way, from which on they are those of a sheet or a shadow.
_ONE_WAY = 0.4
# Mean squared edge (Sobel) of bars that are 6 grey values apart: fainter ones are not read anyway.
_FAINT = 100.0
# A linear code is at least this long in pixels of the picture: 60 modules of 1 pixel.
_SHORTEST = 48
# What is left around a code for its quiet zones, as a part of its length.
_QUIET = 0.12


@dataclass(frozen=True, slots=True)
class Region:
    """A place where a code may be: centre in pixels, *turn* of its reading direction in radians, length and height in pixels."""

    x: float
    y: float
    turn: float
    length: float
    height: float

    @property
    def box(self) -> Box:
        """The corners, from the start of the reading direction in turn."""
        along = np.array([math.cos(self.turn), math.sin(self.turn)]) * self.length / 2
        down = np.array([-math.sin(self.turn), math.cos(self.turn)]) * self.height / 2
        middle = np.array([self.x, self.y])
        a, b, c, d = (
            (round(float(at[0])), round(float(at[1])))
            for at in (middle - along - down, middle + along - down, middle + along + down, middle - along + down)
        )
        return a, b, c, d


@dataclass(frozen=True, slots=True)
class Places:
    """What was found, the likeliest first."""

    stripes: list[Region]
    squares: list[Region]


def locate(grey: Grey, *, width: int = FINE, most: int = 3) -> Places:
    """At most *most* places of each kind, in *grey* made smaller to *width*: FINE or, for bars of many pixels, COARSE."""
    factor = width / max(grey.shape)
    small = grey if factor > 0.8 else cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    if min(small.shape) < 4 * _CELL:
        return Places([], [])
    small = cv2.GaussianBlur(small, (3, 3), 0)
    across = cv2.Sobel(small, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(small, cv2.CV_32F, 0, 1)
    size = (small.shape[1] // _CELL, small.shape[0] // _CELL)
    xx, yy, xy = (_gathered(product, size) for product in (across * across, down * down, across * down))
    energy = xx + yy
    coherence = cv2.magnitude(xx - yy, 2 * xy) / (energy + 1e-3)
    # Bars lead from light to dark as often as from dark to light; the edge of a sheet does not.
    one_way = cv2.magnitude(_gathered(across, size), _gathered(down, size)) / (_gathered(cv2.magnitude(across, down), size) + 1e-3)
    scale_x, scale_y = grey.shape[1] / size[0], grey.shape[0] / size[1]
    # Paper, even noisy paper, is most of the picture: what stands out from it has edges.
    floor = _FAINT + 2 * float(np.median(energy))
    stripes = []
    mask = ((coherence > _COHERENT) & (one_way < _ONE_WAY) & (energy > floor)).astype(np.uint8)
    weight = mask * energy * coherence * coherence
    for cells in _blobs(mask, weight, most):
        stripe = _stripe(cells, xx, yy, xy, (scale_x, scale_y))
        if stripe is not None:
            stripes.append(stripe)
    squares = []
    dense = ((energy > 0.3 * float(np.percentile(energy, 99))) & (coherence < _COHERENT)).astype(np.uint8)
    dense = cv2.morphologyEx(dense, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    for cells in _blobs(dense, energy, most):
        square = _square(cells, (scale_x, scale_y))
        if square is not None:
            squares.append(square)
    return Places(stripes, squares)


def _gathered(values: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """The mean of *values* around each cell."""
    cells = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.boxFilter(cells, -1, (_GATHER, _GATHER)), np.float32)


def _blobs(mask: NDArray[Any], weight: NDArray[Any], most: int) -> list[NDArray[np.intp]]:
    """The cells (row, column) of the connected parts of *mask* that weigh most."""
    count, labels, stats, _centres = cv2.connectedComponentsWithStats(mask, connectivity=4)
    weights = np.bincount(labels.ravel(), weight.ravel(), count)
    order = sorted(range(1, count), key=lambda label: -float(weights[label]))[:most]
    return [np.argwhere(labels == label) for label in order if stats[label, cv2.CC_STAT_AREA] >= 6]


def _stripe(cells: NDArray[np.intp], xx: NDArray[Any], yy: NDArray[Any], xy: NDArray[Any], scale: tuple[float, float]) -> Region | None:
    rows, columns = cells[:, 0], cells[:, 1]
    turn = 0.5 * math.atan2(2 * float(xy[rows, columns].sum()), float((xx - yy)[rows, columns].sum()))
    x, y = (columns + 0.5) * scale[0], (rows + 0.5) * scale[1]
    along = x * math.cos(turn) + y * math.sin(turn)
    down = -x * math.sin(turn) + y * math.cos(turn)
    cell = max(scale)
    # The mask is cut back a little at both ends of a thin blob; percentiles leave single cells that stick out away.
    start, end = np.percentile(along, (1, 99))
    top, bottom = np.percentile(down, (6, 94))
    length, height = float(end - start) + cell, float(bottom - top) + cell
    if length < _SHORTEST:
        return None
    middle, level = float(start + end) / 2, float(top + bottom) / 2
    centre_x = middle * math.cos(turn) - level * math.sin(turn)
    centre_y = middle * math.sin(turn) + level * math.cos(turn)
    return Region(centre_x, centre_y, turn, length, height)


def _square(cells: NDArray[np.intp], scale: tuple[float, float]) -> Region | None:
    (top, left), (bottom, right) = cells.min(axis=0), cells.max(axis=0) + 1
    width, height = float(right - left) * scale[0], float(bottom - top) * scale[1]
    filled = len(cells) / float((right - left) * (bottom - top))
    if not 0.5 < width / height < 2 or filled < 0.35 or width < 24:
        return None
    return Region(float(left + right) / 2 * scale[0], float(top + bottom) / 2 * scale[1], 0.0, width, height)


def upright(grey: Grey, region: Region, *, rows: int = 64, scale: float = 2.0) -> tuple[Grey, NDArray[np.float64]]:
    """The part of *grey* in *region*, quiet zones with it, turned upright: *rows* high, *scale* times as long.

    Also the matrix (2 x 3) that leads from its pixels back to those of *grey*.
    """
    length = region.length * (1 + 2 * _QUIET)
    height = region.height * 0.9
    columns = max(16, round(length * scale))
    along = np.array([math.cos(region.turn), math.sin(region.turn)]) * length / columns
    down = np.array([-math.sin(region.turn), math.cos(region.turn)]) * height / rows
    start = np.array([region.x, region.y]) - along * columns / 2 - down * rows / 2
    back = np.column_stack([along, down, start + (along + down) / 2])
    crop = cv2.warpAffine(
        grey, back, (columns, rows), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_CONSTANT, borderValue=255.0
    )
    return np.asarray(crop, np.uint8), back
