"""Says cheaply, from a thumbnail, whether a frame is worth decoding: is there anything, does it move, is it new? Needs OpenCV."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.drivers.camera.engines import Grey

# The thumbnail's size in pixels; each averages 64 of a 720p frame, so that a camera's noise all but vanishes.
WIDTH, HEIGHT = 160, 90
# Grey values by which a pixel of the thumbnail must differ to count as changed: three times what is left of a bad camera's noise.
_CHANGED = 10
# Part of the thumbnail that must have changed for movement; a receipt's code alone covers more.
_MOVING = 0.004
# Laplacian that is an edge and no noise, and pixels with one below which nothing is in view: an empty desk, a covered lens.
_EDGE = 10
_BLANK = 12


@dataclass(frozen=True, slots=True)
class Glance:
    """What a frame looks like. *blank*: no edges anywhere. *still*: as the last frame. *known*: as at `Gate.settle`."""

    blank: bool
    still: bool
    known: bool


class Gate:
    """Compares each frame with the last one and with the scene that was looked through already."""

    def __init__(self) -> None:
        self._last: NDArray[np.uint8] | None = None
        self._settled: NDArray[np.uint8] | None = None

    def glance(self, grey: Grey) -> Glance:
        """Look at the next frame."""
        thumb = np.asarray(cv2.resize(grey, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
        last, self._last = self._last, thumb
        blank = int((np.abs(cv2.Laplacian(thumb, cv2.CV_16S)) > _EDGE).sum()) < _BLANK
        return Glance(blank, last is not None and _alike(thumb, last), self._settled is not None and _alike(thumb, self._settled))

    def settle(self) -> None:
        """Remember the last frame as one in which there is nothing more to find."""
        self._settled = self._last

    def unsettle(self) -> None:
        """Forget it again."""
        self._settled = None


def _alike(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> bool:
    changed = cv2.countNonZero(cv2.threshold(cv2.absdiff(one, other), _CHANGED, 1, cv2.THRESH_BINARY)[1])
    return changed <= _MOVING * WIDTH * HEIGHT
