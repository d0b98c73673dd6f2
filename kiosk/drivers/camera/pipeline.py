"""Turns grey pictures into codes that can be believed: `feed` for the frames of a camera, `decode` for one picture."""

from typing import TYPE_CHECKING

from kiosk.drivers.camera.options import DecodeOptions, Read

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["DecodeOptions", "Pipeline", "Read"]


class Pipeline:
    """Owned by one thread. Loads OpenCV and the decoders when it is made, not when the module is imported."""

    def __init__(self, options: DecodeOptions) -> None:
        from kiosk.drivers.camera.engines import Zxing

        self._options = options
        self._zxing = Zxing(options)
        self._seen: dict[tuple[str, str], float] = {}  # (symbology, text) -> when it was last in view

    def feed(self, grey: "NDArray[np.uint8]", now: float) -> list[Read]:
        """The codes that *grey*, the next frame, confirms; a code that rests in view is told once. *now*: monotonic seconds."""
        found = self.decode(grey)
        fresh = [read for read in found if now - self._seen.get((read.symbology, read.text), float("-inf")) > self._options.forget_s]
        for read in found:
            self._seen[(read.symbology, read.text)] = now
        return fresh

    def decode(self, grey: "NDArray[np.uint8]") -> list[Read]:
        """Every code of one still picture, 8 bits of grey a pixel."""
        return self._zxing.read(grey)
