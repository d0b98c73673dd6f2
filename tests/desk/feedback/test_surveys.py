"""Surveys: saved as versions, checked so that a screen can ask them, asked at their hours and places."""

from typing import Any

import msgspec
import pytest

from kiosk.desk.feedback.errors import SurveyEnded, UnknownSurvey, WrongSurvey
from kiosk.desk.feedback.views import Reason, Scale
from kiosk.errors import Denied
from tests.desk.feedback.feedback_world import CHEN, ZHAO, FeedbackWorld, a_survey


def current(kiosk: FeedbackWorld, *, station: str = "desk-1", counter: bool = False) -> str | None:
    found = kiosk.read(lambda session: kiosk.surveys.current(session, station=station, counter=counter))
    return None if found is None else f"{found.survey.slug}@{found.version}"


def test_a_new_store_asks_at_once(world: FeedbackWorld) -> None:
    assert current(world) == "satisfaction@1"
    assert current(world, counter=True) == "service@1"
    world.write(world.feedback.ensure_defaults)
    assert [version.version for version in world.read(world.surveys.list)] == [1, 1]


def test_every_saved_change_is_a_version_and_the_newest_is_asked(world: FeedbackWorld) -> None:
    saved = world.save(a_survey(question={"zh": "新问题", "en": "New"}))
    assert (saved.version, saved.live, saved.saved_by) == (2, True, "Zhao")
    assert current(world) == "satisfaction@2"
    newest, first = world.read(lambda session: world.surveys.versions(session, "satisfaction"))
    assert (newest.version, first.version, first.live) == (2, 1, False)
    assert first.survey.question["en"] == "How was your visit today?"
    assert world.told("survey.changed")[-1] == {"slug": "satisfaction", "version": 2}


def test_saving_what_is_asked_already_makes_no_version(kiosk: FeedbackWorld) -> None:
    assert kiosk.save(a_survey()).version == kiosk.save(a_survey()).version == 2


def test_an_ended_survey_is_asked_no_more_until_it_is_saved_again(kiosk: FeedbackWorld) -> None:
    survey = kiosk.read(lambda session: kiosk.surveys.version(session, "satisfaction")).survey
    ended = kiosk.write(lambda session: kiosk.surveys.end(session, ZHAO, "satisfaction"))
    assert (ended.live, ended.ended) == (False, True)
    assert current(kiosk) is None
    with pytest.raises(SurveyEnded):
        kiosk.write(lambda session: kiosk.surveys.end(session, ZHAO, "satisfaction"))
    assert kiosk.save(survey).version == 2
    assert current(kiosk) == "satisfaction@2"


def test_unknown_surveys_are_said_to_be_unknown(kiosk: FeedbackWorld) -> None:
    for look in (
        lambda session: kiosk.surveys.version(session, "nothing"),
        lambda session: kiosk.surveys.version(session, "satisfaction", 9),
        lambda session: kiosk.surveys.versions(session, "nothing"),
        lambda session: kiosk.surveys.end(session, ZHAO, "nothing"),
    ):
        with pytest.raises(UnknownSurvey):
            kiosk.write(look)


def test_only_a_manager_edits_surveys(kiosk: FeedbackWorld) -> None:
    with pytest.raises(Denied):
        kiosk.write(lambda session: kiosk.surveys.save(session, CHEN, a_survey()))
    with pytest.raises(Denied):
        kiosk.write(lambda session: kiosk.surveys.end(session, CHEN, "satisfaction"))


# -- what no screen could ask

