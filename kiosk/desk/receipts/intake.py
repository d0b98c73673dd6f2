"""Takes receipts in, many at a time: what is known is asked once for all, what is new is written row after row.

A number that is known with the same content is left alone; a cancellation and a fuller account change what is kept;
another content under a known number is a conflict, and the first is kept.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from msgspec.structs import replace
from sqlalchemy import Row, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from kiosk.db.upsert import dialect_of
from kiosk.desk.receipts.content import Content, as_sent, content_of, distinct, merged
from kiosk.desk.receipts.look import LINE, PRODUCT, RECEIPT, TENDER, view
from kiosk.desk.receipts.views import Added, NewReceipt, ReceiptKind

T = TypeVar("T")
Key = tuple[str, str]  # number, store

# Values of one IN (...): databases bound them at 32,766 and 65,535.
_AT_ONCE = 2000
# Any number that nothing else of this database's locks uses.
_INTAKE_LOCK = 7153002
LIVE = "live:"

_KNOWN = select(RECEIPT.c.id, RECEIPT.c.number, RECEIPT.c.store, RECEIPT.c.kind, RECEIPT.c.digest).where(
    RECEIPT.c.number.in_(bindparam("numbers", expanding=True))
)
_ROW = select(RECEIPT).where(RECEIPT.c.id == bindparam("receipt_id"))
_KNOWN_GOODS = select(PRODUCT.c.digest, PRODUCT.c.id).where(PRODUCT.c.digest.in_(bindparam("digests", expanding=True)))
_ADD, _ADD_LINE, _ADD_TENDER, _ADD_GOODS = insert(RECEIPT), insert(LINE), insert(TENDER), insert(PRODUCT)
_CHANGE = update(RECEIPT).where(RECEIPT.c.id == bindparam("of_id"))
_SAID_AGAIN = (
    update(RECEIPT)
    .where(RECEIPT.c.id.in_(bindparam("ids", expanding=True)))
    .values(source=bindparam("new_source"), known_at=bindparam("new_known_at"))
)


@dataclass(slots=True)
class _Known:
    """A receipt of the database (*id*), or one that stood earlier in the same batch (*content*)."""

    kind: ReceiptKind
    digest: int
    id: int | None = None
    content: Content | None = None


class Intake:
    """One batch within a write unit."""

    def __init__(self, session: Session, zone: ZoneInfo, source: str, known_at: datetime) -> None:
        self._session, self._zone, self._source, self._known_at = session, zone, source, known_at

    def take(self, receipts: Sequence[NewReceipt]) -> list[Added]:
        """Take checked *receipts* in; what became of each, in their order."""
        if dialect_of(self._session) == "postgresql":
            # Two processes that bring the same receipts in at once: the second waits and finds them known.
            self._session.execute(select(func.pg_advisory_xact_lock(_INTAKE_LOCK)))
        contents = [content_of(receipt) for receipt in receipts]
        known = self._known(receipt.number for receipt in receipts)
        new: dict[Key, Content] = {}
        again: list[int] = []
        outcomes = []
        for content in contents:
            key = (content.receipt.number, content.receipt.store)
            if (before := known.get(key)) is None:
                new[key] = content
                known[key] = _Known(content.receipt.kind, content.digest, content=content)
                outcomes.append(Added.NEW)
                continue
            outcome = self._told_again(before, content)
            if before.content is not None:
                new[key] = before.content
            elif outcome is Added.SAME and before.id is not None:
                again.append(before.id)
            outcomes.append(outcome)
        self._add(new)
        if self._source.startswith(LIVE):
            # A file that is read twice knows nothing newer; a source that was asked does.
            for ids in chunks(again):
                self._session.execute(_SAID_AGAIN, {"ids": ids, "new_source": self._source, "new_known_at": self._known_at})
        return outcomes

    def _known(self, numbers: Iterable[str]) -> dict[Key, _Known]:
        rows = self._rows(list(dict.fromkeys(numbers)))
        return {(row.number, row.store): _Known(row.kind, row.digest, row.id) for row in rows}

    def _rows(self, numbers: Sequence[str]) -> Iterator[Row[Any]]:
        for some in chunks(numbers):
            yield from self._session.execute(_KNOWN, {"numbers": some})

    def _told_again(self, before: _Known, told: Content) -> Added:
        """Judge a receipt whose number is known, and change what is kept where it says more."""
        cancels = told.receipt.kind is ReceiptKind.CANCELLED and before.kind is not ReceiptKind.CANCELLED
        if told.digest == before.digest and not cancels:
            return Added.SAME if told.receipt.kind is before.kind or before.kind is ReceiptKind.CANCELLED else Added.CONFLICT
        kept = before.content.receipt if before.content else self._kept(before)
        if cancels:
            # Whatever else it says: a cancellation often names no lines, or turns them round.
            after = replace(kept, kind=ReceiptKind.CANCELLED)
        else:
            fuller = merged(kept, told.receipt)
            if fuller is None:
                return Added.CONFLICT
            if fuller == kept:
                return Added.SAME
            after = fuller
        content = content_of(after)
        if before.content is not None:
            before.content = content
        elif before.id is not None:
            self._change(before.id, content, lines=not cancels)
        before.kind, before.digest = after.kind, content.digest
        return Added.CHANGED

    def _kept(self, before: _Known) -> NewReceipt:
        row = self._session.execute(_ROW, {"receipt_id": before.id}).one()
        return as_sent(view(self._session, row, masked=False))

    def _change(self, receipt_id: int, content: Content, *, lines: bool) -> None:
        self._session.execute(_CHANGE, {"of_id": receipt_id, **self._row(content)})
        if lines:
            for table in (LINE, TENDER):
                self._session.execute(delete(table).where(table.c.receipt_id == receipt_id))
            self._add_lines([(receipt_id, content)])

    def _add(self, new: dict[Key, Content]) -> None:
        if not new:
            return
        self._session.execute(_ADD, [self._row(content) for content in new.values()])
        numbers = list(dict.fromkeys(number for number, _ in new))
        ids = {(row.number, row.store): row.id for row in self._rows(numbers)}
        self._add_lines([(ids[key], content) for key, content in new.items()])

    def _add_lines(self, receipts: Sequence[tuple[int, Content]]) -> None:
        goods = distinct(content.goods for _, content in receipts)
        ids = self._goods_ids(goods)
        lines = [
            {
                "receipt_id": receipt_id,
                "line": line,
                "product_id": ids[goods[one]],
                "quantity": quantity,
                "unit_price_fen": price,
                "amount_fen": amount,
                "discount_fen": discount,
                "gift_of": gift_of,
                "promotion": promotion,
            }
            for receipt_id, content in receipts
            for (line, quantity, price, amount, discount, gift_of, promotion), one in zip(content.lines, content.goods, strict=True)
        ]
        if lines:
            self._session.execute(_ADD_LINE, lines)
        tenders = [
            {"receipt_id": receipt_id, "position": position, "kind": tender.kind, "amount_fen": tender.amount_fen}
            for receipt_id, content in receipts
            for position, tender in enumerate(content.receipt.tenders)
        ]
        if tenders:
            self._session.execute(_ADD_TENDER, tenders)

    def _goods_ids(self, goods: dict[tuple[str, str, str, str, str], int]) -> dict[int, int]:
        """The ids of *goods* by their digests; those that were never sold before are added."""
        ids = self._known_goods(list(goods.values()))
        missing = {digest: one for one, digest in goods.items() if digest not in ids}
        if missing:
            names = ("product", "name", "category", "barcode", "unit")
            self._session.execute(_ADD_GOODS, [{"digest": digest, **dict(zip(names, one, strict=True))} for digest, one in missing.items()])
            ids.update(self._known_goods(list(missing)))
        return ids

    def _known_goods(self, digests: Sequence[int]) -> dict[int, int]:
        found: dict[int, int] = {}
        for some in chunks(digests):
            found.update(self._session.execute(_KNOWN_GOODS, {"digests": some}).tuples().all())
        return found

    def _row(self, content: Content) -> dict[str, object]:
        receipt = content.receipt
        return {
            "number": receipt.number,
            "store": receipt.store,
            "till": receipt.till,
            "cashier": receipt.cashier,
            "sold_at": receipt.sold_at,
            "sold_on": receipt.sold_at.astimezone(self._zone).date(),
            "kind": receipt.kind,
            "total_fen": receipt.total_fen,
            "member": receipt.member,
            "digest": content.digest,
            "source": self._source,
            "known_at": self._known_at,
        }


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """*values* in parts that one statement takes."""
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
