"""The cases of one station: the one class that web, feedback and agenda talk to."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.desk.actors import Actor
from kiosk.desk.alerts import AlertService
from kiosk.desk.audit import AuditTrail
from kiosk.desk.cases.views import CaseReceipt, NewCase
from kiosk.desk.contacts import ContactVault
from kiosk.desk.hours import BusinessHours
from kiosk.devices.queue import JobQueue


class CaseService:
    """Takes cases in and keeps them moving until they are answered."""

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
    ) -> None:
        self._settings, self._clock, self._jobs, self._audit = settings, clock, jobs, audit
        self._alerts, self._contacts, self._hours, self._printer_name = alerts, contacts, hours, printer_name

    def open(self, session: Session, actor: Actor, case: NewCase) -> CaseReceipt:
        """Take a case in: record, contact, due times, slip and alert in one transaction."""
        raise AssertionError("not yet")
