"""Tables of contact data, of the keys that it is encrypted under, of consent texts, and of what was deleted."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db.base import Base, BigId, UtcDateTime


class Contact(Base):
    """How one person can be reached about one subject. Nothing of it is here in the clear, not even its mask."""

    __tablename__ = "contact"
    __table_args__ = (Index("ix_contact_phone_hash", "phone_hash"), Index("ix_contact_subject", "subject"), Index("ix_contact_key", "key"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    subject: Mapped[str] = mapped_column(String(64))  # "case:12"
    sealed: Mapped[bytes] = mapped_column(LargeBinary)  # see crypto.seal
    key: Mapped[str] = mapped_column(String(16))  # fingerprint of the key that *sealed* needs
    phone_hash: Mapped[str | None] = mapped_column(String(64))  # keyed, under the same key; see crypto.phone_hash
    consent_version: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ContactKey(Base):
    """A key of the key file, by its fingerprint alone: tells a foreign or an outdated key file from the right one."""

    __tablename__ = "contact_key"

    fingerprint: Mapped[str] = mapped_column(String(16), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    current: Mapped[bool] = mapped_column(default=False)  # what is encrypted from now on uses it; one row alone
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # nothing is encrypted under it any more


class ConsentText(Base):
    """A consent text as it was shown, so that a version number stays good for something. Never changed."""

    __tablename__ = "consent_text"
    __table_args__ = (UniqueConstraint("version", "language", "digest"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    version: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(8))
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of the text, hexadecimal
    text: Mapped[str] = mapped_column(Text)
    first_shown_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RetentionRun(Base):
    """When a retention rule was last carried out to its end, by any station of the store."""

    __tablename__ = "retention_run"

    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    finished_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PrivacyCertificate(Base):
    """What was deleted, when and by which rule, without naming it. Finished ones are never changed."""

    __tablename__ = "privacy_certificate"
    __table_args__ = (Index("ix_privacy_certificate_open", "kind", "finished_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))  # the rule's kind; "person" for a deletion that a person asked for
    station: Mapped[str] = mapped_column(String(64))
    actor: Mapped[str] = mapped_column(String(64))  # Actor.label
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # None: under way, or interrupted
    keep_days: Mapped[int | None] = mapped_column()  # of the rule; None for a person's deletion
    cut_off: Mapped[datetime | None] = mapped_column(UtcDateTime)  # older than this went
    count: Mapped[int] = mapped_column(default=0)  # records deleted
    parts: Mapped[str] = mapped_column(Text, default="{}")  # JSON: what was counted -> how many
    audit_sequence: Mapped[int | None] = mapped_column(BigId)  # its entry in the chain of *station*
