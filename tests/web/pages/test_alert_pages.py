"""The page of messages to people: what a manager sees, and decides."""

from pathlib import Path

import pytest

from kiosk.config_service import Alerts, Channel
from kiosk.db import Database
from kiosk.desk.actors import Role
from kiosk.desk.alerts import Alert
from kiosk.desk.alerts.channel import Limits, Outcome, Verdict
from kiosk.desk.alerts.models import DeliveryState
from kiosk.desk.alerts.outbox import Outbox
from kiosk.events import EventBus
from kiosk.i18n import msg
from tests.fakes.clock import FakeClock
from tests.fakes.web_station import WebStation
from tests.web.pages.conftest import VisitorAs

WIDE = Limits(1000, 50)


@pytest.fixture
def station(sqlite_database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path) -> WebStation:
    channels = [Channel("duty", "wecom", "https://secret.example/hook", topics=["case.*"], min_severity="high")]
    return WebStation(sqlite_database, bus, clock, tmp_path, alerts=Alerts(channels=channels))


def tell(station: WebStation, outcome: Outcome | None = None, title: str = "Case K1") -> int:
    """An alert that has come as far as *outcome*; returns the delivery's number."""
    alert = Alert("case.opened", "high", msg("%(title)s", title=title), f"key {title}", path="/desk/cases/1")
    services = station.services
    station.db.write(lambda session: services.alerts.raise_alert(session, alert))
    if outcome is not None:
        outbox = Outbox("desk-1", station.clock, timeout_s=10)
        claim = station.db.write(lambda session: outbox.claim(session, "duty", WIDE))
        assert claim is not None
        station.db.write(lambda session: outbox.record(session, claim, WIDE, outcome))
    with station.db.read() as session:
        return services.alerts.list(session)[0].view.id


def state(station: WebStation, delivery_id: int) -> DeliveryState:
    with station.db.read() as session:
        return station.services.alerts.get(session, delivery_id).view.state


def test_the_page_shows_channels_and_messages_but_no_address(station: WebStation, visitor_as: VisitorAs) -> None:
    tell(station, Outcome(Verdict.DELIVERED))
    page = visitor_as(Role.MANAGER).open("/manage/alerts")
    assert page.status == 200
    for part in ("duty", "WeCom robot", "case.*", "from high on", "Case K1", "delivered"):
        assert part in page.text
    assert "secret.example" not in page.html
    assert "/desk/cases/1" in page.links


def test_an_uncertain_message_asks_and_takes_the_answer(station: WebStation, visitor_as: VisitorAs) -> None:
    delivery = tell(station, Outcome(Verdict.UNCERTAIN, "timeout"))
    manager = visitor_as(Role.MANAGER)
    page = manager.open("/manage/alerts?state=open")
    assert "Did it arrive?" in page.text
    assert "Look into the chat or mailbox whether it is there." in page.text
    form = page.form(f"/manage/alerts/{delivery}")
    assert [value for _name, value in form.buttons] == ["arrived", "again", "drop"]
    after = manager.follow(manager.send(form, outcome="arrived"))
    assert state(station, delivery) is DeliveryState.CONFIRMED
    assert "No messages here." in after.text


def test_a_dead_letter_shows_the_robots_words_and_is_sent_again_or_dropped(station: WebStation, visitor_as: VisitorAs) -> None:
    delivery = tell(station, Outcome(Verdict.DEAD, "rejected", "93000 <b>invalid</b>"))
    manager = visitor_as(Role.MANAGER)
    page = manager.open("/manage/alerts")
    assert "93000 <b>invalid</b>" in page.text
    assert "<b>invalid" not in page.html
    manager.send(page.form(f"/manage/alerts/{delivery}"), outcome="again")
    assert state(station, delivery) is DeliveryState.QUEUED
    manager.fill("/manage/alerts?state=waiting", f"/manage/alerts/{delivery}", outcome="drop")
    assert state(station, delivery) is DeliveryState.DROPPED


