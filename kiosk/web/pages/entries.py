"""What was typed into a form that came after its person was logged out: kept some minutes, offered again, never sent.

The browser was led to the log-in instead, and what it had sent would be gone. Whoever logs in at that screen, and may
open the page, finds the form filled in as it was. Each view names the fields that it keeps; PINs are none of them.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import wraps
from itertools import islice
from typing import TypeVar, cast

from flask import current_app, flash, request
from flask.sansio.app import App
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError

from kiosk.desk.bags.codes import is_ticket_code, normalise
from kiosk.web import idempotency
from kiosk.web.auth import current_actor
from kiosk.web.context import current_services
from kiosk.web.pages.held import Held
from kiosk.web.security import csrf
from kiosk.web.sessions import screen_id

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

_EXTENSION = "kiosk_entries"
# Seconds to log in again; later the customer is another one.
KEEP_S = 5 * 60.0
# One entry a screen, for as many screens as a store may have; together they bound the memory to some megabytes.
_MOST_SCREENS = 100
# Characters of a field; the desk's longest (a description) has 500, and what is too long is refused in any case.
_LONGEST = 2000
# Fields of a form that has some of them once a line.
_MOST_NUMBERED = 100
# The field of a typed ticket code, into which a scanner that poses as a keyboard may also have put something else.
_CODE = "code"


@dataclass(frozen=True, slots=True)
class Entered:
    """What stands in a form: fields by name ("" for others), and the idempotency key to go on with ("": a new one)."""

    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    key: str = ""

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")


@dataclass(frozen=True, slots=True)
class _Kept:
    action: str
    entered: Entered


def set_up_entries(app: App) -> None:
    """Give *app* its memory."""
    app.extensions[_EXTENSION] = Held[_Kept](KEEP_S, _MOST_SCREENS)


def keeps(*names: str, longest: int = _LONGEST, numbered: tuple[str, ...] = ()) -> Callable[[View], View]:
    """A view whose form keeps its fields *names* when nobody is logged in any more; stands above the view's guard.

    *longest*: characters of each field that are kept. *numbered*: names of fields that a form has once a line
    (``quantity-3``); a hundred of them are kept at most.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def keeping(*args: object, **kwargs: object) -> ResponseReturnValue:
            if request.method == "POST" and current_actor() is None and _is_of_this_browser():
                _keep((*names, *islice(_numbered(numbered), _MOST_NUMBERED)), longest)
            return view(*args, **kwargs)

        return cast(View, keeping)

    return decorate


def entered(action: str) -> Entered:
    """What stands in the form that is sent to *action*: what this request sent there, or else what was kept for this screen.

    What was kept is handed out once, with a word about it.
    """
    if request.method != "GET":
        return Entered(request.form.to_dict() if request.path == action else {})
    screen = screen_id()
    kept = _memory().get(screen, screen, current_services().clock.monotonic())
    if kept is None or kept.action != action:
        return Entered()
    _memory().forget(screen)
    flash(_("You were logged out before this was sent. Check what you entered, and send it again."), "ask")
    return kept.entered


def _keep(names: tuple[str, ...], longest: int) -> None:
    fields = {name: text[:longest] for name in names if (text := request.form.get(name, "")) and not _is_secret(name, text)}
    if not fields:
        return
    try:
        # The same key again: if the request was done before and only its answer got lost, it is answered, not repeated.
        key = idempotency.key_of(request) or ""
    except idempotency.BadKey:
        key = ""
    screen = screen_id()
    _memory().put(screen, _Kept(request.path, Entered(fields, key)), screen, current_services().clock.monotonic())


def _numbered(stems: tuple[str, ...]) -> Iterator[str]:
    return (name for name in request.form if name.partition("-")[0] in stems and name.partition("-")[2].isdecimal())


def _is_secret(name: str, text: str) -> bool:
    if name == _CODE and not is_ticket_code(normalise(text)):
        return True
    return re.fullmatch(current_services().settings.scans.badge_regex, text.strip()) is not None


def _is_of_this_browser() -> bool:
    # An idle session still has its token, so that another site cannot lay a text in front of whoever logs in next.
    try:
        csrf.protect()
    except CSRFError:
        return False
    return True


def _memory() -> Held[_Kept]:
    memory = current_app.extensions[_EXTENSION]
    assert isinstance(memory, Held)
    return memory
