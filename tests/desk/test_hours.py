"""The opening-hours clock, against a person who watches the wall clock minute by minute for a year."""

from array import array
from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import accumulate
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.config_service import Hours
from kiosk.desk.hours import BusinessHours

SHANGHAI = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)
WALL = datetime.fromisoformat("2025-01-01")  # what a wall clock shows has no zone
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Zones whose clocks change at two in the morning, at midnight (the day begins at one), and by half an hour.
ZONES = ("Asia/Shanghai", "Europe/Berlin", "Asia/Beirut", "Australia/Lord_Howe", "America/Havana")


def hours(zone: ZoneInfo = SHANGHAI, **given: object) -> BusinessHours:
    """Monday to Friday 8 to 18, unless said otherwise."""
    week: dict[str, object] = {day: ["08:00-18:00"] if day not in ("sat", "sun") else [] for day in DAYS}
    return BusinessHours(msgspec.convert({**week, **given}, Hours), zone)


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@cache
def shown(zone: ZoneInfo, begin: datetime, minutes: int) -> "array[int]":
    """For each minute from *begin* on the latest that the wall clock has shown so far, in minutes from `WALL`.

    What was shown once counts as reached, even when the clock is set back.
    """
    walls = ((begin + number * MINUTE).astimezone(zone).replace(tzinfo=None) for number in range(minutes))
    return array("l", accumulate(((wall - WALL) // MINUTE for wall in walls), max))


class Watcher:
    """Stands at the desk from *first* on for *days*, looks at the wall clock every minute, opens and closes by it.

    A span is opened when the clock first shows its begin or a later time, closed likewise, and never opened again: what
    this knows of zones is only what the clock on the wall shows.
    """

    def __init__(self, config: Hours, zone: ZoneInfo, first: date, days: int) -> None:
        self.begin = datetime.combine(first, time(), UTC) - timedelta(days=2)
        minutes = (days + 4) * 24 * 60
        openings, closings = [0] * (minutes + 1), [0] * (minutes + 1)
        waiting: list[tuple[datetime, datetime]] = []
        for number in range(-3, days + 4):
            day = first + timedelta(days=number)
            iso = day.isoformat()
            spans = config.special.get(iso, [] if iso in config.closed else config.week[day.weekday()])
            for span in spans:
                begin, _, end = span.partition("-")
                opens = datetime.combine(day, time.fromisoformat(begin))
                midnight = datetime.combine(day + timedelta(days=1), time())
                closes = midnight if end == "24:00" else datetime.combine(day, time.fromisoformat(end))
                waiting.append((opens, closes if closes > opens else closes + timedelta(days=1)))
        reached = shown(zone, self.begin, minutes)
        for opens, closes in waiting:
            openings[bisect_left(reached, (opens - WALL) // MINUTE)] += 1
            closings[bisect_left(reached, (closes - WALL) // MINUTE)] += 1
        self.open = []
        depth = 0
        for number in range(minutes):
            depth += openings[number] - closings[number]
            self.open.append(depth > 0)
        self.worked = [0, *accumulate(self.open)]  # open minutes before each minute
        self.open_minutes = [number for number in range(minutes) if self.open[number]]

    def index(self, instant: datetime) -> int:
        return (instant - self.begin) // MINUTE

    def instant(self, index: int) -> datetime:
        return self.begin + index * MINUTE

    def add(self, instant: datetime, minutes: int) -> datetime:
        """Count open minutes on the fingers."""
        done = self.worked[self.index(instant)]
        return self.instant(self.open_minutes[done + minutes - 1] + 1)

    def subtract(self, instant: datetime, minutes: int) -> datetime:
        done = self.worked[self.index(instant)]
        return self.instant(self.open_minutes[done - minutes])

    def next_open(self, instant: datetime) -> datetime:
        return self.instant(self.open_minutes[bisect_left(self.open_minutes, self.index(instant))])


clock_times = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.sampled_from([0, 10, 30, 45]))
spans = st.tuples(clock_times, clock_times | st.just("24:00")).filter(lambda ends: ends[0] != ends[1]).map("-".join)
days_of_2026 = st.dates(date(2026, 1, 1), date(2026, 12, 31)).map(date.isoformat)
configs = st.builds(
    Hours,
    **{day: st.lists(spans, max_size=3) for day in DAYS[1:]},
    mon=st.lists(spans, min_size=1, max_size=3),
    closed=st.lists(days_of_2026, max_size=8),
    special=st.dictionaries(days_of_2026, st.lists(spans, max_size=2), max_size=8),
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(config=configs, zone=st.sampled_from(ZONES), data=st.data())
def test_the_clock_agrees_with_a_watcher_at_every_minute_of_a_year(config: Hours, zone: str, data: st.DataObject) -> None:
    clock = BusinessHours(config, ZoneInfo(zone))
    watcher = Watcher(config, ZoneInfo(zone), date(2026, 1, 1), 420)
    year = range(watcher.index(datetime(2026, 1, 3, tzinfo=UTC)), watcher.index(datetime(2027, 1, 1, tzinfo=UTC)))

    total = watcher.worked[year.stop] - watcher.worked[year.start]
    assert clock.between(watcher.instant(year.start), watcher.instant(year.stop)) == total * MINUTE
    # Every change between open and closed, and the minutes around it.
    changes = [number for number in year if watcher.open[number] != watcher.open[number - 1]]
    for number in changes:
        assert clock.is_open(watcher.instant(number)) is watcher.open[number]
        assert clock.is_open(watcher.instant(number) - timedelta(microseconds=1)) is watcher.open[number - 1]
    for _ in range(30):
        instant = watcher.instant(data.draw(st.integers(year.start, year.stop - 1)))
        assert clock.is_open(instant) is watcher.open[watcher.index(instant)]
        if watcher.open_minutes[-1] >= watcher.index(instant):
            assert clock.next_open(instant) == watcher.next_open(instant)
        left = len(watcher.open_minutes) - watcher.worked[watcher.index(instant)]
        minutes = data.draw(st.integers(1, 3000))
        if minutes <= left:
            due = clock.add(instant, minutes * MINUTE)
            assert due == watcher.add(instant, minutes)
            assert clock.between(instant, due) == minutes * MINUTE
        if minutes <= watcher.worked[watcher.index(instant)]:
            assert clock.subtract(instant, minutes * MINUTE) == watcher.subtract(instant, minutes)


@settings(max_examples=60, deadline=None)
@given(
    config=configs,
    minute=st.integers(0, 334 * 24 * 60),
    seconds=st.lists(st.integers(0, 400_000), min_size=2, max_size=2),
)
def test_more_time_is_never_due_earlier_and_parts_add_up(config: Hours, minute: int, seconds: list[int]) -> None:
    clock, begin = BusinessHours(config, SHANGHAI), datetime(2026, 1, 1, tzinfo=UTC) + minute * MINUTE
    one, two = (timedelta(seconds=count) for count in seconds)
    assert begin <= clock.add(begin, one) <= clock.add(begin, one + two)
    assert clock.add(clock.add(begin, one), two) == clock.add(begin, one + two)


def test_monday_at_five_plus_four_hours_is_tuesday_at_eleven() -> None:
    assert hours().add(at("2026-11-23 17:00"), timedelta(hours=4)) == at("2026-11-24 11:00")


def test_friday_evening_goes_on_after_the_weekend_and_the_holidays() -> None:
    assert hours().add(at("2026-04-30 17:30"), timedelta(hours=1)) == at("2026-05-01 08:30")
    closed = hours(closed=["2026-05-01"], special={"2026-05-02": ["10:00-10:15"]})
    assert closed.add(at("2026-04-30 17:30"), timedelta(hours=1)) == at("2026-05-04 08:15")


def test_a_span_that_just_fits_ends_with_closing_and_not_with_the_next_opening() -> None:
    assert hours().add(at("2026-11-23 08:00"), timedelta(hours=10)) == at("2026-11-23 18:00")
    assert hours().add(at("2026-11-23 20:00"), timedelta(0)) == at("2026-11-23 20:00")


def test_hours_past_midnight_belong_to_both_days_and_to_the_shift_of_the_first() -> None:
    night = hours(fri=["18:00-02:00"], shift_changes=["22:00", "01:00"])
    assert night.is_open(at("2026-11-28 01:59"))
    assert not night.is_open(at("2026-11-28 02:00"))
    assert night.add(at("2026-11-27 23:00"), timedelta(hours=4)) == at("2026-11-30 09:00")
    friday = date(2026, 11, 27)
    assert [night.shift_of(at(text)) for text in ("2026-11-27 18:00", "2026-11-27 22:00", "2026-11-28 01:30")] == [
        (friday, 1),
        (friday, 2),
        (friday, 3),
    ]
    assert night.shift_of(at("2026-11-27 17:59"))[0] == date(2026, 11, 26)


def test_a_day_without_hours_begins_at_four() -> None:
    assert hours().shift_of(at("2026-11-29 03:59")) == (date(2026, 11, 28), 2)
    assert hours().shift_of(at("2026-11-29 04:00")) == (date(2026, 11, 29), 1)
    assert hours().shift_of(at("2026-11-29 15:00")) == (date(2026, 11, 29), 2)


@pytest.mark.parametrize(("day", "open_hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-26", 24)])
def test_a_day_on_which_clocks_change_has_the_hours_that_it_has(day: str, open_hours: int) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    always = hours(berlin, **{name: ["00:00-24:00"] for name in DAYS})
    begin = at(f"{day} 00:00", berlin)
    end = datetime.combine(date.fromisoformat(day) + timedelta(days=1), time(), berlin)
    assert always.between(begin, end) == timedelta(hours=open_hours)


def test_opening_at_a_time_that_the_clock_jumps_over_opens_with_the_jump() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    early = hours(berlin, sun=["02:30-04:00"])
    assert early.next_open(at("2026-03-29 00:00", berlin)) == at("2026-03-29 03:00", berlin)


def test_a_clock_that_is_set_back_does_not_open_the_desk_again() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    night = hours(berlin, sat=["20:00-02:30"])
    assert night.is_open(at("2026-10-25 02:29", berlin))
    assert not night.is_open(at("2026-10-25 02:15", berlin).replace(fold=1))


def test_a_desk_that_never_opens_still_has_due_times() -> None:
    never = hours(**{day: [] for day in DAYS})
    now = at("2026-11-23 17:00")
    assert never.next_open(now) is None
    assert never.add(now, timedelta(hours=4)) == now + timedelta(hours=4)
    assert never.subtract(now, timedelta(hours=4)) == now - timedelta(hours=4)
    assert never.between(now, now + timedelta(days=30)) == timedelta(0)


def test_working_days_follow_the_law_and_not_the_desk() -> None:
    # National Day 2026: the first week of October is free, two Saturdays are worked instead.
    law = hours(
        public_holidays=[f"2026-10-0{day}" for day in range(1, 8)],
        makeup_workdays=["2026-09-26", "2026-10-10"],
        closed=["2026-10-09"],
    )
    assert law.add_working_days(date(2026, 9, 24), 1) == date(2026, 9, 25)
    assert law.add_working_days(date(2026, 9, 25), 1) == date(2026, 9, 26)
    assert law.add_working_days(date(2026, 9, 30), 3) == date(2026, 10, 10)
    assert law.subtract_working_days(date(2026, 10, 12), 3) == date(2026, 10, 8)
    assert law.add_working_days(date(2026, 9, 30), 0) == date(2026, 9, 30)


@given(day=st.dates(date(2026, 1, 1), date(2026, 12, 31)), days=st.integers(1, 60), free=st.sets(days_of_2026, max_size=20))
@settings(max_examples=60, deadline=None)
def test_a_term_of_working_days_holds_that_many_and_ends_with_one(day: date, days: int, free: set[str]) -> None:
    law = hours(public_holidays=sorted(free))
    last = law.add_working_days(day, days)
    between = [day + timedelta(days=number) for number in range(1, (last - day).days + 1)]
    assert sum(map(law.is_working_day, between)) == days
    assert law.is_working_day(last)
