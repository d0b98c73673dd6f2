"""The audio service: one sound at a time, a newer one replaces it, prompts beforehand, an engine or a card that is missing."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.devices.audio import AudioOptions, Pcm, PcmFormat, tone
from kiosk.devices.audio_service import AudioService, Prompt
from kiosk.devices.errors import DeviceLost
from kiosk.devices.speech import NO_SPEECH, CachedSpeech, SpeechFailed
from kiosk.devices.state import DeviceState
from tests.fakes.clock import FakeClock
from tests.fakes.controls import FakeControl
from tests.fakes.waiting import eventually

HELLO, BYE = Prompt("Hello", "en"), Prompt("再见", "zh")


class FakeOutput:
    """Implements `AudioOutput`: time passes as frames are written; *heard* has each sound, cut where it was cut."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.heard: list[tuple[float, bool]] = []  # (seconds, whole)
        self.at: dict[float, object] = {}  # seconds of sound -> what happens then
        self.lost = False
        self._format = PcmFormat(1)
        self._seconds = 0.0
        self._playing = False

    def open(self) -> None: ...

    def close(self) -> None:
        self.abort()

    def begin(self, pcm_format: PcmFormat) -> None:
        self._format, self._seconds, self._playing = pcm_format, 0.0, True

    def write(self, frames: bytes) -> None:
        if self.lost:
            raise DeviceLost("unplugged", "gone")
        seconds = len(frames) / self._format.frame_bytes / self._format.rate
        self._clock.advance(seconds)
        self._seconds += seconds
        for moment in [moment for moment in self.at if moment <= self._seconds]:
            self.at.pop(moment)()  # type: ignore[operator]

    def finish(self) -> None:
        self._end(True)

    def abort(self) -> None:
        if self._playing:
            self._end(False)

    def describe(self) -> str:
        return "fake"

    def _end(self, whole: bool) -> None:
        self._playing = False
        self.heard.append((round(self._seconds, 2), whole))


class FakeSpeech:
    """Implements `Speech`: one second of sound for each text, unless it is missing."""

    def __init__(self) -> None:
        self.spoken: list[str] = []
        self.missing = False

    def synthesise(self, text: str, language: str) -> Pcm:
        if self.missing:
            raise SpeechFailed(NO_SPEECH, "not installed")
        self.spoken.append(text)
        return tone(seconds=1.0, rate=8000)

    def fingerprint(self, language: str) -> str:
        if self.missing:
            raise SpeechFailed(NO_SPEECH, "not installed")
        return "fake 1"


class Rig:
    """A service whose thread is the test: `serve` runs it until nothing is left to do."""

    def __init__(self, folder: Path, prompts: tuple[Prompt, ...] = ()) -> None:
        self.clock = FakeClock()
        self.control = FakeControl(self.clock)
        self.output = FakeOutput(self.clock)
        self.engine = FakeSpeech()
        speech = CachedSpeech(lambda: self.engine, lambda: folder)
        self.told: list[bool] = []
        self.service = AudioService("voice", lambda: self.output, AudioOptions(), speech, prompts, self.clock, self.told.append)
        self.ended: list[bool] = []

    def say(self, prompt: Prompt) -> bool:
        return self.service.say(prompt.text, prompt.language, self.ended.append)

    def serve(self, prepared: Callable[[], bool] = lambda: True) -> None:
        """Serve in a thread until it waits for something new to do and *prepared*, then stop it."""
        self.service.open()
        thread = threading.Thread(target=self.service.serve, args=(self.control,))
        thread.start()
        self.clock.wait_until_waiting()

        def look() -> bool:
            if prepared():
                return True
            self.clock.advance(5)
            return False

        eventually(look)
        self.clock.wait_until_waiting()
        self.stop(thread)

    def stop(self, thread: threading.Thread) -> None:
        self.control.stop()
        self.service.wake()
        thread.join(5)
        assert not thread.is_alive()
        self.control.stopping = False


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def test_a_prompt_is_spoken_to_its_end(rig: Rig) -> None:
    assert rig.say(HELLO)
    rig.serve()
    assert (rig.output.heard, rig.ended, rig.engine.spoken) == ([(1.0, True)], [True], ["Hello"])
    assert rig.service.stats().last == HELLO
    assert rig.told == [True, False]
    assert rig.control.reports == [(DeviceState.READY, None)]


def test_a_newer_prompt_replaces_the_one_that_is_heard(rig: Rig) -> None:
    rig.output.at = {0.5: lambda: rig.say(BYE)}
    rig.say(HELLO)
    rig.serve()
    (cut, whole), (second, second_whole) = rig.output.heard
    assert (whole, second, second_whole) == (False, 1.0, True)
    assert 0.5 <= cut < 0.6
    assert rig.ended == [False, True]


def test_of_prompts_that_wait_only_the_newest_is_heard(rig: Rig) -> None:
    rig.say(HELLO)
    rig.say(BYE)
    rig.serve()
    assert (rig.output.heard, rig.engine.spoken, rig.ended) == ([(1.0, True)], ["再见"], [False, True])


def test_a_signal_never_cuts_off_somebody_who_is_being_spoken_to(rig: Rig) -> None:
    answers: list[bool] = []
    rig.output.at = {0.5: lambda: answers.append(rig.service.signal(tone(seconds=0.2)))}
    rig.say(HELLO)
    rig.serve()
    assert (rig.output.heard, answers) == ([(1.0, True)], [False])


