"""The manager's survey editor: a saved change is a new version, and what is wrong is said before anything changes."""

from collections.abc import Callable

import pytest

from kiosk.desk.actors import Role
from kiosk.desk.feedback.views import SurveyVersion
from tests.fakes.visitor import Visitor
from tests.fakes.web_station import WebStation

VisitorAs = Callable[..., Visitor]


@pytest.fixture
def manager(station: WebStation, visitor_as: VisitorAs) -> Visitor:
    station.db.write(station.services.feedback.ensure_defaults)
    return visitor_as(Role.MANAGER)


def newest(station: WebStation, slug: str) -> SurveyVersion:
    with station.db.read() as session:
        return station.services.surveys.version(session, slug)


def form_of(version: SurveyVersion) -> dict[str, str]:
    """The editor's form for *version* as it is."""
    survey = version.survey
    sent = {f"question-{code}": text for code, text in survey.question.items()} | {
        f"thanks-{code}": text for code, text in survey.thanks.items()
    }
    sent |= {"scale": survey.scale.value, "language-zh": "1", "language-en": "1", "comment": "1", "complaint": "1"}
    for row, reason in enumerate(survey.reasons):
        sent |= {f"reason-{row}-id": reason.id, f"reason-{row}-zh": reason.text["zh"], f"reason-{row}-en": reason.text["en"]}
        sent |= {f"reason-{row}-{step}": "1" for step in reason.ratings}
    return sent


def test_a_saved_change_is_a_new_version_and_the_old_one_stays(station: WebStation, manager: Visitor) -> None:
    before = newest(station, "satisfaction")
    form = manager.open("/manage/surveys/satisfaction").form("/manage/surveys/satisfaction")
    page = manager.send(form, **form_of(before) | {"question-en": "How did we do?"})
    assert manager.follow(page).text.count("How was your visit today?") == 1  # among the earlier versions
    after = newest(station, "satisfaction")
    assert (after.version, after.survey.question["en"]) == (before.version + 1, "How did we do?")
    assert after.survey.reasons == before.survey.reasons
    with station.db.read() as session:
        assert station.services.surveys.version(session, "satisfaction", before.version).survey == before.survey


def test_an_emptied_row_takes_its_reason_out_and_a_new_row_adds_one(station: WebStation, manager: Visitor) -> None:
    before = newest(station, "satisfaction")
    sent = form_of(before) | {"reason-0-zh": "", "reason-0-en": ""}
    last = len(before.survey.reasons)
    sent |= {f"reason-{last}-zh": "停车", f"reason-{last}-en": "Parking", f"reason-{last}-1": "1"}
    form = manager.open("/manage/surveys/satisfaction").form("/manage/surveys/satisfaction")
    assert manager.send(form, **sent).status == 303
    reasons = newest(station, "satisfaction").survey.reasons
    assert before.survey.reasons[0].id not in [reason.id for reason in reasons]
    assert (reasons[-1].text["en"], reasons[-1].ratings) == ("Parking", [1])


def test_a_new_survey_is_made(station: WebStation, manager: Visitor) -> None:
    form = manager.open("/manage/surveys/new").form("/manage/surveys/new")
    sent = {"slug": "toilets", "question-zh": "洗手间干净吗？", "question-en": "Are the toilets clean?", "scale": "faces-4"}
    assert manager.send(form, **sent, **{"language-zh": "1", "language-en": "1"}).status == 303
    assert newest(station, "toilets").survey.scale.steps == 4


def test_a_new_survey_never_replaces_one_that_is_there(station: WebStation, manager: Visitor) -> None:
    before = newest(station, "satisfaction")
    form = manager.open("/manage/surveys/new").form("/manage/surveys/new")
    page = manager.send(form, **form_of(before) | {"slug": "satisfaction", "question-zh": "别的？"})
    assert page.status == 409
    assert "There is a survey satisfaction" in page.text
    assert "别的？" in page.html
    assert newest(station, "satisfaction") == before
    for name in ("new", "words", "preview", "current"):
        form = manager.open("/manage/surveys/new").form("/manage/surveys/new")
        assert "This name is used by a page" in manager.send(form, **form_of(before) | {"slug": name}).text


