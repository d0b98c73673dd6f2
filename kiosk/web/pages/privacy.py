"""Personal data for the manager: keys, retention and its certificates, who looked, and one person's data by phone number.

Phone numbers come in forms alone, never in an address, which logs and histories keep. None of these requests goes through
`kiosk.web.commands`: that would keep a hash of the form for a day, and a hash of a phone number can be tried out.
"""

import logging

import msgspec
from flask import Blueprint, Response, flash, request, url_for
from flask import redirect as redirect_to
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from kiosk.db.traces import wipe_traces
from kiosk.desk.contacts import certificates
from kiosk.desk.contacts.certificates import PERSON
from kiosk.desk.contacts.persons import Found
from kiosk.errors import Refusal, StorageError
from kiosk.i18n import N_
from kiosk.web.auth import page_requires, require_actor
from kiosk.web.commands import json_response
from kiosk.web.context import current_services
from kiosk.web.i18n import translate
from kiosk.web.pages.chrome import page
from kiosk.web.problems import status_of

log = logging.getLogger(__name__)

blueprint = Blueprint("privacy", __name__, url_prefix="/manage/privacy")

# Entries of the trail that the page lists; the rest is `kiosk audit`'s.
_REVEALS = 20
_CERTIFICATES = 30
_PERSON_KIND = N_("A person's request")
# What a person's deletion counts, by the names under which parts of the desk register.
_PARTS = {"contacts": N_("contacts"), "cases": N_("cases"), "feedback": N_("comments")}


@blueprint.get("")
@page_requires("privacy:write")
def overview() -> ResponseReturnValue:
    """Keys, retention, certificates, who looked, and the way to a person's data."""
    return _overview_page()


@blueprint.get("/certificates/<id:certificate_id>")
@page_requires("privacy:write")
def certificate(certificate_id: int) -> ResponseReturnValue:
    """One certificate, to be printed."""
    with current_services().db.read() as session:
        found = certificates.get(session, certificate_id)
        people = _people(session)
    return page("privacy/certificate.html", "manage", certificate=found, kind_name=_kind_name, part_name=_part_name, people=people)


@blueprint.get("/certificates/<id:certificate_id>.json")
@page_requires("privacy:write")
def certificate_json(certificate_id: int) -> ResponseReturnValue:
    """The same for a program."""
    with current_services().db.read() as session:
        return json_response(certificates.get(session, certificate_id))


@blueprint.post("/person")
@page_requires("privacy:write")
def person() -> ResponseReturnValue:
    """What is kept under a number, masked, with the ways to hand it out or delete it."""
    return _person_page()


@blueprint.post("/person/export")
@page_requires("privacy:write")
def export() -> ResponseReturnValue:
    """Everything that is kept under the number, in the clear, as a file for that person."""
    services, actor, phone = current_services(), require_actor(), request.form.get("phone", "")
    try:
        exported = services.db.write(lambda session: services.privacy.persons.export(session, actor, phone))
    except Refusal as refusal:
        return _overview_page(refusal)
    name = f"person-{exported.made_at:%Y%m%d-%H%M%S}.json"  # the number stays out of the name
    body = msgspec.json.format(msgspec.json.encode(exported, enc_hook=str))
    return Response(body, content_type="application/json", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@blueprint.post("/person/delete")
@page_requires("privacy:write")
def delete() -> ResponseReturnValue:
    """Delete it, after the number was typed a second time; leads to the certificate."""
    services, actor, form = current_services(), require_actor(), request.form
    phone, again, reason = form.get("phone", ""), form.get("again", ""), form.get("reason", "")
    try:
        made = services.db.write(lambda session: services.privacy.persons.delete(session, actor, phone, again=again, reason=reason))
    except Refusal as refusal:
        return _person_page(refusal)
    try:
        wipe_traces(services.db)
    except StorageError as error:
        log.warning("after a deletion: %s; it is tried again within the hour", error)
    flash(_("Everything under that number is deleted. This certificate says so."), "good")
    return redirect_to(url_for("privacy.certificate", certificate_id=made.id), 303)


def _overview_page(error: Refusal | None = None) -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        state = services.privacy.state(session)
        newest = certificates.newest(session, limit=_CERTIFICATES)
        reveals = services.audit.entries(session, action="contact.revealed", limit=_REVEALS)
        people = _people(session)
    return page(
        "privacy/overview.html",
        "manage",
        status_of(error) if error else 200,
        state=state,
        certificates=newest,
        reveals=reveals,
        people=people,
        kind_name=_kind_name,
        place=_place,
        now=services.clock.now(),
        error=error,
    )


def _person_page(error: Refusal | None = None) -> ResponseReturnValue:
    services, actor, phone = current_services(), require_actor(), request.form.get("phone", "")
    found: list[Found] = []
    try:
        with services.db.read() as session:
            found = services.privacy.persons.find(session, actor, phone)
    except Refusal as refusal:
        return _overview_page(refusal)
    return page(
        "privacy/person.html",
        "manage",
        status_of(error) if error else 200,
        found=found,
        place=_place,
        phone=phone,
        reason=request.form.get("reason", ""),
        error=error,
    )


def _people(session: Session) -> dict[str, str]:
    """Names for the labels that the trail has."""
    return {f"user:{view.id}": view.name for view in current_services().staff.list_users(session)}


def _kind_name(kind: str) -> str:
    if kind == PERSON:
        return translate(_PERSON_KIND)
    rule = current_services().contacts.rules.get(kind)
    return translate(rule.title) if rule is not None and rule.title is not None else kind


def _part_name(part: str) -> str:
    return translate(_PARTS[part]) if part in _PARTS else part


def _place(subject: str) -> str | None:
    """The page of what a contact belongs to."""
    kind, _separator, number = subject.partition(":")
    return url_for("cases.show", case_id=int(number)) if kind == "case" and number.isdigit() else None
