"""Sound outputs: WAV files in real time by the clock; PortAudio over an ALSA device that writes a file; what is missing."""

import subprocess
import sys
import threading
import wave
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kiosk.devices.audio import PcmFormat, tone
from kiosk.devices.errors import DeviceAbsent, DeviceLost
from kiosk.devices.registry import BuildContext
from kiosk.devices.speech import read_wav
from kiosk.drivers import audio_wav
from kiosk.drivers.audio_sounddevice import PortAudioOutput, SoundDeviceOptions
from kiosk.drivers.audio_wav import WavFileOptions, WavFiles
from tests.fakes.clock import FakeClock

RATE = PcmFormat(8000)


def wav_files(clock: FakeClock, folder: Path, **options: Any) -> WavFiles:
    made: WavFiles = audio_wav.DRIVER.build(
        msgspec.convert({"folder": str(folder)} | options, WavFileOptions), BuildContext("v", clock, folder)
    )
    return made


def seconds(count: float) -> bytes:
    return b"\1\0" * int(RATE.rate * count)


def written(folder: Path) -> list[float]:
    return [read_wav(path).seconds for path in sorted(folder.glob("*.wav"))]


def test_a_sound_takes_the_time_that_it_lasts_and_is_then_in_a_file(clock: FakeClock, tmp_path: Path) -> None:
    output = wav_files(clock, tmp_path)
    output.open()
    steps: list[str] = []

    def play() -> None:
        output.begin(RATE)
        output.write(seconds(1.0))
        steps.append("written")
        output.finish()
        steps.append("heard")

    thread = threading.Thread(target=play)
    thread.start()
    clock.wait_until_waiting()
    clock.advance(0.85)
    clock.wait_until_waiting()
    assert steps == []
    clock.advance(0.1)  # all but the buffer of 0.1 s
    while steps != ["written"]:
        clock.wait_until_waiting()
    clock.advance(0.1)
    thread.join(5)
    assert steps == ["written", "heard"]
    output.close()
    assert written(tmp_path) == [1.0]


def test_what_was_cut_off_is_not_in_the_file(clock: FakeClock, tmp_path: Path) -> None:
    output = wav_files(clock, tmp_path, buffer_ms=1000)
    output.open()
    output.begin(RATE)
    output.write(seconds(1.0))
    clock.advance(0.25)
    output.abort()
    assert written(tmp_path) == [pytest.approx(0.25, abs=0.001)]
    output.close()


def test_files_are_numbered_on_and_the_oldest_deleted(clock: FakeClock, tmp_path: Path) -> None:
    for _ in range(2):
        output = wav_files(clock, tmp_path, keep=3)
        output.open()
        for _ in range(2):
            output.begin(RATE)
            output.abort()
        output.close()
    assert [path.name for path in sorted(tmp_path.glob("*.wav"))] == ["00000002.wav", "00000003.wav", "00000004.wav"]


def test_a_gap_in_the_writing_is_a_gap_in_the_sound(clock: FakeClock, tmp_path: Path) -> None:
    output = wav_files(clock, tmp_path, buffer_ms=1000)
    output.open()
    output.begin(RATE)
    output.write(seconds(0.5))
    clock.advance(10)
    output.write(seconds(0.5))
    clock.advance(0.1)
    output.abort()
    assert written(tmp_path) == [pytest.approx(0.6, abs=0.001)]
    output.close()


def test_what_a_power_cut_left_unfinished_is_cleared_away(clock: FakeClock, tmp_path: Path) -> None:
    (tmp_path / "00000007.part").write_bytes(b"RIFF")
    output = wav_files(clock, tmp_path)
    output.open()
    assert list(tmp_path.iterdir()) == []
    output.close()


def test_a_folder_that_cannot_be_made_is_a_plain_reason(clock: FakeClock, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DeviceAbsent) as caught:
        wav_files(clock, tmp_path / "file" / "below").open()
    assert caught.value.code == "cannot-open"


def test_a_sound_before_the_opening_is_refused(clock: FakeClock, tmp_path: Path) -> None:
    output = wav_files(clock, tmp_path)
    with pytest.raises(DeviceLost):
        output.begin(RATE)
    output.close()


# -- PortAudio, in a process of its own: ALSA reads its configuration once, and so does PortAudio

_ALSA = """
pcm.!default {{ type file; file "{folder}/heard.raw"; format raw; slave.pcm {{ type null }} }}
pcm.hall {{ type null }}
"""
_PLAY = """
import msgspec
from kiosk.devices.audio import tone
from kiosk.devices.errors import DeviceError
from kiosk.drivers.audio_sounddevice import PortAudioOutput, SoundDeviceOptions

output = PortAudioOutput(msgspec.convert({options}, SoundDeviceOptions))
try:
    output.open()
    print("opened", output.describe(), "|", ", ".join(output.outputs()))
    sound = tone(seconds=0.2)
    for how in ("finish", "abort", "finish"):
        output.begin(sound.format)
        for place in range(0, len(sound.frames), 882):
            output.write(sound.frames[place : place + 882])
        getattr(output, how)()
    output.close()
    output.close()
    output.open()
    output.close()
    print("closed")
except DeviceError as error:
    print(type(error).__name__, error.code, error.detail)
"""


def port_audio(folder: Path, options: dict[str, object], configuration: str = _ALSA) -> str:
    (folder / "asound.conf").write_text(configuration.format(folder=folder), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", _PLAY.format(options=options)],
        env={"ALSA_CONFIG_PATH": str(folder / "asound.conf"), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    return done.stdout


def test_portaudio_plays_through_the_default_output(tmp_path: Path) -> None:
    told = port_audio(tmp_path, {})
    assert told.startswith("opened default")
    assert told.endswith("closed\n")
    heard = (tmp_path / "heard.raw").read_bytes()
    assert tone(seconds=0.2).frames in heard


def test_an_output_is_found_by_a_part_of_its_name(tmp_path: Path) -> None:
    assert port_audio(tmp_path, {"device": "HAL"}).startswith("opened hall")


def test_an_output_of_another_name_is_a_reason_that_lists_what_there_is(tmp_path: Path) -> None:
    told = port_audio(tmp_path, {"device": "usb speaker"})
    assert told.startswith("DeviceAbsent no-sound-card no sound output is called 'usb speaker'; there are: ")
    assert "hall" in told


def test_a_machine_without_a_sound_card_is_a_reason(tmp_path: Path) -> None:
    assert port_audio(tmp_path, {}, configuration="pcm.!default {{ type hw; card 31 }}\n").startswith("DeviceAbsent no-sound-card")


def test_an_output_that_is_not_open_is_closed_without_a_word_and_cannot_play() -> None:
    output = PortAudioOutput(SoundDeviceOptions())
    output.abort()
    output.close()
    with pytest.raises(DeviceLost):
        output.begin(RATE)
    with pytest.raises(DeviceLost):
        output.write(b"\0\0")


def test_a_wav_file_of_another_width_is_refused(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "8bit.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(b"\x80" * 10)
    with pytest.raises(wave.Error):
        read_wav(tmp_path / "8bit.wav")
