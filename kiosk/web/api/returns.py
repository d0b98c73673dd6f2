"""Returns and exchanges for programs: quote, record, look, void, print the slip again, photos."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import msgspec
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from msgspec import Meta
from werkzeug.exceptions import UnsupportedMediaType

from kiosk.desk.actors import Actor
from kiosk.desk.amounts import CURRENCY, MAX_FEN
from kiosk.desk.receipts.errors import UnknownReceipt
from kiosk.desk.receipts.views import Freshness
from kiosk.desk.returns.policy.views import Condition, Packaging, RefundTo, ReturnKind
from kiosk.desk.returns.views import (
    Goods,
    NewReturn,
    NewReturnLine,
    Override,
    Quote,
    ReturnedLine,
    ReturnPhotoView,
    ReturnState,
    ReturnView,
)
from kiosk.i18n import N_, Message, msg
from kiosk.web.api import PREFIX
from kiosk.web.api.bags import Why
from kiosk.web.api.case_papers import PICTURES
from kiosk.web.api.description import describe
from kiosk.web.api.jobs import Limit, RowId
from kiosk.web.api.refunds import RefundAnswer, refund_answer
from kiosk.web.auth import require_actor, requires
from kiosk.web.commands import command, json_answer, json_response
from kiosk.web.context import current_services
from kiosk.web.decoding import decode, decode_query
from kiosk.web.i18n import translate
from kiosk.web.problems import Problem
from kiosk.web.security import photo_body, takes_up_to

blueprint = Blueprint("api_returns", __name__, url_prefix=f"{PREFIX}/returns")

# Longer texts and lists are no return; the service names what is too long within these.
Words = Annotated[str, Meta(max_length=400)]
LineNumber = Annotated[int, Meta(ge=1, le=32_767)]
Quantity = Annotated[Decimal, Meta(description="Pieces, or the weight with three decimals; as a string or a number.")]
_MOST = 1000


class ReturnLineAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Goods of one line of the receipt."""

    line: LineNumber
    quantity: Quantity
    reason: Annotated[Words, Meta(description="Why they come back.")]
    condition: Condition
    packaging: Packaging = Packaging.OPENED
    serial: Annotated[Words, Meta(description="Serial number, where the policy needs one.")] = ""
    test_id: Annotated[RowId | None, Meta(description="The appliance test, where the policy needs one.")] = None


class GoodsAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Goods without a receipt, or taken in exchange."""

    name: Words
    quantity: Quantity
    unit_price_fen: Annotated[int, Meta(ge=0, le=MAX_FEN)]
    product: Words = ""
    category: Words = ""
    reason: Words = ""
    condition: Condition = Condition.OPENED
    packaging: Packaging = Packaging.OPENED


class Leave(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Leave for what the policy does not allow: a second person by user and PIN or by badge.

    A token with the scope returns:approve needs no person: whoever gave it that scope vouches for its store's rules.
    """

    reason: Annotated[Words, Meta(description="Why it is allowed.")]
    user: RowId | None = None
    pin: Annotated[str, Meta(max_length=32)] | None = None
    badge: Annotated[str, Meta(max_length=64)] | None = None


class TakeBack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What comes back: *lines* of a *receipt*, or *goods* without one."""

    kind: ReturnKind = ReturnKind.RETURN
    receipt: Annotated[str, Meta(max_length=200, description="Number of the receipt; empty: without receipt, which needs *override*.")] = ""
    store: Annotated[str, Meta(max_length=16, description="Code of the receipt's store; empty: this one's comes first.")] = ""
    lines: Annotated[list[ReturnLineAsked], Meta(max_length=_MOST)] = []
    goods: Annotated[list[GoodsAsked], Meta(max_length=_MOST)] = []
    exchange_for: Annotated[list[GoodsAsked], Meta(max_length=_MOST, description="With kind exchange: what the customer takes.")] = []
    gifts_back: Annotated[
        list[LineNumber], Meta(max_length=_MOST, description="Lines of gifts that came back, too; the others are deducted.")
    ] = []
    member: Annotated[Words, Meta(description="Whose limit counts, where the receipt names nobody.")] = ""
    override: Leave | None = None
    note: Words = ""
    photos: Annotated[list[bytes], Meta(max_length=20, description="Pictures in Base64, where the policy needs one.")] = []


class ReturnsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which returns; newest first."""

    q: Annotated[Words | None, Meta(description="Number of the return or its beginning, code of its slip, or number of the receipt.")] = (
        None
    )
    before: Annotated[RowId | None, Meta(description="Only returns older than this one, for the next page.")] = None
    limit: Limit = 50


