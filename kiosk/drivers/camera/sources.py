"""Where pictures come from: a V4L2 camera, the Raspberry Pi's own camera, a picture or video file, a folder.

A source belongs to the capture thread. Whatever it asks of a driver may hang: `capture` is made for that.
"""

import errno
import importlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from kiosk.clock import Clock
from kiosk.devices.errors import DeviceAbsent
from kiosk.drivers.camera.vision import grey_of, opencv

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PixelFormat = Literal["MJPG", "YUYV", "GREY"]

_PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".pgm"})


class Source(Protocol):
    """One camera, or what stands in for one."""

    @property
    def live(self) -> bool:
        """A real camera: its frames never cease, and their noise makes each differ from the one before."""
        ...

    def open(self) -> None:
        """Raises DeviceAbsent."""
        ...

    def grab(self) -> bool:
        """Wait for the next frame; False: none came."""
        ...

    def retrieve(self) -> "NDArray[np.uint8] | None":
        """The frame that was grabbed, in grey; None when it is broken."""
        ...

    def close(self) -> None: ...


class CameraSource:
    """A V4L2 camera through OpenCV."""

    live = True

    def __init__(
        self, path: str, width: int, height: int, fps: float, pixel_format: PixelFormat, capture: Callable[..., Any] | None
    ) -> None:
        """*capture* stands in for ``cv2.VideoCapture``."""
        self._path, self._size, self._fps, self._format = path, (width, height), fps, pixel_format
        self._make = capture
        self._capture: Any = None

    def open(self) -> None:
        cv2 = opencv()
        _refuse_what_cannot_be_opened(self._path)
        self._capture = (self._make or cv2.VideoCapture)(self._path, cv2.CAP_V4L2)
        if not self._capture.isOpened():
            raise DeviceAbsent("cannot-open", f"{self._path}: gives no pictures; another program has it, or it is no camera")
        width, height = self._size
        for setting, value in (
            (cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*self._format)),
            (cv2.CAP_PROP_FRAME_WIDTH, width),
            (cv2.CAP_PROP_FRAME_HEIGHT, height),
            (cv2.CAP_PROP_FPS, self._fps),
            # Of old frames nothing is wanted, and each is up to 1.8 MB.
            (cv2.CAP_PROP_BUFFERSIZE, 2),
            # Raw frames: of a frame that is looked at only the brightness is decoded, of the others nothing.
            (cv2.CAP_PROP_CONVERT_RGB, 0),
        ):
            self._capture.set(setting, value)  # what a camera cannot do, it leaves as it was

    def grab(self) -> bool:
        return bool(self._capture.grab())

    def retrieve(self) -> "NDArray[np.uint8] | None":
        good, frame = self._capture.retrieve()
        return grey_of(frame) if good else None

    def close(self) -> None:
        if self._capture is not None:
            self._capture.release()
        self._capture = None


class PicameraSource:
    """The Raspberry Pi's camera through picamera2."""

    live = True

    def __init__(self, number: int, width: int, height: int, fps: float, library: Any = None) -> None:
        """*library* stands in for the module picamera2."""
        self._number, self._size, self._fps, self._library = number, (width, height), fps, library
        self._camera: Any = None
        self._frame: Any = None

    def open(self) -> None:
        try:
            library = self._library or importlib.import_module("picamera2")
        except ImportError as error:
            raise DeviceAbsent("no-picamera2", f"{error}: sudo apt-get install python3-picamera2 (docs/hardware.md)") from error
        try:
            self._camera = library.Picamera2(self._number)
            # In YUV420 the brightness stands first, one byte a pixel.
            made = self._camera.create_video_configuration(
                main={"size": self._size, "format": "YUV420"}, controls={"FrameRate": self._fps}, buffer_count=2
            )
            self._camera.configure(made)
            self._camera.start()
        except (IndexError, RuntimeError) as error:
            raise DeviceAbsent("not-found", f"picamera {self._number}: {error}") from error

    def grab(self) -> bool:
        self._frame = self._camera.capture_array("main")
        return self._frame is not None

    def retrieve(self) -> "NDArray[np.uint8] | None":
        frame, self._frame = self._frame, None
        width, height = self._size
        # Rows may be longer than the picture is wide: the hardware fills them up.
        grey: NDArray[np.uint8] = frame[:height, :width].copy()
        return grey

    def close(self) -> None:
        if self._camera is not None:
            self._camera.close()
        self._camera = None


class _Paced:
    """A source of files: frames in real time, and none when there is nothing new."""

    live = False

    def __init__(self, path: Path, fps: float, clock: Clock, ended: threading.Event) -> None:
        self._path, self._clock, self._ended = path, clock, ended
        self._period_s = 1 / fps
        self._next = 0.0

    def _wait(self) -> bool:
        """Wait until the next frame is due; False when the capture ends before."""
        now = self._clock.monotonic()
        self._next = max(self._next + self._period_s, now)
        return not self._clock.wait(self._ended, self._next - now)

    def close(self) -> None:
        """Files are open only while they are read."""


