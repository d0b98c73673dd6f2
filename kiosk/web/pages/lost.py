"""Giving bags back without their ticket: guided steps, each on its own page, in an order that the desk's rules keep."""

from collections.abc import Callable

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kiosk.desk.actors import ROLE_SCOPES, Actor
from kiosk.desk.bags.models import ClaimStep
from kiosk.desk.bags.views import Claim, Released
from kiosk.desk.staff import StaffView
from kiosk.errors import Refusal
from kiosk.i18n import N_, msg
from kiosk.web.auth import page_requires, require_actor
from kiosk.web.commands import Answer, command, redirect_answer
from kiosk.web.context import current_services
from kiosk.web.pages.bags import ScanTooOld, is_fragment
from kiosk.web.pages.chrome import page
from kiosk.web.pages.entries import Entered, entered, keeps
from kiosk.web.pages.forms import outcome, whole
from kiosk.web.problems import status_of
from kiosk.web.sessions import screen_id

blueprint = Blueprint("lost", __name__, url_prefix="/desk/lost")

_APPROVE = "bags:approve"

# The steps as people see them; the release is the last one, not a step of its own.
STEP_NAMES = (N_("Description"), N_("Identity"), N_("Second person"), N_("Form"), N_("Signature"))
_PLACES = {ClaimStep.IDENTITY: 1, ClaimStep.APPROVAL: 2, ClaimStep.FORM: 3, ClaimStep.SIGNATURE: 4}
# Steps at which something is chosen, and where that is sent.
_TYPED = {ClaimStep.IDENTITY: "lost.identity", ClaimStep.APPROVAL: "lost.approve"}

DOCUMENT_NAMES = {
    "id-card": N_("Identity card"),
    "passport": N_("Passport"),
    "residence-permit": N_("Residence permit"),
    "driving-licence": N_("Driving licence"),
    "social-security-card": N_("Social security card"),
    "other": N_("Another document"),
}


@blueprint.get("")
@page_requires("bags:write")
def find() -> ResponseReturnValue:
    """Which number? Claims that are under way are gone on with."""
    services = current_services()
    with services.db.read() as session:
        claims = services.bags.lost.open(session)
        board = services.bags.board(session)
    deposits = [slot.deposit for slot in board.slots if slot.deposit is not None and slot.deposit.lost_claim is None]
    wanted = request.args.get("number", "").strip()
    if wanted:
        deposits = [deposit for deposit in deposits if str(deposit.number) == wanted]
    return page("lost/find.html", "bags", claims=claims, deposits=deposits, wanted=wanted)


@blueprint.route("/bags/<id:deposit_id>", methods=["GET", "POST"])
@keeps("description", "contents")
@page_requires("bags:write")
def begin(deposit_id: int) -> ResponseReturnValue:
    """The first step: what the customer says about the bags, before anybody looks at them."""
    services, actor = current_services(), require_actor()
    with services.db.read() as session:
        deposit = services.bags.get(session, deposit_id)
    if deposit.lost_claim is not None:
        return redirect(url_for("lost.step", claim_id=deposit.lost_claim), 303)
    error: Refusal | None = None
    form = request.form
    if request.method == "POST":
        try:
            return command(
                lambda session: services.bags.lost.start(
                    session,
                    actor,
                    number=deposit.number,
                    description=form.get("description", ""),
                    contents=form.get("contents", ""),
                ),
                _to_step,
            )
        except Refusal as refusal:
            error = refusal
    return page(
        "lost/begin.html",
        "bags",
        status_of(error) if error else 200,
        deposit=deposit,
        form=entered(url_for("lost.begin", deposit_id=deposit_id)),
        error=error,
        step_names=STEP_NAMES,
        place=0,
    )


@blueprint.get("/<id:claim_id>")
@page_requires("bags:write")
def step(claim_id: int) -> ResponseReturnValue:
    """The step that comes next."""
    return _step_page(claim_id)


@blueprint.post("/<id:claim_id>/identity")
@keeps("document")
@page_requires("bags:write")
def identity(claim_id: int) -> ResponseReturnValue:
    """A document was looked at; its kind is noted, its number never."""
    services, actor = current_services(), require_actor()
    document = request.form.get("document", "")
    return _do(claim_id, lambda session: services.bags.lost.check_identity(session, actor, claim_id, document=document))


