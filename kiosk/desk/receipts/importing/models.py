"""What is known of files that were brought in: how far, what came of them, and which rows were refused."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Enum, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db.base import Base, BigId, UtcDateTime

FILE_LENGTH, PROFILE_LENGTH, COLUMN_LENGTH, VALUE_LENGTH, MESSAGE_LENGTH = 200, 32, 64, 80, 300


class RunState(StrEnum):
    """How far a file is."""

    RUNNING = "running"  # or broken off: the next try goes on where it stopped
    DONE = "done"


class ImportRun(Base):
    """One file under one profile. Its progress is committed with the receipts that it speaks of."""

    __tablename__ = "receipt_import"
    # By digest and profile: whether this file was brought in, and how far.
    __table_args__ = (UniqueConstraint("digest", "profile_digest"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of the file
    profile_digest: Mapped[str] = mapped_column(String(64))  # of the profile as configured: another mapping is another import
    profile: Mapped[str] = mapped_column(String(PROFILE_LENGTH))
    file: Mapped[str] = mapped_column(String(FILE_LENGTH))  # its name alone, as first seen
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[RunState] = mapped_column(
        Enum(RunState, native_enum=False, length=16, values_callable=lambda members: [member.value for member in members])
    )
    # Receipts, good or refused, that are dealt with, in the order in which reading completes them: reading a file always
    # completes them in the same order, so the next try passes over so many and goes on.
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    rows: Mapped[int] = mapped_column(BigInteger, default=0)
    new: Mapped[int] = mapped_column(BigInteger, default=0)
    same: Mapped[int] = mapped_column(BigInteger, default=0)
    changed: Mapped[int] = mapped_column(BigInteger, default=0)
    conflicts: Mapped[int] = mapped_column(BigInteger, default=0)
    refused: Mapped[int] = mapped_column(BigInteger, default=0)
    refused_rows: Mapped[int] = mapped_column(BigInteger, default=0)
    errors: Mapped[int] = mapped_column(BigInteger, default=0)  # also those of which `receipt_import_error` has no row any more
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ImportErrorRow(Base):
    """One thing that is wrong with a file, for its list of errors."""

    __tablename__ = "receipt_import_error"
    __table_args__ = ({"sqlite_with_rowid": False},)

    import_id: Mapped[int] = mapped_column(ForeignKey("receipt_import.id"), primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    row: Mapped[int] = mapped_column(BigInteger)  # as an editor or a spreadsheet counts, from 1
    column: Mapped[str] = mapped_column(String(COLUMN_LENGTH))  # its title in the file; empty: the row as a whole
    value: Mapped[str] = mapped_column(String(VALUE_LENGTH))
    message: Mapped[str] = mapped_column(String(MESSAGE_LENGTH))
    remedy: Mapped[str] = mapped_column(String(MESSAGE_LENGTH))
