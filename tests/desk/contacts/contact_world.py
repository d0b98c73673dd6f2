"""A station as far as contact data goes: real vault, audit trail and clock, on a database and a key file of the test."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy.orm import Session

from kiosk.config import Settings
from kiosk.db import Base, Database
from kiosk.desk.actors import ROLE_SCOPES, Actor, Role
from kiosk.desk.audit import AuditTrail
from kiosk.desk.contacts import ContactData, ContactVault
from kiosk.events import Event, EventBus
from tests.fakes.clock import FakeClock

T = TypeVar("T")

CLERK = Actor("user", 1, "Wang", ROLE_SCOPES[Role.DESK], Role.DESK)
MANAGER = Actor("user", 2, "Chen", ROLE_SCOPES[Role.MANAGER], Role.MANAGER)
PORTER = Actor("user", 3, "Liu", ROLE_SCOPES[Role.BAG_CHECK], Role.BAG_CHECK)

LI_HUA = ContactData(name="李华", phone="138 1234 5678", email="li.hua@example.com", note="after six")


class ContactWorld:
    """One station on one database."""

    def __init__(self, database: Database, clock: FakeClock, bus: EventBus, key_file: Path, settings: Settings | None = None) -> None:
        Base.metadata.create_all(database.engine)
        self.db, self.clock, self.bus, self.key_file = database, clock, bus, key_file
        self.settings = settings or Settings()
        self.audit = AuditTrail(self.settings.station.name, clock)
        self.vault = self.restarted()
        self.events: list[Event] = []
        bus.subscribe(self.events.append)

    def restarted(self, key_file: Path | None = None) -> ContactVault:
        """A vault that has read nothing yet, as after a restart, or as that of another station."""
        return ContactVault(self.settings, self.clock, self.audit, key_file or self.key_file)

    def write(self, unit: Callable[[Session], T]) -> T:
        return self.db.write(unit)

    def read(self, look: Callable[[Session], T]) -> T:
        with self.db.read() as session:
            return look(session)

    def store(self, data: ContactData = LI_HUA, subject: str = "case:1") -> int:
        return self.write(lambda session: self.vault.store(session, data, subject=subject, consent_version="2026-1"))

    def reveal(self, contact_id: int, actor: Actor = CLERK, reason: str = "calls back about the eggs") -> ContactData:
        return self.write(lambda session: self.vault.reveal(session, actor, contact_id, reason))
