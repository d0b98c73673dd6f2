"""Sound through PortAudio (sounddevice): a sound card, a USB speaker, the Raspberry Pi's own output."""

import contextlib
import os
import threading
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from kiosk.devices.audio import AudioOptions, PcmFormat
from kiosk.devices.errors import DeviceAbsent, DeviceLost
from kiosk.devices.registry import BuildContext, Driver

if TYPE_CHECKING:
    from types import ModuleType

# PortAudio lists the sound cards once, when it starts; started again, it would take the streams of other outputs away.
_LOCK = threading.Lock()
_OPEN: set[int] = set()


class SoundDeviceOptions(AudioOptions, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of ``kind = "audio"``, ``driver = "sounddevice"``."""

    device: Annotated[str, Meta(description="Part of the sound card's name as `kiosk device probe` lists it; empty: the default.")] = ""
    buffer_ms: Annotated[int, Meta(ge=10, le=1000, description="Milliseconds of sound that the card takes before they are heard.")] = 150


class PortAudioOutput:
    """Implements `kiosk.devices.audio.AudioOutput`."""

    def __init__(self, options: SoundDeviceOptions) -> None:
        self._options = options
        self._library: ModuleType | None = None
        self._device: dict[str, Any] = {}
        self._stream: Any = None

    def open(self) -> None:
        self.close()
        library = _load()
        with _LOCK:
            if not _OPEN:
                # Cards that were plugged in since it was started are found only so.
                library._terminate()  # noqa: SLF001 - sounddevice has no other way to look again
                library._initialize()  # noqa: SLF001
            self._library = library
            try:
                self._device = self._found(library)
            except DeviceAbsent:
                self._library = None
                raise
            _OPEN.add(id(self))

    def close(self) -> None:
        with contextlib.suppress(DeviceLost):
            self.abort()
        self._library = None
        with _LOCK:
            _OPEN.discard(id(self))

    def begin(self, pcm_format: PcmFormat) -> None:
        library = self._opened
        self.abort()
        try:
            self._stream = library.RawOutputStream(
                samplerate=pcm_format.rate,
                channels=pcm_format.channels,
                dtype="int16",
                device=self._device["index"],
                latency=self._options.buffer_ms / 1000,
            )
            self._stream.start()
        except (library.PortAudioError, ValueError) as error:
            self._drop()
            raise DeviceLost("cannot-play", f"{self.describe()}: {error}") from error

    def write(self, frames: bytes) -> None:
        library = self._opened
        if self._stream is None:
            raise DeviceLost("closed", "no sound has begun")
        try:
            self._stream.write(frames)
        except library.PortAudioError as error:
            self._drop()
            raise DeviceLost("unplugged", f"{self.describe()}: {error}") from error

    def finish(self) -> None:
        self._end("stop")

    def abort(self) -> None:
        self._end("abort")

    def describe(self) -> str:
        return str(self._device.get("name", self._options.device or "default"))

    def outputs(self) -> list[str]:
        """The names of all cards that can play."""
        return [str(device["name"]) for device in self._opened.query_devices() if device["max_output_channels"] > 0]

    @property
    def _opened(self) -> Any:
        if self._library is None:
            raise DeviceLost("closed", "the sound output is not open")
        return self._library

    def _found(self, library: Any) -> dict[str, Any]:
        cards = [device for device in library.query_devices() if device["max_output_channels"] > 0]
        if not cards:
            raise DeviceAbsent("no-sound-card", "this machine has no sound output")
        if self._options.device:
            found = [card for card in cards if self._options.device.lower() in str(card["name"]).lower()]
            if not found:
                names = ", ".join(str(card["name"]) for card in cards)
                raise DeviceAbsent("no-sound-card", f"no sound output is called {self._options.device!r}; there are: {names}")
            return dict(found[0])
        default = library.default.device[1]
        return dict(next((card for card in cards if card["index"] == default), cards[0]))

    def _end(self, how: str) -> None:
        if self._stream is None or self._library is None:
            return
        library = self._library
        try:
            getattr(self._stream, how)()
        except library.PortAudioError as error:
            raise DeviceLost("unplugged", f"{self.describe()}: {error}") from error
        finally:
            self._drop()

    def _drop(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close(ignore_errors=True)


def _load() -> Any:
    # ALSA converts rate and channels for cards that have only their own.
    os.environ.setdefault("PA_ALSA_PLUGHW", "1")
    try:
        import sounddevice
    except OSError as error:  # the library looks for PortAudio when it is imported
        raise DeviceAbsent("no-portaudio", f"{error}: sudo apt-get install libportaudio2") from error
    except ImportError as error:
        raise DeviceAbsent("no-portaudio", f"{error}") from error
    return sounddevice


def _build(options: SoundDeviceOptions, _context: BuildContext) -> PortAudioOutput:
    return PortAudioOutput(options)


DRIVER = Driver(
    kind="audio",
    name="sounddevice",
    options=SoundDeviceOptions,
    build=_build,
    summary="Sound card, USB speaker or the Raspberry Pi's own output, through PortAudio",
)
