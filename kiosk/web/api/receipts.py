"""Receipts for programs: brought in one by one or in lists, found by number with what of them may come back, searched."""

from datetime import date
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from msgspec import Meta

from kiosk.desk.amounts import MAX_FEN
from kiosk.desk.receipts.errors import UnknownReceipt
from kiosk.desk.receipts.views import Added, Freshness, NewReceipt, ReceiptSearch, ReceiptSummary, ReceiptView
from kiosk.desk.returns.policy.views import Need, Verdict
from kiosk.desk.returns.views import Assessment, LineAssessment
from kiosk.errors import FieldError, Invalid
from kiosk.web.api import PREFIX
from kiosk.web.api.description import describe
from kiosk.web.auth import require_actor, requires
from kiosk.web.commands import command, json_answer, json_response
from kiosk.web.context import current_services
from kiosk.web.decoding import convert_item, decode, decode_list, decode_query
from kiosk.web.i18n import translate
from kiosk.web.problems import short_value
from kiosk.web.security import receipts_body, takes_up_to

blueprint = Blueprint("api_receipts", __name__, url_prefix=f"{PREFIX}/receipts")

MOST_AT_ONCE = 500
# Wrong fields that are named of one receipt of a list.
_MOST_NAMED = 5

Word = Annotated[str, Meta(max_length=120)]
Fen = Annotated[int, Meta(ge=0, le=MAX_FEN)]


class ReceiptsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is still legible of a receipt; the newest first. A day is needed unless a member is given."""

    day: Annotated[date | None, Meta(description="Day of the sale in the store's zone, e.g. 2026-03-10.")] = None
    until: Annotated[date | None, Meta(description="Last day of some; 31 days at most.")] = None
    till: Annotated[Word | None, Meta(description="Its till.")] = None
    amount_fen: Annotated[Fen | None, Meta(description="Its total.")] = None
    product: Annotated[Word | None, Meta(description="Code or bar code of goods on it, or part of their name.")] = None
    member: Annotated[Word | None, Meta(description="The member's number; with a day its last characters are enough.")] = None
    number_part: Annotated[Word | None, Meta(description="Part of its number.")] = None
    store: Annotated[Word | None, Meta(description="Code of its store.")] = None
    limit: Annotated[int, Meta(ge=1, le=200, description="Most entries of the answer.")] = 50


class ReceiptQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which store's receipt, where several number theirs alike."""

    store: Annotated[Word | None, Meta(description="Code of its store; without it this one's comes first.")] = None


class ReceiptList(msgspec.Struct, frozen=True):
    """Receipts in short."""

    receipts: list[ReceiptSummary]


class WrongField(msgspec.Struct, frozen=True):
    """A field of a receipt that cannot be so."""

    field: str
    value: Any
    message: str


class ReceiptTaken(msgspec.Struct, frozen=True):
    """What became of a receipt. *outcome* invalid, in lists alone: it was not taken in, for what *errors* name."""

    number: str
    store: str
    outcome: str
    id: int | None = None
    errors: list[WrongField] = []


class ReturnVerdict(msgspec.Struct, frozen=True):
    """What the policy says about goods as new; the answers to *open_questions* may change it."""

    allowed: bool
    reason: str
    remedy: str | None
    needs: list[Need]
    days_left: int | None
    open_questions: list[str]


class ReturnableLine(msgspec.Struct, frozen=True):
    """What of a line may come back. *refundable_fen* is for all that remains."""

    line: int
    bought: str
    returned: str
    remaining: str
    refundable_fen: int
    for_return: ReturnVerdict
    for_exchange: ReturnVerdict
    gifts: list[int]


class ReceiptAssessment(msgspec.Struct, frozen=True):
    """What of a receipt may come back. *blocked*: nothing, whatever its lines say."""

    blocked: bool
    needs_supervisor: bool
    notices: list[str]
    lines: list[ReturnableLine]
    earlier: list[int]


class ReceiptAnswer(msgspec.Struct, frozen=True):
    """A receipt; *assessment* is for who may read returns. *warnings* names sources that did not answer."""

    receipt: ReceiptView
    freshness: Freshness
    warnings: list[str]
    assessment: ReceiptAssessment | None


