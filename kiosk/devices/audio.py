"""Sound as values, and the interface of whatever makes it heard: a sound card, or a file where there is none.

What is played and when is decided above: prompts of the kiosk by `kiosk.devices.audio_service`.
"""

import math
from array import array
from dataclasses import dataclass
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta

SAMPLE_BYTES = 2  # signed 16-bit samples in this machine's byte order, little-endian on every Raspberry Pi
_PEAK = 32767


@dataclass(frozen=True, slots=True)
class PcmFormat:
    """How samples follow each other: *rate* frames a second, one sample of each of *channels* in a frame."""

    rate: int
    channels: int = 1

    @property
    def frame_bytes(self) -> int:
        return SAMPLE_BYTES * self.channels

    def bytes_for(self, seconds: float) -> int:
        """How many bytes *seconds* are, in whole frames."""
        return int(self.rate * seconds) * self.frame_bytes


@dataclass(frozen=True, slots=True)
class Pcm:
    """A piece of sound."""

    format: PcmFormat
    frames: bytes

    @property
    def seconds(self) -> float:
        return len(self.frames) / self.format.frame_bytes / self.format.rate

    def at_volume(self, percent: int) -> "Pcm":
        """The same, at *percent* of its loudness."""
        if percent >= 100:
            return self
        samples = array("h", self.frames)
        return Pcm(self.format, array("h", [sample * percent // 100 for sample in samples]).tobytes())


def tone(hertz: float = 660.0, seconds: float = 0.4, *, rate: int = 22050) -> Pcm:
    """A sine at half loudness, faded in and out within 20 ms so that it does not click."""
    count, fade = int(rate * seconds), max(1, int(rate * 0.02))
    samples = array("h", bytes(count * SAMPLE_BYTES))
    for place in range(count):
        loudness = 0.5 * min(1.0, place / fade, (count - 1 - place) / fade)
        samples[place] = int(_PEAK * loudness * math.sin(2 * math.pi * hertz * place / rate))
    return Pcm(PcmFormat(rate), samples.tobytes())


class AudioOutput(Protocol):
    """A sound output, owned by one thread; only `abort` may be called by others.

    A sound is `begin`, any number of `write`, then `finish` or `abort`.
    """

    def open(self) -> None:
        """Find the output and see that it can play. Raises DeviceAbsent."""
        ...

    def close(self) -> None:
        """Fall silent and let go; harmless when not open; never raises."""
        ...

    def begin(self, pcm_format: PcmFormat) -> None:
        """Get ready for a sound. Raises DeviceLost: the output is gone, or cannot play the format."""
        ...

    def write(self, frames: bytes) -> None:
        """Take *frames*; returns when at most a short buffer of them is still to be heard. Raises DeviceLost.

        So a sound that is written takes the time that it lasts, and silence after `abort` is never far.
        """
        ...

    def finish(self) -> None:
        """Return when the last frame was heard. Raises DeviceLost."""
        ...

    def abort(self) -> None:
        """Fall silent at once; a `write` or `finish` in another thread returns early; harmless when silent."""
        ...

    def describe(self) -> str:
        """What it is, for the technician: the name of the sound card, or the folder."""
        ...


class AudioOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every driver of audio devices lets the technician set: the audio service acts on it, above the driver."""

    volume: Annotated[int, Meta(ge=0, le=100, description="Loudness in percent.")] = 80
    speech: Annotated[str, Meta(description="Engine that speaks: the name of a driver of kind speech; empty: only recorded sound.")] = (
        "espeak-ng"
    )
    speech_wpm: Annotated[int, Meta(ge=80, le=400, description="Speed of speech in words a minute.")] = 150
