"""The people who work here: adding them, new PINs and badges, taking access away."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kiosk.desk.actors import Role
from kiosk.desk.staff import StaffView
from kiosk.errors import FieldError, Invalid, Refusal
from kiosk.i18n import msg
from kiosk.web.auth import page_requires, require_actor
from kiosk.web.context import current_services
from kiosk.web.pages.bags import ScanTooOld
from kiosk.web.pages.chrome import page
from kiosk.web.pages.entries import entered, keeps
from kiosk.web.problems import status_of
from kiosk.web.sessions import screen_id

blueprint = Blueprint("staff", __name__, url_prefix="/manage/staff")


@blueprint.get("")
@page_requires("users:write")
def people() -> ResponseReturnValue:
    """Everybody, those who left last."""
    return _people_page()


@blueprint.post("")
@keeps("name", "role")
@page_requires("users:write")
def add() -> ResponseReturnValue:
    """Add a person with a one-time PIN, which this answer alone shows."""
    services, actor = current_services(), require_actor()
    pin = services.staff.random_pin()
    try:
        role = _role(request.form.get("role", ""))
        prepared = services.staff.prepare_pin(pin)
        name = request.form.get("name", "")
        person = services.db.write(lambda session: services.staff.create_user(session, actor, name=name, role=role, pin=prepared))
    except Refusal as refusal:
        return _people_page(refusal)
    return page("staff/pin.html", "staff", person=person, pin=pin)


@blueprint.get("/<id:user_id>")
@page_requires("users:write")
def show(user_id: int) -> ResponseReturnValue:
    """One person."""
    return _person_page(user_id)


@blueprint.post("/<id:user_id>/pin")
@page_requires("users:write")
def new_pin(user_id: int) -> ResponseReturnValue:
    """A new one-time PIN; lets somebody in again who had left."""
    services, actor = current_services(), require_actor()
    pin = services.staff.random_pin()
    prepared = services.staff.prepare_pin(pin)
    with services.db.read() as session:
        active = services.staff.get(session, user_id).active
    change = services.staff.set_pin if active else services.staff.reactivate
    person = services.db.write(lambda session: change(session, actor, user_id, prepared))
    return page("staff/pin.html", "staff", person=person, pin=pin)


@blueprint.post("/<id:user_id>/badge")
@page_requires("users:write")
def badge(user_id: int) -> ResponseReturnValue:
    """Give a scanned badge to a person, or take it away."""
    services, actor = current_services(), require_actor()
    code: str | None = None
    try:
        if scan_id := request.form.get("scan"):
            scan = services.scans.claim(scan_id, screen_id())
            if scan is None:
                raise ScanTooOld(msg("That scan is too old."), msg("Scan the badge again."))
            code = scan.text
        services.db.write(lambda session: services.staff.set_badge(session, actor, user_id, code))
    except Refusal as refusal:
        return _person_page(user_id, refusal)
    flash(_("The badge is set.") if code else _("The badge is revoked."), "good")
    return redirect(url_for("staff.show", user_id=user_id), 303)


@blueprint.post("/<id:user_id>/role")
@keeps("role")
@page_requires("users:write")
def change_role(user_id: int) -> ResponseReturnValue:
    """Another job."""
    services, actor = current_services(), require_actor()
    try:
        role = _role(request.form.get("role", ""))
        services.db.write(lambda session: services.staff.set_role(session, actor, user_id, role))
    except Refusal as refusal:
        return _person_page(user_id, refusal)
    return redirect(url_for("staff.show", user_id=user_id), 303)


@blueprint.post("/<id:user_id>/leave")
@page_requires("users:write")
def deactivate(user_id: int) -> ResponseReturnValue:
    """Take away access at once."""
    services, actor = current_services(), require_actor()
    try:
        services.db.write(lambda session: services.staff.deactivate(session, actor, user_id))
    except Refusal as refusal:
        return _person_page(user_id, refusal)
    return redirect(url_for("staff.people"), 303)


def _people_page(error: Refusal | None = None) -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        everybody = services.staff.list_users(session)
    everybody.sort(key=lambda person: not person.active)
    return page(
        "staff/people.html",
        "staff",
        status_of(error) if error else 200,
        everybody=everybody,
        roles=list(Role),
        form=entered(url_for("staff.add")),
        error=error,
    )


def _person_page(user_id: int, error: Refusal | None = None) -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        person: StaffView = services.staff.get(session, user_id)
    return page(
        "staff/person.html",
        "staff",
        status_of(error) if error else 200,
        person=person,
        roles=list(Role),
        form=entered(url_for("staff.change_role", user_id=user_id)),
        himself=person.id == require_actor().id,
        error=error,
    )


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError as error:
        said = msg("Choose a role.")
        raise Invalid(said, fields=[FieldError("role", text, said)]) from error
