"""Ratings at the counters: asked for by a colleague, bound to them, and hidden from them until there are enough."""

from datetime import date
from pathlib import Path

import pytest

from kiosk.db import Database, table_of
from kiosk.desk.actors import Role
from kiosk.desk.feedback import models
from kiosk.desk.feedback.errors import NothingToAsk, UnknownCounter, UnknownPress, WrongFeedback
from kiosk.errors import Denied
from kiosk.events import EventBus
from tests.desk.feedback.feedback_world import CHEN, LIU, WANG, ZHAO, FeedbackWorld, person
from tests.fakes.clock import FakeClock


@pytest.fixture
def counters(sqlite_database: Database, clock: FakeClock, bus: EventBus, tmp_path: Path) -> FeedbackWorld:
    """A store in which three ratings are enough."""
    return FeedbackWorld(sqlite_database, clock, bus, tmp_path, hidden_below=3)


@pytest.fixture
def both_counters(database: Database, clock: FakeClock, bus: EventBus, tmp_path: Path) -> FeedbackWorld:
    """The same on each kind of database."""
    return FeedbackWorld(database, clock, bus, tmp_path, hidden_below=3)


def test_a_customer_is_asked_at_their_counter(world: FeedbackWorld) -> None:
    request = world.write(lambda session: world.feedback.ask_rating(session, WANG, "desk-a"))
    assert (request.counter, request.survey, request.version, request.answered) == ("desk-a", "service", 1, False)
    assert (request.expires_at - request.asked_at).total_seconds() == 60
    [told] = world.told("rating.requested")
    assert told == {
        "id": request.id,
        "counter": "desk-a",
        "survey": "service",
        "version": 1,
        "expires_at": request.expires_at.isoformat(),
    }
    assert world.read(lambda session: world.feedback.open_request(session, "desk-a")) == request
    assert world.read(lambda session: world.feedback.open_request(session, "desk-b")) is None


def test_a_rating_is_bound_to_who_asked_and_to_the_shift(world: FeedbackWorld) -> None:
    recorded = world.rate(WANG, 5)
    assert recorded.counted
    assert world.get(recorded.id).counter == "desk-a"
    table = table_of(models.RatingRequest)
    [row] = world.read(lambda session: session.execute(table.select()).all())
    assert (row.asked_by, row.shift_day, row.shift, row.press_id) == ("user:1", date(2026, 3, 10), 1, recorded.id)
    assert world.read(lambda session: world.feedback.open_request(session, "desk-a")) is None


def test_asking_again_ends_what_was_asked_before(kiosk: FeedbackWorld) -> None:
    first = kiosk.write(lambda session: kiosk.feedback.ask_rating(session, WANG, "desk-a"))
    kiosk.clock.advance(5)
    second = kiosk.write(lambda session: kiosk.feedback.ask_rating(session, LIU, "desk-a"))
    late = kiosk.press(1, survey="service", rating_request=first.id, after_s=5)
    assert kiosk.flags(late.id) == ["request"]
    assert kiosk.press(5, survey="service", rating_request=second.id, after_s=5).counted


def test_a_request_is_answered_once_and_what_comes_later_is_kept_and_flagged(world: FeedbackWorld) -> None:
    request = world.write(lambda session: world.feedback.ask_rating(session, WANG, "desk-a"))
    first = world.press(5, survey="service", rating_request=request.id, after_s=1)
    second = world.press(1, survey="service", rating_request=request.id, after_s=1)
    assert (first.counted, second.counted) == (True, False)
    assert world.flags(second.id) == ["request"]
    assert world.read(lambda session: world.feedback.own_ratings(session, WANG)).received == 1


def test_an_answer_after_the_screen_stopped_asking_is_kept_and_flagged(kiosk: FeedbackWorld) -> None:
    request = kiosk.write(lambda session: kiosk.feedback.ask_rating(session, WANG, "desk-a"))
    in_time = kiosk.clock.now()
    assert kiosk.flags(kiosk.press(1, survey="service", rating_request=request.id, after_s=61).id) == ["request"]
    assert kiosk.press(1, survey="service", rating_request=request.id, pressed_at=in_time, after_s=61).counted, "queued in time"


def test_ratings_at_a_counter_need_no_interval_and_disturb_no_kiosk(kiosk: FeedbackWorld) -> None:
    kiosk.press()
    request = kiosk.write(lambda session: kiosk.feedback.ask_rating(session, WANG, "desk-a"))
    assert kiosk.press(5, survey="service", rating_request=request.id, after_s=1).counted
    assert kiosk.press(5, after_s=4).counted


def test_nobody_rates_what_nobody_asked(kiosk: FeedbackWorld) -> None:
    for request in (1, 0, -1, 2**70):
        with pytest.raises(WrongFeedback) as refused:
            kiosk.press(5, survey="service", rating_request=request)
        assert refused.value.fields[0].field == "rating_request"


def test_only_counters_of_the_store_ask_and_only_people_who_may(kiosk: FeedbackWorld) -> None:
    with pytest.raises(UnknownCounter):
        kiosk.write(lambda session: kiosk.feedback.ask_rating(session, WANG, "desk-z"))
    with pytest.raises(Denied):
        kiosk.write(lambda session: kiosk.feedback.ask_rating(session, person(9, "Bao", Role.BAG_CHECK), "desk-a"))
    kiosk.write(lambda session: kiosk.surveys.end(session, ZHAO, "service"))
    with pytest.raises(NothingToAsk):
        kiosk.write(lambda session: kiosk.feedback.ask_rating(session, WANG, "desk-a"))


