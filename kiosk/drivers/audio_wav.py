"""Sound into WAV files, in the time that it lasts: for tests, and for machines without a sound card."""

import contextlib
import itertools
import threading
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from kiosk.clock import Clock
from kiosk.devices.audio import SAMPLE_BYTES, AudioOptions, PcmFormat
from kiosk.devices.errors import DeviceAbsent, DeviceLost
from kiosk.devices.registry import BuildContext, Driver

_SUFFIX = ".wav"


class WavFileOptions(AudioOptions, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of ``kind = "audio"``, ``driver = "wav-file"``."""

    folder: Annotated[str, Meta(description="Folder for the files; empty: one in the station's cache.")] = ""
    keep: Annotated[int, Meta(ge=1, le=10_000, description="Files kept; the oldest are deleted.")] = 50
    buffer_ms: Annotated[int, Meta(ge=10, le=1000, description="Milliseconds of sound that are taken before they are heard.")] = 100


class WavFiles:
    """Implements `kiosk.devices.audio.AudioOutput`. A file holds what would have been heard: what `abort` cut off is not in it."""

    def __init__(self, options: WavFileOptions, clock: Clock, folder: Path) -> None:
        self._options, self._clock, self._folder = options, clock, folder
        self._opened = False
        self._file: wave.Wave_write | None = None
        self._path = folder
        self._format = PcmFormat(1)
        self._unheard = bytearray()
        self._silent_at = 0.0  # when everything that was written will have been heard
        self._never = threading.Event()

    def open(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            probe = self._folder / ".writable"
            probe.touch()
            probe.unlink()
            for unfinished in self._folder.glob("[0-9]*.part"):  # a power cut ended it
                unfinished.unlink()
        except PermissionError as error:
            raise DeviceAbsent("no-permission", f"{self._folder}: {error.strerror}") from error
        except OSError as error:
            raise DeviceAbsent("cannot-open", f"{self._folder}: {error.strerror}") from error
        self._opened = True

    def close(self) -> None:
        with contextlib.suppress(DeviceLost):
            self.abort()
        self._opened = False

    def begin(self, pcm_format: PcmFormat) -> None:
        if not self._opened:
            raise DeviceLost("closed", "the folder for sound is not open")
        self.abort()
        self._format, self._silent_at = pcm_format, self._clock.monotonic()
        with self._failing():
            self._path = next(path for number in itertools.count(self._newest() + 1) if not (path := self._numbered(number)).exists())
            file = wave.open(str(self._path.with_suffix(".part")), "wb")  # noqa: SIM115 - closed by finish and abort
            file.setnchannels(pcm_format.channels)
            file.setsampwidth(SAMPLE_BYTES)
            file.setframerate(pcm_format.rate)
            self._file = file

    def write(self, frames: bytes) -> None:
        now = self._clock.monotonic()
        self._keep_heard(now)
        # A gap in the writing is a gap in the sound: it goes on from now.
        self._silent_at = max(self._silent_at, now) + len(frames) / self._format.frame_bytes / self._format.rate
        self._unheard += frames
        self._wait_until(self._silent_at - self._options.buffer_ms / 1000)
        self._keep_heard(self._clock.monotonic())

    def finish(self) -> None:
        self._wait_until(self._silent_at)
        self._end()

    def abort(self) -> None:
        self._end()

    def describe(self) -> str:
        return f"WAV files in {self._folder}"

    def _end(self) -> None:
        file = self._file
        if file is None:
            return
        self._keep_heard(self._clock.monotonic())
        self._unheard.clear()
        self._file = None
        with self._failing():
            file.close()
            part = self._path.with_suffix(".part")
            part.replace(self._path)
            for old in sorted(self._folder.glob(f"[0-9]*{_SUFFIX}"))[: -self._options.keep]:
                old.unlink(missing_ok=True)

    def _keep_heard(self, now: float) -> None:
        """Put into the file what has been heard by *now*."""
        if self._file is None:
            return
        left = min(len(self._unheard), self._format.bytes_for(max(0.0, self._silent_at - now)))
        heard = self._unheard[: len(self._unheard) - left]
        del self._unheard[: len(heard)]
        with self._failing():
            self._file.writeframes(heard)

    def _wait_until(self, moment: float) -> None:
        while (left := moment - self._clock.monotonic()) > 0:
            self._clock.wait(self._never, left)

    def _newest(self) -> int:
        return max((int(path.stem) for path in self._folder.glob(f"[0-9]*{_SUFFIX}") if path.stem.isdecimal()), default=0)

    def _numbered(self, number: int) -> Path:
        return self._folder / f"{number:08}{_SUFFIX}"

    @contextlib.contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise DeviceLost("cannot-write", f"{self._folder}: {error.strerror}") from error


def _build(options: WavFileOptions, context: BuildContext) -> WavFiles:
    folder = Path(options.folder) if options.folder else context.cache_dir / "sound" / context.name
    return WavFiles(options, context.clock, folder)


DRIVER = Driver(
    kind="audio",
    name="wav-file",
    options=WavFileOptions,
    build=_build,
    summary="Sound into WAV files, for machines without a sound card",
)
