"""The reader's language and the store's time: what a `Message` or an instant looks like to this person."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

from flask import Flask, has_request_context, request, session
from flask_babel import Babel, format_date, format_datetime, gettext
from werkzeug.wrappers import Response

from kiosk.config import Settings
from kiosk.i18n import Message, OwnWords
from kiosk.web.context import current_services

R = TypeVar("R", bound=Response)

LANGUAGE_COOKIE = "lang"
_YEAR_S = 365 * 24 * 3600
TRANSLATIONS = Path(__file__).parent / "translations"


def set_up_languages(app: Flask, settings: Settings) -> None:
    """Translate pages and problems into the reader's language and show times in the store's zone."""
    Babel(
        app,
        default_locale=settings.store.languages[0],
        default_timezone=settings.store.timezone,
        default_translation_directories=str(TRANSLATIONS),
        locale_selector=language,
    )
    app.jinja_env.globals["language"] = language
    app.jinja_env.filters["message"] = translate


def language() -> str:
    """The language of this request: chosen by the reader, else asked for by a program, else the store's first."""
    known: list[str] = list(current_services().settings.store.languages)
    if not has_request_context():
        return known[0]
    chosen = request.cookies.get(LANGUAGE_COOKIE) or session.get("lang")
    if chosen in known:
        return str(chosen)
    # A browser at the desk has the language of its installation, which says nothing about who stands there.
    if request.path.startswith("/api/"):
        return request.accept_languages.best_match(known, known[0]) or known[0]
    return known[0]


def remember_language(response: R, chosen: str) -> R:
    """Keep *chosen* for a year in this browser; a language that the store does not have is ignored."""
    settings = current_services().settings
    if chosen in settings.store.languages:
        response.set_cookie(LANGUAGE_COOKIE, chosen, max_age=_YEAR_S, httponly=True, samesite="Strict", secure=settings.web.secure_cookies)
    return response


def translate(text: Message | str) -> str:
    """*text* in the reader's language, its values shown as people write them."""
    if isinstance(text, Message):
        translated = str(gettext(text.text))
        return translated % shown(text.params) if text.params else translated
    return str(gettext(text))


def shown(params: Mapping[str, object]) -> dict[str, object]:
    """The values of a message as a person reads them: times in the store's zone, messages translated."""
    return {name: _shown(value) for name, value in params.items()}


def _shown(value: object) -> object:
    if isinstance(value, Message):
        return translate(value)
    if isinstance(value, OwnWords):
        return value.of(language())
    if isinstance(value, datetime):
        return format_datetime(value, "short")
    if isinstance(value, date):
        return format_date(value, "medium")
    return value
