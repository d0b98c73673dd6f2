"""The states of a device, and what is told about them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DeviceState(StrEnum):
    """Where a device stands; ready and degraded are `OPERATIONAL`."""

    STARTING = "starting"
    READY = "ready"
    DEGRADED = "degraded"
    OFFLINE = "offline"
    DISABLED = "disabled"


OPERATIONAL = frozenset({DeviceState.READY, DeviceState.DEGRADED})


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a device is not simply ready: a stable *code* that screens translate, and *detail* for the technician."""

    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """A device at one moment. *next_try_at* is set while it waits to be opened again."""

    name: str
    kind: str
    driver: str
    state: DeviceState
    reason: Reason | None = None
    since: datetime | None = None
    next_try_at: datetime | None = None
