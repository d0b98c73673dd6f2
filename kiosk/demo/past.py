"""A clock that stands where the sample data says that something happened."""

from datetime import datetime

from kiosk.clock import SystemClock


class PastClock(SystemClock):
    """The time at which a sample is said to have happened."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at
