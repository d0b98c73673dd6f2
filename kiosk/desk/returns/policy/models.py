"""Tables of the return policy: which version counts, and every version as it was saved.

A policy is read whole and judged whole, so each version is one JSON text; it is never changed, so that a return of years
ago can still say by which rules it was taken.
"""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db.base import Base, UtcDateTime

LABEL_LENGTH = 64
NAME_LENGTH = 120
NOTE_LENGTH = 200


class PolicyHead(Base):
    """The version that counts; one row, which is locked while another version is saved."""

    __tablename__ = "return_policy"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # always 1
    version: Mapped[int]


class PolicyText(Base):
    """One saved version, never changed."""

    __tablename__ = "return_policy_version"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[str] = mapped_column(Text)  # the Policy as JSON
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    saved_by: Mapped[str] = mapped_column(String(LABEL_LENGTH))
    saved_by_name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    note: Mapped[str] = mapped_column(String(NOTE_LENGTH), default="")
