"""Surveys for programs: what a screen asks now (public), and reading and saving versions."""

from typing import Annotated

import msgspec
from flask import Blueprint
from flask.typing import ResponseReturnValue
from msgspec import Meta

from kiosk.desk.feedback.views import Survey, SurveyVersion
from kiosk.web.api import PREFIX
from kiosk.web.api.description import describe
from kiosk.web.api.jobs import Name
from kiosk.web.auth import passive, public, require_actor, requires
from kiosk.web.commands import command, json_answer, json_response
from kiosk.web.context import current_services
from kiosk.web.decoding import decode, decode_query

blueprint = Blueprint("api_surveys", __name__, url_prefix=f"{PREFIX}/surveys")


class CurrentQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which screen asks."""

    station: Annotated[Name | None, Meta(description="Name of a station; without it this one.")] = None
    counter: Annotated[bool, Meta(description="The survey that is asked at counters.")] = False


class CurrentSurvey(msgspec.Struct, frozen=True):
    """The version that is asked now; null: none at this hour."""

    survey: SurveyVersion | None


class SurveyList(msgspec.Struct, frozen=True):
    """Surveys, each in its newest version; or all versions of one, newest first."""

    surveys: list[SurveyVersion]


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No fields."""


@blueprint.get("/current")
@describe("The survey that a screen asks now", query=CurrentQuery, answers={200: CurrentSurvey}, problems=(422,))
@public
@passive
def current_survey() -> ResponseReturnValue:
    query, services = decode_query(CurrentQuery), current_services()
    station = query.station or services.settings.station.name
    with services.db.read() as session:
        return json_response(CurrentSurvey(services.surveys.current(session, station=station, counter=query.counter)))


@blueprint.get("")
@describe("Every survey in its newest version", answers={200: SurveyList})
@requires("feedback:read")
def list_surveys() -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        return json_response(SurveyList(services.surveys.list(session)))


@blueprint.get("/<slug>")
@describe("A survey in its newest version", answers={200: SurveyVersion}, problems=(404,))
@requires("feedback:read")
def get_survey(slug: str) -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        return json_response(services.surveys.version(session, slug))


@blueprint.get("/<slug>/versions")
@describe("Every version of a survey", answers={200: SurveyList}, problems=(404,))
@requires("feedback:read")
def list_survey_versions(slug: str) -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        return json_response(SurveyList(services.surveys.versions(session, slug)))


@blueprint.post("")
@describe(
    "Save a survey: a new version, which presses get from now on",
    body=Survey,
    answers={201: SurveyVersion},
    problems=(422,),
    example={
        "slug": "satisfaction",
        "question": {"zh": "您满意吗？", "en": "How was it?"},
        "reasons": [{"id": "queue", "text": {"zh": "排队", "en": "Queues"}, "ratings": [1, 2]}],
    },
)
@requires("feedback:write")
def save_survey() -> ResponseReturnValue:
    survey, services, actor = decode(Survey), current_services(), require_actor()
    return command(
        lambda session: services.surveys.save(session, actor, survey),
        lambda saved: json_answer(saved, 201, location=f"{PREFIX}/surveys/{saved.survey.slug}"),
    )


@blueprint.post("/<slug>/end")
@describe("Ask a survey no more", body=Nothing, answers={200: SurveyVersion}, problems=(404, 409), example={})
@requires("feedback:write")
def end_survey(slug: str) -> ResponseReturnValue:
    decode(Nothing)
    services, actor = current_services(), require_actor()
    return command(lambda session: services.surveys.end(session, actor, slug), json_answer)
