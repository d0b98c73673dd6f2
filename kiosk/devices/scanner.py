"""The interface of a code scanner, whatever reads the code: a serial port, a keyboard device or a camera."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Scan:
    """One code read. *symbology* is a lower-case name (``code128``, ``ean13``, ``qr``) where the scanner tells it."""

    text: str
    device: str
    at: datetime
    symbology: str | None = None


@dataclass(frozen=True, slots=True)
class RawScan:
    """What a driver read: text, and symbology where known; the scanner service adds device and time."""

    text: str
    symbology: str | None = None


class Scanner(Protocol):
    """A scanner, owned by one thread; only `interrupt` and `dropped` may be used by others."""

    def open(self) -> None:
        """Take the device for this process alone. Raises DeviceAbsent."""
        ...

    def close(self) -> None:
        """Let go of everything; harmless when not open; never raises."""
        ...

    def read(self, timeout_s: float | None, stopped: Callable[[], bool]) -> RawScan | None:
        """Return the next code, waiting *timeout_s* at most (None: for ever). Raises DeviceLost.

        None comes early when `interrupt` was called, when *stopped* says so, and after something was thrown away, so
        that the caller can look at `dropped`.
        """
        ...

    def interrupt(self) -> None:
        """Make a `read` in another thread, or the next one, return None at once; harmless when not open."""
        ...

    @property
    def dropped(self) -> int:
        """How many reads were thrown away as noise or too long since the start; closing does not reset it."""
        ...
