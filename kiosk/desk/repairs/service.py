"""Keeps vendor repairs and reminds of those that are late."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.desk.actors import Actor
from kiosk.desk.alerts import AlertService
from kiosk.desk.audit import AuditTrail
from kiosk.desk.contacts import ContactVault
from kiosk.desk.hours import BusinessHours
from kiosk.desk.repairs.views import NewRepair, RepairState, RepairView
from kiosk.devices.queue import JobQueue


class RepairService:
    """What pages, API and agenda talk to."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        jobs: JobQueue,
        audit: AuditTrail,
        alerts: AlertService,
        contacts: ContactVault,
        hours: BusinessHours,
        printer_name: Callable[[], str],
        rng: random.Random | None = None,
    ) -> None:
        self._settings, self._clock, self._jobs, self._audit = settings, clock, jobs, audit
        self._alerts, self._contacts, self._hours = alerts, contacts, hours
        self._printer_name, self._rng = printer_name, rng

    def open(self, session: Session, actor: Actor, repair: NewRepair) -> RepairView:
        """Take goods in for repair (scope returns:write) and print the customer's slip."""
        raise AssertionError("not yet")

    def move(
        self, session: Session, actor: Actor, repair_id: int, state: RepairState, *, note: str = "", due_at: datetime | None = None
    ) -> RepairView:
        """Bring it into another state, with who and when; raises Conflict for a step that its state does not allow."""
        raise AssertionError("not yet")

    def get(self, session: Session, repair_id: int) -> RepairView:
        """One repair; raises UnknownRepair."""
        raise AssertionError("not yet")

    def list(
        self,
        session: Session,
        *,
        states: Sequence[RepairState] | None = None,
        overdue: bool | None = None,
        limit: int = 50,
        before_id: int | None = None,
    ) -> "list[RepairView]":
        """Repairs, the newest first."""
        raise AssertionError("not yet")

    def next_alarm(self, session: Session) -> datetime | None:
        """When the next one becomes late."""
        return None

    def run_alarms(self, session: Session) -> None:
        """Tell people of those that are late; a write unit."""
        raise AssertionError("not yet")
