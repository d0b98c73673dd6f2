"""One gpiozero pin factory for each back end and chip, shared by all devices of the process, and its errors in plain words.

The back end is the one that the configuration names: when it cannot be used the device is offline and says why, because
another one, taken silently, may number, pull or time the pins differently.
"""

import contextlib
import os
import threading
import warnings
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Literal

from kiosk.devices.errors import DeviceAbsent

PinFactoryName = Literal["lgpio", "native", "pigpio", "rpigpio", "mock"]

_GROUP = "gpiozero_pin_factories"


class SharedFactories:
    """Counts who uses a factory and closes it after the last: a line has one owner, and two devices may not take one pin."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used: dict[tuple[str, int | None], tuple[Any, int]] = {}

    def take(self, name: str, chip: int | None, folder: Path) -> Any:
        """Return the factory *name* for *chip* (None: the board's own); *folder* takes what lgpio writes. Raises DeviceAbsent."""
        with self._lock:
            factory, users = self._used.get((name, chip), (None, 0))
            if factory is None:
                factory = _make(name, chip, folder)
            self._used[name, chip] = factory, users + 1
            return factory

    def give_back(self, name: str, chip: int | None) -> None:
        """One user less; the last one closes it."""
        with self._lock:
            factory, users = self._used.pop((name, chip))
            if users > 1:
                self._used[name, chip] = factory, users - 1
                return
        factory.close()


FACTORIES = SharedFactories()


def _make(name: str, chip: int | None, folder: Path) -> Any:
    points = {point.name: point for point in entry_points(group=_GROUP)}
    with plain_errors(f"pin factory {name}"):
        if name == "lgpio":
            # The library writes a pipe into its working directory as soon as it is imported (gpiozero#1130).
            folder.mkdir(parents=True, exist_ok=True)
            os.environ.setdefault("LG_WD", str(folder))
        if name not in points:
            raise DeviceAbsent("no-pin-factory", f"gpiozero has no pin factory {name!r}; it has {', '.join(sorted(points))}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # gpiozero warns of boards that it does not know; an error says more
            factory = points[name].load()
            return factory(chip=chip) if name == "lgpio" and chip is not None else factory()


@contextlib.contextmanager
def plain_errors(what: str) -> Iterator[None]:
    """Turn whatever gpiozero and its back ends raise into DeviceAbsent with a stable code. *what* begins the detail."""
    try:
        yield
    except DeviceAbsent:
        raise
    except Exception as error:  # each back end raises its own: lgpio.error, OSError, RuntimeError, ImportError...
        raise DeviceAbsent(_code(error), f"{what}: {error}") from error


def _code(error: Exception) -> str:
    text, kind = str(error).lower(), type(error).__name__
    if isinstance(error, ImportError):
        return "no-pin-library"
    if kind == "PinUnknownPi":
        return "no-pi"
    if kind == "PinInvalidPin":
        return "no-such-pin"
    if kind == "GPIOPinInUse" or "busy" in text:
        return "taken"
    if isinstance(error, PermissionError) or "permission" in text:
        return "no-permission"
    if isinstance(error, FileNotFoundError) or any(part in text for part in ("can not open gpiochip", "failed to connect")):
        return "not-found"
    return "gpio-error"
