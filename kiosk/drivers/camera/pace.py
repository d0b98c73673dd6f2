"""How often a picture is looked at: often while something moves, seldom on an empty desk."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Every 16th pixel of every 16th row: a card that is put down changes many of them, and they cost nothing to compare.
_STEP = 16
# Grey levels: two frames of a still desk differ by noise, a point that something covers by more.
_CHANGED_BY = 24
# Share of the points that must have changed: 0.5 % is a finger's tip in the corner of the picture.
_CHANGED_SHARE = 0.005
# Seconds after the last movement: whoever held a code there is still looking at what comes of it.
_AWAKE_S = 3.0


class Pace:
    """Owned by the device's thread."""

    def __init__(self, fps: float, idle_fps: float) -> None:
        self._fps, self._idle_fps = fps, min(fps, idle_fps)
        self._before: NDArray[np.int16] | None = None
        self._awake_until = float("-inf")

    def saw(self, grey: "NDArray[np.uint8]", now: float) -> float:
        """Look at the next frame; return the seconds until another one is wanted."""
        points = grey[::_STEP, ::_STEP].astype("int16")
        before, self._before = self._before, points
        if before is not None and before.shape == points.shape and (abs(points - before) > _CHANGED_BY).mean() > _CHANGED_SHARE:
            self._awake_until = now + _AWAKE_S
        return 1 / (self._fps if now < self._awake_until else self._idle_fps)
