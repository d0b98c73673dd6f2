"""A complaint desk for tests: real service, outbox, vault, print queue and audit trail, on a database of the test."""

import random
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.config import Settings
from kiosk.config_service import Alerts, Channel
from kiosk.db import Database
from kiosk.desk.actors import ROLE_SCOPES, SHOPPER, Actor, Role
from kiosk.desk.agenda import Agenda
from kiosk.desk.alerts import AlertService
from kiosk.desk.alerts.models import AlertRecord
from kiosk.desk.alerts.store import unpack, unpack_all
from kiosk.desk.audit import AuditTrail
from kiosk.desk.cases import CaseService
from kiosk.desk.cases.views import CaseChanges, CaseEntry, CaseKind, CaseReceipt, CaseSource, CaseState, CaseView, NewCase
from kiosk.desk.contacts import ContactData, ContactVault
from kiosk.desk.feedback.words import found
from kiosk.desk.hours import BusinessHours
from kiosk.desk.staff.models import StaffUser
from kiosk.devices.document import Document, decode_document
from kiosk.devices.jobs import Job
from kiosk.devices.queue import JobQueue
from kiosk.events import Event, EventBus
from tests.fakes.clock import FakeClock

T = TypeVar("T")

LI_HUA = ContactData(name="李华", phone="13812345678")
CONSENT = "2026-1"


def person(number: int, name: str, role: Role) -> Actor:
    return Actor("user", number, name, ROLE_SCOPES[role], role)


WANG = person(1, "Wang", Role.DESK)
LIU = person(2, "Liu", Role.DESK)
CHEN = person(3, "Chen", Role.MANAGER)
PORTER = person(4, "Porter", Role.BAG_CHECK)
STAFF = (WANG, LIU, CHEN, PORTER)


