"""What stands in a return's form while its person tests the appliance on another page: held here some minutes for its screen."""

from collections.abc import Mapping

from flask import current_app
from flask.sansio.app import App

from kiosk.web.context import current_services
from kiosk.web.pages.entries import Entered
from kiosk.web.pages.held import Held
from kiosk.web.sessions import screen_id

_EXTENSION = "kiosk_return_drafts"
# Seconds: a test of an appliance takes its time.
_KEEP_S = 30 * 60.0
_MOST = 100
# Never held: tokens of the form, and what only a person knows.
_NOT_HELD = frozenset({"csrf_token", "idempotency_key", "pin", "scan", "person", "do"})


def set_up_return_drafts(app: App) -> None:
    """Give *app* its memory."""
    app.extensions[_EXTENSION] = Held[Entered](_KEEP_S, _MOST)


def hold_draft(path: str, fields: Mapping[str, str]) -> None:
    """Hold the fields of the form at *path* for this screen."""
    screen = screen_id()
    kept = Entered({name: text for name, text in fields.items() if name not in _NOT_HELD})
    _memory().put(f"{screen} {path}", kept, screen, current_services().clock.monotonic())


def draft_of(path: str) -> Entered | None:
    """What this screen's form at *path* held."""
    screen = screen_id()
    return _memory().get(f"{screen} {path}", screen, current_services().clock.monotonic())


def forget_draft(path: str) -> None:
    """The form was sent."""
    _memory().forget(f"{screen_id()} {path}")


def _memory() -> Held[Entered]:
    memory = current_app.extensions[_EXTENSION]
    assert isinstance(memory, Held)
    return memory
