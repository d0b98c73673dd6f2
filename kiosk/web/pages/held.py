"""What a screen works with for some minutes, kept here and not in the browser: codes of tickets, by a random id.

A router's scan must be fetched within a minute, but walking to the shelf takes longer. The page gets the id only, so
the code itself stays out of addresses, histories and the browser.
"""

import secrets
import threading
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from flask import current_app
from flask.sansio.app import App

from kiosk.web.context import current_services
from kiosk.web.sessions import screen_id

T = TypeVar("T")

_EXTENSION = "kiosk_held_codes"
# Seconds in which a person finds the bags, and codes in hand at once over all screens.
KEEP_S = 15 * 60.0
_MAX_HELD = 200


@dataclass(slots=True)
class _Held(Generic[T]):
    value: T = field(repr=False)
    screen: str
    until: float


class Held(Generic[T]):
    """Values by key, each for the screen that brought it. Thread-safe; a restart forgets them, and one begins again."""

    def __init__(self, keep_s: float = KEEP_S, at_most: int = _MAX_HELD) -> None:
        """*keep_s*: seconds until a value is forgotten; *at_most*: values at once, the oldest go first."""
        self._keep_s, self._at_most = keep_s, at_most
        self._lock = threading.Lock()
        self._held: dict[str, _Held[T]] = {}

    def put(self, key: str, value: T, screen: str, now: float) -> None:
        """Hold *value* as *key*; *now* is the monotonic time."""
        with self._lock:
            self._held.pop(key, None)
            for old in [known for known, held in self._held.items() if held.until <= now]:
                del self._held[old]
            while len(self._held) >= self._at_most:
                del self._held[next(iter(self._held))]
            self._held[key] = _Held(value, screen, now + self._keep_s)

    def get(self, key: str, screen: str, now: float) -> T | None:
        """The value, if it is still held for this screen."""
        with self._lock:
            held = self._held.get(key)
        return held.value if held is not None and held.screen == screen and held.until > now else None

    def forget(self, key: str) -> None:
        """Hold nothing as *key*."""
        with self._lock:
            self._held.pop(key, None)


def set_up_held_codes(app: App) -> None:
    """Give *app* its memory."""
    app.extensions[_EXTENSION] = Held[str]()


def hold(code: str) -> str:
    """Hold a typed *code* for this screen; returns its id."""
    key = secrets.token_urlsafe(16)
    _memory().put(key, code, screen_id(), current_services().clock.monotonic())
    return key


def code_of(key: str) -> str | None:
    """The code behind *key*: held already, or a scan that has just been told to this screen."""
    services, screen = current_services(), screen_id()
    now = services.clock.monotonic()
    held = _memory().get(key, screen, now)
    if held is not None:
        return held
    scan = services.scans.claim(key, screen)
    if scan is None:
        return None
    _memory().put(key, scan.text, screen, now)
    return scan.text


def _memory() -> Held[str]:
    memory = current_app.extensions[_EXTENSION]
    assert isinstance(memory, Held)
    return memory
