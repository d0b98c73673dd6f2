"""Turns grey pictures into codes that can be believed: `feed` for the frames of a camera, `decode` for one picture."""

from collections import Counter
from typing import TYPE_CHECKING

from kiosk.drivers.camera.options import DecodeOptions, Read

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kiosk.drivers.camera.engines import Candidate

__all__ = ["DecodeOptions", "Pipeline", "Read"]

# Pixels of the shorter side below which no code fits.
_SMALLEST = 8
_WHOLE = "whole"


class Pipeline:
    """Owned by one thread. Loads OpenCV and the decoders when it is made, not when the module is imported."""

    def __init__(self, options: DecodeOptions) -> None:
        import cv2

        from kiosk.drivers.camera.accept import Judge
        from kiosk.drivers.camera.engines import Zbar, Zxing
        from kiosk.drivers.camera.ladder import Ladder
        from kiosk.drivers.camera.video import Video

        cv2.setNumThreads(1)  # one core is what the desk gives a camera
        self._zxing = Zxing(options)
        zbar = Zbar(options)
        self._ladder = Ladder(self._zxing, zbar)
        self._judge = Judge(options, self._zxing, zbar)
        # What is missing on this machine and would read more, in words; empty when all is there.
        self.missing = zbar.missing
        # How often each step was taken: what the gates save can be counted, and a technician sees what a camera costs.
        self.work: Counter[str] = Counter()
        self._video = Video(options, self._zxing, self._ladder, self._judge, self.work)

    def feed(self, grey: "NDArray[np.uint8]", now: float) -> list[Read]:
        """The codes that *grey*, the next frame, confirms; a code that rests in view is told once. *now*: monotonic seconds."""
        return self._video.feed(grey, now) if min(grey.shape) >= _SMALLEST else []

    def decode(self, grey: "NDArray[np.uint8]") -> list[Read]:
        """Every code of one still picture, 8 bits of grey a pixel; one step after another is tried until something is believed."""
        from kiosk.drivers.camera.ladder import Look

        if min(grey.shape) < _SMALLEST:
            return []
        look = Look(grey)
        seen: list[Candidate] = []
        judged: dict[Candidate, bool] = {}
        for step in (_WHOLE, *self._ladder.still(look)):
            self.work[step] += 1
            seen += self._zxing.read(grey) if step == _WHOLE else self._ladder.climb(step, look)
            if believed := self._judge.believed(seen, grey, judged):
                return [code.read() for code in believed]
        return []
