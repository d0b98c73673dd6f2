"""Cuts a serial scanner's stream of bytes into frames, one a code; knows neither ports nor what a code means.

A framer never waits: it is given bytes, and told when no byte came for a while. What cannot be a code is thrown away
and counted, and the next frame starts clean.
"""

from abc import ABC, abstractmethod
from typing import Literal

Framing = Literal["line", "stx-etx", "gap"]

# ASCII control characters (ISO 646) that scanners put around a code.
STX, ETX, LF, CR = 0x02, 0x03, 0x0A, 0x0D

# A scanner sends a code in one burst; half a code this old is what noise, or a plug pulled half-way, left behind.
STALE_S = 1.0


def make_framer(framing: Framing, *, max_length: int, gap_s: float) -> "Framer":
    """Return the framer of a configured *framing*; *max_length* in bytes, *gap_s* in seconds (for ``gap`` alone)."""
    if framing == "line":
        return LineFramer(max_length, STALE_S)
    if framing == "stx-etx":
        return StxEtxFramer(max_length, STALE_S)
    return GapFramer(max_length, gap_s)


class Framer(ABC):
    """What the framings share: a bounded buffer, a count of what was dropped, and the end of patience."""

    def __init__(self, max_length: int, quiet_s: float) -> None:
        self.dropped = 0
        self._max_length = max_length
        self._quiet_s = quiet_s
        self._buffer = bytearray()
        self._overlong = False
        self._last = 0.0

    @property
    def due(self) -> float | None:
        """The monotonic time at which `quiet` wants to be called if no byte comes before; None: never."""
        return self._last + self._quiet_s if self._started else None

    def feed(self, data: bytes, now: float) -> list[bytes]:
        """Take *data* that arrived at *now* (monotonic seconds) and return the frames that it completes."""
        self._last = now
        frames: list[bytes] = []
        for byte in data:
            self._take(byte, frames)
        return frames

    def quiet(self, now: float) -> list[bytes]:
        """Say that nothing waits to be read at *now*; return the frames that the silence completes."""
        frames: list[bytes] = []
        if self.due is not None and now >= self.due:
            self._silence(frames)
        return frames

    def reset(self) -> None:
        """Forget a half frame without counting it: the port was opened anew."""
        self._buffer.clear()
        self._overlong = False

    @property
    def _started(self) -> bool:
        return bool(self._buffer) or self._overlong

    @abstractmethod
    def _take(self, byte: int, frames: list[bytes]) -> None:
        """Take one byte; add the frame that it completes, if any, to *frames*."""

    def _silence(self, _frames: list[bytes]) -> None:
        self._drop()

    def _add(self, byte: int) -> None:
        if self._overlong:
            return
        if len(self._buffer) == self._max_length:
            self._buffer.clear()
            self._overlong = True
            return
        self._buffer.append(byte)

    def _finish(self, frames: list[bytes]) -> None:
        if self._overlong:
            self._drop()
        elif self._buffer:
            frames.append(bytes(self._buffer))
            self.reset()

    def _drop(self) -> None:
        self.dropped += 1
        self.reset()


class LineFramer(Framer):
    """A code ends with CR, LF or both; the empty line between CR and LF is no code."""

    def _take(self, byte: int, frames: list[bytes]) -> None:
        if byte in (CR, LF):
            self._finish(frames)
        else:
            self._add(byte)


class StxEtxFramer(Framer):
    """A code stands between STX and ETX. Line ends outside are usual and ignored; other bytes outside are noise."""

    def __init__(self, max_length: int, quiet_s: float) -> None:
        super().__init__(max_length, quiet_s)
        self._inside = False
        self._noise = False

    def reset(self) -> None:
        super().reset()
        self._inside = self._noise = False

    @property
    def _started(self) -> bool:
        return self._inside or self._noise

    def _take(self, byte: int, frames: list[bytes]) -> None:
        if byte == STX:
            if self._started:
                self._drop()  # the end of the frame before was lost
            self._inside = True
        elif not self._inside:
            # A run of noise counts once, when a frame starts after it or silence ends it.
            self._noise = self._noise or byte not in (CR, LF)
        elif byte == ETX:
            self._finish(frames)
            self._inside = False
        else:
            self._add(byte)


class GapFramer(Framer):
    """A code ends when no byte came for a while: for scanners that cannot be given a suffix.

    Only silence that was seen ends a code: bytes that waited while this process was busy belong together.
    """

    def _take(self, byte: int, _frames: list[bytes]) -> None:
        self._add(byte)

    def _silence(self, frames: list[bytes]) -> None:
        self._finish(frames)
