"""What a scan sounds and looks like: a high tone and a steady light when it led somewhere, a low one and blinking when not."""

import functools
from collections.abc import Callable, Mapping

from kiosk.devices.audio import Pcm, tone
from kiosk.devices.audio_service import AudioService
from kiosk.devices.button_service import ButtonService

# Two tones that nobody takes for each other, also on a small loudspeaker in a loud hall; far apart in pitch and length.
_GOOD_HZ, _GOOD_S = 1976.0, 0.09
_BAD_HZ, _BAD_S = 330.0, 0.35


class ScanAnswers:
    """The answers of one station: at most one sound device, and every panel that has a scan lamp. Never blocks."""

    def __init__(self, beeper: AudioService | None, panels: Mapping[str, ButtonService], can_sound: Callable[[], bool]) -> None:
        """*can_sound* says whether *beeper* works now: a sound for a device that is away would be heard some time later."""
        self._beeper, self._panels, self._can_sound = beeper, panels, can_sound

    def __call__(self, good: bool) -> None:
        """Answer one scan: *good* when a screen was led somewhere by it."""
        for panel in self._panels.values():
            panel.signal(good)
        if self._beeper is not None and self._can_sound():
            self._beeper.signal(sound(good))


@functools.cache
def sound(good: bool) -> Pcm:
    """The sound of a good scan, or of one that leads nowhere."""
    return tone(_GOOD_HZ, _GOOD_S) if good else tone(_BAD_HZ, _BAD_S)
