"""Fills an empty demo database through the ordinary services: staff, shelves, and bags taken in earlier."""

import json
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kiosk.demo.names import PRINTER
from kiosk.demo.past import PastClock
from kiosk.demo.people import PEOPLE, Person
from kiosk.demo.sample_receipts import seed_receipts
from kiosk.demo.sample_voices import seed_voices
from kiosk.desk.actors import ROLE_SCOPES, SYSTEM, Actor
from kiosk.desk.audit import AuditTrail
from kiosk.desk.bags import BagService
from kiosk.desk.bags.models import ReconciliationKind
from kiosk.desk.bags.views import Deposit
from kiosk.desk.staff import StaffService
from kiosk.desk.staff.errors import NoSuchUser
from kiosk.desk.staff.pins import PreparedPin
from kiosk.devices.queue import JobQueue

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from kiosk.web.context import Services

_TICKETS = "tickets.json"


class SampleTicket(msgspec.Struct, frozen=True):
    """A ticket that a customer of the sample data carries."""

    number: int
    slot: str
    pieces: int
    code: str


class _Bags(msgspec.Struct, frozen=True):
    """Sample bags: taken in *minutes* ago."""

    minutes: int
    pieces: int
    note: str = ""
    released: bool = False


# Oldest first. The first was left behind yesterday.
_BAGS = (
    _Bags(27 * 60, 1, "蓝色双肩包"),
    _Bags(205, 2, released=True),
    _Bags(188, 1, "黑色拉杆箱"),
    _Bags(150, 1, released=True),
    _Bags(133, 3, "两个纸袋，一把雨伞"),
    _Bags(96, 1),
    _Bags(74, 2, "易碎"),
    _Bags(41, 1),
    _Bags(12, 1, "红色手提包"),
)


def seed(services: "Services", folder: Path) -> None:
    """Add what the database lacks. The codes of the sample tickets, which no record holds readable, go into *folder*."""
    _add_people(services)
    with services.db.read() as session:
        empty = not services.bags.list(session, limit=1)
    if empty:
        tickets = _add_bags(services)
        (folder / _TICKETS).write_text(json.dumps(msgspec.to_builtins(tickets)), encoding="utf-8")
    seed_receipts(services)
    seed_voices(services, _actor(services, PEOPLE[1]), _actor(services, PEOPLE[3]))


def sample_tickets(folder: Path) -> list[SampleTicket]:
    """The tickets of the sample bags, as `seed` kept them; given back or not."""
    try:
        return msgspec.json.decode((folder / _TICKETS).read_bytes(), type=list[SampleTicket])
    except FileNotFoundError:
        return []


def _add_people(services: "Services") -> None:
    for person in PEOPLE:
        with services.db.read() as session:
            known = any(user.name == person.name and user.has_badge for user in services.staff.list_users(session))
        if not known:
            pin = services.staff.prepare_pin(person.pin)
            services.db.write(partial(_add_person, staff=services.staff, person=person, pin=pin))


def _add_person(session: "Session", *, staff: StaffService, person: Person, pin: PreparedPin) -> None:
    try:
        user = staff.find_by_name(session, person.name)
    except NoSuchUser:
        staff.create_user(session, SYSTEM, name=person.name, role=person.role, pin=pin, badge=person.badge, must_change_pin=False)
        return
    # The technician of the first start: nobody was shown its one-time PIN.
    staff.set_pin(session, SYSTEM, user.id, pin, must_change_pin=False)
    staff.set_badge(session, SYSTEM, user.id, person.badge)


def _add_bags(services: "Services") -> list[SampleTicket]:
    """Take the sample bags in at their own times; nothing is printed, a person says that each ticket came out."""
    clerk, supervisor = (_actor(services, person) for person in (PEOPLE[0], PEOPLE[2]))
    left, *today = _BAGS
    tickets = []
    ticket = _keep(services, clerk, left)
    if ticket is not None:
        tickets.append(ticket)
    _close_day_before(services, supervisor, left)
    for bags in today:
        ticket = _keep(services, clerk, bags)
        if ticket is not None:
            tickets.append(ticket)
    return tickets


def _actor(services: "Services", person: Person) -> Actor:
    with services.db.read() as session:
        user = services.staff.find_by_name(session, person.name)
    return Actor("user", user.id, user.name, ROLE_SCOPES[user.role], user.role)


def _bags_at(services: "Services", clock: PastClock) -> tuple[BagService, JobQueue]:
    """The ordinary bag check, living at the time of *clock*."""
    settings = services.settings
    jobs = JobQueue(settings.station.name, clock, settings.printing.stale_after_s)
    return BagService(settings, clock, jobs, AuditTrail(settings.station.name, clock), lambda: PRINTER), jobs


def _keep(services: "Services", actor: Actor, bags: _Bags) -> SampleTicket | None:
    """Take *bags* in and perhaps give them back; return the ticket of those that are still there."""
    clock = PastClock(services.clock.now() - timedelta(minutes=bags.minutes))
    service, jobs = _bags_at(services, clock)
    deposit = services.db.write(partial(_take_in, actor=actor, bags=bags, jobs=jobs, service=service))
    if not bags.released:
        return SampleTicket(deposit.number, deposit.slot, deposit.pieces, deposit.code)
    clock.at += timedelta(minutes=bags.minutes / 3)
    services.db.write(partial(service.release, actor=actor, code=deposit.code))
    return None


def _take_in(session: "Session", *, actor: Actor, bags: _Bags, jobs: JobQueue, service: BagService) -> Deposit:
    deposit = service.take_in(session, actor, pieces=bags.pieces, note=bags.note)
    assert deposit.job is not None
    jobs.mark_sending(session, deposit.job)
    jobs.mark_uncertain(session, deposit.job, "sample")
    jobs.resolve(session, actor.label, deposit.job, "printed")
    return deposit


def _close_day_before(services: "Services", actor: Actor, left: _Bags) -> None:
    """Do the closing of the day on which *left* were taken in, with every tag found: they become overdue."""
    now = services.clock.now()
    days = services.bags.days
    day = days.due_on(now - timedelta(minutes=left.minutes))
    closed_at = days.closing(day) + timedelta(minutes=15)
    if closed_at >= now:
        return  # the closing is still to come, e.g. with a closing time past midnight
    service, _ = _bags_at(services, PastClock(closed_at))

    def close(session: "Session") -> None:
        closing = service.reconciliations.start(session, actor, ReconciliationKind.CLOSING, day)
        for line in closing.lines:
            service.reconciliations.tick(session, actor, closing.id, line.id, found=line.expected)
        service.reconciliations.finish(session, actor, closing.id)

    services.db.write(close)
