"""`POST /feedback/say`: fixed prompts only, from the station's own screens only, and no fuss without a loudspeaker."""

from pathlib import Path

import pytest

from kiosk.config import DeviceSettings, load_configuration
from kiosk.db import Database
from kiosk.desk.actors import Role
from kiosk.desk.feedback.prompts import PROMPTS
from kiosk.devices.registry import check_devices
from kiosk.errors import ConfigError
from kiosk.events import EventBus
from kiosk.web.i18n import LANGUAGE_COOKIE
from kiosk.wiring import build_services
from tests.fakes.clock import FakeClock
from tests.fakes.web_station import WebStation

SAY = "/feedback/say"
BODY = {"prompt": "rate", "language": "zh"}


def test_without_a_loudspeaker_it_answers_that_there_is_none(station: WebStation) -> None:
    answer = station.client().post(SAY, json=BODY)
    assert (answer.status_code, answer.data) == (204, b"")


@pytest.mark.parametrize(
    "body",
    [
        {"prompt": "no-such-prompt", "language": "zh"},
        {"prompt": "rate", "language": "fr"},
        {"prompt": "rate", "language": "zh", "text": "something else"},
        {"language": "zh"},
        {"prompt": ["rate"]},
        {"prompt": "x" * 100_000},
    ],
)
def test_nothing_but_the_fixed_prompts_can_be_said(station: WebStation, body: dict[str, object]) -> None:
    answer = station.client().post(SAY, json=body)
    assert answer.status_code == 422


def test_a_form_of_another_site_is_no_json(station: WebStation) -> None:
    assert station.client().post(SAY, data={"prompt": "rate"}).status_code == 415


def test_other_browsers_may_not_use_the_loudspeaker(station: WebStation) -> None:
    answer = station.client().post(SAY, json=BODY, environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert answer.status_code == 403


def test_it_does_not_make_the_kiosks_screen_the_one_that_scans_go_to(station: WebStation) -> None:
    station.services.screens.touch("desk", at_desk=True, logged_in=True)
    station.client().post(SAY, json=BODY)
    assert station.services.screens.active() == "desk"


def test_every_prompt_is_there_in_every_language_of_the_product() -> None:
    for texts in PROMPTS.values():
        assert set(texts) == {"zh", "en"}
        assert all(texts.values())


def test_a_station_needs_to_know_which_of_two_loudspeakers_speaks(
    sqlite_database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path
) -> None:
    path = tmp_path / "kiosk.toml"
    two = "".join(f'[devices.{name}]\nkind = "audio"\ndriver = "wav-file"\n' for name in ("hall", "voice"))

    def wired(toml: str) -> None:
        path.write_text(f'[station]\nstate_dir = "{tmp_path}"\n{toml}', encoding="utf-8")
        loaded = load_configuration(path, {})
        build_services(loaded.settings, check_devices(loaded.settings.devices, loaded.locate), db=sqlite_database, bus=bus, clock=clock)

    with pytest.raises(ConfigError, match=r"feedback.speaker: there are several audio devices \(hall, voice\)"):
        wired(two)
    with pytest.raises(ConfigError, match=r"no device 'vocie' of kind audio; did you mean 'voice'"):
        wired(f'[feedback]\nspeaker = "vocie"\n{two}')
    wired(f'[feedback]\nspeaker = "voice"\n{two}')


def test_the_technician_sees_buttons_and_loudspeaker_with_their_counts(
    sqlite_database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path
) -> None:
    tables = {
        "faces": DeviceSettings("input", "gpio", {"buttons": {"1": 5}, "pin_factory": "mock"}),
        "voice": DeviceSettings("audio", "wav-file", {}),
    }
    station = WebStation(sqlite_database, bus, clock, tmp_path, devices=check_devices(tables, lambda *_names: lambda key, _value=None: key))
    client = station.browser(Role.TECHNICIAN).client
    client.set_cookie(LANGUAGE_COOKIE, "en")
    page = client.get("/technician").text
    for words in ("faces", "voice", "Pressed", "On their way to the disk", "Played"):
        assert words in page