def test_a_dead_letter_that_was_tried_for_hours_does_not_promise_another_try(station: WebStation, visitor_as: VisitorAs) -> None:
    tell(station, Outcome(Verdict.REFUSED, "unknown-host", pause=True))
    station.clock.advance(station.settings.alerts.give_up_h * 3600)
    outbox = Outbox("desk-1", station.clock, timeout_s=10)
    assert station.db.write(lambda session: outbox.claim(session, "duty", WIDE)) is None
    page = visitor_as(Role.MANAGER).open("/manage/alerts?state=open")
    assert "Address not found" in page.text
    assert "tried again by itself" not in page.text
    assert "Decide whether somebody still has to know it." in page.text


def test_who_comes_too_late_is_told(station: WebStation, visitor_as: VisitorAs) -> None:
    delivery = tell(station, Outcome(Verdict.UNCERTAIN, "timeout"))
    first, second = visitor_as(Role.MANAGER), visitor_as(Role.MANAGER)
    form = second.open("/manage/alerts").form(f"/manage/alerts/{delivery}")
    first.fill("/manage/alerts", f"/manage/alerts/{delivery}", outcome="drop")
    late = second.send(form, outcome="again")
    assert late.status == 409
    assert "does not wait for this decision" in late.text


def test_a_test_message_is_queued_by_a_button(station: WebStation, visitor_as: VisitorAs) -> None:
    manager = visitor_as(Role.MANAGER)
    page = manager.follow(manager.fill("/manage/alerts", "/manage/alerts/test", channel="duty"))
    assert "A test message is on its way" in page.text
    assert "Test message of desk-1" in page.text
    assert manager.fill("/manage/alerts", "/manage/alerts/test", channel="other").status == 404


def test_a_supervisor_looks_and_a_clerk_does_not(station: WebStation, visitor_as: VisitorAs) -> None:
    tell(station, Outcome(Verdict.UNCERTAIN, "timeout"))
    page = visitor_as(Role.SUPERVISOR).open("/manage/alerts")
    assert "Did it arrive?" in page.text
    assert not [form for form in page.forms if "/manage/alerts" in form.action]
    assert visitor_as(Role.DESK).open("/manage/alerts").status == 403


def test_older_messages_are_a_page_away(station: WebStation, visitor_as: VisitorAs) -> None:
    for number in range(51):
        tell(station, title=f"no {number}.")
    page = visitor_as(Role.MANAGER).open("/manage/alerts?channel=duty&state=waiting")
    assert "no 0." not in page.text
    older = next(link for link in page.links if "before=" in link)
    assert "no 0." in visitor_as(Role.MANAGER).open(older).text


def test_what_happens_is_fetched_as_a_fragment(station: WebStation, visitor_as: VisitorAs) -> None:
    tell(station)
    fragment = visitor_as(Role.MANAGER).open("/manage/alerts", X_Fragment="1")
    assert "Case K1" in fragment.text
    assert "<html" not in fragment.html


def test_a_paused_channel_says_until_when(station: WebStation, visitor_as: VisitorAs) -> None:
    tell(station, Outcome(Verdict.REFUSED, "refused", pause=True))
    page = visitor_as(Role.MANAGER).open("/manage/alerts")
    assert "pauses until" in page.text
    assert "Connection refused" in page.text
    assert "next try" in page.text


def test_every_page_of_who_may_decide_shows_that_something_did_not_arrive(station: WebStation, visitor_as: VisitorAs) -> None:
    manager = visitor_as(Role.MANAGER)
    assert "Messages not delivered" not in manager.open("/manage").text
    tell(station, Outcome(Verdict.UNCERTAIN, "timeout"))
    page = manager.open("/manage")
    assert "Messages not delivered: 1" in page.text
    assert "/manage/alerts?state=open" in page.links
    assert "Messages not delivered" not in visitor_as(Role.DESK).open("/desk").text
