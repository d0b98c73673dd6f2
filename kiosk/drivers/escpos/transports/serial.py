"""A printer at a serial port, also one behind a USB adapter."""

import contextlib
import errno
import os
import termios
from typing import Any, Literal

import serial
from escpos.printer import Serial

from kiosk.clock import Clock
from kiosk.devices.errors import DeviceAbsent, DeviceLost, SendFailed
from kiosk.drivers.escpos.transport import WriteLimits, drain_bounded, wait_readable, write_bounded

FlowControl = Literal["none", "rts-cts", "xon-xoff"]

_CHUNK = 4096
_BITS_PER_BYTE = 10  # start, eight, stop
_ABSENT = {
    errno.ENOENT: ("not-found", "there is no such port; is the cable plugged in?"),
    errno.EACCES: ("no-permission", "no permission; the user needs the group dialout"),
    errno.EBUSY: ("taken", "another program holds the port"),
    errno.EAGAIN: ("taken", "another program holds the port"),
}


class SerialTransport(Serial):  # type: ignore[misc]  # python-escpos has no type information
    """python-escpos's `Serial` with bounds: its own reads cost a second each, its writes and its `close` block for ever."""

    _device: Any  # pyserial's port, or False

    def __init__(self, port: str, baudrate: int, flow_control: FlowControl, clock: Clock) -> None:
        # timeout 0: reads never wait. dsrdtr does nothing on Linux: flow control is RTS/CTS or XON/XOFF, set at open.
        super().__init__(port, baudrate=baudrate, timeout=0, xonxoff=flow_control == "xon-xoff", dsrdtr=False)
        self._flow_control = flow_control
        self._clock = clock

    def connect(self) -> None:
        self.open()

    def open(self, raise_not_found: bool = True) -> None:
        """Open the port for ourselves alone; unlike the original with RTS/CTS, a lock, and the cause of a failure."""
        self.close()
        port = serial.Serial()
        port.port, port.baudrate, port.timeout, port.exclusive = self.devfile, self.baudrate, 0, True
        port.xonxoff, port.rtscts = self.xonxoff, self._flow_control == "rts-cts"
        try:
            port.open()
            _drop_line_faults(port.fileno())
        except (OSError, ValueError, termios.error) as error:
            port.close()
            code, remedy = _ABSENT.get(getattr(error, "errno", None) or 0, ("cannot-open", str(error)))
            raise DeviceAbsent(code, f"{self.devfile}: {remedy}") from error
        self.device = port

    def write(self, data: bytes, limits: WriteLimits) -> None:
        descriptor = self._descriptor()
        write_bounded(descriptor, lambda view: os.write(descriptor, view), data, limits, self._clock, lambda _: "unplugged")

    def drain(self, limits: WriteLimits) -> bool:
        """Wait until the system's buffer for the port is empty."""
        descriptor = self._descriptor()
        try:
            return drain_bounded(descriptor, lambda: int(self._device.out_waiting), limits, self._clock)
        except OSError as error:
            raise DeviceLost("unplugged", f"{self.devfile} is gone: {error}") from error

    def read(self, timeout_s: float) -> bytes:
        descriptor = self._descriptor()
        if not wait_readable(descriptor, timeout_s):
            return b""
        try:
            data = os.read(descriptor, _CHUNK)
        except (BlockingIOError, InterruptedError):
            return b""
        except OSError as error:
            raise DeviceLost("unplugged", f"{self.devfile} is gone: {error}") from error
        if not data:
            raise DeviceLost("unplugged", f"{self.devfile} is gone")
        return data

    def wire_seconds(self, count: int) -> float:
        return count * _BITS_PER_BYTE / float(self.baudrate)

    def close(self) -> None:
        """Close at once: the original waits (tcdrain) until a printer that has stopped reading reads again."""
        port, self._device = self._device, False
        if not port:
            return
        # An unplugged port fails at each step; there is nothing left to save.
        with contextlib.suppress(OSError, termios.error):
            port.reset_output_buffer()
        with contextlib.suppress(OSError, termios.error):
            port.close()

    def _descriptor(self) -> int:
        if not self._device:
            raise SendFailed("not-open", f"{self.devfile} is not open", bytes_sent=0)
        return int(self._device.fileno())


def _drop_line_faults(descriptor: int) -> None:
    """Have breaks and bytes with framing errors dropped: pyserial lets them read as 00, which is GS r's "all well"."""
    attributes = termios.tcgetattr(descriptor)
    attributes[0] |= termios.IGNBRK | termios.IGNPAR
    termios.tcsetattr(descriptor, termios.TCSANOW, attributes)
