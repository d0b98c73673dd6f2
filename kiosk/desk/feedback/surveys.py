"""Surveys: data that the manager edits, versioned so that old presses keep their question."""

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.desk.audit import AuditTrail


class SurveyService:
    """Saves versions of surveys and says which one a screen shows now."""

    def __init__(self, settings: Settings, clock: Clock, audit: AuditTrail) -> None:
        self._settings, self._clock, self._audit = settings, clock, audit
