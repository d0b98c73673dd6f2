"""The driver ``escpos-serial``: an ESC/POS printer at a serial port or behind a USB serial adapter."""

from typing import Annotated, Literal

from msgspec import Meta

from kiosk.devices.registry import BuildContext, Driver
from kiosk.drivers.escpos.library import load_library
from kiosk.drivers.escpos.options import PrinterOptions
from kiosk.drivers.escpos.printer import EscposPrinter
from kiosk.drivers.escpos.transport import Transport


class SerialOptions(PrinterOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the printer is, and how fast."""

    port: Annotated[str, Meta(min_length=1, description="Device path; /dev/serial/by-id/... stays the same when replugged.")]
    baudrate: Annotated[int, Meta(ge=1200, le=921600, description="Baud, as the printer's switches or self-test say.")] = 9600
    flow_control: Annotated[
        Literal["none", "rts-cts", "xon-xoff"], Meta(description="How the printer holds the sender up when its buffer is full.")
    ] = "none"


def build(options: SerialOptions, context: BuildContext) -> EscposPrinter:
    """Make the printer; nothing is opened or imported yet."""

    def make_transport() -> Transport:
        load_library(context.cache_dir)
        from kiosk.drivers.escpos.transports.serial import SerialTransport

        return SerialTransport(options.port, options.baudrate, options.flow_control, context.clock)

    return EscposPrinter(options, context, make_transport)


DRIVER = Driver("printer", "escpos-serial", SerialOptions, build, "ESC/POS receipt printer at a serial port")
