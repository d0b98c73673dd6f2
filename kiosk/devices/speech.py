"""The interface of a speech engine, and a cache on disk, so that a prompt is spoken at once the second time."""

import contextlib
import hashlib
import os
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta

from kiosk.devices.audio import SAMPLE_BYTES, Pcm, PcmFormat
from kiosk.devices.errors import DeviceError

# The code of a SpeechFailed that no text can change: the engine is not there.
NO_SPEECH = "no-speech"
# Sounds kept at most. A prompt is some 150 kB; the kiosk has a dozen in two languages.
_KEEP = 400


class SpeechFailed(DeviceError):
    """The engine is missing, hangs, or cannot speak the text. *code*: ``no-speech``, ``speech-timeout``, ``not-speakable``..."""


class Speech(Protocol):
    """A speech engine; used by one thread at a time."""

    def synthesise(self, text: str, language: str) -> Pcm:
        """*text* spoken in *language* (``zh``, ``en``). Raises SpeechFailed, within seconds."""
        ...

    def fingerprint(self, language: str) -> str:
        """Names everything beside the text that a sound depends on: engine, version, voice, speed. Raises SpeechFailed."""
        ...


class SpeechOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a driver of kind speech is built with; the audio device that uses it says so in its own options."""

    wpm: Annotated[int, Meta(ge=80, le=400, description="Speed in words a minute.")] = 150


class CachedSpeech:
    """Implements `Speech` by another one, asking it for each text only once."""

    def __init__(self, speech: Callable[[], Speech], folder: Callable[[], Path]) -> None:
        """*speech* makes the engine at first use; the *folder* keeps the sounds."""
        self._make, self._find_folder = speech, folder
        self._speech: Speech | None = None

    def synthesise(self, text: str, language: str) -> Pcm:
        path = self._path(text, language)
        kept = _read(path)
        if kept is not None:
            with contextlib.suppress(OSError):
                os.utime(path)  # the oldest unused are thrown away first
            return kept
        pcm = self._engine.synthesise(text, language)
        _write(path, pcm)
        self._throw_away()
        return pcm

    def fingerprint(self, language: str) -> str:
        return self._engine.fingerprint(language)

    @property
    def _engine(self) -> Speech:
        if self._speech is None:
            self._speech = self._make()
        return self._speech

    @property
    def _folder(self) -> Path:
        return self._find_folder()

    def _path(self, text: str, language: str) -> Path:
        name = "\0".join((self.fingerprint(language), language, text))
        return self._folder / f"{hashlib.sha256(name.encode('utf-8')).hexdigest()[:32]}.wav"

    def _throw_away(self) -> None:
        with contextlib.suppress(OSError):  # somebody else tidies up at the same time
            kept = sorted(self._folder.glob("*.wav"), key=lambda path: path.stat().st_mtime)
            for path in kept[: max(0, len(kept) - _KEEP)]:
                path.unlink()


def read_wav(path: Path) -> Pcm:
    """The sound in *path*, 16-bit PCM. Raises OSError, EOFError and wave.Error."""
    with wave.open(str(path), "rb") as file:
        if file.getsampwidth() != SAMPLE_BYTES:
            raise wave.Error(f"{path}: {8 * file.getsampwidth()}-bit samples")
        return Pcm(PcmFormat(file.getframerate(), file.getnchannels()), file.readframes(file.getnframes()))


def write_wav(path: Path, pcm: Pcm) -> None:
    """Write *pcm* to *path*. Raises OSError."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(pcm.format.channels)
        file.setsampwidth(SAMPLE_BYTES)
        file.setframerate(pcm.format.rate)
        file.writeframes(pcm.frames)


def _read(path: Path) -> Pcm | None:
    """A kept sound; None when there is none, or a power cut has spoilt it."""
    try:
        pcm = read_wav(path)
    except (OSError, EOFError, wave.Error):
        return None
    return pcm if pcm.frames else None


def _write(path: Path, pcm: Pcm) -> None:
    """Keep a sound, whole or not at all. A full disk costs the next one the time to speak it anew, nothing else."""
    fresh = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_wav(fresh, pcm)
        fresh.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
