"""Reads receipts from the database: one with its lines, by id or number, and short forms for lists.

The statements are built once: a scan waits for them.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from kiosk.db import table_of
from kiosk.desk.amounts import quantity
from kiosk.desk.receipts.errors import UnknownReceipt
from kiosk.desk.receipts.models import Receipt, ReceiptLineRow, ReceiptProduct, ReceiptTender
from kiosk.desk.receipts.numbers import canonical, readings
from kiosk.desk.receipts.views import ReceiptLine, ReceiptSummary, ReceiptView, Tender

T = TypeVar("T")

# Names of goods that a list shows of each receipt.
_FIRST_NAMES = 3
# Characters of a member's number that are shown, at its end, and how many must stay hidden.
_SHOWN, _HIDDEN = 4, 4
# Values of one IN (...): databases bound them at 32,766 and 65,535.
_AT_ONCE = 2000
# Longest text that is looked for as a number: what people put between the digits included.
_LONGEST = 128

RECEIPT, LINE = table_of(Receipt), table_of(ReceiptLineRow)
PRODUCT, TENDER = table_of(ReceiptProduct), table_of(ReceiptTender)

_BY_ID = select(RECEIPT).where(RECEIPT.c.id == bindparam("receipt_id"))
_BY_NUMBER = select(RECEIPT).where(RECEIPT.c.number == bindparam("number"))
_KNOWN = select(RECEIPT.c.id, RECEIPT.c.number, RECEIPT.c.store, RECEIPT.c.kind, RECEIPT.c.digest).where(
    RECEIPT.c.number.in_(bindparam("numbers", expanding=True))
)
_LINES = (
    select(
        LINE.c.line,
        PRODUCT.c.product,
        PRODUCT.c.name,
        LINE.c.quantity,
        LINE.c.unit_price_fen,
        LINE.c.amount_fen,
        LINE.c.discount_fen,
        PRODUCT.c.category,
        PRODUCT.c.barcode,
        PRODUCT.c.unit,
        LINE.c.gift_of,
        LINE.c.promotion,
    )
    .join(PRODUCT, PRODUCT.c.id == LINE.c.product_id)
    .where(LINE.c.receipt_id == bindparam("receipt_id"))
    .order_by(LINE.c.line)
)
_TENDERS = select(TENDER.c.kind, TENDER.c.amount_fen).where(TENDER.c.receipt_id == bindparam("receipt_id")).order_by(TENDER.c.position)
_GOODS = (
    select(LINE.c.receipt_id, PRODUCT.c.name)
    .join(PRODUCT, PRODUCT.c.id == LINE.c.product_id)
    .where(LINE.c.receipt_id.in_(bindparam("receipt_ids", expanding=True)))
    .order_by(LINE.c.receipt_id, LINE.c.line)
)


def by_id(session: Session, receipt_id: int) -> ReceiptView:
    """One receipt, its member masked. Raises UnknownReceipt."""
    return view(session, row_of(session, receipt_id))


def row_of(session: Session, receipt_id: int) -> Row[Any]:
    """The row of one receipt. Raises UnknownReceipt."""
    row = session.execute(_BY_ID, {"receipt_id": receipt_id}).one_or_none() if 0 < receipt_id < 2**63 else None
    if row is None:
        raise UnknownReceipt.of(str(receipt_id))
    return row


def by_number(session: Session, number: str, stores: Sequence[str], *, only: str | None = None) -> Row[Any] | None:
    """The row of the receipt with *number*, written in any of the ways in which people write it; of the store *only*, if given.

    Stores number their receipts alike, so one number may be there more than once: the first of *stores* that has it wins,
    then the newest of the others.
    """
    for way in readings(number[:_LONGEST]):
        if canonical(way) != way:
            continue  # no number is kept like that
        rows = session.execute(_BY_NUMBER, {"number": way}).all()
        if only is not None:
            rows = [row for row in rows if row.store == only]
        if rows:
            ranks = {store: rank for rank, store in enumerate(stores)}
            return min(rows, key=lambda row: (ranks.get(row.store, len(ranks)), -row.sold_at.timestamp()))
    return None


def known(session: Session, numbers: Iterable[str]) -> Iterator[Row[Any]]:
    """Id, number, store, kind and digest of every receipt with one of *numbers*, whatever its store."""
    for some in chunks(list(dict.fromkeys(numbers))):
        yield from session.execute(_KNOWN, {"numbers": some})


def ids(session: Session, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The ids of the receipts with these numbers and stores, as far as they are known."""
    wanted = set(keys)
    rows = known(session, (number for number, _ in keys))
    return {(row.number, row.store): row.id for row in rows if (row.number, row.store) in wanted}


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """*values* in parts that one statement takes."""
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))


def view(session: Session, row: Row[Any], *, masked: bool = True) -> ReceiptView:
    """The receipt of *row* with its lines and tenders."""
    of_it = {"receipt_id": row.id}
    return ReceiptView(
        id=row.id,
        number=row.number,
        store=row.store,
        till=row.till,
        cashier=row.cashier,
        sold_at=row.sold_at,
        sold_on=row.sold_on,
        kind=row.kind,
        total_fen=row.total_fen,
        member=mask_member(row.member) if masked else row.member,
        lines=[_line(line) for line in session.execute(_LINES, of_it)],
        tenders=[Tender(kind, amount) for kind, amount in session.execute(_TENDERS, of_it)],
        source=row.source,
        known_at=row.known_at,
    )


def summaries(session: Session, rows: Sequence[Row[Any]]) -> list[ReceiptSummary]:
    """*rows* of receipts in short, in their order."""
    names: dict[int, list[str]] = {row.id: [] for row in rows}
    if rows:
        for receipt_id, name in session.execute(_GOODS, {"receipt_ids": list(names)}):
            names[receipt_id].append(name)
    return [
        ReceiptSummary(
            id=row.id,
            number=row.number,
            store=row.store,
            till=row.till,
            sold_at=row.sold_at,
            kind=row.kind,
            total_fen=row.total_fen,
            line_count=len(names[row.id]),
            first_names=names[row.id][:_FIRST_NAMES],
        )
        for row in rows
    ]


def mask_member(member: str) -> str:
    """``****5678`` of a member's number: its last four characters, and none of one that is too short for that; "" of none."""
    if not member:
        return ""
    return "****" + (member[-_SHOWN:] if len(member) >= _SHOWN + _HIDDEN else "")


def _line(row: Row[Any]) -> ReceiptLine:
    return ReceiptLine(
        line=row.line,
        product=row.product,
        name=row.name,
        quantity=quantity(row.quantity),
        unit_price_fen=row.unit_price_fen,
        amount_fen=row.amount_fen,
        discount_fen=row.discount_fen,
        category=row.category,
        barcode=row.barcode,
        unit=row.unit,
        gift_of=row.gift_of,
        promotion=row.promotion or "",
    )