class DeductionAnswer(msgspec.Struct, frozen=True):
    """Money that is not paid back, and why; negative: what was deducted before is paid back."""

    text: str
    amount_fen: int


class ReturnAnswer(msgspec.Struct, frozen=True):
    """A return as it was recorded."""

    id: int
    number: str
    code: str
    kind: ReturnKind
    state: ReturnState
    receipt: str
    store: str
    lines: list[ReturnedLine]
    exchange_for: list[Goods]
    deductions: list[DeductionAnswer]
    refund_fen: int
    pay_fen: int
    currency: str
    refund: RefundAnswer | None
    recorded_at: datetime
    staff: str
    approver: str
    override_reason: str
    policy_version: int
    note: str
    voided_at: datetime | None
    void_reason: str
    photos: int
    job: int | None


class ReturnList(msgspec.Struct, frozen=True):
    """Returns."""

    returns: list[ReturnAnswer]


class QuotedLine(msgspec.Struct, frozen=True):
    """What one line is worth. *problem*: why it cannot be taken back as asked."""

    line: int
    refund_fen: int
    problem: str | None


class QuoteAnswer(msgspec.Struct, frozen=True):
    """What a return would come to; without *problems* it may be recorded."""

    lines: list[QuotedLine]
    deductions: list[DeductionAnswer]
    refund_fen: int
    pay_fen: int
    currency: str
    refund_to: RefundTo
    problems: list[str]
    needs_supervisor: bool


class ReturnPhotos(msgspec.Struct, frozen=True):
    """The photos of a return."""

    photos: list[ReturnPhotoView]


class KeptPhoto(msgspec.Struct, frozen=True):
    """The photo that was kept."""

    id: int


_EXAMPLE = {
    "receipt": "20260310010100000042",
    "kind": "return",
    "lines": [{"line": 1, "quantity": "1", "reason": "Not wanted", "condition": "as-new", "packaging": "sealed"}],
}


@blueprint.post("")
@takes_up_to(photo_body)
@describe(
    "Take goods back, or exchange them: recorded once, with its refund, its slip and the custody of the goods",
    body=TakeBack,
    answers={201: ReturnAnswer},
    problems=(403, 404, 409, 422),
    example=_EXAMPLE,
)
@requires("returns:write")
def record_return() -> ResponseReturnValue:
    services, actor = current_services(), require_actor()
    asked = decode(TakeBack)
    wanted = _wanted(asked, _leave(actor, asked.override))
    return command(
        lambda session: services.returns.record(session, actor, wanted),
        lambda returned: json_answer(_answer(returned), 201, location=f"{PREFIX}/returns/{returned.id}"),
    )


@blueprint.post("/quote")
@takes_up_to(photo_body)
@describe(
    "What a return would come to, and what stands in its way; nothing is recorded",
    body=TakeBack,
    answers={200: QuoteAnswer},
    problems=(403, 404, 422),
    example=_EXAMPLE,
)
@requires("returns:write")
def quote_return() -> ResponseReturnValue:
    services, actor = current_services(), require_actor()
    asked = decode(TakeBack)
    wanted = _wanted(asked, _leave(actor, asked.override))
    with services.db.read() as session:
        return json_response(_quoted(services.returns.quote(session, wanted)))


@blueprint.get("")
@describe("List or search returns", query=ReturnsQuery, answers={200: ReturnList}, problems=(422,))
@requires("returns:read")
def list_returns() -> ResponseReturnValue:
    query, services = decode_query(ReturnsQuery), current_services()
    with services.db.read() as session:
        found = services.returns.newest(session, limit=query.limit, before_id=query.before, query=query.q or "")
    return json_response(ReturnList([_answer(returned) for returned in found]))


@blueprint.get("/<id:return_id>")
@describe("Look at one return", answers={200: ReturnAnswer}, problems=(404,))
@requires("returns:read")
def get_return(return_id: int) -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        return json_response(_answer(services.returns.get(session, return_id)))


@blueprint.post("/<id:return_id>/void")
@describe(
    "Void a return that was recorded by mistake; refused once its goods are signed for or its refund is confirmed",
    body=Why,
    answers={200: ReturnAnswer},
    problems=(404, 409, 422),
    example={"reason": "wrong line"},
)
@requires("returns:approve")
def void_return(return_id: int) -> ResponseReturnValue:
    asked, returns, actor = decode(Why), current_services().returns, require_actor()
    return command(lambda session: returns.void(session, actor, return_id, asked.reason), lambda returned: json_answer(_answer(returned)))


@blueprint.post("/<id:return_id>/slip")
@describe("Print the slip again, marked as a copy", answers={202: ReturnAnswer}, problems=(404, 503))
@requires("returns:write")
def reprint_return_slip(return_id: int) -> ResponseReturnValue:
    returns, actor = current_services().returns, require_actor()
    return command(lambda session: returns.reprint_slip(session, actor, return_id), lambda returned: json_answer(_answer(returned), 202))


