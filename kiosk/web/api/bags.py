"""The bag check for programs: take in, look, give back, print anew, and the steps of a lost ticket."""

from datetime import datetime
from typing import Annotated

import msgspec
from flask import Blueprint
from flask.typing import ResponseReturnValue
from msgspec import Meta

from kiosk.desk.bags.models import DepositState
from kiosk.desk.bags.views import Board, Deposit, Released
from kiosk.errors import FieldError
from kiosk.i18n import msg
from kiosk.web.api import PREFIX
from kiosk.web.api.description import describe
from kiosk.web.api.jobs import Limit, RowId
from kiosk.web.auth import require_actor, requires
from kiosk.web.commands import command, json_answer, json_response
from kiosk.web.context import current_services
from kiosk.web.decoding import InvalidRequest, decode, decode_query

blueprint = Blueprint("api_bags", __name__, url_prefix=f"{PREFIX}/bags")

TicketCode = Annotated[str, Meta(max_length=64)]
Number = Annotated[int, Meta(ge=1, le=9999)]
Label = Annotated[str, Meta(max_length=16)]
Words = Annotated[str, Meta(max_length=100)]
Moment = Annotated[datetime, Meta(description="A time with its offset, e.g. 2026-03-10T08:00:00+08:00.")]
Reason = Annotated[str, Meta(min_length=1, max_length=200, description="Why, for the audit trail.")]


class TakeIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bags to be taken in together."""

    pieces: Annotated[int, Meta(ge=1, le=9, description="How many pieces.")]
    note: Annotated[str, Meta(description="What helps to find or tell them apart; bags.note_max_length characters.")] = ""
    slot: Annotated[Label | None, Meta(description="Label of the slot; without it the station chooses.")] = None


class Release(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The ticket that is handed in; or, after the steps of a lost ticket, its number and the reason."""

    code: Annotated[TicketCode | None, Meta(description="The 14 digits of the ticket.")] = None
    number: Annotated[Number | None, Meta(description="Without a ticket: the number, when every step but the last was done.")] = None
    reason: Annotated[Reason | None, Meta(description="Without a ticket: why.")] = None


class Why(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A reason."""

    reason: Reason


class BagsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which deposits; newest first."""

    state: Annotated[DepositState | None, Meta(description="Only deposits in this state.")] = None
    q: Annotated[Words | None, Meta(description="Code, number, slot, or words of the note.")] = None
    slot: Annotated[Label | None, Meta(description="Only deposits in this slot.")] = None
    since: Annotated[Moment | None, Meta(description="Only deposits taken in at or after this time.")] = None
    until: Annotated[Moment | None, Meta(description="Only deposits taken in before this time.")] = None
    before: Annotated[RowId | None, Meta(description="Only deposits older than this one, for the next page.")] = None
    limit: Limit = 100


class BagList(msgspec.Struct, frozen=True):
    """Deposits."""

    bags: list[Deposit]


@blueprint.post("")
@describe(
    "Take bags in and print their ticket",
    body=TakeIn,
    answers={201: Deposit},
    problems=(409, 422, 503),
    example={"pieces": 2, "note": "red suitcase"},
)
@requires("bags:write")
def take_in() -> ResponseReturnValue:
    request, services, actor = decode(TakeIn), current_services(), require_actor()
    return command(
        lambda session: services.bags.take_in(session, actor, pieces=request.pieces, note=request.note, slot=request.slot),
        lambda deposit: json_answer(deposit, 201, location=f"{PREFIX}/bags/{deposit.id}"),
    )


@blueprint.get("")
@describe("List or search deposits", query=BagsQuery, answers={200: BagList}, problems=(422,))
@requires("bags:read")
def list_bags() -> ResponseReturnValue:
    query, services = decode_query(BagsQuery), current_services()
    with services.db.read() as session:
        found = services.bags.search(
            session,
            query.q or "",
            slot=query.slot,
            since=query.since,
            until=query.until,
            state=query.state,
            limit=query.limit,
            before_id=query.before,
        )
    return json_response(BagList(list(found)))


@blueprint.get("/board")
@describe("Every slot at a glance", answers={200: Board})
@requires("bags:read")
def board() -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        return json_response(services.bags.board(session))


@blueprint.get("/<id:deposit_id>")
@describe("Look at one deposit", answers={200: Deposit}, problems=(404,))
@requires("bags:read")
def get_bag(deposit_id: int) -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        return json_response(services.bags.get(session, deposit_id))


@blueprint.post("/release")
@describe(
    "Give bags back against their ticket, once",
    body=Release,
    answers={200: Released},
    problems=(404, 409, 422, 429),
    example={"code": "81234567890124"},
)
@requires("bags:write")
def release() -> ResponseReturnValue:
    request, bags, actor = decode(Release), current_services().bags, require_actor()
    code, number, reason = request.code, request.number, request.reason
    if code is not None and number is None and reason is None:
        return command(lambda session: bags.release(session, actor, code=code), json_answer)
    if code is None and number is not None and reason is not None:
        return command(lambda session: bags.release_by_number(session, actor, number=number, reason=reason), json_answer)
    raise InvalidRequest(
        msg("A release needs the code of the ticket, or number and reason after the steps of a lost ticket."),
        msg("Send either code alone, or number and reason."),
        fields=[FieldError("code", code, msg("must be given, or else number and reason"))],
    )


@blueprint.post("/<id:deposit_id>/reprint")
@describe(
    "Void the ticket and print a new one",
    body=Why,
    answers={202: Deposit},
    problems=(404, 409, 422, 503),
    example={"reason": "torn"},
)
@requires("bags:write")
def reprint(deposit_id: int) -> ResponseReturnValue:
    request, services, actor = decode(Why), current_services(), require_actor()
    return command(
        lambda session: services.bags.reprint(session, actor, deposit_id, request.reason), lambda deposit: json_answer(deposit, 202)
    )


@blueprint.post("/<id:deposit_id>/cancel")
@describe(
    "Cancel a take-in whose ticket never came out",
    body=Why,
    answers={200: Deposit},
    problems=(404, 409, 422),
    example={"reason": "customer left"},
)
@requires("bags:write")
def cancel(deposit_id: int) -> ResponseReturnValue:
    request, services, actor = decode(Why), current_services(), require_actor()
    return command(lambda session: services.bags.cancel(session, actor, deposit_id, request.reason), json_answer)