@blueprint.post("")
@describe(
    "Bring a receipt in, or a list of 500 at most; what is known already is told apart by its content",
    body=NewReceipt | list[NewReceipt],  # type: ignore[arg-type]
    answers={201: ReceiptTaken | list[ReceiptTaken]},
    problems=(409, 413, 422),
    example={
        "number": "20260310010100000042",
        "store": "S001",
        "till": "01",
        "sold_at": "2026-03-10T10:00:00+08:00",
        "lines": [
            {"line": 1, "product": "6901001", "name": "鲜牛奶 1L", "quantity": "2", "unit_price_fen": 1250, "amount_fen": 2500},
            {
                "line": 2,
                "product": "20017",
                "name": "红富士苹果",
                "quantity": "1.354",
                "unit": "kg",
                "unit_price_fen": 1180,
                "amount_fen": 1598,
            },
        ],
        "tenders": [{"kind": "wechat", "amount_fen": 4098}],
    },
)
@takes_up_to(receipts_body)
@requires("receipts:write")
def add_receipts() -> ResponseReturnValue:
    if request.get_data(cache=True).lstrip()[:1] == b"[":
        return _add_list(decode_list(MOST_AT_ONCE))
    receipt, services, actor = decode(NewReceipt), current_services(), require_actor()
    checked = services.receipts.check(receipt)
    return command(
        lambda session: services.receipts.add(session, actor, receipt),
        lambda added: json_answer(
            ReceiptTaken(checked.number, checked.store, added[1].value, added[0]), 201, location=_address(checked.number)
        ),
    )


@blueprint.get("")
@describe("Look for a receipt by what is still legible of it", query=ReceiptsQuery, answers={200: ReceiptList}, problems=(422,))
@requires("receipts:read")
def search_receipts() -> ResponseReturnValue:
    query, services = decode_query(ReceiptsQuery), current_services()
    given = {name: value for name in ReceiptSearch.__struct_fields__ if (value := getattr(query, name)) is not None}
    with services.db.read() as session:
        return json_response(ReceiptList(services.receipts.search(session, ReceiptSearch(**given), limit=query.limit)))


@blueprint.get("/<number>")
@describe(
    "One receipt with its lines and what of them may come back, and why not the rest; its member is masked",
    query=ReceiptQuery,
    answers={200: ReceiptAnswer},
    problems=(404, 422),
)
@requires("receipts:read")
def get_receipt(number: str) -> ResponseReturnValue:
    query, services, actor = decode_query(ReceiptQuery), current_services(), require_actor()
    looked = services.receipts.look_up(number, store=query.store or "")
    if looked.receipt is None:
        raise UnknownReceipt.of(number)
    assessment = None
    if actor.may("returns:read"):
        with services.db.read() as session:
            assessment = _assessment(services.returns.assess(session, looked.receipt.id, freshness=looked.freshness))
    return json_response(ReceiptAnswer(looked.receipt, looked.freshness, looked.warnings, assessment))


def _add_list(documents: list[object]) -> ResponseReturnValue:
    """Take in what is right of a list; what is wrong loses nothing of the rest."""
    services, actor = current_services(), require_actor()
    results: list[ReceiptTaken | None] = []
    right: list[NewReceipt] = []
    for document in documents:
        try:
            receipt = services.receipts.check(convert_item(document, NewReceipt))
        except Invalid as error:
            results.append(_refused(document, error))
        else:
            right.append(receipt)
            results.append(None)

    def render(added: list[tuple[int, Added]]) -> list[ReceiptTaken]:
        taken = (
            ReceiptTaken(receipt.number, receipt.store, outcome.value, receipt_id)
            for receipt, (receipt_id, outcome) in zip(right, added, strict=True)
        )
        return [result if result is not None else next(taken) for result in results]

    return command(lambda session: services.receipts.add_list(session, actor, right), lambda added: json_answer(render(added), 201))


def _refused(document: object, error: Invalid) -> ReceiptTaken:
    said = document if isinstance(document, dict) else {}
    number, store = (value if isinstance(value := said.get(name), str) else "" for name in ("number", "store"))
    errors = [_wrong_field(field) for field in error.fields[:_MOST_NAMED]]
    return ReceiptTaken(number[:64], store[:16], "invalid", None, errors)


def _wrong_field(field: FieldError) -> WrongField:
    return WrongField(field.field, short_value(field.value), translate(field.message))


def _address(number: str) -> str:
    return f"{PREFIX}/receipts/{quote(number, safe='')}"


def _assessment(found: Assessment) -> ReceiptAssessment:
    return ReceiptAssessment(
        blocked=found.blocked,
        needs_supervisor=found.needs_supervisor,
        notices=[translate(notice) for notice in found.notices],
        lines=[_line(line) for line in found.lines],
        earlier=found.earlier,
    )


def _line(line: LineAssessment) -> ReturnableLine:
    return ReturnableLine(
        line=line.line.line,
        bought=str(line.bought),
        returned=str(line.returned),
        remaining=str(line.remaining),
        refundable_fen=line.refundable_fen,
        for_return=_verdict(line.verdict),
        for_exchange=_verdict(line.verdict_exchange),
        gifts=line.gifts,
    )


def _verdict(verdict: Verdict) -> ReturnVerdict:
    return ReturnVerdict(
        allowed=verdict.allowed,
        reason=translate(verdict.reason),
        remedy=translate(verdict.remedy) if verdict.remedy is not None else None,
        needs=sorted(verdict.needs),
        days_left=verdict.days_left,
        open_questions=sorted(verdict.open_questions),
    )
