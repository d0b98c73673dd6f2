"""Notices a camera that is no camera any more: nothing comes, the same picture comes again and again, the device is gone.

Reading alone does not tell: OpenCV may go on answering after the plug was pulled, or never answer again.
"""

import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from kiosk.devices.errors import DeviceLost

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Seconds between two looks at the device's file.
_LOOK_S = 1.0


class Health:
    """What is known of one opening of a camera; owned by the device's thread."""

    def __init__(self, *, stall_s: float, frozen_s: float, still_there: Callable[[], bool], now: float) -> None:
        """*stall_s*: longest time without a frame (0: any), *frozen_s*: with the same one (0: any), in seconds."""
        self._stall_s, self._frozen_s, self._still_there = stall_s, frozen_s, still_there
        self._framed_at = self._changed_at = now
        self._look_at = now + _LOOK_S
        self._seen: int | None = None

    @property
    def due(self) -> float:
        """The monotonic time at which `check` wants to be called if no frame comes before."""
        return min(self._look_at, self._framed_at + self._stall_s) if self._stall_s else self._look_at

    def saw(self, grey: "NDArray[np.uint8]", now: float) -> None:
        """A frame came at *now*. The noise of a sensor makes any two frames differ, in the dark as well."""
        self._framed_at = now
        if self._frozen_s:
            seen = zlib.crc32(grey.data if grey.flags.c_contiguous else grey.tobytes())
            if seen != self._seen:
                self._seen, self._changed_at = seen, now

    def check(self, now: float) -> None:
        """Raises DeviceLost when it is none any more."""
        if now >= self._look_at:
            self._look_at = now + _LOOK_S
            if not self._still_there():
                raise DeviceLost("unplugged", "the camera is gone")
        if self._stall_s and now - self._framed_at >= self._stall_s:
            raise DeviceLost("no-frames", f"no picture came for {self._stall_s:g} s")
        if self._frozen_s and self._seen is not None and now - self._changed_at >= self._frozen_s:
            raise DeviceLost("frozen", f"the same picture came for {self._frozen_s:g} s")