def test_a_signal_replaces_the_one_before(rig: Rig) -> None:
    answers: list[bool] = []
    rig.output.at = {0.1: lambda: answers.append(rig.service.signal(tone(seconds=0.2)))}
    answers.append(rig.service.signal(tone(seconds=0.4)))
    rig.serve()
    (_cut, whole), (second, second_whole) = rig.output.heard
    assert (whole, second_whole, answers) == (False, True, [True, True])
    assert second == pytest.approx(0.2, abs=0.01)


def test_silence_ends_what_is_heard(rig: Rig) -> None:
    rig.output.at = {0.3: rig.service.silence}
    rig.say(HELLO)
    rig.serve()
    assert rig.output.heard == [(pytest.approx(0.32, abs=0.05), False)]
    assert rig.service.stats().replaced == 1


def test_a_stop_of_the_station_ends_what_is_heard(rig: Rig) -> None:
    rig.output.at = {0.3: rig.control.stop}
    rig.say(HELLO)
    rig.service.open()
    rig.service.serve(rig.control)
    assert rig.output.heard[0][1] is False


def test_prompts_are_prepared_when_nothing_is_to_be_said_and_only_once(tmp_path: Path) -> None:
    rig = Rig(tmp_path, prompts=(HELLO, BYE))
    rig.serve(prepared=lambda: len(rig.engine.spoken) == 2)
    assert rig.engine.spoken == ["Hello", "再见"]
    assert rig.clock.monotonic() >= FakeClock().monotonic() + 20, "a start has better things to do"
    again = Rig(tmp_path, prompts=(HELLO, BYE))
    again.say(HELLO)
    again.serve()
    assert again.engine.spoken == []
    assert again.output.heard == [(1.0, True)]


def test_without_its_engine_it_is_degraded_refuses_prompts_and_still_plays_sounds(tmp_path: Path) -> None:
    rig = Rig(tmp_path, prompts=(HELLO,))
    rig.engine.missing = True
    rig.serve(prepared=lambda: rig.control.reports[-1][0] is DeviceState.DEGRADED)
    assert rig.control.reports[-1] == (DeviceState.DEGRADED, NO_SPEECH)
    assert not rig.say(HELLO)
    rig.service.test()
    rig.serve()
    assert rig.output.heard == [(0.4, True)]


def test_an_engine_that_is_installed_later_is_found(tmp_path: Path) -> None:
    rig = Rig(tmp_path, prompts=(HELLO,))
    rig.engine.missing = True
    rig.service.open()
    thread = threading.Thread(target=rig.service.serve, args=(rig.control,))
    thread.start()
    rig.clock.wait_until_waiting()
    rig.clock.advance(21)
    eventually(lambda: rig.control.reports[-1] == (DeviceState.DEGRADED, NO_SPEECH))
    rig.engine.missing = False
    rig.clock.wait_until_waiting()
    rig.clock.advance(61)
    eventually(lambda: rig.engine.spoken == ["Hello"])
    rig.clock.wait_until_waiting()
    rig.stop(thread)
    assert rig.control.reports[-1] == (DeviceState.READY, None)


def test_a_card_that_is_pulled_out_is_the_supervisors_matter(rig: Rig) -> None:
    rig.output.lost = True
    rig.say(HELLO)
    rig.service.open()
    with pytest.raises(DeviceLost):
        rig.service.serve(rig.control)
    assert (rig.ended, rig.service.stats().failed) == ([False], 1)


def test_a_prompt_for_a_shopper_who_has_gone_is_not_spoken(rig: Rig) -> None:
    rig.say(HELLO)
    rig.clock.advance(30)  # the card was away so long
    rig.serve()
    assert (rig.output.heard, rig.ended) == ([], [False])


def test_a_device_without_speech_says_so(rig: Rig) -> None:
    mute = AudioService("bell", lambda: rig.output, AudioOptions(speech=""), None, (HELLO,), rig.clock)
    assert not mute.say("Hello", "en")


def test_the_volume_is_the_configurations(tmp_path: Path) -> None:
    loud = Pcm(PcmFormat(8000), (1000).to_bytes(2, "little", signed=True) + (-1000).to_bytes(2, "little", signed=True))
    assert loud.at_volume(50).frames == (500).to_bytes(2, "little", signed=True) + (-500).to_bytes(2, "little", signed=True)
    assert loud.at_volume(100) is loud
    assert set(loud.at_volume(0).frames) == {0}


def test_a_tone_lasts_as_long_as_it_says_and_begins_and_ends_in_silence() -> None:
    made = tone(seconds=0.5, rate=8000)
    assert made.seconds == 0.5
    assert made.frames[:2] == made.frames[-2:] == b"\0\0"


def test_a_sound_that_a_power_cut_has_spoilt_is_spoken_anew(tmp_path: Path) -> None:
    engine = FakeSpeech()
    CachedSpeech(lambda: engine, lambda: tmp_path).synthesise("Hello", "en")
    (kept,) = tmp_path.glob("*.wav")
    kept.write_bytes(kept.read_bytes()[:20])
    assert CachedSpeech(lambda: engine, lambda: tmp_path).synthesise("Hello", "en").seconds == 1.0
    assert engine.spoken == ["Hello", "Hello"]


def test_a_folder_that_cannot_be_written_costs_the_cache_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    engine = FakeSpeech()
    assert CachedSpeech(lambda: engine, lambda: tmp_path / "file").synthesise("Hello", "en").seconds == 1.0
