"""Records tests of appliances and prints their slips."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.desk.actors import Actor
from kiosk.desk.appliances.views import ApplianceTestView, NewTest
from kiosk.desk.audit import AuditTrail
from kiosk.devices.queue import JobQueue


class ApplianceService:
    """What pages, API and the returns desk talk to."""

    def __init__(self, settings: Settings, clock: Clock, jobs: JobQueue, audit: AuditTrail, printer_name: Callable[[], str]) -> None:
        self._settings, self._clock, self._jobs, self._audit, self._printer_name = settings, clock, jobs, audit, printer_name

    def checklist(self, category: str) -> list[str]:
        """What is tried at goods of *category*."""
        raise AssertionError("not yet")

    def record(self, session: Session, actor: Actor, test: NewTest) -> ApplianceTestView:
        """Keep a test (scope returns:write) and print its slip. Raises Invalid with the field."""
        raise AssertionError("not yet")

    def get(self, session: Session, test_id: int) -> ApplianceTestView:
        """One test; raises UnknownTest."""
        raise AssertionError("not yet")

    def of_line(self, session: Session, receipt_id: int, line: int) -> list[ApplianceTestView]:
        """The tests of a receipt's line, the newest first."""
        raise AssertionError("not yet")

    def newest(self, session: Session, *, limit: int = 50, before_id: int | None = None) -> list[ApplianceTestView]:
        """Tests, the newest first."""
        raise AssertionError("not yet")
