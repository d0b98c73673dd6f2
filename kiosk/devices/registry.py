"""Finds drivers by kind and name through the entry point group ``kiosk.drivers``, the product's own included."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from kiosk.clock import Clock

ENTRY_POINT_GROUP = "kiosk.drivers"


@dataclass(frozen=True, slots=True)
class BuildContext:
    """What a driver may need of its station: its device's name, the clock, and a folder for caches."""

    name: str
    clock: Clock
    cache_dir: Path


@dataclass(frozen=True, slots=True)
class Driver:
    """A driver's own description. *options* is a msgspec Struct, ``forbid_unknown_fields``, every field documented.

    *build* makes the driver's object (a Printer, a Scanner...) without touching the hardware; heavy imports belong
    into that object's ``open``.
    """

    kind: str
    name: str
    options: type[msgspec.Struct]
    build: Callable[[Any, BuildContext], Any]
    summary: str


@dataclass(frozen=True, slots=True)
class DeviceConfig:
    """One ``[devices.NAME]`` table, checked: the driver and its options."""

    name: str
    driver: Driver
    options: msgspec.Struct
    required: bool
    raw: Mapping[str, object]
