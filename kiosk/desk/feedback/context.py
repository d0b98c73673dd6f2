"""What the parts of the feedback service share."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.desk.alerts import AlertService
from kiosk.desk.audit import AuditTrail
from kiosk.desk.cases import CaseService
from kiosk.desk.feedback.surveys import SurveyService
from kiosk.desk.hours import BusinessHours


@dataclass(frozen=True, slots=True)
class Context:
    """The service's dependencies."""

    settings: Settings
    clock: Clock
    audit: AuditTrail
    alerts: AlertService
    cases: CaseService
    surveys: SurveyService
    hours: BusinessHours
    zone: ZoneInfo

    def now(self) -> datetime:
        return self.clock.now()

    @property
    def station(self) -> str:
        return self.settings.station.name