TWO = {"zh": "二", "en": "two"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"question": {}}, "question.zh"),
        ({"question": {"zh": "只有中文"}}, "question.en"),
        ({"question": {"zh": " \x00 ", "en": "x"}}, "question.zh"),
        ({"question": {"zh": "长" * 121, "en": "x"}}, "question.zh"),
        ({"thanks": {"zh": "谢谢"}}, "thanks.en"),
        ({"slug": "No Good"}, "slug"),
        ({"slug": ""}, "slug"),
        ({"languages": []}, "languages"),
        ({"languages": ["zh", "fr"]}, "languages"),
        ({"reasons": [Reason("a", {"zh": "一"}, [1])]}, "reasons[0].text.en"),
        ({"reasons": [Reason("A!", TWO, [1])]}, "reasons[0].id"),
        ({"reasons": [Reason("a", TWO, [1]), Reason("a", TWO, [2])]}, "reasons[1].id"),
        ({"reasons": [Reason("a", TWO, [])]}, "reasons[0].ratings"),
        ({"reasons": [Reason("a", TWO, [0])]}, "reasons[0].ratings"),
        ({"scale": Scale.FACES_4, "reasons": [Reason("a", TWO, [5])]}, "reasons[0].ratings"),
        ({"reasons": [Reason(f"r{number}", TWO, [1]) for number in range(7)]}, "reasons"),
        ({"reasons": [Reason(f"r{number}", TWO, [1 + number % 5]) for number in range(41)]}, "reasons"),
        ({"hours": ["8-18"]}, "hours[0]"),
        ({"hours": ["08:00-08:00"]}, "hours[0]"),
        ({"hours": ["08:00-09:00"] * 7}, "hours"),
        ({"stations": ["desk-1", "Desk 2"]}, "stations[1]"),
    ],
)
def test_a_survey_that_no_screen_could_ask_is_refused_by_name(kiosk: FeedbackWorld, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(WrongSurvey) as refused:
        kiosk.save(a_survey(**changes))
    assert field in [wrong.field for wrong in refused.value.fields]
    assert current(kiosk) == "satisfaction@1"


def test_every_mistake_of_a_survey_is_named_at_once(kiosk: FeedbackWorld) -> None:
    with pytest.raises(WrongSurvey) as refused:
        kiosk.save(a_survey(question={}, hours=["x"], slug="X"))
    assert {wrong.field for wrong in refused.value.fields} == {"question.zh", "question.en", "hours[0]", "slug"}


def test_six_reasons_for_each_rating_are_possible(kiosk: FeedbackWorld) -> None:
    reasons = [Reason(f"r{rating}-{number}", TWO, [rating]) for rating in range(1, 6) for number in range(6)]
    assert len(kiosk.save(a_survey(reasons=reasons)).survey.reasons) == 30


def test_a_survey_in_one_language_needs_no_other(kiosk: FeedbackWorld) -> None:
    survey = a_survey(languages=["zh"], question={"zh": "好吗？"}, reasons=[Reason("a", {"zh": "一"}, [1])])
    assert msgspec.structs.asdict(kiosk.save(survey).survey)["languages"] == ["zh"]


# -- where and when


def test_a_survey_for_this_station_goes_before_one_for_all(kiosk: FeedbackWorld) -> None:
    kiosk.save(a_survey("bakery", stations=["desk-2"]))
    assert current(kiosk, station="desk-1") == "satisfaction@1"
    assert current(kiosk, station="desk-2") == "bakery@1"


def test_of_two_surveys_for_all_the_one_saved_last_is_asked(kiosk: FeedbackWorld) -> None:
    kiosk.clock.advance(1)
    kiosk.save(a_survey("spring"))
    assert current(kiosk) == "spring@1"


@pytest.mark.parametrize(
    ("hours", "after_h", "asked"),
    [
        (["14:00-15:00"], 0, True),
        (["14:00-15:00"], 1, False),
        (["08:00-12:00", "18:00-22:00"], 0, False),
        (["08:00-12:00", "18:00-22:00"], 5, True),
        (["22:00-02:00"], 11, True),
        (["22:00-02:00"], 12, False),
        (["22:00-02:00"], 8, True),
        (["20:00-24:00"], 9.99, True),
    ],
)
def test_a_survey_is_asked_in_its_hours_of_the_store(kiosk: FeedbackWorld, hours: list[str], after_h: float, asked: bool) -> None:
    kiosk.clock.advance(1)
    kiosk.save(a_survey(hours=hours))
    kiosk.clock.advance(after_h * 3600 - 1)
    assert (current(kiosk) == "satisfaction@2") is asked
