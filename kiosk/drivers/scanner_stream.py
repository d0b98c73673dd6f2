"""What scanners that are read from a file descriptor share: waiting without polling, framing, counting what is thrown away.

How the device is opened, and how its bytes are received, is each driver's own.
"""

import contextlib
import math
import os
import select
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable

from kiosk.clock import Clock
from kiosk.devices.errors import DeviceLost
from kiosk.devices.scanner import RawScan
from kiosk.drivers.scanner_framing import Framer
from kiosk.drivers.scanner_text import parse

# More than any code; one read empties what a scanner sends in a burst.
READ_SIZE = 4096


class StreamScanner(ABC):
    """The half of `kiosk.devices.scanner.Scanner` that begins after the device was opened."""

    def __init__(self, place: str, framer: Framer, clock: Clock, *, aim_prefix: bool) -> None:
        """*place* names the device in error texts; *aim_prefix*: the scanner sends AIM identifiers."""
        self._place, self._framer, self._clock, self._aim_prefix = place, framer, clock, aim_prefix
        self._noise = 0
        self._codes: deque[RawScan] = deque()
        self._fd = -1
        # `interrupt` comes from another thread and must never write to a file number that was closed and given away.
        self._wake_lock = threading.Lock()
        self._wake: tuple[int, int] | None = None
        self._poll = select.poll()

    @property
    def dropped(self) -> int:
        return self._framer.dropped + self._noise

    def read(self, timeout_s: float | None, stopped: Callable[[], bool]) -> RawScan | None:
        if self._wake is None:
            raise DeviceLost("closed", f"{self._place}: is not open")
        wake, _ = self._wake
        deadline = None if timeout_s is None else self._clock.monotonic() + timeout_s
        dropped = self.dropped
        while not stopped():
            if self._codes:
                return self._codes.popleft()
            if self.dropped != dropped:
                return None
            ready = {fd for fd, _ in self._poll.poll(self._patience_ms(deadline))}
            if wake in ready:
                os.read(wake, READ_SIZE)
                return None
            now = self._clock.monotonic()
            if self._fd in ready:
                self._accept(self._framer.feed(self._receive(), now))
            else:
                self._accept(self._framer.quiet(now))
                if deadline is not None and now >= deadline and not self._codes:
                    return None
        return None

    def interrupt(self) -> None:
        with self._wake_lock:
            if self._wake is not None:
                with contextlib.suppress(BlockingIOError):  # full: it is awake already
                    os.write(self._wake[1], b"\0")

    @abstractmethod
    def _receive(self) -> bytes:
        """What the device has sent, empty when that was nothing; called when it is ready. Raises DeviceLost."""

    def _begin(self, fd: int) -> None:
        """Be ready to read from *fd*, which stays the caller's."""
        self._fd = fd
        wake = os.pipe()
        for end in wake:
            os.set_blocking(end, False)
        self._poll = select.poll()
        self._poll.register(fd, select.POLLIN)
        self._poll.register(wake[0], select.POLLIN)
        with self._wake_lock:
            self._wake = wake

    def _end(self) -> None:
        """Forget the device and what it has half sent; harmless when there is none."""
        with self._wake_lock:
            wake, self._wake = self._wake, None
        for end in wake or ():
            os.close(end)
        self._fd = -1
        self._framer.reset()
        self._codes.clear()

    def _patience_ms(self, deadline: float | None) -> int | None:
        """Milliseconds until something is due; None: nothing is, only a byte or `interrupt` counts."""
        due = [moment for moment in (deadline, self._framer.due) if moment is not None]
        if not due:
            return None
        return max(0, math.ceil((min(due) - self._clock.monotonic()) * 1000))

    def _accept(self, frames: list[bytes]) -> None:
        for frame in frames:
            code = parse(frame, aim_prefix=self._aim_prefix)
            if code is None:
                self._noise += 1
            else:
                self._codes.append(code)
