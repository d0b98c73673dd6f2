"""Table of tests of appliances. Beside each index stands the query that it serves."""

from datetime import datetime

from sqlalchemy import BigInteger, Enum, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db.base import Base, BigId, UtcDateTime
from kiosk.db.partial import partial_index
from kiosk.desk.appliances.views import TestResult

LABEL_LENGTH, PERSON_LENGTH = 64, 120
PRODUCT_LENGTH, NAME_LENGTH, CATEGORY_LENGTH, SERIAL_LENGTH, FAULT_LENGTH = 32, 120, 64, 64, 400
# SQLite uses a partial index only for a query that repeats its condition literally.
SIGNED_SQL = "signature IS NOT NULL"


class ApplianceTest(Base):
    """One test as it was done; it is never changed."""

    __tablename__ = "appliance_test"
    __table_args__ = (
        # The tests of a receipt's line.
        Index("ix_appliance_test_receipt_id_line", "receipt_id", "line"),
        # Signatures that have had their time.
        partial_index("ix_appliance_test_signature_tested_at", "tested_at", unique=False, where=SIGNED_SQL),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    station: Mapped[str] = mapped_column(String(64))
    number: Mapped[str] = mapped_column(String(24), unique=True)
    product: Mapped[str] = mapped_column(String(PRODUCT_LENGTH))
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    category: Mapped[str] = mapped_column(String(CATEGORY_LENGTH))
    serial: Mapped[str] = mapped_column(String(SERIAL_LENGTH))
    items: Mapped[str] = mapped_column(Text)  # JSON of the checklist as it was filled in
    result: Mapped[TestResult] = mapped_column(
        Enum(TestResult, native_enum=False, length=16, values_callable=lambda members: [member.value for member in members])
    )
    receipt_id: Mapped[int | None] = mapped_column(BigInteger)
    line: Mapped[int | None]
    fault: Mapped[str] = mapped_column(String(FAULT_LENGTH), default="")
    signature: Mapped[str | None] = mapped_column(Text)  # JSON of the strokes; NULL: not signed, or its time is over
    tested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tested_by: Mapped[str] = mapped_column(String(LABEL_LENGTH))
    tested_by_name: Mapped[str] = mapped_column(String(PERSON_LENGTH))
    job_id: Mapped[int | None] = mapped_column(BigInteger)
