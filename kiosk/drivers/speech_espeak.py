"""Speech by espeak-ng, a program of its own: text goes in by standard input, sound comes out as a WAV file.

Mandarin is checked by the phonemes, not by the exit code: espeak-ng 1.51 (Debian 12) reads most Chinese characters by
English spelling, silently. There the text is turned into pinyin first; 1.52 reads the characters themselves.
"""

import io
import re
import shutil
import subprocess
import sys
import wave
from pathlib import Path

from kiosk.devices.audio import SAMPLE_BYTES, Pcm, PcmFormat
from kiosk.devices.registry import BuildContext, Driver
from kiosk.devices.speech import NO_SPEECH, SpeechFailed, SpeechOptions

_PROGRAM = "espeak-ng"
_TIMEOUT_S = 20.0  # a long sentence takes some 50 ms on a Raspberry Pi
_MAX_TEXT = 2000
_ENGLISH, _CHARACTERS, _PINYIN = "en-gb", "cmn", "cmn-latn-pinyin"
# What espeak-ng -x prints where it changes to English because its rules have no Mandarin for a character.
_FALL_BACK = "(en)"
# Among the 3,227 of 3,755 common characters that 1.51 cannot read.
_PROBE = "号到口"


class EspeakSpeech:
    """Implements `kiosk.devices.speech.Speech`."""

    def __init__(self, options: SpeechOptions, program: str = _PROGRAM) -> None:
        self._options, self._program = options, program
        self._version: str | None = None
        self._mandarin: str | None = None

    def synthesise(self, text: str, language: str) -> Pcm:
        voice = self._voice(language)
        spoken = self._pinyin(text) if voice == _PINYIN else text
        if language == "zh" and not re.search(r"[A-Za-z]", text) and _FALL_BACK in self._phonemes(spoken, voice):
            raise SpeechFailed("not-speakable", f"{self._program} has no Mandarin for all of {text!r}")
        sound = self._run(["-v", voice, "-s", str(self._options.wpm), "--stdin", "--stdout"], spoken)
        try:
            with wave.open(io.BytesIO(sound), "rb") as file:
                pcm_format = PcmFormat(file.getframerate(), file.getnchannels())
                if file.getsampwidth() != SAMPLE_BYTES:
                    raise SpeechFailed("speech-failed", f"{self._program} gave {8 * file.getsampwidth()}-bit samples")
                # Written to a pipe, the header promises the longest file there is; what has come is all.
                frames = file.readframes(file.getnframes())
        except (wave.Error, EOFError) as error:
            raise SpeechFailed("speech-failed", f"{self._program} gave no sound: {error}") from error
        return Pcm(pcm_format, frames[: len(frames) // pcm_format.frame_bytes * pcm_format.frame_bytes])

    def fingerprint(self, language: str) -> str:
        return f"{self._program} {self._known_version()} {self._voice(language)} {self._options.wpm}"

    def _voice(self, language: str) -> str:
        if language != "zh":
            return _ENGLISH
        if self._mandarin is None:
            self._mandarin = _PINYIN if _FALL_BACK in self._phonemes(_PROBE, _CHARACTERS) else _CHARACTERS
        return self._mandarin

    def _pinyin(self, text: str) -> str:
        # In a process of its own: the dictionary would stay in this one with some 58 MB, for a handful of prompts.
        return _output([sys.executable, "-m", "kiosk.drivers.mandarin"], text).decode("utf-8")

    def _phonemes(self, text: str, voice: str) -> str:
        return self._run(["-v", voice, "-q", "-x", "--stdin"], text).decode("utf-8", "replace")

    def _known_version(self) -> str:
        if self._version is None:
            said = self._run(["--version"], "").decode("utf-8", "replace")
            found = re.search(r"\d+\.\d+(?:\.\d+)?", said)
            self._version = found.group() if found else "unknown"
        return self._version

    def _run(self, arguments: list[str], text: str) -> bytes:
        if shutil.which(self._program) is None:
            raise SpeechFailed(NO_SPEECH, f"{self._program} is not installed: sudo apt-get install espeak-ng")
        return _output([self._program, *arguments], text)


def _output(command: list[str], text: str) -> bytes:
    """What *command* answers to *text*. Raises SpeechFailed."""
    name = Path(command[0]).name
    try:
        done = subprocess.run(command, input=text[:_MAX_TEXT].encode("utf-8"), capture_output=True, timeout=_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise SpeechFailed("speech-timeout", f"{name} did not end within {_TIMEOUT_S:g} s") from error
    except OSError as error:
        raise SpeechFailed(NO_SPEECH, f"{name}: {error.strerror}") from error
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise SpeechFailed("speech-failed", f"{name} ended with {done.returncode}: {said[-1] if said else 'nothing said'}")
    return done.stdout


def _build(options: SpeechOptions, _context: BuildContext) -> EspeakSpeech:
    return EspeakSpeech(options)


DRIVER = Driver(
    kind="speech",
    name="espeak-ng",
    options=SpeechOptions,
    build=_build,
    summary="Speech by the program espeak-ng",
)
