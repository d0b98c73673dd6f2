"""Feedback for kiosks (public: a press, and what follows it) and for staff (lists, numbers, flags, urgent words)."""

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from msgspec import Meta

from kiosk.desk.feedback.views import (
    Complaint,
    FollowUp,
    Language,
    NewPress,
    PressSource,
    PressView,
    Recorded,
    Report,
    ReportBy,
    Totals,
)
from kiosk.web import idempotency
from kiosk.web.api import PREFIX
from kiosk.web.api.description import describe
from kiosk.web.api.jobs import Limit, Name, RowId
from kiosk.web.auth import current_actor, passive, public_json, require_actor, requires
from kiosk.web.commands import command, json_answer, json_response
from kiosk.web.context import Services, current_services
from kiosk.web.decoding import decode, decode_query

blueprint = Blueprint("api_feedback", __name__, url_prefix=f"{PREFIX}/feedback")

# What is looked at when nobody says since when.
_DEFAULT_SPAN = timedelta(days=30)
_PRESS_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")

Key = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_-]{16,64}$",
        description="Made by whoever pressed (128 random bits): whatever is sent again under it is one press.",
    ),
]
# Bounds what a request may bring; how long a comment may be is the configuration's affair, and said by name.
Words = Annotated[str, Meta(max_length=50_000)]
ReasonId = Annotated[str, Meta(max_length=32)]
Reasons = Annotated[list[ReasonId], Meta(max_length=40, description="Ids of reasons, at most six.")]
Moment = Annotated[datetime, Meta(description="A time with its offset, e.g. 2026-03-10T08:00:00+08:00.")]
Why = Annotated[str, Meta(min_length=1, max_length=200, description="Why, for the record.")]


