"""Who calls, and whether that may be done: Bearer tokens for programs, the session cookie for people.

A request with an Authorization header is a program's and never falls back to a cookie; every other changing request
must carry the session's CSRF token. Roles and deactivation are read from the records on each request, so they act at once.
"""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar, cast
from urllib.parse import unquote, urlencode, urlsplit

from flask import Flask, current_app, g, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnsupportedMediaType

from kiosk.desk.actors import Actor
from kiosk.errors import Unauthenticated
from kiosk.i18n import N_, msg
from kiosk.logs import add_to_log_context
from kiosk.web import sessions
from kiosk.web.context import current_services
from kiosk.web.security import csrf

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

LOGIN_PATH = "/login"
# Attributes of a view function, read by tests and by the API's description.
SCOPE_ATTRIBUTE = "kiosk_scope"
PUBLIC = "public"
_PASSIVE = "kiosk_passive"
_JSON_ONLY = "kiosk_json_only"


class WrongToken(Unauthenticated):
    slug = "wrong-token"
    title = N_("The token is not valid")


class NotLoggedIn(Unauthenticated):
    slug = "not-logged-in"


def set_up_auth(app: Flask) -> None:
    """Check every request of *app* for its caller before the view runs."""
    services = app.extensions["kiosk"]
    app.extensions[sessions.PRESENCE] = sessions.Presence(services.clock, services.settings.security.idle_logout_min * 60.0)
    app.before_request(_before)
    app.jinja_env.globals["current_actor"] = current_actor


def current_actor() -> Actor | None:
    """The person or program that sent this request; None when nobody is logged in. Raises WrongToken."""
    if "actor" not in g:
        g.actor = _authenticate()
        if g.actor is not None:
            add_to_log_context(actor=g.actor.label)
    return cast("Actor | None", g.actor)


def require_actor(scope: str | None = None) -> Actor:
    """The caller; raises NotLoggedIn without one and Denied when it has not *scope*."""
    actor = current_actor()
    if actor is None:
        raise NotLoggedIn(msg("Nobody is logged in."), msg("Log in, or send a token as 'Authorization: Bearer TOKEN'."))
    if scope is not None:
        actor.require(scope)
    return actor


def requires(scope: str) -> Callable[[View], View]:
    """An API view that only callers with *scope* may use; others get 401 or 403 as a problem document."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: object, **kwargs: object) -> ResponseReturnValue:
            require_actor(scope)
            return view(*args, **kwargs)

        setattr(guarded, SCOPE_ATTRIBUTE, scope)
        return cast(View, guarded)

    return decorate


def page_requires(scope: str | None = None) -> Callable[[View], View]:
    """A page for people with *scope* (None: anybody who is logged in); others are sent to the log-in and come back."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: object, **kwargs: object) -> ResponseReturnValue:
            if current_actor() is None:
                return to_login()
            require_actor(scope)
            return view(*args, **kwargs)

        setattr(guarded, SCOPE_ATTRIBUTE, scope or "login")
        return cast(View, guarded)

    return decorate


def public(view: View) -> View:
    """A view that needs no log-in, marked so that forgetting a guard is noticed."""
    setattr(view, SCOPE_ATTRIBUTE, PUBLIC)
    return view


def public_json(view: View) -> View:
    """A view that needs neither log-in nor form token, because it reads nothing but JSON.

    No form of another site can send ``application/json``, and its scripts would need a permission that is never given.
    """
    setattr(view, _JSON_ONLY, True)
    return public(view)


def passive(view: View) -> View:
    """A view whose requests are the machine's own (event streams, health): they do not keep a person logged in."""
    setattr(view, _PASSIVE, True)
    return view


def to_login() -> ResponseReturnValue:
    """Redirect to the log-in, with the way back where the page may simply be opened again."""
    # A form that was sent after the log-out cannot be sent again by a redirect: the page it came from is the way back.
    back = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else _page_of_the_form()
    return redirect(f"{LOGIN_PATH}?{urlencode({'next': back})}" if back and back != "/" else LOGIN_PATH, code=303)


def safe_next(target: str | None, default: str = "/") -> str:
    """*target* when it is a path of this site, else *default*: a link must not lead people away after the log-in."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or not target.isprintable():
        return default
    return target


def _page_of_the_form() -> str:
    # A page that was itself the answer to a form (a refusal) has an address that cannot be opened; nor has every form.
    referrer = urlsplit(request.referrer or "")
    came_from = safe_next(referrer.path, "") if referrer.netloc == request.host else ""
    pages = current_app.create_url_adapter(request)
    return next((path for path in (came_from, request.path) if path and pages and pages.test(unquote(path), "GET")), "")


def is_api_request() -> bool:
    """Whether the caller expects JSON: by address, because a missing page of the API is the API's."""
    return request.path.startswith("/api/")


def _authenticate() -> Actor | None:
    services = current_services()
    if header := request.headers.get("Authorization"):
        scheme, _, token = header.partition(" ")
        actor = services.tokens.authenticate_and_note(services.db, token.strip()) if scheme.lower() == "bearer" else None
        if actor is None:
            raise WrongToken(
                msg("The token of the Authorization header is unknown, revoked or malformed."),
                msg("Send 'Authorization: Bearer TOKEN' with a token that 'kiosk token create' printed."),
            )
        return actor
    login = sessions.current_login()
    if login is None:
        return None
    with services.db.read() as session:
        return services.staff.actor_for_user(session, login.user_id, login.epoch)


def is_passive() -> bool:
    """Whether this request says nothing about a person's presence."""
    if request.endpoint is None or request.endpoint == "static":
        return True
    return getattr(current_app.view_functions.get(request.endpoint), _PASSIVE, False)


def _before() -> None:
    if is_passive():
        return
    by_token = "Authorization" in request.headers
    actor = current_actor()
    if by_token:
        return
    sessions.note_activity(sessions.current_login() if actor is not None else None)
    view = current_app.view_functions[request.endpoint or ""]
    if actor is None and getattr(view, SCOPE_ATTRIBUTE, PUBLIC) != PUBLIC:
        return  # the view asks for a log-in, which says more than a missing form token
    if getattr(view, _JSON_ONLY, False):
        if request.method == "POST" and request.mimetype != "application/json":
            raise UnsupportedMediaType
        return
    csrf.protect()
