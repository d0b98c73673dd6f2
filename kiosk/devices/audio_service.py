"""Runs one audio device under the supervisor: one sound at a time, a newer one replaces it, prompts are prepared when idle.

It knows no priorities, zones or relays: who may speak when, and what is keyed before and after, is decided above.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kiosk.clock import Clock
from kiosk.devices.audio import AudioOptions, AudioOutput, Pcm, tone
from kiosk.devices.speech import NO_SPEECH, CachedSpeech, SpeechFailed
from kiosk.devices.state import DeviceState, Reason
from kiosk.devices.supervisor import Control

log = logging.getLogger(__name__)

# Between two of these (seconds) nobody is asked whether the sound shall stop: what "at once" means.
_CHUNK_S = 0.04
# A sound that could not begin within this time (seconds) answers a moment that is gone.
_TOO_LATE_S = 5.0
# Prompts are prepared when the device has been open this long (seconds): a start has better things to do.
_PREPARE_AFTER_S = 20.0
# How long the engine is left alone after it failed (seconds).
_SPEECH_RETRY_S = 60.0

Ended = Callable[[bool], None]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A text to be spoken, and in which language."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class AudioStats:
    """Counts since the start: sounds begun, played to the end, replaced or stopped before it, failed. *last*: the newest prompt."""

    begun: int = 0
    played: int = 0
    replaced: int = 0
    failed: int = 0
    last: Prompt | None = None

    def counts(self) -> dict[str, int]:
        """As a self-test reports them."""
        return {"begun": self.begun, "played": self.played, "replaced": self.replaced, "failed": self.failed}


@dataclass(frozen=True, slots=True)
class _Request:
    sound: Pcm | Prompt
    at: float
    ended: Ended


class AudioService:
    """Implements `kiosk.devices.supervisor.Service` for any `AudioOutput`."""

    def __init__(
        self,
        name: str,
        output: Callable[[], AudioOutput],
        options: AudioOptions,
        speech: CachedSpeech | None,
        prompts: Sequence[Prompt],
        clock: Clock,
        told: Callable[[bool], object] = lambda _playing: None,
    ) -> None:
        """*output* makes a new output for each opening; *prompts* are spoken into the cache beforehand.

        *told* hears, in the device's thread, that a sound begins (True) and that it is over.
        """
        self._name, self._make, self._options, self._speech, self._clock = name, output, options, speech, clock
        self._told = told
        self._lock = threading.Lock()  # guards what other threads reach: the newest request and the counts
        self._woken = threading.Event()
        self._request: _Request | None = None
        self._heard: _Request | None = None  # what is being played
        self._changes = 0  # of the request: a sound that sees another number is replaced
        self._begun = self._played = self._replaced = self._failed = 0
        self._last: Prompt | None = None
        self._output: AudioOutput | None = None
        self._unprepared: deque[Prompt] = deque(prompts if speech is not None else ())
        self._speech_fault: Reason | None = None
        self._speech_again_at = clock.monotonic() + _PREPARE_AFTER_S

    # -- from other threads

    def say(self, text: str, language: str, ended: Ended = lambda _whole: None) -> bool:
        """Speak *text* instead of what is heard now; False: this device does not speak. *ended* is told whether all was heard."""
        fault = self._speech_fault
        if self._speech is None or (fault is not None and fault.code == NO_SPEECH):
            return False
        self._ask(_Request(Prompt(text, language), self._clock.monotonic(), ended))
        return True

    def play(self, sound: Pcm, ended: Ended = lambda _whole: None) -> None:
        """Play *sound* instead of what is heard now."""
        self._ask(_Request(sound, self._clock.monotonic(), ended))

    def signal(self, sound: Pcm) -> bool:
        """Play a short *sound*, unless somebody is being spoken to: False then."""
        with self._lock:
            speaking = any(isinstance(one.sound, Prompt) for one in (self._request, self._heard) if one is not None)
        if not speaking:
            self.play(sound)
        return not speaking

    def silence(self) -> None:
        """Stop what is heard, and what is about to be."""
        self._ask(None)

    def test(self) -> None:
        """Play a short tone."""
        self.play(tone())

    def stats(self) -> AudioStats:
        """What happened so far; may be asked from any thread."""
        with self._lock:
            return AudioStats(self._begun, self._played, self._replaced, self._failed, self._last)

    def wake(self) -> None:
        self._woken.set()

    def _ask(self, request: _Request | None) -> None:
        with self._lock:
            before, self._request = self._request, request
            self._changes += 1
            self._replaced += before is not None
        if before is not None:
            before.ended(False)
        self._woken.set()

    # -- the device's thread

    def open(self) -> None:
        self._output = self._make()
        self._output.open()

    def close(self) -> None:
        output, self._output = self._output, None
        if output is not None:
            output.close()

    def serve(self, control: Control) -> None:
        output = self._output
        if output is None:
            raise AssertionError("an output is served without having been opened")
        while not control.stopping:
            self._woken.clear()
            if self._speech_fault is None:
                control.report(DeviceState.READY)
            else:
                control.report(DeviceState.DEGRADED, self._speech_fault)
            request, number = self._taken()
            if request is not None:
                self._perform(output, request, number, control)
            elif not self._prepare():
                self._clock.wait(self._woken, self._patience_s())

    def _taken(self) -> tuple[_Request | None, int]:
        with self._lock:
            request, self._request = self._request, None
            self._heard = request
            return request, self._changes

    def _perform(self, output: AudioOutput, request: _Request, number: int, control: Control) -> None:
        whole = False
        counted = False
        try:
            if self._clock.monotonic() - request.at > _TOO_LATE_S:
                return
            sound = self._pcm(request.sound)
            if sound is None:
                return
            with self._lock:
                self._begun += 1
                if isinstance(request.sound, Prompt):
                    self._last = request.sound
            self._told(True)
            whole = self._play(output, sound, lambda: control.stopping or self._changes != number)
            counted = True
            self._told(False)
        finally:
            with self._lock:
                self._heard = None
                self._played += whole
                self._replaced += counted and not whole
                self._failed += not counted
            request.ended(whole)

    def _pcm(self, sound: Pcm | Prompt) -> Pcm | None:
        if isinstance(sound, Prompt):
            spoken = self._spoken(sound)
            return None if spoken is None else spoken.at_volume(self._options.volume)
        return sound.at_volume(self._options.volume)

    def _spoken(self, prompt: Prompt) -> Pcm | None:
        if self._speech is None:
            return None
        try:
            pcm = self._speech.synthesise(prompt.text, prompt.language)
        except SpeechFailed as error:
            self._speech_fault = Reason(error.code, error.detail)
            self._speech_again_at = self._clock.monotonic() + _SPEECH_RETRY_S
            return None
        self._speech_fault = None
        return pcm

    def _play(self, output: AudioOutput, sound: Pcm, ended: Callable[[], bool]) -> bool:
        output.begin(sound.format)
        step = max(sound.format.bytes_for(_CHUNK_S), sound.format.frame_bytes)
        for place in range(0, len(sound.frames), step):
            if ended():
                output.abort()
                return False
            output.write(sound.frames[place : place + step])
        output.finish()
        return True

    def _prepare(self) -> bool:
        """Have one more prompt spoken into the cache; False: there is nothing to do now."""
        if not self._unprepared or self._clock.monotonic() < self._speech_again_at:
            return False
        prompt = self._unprepared.popleft()
        if self._spoken(prompt) is None:
            # The engine is missing, or this one cannot be spoken: the others are tried first when it is asked again.
            self._unprepared.append(prompt)
        return True

    def _patience_s(self) -> float | None:
        if self._unprepared:
            return max(0.0, self._speech_again_at - self._clock.monotonic())
        return None
