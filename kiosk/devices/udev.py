"""Listens to the kernel's hardware events, so that a device that was plugged in is opened at once."""

import logging
from collections.abc import Callable

log = logging.getLogger(__name__)

# Where the hardware of a service desk appears: serial adapters, USB printers, keyboard-like scanners, cameras (whose device
# file comes a moment after their USB device).
SUBSYSTEMS = ("tty", "usb", "input", "video4linux")

Heard = Callable[[str, str], None]
"""Called with the action (``add``, ``remove``...) and the subsystem of each event, in the monitor's thread."""

Monitor = Callable[[Heard], Callable[[], None]]
"""Starts to listen and returns how to end that. Raises ImportError or OSError where there is no udev."""


class UdevWatch:
    """Calls *plugged* whenever hardware of our `SUBSYSTEMS` was added; without udev it does nothing."""

    def __init__(self, plugged: Callable[[], None], monitor: Monitor | None = None) -> None:
        self._plugged = plugged
        self._monitor = monitor or pyudev_monitor
        self._end: Callable[[], None] | None = None

    def start(self) -> None:
        """Begin to listen. Where that is impossible, devices still come back by their ordinary retries."""
        try:
            self._end = self._monitor(self._heard)
        except (ImportError, OSError) as error:
            log.info("no hardware events here (%s): devices that are plugged in are found by retrying", error)

    def stop(self) -> None:
        """Cease to listen; harmless when not started."""
        if self._end is not None:
            self._end()
            self._end = None

    def _heard(self, action: str, subsystem: str) -> None:
        if action == "add" and subsystem in SUBSYSTEMS:
            self._plugged()


def pyudev_monitor(heard: Heard) -> Callable[[], None]:
    """Listen through pyudev, which needs libudev and a netlink socket."""
    import pyudev

    # The source "udev" speaks after the rules have run: the node exists and has its owner by then.
    monitor = pyudev.Monitor.from_netlink(pyudev.Context(), source="udev")
    for subsystem in SUBSYSTEMS:
        monitor.filter_by(subsystem)

    def callback(device: pyudev.Device) -> None:
        heard(device.action or "", device.subsystem or "")

    observer = pyudev.MonitorObserver(monitor, callback=callback, name="udev")
    observer.daemon = True
    observer.start()

    def end() -> None:
        observer.stop()

    return end
