"""Ratings at the counters for the desk's people: ask a customer for one, and see the own ones once enough are in."""

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from kiosk.desk.feedback.views import OwnRatings, RatingRequest
from kiosk.errors import Refusal
from kiosk.web.auth import page_requires, require_actor
from kiosk.web.commands import command, redirect_answer
from kiosk.web.context import current_services
from kiosk.web.pages.bags import is_fragment
from kiosk.web.pages.chrome import page
from kiosk.web.problems import status_of

blueprint = Blueprint("ratings", __name__, url_prefix="/desk/ratings")


@blueprint.get("")
@page_requires("feedback:ask")
def overview() -> ResponseReturnValue:
    """Every counter with its button, what its screen asks now, and the person's own figures."""
    if is_fragment():
        requests, own = _look_up()
        return render_template("ratings/counters.html", requests=requests, own=own)
    return _page(None)


@blueprint.post("/ask")
@page_requires("feedback:ask")
def ask() -> ResponseReturnValue:
    """Have the customer's screen of a counter ask for a rating."""
    services, actor = current_services(), require_actor()
    counter = request.form.get("counter", "")
    try:
        answer = command(
            lambda session: services.feedback.ask_rating(session, actor, counter),
            lambda _asked: redirect_answer(url_for("ratings.overview")),
        )
    except Refusal as refusal:
        return _page(refusal)
    flash(_("The screen of %(counter)s asks the customer now.", counter=counter), "good")
    return answer


def _page(error: Refusal | None) -> ResponseReturnValue:
    requests, own = _look_up()
    return page("ratings/overview.html", "ratings", status_of(error) if error else 200, error=error, requests=requests, own=own)


def _look_up() -> tuple[list[tuple[str, RatingRequest | None]], OwnRatings]:
    services, actor = current_services(), require_actor()

    def asked(session: Session) -> list[tuple[str, RatingRequest | None]]:
        return [(counter, services.feedback.open_request(session, counter)) for counter in services.settings.feedback.counters]

    with services.db.read() as session:
        return asked(session), services.feedback.own_ratings(session, actor)
