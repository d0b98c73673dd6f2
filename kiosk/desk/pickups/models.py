"""Tables of returned goods and the lists on which they change hands.

Beside each index stands the query that it serves.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Enum, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db.base import Base, BigId, UtcDateTime
from kiosk.db.partial import partial_index
from kiosk.desk.pickups.views import PickupState

# People and tokens: the label is the stable identity ("user:3"), the name is what a screen shows years later.
LABEL_LENGTH, NAME_LENGTH = 64, 120
DEPARTMENT_LENGTH, DIFFERENCE_LENGTH = 32, 200
# Conditions of partial indexes. SQLite uses such an index only for a query that repeats its condition literally.
OPEN_SQL = "state IN ('open', 'checking')"
SIGNED_SQL = "signature IS NOT NULL"
AT_DESK_SQL = "holder = 'desk'"


def _values(enum: type[StrEnum]) -> Enum:
    return Enum(enum, native_enum=False, length=16, values_callable=lambda members: [member.value for member in members])


class Pickup(Base):
    """A list of one department. Signed, it is a record and is not changed."""

    __tablename__ = "pickup"
    __table_args__ = (
        # The open list of a department: one, whoever gathers at the same moment.
        partial_index("ix_pickup_open_department", "department", unique=True, where=OPEN_SQL),
        # Signatures that have had their time.
        partial_index("ix_pickup_signature_signed_at", "signed_at", unique=False, where=SIGNED_SQL),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    station: Mapped[str] = mapped_column(String(64))
    number: Mapped[str] = mapped_column(String(24), unique=True)
    code: Mapped[int] = mapped_column(BigInteger, unique=True)  # 16 digits, see kiosk.desk.returns.codes
    department: Mapped[str] = mapped_column(String(DEPARTMENT_LENGTH))
    state: Mapped[PickupState] = mapped_column(_values(PickupState), default=PickupState.OPEN)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(LABEL_LENGTH))
    created_by_name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signed_by: Mapped[str] = mapped_column(String(LABEL_LENGTH), default="")
    signed_by_name: Mapped[str] = mapped_column(String(NAME_LENGTH), default="")
    signature: Mapped[str | None] = mapped_column(Text)  # JSON of the strokes; NULL: not signed, or its time is over
    job_id: Mapped[int | None] = mapped_column(BigInteger)


class KeptGoods(Base):
    """Goods of one returned line, and who keeps them now. What a list needs is copied: a list never changes with a receipt."""

    __tablename__ = "kept_goods"
    __table_args__ = (
        # What waits at the desk, the oldest first.
        partial_index("ix_kept_goods_desk", "taken_back_at", unique=False, where=AT_DESK_SQL),
        # What somebody keeps, the newest first.
        Index("ix_kept_goods_holder_id", "holder", "id"),
        # The goods of a return, when it is voided.
        Index("ix_kept_goods_return_id", "return_id"),
        # The items of a list.
        Index("ix_kept_goods_pickup_id_id", "pickup_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    line_id: Mapped[int] = mapped_column(BigInteger, unique=True)  # of the return
    return_id: Mapped[int] = mapped_column(BigInteger)
    return_number: Mapped[str] = mapped_column(String(24))
    product: Mapped[str] = mapped_column(String(32))
    barcode: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(120))
    category: Mapped[str] = mapped_column(String(64))
    department: Mapped[str] = mapped_column(String(DEPARTMENT_LENGTH))
    quantity: Mapped[int] = mapped_column(BigInteger)  # thousandths
    weighed: Mapped[bool]
    condition: Mapped[str] = mapped_column(String(16))
    found: Mapped[int | None] = mapped_column(BigInteger)  # thousandths; NULL: not checked yet
    difference: Mapped[str] = mapped_column(String(DIFFERENCE_LENGTH), default="")
    holder: Mapped[str] = mapped_column(String(LABEL_LENGTH))  # one of views.Holder, or the label of whoever signed
    holder_name: Mapped[str] = mapped_column(String(NAME_LENGTH), default="")
    taken_back_at: Mapped[datetime] = mapped_column(UtcDateTime)
    pickup_id: Mapped[int | None] = mapped_column(ForeignKey("pickup.id"))


class KeptGoodsStep(Base):
    """One line of the history of goods: through whose hands they went."""

    __tablename__ = "kept_goods_step"
    # The history of goods, in order.
    __table_args__ = (Index("ix_kept_goods_step_goods_id_id", "goods_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    goods_id: Mapped[int] = mapped_column(ForeignKey("kept_goods.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(LABEL_LENGTH))
    actor_name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    action: Mapped[str] = mapped_column(String(16))
    pickup_id: Mapped[int | None] = mapped_column(BigInteger)
    found: Mapped[int | None] = mapped_column(BigInteger)
    note: Mapped[str] = mapped_column(String(DIFFERENCE_LENGTH), default="")
