"""The rules by which a camera counts as lost, and how often it is looked at; and nothing of OpenCV without a camera."""

import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray

from kiosk.demo.pictures import desk_with, empty_desk, noisy
from kiosk.devices.errors import DeviceLost
from kiosk.drivers.camera.health import Health
from kiosk.drivers.camera.pace import Pace


def frame(level: int) -> NDArray[np.uint8]:
    return np.full((4, 6), level, np.uint8)


class Wire:
    """A camera's device file."""

    there = True


@pytest.fixture
def wire() -> Wire:
    return Wire()


def health(wire: Wire, stall_s: float = 5, frozen_s: float = 10) -> Health:
    return Health(stall_s=stall_s, frozen_s=frozen_s, still_there=lambda: wire.there, now=0.0)


def verdict(watched: Health, now: float) -> str:
    try:
        watched.check(now)
    except DeviceLost as error:
        return error.code
    return "well"


def test_silence_is_a_stall_after_its_time_and_not_before(wire: Wire) -> None:
    watched = health(wire)
    watched.saw(frame(1), 2.0)
    assert [verdict(watched, now) for now in (6.9, 7.0)] == ["well", "no-frames"]


def test_a_camera_that_never_gave_a_picture_stalls_as_well(wire: Wire) -> None:
    assert verdict(health(wire), 5.0) == "no-frames"


def test_the_very_same_picture_for_too_long_is_frozen(wire: Wire) -> None:
    watched = health(wire)
    for now in range(11):
        watched.saw(frame(7), float(now))
    assert [verdict(watched, now) for now in (9.9, 10.0)] == ["well", "frozen"]


def test_one_pixel_that_differs_is_life(wire: Wire) -> None:
    watched = health(wire)
    picture = frame(7)
    for now in range(40):
        picture[0, 0] = now % 2
        watched.saw(picture, float(now))
        assert verdict(watched, float(now)) == "well"


def test_a_turned_picture_is_compared_as_well(wire: Wire) -> None:
    watched = health(wire)
    watched.saw(frame(7).T, 0.0)
    watched.saw(frame(7).T, 10.0)
    assert verdict(watched, 10.0) == "frozen"


def test_files_may_rest_as_long_as_they_like(wire: Wire) -> None:
    watched = health(wire, stall_s=0, frozen_s=0)
    watched.saw(frame(7), 0.0)
    assert verdict(watched, 1e6) == "well"


def test_the_device_file_is_looked_at_once_a_second(wire: Wire) -> None:
    watched = health(wire)
    assert watched.due == 1.0
    wire.there = False
    assert [verdict(watched, now) for now in (0.9, 1.0)] == ["well", "unplugged"]


def test_a_still_desk_is_looked_at_seldom_and_a_card_wakes_the_camera() -> None:
    pace = Pace(fps=10, idle_fps=4)
    assert {pace.saw(noisy(empty_desk(), number), number / 4) for number in range(8)} == {0.25}, "the sensor's noise is no movement"
    assert pace.saw(desk_with("1234"), 2.0) == pytest.approx(0.1)
    assert pace.saw(noisy(desk_with("1234"), 1), 4.9) == pytest.approx(0.1)
    assert pace.saw(noisy(desk_with("1234"), 2), 5.1) == 0.25


def test_a_picture_of_another_size_is_no_movement() -> None:
    pace = Pace(fps=10, idle_fps=4)
    pace.saw(empty_desk(), 0.0)
    assert pace.saw(empty_desk(320, 240), 0.1) == 0.25


# Everything that a station without a camera loads: its configuration with every driver's options, its composition, a serial scanner.
_STATION = """
import sys
import kiosk.station, kiosk.wiring, kiosk.cli.run
from kiosk.devices.registry import driver_names, find_driver
for name in driver_names():
    find_driver(name)
heavy = sorted({"cv2", "numpy", "zxingcpp", "pyzbar", "evdev", "picamera2"} & set(sys.modules))
print(",".join(heavy))
"""


def test_a_station_without_a_camera_loads_nothing_of_one() -> None:
    done = subprocess.run([sys.executable, "-c", _STATION], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == ""