class PictureSource(_Paced):
    """One picture, shown over and over."""

    def open(self) -> None:
        if self.retrieve() is None:
            raise DeviceAbsent("not-a-picture", f"{self._path}: cannot be read as a picture")

    def grab(self) -> bool:
        return self._wait()

    def retrieve(self) -> "NDArray[np.uint8] | None":
        return _picture(self._path)


class VideoSource(_Paced):
    """A video, from its beginning again after its end."""

    def __init__(self, path: Path, fps: float, clock: Clock, ended: threading.Event) -> None:
        super().__init__(path, fps, clock, ended)
        self._capture: Any = None

    def open(self) -> None:
        self._start()
        self._period_s = 1 / (self._capture.get(opencv().CAP_PROP_FPS) or 1 / self._period_s)

    def grab(self) -> bool:
        if not self._wait():
            return False
        if not self._capture.grab():
            self._start()
            return bool(self._capture.grab())
        return True

    def retrieve(self) -> "NDArray[np.uint8] | None":
        good, frame = self._capture.retrieve()
        return grey_of(frame) if good else None

    def close(self) -> None:
        if self._capture is not None:
            self._capture.release()
        self._capture = None

    def _start(self) -> None:
        self.close()
        self._capture = opencv().VideoCapture(str(self._path))
        if not self._capture.isOpened():
            raise DeviceAbsent("not-a-picture", f"{self._path}: cannot be read as a picture or a video")


class FolderSource(_Paced):
    """A folder: its newest picture first, then each that appears, in the order of their times.

    Whoever writes into it renames a finished file: names that begin with a dot are left alone.
    """

    def __init__(self, path: Path, fps: float, clock: Clock, ended: threading.Event) -> None:
        super().__init__(path, fps, clock, ended)
        self._shown: tuple[int, str] | None = None
        self._waiting: list[tuple[int, str]] = []

    def open(self) -> None:
        self._waiting = self._pictures()[-1:]

    def grab(self) -> bool:
        if not self._wait():
            return False
        if not self._waiting:
            self._waiting = [picture for picture in self._pictures() if self._shown is None or picture > self._shown]
        return bool(self._waiting)

    def retrieve(self) -> "NDArray[np.uint8] | None":
        self._shown = self._waiting.pop(0)
        return _picture(self._path / self._shown[1])  # None: it is gone meanwhile, or no picture

    def _pictures(self) -> list[tuple[int, str]]:
        try:
            with os.scandir(self._path) as entries:
                return sorted((entry.stat().st_mtime_ns, entry.name) for entry in entries if _is_picture(entry.name))
        except OSError:  # a picture or the folder itself was taken away: whoever watches the path says so
            return []


def make_source(
    device: str | int,
    *,
    width: int,
    height: int,
    fps: float,
    pixel_format: PixelFormat,
    clock: Clock,
    ended: threading.Event,
    capture: Callable[..., Any] | None = None,
    picamera: Any = None,
) -> Source:
    """The source that *device* names. Raises DeviceAbsent when there is nothing of that name."""
    text = str(device)
    if text.partition(":")[0] == "picamera":
        return PicameraSource(int(text.partition(":")[2] or 0), width, height, fps, picamera)
    path = Path(device_path(device))
    if path.is_dir():
        return FolderSource(path, fps, clock, ended)
    if path.is_file():
        return (PictureSource if path.suffix.lower() in _PICTURES else VideoSource)(path, fps, clock, ended)
    return CameraSource(str(path), width, height, fps, pixel_format, capture)


def device_path(device: str | int) -> str:
    """The file of *device*; empty for the Raspberry Pi's camera, which has none of its own."""
    text = str(device)
    if text.partition(":")[0] == "picamera":
        return ""
    return f"/dev/video{text}" if text.isdecimal() else text


def identity_of(path: str) -> tuple[int, ...] | None:
    """What tells a device file from another under the same name; None when there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - the path may be empty
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_rdev


def _is_picture(name: str) -> bool:
    return not name.startswith(".") and Path(name).suffix.lower() in _PICTURES


def _picture(path: Path) -> "NDArray[np.uint8] | None":
    cv2 = opencv()
    picture: NDArray[np.uint8] | None = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    return picture


def _refuse_what_cannot_be_opened(path: str) -> None:
    """Say why *path* cannot be opened, which OpenCV does not."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))
    except OSError as error:
        code = "not-found" if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO) else "cannot-open"
        if error.errno in (errno.EACCES, errno.EPERM):
            code = "no-permission"
        elif error.errno == errno.EBUSY:
            code = "taken"
        raise DeviceAbsent(code, f"{path}: {error.strerror}") from error
