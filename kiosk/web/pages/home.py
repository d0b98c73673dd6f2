"""The way in, the desk's home, and the small things that every page uses: status, language, a sign of life."""

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kiosk.desk.actors import Actor, Role
from kiosk.desk.returns.views import RefundState
from kiosk.web.auth import current_actor, page_requires, passive, public, require_actor, safe_next
from kiosk.web.context import current_services
from kiosk.web.i18n import remember_language
from kiosk.web.pages.chrome import build_chrome, open_questions, page

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@public
def start() -> ResponseReturnValue:
    """Lead everybody to where they work."""
    actor = current_actor()
    if actor is None:
        return redirect(url_for("login.people"), 303)
    if has_one_time_pin(actor):
        return redirect(url_for("login.new_pin"), 303)
    if actor.role is Role.TECHNICIAN:
        return redirect(url_for("technician.devices"), 303)
    if actor.role is Role.BAG_CHECK:
        return redirect(url_for("bags.board"), 303)
    return redirect(url_for("home.desk"), 303)


@blueprint.get("/desk")
@page_requires()
def desk() -> ResponseReturnValue:
    """The counters of the desk, each with what is waiting there."""
    services, actor = current_services(), require_actor()
    if has_one_time_pin(actor):
        return redirect(url_for("login.new_pin"), 303)
    with services.db.read() as session:
        board = services.bags.board(session) if actor.may("bags:read") else None
        cases = services.cases.counts(session) if actor.may("cases:read") else None
        returns = _returns(session) if actor.may("returns:read") else None
    questions = open_questions() if actor.may("jobs:read") else 0
    template = "desk_tiles.html" if "X-Fragment" in request.headers else "desk.html"
    return page(template, "home", board=board, cases=cases, returns=returns, questions=questions, actor=actor)


@dataclass(frozen=True, slots=True)
class ReturnFigures:
    """What waits at the returns counter: goods at the desk, refunds that nobody paid, refunds that the point of sale was not told of."""

    goods: int
    failed: int
    waiting: int


def _returns(session: Session) -> ReturnFigures:
    services = current_services()
    goods = sum(waiting.items for waiting in services.pickups.waiting(session))
    open_refunds = services.returns.refunds(session, states=(RefundState.FAILED, RefundState.PENDING))
    failed = sum(refund.state is RefundState.FAILED for refund in open_refunds)
    return ReturnFigures(goods, failed, len(open_refunds) - failed)


def has_one_time_pin(actor: Actor) -> bool:
    """Whether this person may do nothing yet but choose an own PIN."""
    return actor.kind == "user" and not actor.scopes


@blueprint.get("/desk/status")
@page_requires()
@passive
def status() -> ResponseReturnValue:
    """Fragment: the strip's lights and alarms."""
    return render_template("status.html", chrome=build_chrome(require_actor(), ""))


@blueprint.post("/desk/touch")
@page_requires()
def touch() -> ResponseReturnValue:
    """A person touched the screen without loading a page: this request itself is what counts."""
    return "", 204


@blueprint.post("/language")
@public
def switch_language() -> ResponseReturnValue:
    """Change the language of this browser and come back."""
    back = redirect(safe_next(request.form.get("next")), 303)
    return remember_language(back, request.form.get("language", ""))
