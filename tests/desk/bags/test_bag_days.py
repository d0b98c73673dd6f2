"""Trading days in the store's zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from kiosk.config import Bags, Store
from kiosk.desk.bags.days import TradingDays, seconds_between

SHANGHAI = ZoneInfo("Asia/Shanghai")
instants = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is given beside


def days(closing_time: str = "22:00", timezone: str = "Asia/Shanghai") -> TradingDays:
    return TradingDays(Store(timezone=timezone), Bags(closing_time=closing_time))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=SHANGHAI)


def test_the_day_is_the_stores_not_utcs() -> None:
    assert days().day_of(datetime(2026, 3, 9, 23, 0, tzinfo=UTC)) == date(2026, 3, 10)


def test_the_night_belongs_to_the_evening_before() -> None:
    assert days().day_of(at(11, 0, 30)) == date(2026, 3, 10)
    assert days().day_of(at(11, 4)) == date(2026, 3, 11)


def test_bags_are_due_at_the_next_closing() -> None:
    assert days().due_on(at(10, 21, 59)) == date(2026, 3, 10)
    assert days().due_on(at(10, 22, 1)) == date(2026, 3, 11)


def test_a_store_may_close_after_midnight() -> None:
    late = days("02:00")

    assert late.closing(date(2026, 3, 10)) == at(11, 2)
    assert late.day_of(at(11, 1, 59)) == date(2026, 3, 10)
    assert late.due_on(at(11, 1, 59)) == date(2026, 3, 10)
    assert late.due_on(at(11, 2, 1)) == date(2026, 3, 11)


def test_the_fee_counts_the_days_after_the_first_closing() -> None:
    due = date(2026, 3, 10)

    assert days().overdue_fee_fen(due, at(10, 23)) == 0
    assert days().overdue_fee_fen(due, at(11, 9)) == 500
    assert days().overdue_fee_fen(due, at(13, 9)) == 1500
    assert days().ownerless_on(due) == date(2026, 3, 13)


def test_a_clock_set_back_makes_nothing_negative() -> None:
    assert days().overdue_days(date(2026, 3, 10), at(1, 9)) == 0
    assert seconds_between(at(10, 9), at(10, 8)) == 0


@given(
    instants, st.sampled_from(["22:00", "18:30", "00:00", "02:00", "05:30", "23:59"]), st.sampled_from(["Asia/Shanghai", "Europe/Berlin"])
)
def test_nothing_is_ever_due_before_it_was_taken_in(instant: datetime, closing_time: str, timezone: str) -> None:
    store = days(closing_time, timezone)
    due = store.due_on(instant)

    assert store.closing(due) >= instant
    assert store.closing(due) - instant <= timedelta(hours=34)  # a day, the night, and an hour that summer time may add
    assert store.overdue_days(due, instant) == 0
