"""Makes a receipt of the rows that were gathered for it, or says what is wrong with which row and column."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import TypeVar

import msgspec

from kiosk.config_returns import ImportProfile
from kiosk.desk.receipts.importing.assemble import Gathered
from kiosk.desk.receipts.importing.layout import NOWHERE, Layout
from kiosk.desk.receipts.importing.problems import RowError
from kiosk.desk.receipts.importing.values import ROUNDED, BadValue, Values, each, times, whole
from kiosk.desk.receipts.views import NewLine, NewReceipt, ReceiptKind, Tender

T = TypeVar("T")

# Rows of one receipt may tell the time of each line; a number that begins anew every day is told apart by this.
_ONE_SALE = timedelta(hours=12)
_LOST_DIGITS = "a spreadsheet has rounded it, and its last digits are lost"
_AS_TEXT = "export it anew, with this column as text"


class Builder:
    """Makes receipts of one file's rows."""

    def __init__(self, profile: ImportProfile, layout: Layout, values: Values, store: str) -> None:
        """*store* is the store of rows that name none."""
        self._layout, self._values, self._store = layout, values, store
        self._at = layout.places
        self._number = re.compile(profile.number_regex) if profile.number_regex else None
        self._kinds = {kind.value: kind for kind in ReceiptKind} | {said: ReceiptKind(kind) for said, kind in profile.kinds.items()}
        self._tender_kinds = profile.tender_kinds
        heads = ("till", "cashier", "sold_at", "date", "time", "member", "kind", "total")
        self._heads = [(name, self._at[name]) for name in heads if layout.has(name)]
        at = self._at
        self._goods_of = itemgetter(*(at[name] for name in ("product", "name", "category", "barcode", "unit", "promotion")))
        self._figures_of = itemgetter(*(at[name] for name in ("quantity", "unit_price", "amount", "discount", "line", "gift_of")))
        # Goods are sold again and again: their texts are looked at once.
        self._goods: dict[tuple[str, ...], tuple[str, str, str, str, str, str]] = {}
        # Where the file tells no discount, what the price would have made above the amount is one.
        self._derives_discount = not layout.has("discount")

    def build(self, gathered: Gathered) -> tuple[NewReceipt | None, list[RowError]]:
        """The receipt, or None and what is wrong."""
        errors = list(gathered.errors)
        width = self._layout.width + 1
        rows = [(row, cells) for row, cells in zip(gathered.rows, gathered.cells, strict=False) if len(cells) == width]
        if not rows:
            return None, errors
        lines = [line for place, (row, cells) in enumerate(rows, 1) if (line := self._line(place, row, cells, errors)) is not None]
        receipt = self._receipt(gathered, rows, lines, errors)
        return (None, errors) if errors else (receipt, errors)

    def _receipt(
        self, gathered: Gathered, rows: Sequence[tuple[int, list[str]]], lines: list[NewLine], errors: list[RowError]
    ) -> NewReceipt | None:
        row, first = rows[0]
        number = self._code("number", row, gathered.number, errors)
        if self._number is not None and not self._number.fullmatch(number):
            remedy = "is this the column of the number? See number_regex of the profile"
            errors.append(self._error(row, "number", number, "is no number of a receipt here", remedy))
        sold_at = self._sold_at(row, first, errors)
        self._check_heads(rows, errors)
        total_text = self._first("total", rows)
        total = self._read("total", row, total_text, self._values.fen.__getitem__, errors, None) if total_text else None
        if sold_at is None or not lines:
            return None
        return NewReceipt(
            number,
            gathered.store or self._store,
            first[self._at["till"]].strip(),
            sold_at,
            lines,
            self._first("cashier", rows),
            self._tenders(rows, total if total is not None else sum(line.amount_fen for line in lines), errors),
            self._first("member", rows),
            self._kind(row, first, lines, errors),
            total,
        )

    def _line(self, place: int, row: int, cells: list[str], errors: list[RowError]) -> NewLine | None:
        values, before = self._values, len(errors)
        key = self._goods_of(cells)
        goods = self._goods.get(key) or self._new_goods(row, key, errors)
        quantity_text, price_text, amount_text, discount_text, number_text, gift_text = self._figures_of(cells)
        price = self._money("unit_price", row, price_text, errors) if price_text else None
        amount = self._money("amount", row, amount_text, errors) if amount_text else None
        discount = self._money("discount", row, discount_text, errors) if discount_text else None
        number = self._whole("line", row, number_text, errors) if number_text else None
        gift_of = self._whole("gift_of", row, gift_text, errors) if gift_text else None
        try:
            quantity = values.quantity[quantity_text]
        except BadValue as error:
            errors.append(self._error(row, "quantity", quantity_text, str(error), error.remedy))
            quantity = Decimal(1)
        if amount is None and price is None:
            errors.append(self._error(row, "amount", "", "is empty, and so is the price", "one of the two is needed"))
        if len(errors) > before:
            return None
        if discount is not None:
            discount = abs(discount)
        if price is None:
            assert amount is not None
            price = abs(each(amount + (discount or 0), quantity)) if quantity else abs(amount)
        if amount is None:
            amount = times(price, quantity) - (discount or 0)
        elif discount is None and self._derives_discount:
            discount = max(0, abs(times(price, quantity)) - abs(amount))
        product, name, category, barcode, unit, promotion = goods
        return NewLine(
            number or place,
            product,
            name,
            quantity,
            price,
            amount,
            discount or 0,
            category,
            barcode,
            unit,
            gift_of or None,  # 0 says in many files that it is no gift
            promotion,
        )

    def _money(self, name: str, row: int, text: str, errors: list[RowError]) -> int | None:
        try:
            return self._values.fen[text]
        except BadValue as error:
            if text.isspace():
                return None
            errors.append(self._error(row, name, text, str(error), error.remedy))
            return 0

    def _whole(self, name: str, row: int, text: str, errors: list[RowError]) -> int | None:
        if text.isspace():
            return None
        return self._read(name, row, text, whole, errors, 1)

    def _new_goods(self, row: int, key: tuple[str, ...], errors: list[RowError]) -> tuple[str, str, str, str, str, str]:
        before = len(errors)
        product, barcode = self._code("product", row, key[0], errors), self._code("barcode", row, key[3], errors)
        name = key[1].strip()
        # A till that knows goods by one of the three shows that one: it is better than refusing the sale.
        product = product or barcode or name
        if not product:
            errors.append(self._error(row, "product", "", "is empty", "goods need a code or a name"))
        goods = (product, name or product, key[2].strip(), barcode, key[4].strip(), key[5].strip())
        if len(errors) == before:
            if len(self._goods) > 200_000:  # more than a hypermarket has: the texts of a wrong column
                self._goods.clear()
            self._goods[key] = goods
        return goods

    def _code(self, name: str, row: int, text: str, errors: list[RowError]) -> str:
        text = text.strip()
        if text and ROUNDED.fullmatch(text):
            errors.append(self._error(row, name, text, _LOST_DIGITS, _AS_TEXT))
        return text

    def _sold_at(self, row: int, cells: list[str], errors: list[RowError]) -> datetime | None:
        if self._at["sold_at"] != NOWHERE:
            name, text = "sold_at", cells[self._at["sold_at"]]
        else:
            name = "date"
            text = f"{cells[self._at['date']].strip()} {cells[self._at['time']].strip()}".strip()
        return self._read(name, row, text, self._values.time.__getitem__, errors, None)

    def _check_heads(self, rows: Sequence[tuple[int, list[str]]], errors: list[RowError]) -> None:
        """Rows of one receipt agree about it; two sales under one number do not."""
        row_1, first = rows[0]
        said = [first[place] for _, place in self._heads]
        for row, cells in rows[1:]:
            if [cells[place] for _, place in self._heads] == said:
                continue
            for name, place in self._heads:
                one, other = first[place].strip(), cells[place].strip()
                if one != other and other and not self._may_differ(name, one, other):
                    remedy = "does its number begin anew every day or at every till? Then number needs more than this column"
                    errors.append(self._error(row, name, other, f"differs from {one!r} in row {row_1} of the same receipt", remedy))

    def _may_differ(self, name: str, one: str, other: str) -> bool:
        if name in ("cashier", "member", "time"):
            return True
        if not one:
            return name == "total"
        if name == "kind":
            return self._kinds.get(one) is self._kinds.get(other)
        if name == "sold_at":
            try:
                return abs(self._values.time[one] - self._values.time[other]) < _ONE_SALE
            except BadValue:
                return False
        return False

    def _first(self, name: str, rows: Sequence[tuple[int, list[str]]]) -> str:
        place = self._at[name]
        if place == NOWHERE:
            return ""
        return next((text for _, cells in rows if (text := cells[place].strip())), "")

    def _kind(self, row: int, cells: list[str], lines: Sequence[NewLine], errors: list[RowError]) -> ReceiptKind:
        text = cells[self._at["kind"]].strip()
        if not text:
            # A file without kinds writes money given back with a minus.
            backwards = all(line.quantity < 0 or line.amount_fen < 0 for line in lines)
            return ReceiptKind.REFUND if backwards else ReceiptKind.SALE
        kind = self._kinds.get(text) or self._kinds.get(text.lower())
        if kind is None:
            errors.append(self._error(row, "kind", text, "is no known kind of receipt", "add it to kinds of the profile"))
        return kind or ReceiptKind.SALE

    def _tenders(self, rows: Sequence[tuple[int, list[str]]], total: int, errors: list[RowError]) -> list[Tender]:
        found: dict[str, int] = {}
        for place, kind in self._layout.tenders:
            for row, cells in rows:
                if cells[place].strip():  # it stands in the first row alone, or is repeated in each
                    amount = self._read("tenders", row, cells[place], self._values.fen.__getitem__, errors, 0)
                    found[kind] = found.get(kind, 0) + (amount or 0)
                    break
        listed = self._first("tenders", rows)
        for kind, text in msgspec.json.decode(listed, type=list[tuple[str, str]]) if listed else ():
            amount = self._read("tenders", rows[0][0], text, self._values.fen.__getitem__, errors, 0)
            found[self._tender_kinds.get(kind, kind)] = found.get(self._tender_kinds.get(kind, kind), 0) + (amount or 0)
        kind_at, amount_at = self._at["tender"], self._at["tender_amount"]
        if kind_at != NOWHERE:
            seen: set[str] = set()
            for row, cells in rows:
                said = cells[kind_at].strip()
                if not said or said in seen:
                    continue
                seen.add(said)
                text = cells[amount_at].strip() if amount_at != NOWHERE else ""
                amount = self._read("tender_amount", row, text, self._values.fen.__getitem__, errors, 0) if text else total
                kind = self._tender_kinds.get(said, said)
                found[kind] = found.get(kind, 0) + (amount or 0)
            if amount_at == NOWHERE and len(seen) > 1:
                return []  # paid in several ways, and nobody says how much each
        return [Tender(kind, amount) for kind, amount in found.items() if amount]

    def _read(self, name: str, row: int, text: str, read: Callable[[str], T], errors: list[RowError], instead: T | None) -> T | None:
        try:
            return read(text)
        except BadValue as error:
            errors.append(self._error(row, name, text, str(error), error.remedy))
            return instead

    def _error(self, row: int, name: str, value: str, message: str, remedy: str) -> RowError:
        return RowError(row, self._layout.title(name), value.strip(), message, remedy or "correct it at the point of sale or in the file")
