"""Opening hours: adds working time to an instant, and counts the working days of statutory terms.

Everything is reckoned day by day of the store's calendar, in instants: a day that is 23 or 25 hours long because clocks
change counts what it really has. A span begins when the wall clock first shows its begin, or jumps past it, and ends
likewise; a clock that is set back does not open the desk again.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kiosk.config_service import Hours

_DAY = timedelta(days=1)
# A desk that is closed for this many days on end is taken for one that never opens: `next_open` promises a year.
_HORIZON = 366
# Days kept reckoned: the year behind and ahead that is looked through around a long closure, and terms of two months.
_KEPT = 1024
# On a day without hours of its own the day before ends here: nobody works at that hour.
_NIGHT_END = time(4)

# (begin, end) in UTC
Opening = tuple[datetime, datetime]


class BusinessHours:
    """The desk's opening hours in the store's zone, holidays, special days and clock changes included."""

    def __init__(self, hours: Hours, zone: ZoneInfo) -> None:
        self._zone = zone
        self._week = [[_parsed(span) for span in spans] for spans in hours.week]
        self._closed = {date.fromisoformat(day) for day in hours.closed}
        self._special = {date.fromisoformat(day): [_parsed(span) for span in spans] for day, spans in hours.special.items()}
        self._holidays = {date.fromisoformat(day) for day in hours.public_holidays}
        self._makeup = {date.fromisoformat(day) for day in hours.makeup_workdays}
        self._changes = hours.changes
        self._days: dict[date, list[Opening]] = {}
        self._never = not any(self._week) and not any(self._special.values())

    def is_open(self, at: datetime) -> bool:
        """Whether the desk is open at *at*; at the instant of closing it is not."""
        return any(begin <= at < end for begin, end in self._openings(self._local_day(at)))

    def next_open(self, at: datetime) -> datetime | None:
        """*at* when the desk is open then, else the next opening; None when there is none within a year."""
        for begin, end in self._from(at):
            if end > at:
                return max(begin, at)
        return None

    def add(self, at: datetime, span: timedelta) -> datetime:
        """The instant at which *span* of opening time has passed since *at* (Monday 17:00 + 4 h at 8-18 is Tuesday 11:00).

        It may be an instant of closing. When the desk does not open for a year, the rest is counted by the clock alone:
        a due time must come.
        """
        if span <= timedelta(0):
            return at
        reached = at
        for begin, end in self._from(at):
            begin = max(begin, at)
            if end <= begin:
                continue
            if end - begin >= span:
                return begin + span
            span -= end - begin
            reached = end
        return reached + span

    def subtract(self, at: datetime, span: timedelta) -> datetime:
        """The latest instant from which *span* of opening time passes until *at*: for reminders ahead of a due time."""
        if span <= timedelta(0):
            return at
        reached, day, idle = at, self._local_day(at), 0
        while not self._never and idle <= _HORIZON and day > date.min:
            idle += 1
            for begin, end in reversed(self._openings(day)):
                end = min(end, at)
                if end <= begin:
                    continue
                if end - begin >= span:
                    return end - span
                span -= end - begin
                reached, idle = begin, 0
            day -= _DAY
        return reached - span

    def between(self, begin: datetime, end: datetime) -> timedelta:
        """Opening time from *begin* to *end*; none when *end* is the earlier one."""
        total, day, last = timedelta(0), self._local_day(begin), self._local_day(end)
        while day <= last:
            for opens, closes in self._openings(day):
                total += max(timedelta(0), min(closes, end) - max(opens, begin))
            day += _DAY
        return total

    def is_working_day(self, day: date) -> bool:
        """Whether *day* is a working day by law: Monday to Friday without public holidays, and make-up days."""
        return day in self._makeup or (day.weekday() < 5 and day not in self._holidays)

    def add_working_days(self, day: date, days: int) -> date:
        """The last day of a term of *days* working days that begins the day after *day*."""
        while days > 0:
            day += _DAY
            days -= self.is_working_day(day)
        return day

    def subtract_working_days(self, day: date, days: int) -> date:
        """The working day that lies *days* working days before *day*: for warnings ahead of a term's end."""
        while days > 0:
            day -= _DAY
            days -= self.is_working_day(day)
        return day

    def day_begins(self, day: date) -> datetime:
        """The first instant of *day* in the store's zone."""
        return self._instant(datetime.combine(day, time()))

    def shift_of(self, at: datetime) -> tuple[date, int]:
        """Day and number (from 1) of the shift that *at* falls in; hours before the first opening belong to the day before.

        A day without hours of its own begins at four in the morning.
        """
        day = self._local_day(at)
        if at < self._instant(datetime.combine(day, self._first_opening(day))):
            day -= _DAY
        begins = self._first_opening(day)
        changes = [datetime.combine(day if change > begins else day + _DAY, change) for change in self._changes]
        return day, 1 + sum(self._instant(change) <= at for change in changes)

    # -- inside

    def _local_day(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()

    def _spans(self, day: date) -> list[tuple[timedelta, timedelta]]:
        """The spans that begin on *day*, as distances of the wall clock from its midnight."""
        if day in self._special:
            return self._special[day]
        return [] if day in self._closed else self._week[day.weekday()]

    def _first_opening(self, day: date) -> time:
        spans = self._spans(day)
        return _clock_time(min(begin for begin, _end in spans)) if spans else _NIGHT_END

    def _openings(self, day: date) -> list[Opening]:
        """What the desk is open within *day*, in order and apart; a span past midnight is split between its two days."""
        known = self._days.get(day)
        if known is None:
            if len(self._days) >= _KEPT:
                self._days = {}
            known = self._days[day] = self._reckoned(day)
        return known

    def _reckoned(self, day: date) -> list[Opening]:
        first, last = self.day_begins(day), self.day_begins(day + _DAY)
        found: list[Opening] = []
        for start in (day - _DAY, day):
            midnight = datetime.combine(start, time())
            for begin, end in self._spans(start):
                found.append((max(first, self._instant(midnight + begin)), min(last, self._instant(midnight + end))))
        merged: list[Opening] = []
        for opens, closes in sorted(opening for opening in found if opening[0] < opening[1]):
            if merged and opens <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], closes))
            else:
                merged.append((opens, closes))
        return merged

    def _from(self, at: datetime) -> Iterator[Opening]:
        """The openings of the day of *at* and of the days after it, until there is none for a year."""
        day, idle = self._local_day(at), 0
        while not self._never and idle <= _HORIZON and day < date.max - 2 * _DAY:
            openings = self._openings(day)
            yield from openings
            idle = 0 if openings else idle + 1
            day += _DAY

    def _instant(self, wall: datetime) -> datetime:
        """The first instant at which the store's clock shows *wall*, or jumps past it."""
        at = wall.replace(tzinfo=self._zone).astimezone(UTC)
        if at.astimezone(self._zone).replace(tzinfo=None) == wall:
            return at
        # The clock never shows it: find the instant of the jump between the readings by the two offsets.
        before, after = wall.replace(tzinfo=self._zone, fold=1).astimezone(UTC), at
        old = before.astimezone(self._zone).utcoffset()
        while after - before > timedelta(seconds=1):
            middle = before + (after - before) // 2
            if middle.astimezone(self._zone).utcoffset() == old:
                before = middle
            else:
                after = middle
        return after.replace(microsecond=0)


def _clock_time(after_midnight: timedelta) -> time:
    minutes = after_midnight // timedelta(minutes=1)
    return time(minutes // 60, minutes % 60)


def _parsed(span: str) -> tuple[timedelta, timedelta]:
    """ "18:00-02:00" as the wall clock's distances from midnight; an end at or before the begin is the next day's."""
    begin, end = (timedelta(hours=int(text[:2]), minutes=int(text[3:])) for text in span.split("-"))
    return begin, end if end > begin else end + _DAY
