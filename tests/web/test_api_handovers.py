"""The kiosk's screen asks for a link to go on by phone, and gets it with its QR code."""

import base64
import io
from pathlib import Path
from urllib.parse import quote

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from kiosk.config_service import Feedback
from kiosk.db import Database
from kiosk.desk.feedback.views import NewPress, PressSource
from kiosk.events import EventBus
from kiosk.web.qr import qr_svg
from tests.fakes.clock import FakeClock
from tests.fakes.web_station import WebStation

KEY = "a-key-of-a-press-0001"


@pytest.fixture
def station(sqlite_database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path) -> WebStation:
    station = WebStation(sqlite_database, bus, clock, tmp_path, feedback=Feedback(public_url="https://kiosk.example"))
    feedback = station.services.feedback
    station.db.write(feedback.ensure_defaults)
    new = NewPress(key=KEY, survey="satisfaction", rating=2, source=PressSource.KIOSK)
    station.db.write(lambda session: feedback.press(session, new))
    return station


def test_a_press_gets_a_link_and_its_code(station: WebStation) -> None:
    answer = station.client().post(f"/api/v1/feedback/{KEY}/handover", json={})
    link = answer.get_json()
    assert answer.status_code == 201
    assert link["url"].startswith("https://kiosk.example/feedback/phone/")
    assert link["expires_at"] == "2026-03-10T06:15:00Z"
    svg = base64.b64decode(link["qr"].removeprefix("data:image/svg+xml;base64,")).decode()
    assert svg == qr_svg(link["url"])
    assert station.client().get(link["url"].removeprefix("https://kiosk.example")).status_code == 200


def test_the_code_can_be_read() -> None:
    url = "https://kiosk.example/feedback/phone/abcdefghijklmnopqrstuvwx"
    picture = drawn(qr_svg(url))
    (found,) = zxingcpp.read_barcodes(picture)
    assert found.text == url


def test_without_a_public_address_it_is_a_plain_404(sqlite_database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path) -> None:
    station = WebStation(sqlite_database, bus, clock, tmp_path)
    feedback = station.services.feedback
    station.db.write(feedback.ensure_defaults)
    station.db.write(lambda session: feedback.press(session, NewPress(KEY, "satisfaction", 2, PressSource.KIOSK)))
    answer = station.client().post(f"/api/v1/feedback/{KEY}/handover", json={})
    assert (answer.status_code, answer.get_json()["type"]) == (404, "/problems/handover-not-configured")


@pytest.mark.parametrize("key", ["a-key-of-no-press-01", "short", "ä" * 20, "x" * 5000, "\x00" * 20])
def test_a_key_of_no_press_gets_no_link(station: WebStation, key: str) -> None:
    answer = station.client().post(f"/api/v1/feedback/{quote(key)}/handover", json={})
    assert (answer.status_code, answer.get_json()["type"]) == (404, "/problems/press-unknown")


def test_a_form_of_another_site_cannot_ask(station: WebStation) -> None:
    answer = station.client().post(f"/api/v1/feedback/{KEY}/handover", data="{}", content_type="text/plain")
    assert answer.status_code == 415


def drawn(svg: str) -> Image.Image:
    """The picture that the path of *svg* makes, four pixels a module."""
    size = int(svg.partition('viewBox="0 0 ')[2].partition(" ")[0])
    picture = Image.new("L", (size * 4, size * 4), 255)
    draw = ImageDraw.Draw(picture)
    for step in io.StringIO(svg.rpartition('d="')[2].partition('"')[0].replace("z", "z\n")):
        column, _, rest = step.strip().removeprefix("M").partition(" ")
        line, _, rest = rest.partition("h")
        width = rest.partition("v")[0]
        x, y = int(column) * 4, int(line) * 4
        draw.rectangle((x, y, x + int(width) * 4 - 1, y + 3), fill=0)
    return picture
