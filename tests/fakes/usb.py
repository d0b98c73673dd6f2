"""A USB bus with printers on it, at the level where pyusb meets libusb: endpoints, short writes, time-outs, unplugging."""

import array
import errno
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import usb.backend
from usb.core import USBError, USBTimeoutError

from kiosk.demo.escpos_machine import VirtualPrinter

OUT, IN = 0x01, 0x82  # endpoint addresses
_PACKET = 64
_TIMED_OUT = -7  # LIBUSB_ERROR_TIMEOUT
_GONE = -4  # LIBUSB_ERROR_NO_DEVICE


class UsbPrinter:
    """One printer at the bus; faults of the cable and of the endpoints are here, the printer's own are `VirtualPrinter`'s."""

    def __init__(
        self, printer: VirtualPrinter, *, vendor: int = 0x04B8, product: int = 0x0202, serial: str = "K1", interface_class: int = 7
    ) -> None:
        self.printer = printer
        self.vendor, self.product, self.serial, self.interface_class = vendor, product, serial, interface_class
        self.one_way_setting_first = False  # alternate setting 0 without a way back, as some printers have
        self.usblp = False  # whether the kernel's driver holds it
        self.plugged = True
        self.most_at_once: int | None = None  # bytes that one transfer takes
        self.answers_empty = False  # answers a read at once with nothing, as some printers do
        self.calls: list[str] = []
        self.writes = 0
        self.reads = 0
        self._answers = bytearray()
        self._room: int | None = None
        self._unplug_after: int | None = None
        self._changed = threading.Condition()
        printer.answer_to(self._keep)

    def stop_reading_after(self, count: int | None) -> None:
        """Take *count* more bytes and then none, until called with None."""
        with self._changed:
            self._room = count
            self._changed.notify_all()

    def hang(self, hung: bool = True) -> None:
        self.stop_reading_after(0 if hung else None)

    def unplug(self) -> None:
        with self._changed:
            self.plugged = False
            self._changed.notify_all()

    def unplug_after(self, count: int) -> None:
        """Go away in the middle of the next transfer, when *count* bytes of it have been taken."""
        self._unplug_after = count

    def plug_in(self) -> None:
        self.plugged = True

    def power_off(self) -> None:
        self.printer.power_off()
        self.unplug()

    def power_on(self) -> None:
        self.printer.power_on()
        self.plug_in()

    # -- what the backend calls

    def take(self, data: bytes, timeout_ms: int) -> int:
        assert timeout_ms > 0, "0 would be for ever"
        with self._changed:
            self._check()
            self.writes += 1
            if self._unplug_after is not None and len(data) > self._unplug_after:
                self.printer.feed(data[: self._unplug_after])
                self._unplug_after = None
                self.plugged = False
                self._check()
            size = min(size for size in (len(data), self.most_at_once, self._room) if size is not None)
            if not size:
                self._changed.wait_for(lambda: self._room != 0 or not self.plugged, timeout_ms / 1000)
                self._check()
                raise USBTimeoutError("Operation timed out", _TIMED_OUT, errno.ETIMEDOUT)
            if self._room is not None:
                self._room -= size
        self.printer.feed(data[:size])
        return size

    def give(self, buffer: "array.array[int]", timeout_ms: int) -> int:
        assert timeout_ms > 0, "0 would be for ever"
        with self._changed:
            self._changed.wait_for(lambda: bool(self._answers) or not self.plugged or self.answers_empty, timeout_ms / 1000)
            self._check()
            self.reads += 1
            if self.answers_empty and not self._answers:
                return 0
            if not self._answers:
                raise USBTimeoutError("Operation timed out", _TIMED_OUT, errno.ETIMEDOUT)
            size = min(len(buffer), len(self._answers), _PACKET)
            buffer[:size] = array.array("B", self._answers[:size])
            del self._answers[:size]
            return size

    def _keep(self, data: bytes) -> None:
        with self._changed:
            self._answers += data
            self._changed.notify_all()

    def _check(self) -> None:
        if not self.plugged:
            raise USBError("No such device (it may have been disconnected)", _GONE, errno.ENODEV)


