"""Sorts the bytes that a printer sends back: real-time answers, buffered answers, automatic status, process ids.

The bit patterns (Epson: "identification of the statuses") keep them apart: DLE EOT answers ``0xx1xx10``, GS r
``0xx0xxxx``, an automatic status ``0xx1xx00`` and three bytes ``0xx0xxxx``, and a block ``37 22 d1 d2 d3 d4 00``. So an
automatic status that nobody asked for is never the answer to another question.
"""

from dataclasses import dataclass

_BLOCK = 0x37
_BLOCK_PROCESS_ID = 0x22
_BLOCK_LONGEST = 80  # a block that has not ended by then is noise


@dataclass(frozen=True, slots=True)
class RealTime:
    """The answer to one DLE EOT n; it does not say to which n."""

    value: int


@dataclass(frozen=True, slots=True)
class Processed:
    """The answer to one GS r."""

    value: int


@dataclass(frozen=True, slots=True)
class AutoStatus:
    """One automatic status, four bytes."""

    frame: bytes


@dataclass(frozen=True, slots=True)
class ProcessId:
    """The printing before this process id is completed."""

    id: bytes


Reply = RealTime | Processed | AutoStatus | ProcessId


class ReplyParser:
    """Takes bytes as they come, in any pieces; *noise* counts those that belong to nothing (XON, XOFF, line faults)."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self.noise = 0

    def feed(self, data: bytes) -> list[Reply]:
        """Return the replies that *data* completes."""
        self._pending += data
        replies: list[Reply] = []
        while self._pending:
            taken, reply = self._next()
            if taken == 0:
                break
            del self._pending[:taken]
            if reply is None:
                self.noise += taken
            else:
                replies.append(reply)
        return replies

    def _next(self) -> tuple[int, Reply | None]:
        """How many pending bytes belong together, and what they are; 0: more are needed."""
        first = self._pending[0]
        if first == _BLOCK:
            return self._block()
        if first & 0x93 == 0x12:
            return 1, RealTime(first)
        if first & 0x93 == 0x10:
            return self._auto_status()
        if first & 0x90 == 0x00:
            return 1, Processed(first)
        return 1, None

    def _auto_status(self) -> tuple[int, Reply | None]:
        frame = bytes(self._pending[:4])
        if any(byte & 0x90 for byte in frame[1:]):
            return 1, None  # cut off: what follows is something else
        return (4, AutoStatus(frame)) if len(frame) == 4 else (0, None)

    def _block(self) -> tuple[int, Reply | None]:
        end = self._pending.find(0x00, 1)
        body = bytes(self._pending[1 : end if end >= 0 else None])
        if any(not 0x20 <= byte <= 0x7E for byte in body) or len(body) > _BLOCK_LONGEST:
            return 1, None
        if end < 0:
            return 0, None
        if len(body) == 5 and body[0] == _BLOCK_PROCESS_ID:
            return end + 1, ProcessId(body[1:])
        return end + 1, None
