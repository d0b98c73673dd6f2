"""What a way to a printer offers, and the bounded write that sockets and serial ports share."""

import errno
import select
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from kiosk.clock import Clock
from kiosk.devices.errors import SendFailed

_SLICE_S = 0.25  # how often a waiting write looks at the clock
_LOOK_S = 0.005  # how often a buffer that empties is looked at


@dataclass(frozen=True, slots=True)
class WriteLimits:
    """*stall_s*: without a byte taken; *total_s*: for the whole write."""

    stall_s: float
    total_s: float


class Transport(Protocol):
    """Bytes to and from one printer, used by one thread. Every call is bounded in time."""

    def connect(self) -> None:
        """Open it for ourselves alone; raises DeviceAbsent."""
        ...

    def write(self, data: bytes, limits: WriteLimits) -> None:
        """Hand over all of *data*; raises SendFailed with the count of bytes that were taken."""
        ...

    def drain(self, limits: WriteLimits) -> bool:
        """Wait until the other end has taken what was written; return whether it has. Raises DeviceLost."""
        ...

    def read(self, timeout_s: float) -> bytes:
        """Return what has come, as soon as something has; empty after *timeout_s*. Raises DeviceLost."""
        ...

    def wire_seconds(self, count: int) -> float:
        """Seconds that *count* bytes take on the wire at least."""
        ...

    def close(self) -> None:
        """Let go of it without waiting for the printer; harmless when closed."""
        ...


def write_bounded(
    descriptor: int,
    take: Callable[[memoryview], int],
    data: bytes,
    limits: WriteLimits,
    clock: Clock,
    lost: Callable[[OSError], str],
) -> None:
    """Write *data* to a non-blocking *descriptor* through *take*; *lost* names the code of an error.

    Waiting for room instead of blocking in the write is what bounds it: a printer without paper stops reading for ever.
    """
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    view = memoryview(data)
    sent = 0
    started = progressed = clock.monotonic()
    while sent < len(view):
        try:
            sent += take(view[sent:])
        except (BlockingIOError, InterruptedError):
            now = clock.monotonic()
            if now >= min(progressed + limits.stall_s, started + limits.total_s):
                raise SendFailed(
                    "write-stalled",
                    f"the printer took {sent} of {len(view)} bytes and then no more; check paper and cover",
                    bytes_sent=sent,
                ) from None
            poll.poll(_poll_ms(min(progressed + limits.stall_s, started + limits.total_s) - now))
        except OSError as error:
            raise SendFailed(lost(error), f"writing broke off after {sent} of {len(view)} bytes: {error}", bytes_sent=sent) from error
        else:
            progressed = clock.monotonic()


def drain_bounded(descriptor: int, waiting: Callable[[], int], limits: WriteLimits, clock: Clock) -> bool:
    """Wait until *waiting*, the count of bytes on this side of *descriptor*, is 0; return whether it came to that.

    Raises ConnectionResetError when the other end breaks off meanwhile.
    """
    poll = select.poll()
    poll.register(descriptor, 0)  # an answer that comes meanwhile is no reason to wake: only errors and hang-ups are
    started = progressed = clock.monotonic()
    least = waiting()
    while left := waiting():
        now = clock.monotonic()
        if left < least:
            least, progressed = left, now
        if now >= min(progressed + limits.stall_s, started + limits.total_s):
            return False
        if poll.poll(_LOOK_S * 1000):
            raise ConnectionResetError(errno.ECONNRESET, "the other end has gone")
    return True


def wait_readable(descriptor: int, timeout_s: float) -> bool:
    """Wait until there is something to read (the end counts); real seconds, at most *timeout_s*."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(max(0.0, timeout_s) * 1000))


def _poll_ms(rest_s: float) -> float:
    return max(1.0, min(rest_s, _SLICE_S) * 1000)
