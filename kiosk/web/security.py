"""Headers that every answer carries, the session's key and cookie, and the limits of a request."""

import logging
import os
import re
import secrets
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

from flask import Flask, Response, current_app, request
from flask_wtf.csrf import CSRFProtect

from kiosk.config import Settings, Web
from kiosk.errors import ConfigError
from kiosk.web.context import EXTENSION, Services

log = logging.getLogger(__name__)

COOKIE_NAME = "kiosk_session"
# Bytes of an ordinary request. The largest form of the desk has some 10 kB, but a note that is far too long must still
# be read to be told so by its name: 10,000 Chinese characters are 90 kB in a form (nine bytes each, %E9%95%BF).
MAX_BODY = 256 * 1024
# Bytes in a megabyte of the configuration.
MEGABYTE = 1_000_000
# Attribute of views that take more than MAX_BODY.
_BODY_LIMIT = "kiosk_body_limit"
_KEY_FILE = "session.key"
_KEY_BYTES = 32

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), hid=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

View = TypeVar("View", bound=Callable[..., object])

# Checked by kiosk.web.auth after it knows whether the caller is a browser session or a program with a token.
csrf = CSRFProtect()


def secure(app: Flask, settings: Web, state_dir: Path) -> None:
    """Give *app* its key, cookie rules, CSRF protection, limits and headers."""
    app.secret_key = session_key(state_dir)
    app.config.update(
        SESSION_COOKIE_NAME=COOKIE_NAME,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_BODY,
        MAX_FORM_PARTS=100,
        # The token lives as long as its session: a page may stand open for a whole shift.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_CHECK_DEFAULT=False,
        # Behind a TLS proxy that changes the Host header the referrer never fits; the token and SameSite=Strict stand.
        WTF_CSRF_SSL_STRICT=False,
    )
    csrf.init_app(app)
    app.before_request(_allow_more)
    app.after_request(_add_headers)


def takes_up_to(limit: Callable[[Settings], int]) -> Callable[[View], View]:
    """A view whose requests may have *limit* bytes of content instead of MAX_BODY: photos, lists. Stands above the view's guard."""

    def decorate(view: View) -> View:
        setattr(view, _BODY_LIMIT, limit)
        return view

    return decorate


def photo_body(settings: Settings) -> int:
    """Bytes of a request that brings one photo: the photo itself, and the fields of its form."""
    return settings.cases.photo_max_mb * MEGABYTE + MAX_BODY


def receipts_body(_settings: Settings) -> int:
    """Bytes of a request that brings receipts: 500 of 30 lines each."""
    return 4 * MEGABYTE


def largest_body(app: Flask) -> int:
    """Bytes of the largest request that any view of *app* takes."""
    settings = cast(Services, app.extensions[EXTENSION]).settings
    return max(photo_body(settings), receipts_body(settings))


def _allow_more() -> None:
    # Before anything reads the form: the check of its token would already refuse it.
    limit = getattr(current_app.view_functions.get(request.endpoint or ""), _BODY_LIMIT, None)
    if limit is not None:
        request.max_content_length = limit(cast(Services, current_app.extensions[EXTENSION]).settings)


def session_key(state_dir: Path) -> str:
    """Read the key that signs sessions from *state_dir*; make it (readable by its owner only) when there is none.

    Raises ConfigError when the folder cannot be used.
    """
    path = state_dir / _KEY_FILE
    try:
        return _read_or_make_key(path)
    except OSError as error:
        remedy = "let this user read and write it, or name another folder (station.state_dir)"
        raise ConfigError(f"{path}: the key of the sessions cannot be used: {error.strerror}; {remedy}") from error


def _read_or_make_key(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        key = path.read_bytes().decode("ascii", "replace").strip()
    except FileNotFoundError:
        key = ""
    if not re.fullmatch(r"[0-9a-f]{64,}", key):
        # Missing, or cut short by a power loss: everybody logs in anew.
        key = secrets.token_hex(_KEY_BYTES)
        fresh = path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    elif stat.S_IMODE(path.stat().st_mode) & 0o077:
        log.warning("%s was readable by others; it is private now", path)
        path.chmod(0o600)
    return key


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response
