"""Numbers: raw and counted side by side, exact for every span, by day, hour, reason and station."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from kiosk.db import Database
from kiosk.desk.feedback.errors import WrongFeedback
from kiosk.desk.feedback.scales import index, negative_share
from kiosk.desk.feedback.views import Scale
from kiosk.events import EventBus
from tests.desk.feedback.feedback_world import FeedbackWorld, a_survey
from tests.fakes.clock import FakeClock

NAIVE = datetime(2026, 3, 1)  # noqa: DTZ001


def test_totals_tell_raw_and_counted(world: FeedbackWorld) -> None:
    for rating in (5, 4, 2, 1):
        world.press(rating)
    world.press(1, after_s=1)
    totals = world.totals()
    assert (totals.raw, totals.counted, totals.flagged) == (5, 4, 1)
    assert (totals.index, totals.negative_share) == (50.0, 0.5)
    assert [(each.rating, each.raw, each.counted) for each in totals.by_rating] == [(1, 2, 1), (2, 1, 1), (4, 1, 1), (5, 1, 1)]


def test_without_presses_there_is_no_index(world: FeedbackWorld) -> None:
    totals = world.totals()
    assert (totals.raw, totals.index, totals.negative_share, totals.by_rating) == (0, None, None, [])
    for by in ("day", "hour", "reason", "station"):
        assert world.report(cast(Any, by)).rows == []


def test_scales_of_other_lengths_are_compared_by_their_place(world: FeedbackWorld) -> None:
    world.save(a_survey("ten", scale=Scale.NUMBERS_10, reasons=[]))
    world.press(5)
    world.press(1, survey="ten")
    world.press(4, survey="ten")
    assert world.totals(survey="ten").negative_share == 1.0
    assert world.totals().index == pytest.approx(100 * (1 + 0 + 1 / 3) / 3, abs=0.01)
    assert [(each.steps, each.rating) for each in world.totals().by_rating] == [(5, 5), (10, 1), (10, 4)]


def test_the_index_runs_from_all_worst_to_all_best() -> None:
    assert index([(5, 1, 7)]) == 0
    assert index([(4, 4, 7)]) == 100
    assert index([]) is negative_share([]) is None
    assert negative_share([(4, 2, 1), (4, 3, 1), (10, 4, 1), (10, 5, 1)]) == 0.5


def test_days_and_hours_are_those_of_the_store(world: FeedbackWorld) -> None:
    world.press(5, after_s=0)  # 14:00 in Shanghai
    world.press(4, after_s=9 * 3600 + 59 * 60)  # 23:59
    world.press(1, after_s=120)  # 00:01 of the next day
    assert [(row.key, row.raw) for row in world.report("day").rows] == [("2026-03-10", 2), ("2026-03-11", 1)]
    assert [(row.key, row.raw) for row in world.report("hour").rows] == [("00", 1), ("14", 1), ("23", 1)]


def test_a_press_with_two_reasons_is_in_both_rows(world: FeedbackWorld) -> None:
    world.press(1, reasons=("queue", "price"))
    world.press(2, reasons=("queue",))
    world.press(3)
    rows = world.report("reason").rows
    assert [(row.key, row.raw, row.label["en"]) for row in rows] == [("queue", 2, "Long queues"), ("price", 1, "Prices")]
    assert rows[0].index == 12.5


def test_any_span_is_counted_to_the_instant(world: FeedbackWorld) -> None:
    """Presses each three hours for five days, and every span between them: the same as counting one by one."""
    start = world.clock.now()
    moments = []
    for number in range(40):
        world.press(1 + number % 5, after_s=3 * 3600, reasons=("queue",) if number % 3 else ())
        moments.append(world.clock.now())
    edges = [start, *moments[::6], moments[7] + timedelta(microseconds=1), datetime(2026, 3, 11, 16, tzinfo=UTC)]
    for since in edges:
        for until in edges:
            inside = [number for number, at in enumerate(moments) if since <= at < until]
            assert world.totals(since, until).raw == len(inside)
            assert sum(row.raw for row in world.report("hour", since, until).rows) == len(inside)
            assert sum(row.raw for row in world.report("day", since, until).rows) == len(inside)
            reasons = sum(row.raw for row in world.report("reason", since, until).rows)
            assert reasons == sum(number % 3 > 0 for number in inside)


@pytest.mark.parametrize("begin", [datetime(2026, 3, 28, 20, tzinfo=UTC), datetime(2026, 10, 24, 20, tzinfo=UTC)])
def test_days_on_which_clocks_change_are_whole(sqlite_database: Database, bus: EventBus, tmp_path: Path, begin: datetime) -> None:
    """A day of 23 hours, and one of 25: a press each half hour is in its day and hour, and in any span, once."""
    clock = FakeClock(begin)
    berlin = FeedbackWorld(sqlite_database, clock, bus, tmp_path, zone="Europe/Berlin")
    moments = []
    for number in range(70):
        berlin.press(1 + number % 5, after_s=1800)
        moments.append(clock.now())
    zone = ZoneInfo("Europe/Berlin")
    days = Counter(str(at.astimezone(zone).date()) for at in moments)
    assert {row.key: row.raw for row in berlin.report("day").rows} == days
    assert {row.key: row.raw for row in berlin.report("hour").rows} == Counter(f"{at.astimezone(zone):%H}" for at in moments)
    for since in (moments[0], moments[9], moments[30].astimezone(zone)):
        for until in (moments[12], moments[60].astimezone(zone)):
            assert berlin.totals(since, until).raw == sum(since <= at < until for at in moments)
    berlin.assert_counts_are_right()


def test_reports_are_of_one_survey_or_station(world: FeedbackWorld) -> None:
    world.save(a_survey("other"))
    world.press(5)
    world.press(1, survey="other")
    assert [row.index for row in world.report("day", survey="other").rows] == [0.0]
    assert world.totals(station="desk-1").raw == 2
    assert world.totals(station="desk-9").raw == 0
    assert [row.key for row in world.report("station").rows] == ["desk-1"]


def test_a_span_to_the_ends_of_the_calendar_is_all_of_it(world: FeedbackWorld) -> None:
    world.press()
    first, last = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    assert world.totals(first, last).raw == 1
    assert world.totals(last, first).raw == 0


def test_what_cannot_be_asked_is_refused_by_name(kiosk: FeedbackWorld) -> None:
    now = kiosk.clock.now()
    for ask in (
        lambda: kiosk.totals(NAIVE, now),
        lambda: kiosk.presses(since=NAIVE),
        lambda: kiosk.report(cast(Any, "colour")),
        lambda: kiosk.presses(before_id=99),
    ):
        with pytest.raises(WrongFeedback):
            ask()


# -- lists


def test_presses_are_listed_newest_first_page_by_page(world: FeedbackWorld) -> None:
    ids = [world.press().id for _ in range(5)]
    late = world.press(pressed_at=world.clock.now() - timedelta(minutes=2, seconds=30), after_s=0).id
    first = world.presses(limit=3)
    second = world.presses(limit=3, before_id=first[-1].id)
    assert [press.id for press in (*first, *second)] == [ids[4], ids[3], ids[2], late, ids[1], ids[0]]
    span = {"since": world.clock.now() - timedelta(days=1), "until": world.clock.now() + timedelta(days=1)}
    assert [press.id for press in world.read(lambda session: list(world.feedback.each_press(session, **span)))] == [
        press.id for press in world.presses()
    ]


def test_presses_are_found_by_every_condition(world: FeedbackWorld) -> None:
    plain, said = world.press(4), world.press(1, comment="slow")
    flagged = world.press(1, after_s=1)
    assert [press.id for press in world.presses(flagged=True)] == [flagged.id]
    assert [press.id for press in world.presses(flagged=False)] == [said.id, plain.id]
    assert [press.id for press in world.presses(with_comment=True)] == [said.id]
    assert [press.id for press in world.presses(with_comment=False)] == [flagged.id, plain.id]
    assert [press.id for press in world.presses(rating=1, flagged=False)] == [said.id]
    assert world.presses(station="desk-9") == []
    assert [press.id for press in world.presses(until=world.clock.now())] == [said.id, plain.id]
