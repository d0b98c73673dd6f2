"""What stands in a return's form while its person tests the appliance or takes a photo: held here some minutes for its screen."""

from collections.abc import Mapping
from typing import cast

from flask import current_app
from flask.sansio.app import App

from kiosk.web.context import current_services
from kiosk.web.pages.entries import Entered
from kiosk.web.pages.held import Held
from kiosk.web.sessions import screen_id

_EXTENSION = "kiosk_return_drafts"
_PHOTOS = "kiosk_return_draft_photos"
# Seconds: a test of an appliance takes its time.
_KEEP_S = 30 * 60.0
_MOST = 100
# Forms with photos at once, over all screens: together a few megabytes.
_MOST_WITH_PHOTOS = 20
# Never held: tokens of the form, and what only a person knows.
_NOT_HELD = frozenset({"csrf_token", "idempotency_key", "pin", "scan", "person", "do"})


def set_up_return_drafts(app: App) -> None:
    """Give *app* its memory."""
    app.extensions[_EXTENSION] = Held[Entered](_KEEP_S, _MOST)
    app.extensions[_PHOTOS] = Held[list[bytes]](_KEEP_S, _MOST_WITH_PHOTOS)


def hold_draft(path: str, fields: Mapping[str, str]) -> None:
    """Hold the fields of the form at *path* for this screen."""
    screen = screen_id()
    kept = Entered({name: text for name, text in fields.items() if name not in _NOT_HELD})
    _memory().put(_key(path), kept, screen, current_services().clock.monotonic())


def draft_of(path: str) -> Entered | None:
    """What this screen's form at *path* held."""
    return _memory().get(_key(path), screen_id(), current_services().clock.monotonic())


def forget_draft(path: str) -> None:
    """The form was sent: its fields and photos are no more held."""
    _memory().forget(_key(path))
    _photos().forget(_key(path))


def hold_photo(path: str, jpeg: bytes) -> None:
    """Hold one more photo for the return that the form at *path* will record."""
    screen = screen_id()
    _photos().put(_key(path), [*photos_of(path), jpeg], screen, current_services().clock.monotonic())


def photos_of(path: str) -> list[bytes]:
    """The photos that this screen's form at *path* holds."""
    return _photos().get(_key(path), screen_id(), current_services().clock.monotonic()) or []


def _key(path: str) -> str:
    return f"{screen_id()} {path}"


def _memory() -> Held[Entered]:
    return cast("Held[Entered]", current_app.extensions[_EXTENSION])


def _photos() -> Held[list[bytes]]:
    return cast("Held[list[bytes]]", current_app.extensions[_PHOTOS])
