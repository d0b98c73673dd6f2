"""The interface of a code scanner."""

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
    """A scanner, owned by one thread."""

    def open(self) -> None: ...

    def close(self) -> None: ...

    def read(self, timeout_s: float, stopped: Callable[[], bool]) -> RawScan | None:
        """Return the next code, or None after *timeout_s* or when `interrupt` was called. Raises DeviceLost."""
        ...

    def interrupt(self) -> None:
        """Make a `read` in another thread return None at once."""
        ...

    @property
    def dropped(self) -> int:
        """How many reads were thrown away as noise or too long since the start."""
        ...
