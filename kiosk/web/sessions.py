"""Who is logged in at a browser: a signed cookie, idle log-out by the station's own clock, one random id a screen.

The cookie holds user, session epoch, a random login id and when it was last used. `Presence` remembers the same in
memory by the monotonic clock, so that a clock that jumps logs nobody out, and a log-out also ends copies of the cookie.
"""

import secrets
import threading
from dataclasses import dataclass, field

from flask import current_app, request, session

from kiosk.clock import Clock
from kiosk.desk.actors import Actor
from kiosk.web.context import current_services

PRESENCE = "kiosk_presence"
# Scripts that ask by themselves (polling) send this header: the machine's curiosity is not a person's presence.
BACKGROUND_HEADER = "X-Background"
# Seconds between two writes of the cookie: a page's ten requests need not send it ten times.
_REFRESH_S = 15


@dataclass(frozen=True, slots=True)
class Login:
    """What the cookie says about its person."""

    user_id: int
    epoch: int
    id: str
    seen: int  # Unix seconds of the last activity that the cookie knows


@dataclass
class Presence:
    """When each login was last active, in seconds of the monotonic clock; a log-out is remembered as ended."""

    clock: Clock
    idle_s: float
    _last: dict[str, float | None] = field(default_factory=dict)
    _ended: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def is_active(self, login: Login) -> bool:
        """Whether *login* is neither ended nor idle for too long."""
        now = self.clock.monotonic()
        with self._lock:
            if login.id in self._ended:
                return False
            last = self._last.get(login.id)
            if last is None:
                # This process has not met it yet: it was restarted, and only the cookie knows.
                age = self.clock.now().timestamp() - login.seen
                if abs(age) >= self.idle_s:
                    return False
                last = self._last[login.id] = now - max(age, 0.0)
            if now - last < self.idle_s:
                return True
            self._end(login.id, now)
            return False

    def touch(self, login_id: str) -> None:
        """The person did something."""
        with self._lock:
            if login_id not in self._ended:
                self._last[login_id] = self.clock.monotonic()

    def end(self, login_id: str) -> None:
        """The person left: the cookie of this login is worthless from now on, also a copy of it."""
        with self._lock:
            self._end(login_id, self.clock.monotonic())

    def _end(self, login_id: str, now: float) -> None:
        self._last.pop(login_id, None)
        # Once its cookie is too old by itself, an ended login need not be remembered.
        for old in [old for old, at in self._ended.items() if now - at > 2 * self.idle_s]:
            del self._ended[old]
        self._ended[login_id] = now


def presence() -> Presence:
    """The logins of this app."""
    value = current_app.extensions[PRESENCE]
    assert isinstance(value, Presence)
    return value


def current_login() -> Login | None:
    """What the session cookie of this request says, checked for form and age but not against the staff's records."""
    user_id, epoch, login_id, seen = (session.get(key) for key in ("user", "epoch", "login", "seen"))
    if not (isinstance(user_id, int) and isinstance(epoch, int) and isinstance(login_id, str) and isinstance(seen, int)):
        return None
    login = Login(user_id, epoch, login_id, seen)
    return login if presence().is_active(login) else None


def begin_login(actor: Actor, epoch: int) -> None:
    """Make *actor* the person of this browser. What an earlier person's session held is gone, its screen stays."""
    services = current_services()
    screen = screen_id()
    end_login()
    login_id = secrets.token_urlsafe(12)
    session.update(user=actor.id, epoch=epoch, login=login_id, seen=int(services.clock.now().timestamp()), screen=screen)
    presence().touch(login_id)


def end_login() -> None:
    """Log this browser out and end its event streams; its screen id and language stay."""
    screen, lang, login_id = session.get("screen"), session.get("lang"), session.get("login")
    if isinstance(login_id, str):
        presence().end(login_id)
    session.clear()
    if lang is not None:
        session["lang"] = lang
    if isinstance(screen, str):
        session["screen"] = screen
        current_services().streams.end_screen(screen)


def screen_id() -> str:
    """The random name of this browser, under which events meant for it alone are sent; made at first use."""
    screen = session.get("screen")
    if not isinstance(screen, str):
        screen = session["screen"] = secrets.token_urlsafe(12)
    return screen


def at_desk() -> bool:
    """Whether this browser stands at this station's desk, where a badge scan may log in."""
    return request.remote_addr in current_services().settings.station.screens


def note_activity(login: Login | None) -> None:
    """Count this request as a person's touch (unless a script sent it by itself) and make its screen the active one."""
    if request.headers.get(BACKGROUND_HEADER):
        return
    services = current_services()
    if login is not None:
        presence().touch(login.id)
        now = int(services.clock.now().timestamp())
        if abs(now - login.seen) >= _REFRESH_S:
            session["seen"] = now
    services.screens.touch(screen_id(), at_desk=at_desk(), logged_in=login is not None)
