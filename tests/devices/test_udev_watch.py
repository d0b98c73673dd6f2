"""Hardware that is plugged in is noticed; where there is no udev, nothing breaks."""

import logging
import threading
from collections.abc import Callable

import pytest

from kiosk.devices.udev import Heard, UdevWatch, pyudev_monitor


class FakeUdev:
    def __init__(self) -> None:
        self.heard: Heard | None = None
        self.ended = False

    def __call__(self, heard: Heard) -> Callable[[], None]:
        self.heard = heard
        return self._end

    def _end(self) -> None:
        self.ended = True


@pytest.mark.parametrize("subsystem", ["tty", "usb", "input", "video4linux"])
def test_hardware_that_is_added_is_told(subsystem: str) -> None:
    plugged: list[str] = []
    udev = FakeUdev()
    watch = UdevWatch(lambda: plugged.append("plugged"), udev)
    watch.start()
    assert udev.heard is not None
    udev.heard("add", subsystem)
    assert plugged == ["plugged"]
    watch.stop()
    assert udev.ended


@pytest.mark.parametrize(("action", "subsystem"), [("remove", "tty"), ("change", "usb"), ("add", "block"), ("", "")])
def test_everything_else_is_ignored(action: str, subsystem: str) -> None:
    plugged: list[str] = []
    udev = FakeUdev()
    UdevWatch(lambda: plugged.append("plugged"), udev).start()
    assert udev.heard is not None
    udev.heard(action, subsystem)
    assert plugged == []


@pytest.mark.parametrize("error", [ImportError("libudev"), OSError("no netlink")])
def test_a_machine_without_udev_says_so_once_and_goes_on(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="kiosk.devices.udev")

    def absent(heard: Heard) -> Callable[[], None]:
        raise error

    watch = UdevWatch(lambda: None, absent)
    watch.start()
    watch.stop()
    assert len(caplog.records) == 1


def test_the_real_monitor_starts_and_ends_its_thread() -> None:
    before = set(threading.enumerate())
    end = pyudev_monitor(lambda *_: None)
    (thread,) = set(threading.enumerate()) - before
    assert thread.daemon
    end()
    assert not thread.is_alive()
