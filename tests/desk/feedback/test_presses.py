"""A press: once, durable, with whatever a shopper or a broken screen may send."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from kiosk.desk.feedback.errors import UnknownPress, WrongFeedback
from kiosk.desk.feedback.views import NewPress, PressSource, Reason, Scale
from tests.desk.feedback.feedback_world import ZHAO, FeedbackWorld, a_survey


def field_of(error: pytest.ExceptionInfo[WrongFeedback]) -> str:
    return error.value.fields[0].field


def test_a_press_is_kept_as_it_was_made(world: FeedbackWorld) -> None:
    recorded = world.press(2, reasons=("queue", "price"), comment="太慢了", language="zh")
    assert (recorded.survey, recorded.version, recorded.rating, recorded.counted) == ("satisfaction", 1, 2, True)
    seen = world.get(recorded.id)
    assert (seen.reasons, seen.comment, seen.station, seen.source, seen.steps) == (
        ["price", "queue"],
        "太慢了",
        "desk-1",
        PressSource.KIOSK,
        5,
    )
    assert seen.at == seen.pressed_at == seen.received_at == world.clock.now()


def test_everybody_is_told_of_a_press_but_not_of_its_words(kiosk: FeedbackWorld) -> None:
    recorded = kiosk.press(5, comment="Mrs Li was kind")
    assert kiosk.told("feedback.recorded") == [
        {"id": recorded.id, "survey": "satisfaction", "rating": 5, "station": "desk-1", "source": "kiosk", "counted": True}
    ]


def test_the_same_key_again_is_the_same_press_whatever_else_differs(world: FeedbackWorld) -> None:
    first = world.press(1, key="tab-one-0123456789")
    again = world.press(5, key="tab-one-0123456789", comment="from another tab", survey="nonsense")
    assert again == first
    assert [press.id for press in world.presses()] == [first.id]
    assert world.totals().raw == 1
    world.assert_counts_are_right()


def test_a_press_without_its_own_name_of_station_is_this_stations(kiosk: FeedbackWorld) -> None:
    kiosk.press()
    assert [row.key for row in kiosk.report("station").rows] == ["desk-1"]


@pytest.mark.parametrize("rating", [0, -1, 6, 2**70])
def test_a_rating_beyond_the_scale_is_refused_by_name(kiosk: FeedbackWorld, rating: int) -> None:
    with pytest.raises(WrongFeedback, match="from 1 to 5") as refused:
        kiosk.press(rating)
    assert field_of(refused) == "rating"
    assert kiosk.presses() == []


def test_the_best_rating_is_that_of_the_surveys_scale(kiosk: FeedbackWorld) -> None:
    kiosk.save(a_survey("numbers", scale=Scale.NUMBERS_10, reasons=[]))
    assert kiosk.press(10, survey="numbers").rating == 10


@pytest.mark.parametrize("name", ["", "nothing", "satisfaction@2", "satisfaction@0", "satisfaction@x", "'; DROP TABLE survey;", "x" * 9000])
def test_a_survey_that_never_was_is_refused_by_name(kiosk: FeedbackWorld, name: str) -> None:
    with pytest.raises(WrongFeedback) as refused:
        kiosk.press(survey=name)
    assert field_of(refused) == "survey"
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "with space 0123456", "0123456789abcde\n", "键" * 20])
def test_a_key_that_nobody_could_have_made_is_refused_by_name(kiosk: FeedbackWorld, key: str) -> None:
    kiosk.clock.advance(60)
    with pytest.raises(WrongFeedback) as refused:
        kiosk.write(lambda session: kiosk.feedback.press(session, NewPress(key, "satisfaction", 3, PressSource.KIOSK)))
    assert field_of(refused) == "key"


# -- comments


def test_a_comment_of_ten_thousand_characters_is_refused_with_its_length(kiosk: FeedbackWorld) -> None:
    with pytest.raises(WrongFeedback, match="10000 characters; at most 1000") as refused:
        kiosk.press(comment="长" * 10_000)
    assert field_of(refused) == "comment"
    assert len(str(refused.value.fields[0].value)) < 50


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("好👨‍👩‍👧‍👦👍🏽", "好👨‍👩‍👧‍👦👍🏽"),
        ("a\x00b\x1b[31mc\x7f", "ab[31mc"),
        ("مرحبا بالعالم", "مرحبا بالعالم"),
        ("gnp\u202eexe.\u2066x", "gnpexe.x"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("'; DROP TABLE feedback_press; --", "'; DROP TABLE feedback_press; --"),
        ("=1+2\n@x", "=1+2\n@x"),
        ("one\r\n\r\n\r\n\r\ntwo  \n", "one\n\ntwo"),
        ("\ud800x\ufeff", "x"),
        (" \t\n ", ""),
        ("e\u0301", "é"),
    ],
)
def test_comments_keep_what_can_be_shown(world: FeedbackWorld, written: str, kept: str) -> None:
    assert world.get(world.press(comment=written).id).comment == kept


# -- reasons


def test_a_reason_that_was_never_offered_is_refused_by_name(kiosk: FeedbackWorld) -> None:
    with pytest.raises(WrongFeedback) as refused:
        kiosk.press(reasons=("queue", "weather"))
    assert field_of(refused) == "reasons[1]"


def test_at_most_six_reasons_are_given(kiosk: FeedbackWorld) -> None:
    with pytest.raises(WrongFeedback, match="At most 6") as refused:
        kiosk.press(reasons=tuple(f"r{number}" for number in range(7)))
    assert field_of(refused) == "reasons"


def test_a_reason_given_twice_counts_once(world: FeedbackWorld) -> None:
    world.press(2, reasons=("queue", "queue"))
    assert [(row.key, row.raw) for row in world.report("reason").rows] == [("queue", 1)]
    world.assert_counts_are_right()


def test_old_presses_keep_a_reason_that_was_taken_out_of_the_survey(world: FeedbackWorld) -> None:
    world.save(a_survey())
    old = world.press(1, reasons=("queue",))
    world.save(a_survey(reasons=[Reason("lights", {"zh": "灯光", "en": "Lights"}, [1])]))
    assert world.get(old.id).reasons == ["queue"]
    [row] = world.report("reason").rows
    assert (row.key, row.label["en"]) == ("queue", "Queues")


def test_a_screen_that_still_shows_a_reason_taken_out_is_believed(kiosk: FeedbackWorld) -> None:
    kiosk.save(a_survey())
    kiosk.save(a_survey(reasons=[]))
    assert kiosk.get(kiosk.press(1, survey="satisfaction@2", reasons=("price",)).id).version == 2
    assert kiosk.get(kiosk.press(1, reasons=("price",)).id).reasons == ["price"]


# -- versions and ended surveys


def test_a_press_belongs_to_the_version_that_its_screen_showed(kiosk: FeedbackWorld) -> None:
    kiosk.save(a_survey(question={"zh": "新", "en": "New"}))
    assert kiosk.press(survey="satisfaction").version == 2
    assert kiosk.press(survey="satisfaction@1").version == 1


def test_a_press_for_an_ended_survey_is_kept_and_flagged(world: FeedbackWorld) -> None:
    world.write(lambda session: world.surveys.end(session, ZHAO, "satisfaction"))
    recorded = world.press(1)
    assert not recorded.counted
    assert world.flags(recorded.id) == ["ended"]
    assert (world.totals().raw, world.totals().counted) == (1, 0)


def test_a_press_that_was_queued_before_its_survey_ended_counts(kiosk: FeedbackWorld) -> None:
    pressed_at = kiosk.clock.now()
    kiosk.clock.advance(60)
    kiosk.write(lambda session: kiosk.surveys.end(session, ZHAO, "satisfaction"))
    assert kiosk.press(pressed_at=pressed_at).counted


# -- clocks


def test_a_queued_press_counts_where_it_was_made(world: FeedbackWorld) -> None:
    yesterday = world.clock.now() - timedelta(days=1)
    recorded = world.press(pressed_at=yesterday)
    assert recorded.counted
    assert [row.key for row in world.report("day").rows] == ["2026-03-09"]
    assert world.get(recorded.id).received_at == world.clock.now()


@pytest.mark.parametrize("ahead_s", [121, 86_400, -49 * 3600, -20 * 365 * 86_400])
def test_a_press_of_a_wrong_clock_is_kept_flagged_and_counted_when_it_came(kiosk: FeedbackWorld, ahead_s: float) -> None:
    claimed = kiosk.clock.now() + timedelta(seconds=60 + ahead_s)
    recorded = kiosk.press(pressed_at=claimed)
    assert kiosk.flags(recorded.id) == ["clock"]
    seen = kiosk.get(recorded.id)
    assert (seen.pressed_at, seen.at) == (claimed, kiosk.clock.now())


def test_a_clock_that_is_a_little_ahead_is_believed_no_further_than_now(kiosk: FeedbackWorld) -> None:
    recorded = kiosk.press(pressed_at=kiosk.clock.now() + timedelta(seconds=150))
    assert recorded.counted
    assert kiosk.get(recorded.id).at == kiosk.clock.now()


def test_a_time_without_offset_is_refused_by_name(kiosk: FeedbackWorld) -> None:
    with pytest.raises(WrongFeedback) as refused:
        kiosk.press(pressed_at=datetime(2026, 3, 10, 14))  # noqa: DTZ001
    assert field_of(refused) == "pressed_at"


@pytest.mark.parametrize("edge", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)])
def test_a_time_at_the_edge_of_the_calendar_is_no_fault(kiosk: FeedbackWorld, edge: datetime) -> None:
    recorded = kiosk.press(pressed_at=edge)
    assert kiosk.flags(recorded.id) == ["clock"]
    with pytest.raises(WrongFeedback):
        kiosk.press(pressed_at=edge.replace(tzinfo=timezone(timedelta(hours=14 if edge.year == 1 else -12))))


def test_a_language_that_no_screen_has_is_refused_by_name(kiosk: FeedbackWorld) -> None:
    with pytest.raises(WrongFeedback) as refused:
        kiosk.press(language="tlh")
    assert field_of(refused) == "language"


@pytest.mark.parametrize("press_id", [0, -1, 99, 2**63, 2**80])
def test_there_is_no_press_of_an_unknown_number(world: FeedbackWorld, press_id: int) -> None:
    with pytest.raises(UnknownPress):
        world.get(press_id)
