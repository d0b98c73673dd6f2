"""Knows the browser screens of this station and which of them a scan is meant for: the one that was touched last."""

import threading
from dataclasses import dataclass

from kiosk.clock import Clock

# Screens remembered; a station has a handful, the rest are browsers that threw their cookie away.
_MAX_SCREENS = 64


@dataclass(frozen=True, slots=True)
class Screen:
    """A browser. *at_desk*: it stands at this station's desk. *logged_in*: a person was logged in when it was touched."""

    id: str
    at_desk: bool
    logged_in: bool
    touched_at: float  # monotonic seconds


class ActiveScreens:
    """Which screen is active. Thread-safe."""

    def __init__(self, clock: Clock, *, idle_s: float = 600) -> None:
        """*idle_s*: seconds after its last touch at which a screen's log-in counts as ended (security.idle_logout_min)."""
        self._clock = clock
        self._idle_s = idle_s
        self._lock = threading.Lock()
        self._screens: dict[str, Screen] = {}  # the one touched last stands last

    def touch(self, screen_id: str, at_desk: bool, logged_in: bool) -> None:
        """A person did something at *screen_id*, which makes it the active one."""
        with self._lock:
            self._screens.pop(screen_id, None)
            self._screens[screen_id] = Screen(screen_id, at_desk, logged_in, self._clock.monotonic())
            while len(self._screens) > _MAX_SCREENS:
                del self._screens[next(iter(self._screens))]

    def forget(self, screen_id: str) -> None:
        """*screen_id* is no more: its browser was closed for good."""
        with self._lock:
            self._screens.pop(screen_id, None)

    def active(self) -> str | None:
        """The screen that was touched last."""
        with self._lock:
            return next(reversed(self._screens), None)

    def for_badge(self) -> str | None:
        """The screen that a badge logs in: the last one touched at the desk, logged in or not.

        Never one elsewhere: a badge held under the scanner here must not open a session in another room.
        """
        with self._lock:
            return next((screen.id for screen in reversed(self._screens.values()) if screen.at_desk), None)

    def for_staff(self) -> str | None:
        """The screen that shows every other code: the last one touched where somebody is logged in.

        One at the desk is preferred, because the scanner stands there: a manager who reads a page in the office does
        not get the desk's scans.
        """
        with self._lock:
            now = self._clock.monotonic()
            staffed = [screen for screen in reversed(self._screens.values()) if screen.logged_in and now - screen.touched_at < self._idle_s]
            return next((screen.id for screen in staffed if screen.at_desk), staffed[0].id if staffed else None)