def settings_with(**cases: object) -> Settings:
    """Default settings, open 8 to 18 on every day, with other rules for cases and a channel that carries every alert."""
    settings = Settings()
    hours = {day: ["08:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    return msgspec.structs.replace(
        settings,
        hours=msgspec.structs.replace(settings.hours, **hours),  # type: ignore[arg-type]
        cases=msgspec.structs.replace(settings.cases, **cases),  # type: ignore[arg-type]
        alerts=Alerts(channels=[Channel(name="everything", kind="webhook", url="https://hooks.example/desk")]),
    )


def complaint(content: str = "The milk was sour.", **more: Any) -> NewCase:
    values: dict[str, Any] = {"kind": CaseKind.COMPLAINT, "content": content, "source": CaseSource.DESK, **more}
    if values.get("contact") is not None:
        values.setdefault("consent_version", CONSENT)
    return NewCase(**values)


class CaseWorld:
    """One station on one database."""

    def __init__(self, database: Database, clock: FakeClock, bus: EventBus, key_file: Path, settings: Settings | None = None) -> None:
        self.db, self.clock, self.bus = database, clock, bus
        self.settings = settings or settings_with()
        self.printer = "ticket-printer"
        self.jobs = JobQueue(self.settings.station.name, clock, stale_after_s=180)
        self.audit = AuditTrail(self.settings.station.name, clock)
        self.alerts = AlertService(self.settings, clock, self.audit)
        self.contacts = ContactVault(self.settings, clock, self.audit, key_file)
        self.hours = BusinessHours(self.settings.hours, self.settings.store.zone)
        self.urgent_words = ["hurt", "着火"]
        self.events: list[Event] = []
        bus.subscribe(self.events.append)
        self.restart()
        self.write(self._hire)

    def restart(self) -> None:
        """A service that has begun anew, as after a start of the station."""
        self.cases = CaseService(
            self.settings,
            self.clock,
            self.jobs,
            self.audit,
            self.alerts,
            self.contacts,
            self.hours,
            lambda: self.printer,
            random.Random(7),
        )
        self.cases.judge_by(lambda _session, text: found(text, self.urgent_words))
        self.agenda = Agenda(self.db, self.clock, self.bus)
        self.agenda.register("cases", self.cases.next_alarm, self.cases.run_alarms, wakes=frozenset({"case.changed"}))
        self.agenda.run_due()

    def _hire(self, session: Session) -> None:
        for actor in STAFF:
            if session.get(StaffUser, actor.id) is None:
                assert actor.role is not None
                session.add(
                    StaffUser(id=actor.id, name=actor.name, name_key=actor.name.casefold(), role=actor.role, created_at=self.clock.now())
                )

    # -- the desk

    def write(self, unit: Callable[[Session], T]) -> T:
        return self.db.write(unit)

    def read(self, look: Callable[[Session], T]) -> T:
        with self.db.read() as session:
            return look(session)

    def open(self, content: str = "The milk was sour.", actor: Actor = WANG, **more: Any) -> CaseReceipt:
        return self.write(lambda session: self.cases.open(session, actor, complaint(content, **more)))

    def opened(self, content: str = "The milk was sour.", actor: Actor = WANG, **more: Any) -> CaseView:
        return self.get(self.open(content, actor, **more).id)

    def do(self, step: str, case_id: int, *args: Any, actor: Actor = WANG, **named: Any) -> Any:
        """Call the service's method *step* in a write unit."""
        return self.write(lambda session: getattr(self.cases, step)(session, actor, case_id, *args, **named))

    def change(self, case_id: int, **changes: Any) -> CaseView:
        if changes.get("contact") is not None:
            changes.setdefault("consent_version", CONSENT)
        view: CaseView = self.do("update", case_id, CaseChanges(**changes))
        return view

    def get(self, case_id: int) -> CaseView:
        return self.read(lambda session: self.cases.get(session, case_id))

    def listed(self, **wanted: Any) -> list[int]:
        return [case.id for case in self.read(lambda session: self.cases.list(session, **wanted))]

    def history(self, case_id: int) -> list[CaseEntry]:
        return self.read(lambda session: self.cases.history(session, case_id))

    def actions(self, case_id: int) -> list[str]:
        return [entry.action for entry in self.history(case_id)]

    def brought_to(self, state: CaseState, **more: Any) -> CaseView:
        """A case that Wang has brought to *state*."""
        case_id = self.open(**more).id
        if state is CaseState.NEW:
            return self.get(case_id)
        self.do("acknowledge", case_id)
        if state in (CaseState.IN_PROGRESS, CaseState.WAITING, CaseState.RESOLVED, CaseState.CLOSED):
            self.do("start", case_id)
        if state is CaseState.WAITING:
            self.do("wait", case_id, "the supplier")
        if state in (CaseState.RESOLVED, CaseState.CLOSED):
            self.do("resolve", case_id, "Exchanged.")
        if state is CaseState.CLOSED:
            self.do("close", case_id, call_back="told by phone")
        return self.get(case_id)

    # -- time

    def local(self, at: datetime) -> str:
        """*at* as the store's clock shows it: ``Tue 14:00``."""
        return at.astimezone(self.settings.store.zone).strftime("%a %H:%M")

    def go_to(self, day: int, hour: int, minute: int = 0) -> None:
        """Let time pass, appointment by appointment, until this time of March 2026 in the store."""
        target = datetime(2026, 3, day, hour, minute, tzinfo=self.settings.store.zone)
        while True:
            due = self.read(self.cases.next_alarm)
            if due is None or due > target:
                break
            self.clock.advance(max(0.0, (due - self.clock.now()).total_seconds()))
            self.agenda.run_due()
        self.clock.advance((target - self.clock.now()).total_seconds())

    def sleep_to(self, day: int, hour: int, minute: int = 0) -> None:
        """Let the station be off until this time of March 2026."""
        target = datetime(2026, 3, day, hour, minute, tzinfo=self.settings.store.zone)
        self.clock.advance((target - self.clock.now()).total_seconds())

    # -- what others see

    def told(self, topic: str = "") -> list[tuple[str, str]]:
        """When (store time) and what the outbox was given about *topic*, in order."""
        rows = self.read(lambda session: session.scalars(select(AlertRecord).order_by(AlertRecord.id)).all())
        return [(self.local(row.created_at), str(unpack(row.title))) for row in rows if not topic or row.topic == topic]

    def alert_records(self) -> list[AlertRecord]:
        return list(self.read(lambda session: session.scalars(select(AlertRecord).order_by(AlertRecord.id)).all()))

    def alert_text(self) -> str:
        """Everything that the outbox was given, as one text."""
        return "\n".join(f"{unpack(row.title)}\n{unpack_all(row.lines)}" for row in self.alert_records())

    def document(self, job_id: int | None) -> Document:
        return self.read(lambda session: decode_document(session.scalars(select(Job.payload).where(Job.id == job_id)).one()))


__all__ = ["CHEN", "LIU", "LI_HUA", "PORTER", "SHOPPER", "WANG", "CaseWorld", "complaint", "person", "settings_with"]
