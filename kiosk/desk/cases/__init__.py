"""Complaints and suggestions: cases with an owner, due times and a history, until they are answered."""

from kiosk.desk.cases.service import CaseService

__all__ = ["CaseService"]
