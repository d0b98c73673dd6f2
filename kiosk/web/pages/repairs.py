"""Repairs by the vendor: taking goods in, one repair with its steps, and the customer's contact data, shown once and on record."""

from datetime import time
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.desk.repairs.views import READY, RUNNING, TRANSITIONS, NewRepair, RepairState, RepairView
from kiosk.errors import FieldError, Invalid, NotFound, Refusal
from kiosk.i18n import N_, msg
from kiosk.web.auth import page_requires, require_actor
from kiosk.web.commands import Answer, command, redirect_answer
from kiosk.web.context import current_services
from kiosk.web.i18n import language
from kiosk.web.pages.bags import is_fragment
from kiosk.web.pages.case_forms import Form
from kiosk.web.pages.case_slip import progress_of_slip
from kiosk.web.pages.chrome import page
from kiosk.web.pages.entries import Entered, entered, keeps
from kiosk.web.pages.forms import whole
from kiosk.web.pages.goods_words import REPAIR_STEPS
from kiosk.web.problems import status_of

blueprint = Blueprint("repairs", __name__, url_prefix="/desk/repairs")

PER_PAGE = 50
# Why contact data is looked at; the text goes into the records as it stands here.
REVEAL_REASONS = (
    ("tell the customer that it is ready", N_("Tell the customer that it is ready")),
    ("ask the customer something", N_("Ask the customer something")),
)
SHOWN = {"open": N_("Under way"), "late": N_("Late"), "ready": N_("Ready for the customer"), "all": N_("All repairs")}
_FIELDS = ("product", "name", "category", "serial", "fault", "vendor", "receipt", "line", "test")
_CONTACT = ("contact.name", "contact.phone", "contact.email", "contact.note", "consent")


@blueprint.get("")
@page_requires("returns:read")
def overview() -> ResponseReturnValue:
    """The repairs that are not over, or those that were asked for; newest first."""
    services, actor = current_services(), require_actor()
    shown = found if (found := request.args.get("show", "")) in SHOWN else "open"
    before = whole(request.args.get("before")) or None
    states = {"open": [*RUNNING, *READY], "late": [*RUNNING], "ready": [*READY]}.get(shown)
    with services.db.read() as session:
        repairs = services.repairs.list(session, states=states, overdue=True if shown == "late" else None, limit=PER_PAGE, before_id=before)
        late = len(services.repairs.list(session, overdue=True, limit=PER_PAGE))
    more = url_for("repairs.overview", show=shown, before=repairs[-1].id) if len(repairs) == PER_PAGE else ""
    context: dict[str, Any] = {"repairs": repairs, "shown": shown, "late": late, "more": more}
    if is_fragment():
        return render_template("repairs/rows.html", **context)
    return page("repairs/overview.html", "returns", kinds=SHOWN, may_write=actor.may("returns:write"), **context)


@blueprint.route("/new", methods=["GET", "POST"])
@keeps(*_FIELDS, *_CONTACT)
@page_requires("returns:write")
def new() -> ResponseReturnValue:
    """Take goods in: after a test (``?test=4``), of a receipt's line (``?receipt=12&line=3``), or named by hand."""
    services, actor = current_services(), require_actor()
    error: Refusal | None = None
    if request.method == "POST":
        try:
            repair = _read()
            return command(lambda session: services.repairs.open(session, actor, repair), _to_repair)
        except Refusal as refusal:
            error = refusal
    form = entered(url_for("repairs.new"))
    if request.method == "GET" and not form.fields:
        form = Entered(_known())
    return page(
        "repairs/new.html",
        "returns",
        status_of(error) if error else 200,
        form=form,
        consent=services.contacts.consent(language()),
        days=services.settings.returns.repair_days,
        error=error,
    )


@blueprint.get("/<id:repair_id>")
@page_requires("returns:read")
def show(repair_id: int) -> ResponseReturnValue:
    """One repair, live."""
    return _show_page(repair_id)


@blueprint.post("/<id:repair_id>/move")
@keeps("note", "due")
@page_requires("returns:write")
def move(repair_id: int) -> ResponseReturnValue:
    """The next step, with a note; the vendor may name a day."""
    services, actor = current_services(), require_actor()
    form = Form(request.form)
    try:
        state = form.one_of("state", RepairState)
        if state is None:
            form.wrong("state", msg("Choose one of the answers."))
        due = _day(form)
        form.check()
        assert state is not None  # or the check would have refused
        return command(
            lambda session: services.repairs.move(session, actor, repair_id, state, note=form.text("note"), due_at=due), _to_repair
        )
    except Refusal as refusal:
        return _show_page(repair_id, refusal)


