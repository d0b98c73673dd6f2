"""Finds out whether the station runs, and what it says of itself, without a login."""

import fcntl
import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kiosk.config import Settings
from kiosk.db.engine import database_url

_TIMEOUT_S = 3.0


@dataclass(frozen=True, slots=True)
class RunningStation:
    """A station that holds its lock. *ready* and *devices* come from its /readyz; None when it does not answer."""

    pid: str
    ready: bool | None
    devices: dict[str, dict[str, Any]] = field(default_factory=dict)


def find_running(settings: Settings) -> RunningStation | None:
    """Return the running station of *settings*, None when none runs. Raises ConfigError."""
    pid = lock_owner(settings)
    answer = _ask(settings)
    if pid is None and answer is None:
        return None
    ready, body = answer if answer is not None else (None, {})
    devices = {str(item.get("name")): item for item in body.get("devices", []) if isinstance(item, dict)}
    return RunningStation(pid or "unknown", ready, devices)


def lock_owner(settings: Settings) -> str | None:
    """The process that runs a station on the SQLite file of *settings*; None when none does. Raises ConfigError."""
    url = database_url(settings.database.url)
    if url.get_backend_name() != "sqlite":
        return None
    try:
        with Path(f"{url.database}.lock").open(encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return file.read().strip() or "unknown"
    except FileNotFoundError:
        return None
    return None


def _ask(settings: Settings) -> tuple[bool, dict[str, Any]] | None:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.web.host, settings.web.host)
    # A proxy from the environment has no business between a station and itself.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{host}:{settings.web.port}/readyz", timeout=_TIMEOUT_S) as response:
            return True, _json(response.read())
    except urllib.error.HTTPError as error:
        with error:
            body = _json(error.read())
        # Another program on this port answers 404 or the like, without our body.
        return (False, body) if "devices" in body else None
    except (OSError, ValueError):
        return None


def _json(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