class FakeBus(usb.backend.IBackend):  # type: ignore[misc]
    """Implements pyusb's backend for the *printers* on it."""

    def __init__(self, *printers: UsbPrinter) -> None:
        super().__init__()
        self.printers = list(printers)
        self.claimed: set[int] = set()  # ids of printers that are held

    def enumerate_devices(self) -> Iterator[UsbPrinter]:
        return iter([printer for printer in self.printers if printer.plugged])

    def get_parent(self, dev: UsbPrinter) -> None:
        return None

    def get_device_descriptor(self, dev: UsbPrinter) -> Any:
        return SimpleNamespace(
            bLength=18, bDescriptorType=1, bcdUSB=0x0200, bDeviceClass=0, bDeviceSubClass=0, bDeviceProtocol=0,
            bMaxPacketSize0=_PACKET, idVendor=dev.vendor, idProduct=dev.product,
            bcdDevice=0x0100, iManufacturer=0, iProduct=0, iSerialNumber=3,
            bNumConfigurations=1, address=self.printers.index(dev) + 1, bus=1, port_number=1, port_numbers=(1,), speed=3,
        )  # fmt: skip

    def get_configuration_descriptor(self, dev: UsbPrinter, config: int) -> Any:
        if config:
            raise IndexError(config)
        return SimpleNamespace(
            bLength=9, bDescriptorType=2, wTotalLength=32, bNumInterfaces=1, bConfigurationValue=1, iConfiguration=0, bmAttributes=0xC0,
            bMaxPower=1, extra_descriptors=b"",
        )  # fmt: skip

    def get_interface_descriptor(self, dev: UsbPrinter, intf: int, alt: int, config: int) -> Any:
        if intf or alt > dev.one_way_setting_first:
            raise IndexError(intf)
        return SimpleNamespace(
            bLength=9, bDescriptorType=4, bInterfaceNumber=0, bAlternateSetting=alt, bNumEndpoints=1 if self._one_way(dev, alt) else 2,
            bInterfaceClass=dev.interface_class, bInterfaceSubClass=1, bInterfaceProtocol=2, iInterface=0, extra_descriptors=b"",
        )  # fmt: skip

    def get_endpoint_descriptor(self, dev: UsbPrinter, ep: int, intf: int, alt: int, config: int) -> Any:
        return SimpleNamespace(
            bLength=7, bDescriptorType=5, bEndpointAddress=(OUT, IN)[ep], bmAttributes=2, wMaxPacketSize=_PACKET, bInterval=0, bRefresh=0,
            bSynchAddress=0, extra_descriptors=b"",
        )  # fmt: skip

    def open_device(self, dev: UsbPrinter) -> UsbPrinter:
        dev._check()
        dev.calls.append("open")
        return dev

    def close_device(self, dev_handle: UsbPrinter) -> None:
        dev_handle.calls.append("close")

    def set_configuration(self, dev_handle: UsbPrinter, config_value: int) -> None:
        dev_handle.calls.append("set_configuration")

    def get_configuration(self, dev_handle: UsbPrinter) -> int:
        dev_handle._check()
        return 1

    def set_interface_altsetting(self, dev_handle: UsbPrinter, intf: int, altsetting: int) -> None:
        dev_handle.calls.append(f"set_interface_altsetting {altsetting}")

    def claim_interface(self, dev_handle: UsbPrinter, intf: int) -> None:
        dev_handle._check()
        if dev_handle.usblp or id(dev_handle) in self.claimed:
            raise USBError("Resource busy", -6, errno.EBUSY)
        self.claimed.add(id(dev_handle))
        dev_handle.calls.append("claim")

    def release_interface(self, dev_handle: UsbPrinter, intf: int) -> None:
        self.claimed.discard(id(dev_handle))
        dev_handle.calls.append("release")

    def bulk_write(self, dev_handle: UsbPrinter, ep: int, intf: int, data: "array.array[int]", timeout: int) -> int:
        assert ep == OUT
        return dev_handle.take(data.tobytes(), timeout)

    def bulk_read(self, dev_handle: UsbPrinter, ep: int, intf: int, buff: "array.array[int]", timeout: int) -> int:
        assert ep == IN
        return dev_handle.give(buff, timeout)

    def ctrl_transfer(
        self, dev_handle: UsbPrinter, request_type: int, request: int, value: int, index: int, data: "array.array[int]", timeout: int
    ) -> int:
        """GET_DESCRIPTOR of strings alone: the languages (index 0) and the serial number."""
        dev_handle._check()
        text = "\u0409" if value & 0xFF == 0 else dev_handle.serial
        descriptor = array.array("B", bytes((2 + 2 * len(text), 3)) + text.encode("utf-16-le"))
        data[: len(descriptor)] = descriptor
        return len(descriptor)

    def reset_device(self, dev_handle: UsbPrinter) -> None:
        dev_handle.calls.append("reset")

    def is_kernel_driver_active(self, dev_handle: UsbPrinter, intf: int) -> bool:
        return dev_handle.usblp

    def detach_kernel_driver(self, dev_handle: UsbPrinter, intf: int) -> None:
        dev_handle.usblp = False
        dev_handle.calls.append("detach")

    def attach_kernel_driver(self, dev_handle: UsbPrinter, intf: int) -> None:
        dev_handle.usblp = True
        dev_handle.calls.append("attach")

    @staticmethod
    def _one_way(dev: UsbPrinter, alt: int) -> bool:
        return dev.one_way_setting_first and alt == 0
