"""`kiosk device` and `kiosk doctor` for buttons and loudspeakers: what a person presses, sees and hears."""

import json
from pathlib import Path

import pytest

from kiosk.cli.hands import try_buttons
from kiosk.devices.buttons import ButtonOptions
from kiosk.devices.speech import read_wav
from kiosk.errors import KioskError
from tests.cli.conftest import Kiosk
from tests.fakes.clock import FakeClock
from tests.fakes.panels import FakePanel

BUTTONS = """
[devices.faces]
kind = "input"
driver = "gpio"
pin_factory = "mock"
chip = 990
buttons = { 1 = 5, 2 = 6 }
leds = { 1 = 12 }
"""


def add(folder: Path, table: str) -> None:
    with (folder / "kiosk.toml").open("a", encoding="utf-8") as file:
        file.write(table)


def add_voice(folder: Path, more: str = "") -> None:
    add(folder, f'[devices.voice]\nkind = "audio"\ndriver = "wav-file"\nfolder = "{folder}/sound"\n{more}\n')


@pytest.fixture
def panel(clock: FakeClock) -> FakePanel:
    made = FakePanel(clock, buttons=(1, 2), lamps=frozenset({1, 2}))
    made.open()
    return made


def test_a_panel_is_tested_by_its_lamps_in_turn_and_a_press_of_each_button(
    panel: FakePanel, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    panel.press(2.0, 2)
    panel.press(3.0, 1)
    try_buttons("faces", panel, ButtonOptions(), clock=clock)
    assert capsys.readouterr().out.splitlines() == ["lamp 1", "lamp 2", "button 2", "button 1", "ok: every button was pressed"]
    assert [(button, on) for _, button, on in panel.journal] == [(1, True), (1, False), (2, True), (2, False)]


def test_a_button_that_nobody_can_press_is_named(panel: FakePanel, clock: FakeClock) -> None:
    panel.press(2.0, 2)
    panel.edge(2.5, 1, True)  # a spike is no press
    panel.edge(2.501, 1, False)
    with pytest.raises(KioskError, match=r"faces: not pressed, or not connected: button 1$"):
        try_buttons("faces", panel, ButtonOptions(), clock=clock)


def test_a_probe_tells_how_the_contacts_stand(fresh: Kiosk, folder: Path) -> None:
    add(folder, BUTTONS)
    answer = fresh("device", "probe", "faces")
    assert answer.out.splitlines() == ["button 1: open, with a lamp", "button 2: open, without a lamp"]


def test_a_loudspeaker_is_tested_with_a_tone(fresh: Kiosk, folder: Path) -> None:
    add_voice(folder)
    answer = fresh("device", "test", "voice")
    assert answer.out.startswith(f"ok: a tone was played through WAV files in {folder}/sound")
    (path,) = (folder / "sound").glob("*.wav")
    assert read_wav(path).seconds == pytest.approx(0.4, abs=0.01)


def test_a_probe_of_a_loudspeaker_says_what_plays(fresh: Kiosk, folder: Path) -> None:
    add_voice(folder)
    assert fresh("device", "probe", "voice").out == f"plays through: WAV files in {folder}/sound\n"


def test_the_doctor_looks_at_buttons_loudspeaker_and_speech(fresh: Kiosk, folder: Path) -> None:
    add(folder, BUTTONS)
    add_voice(folder)
    findings = {finding["check"]: finding for finding in json.loads(fresh("doctor", "--json").out)}
    assert [findings[check]["ok"] for check in ("device faces", "device voice", "speech of voice")] == [True, True, True]
    assert "espeak-ng" in findings["speech of voice"]["detail"]


def test_the_doctor_names_a_pin_that_is_named_twice(fresh: Kiosk, folder: Path) -> None:
    add(folder, BUTTONS.replace("1 = 12", "1 = 6"))
    findings = {finding["check"]: finding for finding in json.loads(fresh("doctor", "--json").out)}
    assert findings["device faces"]["detail"] == "GPIO 6 is named twice: for button 2 and for lamp 1"


def test_a_speech_engine_that_does_not_exist_is_a_mistake_of_the_configuration(fresh: Kiosk, folder: Path) -> None:
    add_voice(folder, 'speech = "espeak"')
    answer = fresh("config", "check")
    assert answer.status == 2
    assert "no driver 'espeak'; did you mean 'espeak-ng'?" in answer.err
