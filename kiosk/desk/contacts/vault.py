"""The one place that encrypts, masks, reveals, finds and deletes a person's data."""

import hmac
import logging
import re
from collections.abc import Iterable
from pathlib import Path

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.db.base import Base
from kiosk.desk.actors import Actor
from kiosk.desk.audit import AuditTrail
from kiosk.desk.contacts import crypto
from kiosk.desk.contacts.consent import Consent, consent
from kiosk.desk.contacts.errors import UnknownContact, WrongContact
from kiosk.desk.contacts.keys import KeyFileMissing
from kiosk.desk.contacts.masks import STARS, mask_email, mask_name, mask_phone, without_personal_data
from kiosk.desk.contacts.models import Contact
from kiosk.desk.contacts.phone import normalise_phone
from kiosk.desk.contacts.retention import DeletePerson, EncryptedColumn, ExportPerson, ForgetCopies, PersonData, RetentionRule
from kiosk.desk.contacts.ring import KeyRing
from kiosk.errors import StorageError
from kiosk.i18n import Message, msg

log = logging.getLogger(__name__)

NAME_MAX, EMAIL_MAX, NOTE_MAX = 64, 254, 200  # 254: RFC 5321's longest path
REASON_MIN, REASON_MAX = 5, 200
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}@[\w](?:[\w.-]*[\w])?\.[\w-]{2,}")


