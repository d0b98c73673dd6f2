"""Finds real-time commands in a byte stream the moment they come in, wherever they stand, picture data included.

Epson and Xprinter warn of just that: raster bytes that happen to read ``10 04 01`` are answered like the command.
"""

from dataclasses import dataclass

from kiosk.demo.escpos_commands import DLE, REAL_TIME_DC4

_EOT, _ENQ, _DC4 = 0x04, 0x05, 0x14
_CLEAR_BUFFERS = bytes((0x01, 0x03, 0x14, 0x01, 0x06, 0x02, 0x08))  # the fixed parameters of DLE DC4 8


@dataclass(frozen=True, slots=True)
class RealTime:
    """A real-time command. *name* is ``DLE EOT``, ``DLE ENQ`` or ``DLE DC4``; *data* its parameters."""

    name: str
    data: bytes


class RealTimeScanner:
    """Keeps what is needed of the stream to see a command that comes in several reads."""

    def __init__(self) -> None:
        self._seen = bytearray()

    def reset(self) -> None:
        self._seen.clear()

    def push(self, byte: int) -> RealTime | None:
        """Look at the next *byte*; return the command that it completes."""
        seen = self._seen
        seen.append(byte)
        if seen[0] != DLE:
            seen.clear()
            return None
        if len(seen) == 1:
            return None
        if seen[1] not in (_EOT, _ENQ, _DC4):
            seen.clear()
            if byte == DLE:
                seen.append(byte)
            return None
        return self._complete()

    def _complete(self) -> RealTime | None:
        seen = self._seen
        if len(seen) < 3:
            return None
        if seen[1] == _EOT:
            return self._done("DLE EOT", 3)
        if seen[1] == _ENQ:
            return self._done("DLE ENQ", 3)
        length = 3 + REAL_TIME_DC4.get(seen[2], 0)
        return self._done("DLE DC4", length) if len(seen) >= length else None

    def _done(self, name: str, length: int) -> RealTime:
        data = bytes(self._seen[2:length])
        self._seen.clear()
        return RealTime(name, data)


def clears_buffers(command: RealTime) -> bool:
    """Whether *command* throws away what is waiting: ``DLE ENQ 2`` and ``DLE DC4 8`` with its fixed parameters."""
    if command.name == "DLE ENQ":
        return command.data == b"\x02"
    return command.name == "DLE DC4" and command.data == b"\x08" + _CLEAR_BUFFERS
