"""Scanners of each driver with somebody's hands on code and plug, for the tests of what all of them do alike.

A keyboard of the kernel itself is among them where the kernel makes some (/dev/uinput).
"""

import importlib.util
import os
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from kiosk.clock import Clock
from kiosk.devices.scanner import Scanner
from kiosk.drivers.scanner_hid import HidScanner, HidScannerOptions
from kiosk.drivers.scanner_serial import SerialScanner, SerialScannerOptions
from tests.fakes.evdev import FakeInput, Keyboard
from tests.fakes.typing_scanner import type_text

VENDOR, PRODUCT = 0x0C2E, 0x0B61


class Rig(ABC):
    """One scanner on a plug."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def scanner(self, clock: Clock) -> Scanner:
        """A driver's object for it, not open yet."""

    @abstractmethod
    def send(self, text: str, *, end: bool = True) -> None:
        """Hold *text* under it; without *end* half of it arrives."""

    @abstractmethod
    def send_noise(self) -> None:
        """Send what is no code, with an end."""

    @abstractmethod
    def pull(self) -> None: ...

    @abstractmethod
    def put_in(self) -> None: ...

    def close(self) -> None:
        self.pull()


class SerialRig(Rig):
    """A pty behind a link that stays, as /dev/serial/by-id does."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._path, self._master = folder / "scanner", -1
        self.put_in()

    def scanner(self, clock: Clock) -> Scanner:
        return SerialScanner(SerialScannerOptions(port=str(self._path)), clock)

    def send(self, text: str, *, end: bool = True) -> None:
        os.write(self._master, text.encode() + (b"\r" if end else b""))

    def send_noise(self) -> None:
        os.write(self._master, b"12\x0034\r")

    def pull(self) -> None:
        if self._master >= 0:
            os.close(self._master)
        self._master = -1

    def put_in(self) -> None:
        self._master, slave = os.openpty()
        self._path.unlink(missing_ok=True)
        self._path.symlink_to(os.ttyname(slave))
        os.close(slave)


class HidRig(Rig):
    """A keyboard at evdev's device interface."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.keyboard = Keyboard(vendor=VENDOR, product=PRODUCT)
        self.devices = FakeInput(self.keyboard)

    def scanner(self, clock: Clock) -> Scanner:
        return HidScanner(HidScannerOptions(vendor=VENDOR, product=PRODUCT), clock, self.devices)

    def send(self, text: str, *, end: bool = True) -> None:
        type_text(self.keyboard, text) if end else type_text(self.keyboard, text, end=None)

    def send_noise(self) -> None:
        self.keyboard.strike(1)
        type_text(self.keyboard, "12")

    def pull(self) -> None:
        self.keyboard.pull()

    def put_in(self) -> None:
        self.keyboard.put_in()


class KernelRig(Rig):
    """A keyboard that the kernel makes (uinput), read through the real evdev."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._device: Any = None
        self.put_in()

    def scanner(self, clock: Clock) -> Scanner:
        return HidScanner(HidScannerOptions(path=self._device.device.path), clock)

    def send(self, text: str, *, end: bool = True) -> None:
        type_text(self, text) if end else type_text(self, text, end=None)

    def strike(self, *keys: int) -> None:
        for value, order in ((1, keys), (0, tuple(reversed(keys)))):
            for key in order:
                self._device.write(1, key, value)
                self._device.syn()

    def send_noise(self) -> None:
        self.strike(1)
        type_text(self, "12")

    def pull(self) -> None:
        if self._device is not None:
            self._device.close()
        self._device = None

    def put_in(self) -> None:
        from evdev import UInput

        self._device = UInput({1: list(range(1, 128))}, name="test scanner", vendor=VENDOR, product=PRODUCT)
        for _ in range(1000):  # udev gives the node to its group a moment later
            if self._device.device is not None and os.access(self._device.device.path, os.R_OK | os.W_OK):
                return
            time.sleep(0.005)
        raise AssertionError("the kernel's keyboard did not appear")


def kernel_makes_keyboards() -> bool:
    return importlib.util.find_spec("evdev") is not None and os.access("/dev/uinput", os.W_OK)


RIGS: list[type[Rig]] = [SerialRig, HidRig, *([KernelRig] if kernel_makes_keyboards() else [])]
