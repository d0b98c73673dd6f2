"""A code scanner that is a USB keyboard (evdev), taken so that nothing it types reaches a browser or the console.

What its keys mean stands in `hid_keys` and `hid_layouts`; waiting in `scanner_stream`, framing and decoding in
`scanner_framing` and `scanner_text`; states and repeats in the scanner service.
"""

import contextlib
import errno
import importlib.util
from collections.abc import Iterable
from typing import Annotated, Literal, Protocol

import msgspec
from msgspec import Meta

from kiosk.clock import Clock
from kiosk.devices.errors import DeviceAbsent, DeviceLost
from kiosk.devices.registry import BuildContext, Driver
from kiosk.devices.state import Reason
from kiosk.drivers.hid_keys import SPOILT, AltNumbers, KeyReader
from kiosk.drivers.hid_layouts import LayoutName
from kiosk.drivers.scanner_framing import STALE_S, make_framer
from kiosk.drivers.scanner_stream import StreamScanner

# linux/input-event-codes.h and the values of EV_KEY in input.rst
_EV_SYN, _EV_KEY = 0, 1
_SYN_REPORT, _SYN_DROPPED = 0, 3
_RELEASED, _PRESSED = 0, 1  # 2 is a key that the kernel repeats because it is held
# A keyboard, unlike the volume keys that some scanners have beside it, has a 1 and an Enter.
_KEY_1, _KEY_ENTER = 2, 28

_USB_ID = Annotated[int, Meta(ge=0, le=0xFFFF)]
_GROUP_SEPARATOR = b"\x1d"


class HidScannerOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of ``driver = "hid"``: either *path*, or *vendor* and *product*."""

    path: Annotated[str, Meta(description="Device file: /dev/input/by-id/...-event-kbd stays the same when it is put back.")] = ""
    vendor: Annotated[_USB_ID | None, Meta(description="USB vendor id as lsusb shows it, e.g. 0x0c2e; instead of path.")] = None
    product: Annotated[_USB_ID | None, Meta(description="USB product id, e.g. 0x0b61; with vendor.")] = None
    serial: Annotated[str, Meta(description="Serial number, where two of one model are plugged in.")] = ""
    phys: Annotated[str, Meta(description="Beginning of the USB socket's name, where two of one model have no serial number.")] = ""
    layout: Annotated[LayoutName, Meta(description="Keyboard layout that the scanner is set to.")] = "us"
    dead_keys: Annotated[bool, Meta(description="After ^ ´ ` ¨ ~ the scanner sends a space where its layout needs one.")] = True
    alt_numbers: Annotated[
        AltNumbers, Meta(description="What Alt with a number above 255 means: gbk (as in Chinese Windows) or unicode.")
    ] = "gbk"
    fnc1: Annotated[
        str, Meta(max_length=8, description="What the scanner sends for FNC1 in GS1 data instead of GS, e.g. {GS}; it becomes GS.")
    ] = ""
    framing: Annotated[Literal["line", "gap"], Meta(description="How a code ends: line (Enter or Tab) or gap (no key for gap_ms).")] = (
        "line"
    )
    gap_ms: Annotated[int, Meta(ge=20, le=2000, description="Milliseconds without a key that end a code; for gap framing.")] = 150
    aim_prefix: Annotated[bool, Meta(description="The scanner is set to send AIM identifiers, e.g. ]C0, before each code.")] = False
    max_length: Annotated[int, Meta(ge=8, le=8192, description="Bytes of the longest code; anything longer is dropped.")] = 1024

    def __post_init__(self) -> None:
        if bool(self.path) == (self.vendor is not None):
            raise ValueError("name the scanner either by path or by vendor and product")
        if (self.vendor is None) != (self.product is None):
            raise ValueError("vendor and product belong together")


class InputEvent(Protocol):
    """One event of ``evdev.InputDevice.read``."""

    @property
    def type(self) -> int: ...
    @property
    def code(self) -> int: ...
    @property
    def value(self) -> int: ...


class InputInfo(Protocol):
    """``evdev.InputDevice.info``, as far as it is used."""

    @property
    def vendor(self) -> int: ...
    @property
    def product(self) -> int: ...


class InputDevice(Protocol):
    """``evdev.InputDevice``, as far as it is used."""

    fd: int

    @property
    def info(self) -> InputInfo: ...
    @property
    def name(self) -> str: ...
    @property
    def phys(self) -> str: ...
    @property
    def uniq(self) -> str: ...

    def capabilities(self) -> dict[int, list[int]]: ...
    def active_keys(self) -> list[int]: ...
    def grab(self) -> None: ...
    def ungrab(self) -> None: ...
    def read(self) -> Iterable[InputEvent]: ...
    def close(self) -> None: ...


class InputDevices(Protocol):
    """What of the module ``evdev`` is used."""

    def list_devices(self) -> list[str]: ...
    def InputDevice(self, dev: str, /) -> InputDevice: ...  # noqa: N802 - evdev's own name


class HidScanner(StreamScanner):
    """Implements `kiosk.devices.scanner.Scanner`."""

    def __init__(self, options: HidScannerOptions, clock: Clock, devices: InputDevices | None = None) -> None:
        """*devices* stands in for the module evdev."""
        framer = make_framer(options.framing, max_length=options.max_length, gap_s=options.gap_ms / 1000)
        super().__init__(_place(options), framer, clock, aim_prefix=options.aim_prefix)
        self._options = options
        self._devices = devices
        self._device: InputDevice | None = None
        self._keys = KeyReader(options.layout, dead_keys=options.dead_keys, alt_numbers=options.alt_numbers)
        self._fnc1 = options.fnc1.encode("utf-8")
        self._overrun = False
        self._typed_at = 0.0

    def open(self) -> None:
        """Grab the keyboard and forget what it typed before. Raises DeviceAbsent."""
        self.close()
        devices = self._devices if self._devices is not None else _evdev()
        device = self._found(devices)
        try:
            device.grab()
            typed_before = self._drain(device)
            held = device.active_keys()
        except OSError as error:
            _close(device)
            code = "taken" if error.errno == errno.EBUSY else _why(error)
            raise DeviceAbsent(code, f"{self._place}: {error.strerror}") from error
        self._device = device
        self._overrun = False
        self._keys.reset(held)
        self._begin(device.fd)
        if typed_before or held:
            # It was opened in the middle of a code: what is left of that would look like a code of its own.
            self._framer.feed(SPOILT.encode(), self._clock.monotonic())

    def close(self) -> None:
        device, self._device = self._device, None
        if device is not None:
            with contextlib.suppress(OSError):  # already unplugged
                device.ungrab()
            _close(device)
        self._end()

    def _receive(self) -> bytes:
        device = self._device
        if device is None:
            raise DeviceLost("closed", f"{self._place}: is not open")
        now = self._clock.monotonic()
        if now - self._typed_at >= STALE_S:
            self._keys.rest()
        self._typed_at = now
        try:
            return "".join(self._typed(device, event) for event in device.read()).encode("utf-8", "replace")
        except BlockingIOError:
            return b""
        except OSError as error:  # ENODEV
            raise DeviceLost("unplugged", f"{self._place}: {error.strerror}") from error

    def _typed(self, device: InputDevice, event: InputEvent) -> str:
        if event.type == _EV_SYN and event.code == _SYN_DROPPED:
            self._overrun = True
        if self._overrun:
            # The kernel's buffer ran over: keys are missing, and what comes before the next report is no better.
            if event.type != _EV_SYN or event.code != _SYN_REPORT:
                return ""
            self._overrun = False
            self._keys.reset(device.active_keys())
            return SPOILT
        if event.type != _EV_KEY:
            return ""
        if event.value == _PRESSED:
            return self._keys.press(event.code)
        return self._keys.release(event.code) if event.value == _RELEASED else ""

    def _accept(self, frames: list[bytes]) -> None:
        super()._accept([frame.replace(self._fnc1, _GROUP_SEPARATOR) for frame in frames] if self._fnc1 else frames)

    def _found(self, devices: InputDevices) -> InputDevice:
        if self._options.path:
            try:
                return devices.InputDevice(self._options.path)
            except OSError as error:
                raise DeviceAbsent(_why(error), f"{self._place}: {error.strerror or error}") from error
        found: list[InputDevice] = []
        refused: OSError | None = None
        for path in sorted(devices.list_devices()):
            try:
                device = devices.InputDevice(path)
            except OSError as error:  # pulled out meanwhile, or not ours to open
                refused = error
                continue
            if self._is_wanted(device):
                found.append(device)
            else:
                _close(device)
        # One scanner may have several keyboards in one socket (".../input0", ".../input1"): the first one types.
        sockets = {device.phys.rpartition("/")[0] for device in found}
        for device in found[1:] if len(sockets) == 1 else found:
            _close(device)
        if not found:
            permission = refused is not None and refused.errno in (errno.EACCES, errno.EPERM)
            raise DeviceAbsent("no-permission" if permission else "not-found", f"{self._place}: no keyboard of this kind can be opened")
        if len(sockets) > 1:
            names = ", ".join(f"{device.name!r} serial {device.uniq!r} phys {device.phys!r}" for device in found)
            raise DeviceAbsent("ambiguous", f"{self._place}: several fit, name one by serial or phys: {names}")
        return found[0]

    def _is_wanted(self, device: InputDevice) -> bool:
        options = self._options
        keys = device.capabilities().get(_EV_KEY, [])
        return (
            (device.info.vendor, device.info.product) == (options.vendor, options.product)
            and _KEY_1 in keys
            and _KEY_ENTER in keys
            and (not options.serial or device.uniq == options.serial)
            and device.phys.startswith(options.phys)
        )

    @staticmethod
    def _drain(device: InputDevice) -> bool:
        """Read what waits; returns whether keys were among it."""
        typed = False
        with contextlib.suppress(BlockingIOError):
            while True:
                typed |= any(event.type == _EV_KEY for event in device.read())
        return typed


def _place(options: HidScannerOptions) -> str:
    if options.path:
        return options.path
    return f"{options.vendor or 0:04x}:{options.product or 0:04x}{f' {options.serial}' if options.serial else ''}"


def _evdev() -> InputDevices:
    try:
        import evdev
    except ImportError as error:
        raise DeviceAbsent("no-evdev", f"{error}: {_REMEDY}") from error
    module: InputDevices = evdev
    return module


def _close(device: InputDevice) -> None:
    with contextlib.suppress(OSError):
        device.close()


def _why(error: OSError) -> str:
    if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return "not-found"
    if error.errno in (errno.EACCES, errno.EPERM):
        return "no-permission"
    return "not-a-keyboard"


_REMEDY = "install the extra kiosk[hid], or Debian's python3-evdev (docs/hardware.md)"


def _lacks(_options: HidScannerOptions) -> Reason | None:
    return None if importlib.util.find_spec("evdev") else Reason("no-evdev", _REMEDY)


def _build(options: HidScannerOptions, context: BuildContext) -> HidScanner:
    return HidScanner(options, context.clock)


DRIVER = Driver(
    kind="scanner",
    name="hid",
    options=HidScannerOptions,
    build=_build,
    summary="Code scanner that types as a USB keyboard, taken from all other programs",
    lacks=_lacks,
)
