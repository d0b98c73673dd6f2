"""Working on one case: its steps, its details, its slip, and the customer's contact data, shown once and on record."""

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import UNSET

from kiosk.desk.cases.views import CaseChanges, CaseView, Severity
from kiosk.errors import FieldError, Invalid, Refusal
from kiosk.i18n import N_, msg
from kiosk.web.auth import page_requires, require_actor
from kiosk.web.commands import Answer, command, redirect_answer
from kiosk.web.context import current_services
from kiosk.web.i18n import language
from kiosk.web.pages.case_forms import Form, field_value
from kiosk.web.pages.case_steps import STEP_FIELDS, STEPS
from kiosk.web.pages.cases import case_of, case_page, case_workers
from kiosk.web.pages.chrome import page
from kiosk.web.pages.entries import entered, keeps
from kiosk.web.pages.forms import outcome, whole
from kiosk.web.problems import status_of

blueprint = Blueprint("case_work", __name__, url_prefix="/desk/cases")

# Why contact data is looked at; the text goes into the records as it stands here.
REVEAL_REASONS = (
    ("call back with the outcome", N_("Call back with the outcome")),
    ("ask the customer something", N_("Ask the customer something")),
    ("send the written reply", N_("Send the written reply")),
    ("correct the contact data", N_("Correct the contact data")),
)
_DETAIL_FIELDS = (
    "department",
    "product",
    "receipt",
    "written",
    "statutory",
    "call_back_at",
    "contact.name",
    "contact.phone",
    "contact.email",
    "contact.note",
    "consent",
)


@blueprint.route("/<id:case_id>/<any({}):name>".format(", ".join(STEPS)), methods=["GET", "POST"])
@keeps(*STEP_FIELDS)
@page_requires("cases:write")
def step(case_id: int, name: str) -> ResponseReturnValue:
    """One step: its form, or what it does."""
    services, chosen = current_services(), STEPS[name]
    actor = require_actor(chosen.scope)
    error: Refusal | None = None
    if request.method == "POST":
        form = Form(request.form)
        try:
            return command(lambda session: chosen.run(services.cases, session, actor, case_id, form), lambda _case: _to_case(case_id))
        except Refusal as refusal:
            error = refusal
    case = case_of(case_id)
    with services.db.read() as session:
        people = case_workers(session)
    return page(
        "cases/step.html",
        "cases",
        status_of(error) if error else 200,
        case=case,
        step=chosen,
        possible=chosen.is_possible(case, actor),
        people=people,
        departments=services.settings.cases.departments,
        severities=tuple(Severity),
        form=entered(url_for("case_work.step", case_id=case_id, name=name)),
        error=error,
    )


@blueprint.route("/<id:case_id>/details", methods=["GET", "POST"])
@keeps(*_DETAIL_FIELDS)
@page_requires("cases:write")
def details(case_id: int) -> ResponseReturnValue:
    """Correct what intake wrote down; contact data may be replaced without being seen."""
    services, actor = current_services(), require_actor()
    error: Refusal | None = None
    if request.method == "POST":
        known = case_of(case_id)
        try:
            changes = _changes(Form(request.form), known)
            return command(lambda session: services.cases.update(session, actor, case_id, changes), lambda _case: _to_case(case_id))
        except Refusal as refusal:
            error = refusal
    case = case_of(case_id)
    typed = entered(url_for("case_work.details", case_id=case_id))
    return page(
        "cases/details.html",
        "cases",
        status_of(error) if error else 200,
        case=case,
        typed=typed,
        form=typed.fields or _as_fields(case),
        departments=services.settings.cases.departments,
        consent=services.contacts.consent(language()),
        error=error,
    )


@blueprint.route("/<id:case_id>/contact", methods=["GET", "POST"])
@keeps("reason", "other")
@page_requires("contacts:reveal")
def contact(case_id: int) -> ResponseReturnValue:
    """Asks why, notes it, and shows the contact data in this one answer; no key, for nothing of it may be stored."""
    services, actor = current_services(), require_actor()
    case = case_of(case_id)
    error: Refusal | None = None
    if request.method == "POST" and case.contact is not None:
        contact_id = case.contact.id
        try:
            reason = _reason(Form(request.form))
            shown = services.db.write(lambda session: services.contacts.reveal(session, actor, contact_id, reason))
        except Refusal as refusal:
            error = refusal
        else:
            return page("cases/contact.html", "cases", case=case, contact=shown)
    return page(
        "cases/reveal.html",
        "cases",
        status_of(error) if error else 200,
        case=case,
        reasons=REVEAL_REASONS,
        form=entered(url_for("case_work.contact", case_id=case_id)),
        error=error,
    )


@blueprint.post("/<id:case_id>/slip")
@page_requires("cases:write")
def slip(case_id: int) -> ResponseReturnValue:
    """Print the customer's slip again."""
    services, actor = current_services(), require_actor()
    try:
        return command(lambda session: services.cases.reprint_slip(session, actor, case_id), lambda _case: _to_case(case_id))
    except Refusal as refusal:
        return case_page(case_id, refusal)


@blueprint.post("/<id:case_id>/slip/answer")
@page_requires("jobs:write")
def slip_answer(case_id: int) -> ResponseReturnValue:
    """Take the answer to "did it come out?" or "still print it?"."""
    services, actor = current_services(), require_actor()
    job_id, said = whole(request.form.get("job")), outcome(request.form.get("outcome"))
    with services.db.read() as session:
        if services.jobs.get(session, job_id).subject != f"case:{case_id}":
            abort(404)
    try:
        return command(lambda session: services.jobs.resolve(session, actor.label, job_id, said), lambda _job: _to_case(case_id))
    except Refusal as refusal:
        return case_page(case_id, refusal)


def _to_case(case_id: int) -> Answer:
    return redirect_answer(url_for("cases.show", case_id=case_id))


def _reason(form: Form) -> str:
    reason = form.text("other") if form.text("reason") in ("", "other") else form.text("reason")
    if not reason:
        said = msg("Say why the contact data is needed; the reason is noted.")
        raise Invalid(said, fields=[FieldError("reason", "", said)])
    return reason


def _changes(form: Form, known: CaseView) -> CaseChanges:
    contact = form.contact()
    privacy = current_services().settings.privacy
    changes = CaseChanges(
        department=form.text("department"),
        product=form.text("product"),
        receipt=form.text("receipt"),
        written=form.ticked("written"),
        statutory=form.ticked("statutory"),
        # A time that was left as it is may have passed, and has seconds that the field does not show.
        call_back_at=UNSET if form.text("call_back_at") == field_value(known.call_back_at) else form.moment("call_back_at"),
        contact=contact,
        consent_version=privacy.consent_version if contact else "",
    )
    form.check()
    return changes


def _as_fields(case: CaseView) -> dict[str, str]:
    """What is known, as the form's fields hold it; contact data stays out, its fields replace it when they are filled."""
    return {
        "department": case.department,
        "product": case.product,
        "receipt": case.receipt,
        "written": "yes" if case.written else "",
        "statutory": "yes" if case.statutory else "",
        "call_back_at": field_value(case.call_back_at),
    }
