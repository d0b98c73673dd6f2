"""Feedback of one station: the one class that web, buttons and reports talk to."""

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.desk.alerts import AlertService
from kiosk.desk.audit import AuditTrail
from kiosk.desk.cases import CaseService
from kiosk.desk.feedback.surveys import SurveyService
from kiosk.desk.hours import BusinessHours


class FeedbackService:
    """Records presses and what follows them, flags what looks unlike shoppers, and counts honestly."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        audit: AuditTrail,
        alerts: AlertService,
        cases: CaseService,
        surveys: SurveyService,
        hours: BusinessHours,
    ) -> None:
        self._settings, self._clock, self._audit, self._alerts = settings, clock, audit, alerts
        self._cases, self._surveys, self._hours = cases, surveys, hours