@blueprint.post("/<id:repair_id>/postpone")
@keeps("note", "due")
@page_requires("returns:write")
def postpone(repair_id: int) -> ResponseReturnValue:
    """The vendor names another day, and says why."""
    services, actor = current_services(), require_actor()
    form = Form(request.form)
    try:
        due = _day(form)
        if due is None:
            form.wrong("due", msg("Choose the day on which it is to be back."))
        form.check()
        assert due is not None  # or the check would have refused
        return command(lambda session: services.repairs.postpone(session, actor, repair_id, due, form.text("note")), _to_repair)
    except Refusal as refusal:
        return _show_page(repair_id, refusal)


@blueprint.post("/<id:repair_id>/slip")
@page_requires("returns:write")
def slip(repair_id: int) -> ResponseReturnValue:
    """Print the customer's slip again."""
    services, actor = current_services(), require_actor()
    try:
        return command(lambda session: services.repairs.reprint_slip(session, actor, repair_id), _to_repair)
    except Refusal as refusal:
        return _show_page(repair_id, refusal)


@blueprint.route("/<id:repair_id>/contact", methods=["GET", "POST"])
@keeps("reason", "other")
@page_requires("contacts:reveal")
def contact(repair_id: int) -> ResponseReturnValue:
    """Asks why, notes it, and shows the contact data in this one answer; no key, for nothing of it may be stored."""
    services, actor = current_services(), require_actor()
    repair = _repair(repair_id)
    error: Refusal | None = None
    if request.method == "POST" and repair.contact is not None:
        contact_id, form = repair.contact.id, Form(request.form)
        reason = form.text("other") or form.text("reason")
        try:
            if not reason:
                said = msg("Say why the contact data is needed; the reason is noted.")
                raise Invalid(said, fields=[FieldError("reason", "", said)])
            data = services.db.write(lambda session: services.contacts.reveal(session, actor, contact_id, reason))
        except Refusal as refusal:
            error = refusal
        else:
            return page("repairs/contact.html", "returns", repair=repair, contact=data)
    return page(
        "repairs/reveal.html",
        "returns",
        status_of(error) if error else 200,
        repair=repair,
        reasons=REVEAL_REASONS,
        form=entered(url_for("repairs.contact", repair_id=repair_id)),
        error=error,
    )


def _show_page(repair_id: int, error: Refusal | None = None) -> ResponseReturnValue:
    services, actor = current_services(), require_actor()
    repair = _repair(repair_id)
    job = None
    if repair.job is not None:
        with services.db.read() as session:
            job = services.jobs.get(session, repair.job)
    context: dict[str, Any] = {
        "repair": repair,
        "steps": [(state, *REPAIR_STEPS[state]) for state in RepairState if state in TRANSITIONS[repair.state]],
        "running": repair.state in RUNNING,
        "slip": progress_of_slip(job) if job else None,
        "may_write": actor.may("returns:write"),
        "may_reveal": actor.may("contacts:reveal"),
        "form": entered(request.path) if request.method == "POST" else Entered(),
        "error": error,
    }
    if is_fragment():
        return render_template("repairs/repair.html", **context)
    return page("repairs/show.html", "returns", status_of(error) if error else 200, **context)


def _to_repair(repair: RepairView) -> Answer:
    return redirect_answer(url_for("repairs.show", repair_id=repair.id))


def _repair(repair_id: int) -> RepairView:
    services = current_services()
    with services.db.read() as session:
        return services.repairs.get(session, repair_id)


def _known() -> dict[str, str]:
    """What is known of the goods already, as the form's fields hold it. Raises NotFound."""
    services, given = current_services(), request.args
    with services.db.read() as session:
        if test_id := whole(given.get("test")):
            test = services.appliances.get(session, test_id)
            known = {"product": test.product, "name": test.name, "category": test.category, "serial": test.serial, "fault": test.fault}
            return known | {"receipt": str(test.receipt_id or ""), "line": str(test.line or ""), "test": str(test.id)}
        receipt_id, number = whole(given.get("receipt")), whole(given.get("line"))
        if not receipt_id:
            return {}
        receipt = services.receipts.get(session, receipt_id)
    line = next((line for line in receipt.lines if line.line == number), None)
    if line is None:
        raise NotFound(msg("Receipt %(number)s has no line %(line)s.", number=receipt.number, line=number))
    known = {"product": line.product, "name": line.name, "category": line.category}
    return known | {"receipt": str(receipt_id), "line": str(number)}


def _read() -> NewRepair:
    form = Form(request.form)
    contact_data = form.contact()
    form.check()
    return NewRepair(
        product=form.text("product"),
        name=form.text("name"),
        category=form.text("category"),
        serial=form.text("serial"),
        fault=form.text("fault"),
        vendor=form.text("vendor"),
        receipt_id=form.person("receipt"),
        line=form.person("line"),
        test_id=form.person("test"),
        contact=contact_data,
        consent_version=current_services().settings.privacy.consent_version if contact_data else "",
    )


def _day(form: Form) -> Any:
    """The end of the day that the form names, in the store's zone; None when it names none."""
    day = form.moment("due")
    return None if day is None else day.replace(hour=time.max.hour, minute=time.max.minute)