def test_two_managers_do_not_overwrite_each_other_unseen(station: WebStation, manager: Visitor) -> None:
    before = newest(station, "satisfaction")
    mine, theirs = (manager.open("/manage/surveys/satisfaction").form("/manage/surveys/satisfaction") for _ in range(2))
    assert manager.send(theirs, **form_of(before) | {"question-en": "Theirs?"}).status == 303
    page = manager.send(mine, **form_of(before) | {"question-en": "Mine?"})
    assert page.status == 409
    assert "meanwhile" in page.text
    assert "Mine?" in page.html
    assert newest(station, "satisfaction").survey.question["en"] == "Theirs?"
    again = page.form("/manage/surveys/satisfaction")
    assert manager.send(again, **form_of(before) | {"question-en": "Mine?"}).status == 303
    assert newest(station, "satisfaction").survey.question["en"] == "Mine?"


def test_an_earlier_version_is_taken_up_again(station: WebStation, manager: Visitor) -> None:
    before = newest(station, "satisfaction")
    form = manager.open("/manage/surveys/satisfaction").form("/manage/surveys/satisfaction")
    manager.send(form, **form_of(before) | {"question-en": "Worse?"})
    page = manager.open(f"/manage/surveys/satisfaction?version={before.version}")
    assert "How was your visit today?" in page.html
    assert manager.send(page.form("/manage/surveys/satisfaction"), **form_of(before)).status == 303
    assert newest(station, "satisfaction").survey == before.survey
    assert newest(station, "satisfaction").version == before.version + 2
    for wrong in ("0", "99", "x", "9" * 30):
        assert manager.open(f"/manage/surveys/satisfaction?version={wrong}").status == 404


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"question-en": ""}, "must not be empty"),
        ({"scale": "faces-9"}, "Choose how the survey asks"),
        ({"hours": "8-22"}, "Hours are written like 08:00-22:00"),
        ({"stations": "Desk One!"}, "Stations are named"),
        ({"language-zh": "", "language-en": ""}, "Choose at least one language"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(station: WebStation, manager: Visitor, change: dict[str, str], said: str) -> None:
    before = newest(station, "satisfaction")
    form = manager.open("/manage/surveys/satisfaction").form("/manage/surveys/satisfaction")
    page = manager.send(form, **form_of(before) | change)
    assert page.status == 422
    assert said in page.text
    assert newest(station, "satisfaction") == before


def test_an_ended_survey_is_asked_no_more(station: WebStation, manager: Visitor) -> None:
    assert manager.fill("/manage/surveys/satisfaction", "/satisfaction/end").status == 303
    assert newest(station, "satisfaction").ended
    with station.db.read() as session:
        assert station.services.surveys.current(session, station="desk-1", counter=False) is None


def test_a_survey_that_does_not_exist_is_not_found(manager: Visitor) -> None:
    assert manager.open("/manage/surveys/nothing").status == 404


def test_the_urgent_words_are_the_stores_own(station: WebStation, manager: Visitor) -> None:
    page = manager.open("/manage/surveys/words")
    assert "受伤" in page.text
    saved = manager.send(page.form("/manage/surveys/words"), words="玻璃\nbroken glass\n\n玻璃\n")
    assert "watched from now on" in manager.follow(saved).text
    with station.db.read() as session:
        assert set(station.services.feedback.words(session)) == {"玻璃", "broken glass"}


def test_supervisors_edit_no_surveys(station: WebStation, visitor_as: VisitorAs) -> None:
    assert visitor_as(Role.SUPERVISOR).open("/manage/surveys").status == 403


def test_a_preview_is_the_shoppers_own_page_and_saves_nothing(station: WebStation, manager: Visitor) -> None:
    before = newest(station, "satisfaction")
    form = manager.open("/manage/surveys/satisfaction").form("/manage/surveys/satisfaction")
    form.action = "/manage/surveys/preview"
    page = manager.send(form, **form_of(before) | {"question-zh": "好不好？"})
    assert page.status == 200
    assert "好不好？" in page.text
    assert '"preview":true' in page.html
    assert newest(station, "satisfaction") == before
    refused = manager.send(form, **form_of(before) | {"question-zh": ""})
    assert refused.status == 422
