"""How a shopper's case is going, by the code of their slip: the state alone, on a phone, at the kiosk or anywhere else."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.desk.cases.views import CaseState, PublicState
from kiosk.errors import Refusal
from kiosk.i18n import N_
from kiosk.web import sessions
from kiosk.web.auth import passive, public
from kiosk.web.context import current_services
from kiosk.web.i18n import remember_language
from kiosk.web.pages.words import ASK, GOOD, IDLE
from kiosk.web.problems import status_of

blueprint = Blueprint("case_state", __name__, url_prefix="/feedback/case")

# Characters of a typed code: twelve digits, and what people put between them.
_LONGEST = 40

# Tone, icon, the state in a shopper's words, and what it means for them.
STATES: dict[CaseState, tuple[str, str, str, str]] = {
    CaseState.NEW: (ASK, "hourglass-split", N_("Received"), N_("We have it. Somebody will take it on soon.")),
    CaseState.ACKNOWLEDGED: (GOOD, "person-check", N_("Taken on"), N_("A colleague looks after it.")),
    CaseState.IN_PROGRESS: (GOOD, "tools", N_("Being worked on"), N_("A colleague is at work on it.")),
    CaseState.WAITING: (GOOD, "hourglass-split", N_("Being worked on"), N_("We wait for an answer that we need for it.")),
    CaseState.RESOLVED: (GOOD, "check-circle", N_("Solved"), N_("There is an outcome. If you left a contact, you will hear from us.")),
    CaseState.CLOSED: (IDLE, "check-circle", N_("Closed"), N_("It is finished. If you do not agree, please come to the service desk.")),
}


@blueprint.get("")
@public
@passive
def show() -> ResponseReturnValue:
    """Ask for the code; with ``?code=`` show the state. ``?lang=`` is how the kiosk's start screen leads here in its shopper's language."""
    if "lang" in request.args:
        return remember_language(redirect(url_for("case_state.show")), request.args["lang"])
    code = request.args.get("code", "").strip()[:_LONGEST]
    found: PublicState | None = None
    error: Refusal | None = None
    if code:
        services = current_services()
        try:
            with services.db.read() as session:
                found = services.cases.state_of(session, code, address=request.remote_addr or "")
        except Refusal as refusal:
            error = refusal
    at_kiosk = sessions.at_desk()
    settings = current_services().settings.feedback
    html = render_template(
        "shopper/state.html",
        found=found,
        words=STATES[found.state] if found else None,
        error=error,
        # A wrong code stays to be corrected; at the kiosk nothing of a right one is left for the next shopper.
        code=code if error else "",
        home=url_for("feedback.kiosk") if at_kiosk else "",
        home_after=settings.idle_warning_s + settings.idle_wipe_s,
    )
    return html, status_of(error) if error else 200