class ContactData(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How a shopper can be reached, in the clear. Never logged, never in an event, never in an alert."""

    name: str = ""
    phone: str = ""
    email: str = ""
    note: str = ""  # "call after six"

    def __repr__(self) -> str:
        return "ContactData(...)"  # a traceback or a careless log line shows this


class MaskedContact(msgspec.Struct, frozen=True):
    """What lists and pages show: 138****5678."""

    id: int
    name: str
    phone: str
    email: str
    has_note: bool
    consent_version: str


class _Sealed(msgspec.Struct, frozen=True):
    """What is encrypted. The subject is inside, so that a row's data cannot be passed off as another's."""

    subject: str
    data: ContactData


class ContactVault:
    """Keeps contact data encrypted (Fernet, keys in a file outside the database)."""

    def __init__(self, settings: Settings, clock: Clock, audit: AuditTrail, key_file: Path) -> None:
        self._settings, self._clock, self._audit = settings, clock, audit
        self.ring = KeyRing(key_file, clock)
        self.rules: dict[str, RetentionRule] = {}
        self.people: dict[str, PersonData] = {}
        self.encrypted: list[EncryptedColumn] = []
        self.copies: list[ForgetCopies] = []

    def register(self, rule: RetentionRule) -> None:
        """Have *rule* carried out daily, with a certificate of what it deleted."""
        self.rules[rule.kind] = rule

    def register_person_data(self, name: str, export: ExportPerson, delete: DeletePerson) -> None:
        """Have *export* and *delete* take part when a person asks for their data, or for its deletion."""
        self.people[name] = PersonData(name, export, delete)

    def register_copies(self, forget: ForgetCopies) -> None:
        """Have *forget* called after a person's records were deleted."""
        self.copies.append(forget)

    def register_encrypted(self, model: type[Base], column: str) -> None:
        """Have the values of *column*, which `encrypt` made, encrypted anew when the keys are rotated."""
        self.encrypted.append(EncryptedColumn(model, column))

    def ensure_keys(self, session: Session, *, create: bool = True) -> None:
        """Settle that file and database belong together; at the very first start make the first key. A write unit.

        Raises ConfigError when the key file is missing, outdated, another store's, damaged, or open to other users.
        """
        self.ring.settle(session, create=create, holds_data=self._holds_data)

    def consent(self, language: str) -> Consent:
        """The text that a shopper agrees to, in *language*, and its version; kiosk and staff pages show it."""
        return consent(self._settings.privacy, language)

    def store(self, session: Session, data: ContactData, *, subject: str, consent_version: str) -> int:
        """Encrypt and keep *data* for *subject* (``case:12``); return its id. Raises Invalid (field ``contact.phone`` ...)."""
        data = checked(data)
        if not 1 <= len(consent_version) <= 32:
            raise WrongContact.of(("consent_version", msg("Please ask for consent first: without it no contact data is kept.")))
        if not self.ring.knows_current(session):
            self.ensure_keys(session)
        key = self.ring.current(session)
        contact = Contact(
            subject=subject,
            sealed=crypto.seal(key, msgspec.json.encode(_Sealed(subject, data)), self._clock.now()),
            key=key.fingerprint,
            phone_hash=crypto.phone_hash(key, data.phone) if data.phone else None,
            consent_version=consent_version,
            created_at=self._clock.now(),
        )
        session.add(contact)
        session.flush()
        return contact.id

    def masked(self, session: Session, contact_id: int) -> MaskedContact | None:
        """What may be shown of it; None when it was deleted."""
        return self.masked_many(session, [contact_id]).get(contact_id)

    def masked_many(self, session: Session, contact_ids: Iterable[int]) -> dict[int, MaskedContact]:
        """The same for a whole list; those that were deleted are missing."""
        return {row.id: self._mask(row) for row in session.scalars(select(Contact).where(Contact.id.in_(list(contact_ids))))}

    def reveal(self, session: Session, actor: Actor, contact_id: int, reason: str) -> ContactData:
        """The data in the clear, with *reason* on the audit trail; scope contacts:reveal. Raises NotFound, Invalid, Denied."""
        actor.require("contacts:reveal")
        reason = checked_reason(reason)
        contact = session.get(Contact, contact_id)
        if contact is None:
            raise UnknownContact(msg("There is no contact data (any more)."), msg("It was deleted, or its time is over."))
        data = self.open(contact)
        # The trail is never deleted: what somebody typed must not carry the person's data into it.
        reason = without_personal_data(reason, data.name, data.phone, data.email)
        self._audit.append(session, actor, "contact.revealed", f"contact:{contact.id}", {"about": contact.subject, "reason": reason})
        return data

    def forget(self, session: Session, contact_ids: Iterable[int]) -> int:
        """Delete contacts; return how many there were. Who deletes and why is on the caller's record."""
        gone = session.scalars(delete(Contact).where(Contact.id.in_(list(contact_ids))).returning(Contact.id))
        return len(gone.all())

    def encrypt(self, data: bytes, session: Session | None = None) -> bytes:
        """Encrypt *data* (a photo) under the current key.

        Give the *session* of the write unit that keeps the result: then no rotation can overtake it. Raises StorageError.
        """
        if session is None:
            key = self.ring.current_without_session()
        else:
            if not self.ring.knows_current(session):
                self.ensure_keys(session)
            key = self.ring.current(session)
        return crypto.seal(key, data, self._clock.now())

    def decrypt(self, token: bytes) -> bytes:
        """Undo `encrypt`, whatever key it used. Raises StorageError when no key fits."""
        return crypto.unseal(self.ring.by_fingerprint(crypto.fingerprint_of(token)), token)

    def request_secret(self) -> bytes:
        """A secret for hashes of requests that may hold contact data; the same on all stations of a database, until a rotation ends.

        Empty before a station has first started: by then nothing is kept that such a hash could give away.
        """
        try:
            oldest = next(iter(self.ring.keys().values()))
        except KeyFileMissing:
            return b""
        return hmac.digest(oldest.secret, b"kiosk request fingerprint", "sha256")

    def open(self, contact: Contact) -> ContactData:
        """The data of a row, in the clear; for this package. Raises StorageError when it is damaged or its key is missing."""
        try:
            sealed = msgspec.json.decode(self.decrypt(contact.sealed), type=_Sealed)
        except msgspec.MsgspecError:
            raise StorageError(f"contact {contact.id} is damaged: what was encrypted is no contact") from None
        if sealed.subject != contact.subject:
            raise StorageError(f"contact {contact.id} was tampered with: its data belongs to {sealed.subject}, not to {contact.subject}")
        return sealed.data

    def _mask(self, contact: Contact) -> MaskedContact:
        try:
            data = self.open(contact)
        except StorageError as error:
            # One damaged row must not take the whole list with it; a reveal says what is wrong.
            log.error("contact %d cannot be shown: %s", contact.id, error)  # noqa: TRY400 - the text says it all
            return MaskedContact(contact.id, STARS, STARS, STARS, has_note=False, consent_version=contact.consent_version)
        return MaskedContact(
            contact.id, mask_name(data.name), mask_phone(data.phone), mask_email(data.email), bool(data.note), contact.consent_version
        )

    def _holds_data(self, session: Session, a_key_was_used: bool) -> bool:
        """Whether anything is encrypted; before any key was known, only contacts can be, from a database put together by hand."""
        columns = [Contact.sealed, *(getattr(held.model, held.column) for held in self.encrypted if a_key_was_used)]
        return any(session.execute(select(1).where(column.is_not(None)).limit(1)).first() is not None for column in columns)


def checked(data: ContactData) -> ContactData:
    """*data* in the form in which it is kept. Raises WrongContact, naming every wrong field and repeating none."""
    name, email, note = (" ".join(text.split()) for text in (data.name, data.email, data.note))
    wrong: list[tuple[str, Message]] = []
    phone = ""
    if data.phone.strip():
        try:
            phone = normalise_phone(data.phone, "contact.phone")
        except WrongContact as error:
            wrong.append(("contact.phone", error.detail))
    for field, text, longest in (("contact.name", name, NAME_MAX), ("contact.email", email, EMAIL_MAX), ("contact.note", note, NOTE_MAX)):
        if len(text) > longest:
            wrong.append((field, msg("At most %(count)s characters.", count=longest)))
        elif not all(character.isprintable() for character in text):
            wrong.append((field, msg("Please use letters, digits and signs that can be seen.")))
    if email and not _EMAIL.fullmatch(email):
        wrong.append(("contact.email", msg("Please enter an e-mail address such as name@example.com.")))
    if not (data.phone.strip() or email):
        wrong.append(("contact.phone", msg("Please give a phone number or an e-mail address.")))
    if wrong:
        raise WrongContact.of(*wrong)
    return ContactData(name=name, phone=phone, email=email, note=note)


def checked_reason(reason: str, field: str = "reason") -> str:
    """*reason* in one line. Raises WrongContact when it is too short to be one, or too long."""
    reason = " ".join(reason.split())
    if not REASON_MIN <= len(reason) <= REASON_MAX:
        raise WrongContact.of((field, msg("Please say why, in %(least)s to %(most)s characters.", least=REASON_MIN, most=REASON_MAX)))
    return reason
