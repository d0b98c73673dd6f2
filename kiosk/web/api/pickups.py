"""Pickup lists for programs: what waits, gather it, check it piece by piece, sign for it; and who keeps what."""

from decimal import Decimal
from typing import Annotated

import msgspec
from flask import Blueprint
from flask.typing import ResponseReturnValue
from msgspec import Meta

from kiosk.desk.actors import SYSTEM, Actor
from kiosk.desk.pickups.views import DepartmentGoods, HandStep, PickupItem, PickupView
from kiosk.desk.signatures import Strokes
from kiosk.web.api import PREFIX
from kiosk.web.api.description import describe
from kiosk.web.api.jobs import Limit, RowId
from kiosk.web.auth import require_actor, requires
from kiosk.web.commands import command, json_answer, json_response
from kiosk.web.context import current_services
from kiosk.web.decoding import decode, decode_query

blueprint = Blueprint("api_pickups", __name__, url_prefix=f"{PREFIX}/pickups")

_APPROVE = "returns:approve"
Line = Annotated[str, Meta(max_length=200)]


class PickupsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which lists; newest first."""

    before: Annotated[RowId | None, Meta(description="Only lists older than this one, for the next page.")] = None
    limit: Limit = 50


class Pickups(msgspec.Struct, frozen=True):
    """What waits at the desk by department, and the lists; a list's signature is in the answer about that list alone."""

    waiting: list[DepartmentGoods]
    pickups: list[PickupView]


class Gather(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose goods are to be gathered."""

    department: Annotated[str, Meta(min_length=1, max_length=32)]


class CheckItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is there of one item. Another quantity than came back needs *difference*."""

    found: Annotated[Decimal, Meta(description="Pieces, or a weight with three decimals at most.")]
    difference: Annotated[Line, Meta(description="What is missing, and why.")] = ""


class CountScan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The code of one piece, as it was scanned."""

    code: Annotated[str, Meta(min_length=1, max_length=128)]


class SignPickup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A signature: x and y in thousandths of the pad's width, milliseconds since the first point."""

    strokes: Strokes
    pin: Annotated[str, Meta(max_length=12, description="Of a person who is logged in, who proves again who they are.")] | None = None


class HeldQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose goods."""

    holder: Annotated[Line, Meta(description="desk, missing, the label of a person (user:3) or a name; empty: all.")] = ""
    limit: Limit = 50


class HeldGoods(msgspec.Struct, frozen=True):
    """Goods and who keeps them, the newest first."""

    items: list[PickupItem]


class Hands(msgspec.Struct, frozen=True):
    """Through whose hands goods went, oldest first."""

    item: PickupItem
    history: list[HandStep]


@blueprint.get("")
@describe("See what waits for pickup, and the lists", query=PickupsQuery, answers={200: Pickups}, problems=(422,))
@requires("returns:read")
def list_pickups() -> ResponseReturnValue:
    query, services = decode_query(PickupsQuery), current_services()
    with services.db.read() as session:
        waiting = services.pickups.waiting(session)
        pickups = services.pickups.newest(session, limit=query.limit, before_id=query.before)
    return json_response(Pickups(waiting, [msgspec.structs.replace(pickup, signature=None) for pickup in pickups]))


@blueprint.post("")
@describe(
    "Gather all that waits for a department on its list",
    body=Gather,
    answers={201: PickupView},
    problems=(409, 422),
    example={"department": "家电 Appliances"},
)
@requires("returns:write")
def gather() -> ResponseReturnValue:
    wanted, services, actor = decode(Gather), current_services(), require_actor()
    return command(
        lambda session: services.pickups.gather(session, actor, wanted.department),
        lambda pickup: json_answer(pickup, 201, location=f"{PREFIX}/pickups/{pickup.id}"),
    )


@blueprint.get("/held")
@describe("See who keeps which returned goods", query=HeldQuery, answers={200: HeldGoods}, problems=(422,))
@requires("returns:read")
def held() -> ResponseReturnValue:
    query, services = decode_query(HeldQuery), current_services()
    with services.db.read() as session:
        return json_response(HeldGoods(services.pickups.held(session, holder=query.holder, limit=query.limit)))


@blueprint.get("/goods/<id:item_id>")
@describe("See through whose hands returned goods went", answers={200: Hands}, problems=(404,))
@requires("returns:read")
def hands(item_id: int) -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        return json_response(Hands(services.pickups.item(session, item_id), services.pickups.history(session, item_id)))


@blueprint.get("/<id:pickup_id>")
@describe("Look at one list", answers={200: PickupView}, problems=(404,))
@requires("returns:read")
def get_pickup(pickup_id: int) -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        return json_response(services.pickups.get(session, pickup_id))


@blueprint.post("/<id:pickup_id>/items/<id:item_id>")
@describe(
    "Note what is there of one item",
    body=CheckItem,
    answers={200: PickupView},
    problems=(404, 409, 422),
    example={"found": "1", "difference": "One was broken on the way."},
)
@requires("returns:write")
def check(pickup_id: int, item_id: int) -> ResponseReturnValue:
    said, services, actor = decode(CheckItem), current_services(), require_actor()
    return command(
        lambda session: services.pickups.check(session, actor, pickup_id, item_id, found=said.found, difference=said.difference),
        json_answer,
    )


@blueprint.post("/<id:pickup_id>/scan")
@describe(
    "Count one piece by its product or bar code",
    body=CountScan,
    answers={200: PickupView},
    problems=(404, 409, 422),
    example={"code": "6901234567892"},
)
@requires("returns:write")
def scan(pickup_id: int) -> ResponseReturnValue:
    said, services, actor = decode(CountScan), current_services(), require_actor()
    return command(lambda session: services.pickups.check_by_scan(session, actor, pickup_id, said.code), json_answer)


@blueprint.post("/<id:pickup_id>/sign")
@describe(
    "Sign for a list in one's own name; the goods are with whoever signs from then on, and a copy prints",
    body=SignPickup,
    answers={200: PickupView},
    problems=(404, 409, 422),
    example={
        "strokes": {
            "height": 400,
            "strokes": [
                [[100, 200, 0], [150, 120, 40], [200, 260, 80], [260, 140, 120]],
                [[300, 200, 400], [380, 180, 440], [420, 150, 480], [480, 230, 520]],
            ],
        }
    },
)
@requires(_APPROVE)
def sign(pickup_id: int) -> ResponseReturnValue:
    said, services = decode(SignPickup), current_services()
    signer = _signer(require_actor(), said.pin)
    return command(lambda session: services.pickups.sign(session, signer, pickup_id, signer, said.strokes), json_answer)


@blueprint.post("/<id:pickup_id>/dissolve")
@describe("Dissolve an open list: its goods wait at the desk again", answers={200: PickupView}, problems=(404, 409))
@requires("returns:write")
def dissolve(pickup_id: int) -> ResponseReturnValue:
    services, actor = current_services(), require_actor()
    return command(lambda session: services.pickups.dissolve(session, actor, pickup_id), json_answer)


def _signer(actor: Actor, pin: str | None) -> Actor:
    """Whoever signs: a program by its token; a person proves again that it is they who sit at the session."""
    if actor.kind != "user":
        return actor
    services = current_services()
    return services.staff.approve(services.db, SYSTEM, _APPROVE, user_id=actor.id, pin=pin)
