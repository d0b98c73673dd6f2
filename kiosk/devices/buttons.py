"""The interface of a panel of face buttons with lamps, whatever they are wired to; it neither debounces nor blinks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta


# The lamp of a panel that answers scans, where there is one: it stands beside the buttons, whose names begin with 1.
SCAN_LAMP = 0


@dataclass(frozen=True, slots=True)
class Edge:
    """A contact of *button* closed or opened at *at* (seconds of the injected clock's `monotonic`)."""

    button: int
    closed: bool
    at: float


class ButtonPanel(Protocol):
    """A panel, owned by one thread; only `interrupt` may be called by others. Buttons are named by the rating that they stand for."""

    @property
    def buttons(self) -> tuple[int, ...]:
        """The buttons, worst rating first."""
        ...

    @property
    def lamps(self) -> frozenset[int]:
        """Which buttons have a lamp, and `SCAN_LAMP` where there is one."""
        ...

    def open(self) -> None:
        """Take the pins for this process alone, lamps dark. Raises DeviceAbsent."""
        ...

    def close(self) -> None:
        """Lamps dark, pins let go; harmless when not open; never raises."""
        ...

    def read(self, timeout_s: float | None, stopped: Callable[[], bool]) -> Edge | None:
        """Return the next edge in order of time, waiting *timeout_s* at most (None: for ever). Raises DeviceLost.

        None comes early when `interrupt` was called and when *stopped* says so, but never before edges that have come in.
        """
        ...

    def closed(self) -> frozenset[int]:
        """Which contacts are closed at this moment, bounces included. Raises DeviceLost."""
        ...

    def light(self, button: int, on: bool) -> None:
        """Switch the lamp of *button* (or `SCAN_LAMP`); nothing happens without one. Raises DeviceLost."""
        ...

    def interrupt(self) -> None:
        """Make a `read` in another thread, or the next one, return None at once; harmless when not open."""
        ...


class ButtonOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every driver of button panels lets the technician set: the button service acts on it, above the driver."""

    debounce_ms: Annotated[int, Meta(ge=1, le=500, description="Milliseconds without a bounce after which a contact counts.")] = 25
    led_s: Annotated[float, Meta(ge=0.1, le=30, description="Seconds for which the lamp says that the press is recorded.")] = 1.5
    stuck_s: Annotated[float, Meta(ge=2, le=3600, description="Seconds of one press after which the button counts as stuck.")] = 20.0
