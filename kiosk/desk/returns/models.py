"""Tables of the returns desk: what came back, the money that follows, photos, and what deserves a look.

Money in fen, quantities in thousandths. Beside each index stands the query that it serves.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Date, Enum, ForeignKey, Index, LargeBinary, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db.base import Base, BigId, UtcDateTime
from kiosk.db.partial import partial_index
from kiosk.desk.receipts.models import (
    BARCODE_LENGTH,
    CATEGORY_LENGTH,
    MEMBER_LENGTH,
    NUMBER_LENGTH,
    PRODUCT_LENGTH,
    PRODUCT_NAME_LENGTH,
    STORE_LENGTH,
    UNIT_LENGTH,
    WITH_MEMBER_SQL,
)
from kiosk.desk.returns.policy.views import Condition, Packaging, RefundTo, ReturnKind
from kiosk.desk.returns.views import FlagKind, RefundState, ReturnState

# People and tokens: the label is the stable identity ("user:3"), the name is what a screen shows years later.
LABEL_LENGTH, NAME_LENGTH = 64, 120
REASON_LENGTH, NOTE_LENGTH, SERIAL_LENGTH, DETAIL_LENGTH = 200, 200, 64, 300
# Condition of a partial index. SQLite uses such an index only for a query that repeats its condition literally.
TO_TELL_SQL = "due_at IS NOT NULL"


def _values(enum: type[StrEnum]) -> Enum:
    return Enum(enum, native_enum=False, length=16, values_callable=lambda members: [member.value for member in members])


class GoodsReturn(Base):
    """Goods taken back, and what was given for them. Never deleted: a wrong one is voided."""

    __tablename__ = "goods_return"
    __table_args__ = (
        # What came back of a receipt: asked by every receipt page, and by the guard of every return.
        Index("ix_goods_return_receipt_id", "receipt_id"),
        # Looked for by the number of the receipt.
        Index("ix_goods_return_receipt", "receipt"),
        # What a person brought back within some days.
        partial_index("ix_goods_return_member_recorded_at", "member", "recorded_at", unique=False, where=WITH_MEMBER_SQL),
        # What has had its time.
        Index("ix_goods_return_recorded_at", "recorded_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    station: Mapped[str] = mapped_column(String(64))
    number: Mapped[str] = mapped_column(String(24), unique=True)
    code: Mapped[int] = mapped_column(BigInteger, unique=True)  # 16 digits, see codes.py
    kind: Mapped[ReturnKind] = mapped_column(_values(ReturnKind))
    state: Mapped[ReturnState] = mapped_column(_values(ReturnState), default=ReturnState.RECORDED)
    receipt_id: Mapped[int | None] = mapped_column(ForeignKey("receipt.id"))  # None: without receipt
    receipt: Mapped[str] = mapped_column(String(NUMBER_LENGTH), default="")
    store: Mapped[str] = mapped_column(String(STORE_LENGTH), default="")
    member: Mapped[str] = mapped_column(String(MEMBER_LENGTH), default="")  # never shown; emptied with the photos
    goods_fen: Mapped[int] = mapped_column(BigInteger)  # what the lines are worth: the sum of their refund_fen
    deducted_fen: Mapped[int] = mapped_column(BigInteger)  # the sum of the deductions; negative where one is paid back
    refund_fen: Mapped[int] = mapped_column(BigInteger)
    pay_fen: Mapped[int] = mapped_column(BigInteger)
    deductions: Mapped[str] = mapped_column(Text, default="[]")  # JSON, see store.py
    exchange_for: Mapped[str] = mapped_column(Text, default="[]")  # JSON list of Goods
    policy_version: Mapped[int] = mapped_column(default=0)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    staff: Mapped[str] = mapped_column(String(LABEL_LENGTH))
    staff_name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    approver: Mapped[str] = mapped_column(String(LABEL_LENGTH), default="")
    approver_name: Mapped[str] = mapped_column(String(NAME_LENGTH), default="")
    override_reason: Mapped[str] = mapped_column(String(REASON_LENGTH), default="")
    note: Mapped[str] = mapped_column(String(NOTE_LENGTH), default="")
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    voided_by: Mapped[str] = mapped_column(String(LABEL_LENGTH), default="")
    voided_by_name: Mapped[str] = mapped_column(String(NAME_LENGTH), default="")
    void_reason: Mapped[str] = mapped_column(String(REASON_LENGTH), default="")
    job_id: Mapped[int | None] = mapped_column(BigInteger)  # of the newest slip
    copies: Mapped[int] = mapped_column(default=0)  # slips printed after the first
    photos: Mapped[int] = mapped_column(default=0)


class GoodsReturnLine(Base):
    """Goods of one line. The words are the receipt's, kept here: a receipt goes when its time is over."""

    __tablename__ = "goods_return_line"
    # The lines of a return.
    __table_args__ = (Index("ix_goods_return_line_return_id", "return_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("goods_return.id"))
    line: Mapped[int | None] = mapped_column(SmallInteger)  # of the receipt; None: without receipt
    product: Mapped[str] = mapped_column(String(PRODUCT_LENGTH))
    name: Mapped[str] = mapped_column(String(PRODUCT_NAME_LENGTH))
    category: Mapped[str] = mapped_column(String(CATEGORY_LENGTH), default="")
    barcode: Mapped[str] = mapped_column(String(BARCODE_LENGTH), default="")
    unit: Mapped[str] = mapped_column(String(UNIT_LENGTH), default="")
    quantity: Mapped[int] = mapped_column(BigInteger)  # thousandths
    refund_fen: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(40), default="")
    condition: Mapped[Condition] = mapped_column(_values(Condition))
    packaging: Mapped[Packaging] = mapped_column(_values(Packaging))
    serial: Mapped[str] = mapped_column(String(SERIAL_LENGTH), default="")
    test_id: Mapped[int | None] = mapped_column(BigInteger)


class Refund(Base):
    """Money that the point of sale has to pay for one return, what it was told, and what it said."""

    __tablename__ = "refund"
    __table_args__ = (
        # What a station has to tell the point of sale next.
        partial_index("ix_refund_station_due_at", "station", "due_at", unique=False, where=TO_TELL_SQL),
        # Lists by state, the newest first.
        Index("ix_refund_state_id", "state", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    station: Mapped[str] = mapped_column(String(64))  # which tells the point of sale
    return_id: Mapped[int] = mapped_column(ForeignKey("goods_return.id"), unique=True)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    refund_to: Mapped[RefundTo] = mapped_column(_values(RefundTo))
    tenders: Mapped[str] = mapped_column(Text, default="[]")  # JSON list of [kind, fen]
    voucher: Mapped[str] = mapped_column(String(32), default="")
    voucher_until: Mapped[date | None] = mapped_column(Date)
    state: Mapped[RefundState] = mapped_column(_values(RefundState), default=RefundState.PENDING)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)  # of the state
    detail: Mapped[str] = mapped_column(String(DETAIL_LENGTH), default="")
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when it is told (again); None: nothing is to be told
    attempts: Mapped[int] = mapped_column(default=0)  # of what is being told now
    told: Mapped[bool] = mapped_column(default=False)  # the point of sale may have heard of it


class ReturnFlag(Base):
    """Something for supervisor and manager to look at; each once a return."""

    __tablename__ = "return_flag"
    __table_args__ = (
        UniqueConstraint("return_id", "kind"),
        # What nobody has looked at yet, the newest first.
        Index("ix_return_flag_seen_at_id", "seen_at", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("goods_return.id"))
    kind: Mapped[FlagKind] = mapped_column(_values(FlagKind))
    detail: Mapped[str] = mapped_column(Text)  # JSON of a message, see store.py
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen_by: Mapped[str] = mapped_column(String(LABEL_LENGTH), default="")
    seen_by_name: Mapped[str] = mapped_column(String(NAME_LENGTH), default="")
    note: Mapped[str] = mapped_column(String(NOTE_LENGTH), default="")


class ReturnPhoto(Base):
    """A photo of goods: JPEG without its metadata, encrypted by the vault."""

    __tablename__ = "return_photo"
    # The photos of a return, oldest first.
    __table_args__ = (Index("ix_return_photo_return_id_id", "return_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("goods_return.id"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]  # bytes of the JPEG
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by: Mapped[str] = mapped_column(String(LABEL_LENGTH))
    added_by_name: Mapped[str] = mapped_column(String(NAME_LENGTH))


class ReturnDay(Base):
    """The newest number of a day; its row lock puts all returns of a store in line, so that limits per person hold."""

    __tablename__ = "return_day"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    value: Mapped[int] = mapped_column(default=0)
