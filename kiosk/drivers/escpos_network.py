"""The driver ``escpos-network``: an ESC/POS printer in the network, by TCP."""

from typing import Annotated

from msgspec import Meta

from kiosk.devices.registry import BuildContext, Driver
from kiosk.drivers.escpos.library import load_library
from kiosk.drivers.escpos.options import PrinterOptions
from kiosk.drivers.escpos.printer import EscposPrinter
from kiosk.drivers.escpos.transport import Transport


class NetworkOptions(PrinterOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the printer is."""

    host: Annotated[str, Meta(min_length=1, description="Address of the printer, e.g. 192.0.2.10 (a name costs a look-up).")]
    port: Annotated[int, Meta(ge=1, le=65535, description="TCP port of the printer.")] = 9100
    connect_timeout_s: Annotated[float, Meta(gt=0, le=30, description="Seconds that connecting may take.")] = 3.0


def build(options: NetworkOptions, context: BuildContext) -> EscposPrinter:
    """Make the printer; nothing is connected or imported yet."""

    def make_transport() -> Transport:
        load_library(context.cache_dir)
        from kiosk.drivers.escpos.transports.network import NetworkTransport

        return NetworkTransport(options.host, options.port, options.connect_timeout_s, context.clock)

    return EscposPrinter(options, context, make_transport)


DRIVER = Driver("printer", "escpos-network", NetworkOptions, build, "ESC/POS receipt printer at a TCP port")
