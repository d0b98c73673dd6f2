"""A board of gpiozero's mock pins with a journal: what happened at which pin, and when.

The pins are the ones that the driver under test opens: the board takes the same factory, by the same names.
"""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.drivers.gpio_pins import FACTORIES
from tests.fakes.clock import FakeClock

# Boards of one process do not share pins: each has a chip of its own.
_CHIPS = itertools.count(100)


@dataclass(frozen=True, slots=True)
class Level:
    """The level of *pin* from *at* on, in seconds since the board was made."""

    pin: int
    high: bool
    at: float


class Board:
    """Pins that a test moves, on a clock that it moves, too. *chip* names the board in the options of a driver."""

    def __init__(self, factory: Any, clock: FakeClock, chip: int) -> None:
        self.factory, self.chip = factory, chip
        self._clock, self._began = clock, clock.monotonic()
        self.journal: list[Level] = []

    def drive(self, pin: int, *, high: bool) -> None:
        """Somebody outside puts *pin*, an input, on this level."""
        mock = self.factory.pin(f"GPIO{pin}")
        if mock.state is not high:
            self._note(pin, high)
        (mock.drive_high if high else mock.drive_low)()

    def press(self, pin: int, *, bounces: int = 0, gap_s: float = 0.001) -> None:
        """A button to ground closes, after *bounces* of *gap_s* each way."""
        for _ in range(bounces):
            self.drive(pin, high=False)
            self._clock.advance(gap_s)
            self.drive(pin, high=True)
            self._clock.advance(gap_s)
        self.drive(pin, high=False)

    def release(self, pin: int) -> None:
        """It opens again."""
        self.drive(pin, high=True)

    def lit(self, pin: int) -> bool:
        """Whether *pin* is an output and high."""
        mock = self.factory.pin(f"GPIO{pin}")
        return bool(mock.function == "output" and mock.state)

    def _note(self, pin: int, high: bool) -> None:
        self.journal.append(Level(pin, high, round(self._clock.monotonic() - self._began, 6)))


@contextmanager
def board(clock: FakeClock, folder: Path) -> Iterator[Board]:
    """A board with nothing connected. Its factory's ticks are those of *clock*."""
    chip = next(_CHIPS)
    factory = FACTORIES.take("mock", chip, folder)
    factory.ticks = clock.monotonic
    factory.pin_class = _ticking(factory.pin_class, clock)
    try:
        yield Board(factory, clock, chip)
    finally:
        FACTORIES.give_back("mock", chip)


def _ticking(kind: type[Any], clock: FakeClock) -> type[Any]:
    """Mock pins stamp their edges with the machine's clock; these with the test's."""

    class TickingPin(kind):  # type: ignore[misc]
        def _call_when_changed(self) -> None:
            self._last_change = clock.monotonic()
            super()._call_when_changed()

    return TickingPin
