"""Trading days in the store's zone: which day an instant belongs to, what is due when, and what that costs.

A trading day does not end at midnight: a closing done at half past midnight belongs to the evening before. It ends at
`NIGHT_END`, or at the closing time of a store that trades past midnight until later than that.
"""

from datetime import UTC, date, datetime, time, timedelta

from kiosk.config import Bags, Store

# Nobody checks bags in or out at this hour, and late closings are done.
NIGHT_END = time(4)
# A closing time up to here is meant for the night after the trading day, not for its morning.
_LATEST_CLOSING_PAST_MIDNIGHT = time(6)


class TradingDays:
    """The calendar of one store. A clock that jumps can make a day early or late, never a duration negative."""

    def __init__(self, store: Store, bags: Bags) -> None:
        self._zone = store.zone
        self._bags = bags
        self._past_midnight = bags.closing <= _LATEST_CLOSING_PAST_MIDNIGHT
        self._ends = max(NIGHT_END, bags.closing) if self._past_midnight else NIGHT_END

    def local(self, instant: datetime) -> datetime:
        """Return *instant* in the store's zone."""
        return instant.astimezone(self._zone)

    def day_of(self, instant: datetime) -> date:
        """Return the trading day that *instant* belongs to."""
        local = self.local(instant)
        return local.date() - timedelta(days=1) if local.time() < self._ends else local.date()

    def closing(self, day: date) -> datetime:
        """Return the instant at which trading day *day* closes."""
        calendar_day = day + timedelta(days=1) if self._past_midnight else day
        return datetime.combine(calendar_day, self._bags.closing, self._zone).astimezone(UTC)

    def end(self, day: date) -> datetime:
        """Return the instant at which the trading day after *day* begins."""
        return datetime.combine(day + timedelta(days=1), self._ends, self._zone).astimezone(UTC)

    def due_on(self, taken_at: datetime) -> date:
        """Return the trading day by whose closing bags taken in at *taken_at* must be fetched: the first to come."""
        day = self.day_of(taken_at)
        return day if taken_at <= self.closing(day) else day + timedelta(days=1)

    def overdue_days(self, due_on: date, now: datetime) -> int:
        """Return how many trading days have begun since *due_on*."""
        return max(0, (self.day_of(now) - due_on).days)

    def overdue_fee_fen(self, due_on: date, now: datetime) -> int:
        """Return the fee for these days, in fen."""
        return self.overdue_days(due_on, now) * self._bags.overdue_fee_fen_per_day

    def ownerless_on(self, due_on: date) -> date:
        """Return the day from which bags due on *due_on* count as ownerless."""
        return due_on + timedelta(days=self._bags.ownerless_after_days)


def seconds_between(start: datetime, end: datetime) -> float:
    """Return the seconds from *start* to *end*; 0 when the clock was set back in between."""
    return max(0.0, (end - start).total_seconds())
