"""Speech by espeak-ng: Mandarin checked by its phonemes, a newer engine, a missing one, one that hangs or fails."""

import stat
from pathlib import Path

import pytest

from kiosk.desk.feedback.prompts import PROMPTS
from kiosk.devices.speech import SpeechFailed, SpeechOptions
from kiosk.drivers.mandarin import to_pinyin
from kiosk.drivers.speech_espeak import EspeakSpeech


def script(folder: Path, body: str) -> EspeakSpeech:
    """An engine that is a shell script: *body* sees the arguments of espeak-ng and what it is to say."""
    path = folder / "espeak-ng"
    path.write_text(f'#!/bin/sh\necho "$*" >> "{folder}/calls"\ntext=$(cat)\n{body}\n', encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return EspeakSpeech(SpeechOptions(), program=str(path))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_it_speaks_is_sound(language: str) -> None:
    pcm = EspeakSpeech(SpeechOptions()).synthesise(PROMPTS["done"][language], language)
    assert (pcm.format.rate, pcm.format.channels) == (22050, 1)
    assert 0.5 < pcm.seconds < 5
    assert max(pcm.frames) > 0


@pytest.mark.parametrize("name", PROMPTS)
def test_every_prompt_is_mandarin_throughout(name: str) -> None:
    engine = EspeakSpeech(SpeechOptions())
    text = PROMPTS[name]["zh"]
    assert not any(letter.isascii() and letter.isalpha() for letter in text), (
        "letters are read as English, which the check takes for a fault"
    )
    voice = engine._voice("zh")
    spoken = engine._pinyin(text) if voice == "cmn-latn-pinyin" else text
    assert "(en)" not in engine._phonemes(spoken, voice)


def test_faster_speech_is_shorter_and_is_another_sound_to_the_cache() -> None:
    slow, fast = EspeakSpeech(SpeechOptions(wpm=100)), EspeakSpeech(SpeechOptions(wpm=250))
    assert fast.synthesise("Thank you, and goodbye.", "en").seconds < slow.synthesise("Thank you, and goodbye.", "en").seconds
    assert slow.fingerprint("en") != fast.fingerprint("en")
    assert slow.fingerprint("zh") != slow.fingerprint("en")


@pytest.mark.parametrize(
    ("text", "pinyin"),
    [
        ("您好", "nin2 hao3"),
        ("银行行长", "yin2 hang2 hang2 zhang3"),
        ("旅客", "lv3 ke4"),
        ("编号A12。", "bian1 hao4 A 12。"),
        ("我们的", "wo3 men5 de5"),
        ("按“继续”。", "an4 “ ji4 xu4 ”。"),
        ("", ""),
    ],
)
def test_characters_become_pinyin_and_letters_and_digits_stand_apart(text: str, pinyin: str) -> None:
    assert to_pinyin(text) == pinyin


def test_text_that_looks_like_an_option_is_spoken_and_not_obeyed(tmp_path: Path) -> None:
    target = tmp_path / "written.wav"
    pcm = EspeakSpeech(SpeechOptions()).synthesise(f"-w {target} --version; $(touch {target})", "en")
    assert pcm.seconds > 0.5
    assert not target.exists()


def test_an_engine_that_reads_characters_is_given_characters(tmp_path: Path) -> None:
    engine = script(tmp_path, 'case "$*" in *-x*) echo "X\'Au51_|";; *) exec /usr/bin/espeak-ng "$@" --stdin <<EOF\nhello\nEOF\n;; esac')
    engine.synthesise("号", "zh")
    calls = (tmp_path / "calls").read_text().splitlines()
    assert all("-v cmn " in call for call in calls)


def test_a_missing_engine_names_the_package() -> None:
    with pytest.raises(SpeechFailed) as caught:
        EspeakSpeech(SpeechOptions(), program="no-such-engine").synthesise("hello", "en")
    assert (caught.value.code, "apt-get install espeak-ng" in caught.value.detail) == ("no-speech", True)


@pytest.mark.parametrize(
    ("body", "code", "says"),
    [
        ("echo broken >&2; exit 3", "speech-failed", "ended with 3: broken"),
        ("echo no sound at all", "speech-failed", "gave no sound"),
        ("exit 0", "speech-failed", "gave no sound"),
    ],
)
def test_an_engine_that_fails_is_a_plain_reason(tmp_path: Path, body: str, code: str, says: str) -> None:
    with pytest.raises(SpeechFailed) as caught:
        script(tmp_path, body).synthesise("hello", "en")
    assert caught.value.code == code
    assert says in caught.value.detail


def test_mandarin_that_would_be_read_as_english_is_refused(tmp_path: Path) -> None:
    # A newer engine that knows the probe's characters, but not this one.
    engine = script(tmp_path, 'case "$text" in 号到口) echo "X\'Au51_|";; *) echo "(en)h,eI(cmn)";; esac')
    with pytest.raises(SpeechFailed) as caught:
        engine.synthesise("𠮷", "zh")
    assert caught.value.code == "not-speakable"
