"""What a receipt says, as rows and as one number: tells the same from another, and a fuller account from a poorer one."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from kiosk.desk.amounts import milli
from kiosk.desk.receipts.views import NewLine, NewReceipt, ReceiptKind, ReceiptView, Tender

# product, name, category, barcode, unit
Goods = tuple[str, str, str, str, str]
# line, quantity in thousandths, unit price, amount, discount, gift_of, promotion
LineRow = tuple[int, int, int, int, int, int | None, str | None]


@dataclass(frozen=True, slots=True)
class Content:
    """A checked receipt taken apart for the tables. *digest* covers all of it but its kind; *goods* belong to *lines* one to one."""

    receipt: NewReceipt
    lines: list[LineRow]
    goods: list[Goods]
    digest: int


def content_of(receipt: NewReceipt) -> Content:
    """Take a checked *receipt* apart."""
    lines: list[LineRow] = []
    goods: list[Goods] = []
    for line in receipt.lines:
        goods.append((line.product, line.name, line.category, line.barcode, line.unit))
        lines.append(
            (
                line.line,
                milli(line.quantity),
                line.unit_price_fen,
                line.amount_fen,
                line.discount_fen,
                line.gift_of,
                line.promotion or None,
            )
        )
    head = (receipt.till, receipt.cashier, int(receipt.sold_at.timestamp()), receipt.member, receipt.total_fen)
    tenders = [(tender.kind, tender.amount_fen) for tender in receipt.tenders]
    return Content(receipt, lines, goods, _digest(msgspec.msgpack.encode((head, lines, goods, tenders))))


def goods_digest(goods: Goods) -> int:
    """The number under which *goods* are found."""
    return _digest("\x1f".join(goods).encode())


def merged(known: NewReceipt, told: NewReceipt) -> NewReceipt | None:
    """*known* with what *told* adds to it; *known* itself when it adds nothing, None when the two contradict each other.

    A source that does not know a text, a gift or the tenders leaves them out; that is no contradiction. A receipt that
    was cancelled stays so.
    """
    if known.kind is ReceiptKind.CANCELLED:
        if not known.lines and told.lines:
            return replace(told, kind=known.kind)  # the cancellation came before its sale
        if told.kind is ReceiptKind.CANCELLED:
            return known  # cancelled again, with lines turned round or without any
    elif known.kind is not told.kind:
        return None
    if known.sold_at != told.sold_at or known.total_fen != told.total_fen or len(known.lines) != len(told.lines):
        return None
    lines = [_merged_line(*pair) for pair in zip(known.lines, told.lines, strict=True)]
    texts = [_fuller(getattr(known, name), getattr(told, name)) for name in ("till", "cashier", "member")]
    tenders = _fuller_tenders(known.tenders, told.tenders)
    if tenders is None or any(line is None for line in lines) or any(text is None for text in texts):
        return None
    till, cashier, member = (text or "" for text in texts)
    both = replace(known, lines=[line for line in lines if line], till=till, cashier=cashier, member=member, tenders=tenders)
    return known if both == known else both


def as_sent(view: ReceiptView) -> NewReceipt:
    """A kept receipt in the form in which it came in. Its member must not be masked."""
    return NewReceipt(
        number=view.number,
        store=view.store,
        till=view.till,
        sold_at=view.sold_at,
        lines=[NewLine(**{name: getattr(line, name) for name in NewLine.__struct_fields__}) for line in view.lines],
        cashier=view.cashier,
        tenders=view.tenders,
        member=view.member,
        kind=view.kind,
        total_fen=view.total_fen,
    )


def distinct(goods: Iterable[Sequence[Goods]]) -> dict[Goods, int]:
    """Each of the *goods* once, with its digest."""
    return {one: goods_digest(one) for one in {one for of_receipt in goods for one in of_receipt}}


def _merged_line(known: NewLine, told: NewLine) -> NewLine | None:
    sold = ("line", "product", "quantity", "amount_fen")
    if any(getattr(known, name) != getattr(told, name) for name in sold):
        return None
    texts = {name: _fuller(getattr(known, name), getattr(told, name)) for name in ("name", "category", "barcode", "unit", "promotion")}
    numbers = {name: _fuller_number(getattr(known, name), getattr(told, name)) for name in ("unit_price_fen", "discount_fen")}
    gift_of = _fuller_number(known.gift_of or 0, told.gift_of or 0)
    if None in texts.values() or None in numbers.values() or gift_of is None:
        return None
    return replace(known, **texts, **numbers, gift_of=gift_of or None)


def _fuller(known: str, told: str) -> str | None:
    if not known or not told:
        return known or told
    return known if known == told else None


def _fuller_number(known: int, told: int) -> int | None:
    if not known or not told:
        return known or told
    return known if known == told else None


def _fuller_tenders(known: list[Tender], told: list[Tender]) -> list[Tender] | None:
    if not known or not told:
        return known or told
    return known if sorted(known, key=str) == sorted(told, key=str) else None


def _digest(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), signed=True)
