"""Tables of repairs by the vendor and their histories. Beside each index stands the query that it serves."""

from datetime import datetime

from sqlalchemy import BigInteger, Enum, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db.base import Base, BigId, UtcDateTime
from kiosk.desk.repairs.views import RepairState

LABEL_LENGTH, PERSON_LENGTH = 64, 120
PRODUCT_LENGTH, NAME_LENGTH, CATEGORY_LENGTH, SERIAL_LENGTH, VENDOR_LENGTH = 32, 120, 64, 64, 80
FAULT_LENGTH, NOTE_LENGTH = 400, 400


def _states() -> Enum:
    return Enum(RepairState, native_enum=False, length=16, values_callable=lambda members: [member.value for member in members])


class Repair(Base):
    """Goods of a customer at the desk or at the vendor. Number, times and goods stay when what tells of the person is deleted."""

    __tablename__ = "vendor_repair"
    __table_args__ = (
        # Lists by state, the newest first.
        Index("ix_vendor_repair_state_id", "state", "id"),
        # Whom to remind next.
        Index("ix_vendor_repair_alarm_at", "alarm_at"),
        # Contacts and texts that have had their time.
        Index("ix_vendor_repair_closed_at", "closed_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    station: Mapped[str] = mapped_column(String(64))
    number: Mapped[str] = mapped_column(String(24), unique=True)
    code: Mapped[int] = mapped_column(BigInteger, unique=True)  # 16 digits, see kiosk.desk.returns.codes
    state: Mapped[RepairState] = mapped_column(_states(), default=RepairState.RECEIVED)
    product: Mapped[str] = mapped_column(String(PRODUCT_LENGTH))
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    category: Mapped[str] = mapped_column(String(CATEGORY_LENGTH))
    serial: Mapped[str] = mapped_column(String(SERIAL_LENGTH))
    fault: Mapped[str] = mapped_column(Text)
    vendor: Mapped[str] = mapped_column(String(VENDOR_LENGTH))
    receipt_id: Mapped[int | None] = mapped_column(BigInteger)
    line: Mapped[int | None]
    test_id: Mapped[int | None] = mapped_column(BigInteger)
    contact_id: Mapped[int | None] = mapped_column(BigInteger)  # no foreign key: the vault deletes on its own terms
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    alarm_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # NULL: nobody is to be reminded (any more)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_by: Mapped[str] = mapped_column(String(LABEL_LENGTH))
    opened_by_name: Mapped[str] = mapped_column(String(PERSON_LENGTH))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    job_id: Mapped[int | None] = mapped_column(BigInteger)


class RepairStepRow(Base):
    """One line of a repair's history. The note is a person's, and goes when what tells of the customer is deleted."""

    __tablename__ = "vendor_repair_step"
    # The history of a repair, in order.
    __table_args__ = (Index("ix_vendor_repair_step_repair_id_id", "repair_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    repair_id: Mapped[int] = mapped_column(ForeignKey("vendor_repair.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(LABEL_LENGTH))
    actor_name: Mapped[str] = mapped_column(String(PERSON_LENGTH))
    state: Mapped[RepairState] = mapped_column(_states())
    note: Mapped[str] = mapped_column(String(NOTE_LENGTH), default="")