@blueprint.get("/<id:return_id>/photos")
@describe("List the photos of a return", answers={200: ReturnPhotos}, problems=(404,))
@requires("returns:read")
def list_return_photos(return_id: int) -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        return json_response(ReturnPhotos(services.returns.photos(session, return_id)))


@blueprint.post("/<id:return_id>/photos")
@takes_up_to(photo_body)
@describe("Add a photo; the body is the picture itself", uploads=PICTURES, answers={201: KeptPhoto}, problems=(404, 409, 413, 415, 422))
@requires("returns:write")
def add_return_photo(return_id: int) -> ResponseReturnValue:
    if request.mimetype not in PICTURES:
        # The house's own answer to this status speaks of JSON.
        said = msg("The body is not marked as a picture."), msg("Send it as one of: %(kinds)s", kinds=", ".join(PICTURES))
        raise UnsupportedMediaType(response=Problem(415, "unsupported-media-type", N_("Not a picture"), *said).response())
    returns, actor = current_services().returns, require_actor()
    # Decoding takes its time, which the one writer has not.
    picture = returns.prepare_photo(request.get_data(cache=True))
    return command(
        lambda session: KeptPhoto(returns.add_photo(session, actor, return_id, picture)),
        lambda photo: json_answer(photo, 201, location=f"{PREFIX}/returns/{return_id}/photos/{photo.id}"),
    )


@blueprint.get("/<id:return_id>/photos/<id:photo_id>")
@describe("One photo, as JPEG", answers={200: None}, problems=(404,), media_type="image/jpeg")
@requires("returns:read")
def get_return_photo(return_id: int, photo_id: int) -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        picture = services.returns.photo(session, return_id, photo_id)
    return Response(picture, content_type="image/jpeg", headers={"Cache-Control": "no-store"})


def _wanted(asked: TakeBack, override: Override | None) -> NewReturn:
    """The service's form of a request; the receipt is looked up now, for live sources must not be asked within a write unit."""
    services = current_services()
    receipt_id, freshness = None, Freshness.STORED
    if asked.receipt:
        looked = services.receipts.look_up(asked.receipt, store=asked.store)
        if looked.receipt is None:
            raise UnknownReceipt.of(asked.receipt)
        receipt_id, freshness = looked.receipt.id, looked.freshness
    return NewReturn(
        kind=asked.kind,
        receipt_id=receipt_id,
        lines=[msgspec.convert(line, NewReturnLine, from_attributes=True) for line in asked.lines],
        goods=[msgspec.convert(goods, Goods, from_attributes=True) for goods in asked.goods],
        exchange_for=[msgspec.convert(goods, Goods, from_attributes=True) for goods in asked.exchange_for],
        gifts_back=asked.gifts_back,
        member=asked.member,
        override=override,
        freshness=freshness,
        note=asked.note,
        photos=[services.returns.prepare_photo(picture) for picture in asked.photos],
    )


def _leave(actor: Actor, leave: Leave | None) -> Override | None:
    """Who allows an exception. Raises what a wrong PIN or badge raises, Denied without the scope."""
    if leave is None:
        return None
    if leave.user is None and leave.pin is None and leave.badge is None:
        return Override(actor, leave.reason)
    services = current_services()
    approver = services.staff.approve(services.db, actor, "returns:approve", user_id=leave.user, pin=leave.pin, badge=leave.badge)
    return Override(approver, leave.reason)


def _answer(returned: ReturnView) -> ReturnAnswer:
    own = ("deductions", "currency", "refund")
    same = {name: getattr(returned, name) for name in ReturnAnswer.__struct_fields__ if name not in own}
    refund = refund_answer(returned.refund) if returned.refund is not None else None
    return ReturnAnswer(**same, refund=refund, deductions=_deductions(returned.deductions), currency=CURRENCY)


def _quoted(quote: Quote) -> QuoteAnswer:
    return QuoteAnswer(
        lines=[QuotedLine(line.line, line.refund_fen, translate(line.problem) if line.problem else None) for line in quote.lines],
        deductions=_deductions(quote.deductions),
        refund_fen=quote.refund_fen,
        pay_fen=quote.pay_fen,
        currency=CURRENCY,
        refund_to=quote.refund_to,
        problems=[translate(problem) for problem in quote.problems],
        needs_supervisor=quote.needs_supervisor,
    )


def _deductions(deductions: list[tuple[Message, int]]) -> list[DeductionAnswer]:
    return [DeductionAnswer(translate(text), fen) for text, fen in deductions]
