"""Opening hours: adds working time to an instant, and counts the working days of statutory terms."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from kiosk.config_service import Hours


class BusinessHours:
    """The desk's opening hours in the store's zone, holidays, special days and clock changes included."""

    def __init__(self, hours: Hours, zone: ZoneInfo) -> None:
        self._hours, self._zone = hours, zone

    def is_open(self, at: datetime) -> bool:
        """Whether the desk is open at *at*."""
        raise AssertionError("not yet")

    def next_open(self, at: datetime) -> datetime | None:
        """*at* when the desk is open then, else the next opening; None when there is none within a year."""
        raise AssertionError("not yet")

    def add(self, at: datetime, span: timedelta) -> datetime:
        """The instant at which *span* of opening time has passed since *at* (Monday 17:00 + 4 h at 8-18 is Tuesday 11:00)."""
        raise AssertionError("not yet")

    def between(self, begin: datetime, end: datetime) -> timedelta:
        """Opening time from *begin* to *end*."""
        raise AssertionError("not yet")

    def add_working_days(self, day: date, days: int) -> date:
        """The last day of a term of *days* working days that begins the day after *day*."""
        raise AssertionError("not yet")

    def shift_of(self, at: datetime) -> tuple[date, int]:
        """Day and number (from 1) of the shift that *at* falls in; hours before the first opening belong to the day before."""
        raise AssertionError("not yet")
