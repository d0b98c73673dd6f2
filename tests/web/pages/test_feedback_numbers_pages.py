"""The manager's numbers: raw and counted, flags to be judged, and a file that no spreadsheet calculates."""

import csv
import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.desk.actors import Role
from kiosk.desk.feedback.views import NewPress, PressSource
from kiosk.desk.spreadsheet import safe_cell
from tests.fakes.visitor import Visitor
from tests.fakes.web_station import WebStation

VisitorAs = Callable[..., Visitor]


@pytest.fixture
def press(station: WebStation) -> Callable[..., int]:
    """Press at the kiosk, ten seconds after the last one; returns the press's id."""
    feedback = station.services.feedback
    station.db.write(feedback.ensure_defaults)
    keys = iter(f"test-press-{number:04d}-0000" for number in range(1000))

    def make(rating: int = 5, after_s: float = 10.0, **more: object) -> int:
        station.clock.advance(after_s)
        new = NewPress(key=next(keys), survey="satisfaction", rating=rating, source=PressSource.KIOSK, **more)  # type: ignore[arg-type]
        return station.db.write(lambda session: feedback.press(session, new)).id

    return make


def test_raw_and_counted_totals_are_both_shown(station: WebStation, press: Callable[..., int], visitor_as: VisitorAs) -> None:
    press(1)
    press(5)
    press(5, after_s=1.0)  # too soon after the one before: kept, not counted
    text = visitor_as(Role.MANAGER).open("/manage/feedback").text
    assert "Presses, raw 3" in text
    assert "Counted 2" in text
    assert "Flagged 1" in text
    assert "Index, 0 to 100 50" in text


def test_days_without_a_press_say_so(station: WebStation, visitor_as: VisitorAs) -> None:
    page = visitor_as(Role.MANAGER).open("/manage/feedback?from=2020-01-01&to=2020-01-02")
    assert "Nobody pressed in these days" in page.text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from=yesterday", "2026-12-31"),
        ("from=2026-03-10&to=2026-03-01", "comes after"),
        ("from=2001-01-01&to=2026-01-01", "At most"),
        ("from=0001-01-01", "too far"),
    ],
)
def test_days_that_make_no_sense_are_refused_in_words(station: WebStation, visitor_as: VisitorAs, query: str, said: str) -> None:
    for path in ("/manage/feedback", "/manage/feedback/presses"):
        page = visitor_as(Role.MANAGER).open(f"{path}?{query}")
        assert page.status == 422
        assert said in page.text


def test_a_flag_is_lifted_with_a_reason_and_set_again(station: WebStation, press: Callable[..., int], visitor_as: VisitorAs) -> None:
    press()
    doubtful = press(2, after_s=1.0)
    manager = visitor_as(Role.MANAGER)
    page = manager.open("/manage/feedback/presses?show=flagged")
    assert "soon after another press" in page.text
    [lift] = [form for form in page.forms if form.action.endswith("/lift")]
    assert "No such presses" in manager.follow(manager.send(lift, reason="two shoppers side by side")).text
    assert "lifted: two shoppers side by side" in manager.open("/manage/feedback/presses").text
    with station.db.read() as session:
        assert station.services.feedback.get(session, doubtful).counted
    manager.fill("/manage/feedback/presses", f"/presses/{doubtful}/flag", reason="seen: a child playing")
    with station.db.read() as session:
        found = station.services.feedback.get(session, doubtful)
    assert not found.counted
    assert [flag.text for flag in found.flags if flag.lifted_at is None] == ["seen: a child playing"]


def test_supervisors_see_numbers_and_judge_nothing(station: WebStation, press: Callable[..., int], visitor_as: VisitorAs) -> None:
    pressed = press()
    supervisor = visitor_as(Role.SUPERVISOR)
    page = supervisor.open("/manage/feedback/presses")
    assert page.status == 200
    assert not [form for form in page.forms if "flag" in form.action]
    assert supervisor.client.post(f"/manage/feedback/presses/{pressed}/flag", data={"reason": "x"}).status_code in (400, 403)


def test_comments_stand_as_text_whatever_they_hold(station: WebStation, press: Callable[..., int], visitor_as: VisitorAs) -> None:
    press(1, comment="<script>alert(1)</script> \u202eabc \U0001f600")
    page = visitor_as(Role.MANAGER).open("/manage/feedback/presses?show=comments")
    assert "<script>alert" not in page.html
    assert "alert(1)" in page.text


def test_the_file_holds_every_press_and_no_formula(station: WebStation, press: Callable[..., int], visitor_as: VisitorAs) -> None:
    press(1, comment='=HYPERLINK("http://example.invalid","x")')
    press(4, comment="+86 call")
    press(5, after_s=1.0)
    answer = visitor_as(Role.MANAGER).client.get("/manage/feedback/presses.csv")
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    head, *rows = csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff")))
    assert [row[head.index("Comment")] for row in rows] == ["", "'+86 call", '\'=HYPERLINK("http://example.invalid","x")']
    assert [row[head.index("Counted")] for row in rows] == ["0", "1", "1"]
    assert [row[head.index("Flags")] for row in rows] == ["interval", "", ""]


def test_a_comment_as_long_as_can_be_is_one_cell_of_the_file(station: WebStation, press: Callable[..., int], visitor_as: VisitorAs) -> None:
    said = '"=1+1",\n\U0001f600\u202e' + "长" * 900
    press(1, comment=said)
    [row] = list(csv.reader(io.StringIO(visitor_as(Role.MANAGER).client.get("/manage/feedback/presses.csv").get_data(as_text=True))))[1:]
    [cell] = [cell for cell in row if "长" in cell]
    assert cell == said.replace("\u202e", "")


def test_a_file_longer_than_one_page_of_rows_is_complete(station: WebStation, press: Callable[..., int], visitor_as: VisitorAs) -> None:
    for _ in range(205):
        press(3)
    answer = visitor_as(Role.MANAGER).client.get("/manage/feedback/presses.csv?from=2026-01-01&to=2027-12-31")
    assert len(answer.get_data(as_text=True).splitlines()) == 206


@given(st.text(max_size=30))
def test_no_text_begins_like_a_formula(text: str) -> None:
    assert not safe_cell(text).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))


def test_numbers_stay_numbers() -> None:
    assert safe_cell(-3) == "-3"
    assert safe_cell("-3") == "'-3"
