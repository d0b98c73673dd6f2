"""Finds drivers by kind and name through the entry point group ``kiosk.drivers``, the product's own included."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import msgspec

from kiosk.clock import Clock
from kiosk.config import DeviceSettings, convert_table, did_you_mean
from kiosk.config_source import Locator
from kiosk.devices.audio import AudioOptions
from kiosk.devices.preview import PreviewBoard
from kiosk.devices.state import Reason
from kiosk.errors import ConfigError

ENTRY_POINT_GROUP = "kiosk.drivers"


@dataclass(frozen=True, slots=True)
class BuildContext:
    """What a driver may need of its station: its device's name, the clock, a folder for caches, who looks at its pictures."""

    name: str
    clock: Clock
    cache_dir: Path
    preview: PreviewBoard | None = None


@dataclass(frozen=True, slots=True)
class Driver:
    """A driver's own description. *options* is a msgspec Struct, ``forbid_unknown_fields``, every field documented.

    *build* makes the driver's object (a Printer, a Scanner...) without touching the hardware; heavy imports belong
    into that object's ``open``. *lacks* says what the installation lacks for a device with these options, without importing
    it; such a device is disabled. *previews*: it shows pictures on `BuildContext.preview`.
    """

    kind: str
    name: str
    options: type[msgspec.Struct]
    build: Callable[[Any, BuildContext], Any]
    summary: str
    lacks: Callable[[Any], Reason | None] = lambda _options: None
    previews: bool = False


@dataclass(frozen=True, slots=True)
class DeviceConfig:
    """One ``[devices.NAME]`` table, checked: the driver and its options."""

    name: str
    driver: Driver
    options: msgspec.Struct
    required: bool = False

    @property
    def kind(self) -> str:
        return self.driver.kind


def driver_names() -> dict[str, EntryPoint]:
    """Every installed driver by the name of its entry point, ``KIND.NAME`` or plain ``NAME``; not yet imported."""
    return {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}


def find_driver(name: str, kind: str | None = None) -> Driver:
    """Import the driver *name*. Raises ConfigError when there is none, or when its package is broken.

    With *kind*, ``KIND.NAME`` comes before the plain *name*: drivers of two kinds may share a name, as ``gpio`` does.
    """
    known = driver_names()
    point = known.get(f"{kind}.{name}") or known.get(name)
    if point is None:
        others = sorted(entry.partition(".")[0] for entry in known if entry.partition(".")[2] == name)
        if others and kind is not None:
            raise ConfigError(_wrong_kind(name, " or ".join(others), kind))
        offered = {entry.removeprefix(f"{kind}.") for entry in known if kind is None or "." not in entry or entry.startswith(f"{kind}.")}
        raise ConfigError(f"no driver {name!r}{did_you_mean(name, offered)}")
    try:
        driver = point.load()
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"driver {name!r} ({point.value}) cannot be loaded: {error}") from error
    if not isinstance(driver, Driver):
        raise ConfigError(f"driver {name!r} ({point.value}) is not a kiosk.devices.registry.Driver")
    return driver


def check_devices(devices: Mapping[str, DeviceSettings], locate: Callable[..., Locator]) -> list[DeviceConfig]:
    """Hold each device's options against its driver; *locate* names the place of a section for error texts.

    Raises ConfigError with one line for each mistake.
    """
    checked: list[DeviceConfig] = []
    problems: list[str] = []
    for name, device in devices.items():
        where = locate("devices", name)
        try:
            driver = find_driver(device.driver, device.kind)
            if driver.kind != device.kind:
                raise ConfigError(_wrong_kind(device.driver, driver.kind, device.kind))
        except ConfigError as error:
            problems.append(f"{where('driver')}: {error}")
            continue
        try:
            options = convert_table(device.options, driver.options, where)
        except ConfigError as error:
            problems.append(str(error))
            continue
        try:
            if isinstance(options, AudioOptions) and options.speech:
                find_driver(options.speech, "speech")
        except ConfigError as error:
            problems.append(f"{where('speech')}: {error}")
        checked.append(DeviceConfig(name, driver, options, device.required))
    if problems:
        raise ConfigError("\n".join(problems))
    return checked


def build_device(config: DeviceConfig, *, clock: Clock, cache_dir: Path) -> Any:
    """Make the driver's object of *config* (a Printer, a Scanner...); the hardware is not touched."""
    return config.driver.build(config.options, BuildContext(config.name, clock, cache_dir))


def _wrong_kind(name: str, kind: str, wanted: str) -> str:
    return f"driver {name!r} is for {_a(kind)}, not for {_a(wanted)}"


def _a(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
