"""The few functions and filters that templates are built from; none of them queries."""

import secrets
from datetime import datetime
from typing import cast
from urllib.parse import urlencode

from flask import g, request, url_for
from flask.sansio.app import App
from flask_babel import format_datetime
from flask_babel import gettext as _

from kiosk.desk.actors import ROLE_NAMES, Actor, Role
from kiosk.desk.bags.models import DepositState
from kiosk.desk.bags.views import Deposit
from kiosk.i18n import N_
from kiosk.web.context import current_services
from kiosk.web.i18n import language, translate
from kiosk.web.pages import words
from kiosk.web.pages.icons import icon

LANGUAGE_NAMES = {"zh": "中文", "en": "English"}

SLOT_STATES = {
    "stored": N_("stored"),
    "printing": N_("printing"),
    "question": N_("waits for an answer"),
    "overdue": N_("overdue"),
}
DEPOSIT_STATES = {
    DepositState.PRINTING: N_("printing"),
    DepositState.STORED: N_("stored"),
    DepositState.RELEASED: N_("given back"),
    DepositState.CANCELLED: N_("cancelled"),
}
# Seconds from which a waiting time is told in days.
_TWO_DAYS = 48 * 3600


def set_up_templates(app: App) -> None:
    """Give *app*'s templates their functions and filters."""
    app.jinja_env.globals.update(
        icon=icon,
        store_name=store_name,
        idempotency_key=lambda: secrets.token_urlsafe(18),
        other_languages=other_languages,
        here=here,
        events_address=events_address,
        known_actor=known_actor,
        role_name=role_name,
        slot_state=lambda kind: translate(SLOT_STATES[kind]),
        deposit_state=deposit_state,
        job_name=words.job_name,
        job_tone=words.job_tone,
        reason_text=lambda code: words.reason_words(code)[0],
        reason_remedy=lambda code: words.reason_words(code)[1],
    )
    app.jinja_env.filters.update(money=money, waited=waited, moment=moment, time_of_day=time_of_day, clock_time=clock_time)


def store_name() -> str:
    """The store's name in the reader's language."""
    store = current_services().settings.store
    return store.name_en if language() == "en" and store.name_en else store.name


def other_languages() -> list[tuple[str, str]]:
    """The languages to switch to, each by its own name."""
    known = current_services().settings.store.languages
    return [(code, LANGUAGE_NAMES[code]) for code in known if code != language()]


def here() -> str:
    """The address to come back to after changing the language; what answers a form cannot be opened again."""
    if request.method != "GET":
        return ""
    query = urlencode(list(request.args.items(multi=True)))
    return f"{request.path}?{query}" if query else request.path


def note_newest_event() -> None:
    """Before a page looks anything up: what happens from now on, it will be told."""
    g.newest_event = current_services().bus.last_id


def events_address() -> str:
    """The stream of events, from the moment at which this page began to look things up: nothing falls in between."""
    return f"{url_for('api_events.follow')}?{urlencode({'since': g.get('newest_event') or current_services().bus.last_id})}"


def known_actor() -> Actor | None:
    """Who was found out to send this request; an error page asks the records nothing, they may be what is broken."""
    return cast("Actor | None", g.get("actor"))


def role_name(role: Role) -> str:
    """The name of a person's job."""
    return translate(ROLE_NAMES[role])


def deposit_state(deposit: Deposit) -> str:
    """How bags stand, in a word."""
    if deposit.overdue and deposit.state is DepositState.STORED:
        return translate(SLOT_STATES["overdue"])
    return translate(DEPOSIT_STATES[deposit.state])


def money(fen: int) -> str:
    """*fen* as yuan."""
    return f"¥{fen / 100:.2f}"


def waited(seconds: float) -> str:
    """A waiting time: ``1:05`` are an hour and five minutes."""
    if seconds >= _TWO_DAYS:
        return str(_("%(count)s d", count=int(seconds // 86400)))
    minutes = int(seconds // 60)
    return f"{minutes // 60}:{minutes % 60:02d}"


def moment(instant: datetime) -> str:
    """Day and time in the store's zone, the same in both languages."""
    return str(format_datetime(instant, "yyyy-MM-dd HH:mm"))


def time_of_day(instant: datetime) -> str:
    """The time alone while it is still today there, else with its day."""
    today = format_datetime(current_services().clock.now(), "yyyy-MM-dd")
    same_day = format_datetime(instant, "yyyy-MM-dd") == today
    return str(format_datetime(instant, "HH:mm" if same_day else "MM-dd HH:mm"))


def clock_time(instant: datetime) -> str:
    """The time to the second."""
    return str(format_datetime(instant, "HH:mm:ss"))
