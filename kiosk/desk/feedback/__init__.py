"""The feedback kiosk's records: surveys, presses, honest numbers, ratings at the counters."""

from kiosk.desk.feedback.service import FeedbackService
from kiosk.desk.feedback.surveys import SurveyService

__all__ = ["FeedbackService", "SurveyService"]
