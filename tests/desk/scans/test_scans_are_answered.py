"""A code on the scanner's wire is answered by a sound that tells whether it led anywhere."""

from pathlib import Path

from kiosk.devices.audio import Pcm
from kiosk.devices.scan_answers import sound
from kiosk.devices.speech import read_wav
from kiosk.devices.state import DeviceState
from tests.fakes.waiting import eventually
from tests.fakes.world import World

VOICE = "kiosk-voice"


def test_the_desk_says_low_when_nobody_is_there_and_high_when_a_screen_was_led_somewhere(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        world.wait_for_device(VOICE, DeviceState.READY)
        world.scanner.scan("6901234567892")
        eventually(lambda: heard(world) == [answer(good=False)], 10)
        world.services.screens.touch("screen-1", at_desk=True, logged_in=True)
        world.scanner.scan("6901234567908")
        eventually(lambda: heard(world)[-1:] == [answer(good=True)], 10)
        world.scanner.scan("NO-SUCH-CODE")
        eventually(lambda: len(heard(world)) == 3, 10)
        assert heard(world)[-1] == answer(good=False)


def answer(*, good: bool) -> Pcm:
    return sound(good).at_volume(80)


def heard(world: World) -> list[Pcm]:
    """Every sound that was played to its end, oldest first."""
    return [read_wav(path) for path in sorted(world.demo.sound.glob("*.wav"), key=lambda path: path.stat().st_mtime_ns)]
