"""Logging in by PIN or badge, choosing an own PIN, logging out."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kiosk.desk.actors import ROLE_NAMES, Role
from kiosk.desk.staff import LoggedIn, StaffView
from kiosk.errors import FieldError, Invalid, Refusal, Throttled
from kiosk.i18n import Message, msg
from kiosk.web import sessions
from kiosk.web.auth import current_actor, page_requires, public, require_actor, safe_next
from kiosk.web.context import current_services
from kiosk.web.i18n import translate
from kiosk.web.problems import status_of

blueprint = Blueprint("login", __name__, url_prefix="/login")

# Tiles that a 1024x600 screen shows without scrolling; more people are shown role by role.
_PEOPLE_ON_ONE_PAGE = 16


@dataclass(frozen=True, slots=True)
class Group:
    """One page of names."""

    key: str
    text: Message


@blueprint.get("")
@public
def people() -> ResponseReturnValue:
    """Who is working? Everybody who may log in, as tiles."""
    services = current_services()
    with services.db.read() as session:
        everybody = services.staff.list_users(session, active_only=True)
    groups: list[Group] = []
    chosen = ""
    if len(everybody) > _PEOPLE_ON_ONE_PAGE:
        present = {person.role for person in everybody}
        groups = [Group(role.value, Message(ROLE_NAMES[role])) for role in Role if role in present]
        keys = [group.key for group in groups]
        chosen = request.args.get("page", "") if request.args.get("page") in keys else keys[0]
        everybody = [person for person in everybody if person.role.value == chosen]
    return render_template(
        "login/people.html",
        people=everybody,
        groups=groups,
        chosen=chosen,
        next=_next(request.args.get("next")),
        listens=sessions.at_desk(),
    )


@blueprint.route("/<id:user_id>", methods=["GET", "POST"])
@public
def pin(user_id: int) -> ResponseReturnValue:
    """One person's PIN."""
    services = current_services()
    with services.db.read() as session:
        person = services.staff.get(session, user_id)
    if request.method == "GET":
        return _pin_page(person, _next(request.args.get("next")))
    after = _next(request.form.get("next"))
    try:
        logged_in = services.staff.log_in_pin(services.db, user_id, request.form.get("pin", ""))
    except Refusal as refusal:
        return _pin_page(person, after, refusal)
    return _enter(logged_in, after)


@blueprint.post("/badge/<scan_id>")
@public
def badge(scan_id: str) -> ResponseReturnValue:
    """A badge was scanned for this screen: its owner takes over, whoever was logged in before."""
    services = current_services()
    scan = services.scans.claim(scan_id, sessions.screen_id())
    if scan is None:
        flash(_("That scan is too old. Scan the badge again."), "bad")
        return redirect(url_for("login.people"), 303)
    try:
        logged_in = services.staff.log_in_badge(services.db, scan.text)
    except Refusal as refusal:
        flash(f"{translate(refusal.detail)} {translate(refusal.remedy) if refusal.remedy else ''}", "bad")
        return redirect(url_for("home.start") if current_actor() else url_for("login.people"), 303)
    earlier = current_actor()
    if earlier is not None and earlier.label != logged_in.actor.label:
        services.db.write(lambda session: services.staff.log_out(session, earlier))
    return _enter(logged_in, _next(request.form.get("next")))


@blueprint.route("/new-pin", methods=["GET", "POST"])
@page_requires()
def new_pin() -> ResponseReturnValue:
    """Choose an own PIN: forced after a one-time PIN, possible at any time."""
    services, actor = current_services(), require_actor()
    error: Refusal | None = None
    if request.method == "POST":
        chosen = request.form.get("pin", "")
        try:
            if chosen != request.form.get("again", ""):
                text = msg("The two entries differ. Enter the new PIN twice.")
                raise Invalid(text, fields=[FieldError("again", None, text)])
            logged_in = services.staff.change_own_pin(services.db, actor.id, request.form.get("old", ""), chosen)
        except Refusal as refusal:
            error = refusal
        else:
            entered = _enter(logged_in, _next(request.form.get("next")))
            flash(_("Your new PIN is set."), "good")  # after the log-in, which begins a new session
            return entered
    html = render_template(
        "login/new_pin.html",
        error=error,
        next=_next(request.values.get("next")),
        min_length=services.settings.security.pin_min_length,
        forced=not actor.scopes,
    )
    return html, status_of(error) if error else 200


@blueprint.post("/leave")
@public
def leave() -> ResponseReturnValue:
    """Log out."""
    services, actor = current_services(), current_actor()
    if actor is not None and actor.kind == "user":
        services.db.write(lambda session: services.staff.log_out(session, actor))
    sessions.end_login()
    return redirect(url_for("login.people"), 303)


def _pin_page(person: StaffView, after: str, error: Refusal | None = None) -> ResponseReturnValue:
    wait_s = round(error.retry_after_s) if isinstance(error, Throttled) else 0
    html = render_template("login/pin.html", person=person, next=after, error=error, wait_s=wait_s, listens=sessions.at_desk())
    return html, status_of(error) if error else 200, {"Retry-After": str(wait_s)} if wait_s else {}


def _enter(logged_in: LoggedIn, after: str) -> ResponseReturnValue:
    sessions.begin_login(logged_in.actor, logged_in.epoch)
    if logged_in.must_change_pin:
        return redirect(url_for("login.new_pin", next=after), 303)
    return redirect(after or url_for("home.start"), 303)


def _next(target: str | None) -> str:
    """Where to go after the log-in; empty: where the person works."""
    return safe_next(target, "")
