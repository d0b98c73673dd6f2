"""The kiosk's page as the server gives it: what is in it, who may keep it, and who hears which event."""

from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from kiosk.clock import SystemClock
from kiosk.desk.actors import SYSTEM
from kiosk.desk.feedback.prompts import PROMPTS
from kiosk.events import Event
from kiosk.web.bundle import digest, page_files
from kiosk.web.pages.feedback_data import KioskAudience
from tests.fakes.web_station import WebStation


@pytest.fixture(autouse=True)
def _surveys(station: WebStation) -> None:
    station.db.write(station.services.surveys.ensure_defaults)


def test_the_page_holds_everything_and_leaves_nothing_in_the_browser(station: WebStation) -> None:
    client = station.client()
    page = client.get("/feedback")
    assert page.status_code == 200
    assert "Set-Cookie" not in page.headers
    assert "csrf" not in page.text
    assert 'href="/desk' not in page.text
    assert "worker-src 'self'" in page.headers["Content-Security-Policy"]
    found = page_files()
    for name in (*found.styles, *found.scripts):
        assert f"/{name}" in page.text
        assert f"/{name}" in client.get("/feedback/worker.js").text


def test_the_bundle_is_taken_only_while_it_is_made_of_the_sources(tmp_path: Path) -> None:
    for name in ("kiosk/feedback.js", "kiosk/words.js", "kiosk/worker.js", "css/tokens.css"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("source", encoding="utf-8")
    bundle = tmp_path / "vendor" / "kiosk"
    bundle.mkdir(parents=True)
    (bundle / "feedback.js").write_text('import{a}from"./chunk-1.js";import("./words-2.js")', encoding="utf-8")
    for name in ("chunk-1.js", "words-2.js", "words.css", "kiosk.css", "keyboard-3.js"):
        (bundle / name).write_text("bundled", encoding="utf-8")
    (bundle / "sources.txt").write_text(digest(tmp_path), encoding="ascii")
    found = page_files(tmp_path)
    assert found.scripts == ("vendor/kiosk/feedback.js", "vendor/kiosk/chunk-1.js")
    assert found.later == ("vendor/kiosk/words-2.js", "vendor/kiosk/words.css")
    page_files.cache_clear()
    (tmp_path / "kiosk" / "words.js").write_text("newer", encoding="utf-8")
    found = page_files(tmp_path)
    assert found.scripts[0] == "kiosk/feedback.js"
    assert "kiosk/words.js" in found.later
    assert "kiosk/worker.js" not in found.later


def test_a_browser_asks_each_time_and_is_answered_shortly_when_nothing_changed(station: WebStation) -> None:
    client = station.client()
    for path in ("/feedback", "/feedback/data", "/feedback/worker.js", "/feedback/manifest.webmanifest"):
        first = client.get(path)
        assert (first.status_code, first.headers["Cache-Control"]) == (200, "no-cache")
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
    before = client.get("/feedback/data").headers["ETag"]
    surveys = station.services.surveys
    with station.db.read() as session:
        survey = surveys.version(session, "satisfaction").survey
    station.db.write(lambda session: surveys.save(session, SYSTEM, replace(survey, question={"zh": "好吗？", "en": "Well?"})))
    assert client.get("/feedback/data", headers={"If-None-Match": before}).status_code == 200


def test_a_manager_cannot_break_the_page_by_a_question(station: WebStation) -> None:
    surveys = station.services.surveys
    with station.db.read() as session:
        survey = surveys.version(session, "satisfaction").survey
    wild = "</script><script>alert(1)</script>"
    station.db.write(lambda session: surveys.save(session, SYSTEM, replace(survey, question={"zh": wild, "en": wild})))
    page = station.client().get("/feedback").text
    assert wild not in page
    data = page.partition('id="data">')[2].partition("</script>")[0]
    assert msgspec.json.decode(data)["survey"]["question"]["zh"] == wild
    # In the order in which /feedback/data sends it: the script compares the two as text.
    assert list(msgspec.json.decode(data)) == list(msgspec.json.decode(station.client().get("/feedback/data").data))


def test_the_worker_may_stand_for_the_page_and_names_the_files_of_this_version(station: WebStation) -> None:
    client = station.client()
    worker = client.get("/feedback/worker.js")
    assert worker.headers["Service-Worker-Allowed"] == "/feedback"
    files = msgspec.json.decode(worker.text.partition("FILES = ")[2].partition(";\n")[0])
    assert files
    for path in files:
        with client.get(path) as answer:
            assert (answer.status_code, "immutable" in answer.headers["Cache-Control"]) == (200, True)


def test_events_are_for_the_stations_own_screens_alone(station: WebStation) -> None:
    away = station.client().get("/feedback/events", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert away.status_code == 204


def test_a_screen_hears_only_what_is_meant_for_it() -> None:
    kiosk, counter = KioskAudience("kiosk:desk-1", False), KioskAudience(None, False, "till-1")
    now = SystemClock().now()

    def hear(name: str, screen: str | None = None, **data: object) -> tuple[bool, bool]:
        event = Event("x-1", name, data, now, screen)
        return kiosk.may_see(event), counter.may_see(event)

    assert hear("survey.changed", slug="satisfaction") == (True, True)
    assert hear("rating.requested", counter="till-1") == (False, True)
    assert hear("rating.requested", counter="till-2") == (False, False)
    assert hear("button.pressed", "kiosk:desk-1", key="k") == (True, False)
    assert hear("button.pressed", "kiosk:desk-2", key="k") == (False, False)
    for name in ("feedback.recorded", "case.changed", "bag.stored", "scan", "device.state"):
        assert hear(name) == (False, False)


def test_an_unknown_counter_is_told_and_asks_nothing(station: WebStation) -> None:
    data = station.client().get("/feedback/data?counter=nowhere").get_json()
    assert (data["unknown"], data["counter"], data["survey"]) == ("nowhere", "", None)


def test_every_screen_has_something_to_say_in_both_languages() -> None:
    for name in ("rate", "more", "comment", "complaint", "contact", "phone", "case", "done", "closed", "idle", "counter"):
        assert set(PROMPTS[name]) == {"zh", "en"}