@blueprint.post("/<id:claim_id>/approve")
@keeps("person")
@page_requires("bags:write")
def approve(claim_id: int) -> ResponseReturnValue:
    """A second person stands by it, with a PIN or a badge."""
    try:
        approver = _approver()
    except Refusal as refusal:
        return _step_page(claim_id, refusal)
    services = current_services()
    return _do(claim_id, lambda session: services.bags.lost.approve(session, approver, claim_id))


@blueprint.post("/<id:claim_id>/form")
@page_requires("bags:write")
def print_form(claim_id: int) -> ResponseReturnValue:
    """Print the form to sign."""
    services, actor = current_services(), require_actor()
    return _do(claim_id, lambda session: services.bags.lost.print_form(session, actor, claim_id))


@blueprint.post("/<id:claim_id>/answer")
@page_requires("jobs:write")
def answer(claim_id: int) -> ResponseReturnValue:
    """Whether the form came out."""
    services, actor = current_services(), require_actor()
    with services.db.read() as session:
        claim = services.bags.lost.get(session, claim_id)
    said, job_id = outcome(request.form.get("outcome")), claim.form_job or 0
    return _do(claim_id, lambda session: services.jobs.resolve(session, actor.label, job_id, said))


@blueprint.post("/<id:claim_id>/release")
@page_requires("bags:write")
def release(claim_id: int) -> ResponseReturnValue:
    """The form is signed: the bags are given back."""
    services, actor = current_services(), require_actor()
    signed = request.form.get("signed") == "yes"

    def to_done(released: Released) -> Answer:
        return redirect_answer(url_for("bags.done", deposit_id=released.deposit.id))

    try:
        return command(lambda session: services.bags.lost.release(session, actor, claim_id, signed=signed), to_done)
    except Refusal as refusal:
        return _step_page(claim_id, refusal)


@blueprint.post("/<id:claim_id>/withdraw")
@page_requires("bags:write")
def withdraw(claim_id: int) -> ResponseReturnValue:
    """The ticket was found, or the claim was wrong: everything is as before."""
    services, actor = current_services(), require_actor()
    return _do(claim_id, lambda session: services.bags.lost.withdraw(session, actor, claim_id, "withdrawn at the desk"))


def _do(claim_id: int, unit: Callable[[Session], object]) -> ResponseReturnValue:
    try:
        return command(unit, lambda _result: redirect_answer(url_for("lost.step", claim_id=claim_id)))
    except Refusal as refusal:
        return _step_page(claim_id, refusal)


def _to_step(claim: Claim) -> Answer:
    return redirect_answer(url_for("lost.step", claim_id=claim.id))


def _approver() -> Actor:
    services, actor = current_services(), require_actor()
    if scan_id := request.form.get("scan"):
        scan = services.scans.claim(scan_id, screen_id())
        if scan is None:
            raise ScanTooOld(msg("That scan is too old."), msg("Scan the badge again."))
        return services.staff.approve(services.db, actor, _APPROVE, badge=scan.text)
    user_id = whole(request.form.get("person")) or None
    return services.staff.approve(services.db, actor, _APPROVE, user_id=user_id, pin=request.form.get("pin", ""))


def _step_page(claim_id: int, error: Refusal | None = None) -> ResponseReturnValue:
    services, actor = current_services(), require_actor()
    with services.db.read() as session:
        claim = services.bags.lost.get(session, claim_id)
        people = _approvers(services.staff.list_users(session, active_only=True), actor) if claim.step is ClaimStep.APPROVAL else []
    if claim.step not in _PLACES:
        return redirect(url_for("bags.show", deposit_id=claim.deposit.id), 303)
    question = False
    if claim.form_job is not None and claim.form_printed_at is None:
        with services.db.read() as session:
            question = any(
                job.id == claim.form_job and job.needs_decision
                for job in services.jobs.list(session, subject=f"deposit:{claim.deposit.id}")
            )
    form = Entered()
    if claim.step in _TYPED and not is_fragment():
        form = entered(url_for(_TYPED[claim.step], claim_id=claim_id))
    template = "lost/signature.html" if is_fragment() else "lost/step.html"
    return page(
        template,
        "bags",
        status_of(error) if error else 200,
        claim=claim,
        error=error,
        people=people,
        form=form,
        question=question,
        documents=DOCUMENT_NAMES,
        step_names=STEP_NAMES,
        place=_PLACES[claim.step],
    )


def _approvers(people: list[StaffView], actor: Actor) -> list[StaffView]:
    return [person for person in people if _APPROVE in ROLE_SCOPES[person.role] and person.has_pin and person.id != actor.id]
