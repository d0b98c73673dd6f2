"""The hub with buttons and a loudspeaker: pressed at the pins, heard in files, tested, offline with a reason."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk.config import DeviceSettings, Scans, Settings
from kiosk.db import Database
from kiosk.desk.feedback.prompts import PROMPTS
from kiosk.devices.audio import Pcm
from kiosk.devices.audio_service import Prompt
from kiosk.devices.button_service import Answer, ButtonPress
from kiosk.devices.hub import DeviceHub, DeviceOffline
from kiosk.devices.queue import JobQueue
from kiosk.devices.registry import BuildContext, check_devices
from kiosk.devices.scan_answers import sound
from kiosk.devices.speech import read_wav
from kiosk.devices.state import DeviceState
from kiosk.events import EventBus
from tests.fakes.clock import FakeClock
from tests.fakes.gpio import Board, board
from tests.fakes.waiting import eventually

Hub = Callable[..., DeviceHub]
BUTTON_2, LAMP_2, SCAN_LED = 6, 16, 26


class Sink:
    """Takes presses and records them at once."""

    def __init__(self) -> None:
        self.pressed: list[int] = []

    def __call__(self, press: ButtonPress, answer: Answer) -> None:
        self.pressed.append(press.button)
        threading.Thread(target=answer, args=(True,)).start()


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def pins(clock: FakeClock, tmp_path: Path) -> Iterator[Board]:
    with board(clock, tmp_path) as made:
        yield made


@pytest.fixture
def hub(sqlite_database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path, pins: Board, sink: Sink) -> Iterator[Hub]:
    """Makes and starts a hub with a panel and a loudspeaker; *buttons* replaces options of the panel."""
    made: list[DeviceHub] = []

    def make(**buttons: object) -> DeviceHub:
        panel = {"pin_factory": "mock", "chip": pins.chip, "buttons": {"1": 5, "2": BUTTON_2}, "leds": {"2": LAMP_2}} | buttons
        devices = {
            "faces": DeviceSettings("input", "gpio", panel),
            "voice": DeviceSettings("audio", "wav-file", {"folder": str(tmp_path / "sound")}),
        }
        settings = Settings(devices=devices, scans=Scans(beeper="voice"))
        hub = DeviceHub(
            check_devices(devices, lambda *_names: lambda key, _value=None: key),
            lambda name: BuildContext(name, clock, tmp_path / "cache"),
            settings=settings,
            db=sqlite_database,
            bus=bus,
            clock=clock,
            jobs=JobQueue(settings.station.name, clock, 180),
            scan_sink=lambda _scan: None,
            press_sink=sink,
            speaker="voice",
            prompts=[Prompt(PROMPTS["done"]["en"], "en")],
        )
        made.append(hub)
        hub.start()
        return hub

    yield make
    for hub in made:
        hub.stop()


def ready(hub: DeviceHub, name: str) -> None:
    eventually(lambda: hub.status(name).state is DeviceState.READY)


def test_a_press_at_the_pin_is_taken_and_its_lamp_lit(hub: Hub, pins: Board, sink: Sink, clock: FakeClock) -> None:
    running = hub()
    ready(running, "faces")
    pins.press(BUTTON_2, bounces=4)

    def settled() -> bool:
        clock.advance(0.01)
        return pins.lit(LAMP_2)

    eventually(settled)
    pins.release(BUTTON_2)
    assert sink.pressed == [2]
    assert [level.high for level in pins.journal] == [False, True] * 4 + [False, True]
    stats = running.button_stats("faces")
    assert stats is not None
    assert (stats.pressed, stats.recorded, stats.waiting) == (1, 1, 0)


def test_a_prompt_is_heard_in_the_time_that_it_lasts_and_told(hub: Hub, clock: FakeClock, bus: EventBus, tmp_path: Path) -> None:
    told: list[object] = []
    bus.subscribe(lambda event: told.append(event.data["playing"]) if event.name == "audio.state" else None)
    running = hub()
    ready(running, "voice")
    began = clock.monotonic()
    assert running.say(PROMPTS["done"]["en"], "en")

    def heard() -> bool:
        clock.advance(0.05)
        return told[-1:] == [False]

    eventually(heard)
    newest = max((tmp_path / "sound").glob("*.wav"))
    assert clock.monotonic() - began >= read_wav(newest).seconds > 1


def test_self_tests_light_the_lamps_and_play_a_tone(
    hub: Hub, pins: Board, clock: FakeClock, sqlite_database: Database, tmp_path: Path
) -> None:
    running = hub()
    ready(running, "faces")
    ready(running, "voice")
    reports = [sqlite_database.write(lambda session, name=name: running.test(session, name)) for name in ("faces", "voice")]
    assert [(report.kind, report.counts is not None) for report in reports] == [("input", True), ("audio", True)]
    eventually(lambda: pins.lit(LAMP_2))

    def heard() -> bool:
        clock.advance(0.05)
        return any((tmp_path / "sound").glob("*.wav"))

    eventually(heard)


def test_a_pin_named_twice_leaves_the_panel_offline_with_a_reason_and_a_next_try(hub: Hub, sqlite_database: Database) -> None:
    running = hub(leds={"2": 5})
    eventually(lambda: running.status("faces").state is DeviceState.OFFLINE)
    status = running.status("faces")
    assert status.reason is not None
    assert (status.reason.code, status.next_try_at is not None) == ("pin-twice", True)
    with pytest.raises(DeviceOffline):
        sqlite_database.write(lambda session: running.test(session, "faces"))
    ready(running, "voice")  # no device waits for another


def test_without_a_loudspeaker_nothing_is_said(hub: Hub) -> None:
    running = hub()
    assert running.button_stats("voice") is None
    assert running.audio_stats("faces") is None


def heard(clock: FakeClock, folder: Path) -> list[Pcm]:
    """Every sound that was played to its end; lets a moment pass."""
    clock.advance(0.05)
    return [read_wav(path) for path in sorted(folder.glob("*.wav"))]


def test_a_scan_that_leads_somewhere_is_answered_by_a_high_tone_and_a_steady_light(
    hub: Hub, pins: Board, clock: FakeClock, tmp_path: Path
) -> None:
    running = hub(scan_led=SCAN_LED)
    ready(running, "faces")
    ready(running, "voice")
    running.answer_scan(True)
    eventually(lambda: pins.lit(SCAN_LED))
    eventually(lambda: heard(clock, tmp_path / "sound") == [sound(True).at_volume(80)])


def test_a_scan_that_leads_nowhere_sounds_low(hub: Hub, clock: FakeClock, tmp_path: Path) -> None:
    running = hub()
    ready(running, "voice")
    running.answer_scan(False)
    eventually(lambda: heard(clock, tmp_path / "sound") == [sound(False).at_volume(80)])
    assert len(sound(False).frames) > 2 * len(sound(True).frames)


def test_a_scan_is_answered_by_light_alone_while_the_loudspeaker_is_away(hub: Hub, pins: Board, tmp_path: Path) -> None:
    (tmp_path / "sound").write_text("no folder")
    running = hub(scan_led=SCAN_LED)
    ready(running, "faces")
    eventually(lambda: running.status("voice").state is DeviceState.OFFLINE)
    running.answer_scan(True)
    eventually(lambda: pins.lit(SCAN_LED))
    stats = running.audio_stats("voice")
    assert stats is not None
    assert stats.begun == 0
