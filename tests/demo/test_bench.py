"""The bench page: shows paper and hardware, moves the hardware, and stays out of the desk's way."""

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from kiosk.demo.bench import GOODS
from kiosk.demo.bench_view import MODEL_NAMES
from kiosk.demo.names import CAMERA
from kiosk.demo.people import PEOPLE
from kiosk.desk.feedback.prompts import PROMPTS
from kiosk.devices.jobs import JobState
from kiosk.devices.state import DeviceState
from tests.fakes.waiting import eventually
from tests.fakes.world import World

OURS = {"Origin": "http://localhost", "X-Fragment": "1"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("bench"), seeded=True) as world:
        yield world


@pytest.fixture
def browser(world: World) -> Iterator[FlaskClient]:
    with world.station.app.test_client() as client:
        yield client
    for action in ("new-roll", "close-cover", "free-cutter", "plug-cable", "plug-scanner", "plug-camera", "free-button"):
        client.post(f"/bench/do/{action}", headers=OURS)


def test_the_page_needs_no_log_in_and_has_nothing_inline(browser: FlaskClient) -> None:
    page = browser.get("/bench")
    assert page.status_code == 200
    assert re.search(r"\sstyle=|<style|<script(?![^>]*\ssrc=)|\son[a-z]+=", page.text) is None


def test_the_page_offers_badges_tickets_and_other_codes(browser: FlaskClient) -> None:
    page = browser.get("/bench").text
    for code in (*(person.badge for person in PEOPLE), *(text for text, _, _ in GOODS)):
        assert f'value="{code}"' in page


def test_its_styles_and_scripts_are_served(browser: FlaskClient) -> None:
    for path in set(re.findall(r'"(/bench/static/[^"]+)"', browser.get("/bench").text)):
        answer = browser.get(path)
        assert answer.status_code == 200
        answer.close()


@pytest.mark.parametrize(
    ("action", "back", "field"),
    [
        ("pull-paper", "new-roll", "paper_end"),
        ("near-end", "new-roll", "paper_near_end"),
        ("open-cover", "close-cover", "cover_open"),
        ("jam-cutter", "free-cutter", "cutter_error"),
    ],
)
def test_hands_move_the_printer(world: World, browser: FlaskClient, action: str, back: str, field: str) -> None:
    assert browser.post(f"/bench/do/{action}", headers=OURS).status_code == 204
    assert getattr(world.printer.printer.condition, field)
    assert browser.post(f"/bench/do/{back}", headers=OURS).status_code == 204
    assert not getattr(world.printer.printer.condition, field)


def test_the_network_cable_can_be_pulled(world: World, browser: FlaskClient) -> None:
    browser.post("/bench/do/pull-cable", headers=OURS)
    assert world.printer.hung
    browser.post("/bench/do/plug-cable", headers=OURS)
    assert not world.printer.hung


def test_without_scripts_a_button_leads_back_to_the_page(browser: FlaskClient) -> None:
    answer = browser.post("/bench/do/new-roll", headers={"Origin": "http://localhost"})
    assert (answer.status_code, answer.location) == (303, "/bench")


@pytest.mark.parametrize("origin", [{}, {"Origin": "http://elsewhere.example"}, {"Origin": "null"}])
def test_other_sites_cannot_move_the_hardware(world: World, browser: FlaskClient, origin: dict[str, str]) -> None:
    assert browser.post("/bench/do/pull-paper", headers=origin).status_code == 403
    assert not world.printer.printer.condition.paper_end


def test_an_unknown_action_does_not_exist(browser: FlaskClient) -> None:
    assert browser.post("/bench/do/set-on-fire", headers=OURS).status_code == 404


def test_a_printed_part_is_shown_once_and_kept_as_a_picture(world: World, browser: FlaskClient) -> None:
    taken = world.take_in()
    world.wait_for_job(taken.job, JobState.CONFIRMED)
    parts = browser.get("/bench/live?have=0").json["parts"]
    assert parts[0]["hanging"]
    finished = [part for part in parts if not part["hanging"]]
    assert any(f'data-text="{taken.code}"' in part["html"] for part in finished)
    newest = finished[0]["serial"]
    assert [part["hanging"] for part in browser.get(f"/bench/live?have={newest}").json["parts"]] == [True]
    assert browser.get(f"/bench/paper/{newest}.png").data.startswith(b"\x89PNG")
    assert browser.get("/bench/paper/999999.png").status_code == 404
    browser.post("/bench/do/clear-paper", headers=OURS)
    assert browser.get("/bench/live?have=0").json["oldest"] > newest


def test_a_scan_reaches_the_desk_and_its_kind_is_shown(world: World, browser: FlaskClient) -> None:
    world.services.screens.touch("desk", at_desk=True, logged_in=True)
    before = len(world.events)
    browser.post("/bench/scan", data={"text": "6901234567892", "symbology": "ean13"}, headers=OURS)
    world.wait_for(lambda: any(event.name == "scan" for event in world.events[before:]), what="the scan")
    scan = next(event for event in world.events[before:] if event.name == "scan")
    assert (scan.screen, scan.data["kind"], scan.data["symbology"]) == ("desk", "goods", "ean13")
    # The store speaks Chinese and English; the demo of a test begins in English.
    assert "Goods" in browser.get("/bench/live").json["scanner"]


