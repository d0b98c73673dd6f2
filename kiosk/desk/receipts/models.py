"""Tables of receipts: ten million lines and more on one card, so rows are small and goods are told once.

A line names its goods by number: code, name, category, bar code and unit stand once in `receipt_product`, however often
they were sold, and a line is some 25 bytes. Money in fen, quantities in thousandths. Beside each index stands the query
that it serves.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Date, Enum, ForeignKey, Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db.base import Base, BigId, UtcDateTime
from kiosk.db.partial import partial_index
from kiosk.desk.receipts.views import ReceiptKind

NUMBER_LENGTH, STORE_LENGTH, TILL_LENGTH, CASHIER_LENGTH, MEMBER_LENGTH = 64, 16, 16, 32, 32
PRODUCT_LENGTH, PRODUCT_NAME_LENGTH, CATEGORY_LENGTH, BARCODE_LENGTH, UNIT_LENGTH = 32, 120, 64, 32, 16
PROMOTION_LENGTH, TENDER_LENGTH, SOURCE_LENGTH = 32, 16, 48

# Condition of a partial index. SQLite uses such an index only for a query that repeats its condition literally.
WITH_MEMBER_SQL = "member <> ''"


def _values(enum: type[StrEnum]) -> Enum:
    return Enum(enum, native_enum=False, length=16, values_callable=lambda members: [member.value for member in members])


class Receipt(Base):
    """One sale as the point of sale recorded it; its row lock puts returns of one receipt in line."""

    __tablename__ = "receipt"
    __table_args__ = (
        # By number: what a scan asks, and what an import asks of every receipt.
        UniqueConstraint("number", "store"),
        # Of a day, and of a till on a day; what has had its time.
        Index("ix_receipt_sold_on_till", "sold_on", "till"),
        # By amount, on a day or on some days.
        Index("ix_receipt_sold_on_total_fen", "sold_on", "total_fen"),
        # What a member bought, the newest first.
        partial_index("ix_receipt_member_sold_on", "member", "sold_on", unique=False, where=WITH_MEMBER_SQL),
        {"sqlite_autoincrement": True},  # an id that a return names is never given again
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[str] = mapped_column(String(NUMBER_LENGTH))
    store: Mapped[str] = mapped_column(String(STORE_LENGTH))
    till: Mapped[str] = mapped_column(String(TILL_LENGTH))
    cashier: Mapped[str] = mapped_column(String(CASHIER_LENGTH), default="")
    sold_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sold_on: Mapped[date] = mapped_column(Date)  # of *sold_at*, in the store's zone
    kind: Mapped[ReceiptKind] = mapped_column(_values(ReceiptKind))
    total_fen: Mapped[int] = mapped_column(BigInteger)
    member: Mapped[str] = mapped_column(String(MEMBER_LENGTH), default="")  # masked wherever it is shown
    digest: Mapped[int] = mapped_column(BigInteger)  # of all that it says but its kind: tells the same from another
    source: Mapped[str] = mapped_column(String(SOURCE_LENGTH))  # "api", "import:PROFILE", "live:NAME"
    known_at: Mapped[datetime] = mapped_column(UtcDateTime)  # when that source last said so


class ReceiptProduct(Base):
    """Goods as receipts call them. The same code under another name, category or unit is another row."""

    __tablename__ = "receipt_product"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    digest: Mapped[int] = mapped_column(BigInteger, unique=True)  # of the five texts
    product: Mapped[str] = mapped_column(String(PRODUCT_LENGTH))
    name: Mapped[str] = mapped_column(String(PRODUCT_NAME_LENGTH))
    category: Mapped[str] = mapped_column(String(CATEGORY_LENGTH))
    barcode: Mapped[str] = mapped_column(String(BARCODE_LENGTH))
    unit: Mapped[str] = mapped_column(String(UNIT_LENGTH))


class ReceiptLineRow(Base):
    """One line of a receipt. SQLite keeps the lines of a receipt side by side, in the tree of their key."""

    __tablename__ = "receipt_line"
    __table_args__ = ({"sqlite_with_rowid": False},)

    receipt_id: Mapped[int] = mapped_column(ForeignKey("receipt.id"), primary_key=True, autoincrement=False)
    line: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    product_id: Mapped[int] = mapped_column(ForeignKey("receipt_product.id"))
    quantity: Mapped[int] = mapped_column(BigInteger)  # thousandths
    unit_price_fen: Mapped[int] = mapped_column(BigInteger)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    discount_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    gift_of: Mapped[int | None] = mapped_column(SmallInteger)
    promotion: Mapped[str | None] = mapped_column(String(PROMOTION_LENGTH))  # NULL: none, which takes no room


class ReceiptTender(Base):
    """How a receipt was paid, in the order of the point of sale."""

    __tablename__ = "receipt_tender"
    __table_args__ = ({"sqlite_with_rowid": False},)

    receipt_id: Mapped[int] = mapped_column(ForeignKey("receipt.id"), primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(TENDER_LENGTH))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