# -- what the person rated may know


def own(kiosk: FeedbackWorld, who: object = WANG):  # type: ignore[no-untyped-def]
    return kiosk.read(lambda session: kiosk.feedback.own_ratings(session, who))  # type: ignore[arg-type]


def test_own_ratings_have_no_figures_until_enough_are_in(counters: FeedbackWorld) -> None:
    for rating in (5, 1):
        counters.rate(WANG, rating)
    hidden = own(counters)
    assert (hidden.received, hidden.needed) == (2, 3)
    assert hidden.index is hidden.negative_share is hidden.by_rating is hidden.over is None
    counters.rate(WANG, 3)
    shown = own(counters)
    assert (shown.over, shown.index, shown.negative_share) == (3, 50.0, 0.3333)


def test_a_single_new_rating_does_not_show_in_the_figures(counters: FeedbackWorld) -> None:
    for rating in (5, 5, 5):
        counters.rate(WANG, rating)
    before = own(counters)
    counters.rate(WANG, 1)
    after = own(counters)
    assert (after.received, after.over, after.index) == (4, 3, before.index)
    for rating in (1, 1):
        counters.rate(WANG, rating)
    assert own(counters).index == 50.0


def test_ratings_of_a_colleague_are_not_ones_own(counters: FeedbackWorld) -> None:
    for rating in (5, 5, 5):
        counters.rate(LIU, rating)
    assert own(counters).received == 0


def test_a_flagged_rating_is_not_among_those_that_are_in(counters: FeedbackWorld) -> None:
    presses = [counters.rate(WANG, 5) for _ in range(3)]
    counters.flag(presses[0].id)
    assert (own(counters).received, own(counters).index) == (2, None)


def test_a_supervisor_does_not_see_the_first_ratings_of_themselves(counters: FeedbackWorld) -> None:
    other = counters.rate(WANG, 1)
    mine = counters.rate(CHEN, 2)
    assert [press.id for press in counters.presses(viewer=CHEN)] == [other.id]
    assert [press.id for press in counters.presses(viewer=ZHAO)] == [mine.id, other.id]
    with pytest.raises(UnknownPress):
        counters.get(mine.id, viewer=CHEN)
    assert counters.totals(viewer=CHEN).raw == 1
    assert counters.totals(viewer=ZHAO).raw == 2
    assert [row.raw for row in counters.report("day", viewer=CHEN).rows] == [1]
    assert [row.negative_share for row in counters.report("hour", viewer=CHEN).rows] == [1.0]
    for rating in (4, 4):
        counters.rate(CHEN, rating)
    assert counters.totals(viewer=CHEN).raw == 4
    assert len(counters.presses(viewer=CHEN)) == 4


def test_later_ratings_show_in_whole_steps_everywhere(both_counters: FeedbackWorld) -> None:
    counters = both_counters
    ids = [counters.rate(CHEN, rating).id for rating in (5, 5, 5, 1, 1)]
    assert [press.id for press in counters.presses(viewer=CHEN)] == ids[2::-1]
    for by in ("day", "hour", "station"):
        assert [row.raw for row in counters.report(by, viewer=CHEN).rows] == [3], by
    assert counters.totals(viewer=CHEN).index == 100.0
    assert counters.totals(viewer=ZHAO).raw == 5
    counters.rate(CHEN, 1)
    assert counters.totals(viewer=CHEN).raw == 6


def test_a_rating_that_does_not_count_is_hidden_from_the_person_rated_as_well(both_counters: FeedbackWorld) -> None:
    counters = both_counters
    request = counters.write(lambda session: counters.feedback.ask_rating(session, CHEN, "desk-a"))
    late = counters.press(1, survey="service", rating_request=request.id, after_s=61)
    assert counters.flags(late.id) == ["request"]
    with pytest.raises(UnknownPress):
        counters.get(late.id, viewer=CHEN)
    assert counters.presses(viewer=CHEN) == []
    assert counters.totals(viewer=CHEN).raw == 0
    for rating in (4, 4, 4):
        counters.rate(CHEN, rating)
    assert counters.totals(viewer=CHEN).raw == 4


def test_nobody_judges_a_rating_that_is_hidden_from_them(counters: FeedbackWorld) -> None:
    mine = counters.rate(ZHAO, 1)
    with pytest.raises(UnknownPress):
        counters.flag(mine.id)
    request = counters.write(lambda session: counters.feedback.ask_rating(session, ZHAO, "desk-a"))
    late = counters.press(1, survey="service", rating_request=request.id, after_s=61)
    with pytest.raises(UnknownPress):
        counters.lift(counters.get(late.id).flags[0].id)
    assert counters.get(mine.id).counted
    assert not counters.get(late.id).counted


def test_an_answer_to_another_survey_than_was_asked_is_kept_and_flagged(kiosk: FeedbackWorld) -> None:
    request = kiosk.write(lambda session: kiosk.feedback.ask_rating(session, WANG, "desk-a"))
    assert kiosk.flags(kiosk.press(5, rating_request=request.id, after_s=1).id) == ["request"]
    assert kiosk.press(5, survey="service", rating_request=request.id, after_s=1).counted


def test_events_of_a_rating_do_not_say_which(counters: FeedbackWorld) -> None:
    counters.rate(WANG, 1)
    assert counters.told("feedback.recorded")[-1]["rating"] is None
