"""Messages to people over the API, and in the metrics."""

from pathlib import Path

import pytest

from kiosk.config_service import Alerts, Channel
from kiosk.db import Database
from kiosk.desk.alerts import Alert
from kiosk.events import EventBus
from kiosk.i18n import msg
from tests.fakes.clock import FakeClock
from tests.fakes.web_station import WebStation

CHANNELS = Alerts(channels=[Channel("duty", "wecom", "https://secret.example/hook"), Channel("mail", "webhook", "https://h/", secret="s")])


@pytest.fixture
def station(sqlite_database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path) -> WebStation:
    return WebStation(sqlite_database, bus, clock, tmp_path, alerts=CHANNELS)


def tell(station: WebStation, key: str = "case:1") -> None:
    alert = Alert("case.opened", "high", msg("Case %(number)s", number="K1"), key)
    station.db.write(lambda session: station.services.alerts.raise_alert(session, alert))


def test_messages_are_listed_by_state_and_channel(station: WebStation) -> None:
    tell(station)
    program = station.program("alerts:read")
    found = program.get("/api/v1/alerts", Accept_Language="en").get_json()["alerts"]
    assert [(message["channel"], message["state"], message["title"]) for message in found] == [
        ("mail", "queued", "Case K1"),
        ("duty", "queued", "Case K1"),
    ]
    assert program.get("/api/v1/alerts", Accept_Language="zh").get_json()["alerts"][0]["title"].endswith("K1")
    assert [message["id"] for message in program.get("/api/v1/alerts?channel=duty&state=queued").get_json()["alerts"]] == [1]
    assert program.get("/api/v1/alerts?state=confirmed").get_json()["alerts"] == []
    assert program.get("/api/v1/alerts?before=2&limit=1").get_json()["alerts"][0]["id"] == 1
    assert program.get("/api/v1/alerts?state=lost").status_code == 422


def test_a_message_is_decided_about_once(station: WebStation) -> None:
    tell(station)
    program = station.program("alerts:read", "alerts:write")
    answer = program.post("/api/v1/alerts/1/resolve", {"outcome": "drop"})
    assert (answer.status_code, answer.get_json()["state"]) == (200, "dropped")
    again = program.post("/api/v1/alerts/1/resolve", {"outcome": "again"})
    assert (again.status_code, again.get_json()["state"]) == (409, "dropped")
    assert again.get_json()["type"].endswith("alert-not-to-decide")
    assert program.post("/api/v1/alerts/99/resolve", {"outcome": "drop"}).status_code == 404
    assert program.post("/api/v1/alerts/1/resolve", {"outcome": "maybe"}).status_code == 422


def test_a_channel_is_tested(station: WebStation) -> None:
    program = station.program("alerts:write")
    answer = program.post("/api/v1/alerts/test", {"channel": "duty"})
    assert (answer.status_code, answer.get_json()["state"], answer.get_json()["topic"]) == (202, "queued", "alert.test")
    assert program.post("/api/v1/alerts/test", {"channel": "nobody"}).status_code == 404


def test_looking_is_not_deciding(station: WebStation) -> None:
    tell(station)
    reader = station.program("alerts:read")
    assert reader.post("/api/v1/alerts/1/resolve", {"outcome": "drop"}).status_code == 403
    assert reader.post("/api/v1/alerts/test", {"channel": "duty"}).status_code == 403
    assert station.program("bags:read").get("/api/v1/alerts").status_code == 403


def test_the_metrics_tell_how_many_wait_on_each_channel(station: WebStation) -> None:
    tell(station)
    text = station.client().get("/metrics").get_data(as_text=True)
    assert 'kiosk_alerts{channel="duty",state="queued"} 1.0' in text
    assert "secret.example" not in text
