"""A camera that reads codes: pictures from `camera.sources`, taken by `camera.capture`, read by `camera.pipeline`.

Nothing of OpenCV is loaded before the first camera is opened.
"""

import importlib.util
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta

from kiosk.clock import Clock
from kiosk.devices.errors import DeviceAbsent, DeviceError, DeviceLost
from kiosk.devices.preview import PreviewBoard
from kiosk.devices.registry import BuildContext, Driver
from kiosk.devices.scanner import RawScan
from kiosk.devices.state import Reason
from kiosk.drivers.camera.options import DecodeOptions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kiosk.drivers.camera.capture import Capture
    from kiosk.drivers.camera.health import Health
    from kiosk.drivers.camera.pace import Pace
    from kiosk.drivers.camera.pipeline import Pipeline
    from kiosk.drivers.camera.preview import Preview


class CameraOptions(DecodeOptions, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of ``kind = "scanner"``, ``driver = "camera"``, together with those of the decoding."""

    device: Annotated[
        str | int,
        Meta(
            description="Camera: /dev/v4l/by-id/..., a number N for /dev/videoN, picamera or picamera:N; or a picture, a video, or a "
            "folder of pictures."
        ),
    ]
    width: Annotated[int, Meta(ge=160, le=4096, description="Pixels across that the camera is asked for.")] = 1280
    height: Annotated[int, Meta(ge=120, le=4096, description="Pixels down that the camera is asked for.")] = 720
    fps: Annotated[float, Meta(ge=1, le=60, description="Pictures a second that are looked at while something moves.")] = 10
    idle_fps: Annotated[float, Meta(ge=1, le=60, description="Pictures a second that are looked at while nothing moves.")] = 4
    pixel_format: Annotated[
        Literal["MJPG", "YUYV", "GREY"], Meta(description="What a V4L2 camera is asked to send; MJPG is fast over USB 2.")
    ] = "MJPG"
    rotation: Annotated[Literal[0, 90, 180, 270], Meta(description="Degrees clockwise that make the picture upright.")] = 0
    mirror: Annotated[bool, Meta(description="The camera looks into a mirror, or mirrors its picture by itself.")] = False
    stall_s: Annotated[float, Meta(ge=1, le=60, description="Seconds without a picture after which the camera is opened anew.")] = 5
    frozen_s: Annotated[
        float, Meta(ge=0, le=600, description="Seconds with the very same picture after which it is opened anew; 0: never. Not for files.")
    ] = 10


class CameraScanner:
    """Implements `kiosk.devices.scanner.Scanner`."""

    def __init__(
        self,
        options: CameraOptions,
        clock: Clock,
        board: PreviewBoard | None = None,
        *,
        capture: Callable[..., Any] | None = None,
        picamera: Any = None,
    ) -> None:
        """*board*: for those who look; *capture* stands in for ``cv2.VideoCapture``, *picamera* for the module picamera2."""
        self._options, self._clock, self._board = options, clock, board or PreviewBoard()
        self._video_capture, self._picamera = capture, picamera
        self._news = threading.Event()
        self._interrupted = False
        self._codes: deque[RawScan] = deque()
        self._capture: Capture | None = None
        self._live = True
        # The last picture of files, which may be all that is ever there to see.
        self._resting: NDArray[np.uint8] | None = None
        self._pipeline: Pipeline
        self._health: Health
        self._pace: Pace
        self._preview: Preview

    @property
    def dropped(self) -> int:
        """A picture without a code, or with one that is not believed, is nothing that was thrown away."""
        return 0

    def open(self) -> None:
        from kiosk.drivers.camera.capture import Capture
        from kiosk.drivers.camera.health import Health
        from kiosk.drivers.camera.pace import Pace
        from kiosk.drivers.camera.preview import Preview
        from kiosk.drivers.camera.sources import device_path, identity_of
        from kiosk.drivers.camera.vision import opencv

        self.close()
        opencv()
        from kiosk.drivers.camera.pipeline import Pipeline

        options = self._options
        try:
            self._pipeline = Pipeline(options)
        except (ImportError, OSError) as error:
            raise DeviceAbsent("no-opencv", str(error)) from error
        path = device_path(options.device)
        identity = identity_of(path)
        self._pace, self._preview = Pace(options.fps, options.idle_fps), Preview(self._board)
        self._capture = Capture(str(options.device), self._source, self._clock, self._news, 1 / options.fps)
        try:
            self._capture.start()
            self._live = self._opened(self._capture)
        except DeviceAbsent:
            self.close()
            raise
        except DeviceError as error:
            self.close()
            raise DeviceAbsent(error.code, error.detail) from error
        self._health = Health(
            stall_s=options.stall_s if self._live else 0,
            frozen_s=options.frozen_s if self._live else 0,
            still_there=lambda: not path or identity_of(path) == identity,
            now=self._clock.monotonic(),
        )

    def close(self) -> None:
        capture, self._capture = self._capture, None
        if capture is not None:
            capture.close()
        self._resting = None
        self._codes.clear()

    def read(self, timeout_s: float | None, stopped: Callable[[], bool]) -> RawScan | None:
        if self._capture is None:
            raise DeviceLost("closed", f"{self._options.device}: is not open")
        deadline = None if timeout_s is None else self._clock.monotonic() + timeout_s
        while not stopped():
            if self._codes:
                return self._codes.popleft()
            if self._interrupted:
                self._interrupted = False
                return None
            now = self._clock.monotonic()
            if deadline is not None and now >= deadline:
                return None
            due = self._health.due if deadline is None else min(deadline, self._health.due)
            self._clock.wait(self._news, max(0.0, due - now))
            self._news.clear()
            frame = self._capture.take()
            now = self._clock.monotonic()
            if frame is not None:
                self._look(frame, now)
            elif self._resting is not None:
                self._preview.saw(self._resting, now)
            self._capture.check()
            self._health.check(now)
        return None

    def interrupt(self) -> None:
        self._interrupted = True
        self._news.set()

    def _source(self, ended: threading.Event) -> Any:
        from kiosk.drivers.camera.sources import make_source

        options = self._options
        return make_source(
            options.device,
            width=options.width,
            height=options.height,
            fps=options.fps,
            pixel_format=options.pixel_format,
            clock=self._clock,
            ended=ended,
            capture=self._video_capture,
            picamera=self._picamera,
        )

    def _opened(self, capture: "Capture") -> bool:
        """Wait until *capture* has opened its source; returns whether that is a real camera. Raises DeviceError."""
        deadline = self._clock.monotonic() + self._options.stall_s
        while (live := capture.live) is None:
            capture.check()
            left = deadline - self._clock.monotonic()
            if left <= 0:
                raise DeviceAbsent("no-answer", f"{self._options.device}: could not be opened in {self._options.stall_s:g} s")
            self._clock.wait(self._news, left)
            self._news.clear()
        return live

    def _look(self, frame: "NDArray[np.uint8]", now: float) -> None:
        from kiosk.drivers.camera.preview import FPS
        from kiosk.drivers.camera.vision import upright

        # Before it is turned: what the camera gave.
        self._health.saw(frame, now)
        grey = upright(frame, self._options.rotation, self._options.mirror)
        period_s = self._pace.saw(grey, now)
        reads = self._pipeline.feed(grey, now)
        self._codes.extend(RawScan(read.text, read.symbology) for read in reads)
        self._resting = None if self._live else grey
        if self._preview.wanted:
            self._preview.read(reads, now)
            self._preview.saw(grey, now)
            period_s = min(period_s, 1 / FPS)
        if self._capture is not None:
            self._capture.period_s = period_s


def _lacks(_options: CameraOptions) -> Reason | None:
    for module, package in (("cv2", "opencv-python-headless"), ("zxingcpp", "zxing-cpp")):
        if importlib.util.find_spec(module) is None:
            return Reason("no-opencv", f"install {package} (docs/dependencies.md)")
    return None


def _build(options: CameraOptions, context: BuildContext) -> CameraScanner:
    return CameraScanner(options, context.clock, context.preview)


DRIVER = Driver(
    kind="scanner",
    name="camera",
    options=CameraOptions,
    build=_build,
    summary="Camera that reads codes: V4L2, Raspberry Pi camera, or pictures from files",
    lacks=_lacks,
    previews=True,
)
