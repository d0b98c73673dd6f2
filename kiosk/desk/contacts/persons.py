"""A person's rights: finds, hands out and deletes everything that is kept under one phone number."""

import logging
from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.desk.actors import Actor
from kiosk.desk.audit import AuditTrail
from kiosk.desk.contacts import certificates, crypto
from kiosk.desk.contacts.certificates import PERSON, Certificate
from kiosk.desk.contacts.errors import NotConfirmed, UnknownPerson
from kiosk.desk.contacts.masks import mask_phone, without_personal_data
from kiosk.desk.contacts.models import Contact
from kiosk.desk.contacts.phone import normalise_phone
from kiosk.desk.contacts.vault import ContactVault, MaskedContact, checked_reason
from kiosk.errors import StorageError
from kiosk.i18n import msg

log = logging.getLogger(__name__)

# What a program that reads the export can rely on.
EXPORT_FORMAT = "kiosk-person-1"


class Found(msgspec.Struct, frozen=True):
    """One place where the number is kept, masked."""

    subject: str
    kept_since: datetime
    contact: MaskedContact


class KeptContact(msgspec.Struct, frozen=True):
    """A contact in the clear, for the person it belongs to."""

    subject: str
    name: str
    phone: str
    email: str
    note: str
    consent_version: str
    kept_since: datetime


class PersonExport(msgspec.Struct, frozen=True):
    """Everything that is kept about one person, in the clear, for that person."""

    format: str
    store: str
    made_at: datetime
    contacts: list[KeptContact]
    records: dict[str, list[dict[str, object]]]

    def __repr__(self) -> str:
        return "PersonExport(...)"  # nothing of it belongs into a log


class PersonService:
    """Acts on phone numbers as they are typed; keeps none."""

    def __init__(self, vault: ContactVault, clock: Clock, audit: AuditTrail, store: str) -> None:
        self._vault, self._clock, self._audit, self._store = vault, clock, audit, store

    def find(self, session: Session, actor: Actor, phone: str) -> list[Found]:
        """Where *phone* is kept. Raises Invalid (field ``phone``), UnknownPerson, Denied."""
        actor.require("privacy:write")
        rows = self._rows(session, phone)
        masked = self._vault.masked_many(session, [row.id for row in rows])
        return [Found(row.subject, row.created_at, masked[row.id]) for row in rows]

    def export(self, session: Session, actor: Actor, phone: str) -> PersonExport:
        """Everything kept under *phone*, in the clear; in a write unit, because the audit trail says that it left the store."""
        actor.require("privacy:write")
        rows = self._rows(session, phone)
        kept = []
        for row in rows:
            data = self._vault.open(row)
            kept.append(KeptContact(row.subject, data.name, data.phone, data.email, data.note, row.consent_version, row.created_at))
        subjects = _subjects(rows)
        records = {name: part.export(session, subjects) for name, part in self._vault.people.items()}
        counts = {"contacts": len(rows), **{name: len(found) for name, found in records.items()}}
        self._audit.append(session, actor, "privacy.exported", None, {"counts": counts})
        return PersonExport(EXPORT_FORMAT, self._store, self._clock.now(), kept, records)

    def delete(self, session: Session, actor: Actor, phone: str, *, again: str, reason: str) -> Certificate:
        """Delete everything kept under *phone*; *again* is the same number, typed a second time. Returns the certificate.

        Cases that are still open stay, without their contact, and say so. Raises Invalid, NotConfirmed, UnknownPerson, Denied.
        """
        actor.require("privacy:write")
        if normalise_phone(phone) != normalise_phone(again, "again"):
            raise NotConfirmed(
                msg("The two numbers differ; nothing was deleted."), msg("Type the number a second time: a deletion cannot be undone.")
            )
        reason = checked_reason(reason)
        rows = self._rows(session, phone)
        known = [value for row in rows for value in self._values(row)]
        subjects, ids = _subjects(rows), [row.id for row in rows]
        parts = {name: part.delete(session, subjects) for name, part in self._vault.people.items()}
        # Whatever a part has deleted of these by itself is counted with the contacts.
        self._vault.forget(session, ids)
        for forget in self._vault.copies:
            forget(session, subjects)
        parts = {"contacts": len(ids), **{name: count for name, count in parts.items() if count}}
        now = self._clock.now()
        certificate = certificates.begin(session, actor, self._audit.station, PERSON, now)
        certificate.count, certificate.parts = sum(parts.values()), msgspec.json.encode(parts, order="sorted").decode()
        certificates.finish(session, self._audit, actor, certificate, now, action="privacy.person-deleted")
        # The reason stands beside it: the certificate itself is handed out.
        said = {"reason": without_personal_data(reason, *known)}
        self._audit.append(session, actor, "privacy.deletion-reason", f"certificate:{certificate.id}", said)
        return certificates.get(session, certificate.id)

    def _values(self, row: Contact) -> Sequence[str]:
        """What must not stand in a reason; what is damaged can be deleted all the same."""
        try:
            return msgspec.structs.astuple(self._vault.open(row))
        except StorageError as error:
            log.warning("contact %d is deleted unread: %s", row.id, error)
            return ()

    def _rows(self, session: Session, phone: str) -> Sequence[Contact]:
        normal = normalise_phone(phone)
        hashes = [crypto.phone_hash(key, normal) for key in self._vault.ring.keys().values()]
        rows = session.scalars(select(Contact).where(Contact.phone_hash.in_(hashes)).order_by(Contact.id)).all()
        if not rows:
            raise UnknownPerson(
                msg("Nothing is kept under %(phone)s.", phone=mask_phone(normal)),
                msg("Compare the number with the person's; another one may have been left."),
            )
        return rows


def _subjects(rows: Sequence[Contact]) -> list[str]:
    return sorted({row.subject for row in rows})
