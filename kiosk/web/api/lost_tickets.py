"""The steps of a lost ticket for programs: none can be skipped, and the approval is a second person's."""

from typing import Annotated

import msgspec
from flask import Blueprint
from flask.typing import ResponseReturnValue
from msgspec import Meta

from kiosk.desk.bags.views import Claim, Released
from kiosk.web.api import PREFIX
from kiosk.web.api.bags import Why
from kiosk.web.api.description import describe
from kiosk.web.api.jobs import RowId
from kiosk.web.auth import require_actor, requires
from kiosk.web.commands import command, json_answer, json_response
from kiosk.web.context import current_services
from kiosk.web.decoding import decode

blueprint = Blueprint("api_lost_tickets", __name__, url_prefix=f"{PREFIX}/lost-tickets")


class StartClaim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the customer says, before anybody looks at the bags."""

    number: Annotated[int, Meta(ge=1, le=9999, description="The number of the lost ticket.")]
    description: Annotated[str, Meta(description="How the bags look; not empty.")]
    contents: Annotated[str, Meta(description="What is in them; not empty.")]
    reason: str = ""


class Identity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The kind of document that was looked at; never its number."""

    document: Annotated[str, Meta(min_length=1, max_length=32, description="e.g. id-card; a wrong one is answered with the known ones.")]


class Approval(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The second person, who proves it: user and PIN, or the badge's code."""

    user: RowId | None = None
    pin: Annotated[str, Meta(max_length=32)] | None = None
    badge: Annotated[str, Meta(max_length=64)] | None = None


class Signed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """*signed*: the customer signed the printed form."""

    signed: bool
    reason: str = ""


class ClaimList(msgspec.Struct, frozen=True):
    """Claims under way, oldest first."""

    lost_tickets: list[Claim]


@blueprint.get("")
@describe("List the lost-ticket claims under way", answers={200: ClaimList})
@requires("bags:read")
def list_claims() -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        return json_response(ClaimList(services.bags.lost.open(session)))


@blueprint.get("/<id:claim_id>")
@describe("Look at one claim", answers={200: Claim}, problems=(404,))
@requires("bags:read")
def get_claim(claim_id: int) -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        return json_response(services.bags.lost.get(session, claim_id))


@blueprint.post("")
@describe(
    "Begin: the customer describes the bags",
    body=StartClaim,
    answers={201: Claim},
    problems=(404, 409, 422),
    example={"number": 7, "description": "red suitcase with a ribbon", "contents": "clothes and an umbrella"},
)
@requires("bags:write")
def start_claim() -> ResponseReturnValue:
    request, lost, actor = decode(StartClaim), current_services().bags.lost, require_actor()
    return command(
        lambda session: lost.start(
            session, actor, number=request.number, description=request.description, contents=request.contents, reason=request.reason
        ),
        lambda claim: json_answer(claim, 201, location=f"{PREFIX}/lost-tickets/{claim.id}"),
    )


@blueprint.post("/<id:claim_id>/identity")
@describe(
    "Note that an identity document was looked at",
    body=Identity,
    answers={200: Claim},
    problems=(404, 409, 422),
    example={"document": "id-card"},
)
@requires("bags:write")
def check_identity(claim_id: int) -> ResponseReturnValue:
    request, lost, actor = decode(Identity), current_services().bags.lost, require_actor()
    return command(lambda session: lost.check_identity(session, actor, claim_id, document=request.document), json_answer)


@blueprint.post("/<id:claim_id>/approve")
@describe(
    "Have a second person approve",
    body=Approval,
    answers={200: Claim},
    problems=(404, 409, 422, 429),
    example={"user": 2, "pin": "730518"},
)
@requires("bags:write")
def approve_claim(claim_id: int) -> ResponseReturnValue:
    request, services, actor = decode(Approval), current_services(), require_actor()
    # Counted and settled before the command: a wrong PIN must count even when the command repeats a stored answer.
    approver = services.staff.approve(services.db, actor, "bags:approve", user_id=request.user, pin=request.pin, badge=request.badge)
    return command(lambda session: services.bags.lost.approve(session, approver, claim_id), json_answer)


@blueprint.post("/<id:claim_id>/form")
@describe("Print the form to be signed", answers={202: Claim}, problems=(404, 409, 503))
@requires("bags:write")
def print_form(claim_id: int) -> ResponseReturnValue:
    lost, actor = current_services().bags.lost, require_actor()
    return command(lambda session: lost.print_form(session, actor, claim_id), lambda claim: json_answer(claim, 202))


@blueprint.post("/<id:claim_id>/release")
@describe(
    "Give the bags back after the form was signed",
    body=Signed,
    answers={200: Released},
    problems=(404, 409, 422),
    example={"signed": True},
)
@requires("bags:write")
def release_claim(claim_id: int) -> ResponseReturnValue:
    request, lost, actor = decode(Signed), current_services().bags.lost, require_actor()
    return command(lambda session: lost.release(session, actor, claim_id, signed=request.signed, reason=request.reason), json_answer)


@blueprint.post("/<id:claim_id>/withdraw")
@describe(
    "End the claim: the ticket was found",
    body=Why,
    answers={200: Claim},
    problems=(404, 409, 422),
    example={"reason": "found in the pocket"},
)
@requires("bags:write")
def withdraw_claim(claim_id: int) -> ResponseReturnValue:
    request, lost, actor = decode(Why), current_services().bags.lost, require_actor()
    return command(lambda session: lost.withdraw(session, actor, claim_id, request.reason), json_answer)
