"""A simulated panel of face buttons with lamps: hands on gpiozero's mock pins, which the ordinary driver opens.

The mock pins are chosen in the configuration (``pin_factory = "mock"``), and each panel has a chip number of its own, so
that two demos in one process do not share pins.
"""

import itertools
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kiosk.drivers.gpio_pins import FACTORIES

# rating -> GPIO, free on every Raspberry Pi's header (docs/hardware.md).
BUTTONS = {1: 5, 2: 6, 3: 13, 4: 19, 5: 26}
LEDS = {1: 12, 2: 16, 3: 20, 4: 21, 5: 25}

_CHIPS = itertools.count(500)
# How long a finger stays (seconds), and how often the contact bounces before it stays closed.
_FINGER_S = 0.15
_BOUNCES = 3


class ButtonPanelSimulator:
    """Buttons to ground, lamps lit by a high pin."""

    def __init__(self, folder: Path) -> None:
        """*folder* is what the pin library may write into."""
        self.chip = next(_CHIPS)
        self._factory = FACTORIES.take("mock", self.chip, folder)
        self._factory.pin_class = _watched(self._factory.pin_class, self._moved)
        self._lock = threading.Lock()
        self._fingers: dict[int, threading.Timer] = {}
        self._stuck: set[int] = set()
        self._watcher: Callable[[], object] = lambda: None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def watch(self, watcher: Callable[[], object]) -> None:
        """Call *watcher* when a lamp or a contact has changed; from any thread, and it must not block."""
        self._watcher = watcher

    def press(self, button: int) -> None:
        """Press and let go, with the bounces of a real contact; harmless while it is held."""
        with self._lock:
            if button in self._stuck or button in self._fingers:
                return
            finger = self._fingers[button] = threading.Timer(_FINGER_S, self._let_go, (button,))
            finger.daemon = True
        pin = self._pin(BUTTONS[button])
        for _ in range(_BOUNCES):
            pin.drive_low()
            pin.drive_high()
        pin.drive_low()
        finger.start()

    def hold(self, button: int) -> None:
        """Something holds the button down."""
        with self._lock:
            self._stuck.add(button)
        self._pin(BUTTONS[button]).drive_low()

    def free(self) -> None:
        """Nothing holds any button down."""
        with self._lock:
            stuck, self._stuck = self._stuck, set()
        for button in stuck:
            self._pin(BUTTONS[button]).drive_high()

    @property
    def stuck(self) -> bool:
        return bool(self._stuck)

    def lit(self, button: int) -> bool:
        """Whether the lamp of *button* is lit."""
        pin = self._pin(LEDS[button])
        return bool(pin.function == "output" and pin.state)

    def close(self) -> None:
        """Take the hands away; harmless when they are."""
        with self._lock:
            fingers, self._fingers = list(self._fingers.values()), {}
        for finger in fingers:
            finger.cancel()
        factory, self._factory = self._factory, None
        if factory is not None:
            FACTORIES.give_back("mock", self.chip)

    def _let_go(self, button: int) -> None:
        with self._lock:
            if self._fingers.pop(button, None) is None or button in self._stuck or self._factory is None:
                return
        self._pin(BUTTONS[button]).drive_high()

    def _pin(self, number: int) -> Any:
        return self._factory.pin(f"GPIO{number}")

    def _moved(self) -> None:
        self._watcher()


def _watched(kind: type[Any], moved: Callable[[], object]) -> type[Any]:
    """Mock pins of *kind* that tell when their level has changed."""

    class WatchedPin(kind):  # type: ignore[misc]
        def _change_state(self, value: Any) -> bool:
            changed = bool(super()._change_state(value))
            if changed:
                moved()
            return changed

    return WatchedPin
