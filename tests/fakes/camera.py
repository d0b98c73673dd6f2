"""Cameras at OpenCV's and picamera2's interfaces, with a plug, and pictures of codes to hold before them."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kiosk.demo.pictures import empty_desk, noisy

Frame = NDArray[np.uint8]


class Lens:
    """What a camera sees, and its faults. Frames come as fast as they are asked for, and each has its own noise.

    *path* is a link to its device file, as below /dev/v4l/by-id; behind it is any character device, here a pty.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ends = os.openpty()
        self.path.symlink_to(os.ttyname(self._ends[1]))
        self.scene: Frame = empty_desk()
        self.encode: Callable[[Frame], Frame] = lambda grey: np.repeat(grey[:, :, None], 3, axis=2)
        self.frozen = self.gone = self.black_out = False
        self.hang = threading.Event()
        self.hang.set()  # cleared: whoever asks for a frame waits
        self.opened = self.released = self.grabbed = self.decoded = 0
        self.settings: dict[int, float] = {}

    def pull(self) -> None:
        """Pull the plug: the device file is gone and no frame comes."""
        self.gone = True
        self.path.unlink()

    def put_in(self) -> None:
        self.gone = False
        self.path.symlink_to(os.ttyname(self._ends[1]))

    def close(self) -> None:
        """Let go of the device, and of every thread that waits for a frame."""
        self.hang.set()
        for end in self._ends:
            os.close(end)


class FakeVideoCapture:
    """``cv2.VideoCapture`` before a `Lens`."""

    def __init__(self, lens: Lens, opens: bool = True) -> None:
        self._lens, self._opens = lens, opens
        self._count = 0
        self._pause = threading.Event()

    def __call__(self, path: str, backend: int) -> "FakeVideoCapture":
        assert path == str(self._lens.path)
        self._lens.opened += 1
        return self

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's own name
        return self._opens

    def set(self, setting: int, value: float) -> bool:
        self._lens.settings[setting] = value
        return True

    def grab(self) -> bool:
        self._pause.wait(0.002)  # a real camera is waited for as well
        self._lens.hang.wait()
        self._lens.grabbed += 1
        return not self._lens.gone

    def retrieve(self) -> tuple[bool, Frame | None]:
        if self._lens.black_out:
            return False, None
        self._lens.decoded += 1
        if not self._lens.frozen:
            self._count += 1
        return True, self._lens.encode(noisy(self._lens.scene, self._count))

    def release(self) -> None:
        self._lens.released += 1


class FakePicamera:
    """The module picamera2 with one camera in its socket."""

    def __init__(self, lens: Lens, stride: int = 64) -> None:
        self._lens, self._stride = lens, stride
        self.closed = 0
        self.size = (0, 0)
        self._count = 0
        self._pause = threading.Event()

    def Picamera2(self, number: int) -> "FakePicamera":  # noqa: N802 - picamera2's own name
        if number:
            raise IndexError("list index out of range")
        return self

    def create_video_configuration(self, *, main: dict[str, Any], controls: dict[str, Any], buffer_count: int) -> dict[str, Any]:
        return main

    def configure(self, configuration: dict[str, Any]) -> None:
        assert configuration["format"] == "YUV420"
        self.size = configuration["size"]

    def start(self) -> None:
        self._lens.opened += 1

    def capture_array(self, name: str) -> Frame:
        """YUV420: the brightness, then a quarter each of the colours, in rows that are longer than the picture."""
        self._pause.wait(0.002)
        self._count += 1
        width, height = self.size
        frame = np.full((height * 3 // 2, width + self._stride), 128, np.uint8)
        frame[:height, :width] = noisy(self._lens.scene, self._count)[:height, :width]
        return frame

    def close(self) -> None:
        self.closed += 1
