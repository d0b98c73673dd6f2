"""Asking a customer for a rating at a counter, and seeing the own ones only when there are enough."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.config_service import Feedback
from kiosk.db import Database
from kiosk.desk.actors import Role
from kiosk.desk.feedback.views import NewPress, PressSource
from kiosk.events import Event, EventBus
from tests.fakes.clock import FakeClock
from tests.fakes.visitor import Visitor
from tests.fakes.web_station import WebStation

VisitorAs = Callable[..., Visitor]
PATH = "/desk/ratings"


@pytest.fixture
def station(sqlite_database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path) -> WebStation:
    feedback = Feedback(counters=["exchange", "gift-wrapping"], hidden_below=3)
    station = WebStation(sqlite_database, bus, clock, tmp_path, feedback=feedback)
    station.db.write(station.services.feedback.ensure_defaults)
    return station


def rate(station: WebStation, clerk: Visitor, rating: int) -> None:
    """Ask at the first counter, and have its customer press."""
    told: list[Event] = []
    end = station.bus.subscribe(told.append)
    assert clerk.fill(PATH, "/ask", counter="exchange").location == PATH
    end()
    (asked,) = [event.data for event in told if event.name == "rating.requested"]
    station.clock.advance(20)
    key = f"press-of-request-{asked['id']:04d}"
    new = NewPress(key=key, survey=str(asked["survey"]), rating=rating, source=PressSource.COUNTER, rating_request=int(str(asked["id"])))
    station.db.write(lambda session: station.services.feedback.press(session, new))
    station.clock.advance(20)


def test_a_tap_has_the_counters_screen_ask(station: WebStation, visitor_as: VisitorAs) -> None:
    clerk = visitor_as(Role.DESK)
    page = clerk.open(PATH)
    assert ("counter", "exchange") in page.form("/ask").buttons
    after = clerk.follow(clerk.fill(PATH, "/ask", counter="gift-wrapping"))
    assert "The screen of gift-wrapping asks the customer now." in after.text
    assert "asks now, until 14:01:00" in after.text
    with station.db.read() as session:
        assert station.services.feedback.open_request(session, "gift-wrapping") is not None
        assert station.services.feedback.open_request(session, "exchange") is None


def test_own_ratings_stay_hidden_until_enough_are_in(station: WebStation, visitor_as: VisitorAs) -> None:
    clerk = visitor_as(Role.DESK)
    for rating in (5, 4):
        rate(station, clerk, rating)
    page = clerk.open(PATH)
    assert "2 of 3 are in" in page.text
    assert "Index" not in page.text
    rate(station, clerk, 1)
    page = clerk.open(PATH)
    assert "Index, 0 to 100 58" in page.text
    assert "Not satisfied 33%" in page.text
    assert "Over 3 ratings" in page.text


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.MANAGER])
def test_whoever_reads_the_stores_numbers_finds_no_new_rating_of_their_own_there(
    station: WebStation, visitor_as: VisitorAs, role: Role
) -> None:
    reader, colleague = visitor_as(role), visitor_as(Role.DESK)
    rate(station, reader, 1)
    rate(station, colleague, 4)
    page = reader.open("/manage/feedback")
    assert "Presses, raw 1" in page.text
    assert "Index, 0 to 100 75" in page.text
    assert reader.open("/manage/feedback/presses").html.count("panel press") == 1
    assert len(reader.client.get("/manage/feedback/presses.csv").get_data(as_text=True).splitlines()) == 2
    assert len(reader.client.get("/api/v1/feedback").get_json()["presses"]) == 1
    assert reader.client.get("/api/v1/feedback/totals").get_json()["raw"] == 1
    assert [row["raw"] for row in reader.client.get("/api/v1/feedback/reports?by=hour").get_json()["rows"]] == [1]
    for rating in (1, 1):
        rate(station, reader, rating)
    assert "Presses, raw 4" in reader.open("/manage/feedback").text


def test_an_unknown_counter_is_refused(visitor_as: VisitorAs) -> None:
    page = visitor_as(Role.DESK).fill(PATH, "/ask", counter="roof")
    assert page.status == 404
    assert "There is no counter roof" in page.text


def test_without_counters_the_page_says_who_names_them(sqlite_database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path) -> None:
    bare = WebStation(sqlite_database, bus, clock, tmp_path)
    assert "No counter has a customer's screen" in Visitor(bare.browser(Role.DESK).client).open(PATH).text


def test_the_bag_check_does_not_ask(visitor_as: VisitorAs) -> None:
    assert visitor_as(Role.BAG_CHECK).open(PATH).status == 403
    assert PATH not in visitor_as(Role.BAG_CHECK).open("/desk").links
    assert PATH in visitor_as(Role.DESK).open("/desk").links


def test_the_fragment_is_the_part_that_changes(visitor_as: VisitorAs) -> None:
    page = visitor_as(Role.DESK).open(PATH, X_Fragment="1")
    assert "<html" not in page.html
    assert "My ratings" in page.text
