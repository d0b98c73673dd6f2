"""Records a return from a page, once for each key; where the policy wants a second person, their page comes first."""

import re
from collections.abc import Callable

import msgspec
from flask import request, url_for
from flask.typing import ResponseReturnValue

from kiosk.desk.actors import ROLE_SCOPES, Actor
from kiosk.desk.returns.views import NewReturn, Override, Quote
from kiosk.desk.staff import StaffView
from kiosk.errors import FieldError, Invalid, Refusal
from kiosk.i18n import msg
from kiosk.web.auth import require_actor
from kiosk.web.commands import command, redirect_answer
from kiosk.web.context import current_services
from kiosk.web.pages.bags import ScanTooOld
from kiosk.web.pages.chrome import page
from kiosk.web.pages.forms import whole
from kiosk.web.pages.return_drafts import forget_draft, photos_of
from kiosk.web.pages.return_forms import ROWS
from kiosk.web.problems import status_of
from kiosk.web.sessions import screen_id

_APPROVE = "returns:approve"
# A field as requests of programs name it, such as ``lines[2].quantity``, and the names that differ in the form.
_FIELD = re.compile(r"(lines|goods|exchange_for)\[(\d+)\](?:\.(\w+))?")
_NAMES = {"test_id": "test"}
# Fields of the second person's page; all the others are carried through it.
_OWN_FIELDS = frozenset({"csrf_token", "idempotency_key", "person", "pin", "scan", "do", "override_reason"})


def record(wanted: NewReturn, path: str, refused: Callable[[Refusal], ResponseReturnValue]) -> ResponseReturnValue:
    """Take *wanted* back and lead on to it. *path*: of its form; *refused* shows that form with what was refused."""
    services, actor = current_services(), require_actor()
    wanted = msgspec.structs.replace(wanted, photos=photos_of(path))
    approving = request.form.get("do") == "approve"
    if approving:
        try:
            reason = _reason()
            wanted = msgspec.structs.replace(wanted, override=Override(_approver(), reason))
        except Refusal as refusal:
            return _second_person(wanted, path, refusal)
    try:
        answer = command(
            lambda session: services.returns.record(session, actor, wanted),
            lambda done: redirect_answer(url_for("returns.show", return_id=done.id)),
        )
    except Refusal as refusal:
        refusal.fields = tuple(_in_the_form(error, wanted) for error in refusal.fields)
        if approving:
            return _second_person(wanted, path, refusal)
        quoted = _quote(wanted)
        if quoted is not None and quoted.needs_supervisor:
            return _second_person(wanted, path, None, quoted)
        return refused(refusal)
    forget_draft(path)
    return answer


def _second_person(wanted: NewReturn, path: str, error: Refusal | None, quoted: Quote | None = None) -> ResponseReturnValue:
    services, actor = current_services(), require_actor()
    with services.db.read() as session:
        people = _approvers(services.staff.list_users(session, active_only=True), actor)
    form = request.form
    return page(
        "returns/second.html",
        "returns",
        status_of(error) if error else 200,
        path=path,
        carried=[(name, text) for name, text in form.items(multi=True) if name not in _OWN_FIELDS],
        quote=quoted or _quote(msgspec.structs.replace(wanted, override=None)),
        people=people,
        person=form.get("person", ""),
        reason=form.get("override_reason", ""),
        error=error,
    )


def _in_the_form(error: FieldError, wanted: NewReturn) -> FieldError:
    """*error* under the name that its field has in the form."""
    found = _FIELD.fullmatch(error.field)
    if found is None:
        return error
    part, place, name = found[1], int(found[2]), _NAMES.get(found[3] or "", found[3] or "")
    if part == "lines":
        line = wanted.lines[place].line if place < len(wanted.lines) else 0
        return FieldError(f"{name or 'quantity'}-{line}", error.value, error.message)
    rows = [row for row in range(1, ROWS + 1) if request.form.get(f"name-{row}") or request.form.get(f"product-{row}")]
    named = {"quantity": "count", "unit_price_fen": "price", "reason": "why"}.get(name, name or "name")
    return FieldError(f"{named}-{rows[place] if place < len(rows) else 1}", error.value, error.message)


def _quote(wanted: NewReturn) -> Quote | None:
    services = current_services()
    try:
        with services.db.read() as session:
            return services.returns.quote(session, wanted)
    except Refusal:
        return None  # what was refused is shown already


def _approver() -> Actor:
    services, actor = current_services(), require_actor()
    if scan_id := request.form.get("scan"):
        scan = services.scans.claim(scan_id, screen_id())
        if scan is None:
            raise ScanTooOld(msg("That scan is too old."), msg("Scan the badge again."))
        return services.staff.approve(services.db, actor, _APPROVE, badge=scan.text)
    user_id = whole(request.form.get("person")) or None
    return services.staff.approve(services.db, actor, _APPROVE, user_id=user_id, pin=request.form.get("pin", ""))


def _reason() -> str:
    reason = request.form.get("override_reason", "").strip()[:200]
    if not reason:
        said = msg("Write down why this exception is made.")
        raise Invalid(said, fields=[FieldError("override_reason", None, said)])
    return reason


def _approvers(people: list[StaffView], actor: Actor) -> list[StaffView]:
    return [person for person in people if _APPROVE in ROLE_SCOPES[person.role] and person.has_pin and person.id != actor.id]
