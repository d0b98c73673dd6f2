"""Refunds for the point of sale: what it has to pay, and its word on what became of each."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from flask import Blueprint
from flask.typing import ResponseReturnValue
from msgspec import Meta

from kiosk.desk.amounts import CURRENCY
from kiosk.desk.returns.policy.views import RefundTo
from kiosk.desk.returns.views import RefundState, RefundView
from kiosk.web.api import PREFIX
from kiosk.web.api.description import describe
from kiosk.web.api.jobs import Limit, RowId
from kiosk.web.auth import require_actor, requires
from kiosk.web.commands import command, json_answer, json_response
from kiosk.web.context import current_services
from kiosk.web.decoding import decode, decode_query

blueprint = Blueprint("api_refunds", __name__, url_prefix=f"{PREFIX}/refunds")


class RefundsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which refunds; newest first."""

    state: Annotated[RefundState | None, Meta(description="Only refunds in this state.")] = None
    before: Annotated[RowId | None, Meta(description="Only refunds older than this one, for the next page.")] = None
    limit: Limit = 100


class TenderAnswer(msgspec.Struct, frozen=True):
    """Money that goes back the way it came; kind "" means that the point of sale chooses."""

    kind: str
    amount_fen: int


class RefundAnswer(msgspec.Struct, frozen=True):
    """Money that the point of sale has to pay, and what is known of it. *told*: the point of sale may have heard of it."""

    id: int
    return_id: int
    return_number: str
    receipt: str
    amount_fen: int
    currency: str
    refund_to: RefundTo
    tenders: list[TenderAnswer]
    voucher: str
    voucher_until: date | None
    state: RefundState
    changed_at: datetime
    detail: str
    told: bool
    attempts: int


class RefundList(msgspec.Struct, frozen=True):
    """Refunds."""

    refunds: list[RefundAnswer]


class SettleRefund(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What became of the money. Nothing but this, or a person, makes a refund confirmed."""

    state: Literal["confirmed", "failed"]
    detail: Annotated[str, Meta(max_length=300, description="Number of the payment, or why it failed.")] = ""


@blueprint.get("")
@describe("List refunds", query=RefundsQuery, answers={200: RefundList}, problems=(422,))
@requires("returns:read")
def list_refunds() -> ResponseReturnValue:
    query, services = decode_query(RefundsQuery), current_services()
    states = [query.state] if query.state is not None else None
    with services.db.read() as session:
        found = services.returns.refunds(session, states=states, limit=query.limit, before_id=query.before)
    return json_response(RefundList([refund_answer(refund) for refund in found]))


@blueprint.get("/<id:refund_id>")
@describe("Look at one refund", answers={200: RefundAnswer}, problems=(404,))
@requires("returns:read")
def get_refund(refund_id: int) -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        return json_response(refund_answer(services.returns.refund(session, refund_id)))


@blueprint.post("/<id:refund_id>/settle")
@describe(
    "Say what became of a refund",
    body=SettleRefund,
    answers={200: RefundAnswer},
    problems=(404, 409, 422),
    example={"state": "confirmed", "detail": "payment 4711"},
)
@requires("refunds:write")
def settle_refund(refund_id: int) -> ResponseReturnValue:
    asked, returns, actor = decode(SettleRefund), current_services().returns, require_actor()
    return command(
        lambda session: returns.settle_refund(session, actor, refund_id, RefundState(asked.state), asked.detail),
        lambda refund: json_answer(refund_answer(refund)),
    )


@blueprint.post("/<id:refund_id>/retry")
@describe("Ask for a refund once more that failed, under its old number", answers={200: RefundAnswer}, problems=(404, 409))
@requires("refunds:write")
def retry_refund(refund_id: int) -> ResponseReturnValue:
    returns, actor = current_services().returns, require_actor()
    return command(lambda session: returns.retry_refund(session, actor, refund_id), lambda refund: json_answer(refund_answer(refund)))


def refund_answer(refund: RefundView) -> RefundAnswer:
    """What a program is told of *refund*."""
    same = {name: getattr(refund, name) for name in RefundAnswer.__struct_fields__ if name not in ("currency", "tenders")}
    return RefundAnswer(**same, currency=CURRENCY, tenders=[TenderAnswer(kind, fen) for kind, fen in refund.tenders])
