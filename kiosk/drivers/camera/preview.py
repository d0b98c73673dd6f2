"""Small JPEG pictures of what a camera sees, with the code just read marked; made only while somebody looks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kiosk.devices.preview import PreviewBoard
from kiosk.drivers.camera.options import Box, Read
from kiosk.drivers.camera.vision import opencv

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Pictures a second, pixels across, and JPEG quality: some 20 kB each, enough to aim and to focus by.
FPS = 5.0
_WIDTH = 640
_QUALITY = 60
# Seconds that the mark of a code stays.
_MARK_S = 2.0
# Blue, green, red: the desk's amber on anything.
_MARK = (0, 170, 255)


class Preview:
    """Owned by the device's thread."""

    def __init__(self, board: PreviewBoard) -> None:
        self._board = board
        self._next = float("-inf")
        self._marks: list[tuple[float, Box]] = []

    @property
    def wanted(self) -> bool:
        return self._board.wanted

    def read(self, reads: Sequence[Read], now: float) -> None:
        """Mark *reads* on the pictures that follow."""
        self._marks = [(until, box) for until, box in self._marks if until > now] + [(now + _MARK_S, read.box) for read in reads]

    def saw(self, grey: "NDArray[np.uint8]", now: float) -> None:
        """Show *grey*, if a picture is wanted and due."""
        if now < self._next or not self._board.wanted:
            return
        self._next = now + 1 / FPS
        self._board.show(self._jpeg(grey, now))

    def _jpeg(self, grey: "NDArray[np.uint8]", now: float) -> bytes:
        cv2 = opencv()
        height, width = grey.shape
        scale = min(1.0, _WIDTH / width)
        small = cv2.resize(grey, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA) if scale < 1 else grey
        if boxes := [box for until, box in self._marks if until > now]:
            small = cv2.cvtColor(small, cv2.COLOR_GRAY2BGR)
            for box in boxes:
                _mark(small, box, scale)
        _, jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        return bytes(jpeg)


def _mark(picture: "NDArray[np.uint8]", box: Box, scale: float) -> None:
    cv2 = opencv()
    corners = [(round(x * scale), round(y * scale)) for x, y in box]
    for start, end in zip(corners, [*corners[1:], corners[0]], strict=True):
        cv2.line(picture, start, end, _MARK, 3, cv2.LINE_AA)
