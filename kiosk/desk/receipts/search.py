"""Finds a receipt by what is still legible of it: its day, till, amount, goods, member, or part of its number."""

from datetime import timedelta
from typing import Any

from msgspec.structs import replace
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from kiosk.desk.plain_text import one_line
from kiosk.desk.receipts.errors import TooLittleToSearch
from kiosk.desk.receipts.look import LINE, PRODUCT, RECEIPT, summaries
from kiosk.desk.receipts.numbers import canonical
from kiosk.desk.receipts.views import ReceiptSearch, ReceiptSummary
from kiosk.errors import FieldError
from kiosk.i18n import Message, msg

# Days that one search looks through: a month of a large store is some tenths of a second.
MOST_DAYS = 31
LIMIT = 200
_SHORTEST_PRODUCT, _SHORTEST_PART, _SHORTEST_MEMBER = 2, 3, 4


def search(session: Session, wanted: ReceiptSearch, *, limit: int = 50) -> list[ReceiptSummary]:
    """Receipts that fit *wanted*, the newest first. Raises TooLittleToSearch."""
    texts = {name: one_line(getattr(wanted, name)) for name in ("till", "product", "member", "store")}
    wanted = replace(wanted, **texts)
    conditions = [*_when(wanted), *_what(wanted)]
    rows = session.execute(
        select(RECEIPT).where(*conditions).order_by(RECEIPT.c.sold_at.desc(), RECEIPT.c.id.desc()).limit(max(1, min(limit, LIMIT)))
    ).all()
    return summaries(session, rows)


def _when(wanted: ReceiptSearch) -> list[ColumnElement[Any]]:
    """The days, and the member where there are no days: one of the two bounds what is looked through."""
    member = wanted.member
    if wanted.day is None:
        if wanted.until is not None:
            raise _refusal("day", None, msg("must be given with the last day"))
        if not member:
            raise _refusal("day", None, msg("must be given, unless a member is: all receipts ever are too many to look through"))
        # The condition of the index, literally.
        return [RECEIPT.c.member == member, RECEIPT.c.member != ""]
    until = wanted.until or wanted.day
    if until < wanted.day:
        raise _refusal("until", until, msg("must not be before the first day"))
    if until - wanted.day >= timedelta(days=MOST_DAYS):
        raise _refusal("until", until, msg("must be within %(count)s days", count=MOST_DAYS))
    days = RECEIPT.c.sold_on == wanted.day if until == wanted.day else RECEIPT.c.sold_on.between(wanted.day, until)
    if not member:
        return [days]
    if len(member) < _SHORTEST_MEMBER:
        raise _refusal("member", None, msg("must be the whole number, or its last %(count)s characters and more", count=_SHORTEST_MEMBER))
    return [days, RECEIPT.c.member.endswith(member, autoescape=True)]


def _what(wanted: ReceiptSearch) -> list[ColumnElement[Any]]:
    conditions: list[ColumnElement[Any]] = []
    if wanted.store:
        conditions.append(RECEIPT.c.store == wanted.store)
    if wanted.till:
        conditions.append(RECEIPT.c.till == wanted.till)
    if wanted.amount_fen is not None:
        if not 0 <= wanted.amount_fen < 2**63:
            raise _refusal("amount_fen", wanted.amount_fen, msg("must be an amount in fen"))
        conditions.append(RECEIPT.c.total_fen == wanted.amount_fen)
    if part := canonical(wanted.number_part):
        if len(part) < _SHORTEST_PART:
            raise _refusal("number_part", part, msg("must have %(count)s characters or more", count=_SHORTEST_PART))
        conditions.append(RECEIPT.c.number.icontains(part, autoescape=True))
    if product := wanted.product:
        if len(product) < _SHORTEST_PRODUCT:
            raise _refusal("product", product, msg("must have %(count)s characters or more", count=_SHORTEST_PRODUCT))
        conditions.append(_sold(product))
    return conditions


def _sold(product: str) -> ColumnElement[Any]:
    """Receipts with a line of these goods. Goods are few, so they are found first, and lines by the key of their receipt."""
    named = (PRODUCT.c.product == product) | (PRODUCT.c.barcode == product) | PRODUCT.c.name.icontains(product, autoescape=True)
    goods = select(PRODUCT.c.id).where(named)
    return select(LINE.c.line).where(LINE.c.receipt_id == RECEIPT.c.id, LINE.c.product_id.in_(goods)).exists()


def _refusal(field: str, value: object, message: Message) -> TooLittleToSearch:
    return TooLittleToSearch(
        msg("With this no receipt can be looked for: %(field)s %(reason)s.", field=field, reason=message),
        msg("Give the day, and what else can be read: till, amount, goods or part of the number."),
        fields=[FieldError(field, str(value) if value is not None else None, message)],
    )
