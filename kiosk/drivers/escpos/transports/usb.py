"""A printer at USB, spoken to through libusb."""

import array
import contextlib
import errno
import logging
import threading
from typing import Any

import usb.core
import usb.util
from escpos.printer import Usb

from kiosk.clock import Clock
from kiosk.devices.errors import DeviceAbsent, DeviceLost, SendFailed
from kiosk.drivers.escpos.transport import WriteLimits

log = logging.getLogger(__name__)

_PRINTER_CLASS = 7
_READ_SIZE = 512  # a whole number of packets of every speed, so that nothing overflows
_PIECE_S = 0.5  # how long one transfer may take before the deadline is looked at
_EMPTY_PAUSE_S = 0.02  # some printers answer every read at once with nothing
_ABSENT = {
    errno.EACCES: ("no-permission", "no permission; the udev rules of the product give it to the service"),
    errno.EBUSY: ("taken", "another program holds the printer"),
    errno.ENODEV: ("unplugged", "it was unplugged"),
}


class UsbTransport(Usb):  # type: ignore[misc]  # python-escpos has no type information
    """python-escpos's `Usb` with bounds: its own writes for ever or loses the rest of short writes, and resets at each open.

    *vendor_id* 0 takes the first device of the printer class. *backend* is pyusb's, None for the system's libusb.
    """

    _device: Any  # pyusb's device, or False

    def __init__(self, vendor_id: int, product_id: int, serial_number: str, clock: Clock, backend: Any = None) -> None:
        usb_args: dict[str, Any] = {"custom_match": self._is_ours}
        if backend is not None:
            usb_args["backend"] = backend
        super().__init__(vendor_id or None, product_id or None, usb_args=usb_args)
        self._serial_number = serial_number
        self._clock = clock
        self._interface: Any = None
        self._out: Any = None
        self._in: Any = None
        self._where = f"USB {vendor_id:04x}:{product_id:04x}" if vendor_id else "USB printer"
        if serial_number:
            self._where += f" {serial_number}"

    def connect(self) -> None:
        self.close()
        try:
            self._device = usb.core.find(**self.usb_args)
            if self._device is None:
                raise DeviceAbsent("not-found", f"{self._where} is not there; is it switched on and plugged in?")
            self._check_driver()
            self._configure_usb()
        except usb.core.NoBackendError as error:
            raise DeviceAbsent("no-libusb", "libusb is not installed; install libusb-1.0-0") from error
        except usb.core.USBError as error:
            self.close()
            code, remedy = _ABSENT.get(error.errno or 0, ("cannot-open", str(error)))
            raise DeviceAbsent(code, f"{self._where}: {remedy}") from error
        except DeviceAbsent:
            self.close()
            raise

    def open(self, raise_not_found: bool = True) -> None:
        """As python-escpos calls it; the same as `connect`."""
        self.connect()

    def write(self, data: bytes, limits: WriteLimits) -> None:
        endpoint = self._open_end(self._out)
        started = progressed = self._clock.monotonic()
        sent = 0
        while sent < len(data):
            left = min(progressed + limits.stall_s, started + limits.total_s) - self._clock.monotonic()
            if left <= 0:
                raise SendFailed(
                    "write-stalled",
                    f"the printer took {sent} of {len(data)} bytes and then no more; check paper and cover",
                    bytes_sent=sent,
                )
            try:
                # A transfer that times out half-way returns the count of what was taken: the rest is still to be sent.
                taken = endpoint.write(data[sent:], timeout=_milliseconds(min(left, _PIECE_S)))
            except usb.core.USBTimeoutError:
                continue
            except usb.core.USBError as error:
                # Without a time-out libusb does not say how much of this transfer was taken: some of it may have been.
                raise SendFailed(
                    "unplugged", f"{self._where}: writing broke off after {sent} bytes or more: {error}", bytes_sent=max(sent, 1)
                ) from error
            if taken:
                sent += taken
                progressed = self._clock.monotonic()

    def drain(self, limits: WriteLimits) -> bool:
        """A finished transfer has been taken by the printer itself."""
        self._open_end(self._out)
        return True

    def read(self, timeout_s: float) -> bytes:
        self._open_end(self._out)
        if self._in is None:
            threading.Event().wait(timeout_s)  # a printer without a way back: silence takes its time too
            return b""
        buffer = array.array("B", bytes(_READ_SIZE))
        left = timeout_s
        while True:
            try:
                count = self._in.read(buffer, timeout=_milliseconds(left))
            except usb.core.USBTimeoutError:
                return b""
            except usb.core.USBError as error:
                raise DeviceLost("unplugged", f"{self._where} is gone: {error}") from error
            if count or left <= 0:
                return buffer[:count].tobytes()
            threading.Event().wait(min(left, _EMPTY_PAUSE_S))
            left -= _EMPTY_PAUSE_S

    def wire_seconds(self, count: int) -> float:
        return 0.0 * count  # 12 Mbit/s is never what a print waits for

    def close(self) -> None:
        device, self._device = self._device, False
        self._interface = self._out = self._in = None
        if device:
            with contextlib.suppress(usb.core.USBError):
                usb.util.dispose_resources(device)

    def _is_ours(self, device: Any) -> bool:
        """Whether *device*, of the right ids where those are given, is the printer that is meant."""
        if "idVendor" not in self.usb_args and not any(
            interface.bInterfaceClass == _PRINTER_CLASS for configuration in device for interface in configuration
        ):
            return False
        if not self._serial_number:
            return True
        try:
            return bool(device.serial_number == self._serial_number)
        except (usb.core.USBError, ValueError) as error:
            # Without permission for a neighbour its number cannot be read; it is not ours then.
            log.debug("%s: the serial number of a device cannot be read: %s", self._where, error)
            return False

    def _check_driver(self) -> None:
        """Choose the interface; take it from usblp only where that holds it, and leave it ours for the next open."""
        try:
            configuration = self._device.get_active_configuration()
        except usb.core.USBError:
            self._device.set_configuration()
            configuration = self._device.get_active_configuration()
        ends = [(interface, *_bulk_ends(interface)) for interface in configuration]
        usable = [end for end in ends if end[1] is not None]
        if not usable:
            raise DeviceAbsent("no-printer", f"{self._where} has no endpoint to print to; it is no printer")
        # A printer interface first, and of its alternate settings one with a way back.
        self._interface, self._out, self._in = min(usable, key=lambda end: (end[0].bInterfaceClass != _PRINTER_CLASS, end[2] is None))
        number = self._interface.bInterfaceNumber
        try:
            if self._device.is_kernel_driver_active(number):
                self._device.detach_kernel_driver(number)
        except NotImplementedError:
            log.debug("%s: this system has no kernel drivers to detach", self._where)

    def _configure_usb(self) -> None:
        """Claim the interface. No set_configuration (done above where needed) and no reset: that would drop a print."""
        usb.util.claim_interface(self._device, self._interface.bInterfaceNumber)
        if self._interface.bAlternateSetting:
            self._device.set_interface_altsetting(self._interface.bInterfaceNumber, self._interface.bAlternateSetting)

    def _open_end(self, end: Any) -> Any:
        if not self._device or end is None:
            raise SendFailed("not-open", f"{self._where} is not open", bytes_sent=0)
        return end


def _bulk_ends(interface: Any) -> tuple[Any, Any]:
    """The endpoints of *interface* for printing and for answers; None where there is none."""
    bulk = [end for end in interface if usb.util.endpoint_type(end.bmAttributes) == usb.util.ENDPOINT_TYPE_BULK]
    outward = (end for end in bulk if usb.util.endpoint_direction(end.bEndpointAddress) == usb.util.ENDPOINT_OUT)
    inward = (end for end in bulk if usb.util.endpoint_direction(end.bEndpointAddress) == usb.util.ENDPOINT_IN)
    return next(outward, None), next(inward, None)


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))  # 0 would be for ever
