"""The one place that encrypts, masks, reveals, finds and deletes a person's data."""

from pathlib import Path

import msgspec
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.desk.actors import Actor
from kiosk.desk.audit import AuditTrail


class ContactData(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How a shopper can be reached, in the clear. Never logged, never in an event, never in an alert."""

    name: str = ""
    phone: str = ""
    email: str = ""
    note: str = ""  # "call after six"


class MaskedContact(msgspec.Struct, frozen=True):
    """What lists and pages show: 138****5678."""

    id: int
    name: str
    phone: str
    email: str
    has_note: bool
    consent_version: str


class ContactVault:
    """Keeps contact data encrypted (Fernet, keys in a file outside the database)."""

    def __init__(self, settings: Settings, clock: Clock, audit: AuditTrail, key_file: Path) -> None:
        self._settings, self._clock, self._audit, self._key_file = settings, clock, audit, key_file

    def store(self, session: Session, data: ContactData, *, subject: str, consent_version: str) -> int:
        """Encrypt and keep *data* for *subject* (``case:12``); return its id. Raises Invalid (field ``contact.phone`` ...)."""
        raise AssertionError("not yet")

    def masked(self, session: Session, contact_id: int) -> MaskedContact | None:
        """What may be shown of it; None when it was deleted."""
        raise AssertionError("not yet")

    def reveal(self, session: Session, actor: Actor, contact_id: int, reason: str) -> ContactData:
        """The data in the clear, with *reason* on the audit trail; scope contacts:reveal. Raises NotFound, Invalid, Denied."""
        raise AssertionError("not yet")

    def encrypt(self, data: bytes) -> bytes:
        """Encrypt *data* (a photo) under the newest key."""
        raise AssertionError("not yet")

    def decrypt(self, token: bytes) -> bytes:
        """Undo `encrypt`, whatever key it used. Raises StorageError when no key fits."""
        raise AssertionError("not yet")