class NewFeedback(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One press."""

    survey: Annotated[str, Meta(max_length=48, description="Name of the survey, or NAME@3 for the version that was shown.")]
    rating: Annotated[int, Meta(description="From 1, the worst, to the best of the survey's scale.")]
    reasons: Reasons = msgspec.field(default_factory=list)
    comment: Words = ""
    language: Language = "zh"
    pressed_at: Annotated[Moment | None, Meta(description="When it was pressed, when it is delivered later.")] = None
    key: Key | None = None
    rating_request: Annotated[RowId | None, Meta(description="The rating request of a counter that this answers.")] = None


class MoreFeedback(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is added to a press: reasons replace the ones before, words are added; what is left out stays as it is."""

    reasons: Reasons | None = None
    comment: Words | None = None
    complaint: Complaint | None = None
    language: Language | None = None
    said_at: Annotated[Moment | None, Meta(description="When it was said by the clock of pressed_at, when it is delivered later.")] = None


class PressesQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which presses; newest first."""

    since: Annotated[Moment | None, Meta(description="At or after this time; without it 30 days before the end.")] = None
    until: Annotated[Moment | None, Meta(description="Before this time; without it until now.")] = None
    station: Name | None = None
    rating: Annotated[int, Meta(ge=1, le=10)] | None = None
    flagged: Annotated[bool | None, Meta(description="Only presses that are not counted, or only those that are.")] = None
    with_comment: bool | None = None
    before: Annotated[RowId | None, Meta(description="The last press of the page before.")] = None
    limit: Limit = 100


class SpanQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which presses are counted."""

    since: Annotated[Moment | None, Meta(description="At or after this time; without it 30 days before the end.")] = None
    until: Annotated[Moment | None, Meta(description="Before this time; without it until now.")] = None
    survey: Annotated[str, Meta(max_length=32)] | None = None
    station: Name | None = None


class ReportQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which presses are counted, and by what."""

    by: ReportBy = "day"
    since: Annotated[Moment | None, Meta(description="At or after this time; without it 30 days before the end.")] = None
    until: Annotated[Moment | None, Meta(description="Before this time; without it until now.")] = None
    survey: Annotated[str, Meta(max_length=32)] | None = None
    station: Name | None = None


class PressList(msgspec.Struct, frozen=True):
    """Presses, newest first."""

    presses: list[PressView]


class FlagReason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a press is flagged, or a flag lifted."""

    reason: Why


class UrgentWordList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Urgent words: in a comment they raise an alert at once."""

    words: list[Annotated[str, Meta(max_length=200)]]


@blueprint.post("")
@describe(
    "Record one press",
    body=NewFeedback,
    answers={201: Recorded},
    problems=(415, 422, 503),
    example={"survey": "satisfaction", "rating": 4, "reasons": ["good-staff"], "comment": "", "language": "zh"},
)
@public_json
@passive
def record_press() -> ResponseReturnValue:
    """The answer is sent when the press is on disk; the same key again gets the same answer, from whatever tab."""
    asked, services = decode(NewFeedback), current_services()
    # Reads the log-in of programs alone: a kiosk's screen has none, and is in a hurry.
    actor = current_actor() if "Authorization" in request.headers else None
    source = PressSource.COUNTER if asked.rating_request is not None else PressSource.KIOSK
    new = NewPress(
        key=asked.key or _key(),
        survey=asked.survey,
        rating=asked.rating,
        source=PressSource.API if actor is not None and actor.kind == "token" else source,
        reasons=tuple(asked.reasons),
        comment=asked.comment,
        language=asked.language,
        pressed_at=asked.pressed_at,
        rating_request=asked.rating_request,
    )
    return json_response(services.db.write(lambda session: services.feedback.press(session, new)), 201)


@blueprint.post("/<key>/follow-up")
@describe(
    "Add reasons, a comment or a complaint to a press",
    body=MoreFeedback,
    answers={200: Recorded},
    problems=(404, 409, 415, 422, 503),
    example={"reasons": ["queue"], "comment": "收银台只开了一个", "complaint": {"kind": "complaint", "content": ""}},
)
@public_json
@passive
def follow_press_up(key: str) -> ResponseReturnValue:
    added, services = decode(MoreFeedback), current_services()
    follow_up = FollowUp(
        reasons=None if added.reasons is None else tuple(added.reasons),
        comment=added.comment,
        complaint=added.complaint,
        language=added.language,
        said_at=added.said_at,
    )
    return json_response(services.db.write(lambda session: services.feedback.follow_up(session, key, follow_up)))


@blueprint.get("")
@describe("List presses", query=PressesQuery, answers={200: PressList}, problems=(422,))
@requires("feedback:read")
def list_presses() -> ResponseReturnValue:
    query, services, actor = decode_query(PressesQuery), current_services(), require_actor()
    since, until = _span(services, query.since, query.until)
    with services.db.read() as session:
        found = services.feedback.presses(
            session,
            since=since,
            until=until,
            station=query.station,
            rating=query.rating,
            flagged=query.flagged,
            with_comment=query.with_comment,
            limit=query.limit,
            before_id=query.before,
            viewer=actor,
        )
    return json_response(PressList(found))


@blueprint.get("/<id:press_id>")
@describe("Look at one press", answers={200: PressView}, problems=(404,))
@requires("feedback:read")
def get_press(press_id: int) -> ResponseReturnValue:
    services, actor = current_services(), require_actor()
    with services.db.read() as session:
        return json_response(services.feedback.get(session, press_id, viewer=actor))


@blueprint.get("/totals")
@describe("Raw and counted numbers of a span", query=SpanQuery, answers={200: Totals}, problems=(422,))
@requires("feedback:read")
def feedback_totals() -> ResponseReturnValue:
    query, services, actor = decode_query(SpanQuery), current_services(), require_actor()
    since, until = _span(services, query.since, query.until)
    with services.db.read() as session:
        found = services.feedback.totals(session, since=since, until=until, survey=query.survey, station=query.station, viewer=actor)
    return json_response(found)


@blueprint.get("/reports")
@describe("Raw and counted numbers by day, hour of the day, reason or station", query=ReportQuery, answers={200: Report}, problems=(422,))
@requires("feedback:read")
def feedback_report() -> ResponseReturnValue:
    query, services, actor = decode_query(ReportQuery), current_services(), require_actor()
    since, until = _span(services, query.since, query.until)
    with services.db.read() as session:
        found = services.feedback.report(
            session, query.by, since=since, until=until, survey=query.survey, station=query.station, viewer=actor
        )
    return json_response(found)


@blueprint.post("/<id:press_id>/flags")
@describe(
    "Flag a press by hand: it stays, and is not counted",
    body=FlagReason,
    answers={200: PressView},
    problems=(404, 409, 422),
    example={"reason": "staff were trying the kiosk out"},
)
@requires("feedback:write")
def flag_press(press_id: int) -> ResponseReturnValue:
    body, services, actor = decode(FlagReason), current_services(), require_actor()
    return command(lambda session: services.feedback.flag(session, actor, press_id, body.reason), json_answer)


@blueprint.post("/flags/<id:flag_id>/lift")
@describe(
    "Lift a flag; without another one the press counts",
    body=FlagReason,
    answers={200: PressView},
    problems=(404, 409, 422),
    example={"reason": "a school class, not a prank"},
)
@requires("feedback:write")
def lift_flag(flag_id: int) -> ResponseReturnValue:
    body, services, actor = decode(FlagReason), current_services(), require_actor()
    return command(lambda session: services.feedback.lift_flag(session, actor, flag_id, body.reason), json_answer)


@blueprint.get("/words")
@describe("The urgent words", answers={200: UrgentWordList})
@requires("feedback:read")
def urgent_words() -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        return json_response(UrgentWordList(services.feedback.words(session)))


@blueprint.post("/words")
@describe(
    "Replace the urgent words",
    body=UrgentWordList,
    answers={200: UrgentWordList},
    problems=(422,),
    example={"words": ["着火", "fire"]},
)
@requires("feedback:write")
def replace_urgent_words() -> ResponseReturnValue:
    body, services, actor = decode(UrgentWordList), current_services(), require_actor()
    return command(lambda session: services.feedback.set_words(session, actor, body.words), lambda kept: json_answer(UrgentWordList(kept)))


def _span(services: Services, since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    # A press of this very instant is before the end, too.
    end = until or services.clock.now() + timedelta(microseconds=1)
    return since or (end - _DEFAULT_SPAN if end.year > 1 else end), end


def _key() -> str:
    """The key of a press that was sent without one: the request's idempotency key, else a random one."""
    given = idempotency.key_of(request)
    if given is None:
        return secrets.token_urlsafe(16)
    if _PRESS_KEY.fullmatch(given):
        return given
    # Keys of programs may be longer, shorter, or of other characters.
    return hashlib.sha256(given.encode()).hexdigest()
