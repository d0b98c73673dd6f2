"""Keeps vendor repairs and reminds of those that are late."""

import random
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.desk.actors import Actor
from kiosk.desk.alerts import AlertService
from kiosk.desk.audit import AuditTrail
from kiosk.desk.bags.days import TradingDays
from kiosk.desk.contacts import ContactVault
from kiosk.desk.hours import BusinessHours
from kiosk.desk.repairs import alarms, look, steps
from kiosk.desk.repairs.context import Context
from kiosk.desk.repairs.privacy import RepairPrivacy
from kiosk.desk.repairs.views import NewRepair, RepairState, RepairView
from kiosk.devices.queue import JobQueue


class RepairService:
    """What pages, API and agenda talk to. Changing methods take the session of a write unit first."""

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
        """*printer_name* names the printer of slips at the moment of printing, "" when there is none; *rng* makes codes."""
        self._context = Context(
            settings=settings,
            clock=clock,
            jobs=jobs,
            audit=audit,
            alerts=alerts,
            contacts=contacts,
            hours=hours,
            printer_name=printer_name,
            rng=rng or secrets.SystemRandom(),
            days=TradingDays(settings.store, settings.bags),
        )
        self._privacy = RepairPrivacy(self._context)

    def open(self, session: Session, actor: Actor, repair: NewRepair) -> RepairView:
        """Take goods in for repair (scope returns:write) and print the customer's slip."""
        return self.get(session, steps.open_repair(self._context, session, actor, repair))

    def move(
        self, session: Session, actor: Actor, repair_id: int, state: RepairState, *, note: str = "", due_at: datetime | None = None
    ) -> RepairView:
        """Bring it into another state, with who and when; raises StepNotPossible for a step that its state does not allow."""
        steps.move(self._context, session, actor, repair_id, state, note, due_at)
        return self.get(session, repair_id)

    def postpone(self, session: Session, actor: Actor, repair_id: int, due_at: datetime, note: str) -> RepairView:
        """Note another due time while the goods are under way, and why."""
        steps.postpone(self._context, session, actor, repair_id, due_at, note)
        return self.get(session, repair_id)

    def reprint_slip(self, session: Session, actor: Actor, repair_id: int) -> RepairView:
        """Print the slip once more, marked as a copy."""
        steps.reprint(self._context, session, actor, repair_id)
        return self.get(session, repair_id)

    def get(self, session: Session, repair_id: int) -> RepairView:
        """One repair; raises UnknownRepair."""
        return look.get(self._context, session, repair_id)

    def by_code(self, session: Session, code: str) -> int | None:
        """The id of the repair with this code or number; None when there is none."""
        return look.by_code(session, code)

    def next_alarm(self, session: Session) -> datetime | None:
        """When the next one becomes late."""
        return alarms.next_due(session)

    def run_alarms(self, session: Session) -> None:
        """Tell people of those that are late; a write unit."""
        alarms.run(self._context, session)

    # -- last, because its name hides the type of the same name from what follows in this class

    def list(
        self,
        session: Session,
        *,
        states: Sequence[RepairState] | None = None,
        overdue: bool | None = None,
        limit: int = 50,
        before_id: int | None = None,
    ) -> list[RepairView]:
        """Repairs, the newest first."""
        return look.list_repairs(self._context, session, states, overdue, limit, before_id)
