"""A code scanner on a serial port or a USB virtual one (pyserial): waits without polling, notices the pulled plug.

Framing and decoding stand in `scanner_framing` and `scanner_text`; states and repeats in the scanner service.
"""

import contextlib
import errno
import fcntl
import math
import os
import select
import termios
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta

from kiosk.clock import Clock
from kiosk.devices.errors import DeviceAbsent, DeviceLost
from kiosk.devices.registry import BuildContext, Driver
from kiosk.devices.scanner import RawScan
from kiosk.drivers.scanner_framing import Framing, make_framer
from kiosk.drivers.scanner_text import parse

if TYPE_CHECKING:
    from serial import Serial

# More than any code; one read empties what a scanner sends in a burst.
_READ_SIZE = 4096

# pyserial's letters for parity.
_PARITY = {"none": "N", "even": "E", "odd": "O", "mark": "M", "space": "S"}


class SerialScannerOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of ``driver = "serial"``."""

    port: Annotated[str, Meta(min_length=1, description="Device file; /dev/serial/by-id/... stays the same when it is put back.")]
    baudrate: Annotated[int, Meta(ge=300, le=921_600, description="Bits a second, as the scanner is set; USB scanners ignore it.")] = 9600
    bytesize: Annotated[Literal[7, 8], Meta(description="Data bits.")] = 8
    parity: Annotated[Literal["none", "even", "odd", "mark", "space"], Meta(description="Parity bit.")] = "none"
    stopbits: Annotated[Literal[1, 2], Meta(description="Stop bits.")] = 1
    framing: Annotated[Framing, Meta(description="How a code ends: line (CR, LF or both), stx-etx, or gap (nothing sent for gap_ms).")] = (
        "line"
    )
    gap_ms: Annotated[int, Meta(ge=5, le=1000, description="Milliseconds without a byte that end a code; for gap framing.")] = 50
    aim_prefix: Annotated[bool, Meta(description="The scanner is set to send AIM identifiers, e.g. ]C0, before each code.")] = False
    max_length: Annotated[int, Meta(ge=8, le=8192, description="Bytes of the longest code; anything longer is dropped.")] = 1024


class SerialScanner:
    """Implements `kiosk.devices.scanner.Scanner`."""

    def __init__(self, options: SerialScannerOptions, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._framer = make_framer(options.framing, max_length=options.max_length, gap_s=options.gap_ms / 1000)
        self._noise = 0
        self._codes: deque[RawScan] = deque()
        self._serial: Serial | None = None
        self._fd = -1
        # `interrupt` comes from another thread and must never write to a file number that was closed and given away.
        self._wake_lock = threading.Lock()
        self._wake: tuple[int, int] | None = None
        self._poll = select.poll()

    @property
    def dropped(self) -> int:
        return self._framer.dropped + self._noise

    def open(self) -> None:
        """Open the port for this process alone and forget what it received before. Raises DeviceAbsent."""
        from serial import Serial, SerialException

        self.close()
        options = self._options
        port = Serial(
            baudrate=options.baudrate,
            bytesize=options.bytesize,
            parity=_PARITY[options.parity],
            stopbits=options.stopbits,
            timeout=0,
            exclusive=True,  # an flock: keeps out a second station and every other program that asks for one
        )
        port.port = options.port
        try:
            port.open()
        except (SerialException, OSError, ValueError, termios.error) as error:
            raise DeviceAbsent(_why(error), f"{options.port}: {error}") from error
        self._serial, self._fd = port, port.fileno()
        with contextlib.suppress(OSError):  # keeps out programs that ask for nothing; a pty of an odd kernel has none
            fcntl.ioctl(self._fd, termios.TIOCEXCL)
        wake = os.pipe()
        for end in wake:
            os.set_blocking(end, False)
        self._poll = select.poll()
        self._poll.register(self._fd, select.POLLIN)
        self._poll.register(wake[0], select.POLLIN)
        with self._wake_lock:
            self._wake = wake

    def close(self) -> None:
        with self._wake_lock:
            wake, self._wake = self._wake, None
        for end in wake or ():
            os.close(end)
        port, self._serial = self._serial, None
        if port is not None:
            with contextlib.suppress(OSError):  # already unplugged; a pty would keep the mark for the next who opens it
                fcntl.ioctl(self._fd, termios.TIOCNXCL)
            with contextlib.suppress(OSError):
                port.close()
        self._fd = -1
        self._framer.reset()
        self._codes.clear()

    def read(self, timeout_s: float | None, stopped: Callable[[], bool]) -> RawScan | None:
        if self._wake is None:
            raise DeviceLost("closed", f"{self._options.port}: is not open")
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
                os.read(wake, _READ_SIZE)
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

    def _patience_ms(self, deadline: float | None) -> int | None:
        """Milliseconds until something is due; None: nothing is, only a byte or `interrupt` counts."""
        due = [moment for moment in (deadline, self._framer.due) if moment is not None]
        if not due:
            return None
        return max(0, math.ceil((min(due) - self._clock.monotonic()) * 1000))

    def _receive(self) -> bytes:
        try:
            data = os.read(self._fd, _READ_SIZE)
        except BlockingIOError:
            return b""
        except OSError as error:  # EIO, ENODEV, ENXIO: which one depends on the driver of the adapter
            raise DeviceLost("unplugged", f"{self._options.port}: {error.strerror}") from error
        if not data:  # ready and yet nothing to read is how Linux reports a terminal that hung up
            raise DeviceLost("unplugged", f"{self._options.port}: the device is gone")
        return data

    def _accept(self, frames: list[bytes]) -> None:
        for frame in frames:
            code = parse(frame, aim_prefix=self._options.aim_prefix)
            if code is None:
                self._noise += 1
            else:
                self._codes.append(code)


def _why(error: Exception) -> str:
    number = getattr(error, "errno", None)
    if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO):
        return "not-found"
    if number in (errno.EACCES, errno.EPERM):
        return "no-permission"
    if number in (errno.EBUSY, errno.EAGAIN):
        return "taken"
    return "not-a-serial-port"


def _build(options: SerialScannerOptions, context: BuildContext) -> SerialScanner:
    return SerialScanner(options, context.clock)


DRIVER = Driver(
    kind="scanner",
    name="serial",
    options=SerialScannerOptions,
    build=_build,
    summary="Code scanner on a serial port or a USB virtual serial port",
)
