"""Everything about personal data that a page or a command asks for, in one place."""

from datetime import datetime

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.desk.audit import AuditTrail
from kiosk.desk.contacts.consent import record_texts
from kiosk.desk.contacts.keys import load
from kiosk.desk.contacts.models import ConsentText, Contact, ContactKey
from kiosk.desk.contacts.persons import PersonService
from kiosk.desk.contacts.purge import Planned, Purger
from kiosk.desk.contacts.vault import ContactVault
from kiosk.errors import ConfigError


class KeyState(msgspec.Struct, frozen=True):
    """One key, by its fingerprint."""

    fingerprint: str
    created_at: datetime
    current: bool
    retired_at: datetime | None
    in_file: bool
    contacts: int  # that need it


class PrivacyState(msgspec.Struct, frozen=True):
    """What /manage/privacy and ``kiosk privacy status`` show. *problem* is "" when file and database fit."""

    key_file: str
    problem: str
    keys: list[KeyState]
    contacts: int
    plan: list[Planned]
    consent_version: str
    doubtful_consent: bool  # one version has had two texts


class PrivacyService:
    """The vault's neighbours, built over it."""

    def __init__(self, settings: Settings, clock: Clock, audit: AuditTrail, vault: ContactVault) -> None:
        self._settings, self._clock, self._vault = settings, clock, vault
        self.purger = Purger(vault.rules, clock, audit, settings.store.zone)
        self.persons = PersonService(vault, clock, audit, settings.store.code)

    def prepare(self, session: Session) -> None:
        """At every start: the keys fit the database, and the consent texts of today are on record. Raises ConfigError."""
        self._vault.ensure_keys(session)
        record_texts(session, self._settings.privacy, self._clock)

    def state(self, session: Session) -> PrivacyState:
        """How things stand; a problem with the key file is part of the answer."""
        problem, in_file = "", set[str]()
        try:
            # Anew, not what the station goes on with.
            in_file = {key.fingerprint for key in load(self._vault.ring.path)}
        except ConfigError as error:
            problem = str(error)
        needing = dict(session.execute(select(Contact.key, func.count()).group_by(Contact.key)).tuples().all())
        rows = session.scalars(select(ContactKey).order_by(ContactKey.created_at)).all()
        keys = [
            KeyState(
                row.fingerprint, row.created_at, row.current, row.retired_at, row.fingerprint in in_file, needing.get(row.fingerprint, 0)
            )
            for row in rows
        ]
        lacking = [key.fingerprint for key in keys if key.retired_at is None and not key.in_file]
        if lacking and not problem:
            problem = f"contact keys: {self._vault.ring.path} lacks key {lacking[0]} of this database"
        version = self._settings.privacy.consent_version
        texts = select(func.count()).where(ConsentText.version == version).group_by(ConsentText.language)
        return PrivacyState(
            key_file=str(self._vault.ring.path),
            problem=problem,
            keys=keys,
            contacts=sum(needing.values()),
            plan=self.purger.plan(session),
            consent_version=version,
            doubtful_consent=any(count > 1 for count in session.scalars(texts)),
        )
