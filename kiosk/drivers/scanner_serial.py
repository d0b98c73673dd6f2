"""A code scanner on a serial port or a USB virtual one (pyserial): takes it for this process alone, notices the pulled plug.

Waiting stands in `scanner_stream`, framing and decoding in `scanner_framing` and `scanner_text`; states and repeats in the
scanner service.
"""

import contextlib
import errno
import fcntl
import os
import termios
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta

from kiosk.clock import Clock
from kiosk.devices.errors import DeviceAbsent, DeviceLost
from kiosk.devices.registry import BuildContext, Driver
from kiosk.drivers.scanner_framing import Framing, make_framer
from kiosk.drivers.scanner_stream import READ_SIZE, StreamScanner

if TYPE_CHECKING:
    from serial import Serial

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


class SerialScanner(StreamScanner):
    """Implements `kiosk.devices.scanner.Scanner`."""

    def __init__(self, options: SerialScannerOptions, clock: Clock) -> None:
        framer = make_framer(options.framing, max_length=options.max_length, gap_s=options.gap_ms / 1000)
        super().__init__(options.port, framer, clock, aim_prefix=options.aim_prefix)
        self._options = options
        self._serial: Serial | None = None

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
        self._serial = port
        with contextlib.suppress(OSError):  # keeps out programs that ask for nothing; a pty of an odd kernel has none
            fcntl.ioctl(port.fileno(), termios.TIOCEXCL)
        self._begin(port.fileno())

    def close(self) -> None:
        port, self._serial = self._serial, None
        if port is not None:
            with contextlib.suppress(OSError):  # already unplugged; a pty would keep the mark for the next who opens it
                fcntl.ioctl(self._fd, termios.TIOCNXCL)
            with contextlib.suppress(OSError):
                port.close()
        self._end()

    def _receive(self) -> bytes:
        try:
            data = os.read(self._fd, READ_SIZE)
        except BlockingIOError:
            return b""
        except OSError as error:  # EIO, ENODEV, ENXIO: which one depends on the driver of the adapter
            raise DeviceLost("unplugged", f"{self._place}: {error.strerror}") from error
        if not data:  # ready and yet nothing to read is how Linux reports a terminal that hung up
            raise DeviceLost("unplugged", f"{self._place}: the device is gone")
        return data


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
