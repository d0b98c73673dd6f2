"""Keyboards at evdev's device interface: what is typed arrives as the kernel's events over a real pipe.

`FakeInput` stands in for the module, `FakeInputDevice` for ``evdev.InputDevice``; a plugged `Keyboard` is what a scanner is.
"""

import errno
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

EV_SYN, EV_KEY, EV_LED = 0, 1, 17
SYN_REPORT, SYN_DROPPED = 0, 3
UP, DOWN, REPEAT = 0, 1, 2
_EVENT = struct.Struct("HHi")
# All keys of a keyboard, as EV_KEY of its capabilities.
KEYS = list(range(1, 128))


@dataclass(frozen=True)
class Event:
    type: int
    code: int
    value: int


@dataclass(frozen=True)
class Info:
    vendor: int
    product: int


@dataclass
class Keyboard:
    """A scanner in keyboard mode, with its plug."""

    path: str = "/dev/input/event7"
    vendor: int = 0x0C2E
    product: int = 0x0B61
    serial: str = "S0001"
    phys: str = "usb-0000:01:00.0-1.3/input0"
    keys: list[int] = field(default_factory=lambda: list(KEYS))
    forbidden: bool = False
    grabbed_by: "FakeInputDevice | None" = None
    held: set[int] = field(default_factory=set)
    readers: "list[FakeInputDevice]" = field(default_factory=list)
    # What programs that did not grab the keyboard have seen of it: a browser, the console.
    leaked: list[Event] = field(default_factory=list)
    plugged: bool = True

    def event(self, kind: int, code: int, value: int) -> None:
        if kind == EV_KEY and value == DOWN:
            self.held.add(code)
        if kind == EV_KEY and value == UP:
            self.held.discard(code)
        receivers = [self.grabbed_by] if self.grabbed_by else self.readers
        if not self.grabbed_by:
            self.leaked.append(Event(kind, code, value))
        for reader in receivers:
            os.write(reader.writer, _EVENT.pack(kind, code, value))

    def press(self, key: int) -> None:
        self.event(EV_KEY, key, DOWN)
        self.event(EV_SYN, SYN_REPORT, 0)

    def release(self, key: int) -> None:
        self.event(EV_KEY, key, UP)
        self.event(EV_SYN, SYN_REPORT, 0)

    def strike(self, *keys: int) -> None:
        """Press *keys* one after another and let them go in turn, the last one first: modifiers come first."""
        for key in keys:
            self.press(key)
        for key in reversed(keys):
            self.release(key)

    def pull(self) -> None:
        self.plugged = False
        self.grabbed_by = None
        self.held.clear()
        for reader in self.readers:
            reader.hang_up()
        self.readers.clear()

    def put_in(self) -> None:
        self.plugged = True


class FakeInputDevice:
    """One opening of a keyboard."""

    def __init__(self, keyboard: Keyboard) -> None:
        self._keyboard = keyboard
        self.fd, self.writer = os.pipe()
        os.set_blocking(self.fd, False)
        os.set_blocking(self.writer, False)
        self.path, self.name, self.phys, self.uniq = keyboard.path, "Imaging Scanner", keyboard.phys, keyboard.serial
        self.info = Info(keyboard.vendor, keyboard.product)
        keyboard.readers.append(self)

    def capabilities(self) -> dict[int, list[int]]:
        return {EV_SYN: [SYN_REPORT], EV_KEY: self._keyboard.keys}

    def active_keys(self) -> list[int]:
        self._check()
        return sorted(self._keyboard.held)

    def grab(self) -> None:
        self._check()
        if self._keyboard.grabbed_by is not None:
            raise OSError(errno.EBUSY, "Device or resource busy")
        self._keyboard.grabbed_by = self

    def ungrab(self) -> None:
        self._check()
        if self._keyboard.grabbed_by is not self:
            raise OSError(errno.EINVAL, "Invalid argument")
        self._keyboard.grabbed_by = None

    def read(self) -> Iterator[Event]:
        """A generator, as evdev's is: it raises when it is asked for its first event."""
        self._check()
        data = os.read(self.fd, 64 * _EVENT.size)
        for fields in _EVENT.iter_unpack(data):
            yield Event(*fields)

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            self.hang_up()
            if self in self._keyboard.readers:
                self._keyboard.readers.remove(self)
            if self._keyboard.grabbed_by is self:
                self._keyboard.grabbed_by = None
        self.fd = -1

    def hang_up(self) -> None:
        """The kernel's end of it is gone."""
        if self.writer >= 0:
            os.close(self.writer)
        self.writer = -1

    def _check(self) -> None:
        if self.writer < 0:
            raise OSError(errno.ENODEV, "No such device")


class FakeInput:
    """The module evdev, on a machine with *keyboards*."""

    def __init__(self, *keyboards: Keyboard) -> None:
        self.keyboards = list(keyboards)

    def list_devices(self) -> list[str]:
        return [keyboard.path for keyboard in self.keyboards if keyboard.plugged]

    def InputDevice(self, dev: str, /) -> FakeInputDevice:  # noqa: N802 - evdev's own name
        for keyboard in self.keyboards:
            if keyboard.path == dev and keyboard.plugged:
                if keyboard.forbidden:
                    raise PermissionError(errno.EACCES, "Permission denied")
                return FakeInputDevice(keyboard)
        raise FileNotFoundError(errno.ENOENT, "No such file or directory")
