"""Counter ratings for programs: ask the customer's screen for one, and what a person may know of their own."""

from typing import Annotated

import msgspec
from flask import Blueprint
from flask.typing import ResponseReturnValue
from msgspec import Meta

from kiosk.desk.feedback.views import OwnRatings, RatingRequest
from kiosk.web.api import PREFIX
from kiosk.web.api.description import describe
from kiosk.web.auth import require_actor, requires
from kiosk.web.commands import command, json_answer, json_response
from kiosk.web.context import current_services
from kiosk.web.decoding import decode

blueprint = Blueprint("api_ratings", __name__, url_prefix=f"{PREFIX}/ratings")


class AskRating(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a rating is asked."""

    counter: Annotated[str, Meta(max_length=32, description="A counter of the configuration (feedback.counters).")]


@blueprint.post("")
@describe(
    "Have a counter's screen ask its customer for a rating",
    body=AskRating,
    answers={201: RatingRequest},
    problems=(404, 409, 422),
    example={"counter": "desk-a"},
)
@requires("feedback:ask")
def ask_rating() -> ResponseReturnValue:
    body, services, actor = decode(AskRating), current_services(), require_actor()
    return command(lambda session: services.feedback.ask_rating(session, actor, body.counter), lambda asked: json_answer(asked, 201))


@blueprint.get("/own")
@describe("What the caller may know of the ratings that they asked for", answers={200: OwnRatings})
@requires("feedback:ask")
def own_ratings() -> ResponseReturnValue:
    services, actor = current_services(), require_actor()
    with services.db.read() as session:
        return json_response(services.feedback.own_ratings(session, actor))
