"""Returned goods for tests: real services, print queue, outbox, vault and audit trail, on a database of the test."""

import itertools
import random
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.config import Settings
from kiosk.config_service import Alerts, Channel
from kiosk.db import Database
from kiosk.desk.actors import ROLE_SCOPES, Actor, Role
from kiosk.desk.agenda import Agenda
from kiosk.desk.alerts import AlertService
from kiosk.desk.alerts.models import AlertRecord
from kiosk.desk.appliances import ApplianceService
from kiosk.desk.audit import AuditTrail
from kiosk.desk.contacts import ContactVault
from kiosk.desk.hours import BusinessHours
from kiosk.desk.pickups import PickupService
from kiosk.desk.pickups.views import PickupView
from kiosk.desk.repairs import RepairService
from kiosk.desk.returns.policy.views import Condition, Packaging, ReturnKind
from kiosk.desk.returns.views import ReturnedLine, ReturnState, ReturnView
from kiosk.desk.signatures import Strokes
from kiosk.devices.document import Document, decode_document
from kiosk.devices.jobs import Job
from kiosk.devices.queue import JobQueue
from kiosk.events import Event, EventBus
from tests.fakes.clock import FakeClock

T = TypeVar("T")

# What a finger writes: a wave and a dash, within half a second.
SIGNATURE = Strokes(
    400,
    [
        [(100 + 20 * step, 200 + (60 if step % 2 else -60), 20 * step) for step in range(15)],
        [(450, 200, 400), (600, 190, 450), (700, 205, 500)],
    ],
)


def person(number: int, name: str, role: Role) -> Actor:
    return Actor("user", number, name, ROLE_SCOPES[role], role)


WANG = person(1, "Wang", Role.DESK)
LIU = person(2, "Liu", Role.SUPERVISOR)
PORTER = person(4, "Porter", Role.BAG_CHECK)


def returned(
    return_id: int, lines: list[ReturnedLine], at: datetime, *, state: ReturnState = ReturnState.RECORDED, receipt_id: int | None = None
) -> ReturnView:
    return ReturnView(
        id=return_id,
        number=f"R260310{return_id:04d}",
        code=f"{return_id:016d}",
        kind=ReturnKind.RETURN,
        state=state,
        receipt_id=receipt_id,
        receipt="",
        store="S001",
        lines=lines,
        exchange_for=[],
        deductions=[],
        refund_fen=0,
        pay_fen=0,
        refund=None,
        recorded_at=at,
        staff="Wang",
        approver="",
        override_reason="",
        policy_version=1,
        note="",
        voided_at=None,
        void_reason="",
        job=None,
    )


class GoodsWorld:
    """One station on one database."""

    def __init__(self, database: Database, clock: FakeClock, bus: EventBus, folder: Path, settings: Settings | None = None) -> None:
        self.db, self.clock, self.bus = database, clock, bus
        plain = Settings()
        hours = {day: ["08:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
        self.settings = settings or msgspec.structs.replace(
            plain,
            hours=msgspec.structs.replace(plain.hours, **hours),
            alerts=Alerts(channels=[Channel(name="everything", kind="webhook", url="https://hooks.example/desk")]),
        )
        self.printer = "ticket-printer"
        station = self.settings.station.name
        self.jobs = JobQueue(station, clock, stale_after_s=180)
        self.audit = AuditTrail(station, clock)
        alerts = AlertService(self.settings, clock, self.audit)
        self.contacts = ContactVault(self.settings, clock, self.audit, folder / "contact.keys")
        self.hours = BusinessHours(self.settings.hours, self.settings.store.zone)
        shared = (self.settings, clock, self.jobs, self.audit)
        self.pickups = PickupService(*shared, lambda: self.printer, random.Random(7))
        self.appliances = ApplianceService(*shared, lambda: self.printer)
        self.repairs = RepairService(*shared, alerts, self.contacts, self.hours, lambda: self.printer, random.Random(7))
        self.agenda = Agenda(database, clock, bus)
        self.agenda.register("repairs", self.repairs.next_alarm, self.repairs.run_alarms, wakes=frozenset({"repair.changed"}))
        self.events: list[Event] = []
        bus.subscribe(self.events.append)
        self._ids = itertools.count(1)
        self._returns: dict[int, ReturnView] = {}

    def write(self, unit: Callable[[Session], T]) -> T:
        return self.db.write(unit)

    def read(self, look: Callable[[Session], T]) -> T:
        with self.db.read() as session:
            return look(session)

    # -- returned goods

    def line(self, name: str, category: str = "家电", quantity: str = "1", product: str = "", **more: Any) -> ReturnedLine:
        number = next(self._ids)
        return ReturnedLine(
            id=number,
            line=more.pop("line", None),
            product=product or f"{100000 + number}",
            name=name,
            category=category,
            quantity=Decimal(quantity),
            refund_fen=100,
            reason="Faulty",
            condition=Condition.OPENED,
            packaging=Packaging.OPENED,
            serial="",
            **more,
        )

    def bring_back(self, *lines: ReturnedLine, receipt_id: int | None = None, actor: Actor = WANG) -> ReturnView:
        """A return whose goods are at the desk now."""
        view = returned(len(self._returns) + 1, list(lines), self.clock.now(), receipt_id=receipt_id)
        self._returns[view.id] = view
        self.write(lambda session: self.pickups.take_over(session, actor, view))
        return view

    def void(self, view: ReturnView, actor: Actor = LIU) -> None:
        gone = msgspec.structs.replace(view, state=ReturnState.VOIDED, voided_at=self.clock.now(), void_reason="wrong goods")
        self.write(lambda session: self.pickups.take_over(session, actor, gone))

    def gather(self, department: str = "家电 Appliances", actor: Actor = WANG) -> PickupView:
        return self.write(lambda session: self.pickups.gather(session, actor, department))

    def do(self, step: str, *args: Any, actor: Actor = WANG, **named: Any) -> Any:
        """Call the pickup service's method *step* in a write unit."""
        return self.write(lambda session: getattr(self.pickups, step)(session, actor, *args, **named))

    def scan(self, pickup: PickupView, *codes: str) -> PickupView:
        for code in codes:
            pickup = self.do("check_by_scan", pickup.id, code)
        return pickup

    def all_there(self, pickup: PickupView) -> PickupView:
        for item in pickup.items:
            pickup = self.do("check", pickup.id, item.id, found=item.quantity)
        return pickup

    def sign(self, pickup: PickupView, signer: Actor = LIU, strokes: Strokes = SIGNATURE) -> PickupView:
        view: PickupView = self.do("sign", pickup.id, signer, strokes)
        return view

    # -- what became of it

    def document(self, job_id: int | None) -> Document:
        assert job_id is not None
        return decode_document(self.read(lambda session: session.get_one(Job, job_id)).payload)

    def topics(self) -> list[str]:
        return self.read(lambda session: list(session.scalars(select(AlertRecord.topic).order_by(AlertRecord.id))))

    def told(self, name: str) -> list[dict[str, object]]:
        return [dict(event.data) for event in self.events if event.name == name]
