"""A desk for the tests of the bag check: real service, print queue and audit trail; the test is the printer."""

import random
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from sqlalchemy.orm import Session

from kiosk.config import Settings
from kiosk.db import Database
from kiosk.desk.actors import ROLE_SCOPES, Actor, Role
from kiosk.desk.audit import AuditTrail, AuditView
from kiosk.desk.bags import BagService
from kiosk.desk.bags.views import Claim, Deposit, Released
from kiosk.devices.document import Document, Text, decode_document
from kiosk.devices.jobs import Job, JobState
from kiosk.devices.queue import JobQueue, JobView
from kiosk.events import Event, EventBus
from tests.fakes.clock import FakeClock

T = TypeVar("T")

STALE_AFTER_S = 180


def person(number: int, name: str, role: Role) -> Actor:
    return Actor("user", number, name, ROLE_SCOPES[role], role)


WANG = person(1, "Wang", Role.BAG_CHECK)
LIU = person(2, "Liu", Role.BAG_CHECK)
CHEN = person(3, "Chen", Role.SUPERVISOR)
ZHAO = person(4, "Zhao", Role.SUPERVISOR)
READER = Actor("token", 5, "display", frozenset({"bags:read"}))


def settings_with(**bags: object) -> Settings:
    """Default settings with other rules for the bag check; the day may be closed at any time, unless said otherwise."""
    settings = Settings()
    return msgspec.structs.replace(settings, bags=msgspec.structs.replace(settings.bags, **{"closing_begins_min": 1440, **bags}))


class BagWorld:
    """One station on one database."""

    def __init__(
        self, database: Database, clock: FakeClock, bus: EventBus, settings: Settings | None = None, *, slots: list[str] | None = None
    ) -> None:
        self.db, self.clock = database, clock
        self.settings = settings or settings_with()
        self.printer = "ticket-printer"
        self.jobs = JobQueue(self.settings.station.name, clock, STALE_AFTER_S)
        self.audit = AuditTrail(self.settings.station.name, clock)
        self.bags = BagService(self.settings, clock, self.jobs, self.audit, lambda: self.printer, random.Random(7))
        self.events: list[Event] = []
        bus.subscribe(self.events.append)
        self.write(lambda session: self.bags.ensure_slots(session, slots or ["A01-A06"]))

    # -- the desk

    def write(self, unit: Callable[[Session], T]) -> T:
        return self.db.write(unit)

    def read(self, look: Callable[[Session], T]) -> T:
        with self.db.read() as session:
            return look(session)

    def take_in(self, pieces: int = 1, note: str = "", slot: str | None = None, actor: Actor = WANG) -> Deposit:
        return self.write(lambda session: self.bags.take_in(session, actor, pieces=pieces, note=note, slot=slot))

    def stored(self, pieces: int = 1, note: str = "", slot: str | None = None) -> Deposit:
        """A deposit whose ticket came out; with its whole code."""
        deposit = self.take_in(pieces, note, slot)
        self.comes_out(deposit.job)
        return deposit

    def release(self, code: str, actor: Actor = WANG, deposit_id: int | None = None) -> Released:
        return self.write(lambda session: self.bags.release(session, actor, code=code, deposit_id=deposit_id))

    def reprint(self, deposit_id: int, reason: str = "torn", actor: Actor = WANG) -> Deposit:
        return self.write(lambda session: self.bags.reprint(session, actor, deposit_id, reason))

    def cancel(self, deposit_id: int, reason: str = "customer left") -> Deposit:
        return self.write(lambda session: self.bags.cancel(session, WANG, deposit_id, reason))

    def get(self, deposit_id: int) -> Deposit:
        return self.read(lambda session: self.bags.get(session, deposit_id))

    # -- the lost-ticket steps

    def claim(self, number: int, actor: Actor = WANG) -> Claim:
        return self.write(
            lambda session: self.bags.lost.start(session, actor, number=number, description="red suitcase", contents="two shirts")
        )

    def identity(self, claim_id: int, document: str = "passport", actor: Actor = WANG) -> Claim:
        return self.write(lambda session: self.bags.lost.check_identity(session, actor, claim_id, document=document))

    def approve(self, claim_id: int, approver: Actor = CHEN) -> Claim:
        return self.write(lambda session: self.bags.lost.approve(session, approver, claim_id))

    def form(self, claim_id: int) -> Claim:
        return self.write(lambda session: self.bags.lost.print_form(session, WANG, claim_id))

    def signed(self, claim_id: int, *, signed: bool = True) -> Released:
        return self.write(lambda session: self.bags.lost.release(session, WANG, claim_id, signed=signed))

    def claim_view(self, claim_id: int) -> Claim:
        return self.read(lambda session: self.bags.lost.get(session, claim_id))

    # -- the printer

    def sends(self, job: int | None) -> None:
        assert self.write(lambda session: self.jobs.mark_sending(session, _id(job))) is not None

    def comes_out(self, job: int | None) -> None:
        """The printer prints the job and says so."""
        if self.job(job).state is JobState.QUEUED:
            self.sends(job)
        self.write(lambda session: self.jobs.mark_confirmed(session, _id(job), "process-id"))

    def goes_silent(self, job: int | None) -> None:
        """The printer took the job and gives no evidence."""
        self.sends(job)
        self.write(lambda session: self.jobs.mark_uncertain(session, _id(job), "no-evidence"))

    def fails(self, job: int | None) -> None:
        self.write(lambda session: self.jobs.mark_failed(session, _id(job), "cannot-render"))

    def answer(self, job: int | None, outcome: Any) -> JobView:
        return self.write(lambda session: self.jobs.resolve(session, WANG.label, _id(job), outcome))

    def job(self, job: int | None) -> JobView:
        return self.read(lambda session: self.jobs.get(session, _id(job)))

    def document(self, job: int | None) -> Document:
        def payload(session: Session) -> str:
            row = session.get(Job, _id(job))
            assert row is not None
            return row.payload

        return decode_document(self.read(payload))

    def paper(self, job: int | None) -> str:
        """All paragraphs of a job's document."""
        return "\n".join(element.text for element in self.document(job).elements if isinstance(element, Text))

    # -- what was told

    def told(self, name: str) -> list[dict[str, Any]]:
        return [dict(event.data) for event in self.events if event.name == name]

    def trail(self, deposit_id: int) -> list[AuditView]:
        """The audit entries about a deposit, oldest first."""
        return self.read(lambda session: self.audit.entries(session, subject=f"deposit:{deposit_id}"))[::-1]

    def actions(self, deposit_id: int) -> list[str]:
        return [entry.action for entry in self.trail(deposit_id)]


def _id(job: int | None) -> int:
    assert job is not None
    return job
