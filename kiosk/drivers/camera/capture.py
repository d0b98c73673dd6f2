"""Takes pictures in a thread of its own and keeps the newest only: whatever a camera's driver does, the service does not wait.

A thread that hangs in a driver cannot be ended. It is left behind (a daemon, which ends with the process, or closes the camera
when the driver lets go of it), and no more than a few of them: then only unplugging or a restart helps, and the device says so.
"""

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from kiosk.clock import Clock
from kiosk.devices.errors import DeviceAbsent, DeviceError, DeviceLost
from kiosk.drivers.camera.sources import Source

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

log = logging.getLogger(__name__)

# Failed reads in a row that mean that the camera is gone, and the pause after each.
_MAX_FAILED = 10
_PAUSE_S = 0.05
# Real seconds that closing waits for the thread: one frame at 1 per second.
_CLOSE_S = 1.5


class LeftBehind:
    """The threads that hang, by the device that they hang in; counted over all openings of the process."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._threads: dict[str, list[threading.Thread]] = {}

    def refuse_more(self, device: str) -> None:
        """Raises DeviceAbsent when too many threads hang in *device* to try once more."""
        if self.count(device) >= self._limit:
            raise DeviceAbsent("camera-hangs", f"{device}: {self._limit} tries hang in its driver; unplug it, or restart the station")

    def add(self, device: str, thread: threading.Thread) -> None:
        with self._lock:
            self._threads.setdefault(device, []).append(thread)

    def count(self, device: str) -> int:
        """How many threads hang in *device* now."""
        with self._lock:
            alive = [thread for thread in self._threads.get(device, ()) if thread.is_alive()]
            self._threads[device] = alive
            return len(alive)


LEFT_BEHIND = LeftBehind(3)


class Capture:
    """One opening of a source. `take` and the rest are for the device's thread; the source for the capture thread alone."""

    def __init__(
        self, device: str, make: Callable[[threading.Event], Source], clock: Clock, news: threading.Event, period_s: float
    ) -> None:
        """*make* gets the event that ends the capture; *news* is set whenever there is something to look at; *period_s*: see `period_s`."""
        self._device, self._make, self._clock, self._news = device, make, clock, news
        # Seconds between two frames that are looked at; frames in between are not even decoded.
        self.period_s = period_s
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._live: bool | None = None
        self._frame: NDArray[np.uint8] | None = None
        self._error: DeviceError | None = None
        self._thread = threading.Thread(target=self._run, name=f"capture-{device}", daemon=True)

    def start(self) -> None:
        """Begin. Raises DeviceAbsent when too many earlier ones hang."""
        LEFT_BEHIND.refuse_more(self._device)
        self._thread.start()

    @property
    def live(self) -> bool | None:
        """Whether the source is a real camera; None: it is not open yet."""
        with self._lock:
            return self._live

    def check(self) -> None:
        """Raises what has ended the capture, DeviceAbsent or DeviceLost."""
        with self._lock:
            if self._error is not None:
                raise self._error

    def take(self) -> "NDArray[np.uint8] | None":
        """The newest frame, once."""
        with self._lock:
            frame, self._frame = self._frame, None
            return frame

    def close(self) -> None:
        """End it, or leave it behind."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(_CLOSE_S)
        if self._thread.is_alive():
            log.error("a camera's driver hangs: %s; its thread is left behind", self._device)
            LEFT_BEHIND.add(self._device, self._thread)
        with self._lock:
            self._frame = None

    # -- the capture thread

    def _run(self) -> None:
        source: Source | None = None
        try:
            source = self._make(self._ended)
            source.open()
            with self._lock:
                self._live = source.live
            self._news.set()
            self._work(source)
        except DeviceError as error:
            self._fail(error)
        except Exception as error:  # cv2.error, whatever picamera2 raises: one camera's fault
            log.debug("the capture of %s failed", self._device, exc_info=True)
            self._fail(DeviceLost("camera-error", f"{type(error).__name__}: {error}"))
        finally:
            if source is not None:
                try:
                    source.close()
                except Exception as error:  # a camera that is gone cannot be closed in order
                    log.debug("%s could not be closed: %s", self._device, error)

    def _work(self, source: Source) -> None:
        failed, wanted_at = 0, float("-inf")
        while not self._ended.is_set():
            grabbed = source.grab()
            if not grabbed and not source.live:
                continue
            now = self._clock.monotonic()
            if grabbed and now < wanted_at:
                failed = 0
                continue
            frame = source.retrieve() if grabbed else None
            if frame is None:
                if source.live:
                    failed += 1
                    if failed >= _MAX_FAILED:
                        raise DeviceLost("unplugged", f"{self._device}: gives no pictures any more")
                    self._clock.wait(self._ended, _PAUSE_S)
                continue
            failed, wanted_at = 0, now + self.period_s
            with self._lock:
                self._frame = frame
            self._news.set()

    def _fail(self, error: DeviceError) -> None:
        with self._lock:
            self._error = error
        self._news.set()