def test_a_scan_with_the_scanner_unplugged_says_so(world: World, browser: FlaskClient) -> None:
    browser.post("/bench/do/unplug-scanner", headers=OURS)
    browser.post("/bench/scan", data={"text": "6901234567892"}, headers=OURS)
    assert "unplugged" in browser.get("/bench/live").json["scanner"]


def test_a_card_held_before_the_camera_reaches_the_desk(world: World, browser: FlaskClient) -> None:
    world.services.screens.touch("desk", at_desk=True, logged_in=True)
    world.wait_for_device(CAMERA, DeviceState.READY)
    before = len(world.events)
    browser.post("/bench/hold", data={"text": "6901234567892"}, headers=OURS)
    world.wait_for(lambda: any(event.name == "scan" for event in world.events[before:]), what="the scan")
    scan = next(event for event in world.events[before:] if event.name == "scan")
    assert (scan.data["device"], scan.data["kind"], scan.data["symbology"]) == (CAMERA, "goods", "ean13")
    assert "1 code read" in browser.get("/bench/live").json["camera"]


def test_a_camera_that_is_unplugged_sees_no_card(world: World, browser: FlaskClient) -> None:
    browser.post("/bench/do/unplug-camera", headers=OURS)
    browser.post("/bench/hold", data={"text": "6901234567892"}, headers=OURS)
    shown = browser.get("/bench/live").json
    assert "Not seen by the camera" in shown["scanner"]
    assert "Plug it in" in shown["camera"]


def test_another_printer_can_be_put_in_its_place(world: World, browser: FlaskClient) -> None:
    for name in (*MODEL_NAMES, "process-id-80"):
        assert browser.post("/bench/printer", data={"model": name}, headers=OURS).status_code == 204
        assert world.printer.printer.model.name == name
    browser.post("/bench/printer", data={"model": "no such", "speed": "slow"}, headers=OURS)
    assert world.printer.printer.model.speed_mm_s == 20
    browser.post("/bench/printer", data={"speed": "instant"}, headers=OURS)
    assert world.printer.printer.model.speed_mm_s == 0


def test_the_bench_is_never_the_screen_that_scans_go_to(world: World, browser: FlaskClient) -> None:
    world.services.screens.touch("desk", at_desk=True, logged_in=True)
    browser.get("/bench")
    browser.get("/bench/static/bench.css").close()
    browser.post("/bench/do/near-end", headers=OURS)
    assert world.services.screens.active() == "desk"


def test_browsers_are_told_once_until_they_look(world: World, browser: FlaskClient) -> None:
    browser.get("/bench/live")
    before = len(world.events)
    for _ in range(3):
        browser.post("/bench/do/near-end", headers=OURS)
    assert [event.screen for event in world.events[before:] if event.name == "bench.changed"] == ["bench"]


def test_a_face_button_is_pressed_recorded_once_and_its_lamp_lit(world: World, browser: FlaskClient) -> None:
    before = len(world.events)
    browser.post("/bench/press/4", headers=OURS)
    world.wait_for(lambda: any(event.name == "button.pressed" for event in world.events[before:]), what="the press")
    (pressed,) = [event for event in world.events[before:] if event.name == "button.pressed"]
    assert (pressed.screen, pressed.data["rating"]) == ("kiosk:desk-1", 4)
    eventually(lambda: world.demo.buttons.lit(4))
    assert "face face--lit" in browser.get("/bench/live").json["buttons"]
    assert [event.data["source"] for event in world.events[before:] if event.name == "feedback.recorded"] == ["button"]
    assert browser.post("/bench/press/6", headers=OURS).status_code == 404


def test_a_button_that_is_held_down_can_be_let_go(world: World, browser: FlaskClient) -> None:
    browser.post("/bench/do/hold-button", headers=OURS)
    assert "Let go of button 1" in browser.get("/bench/live").json["buttons"]
    browser.post("/bench/do/free-button", headers=OURS)
    assert "Hold button 1 down" in browser.get("/bench/live").json["buttons"]


def test_what_the_loudspeaker_said_last_is_shown_and_can_be_kept(world: World, browser: FlaskClient) -> None:
    before = len(world.events)
    assert browser.post("/feedback/say", json={"prompt": "done", "language": "en"}).status_code == 202
    world.wait_for(lambda: [event.data["playing"] for event in world.events[before:] if event.name == "audio.state"] == [True, False])
    assert PROMPTS["done"]["en"] in browser.get("/bench/live").json["buttons"]
    sound = browser.get("/bench/sound/last.wav")
    assert sound.data.startswith(b"RIFF")
    sound.close()
