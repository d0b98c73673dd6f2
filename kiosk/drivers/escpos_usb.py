"""The driver ``escpos-usb``: an ESC/POS printer at USB, without the kernel's usblp."""

from typing import Annotated, Any

from msgspec import Meta

from kiosk.devices.registry import BuildContext, Driver
from kiosk.drivers.escpos.library import load_library
from kiosk.drivers.escpos.options import PrinterOptions
from kiosk.drivers.escpos.printer import EscposPrinter
from kiosk.drivers.escpos.transport import Transport

_UsbId = Annotated[int, Meta(ge=0, le=0xFFFF)]


class UsbOptions(PrinterOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which of the USB devices the printer is; without any, the first of the printer class."""

    vendor_id: Annotated[_UsbId, Meta(description="USB vendor id, e.g. 0x04b8; 0: any printer (lsusb shows the ids).")] = 0
    product_id: Annotated[_UsbId, Meta(description="USB product id; 0: any.")] = 0
    serial_number: Annotated[str, Meta(description="USB serial number, to tell two printers of one model apart.")] = ""


def build(options: UsbOptions, context: BuildContext, backend: Any = None) -> EscposPrinter:
    """Make the printer; nothing is opened or imported yet. *backend* is pyusb's, None for the system's libusb."""

    def make_transport() -> Transport:
        load_library(context.cache_dir)
        from kiosk.drivers.escpos.transports.usb import UsbTransport

        return UsbTransport(options.vendor_id, options.product_id, options.serial_number, context.clock, backend)

    return EscposPrinter(options, context, make_transport)


DRIVER = Driver("printer", "escpos-usb", UsbOptions, build, "ESC/POS receipt printer at USB")
