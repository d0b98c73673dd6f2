"""Receipts as they come in and as the desk sees them: frozen values; money in fen, quantities with three decimals at most."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import msgspec


class ReceiptKind(StrEnum):
    """What the point of sale recorded."""

    SALE = "sale"
    REFUND = "refund"  # money given back: nothing of it can be returned
    CANCELLED = "cancelled"  # taken back at the till, or never paid


class NewLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One product line as sold. *amount_fen* is what was paid for all of it, after *discount_fen*."""

    line: int  # 1 for the first
    product: str  # the store's own code
    name: str
    quantity: Decimal
    unit_price_fen: int
    amount_fen: int
    discount_fen: int = 0
    category: str = ""
    barcode: str = ""  # as on the goods, where it is not the product's code
    unit: str = ""  # "kg" and the like; empty: pieces
    gift_of: int | None = None  # the line that this was given away with
    promotion: str = ""  # lines of one promotion (three for two) carry the same word


class Tender(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How it was paid, or part of it."""

    kind: str  # "cash", "wechat", "alipay", "card", "voucher", ...
    amount_fen: int


class NewReceipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sale as the point of sale recorded it."""

    number: str
    store: str
    till: str
    sold_at: datetime
    lines: list[NewLine]
    cashier: str = ""
    tenders: list[Tender] = []  # empty: not known
    member: str = ""
    kind: ReceiptKind = ReceiptKind.SALE
    total_fen: int | None = None  # None: the sum of the lines


class ReceiptLine(msgspec.Struct, frozen=True):
    """One line as the desk sees it."""

    line: int
    product: str
    name: str
    quantity: Decimal
    unit_price_fen: int
    amount_fen: int
    discount_fen: int
    category: str
    barcode: str
    unit: str
    gift_of: int | None
    promotion: str

    @property
    def weighed(self) -> bool:
        """Sold by weight or length, not by the piece."""
        return self.quantity != self.quantity.to_integral_value() or self.unit.lower() in (
            "kg",
            "g",
            "m",
            "l",
            "千克",
            "公斤",
            "克",
            "斤",
            "米",
        )


class ReceiptView(msgspec.Struct, frozen=True):
    """A receipt with all its lines. *member* is masked unless the reader asked for it with a reason."""

    id: int
    number: str
    store: str
    till: str
    cashier: str
    sold_at: datetime
    sold_on: date  # in the store's zone
    kind: ReceiptKind
    total_fen: int
    member: str
    lines: list[ReceiptLine]
    tenders: list[Tender]
    source: str  # "api", "import:PROFILE", "live:NAME"
    known_at: datetime  # when its source last said so

    def line(self, number: int) -> ReceiptLine | None:
        """The line *number*, or None."""
        return next((line for line in self.lines if line.line == number), None)


class ReceiptSummary(msgspec.Struct, frozen=True):
    """A receipt in a list of what was found."""

    id: int
    number: str
    store: str
    till: str
    sold_at: datetime
    kind: ReceiptKind
    total_fen: int
    line_count: int
    first_names: list[str]  # of a few of its goods


class Added(StrEnum):
    """What became of a receipt that came in."""

    NEW = "new"
    SAME = "same"  # it was known, word for word
    CHANGED = "changed"  # it was known, and is cancelled now, or was known from a poorer source
    CONFLICT = "conflict"  # another content under a number that is known: the first is kept


class ReceiptSearch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is still legible of a receipt. A day is needed unless a member is given."""

    day: date | None = None
    until: date | None = None  # the last day; None: *day* alone; 31 days at most
    till: str = ""
    amount_fen: int | None = None
    product: str = ""  # code, bar code, or part of a name
    member: str = ""
    number_part: str = ""  # part of the number
    store: str = ""


class Freshness(StrEnum):
    """How far the desk knows what the point of sale knows."""

    LIVE = "live"  # a live source has just said so, or within receipts.fresh_min
    STORED = "stored"  # there are no live sources: what was imported counts
    STALE = "stale"  # there are, and none of them answers


class Looked(msgspec.Struct, frozen=True):
    """The answer to a look-up. *receipt* None: nobody knows that number. *warnings*: sources that did not answer, by name."""

    receipt: ReceiptView | None
    freshness: Freshness
    warnings: list[str] = []
