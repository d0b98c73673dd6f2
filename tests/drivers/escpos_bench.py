"""One simulated printer behind each of the three transports, with the faults that all of them can have."""

import select
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kiosk.clock import SystemClock
from kiosk.demo.escpos_machine import VirtualPrinter
from kiosk.demo.model import PrinterModel
from kiosk.demo.printer import PrinterSimulator, PtyPrinter
from kiosk.devices.document import Cut, Document, Text
from kiosk.devices.printer import PrinterStatus
from kiosk.devices.registry import BuildContext
from kiosk.drivers import escpos_network, escpos_serial, escpos_usb
from kiosk.drivers.escpos.printer import EscposPrinter
from kiosk.drivers.escpos.transport import WriteLimits
from tests.fakes.usb import FakeBus, UsbPrinter

TRANSPORTS = ("network", "serial", "usb")

# Printers by what they answer; the names are those of the evidence that they give.
NAMES_JOBS = PrinterModel(answers_process_id=True, answers_asb=True)
ANSWERS_GS_R = PrinterModel(answers_asb=True)
HEALTH_ONLY = PrinterModel(answers_gs_r=False)
SILENT = PrinterModel(answers_dle_eot=False, answers_gs_r=False)
ONLY_GS_R = PrinterModel(answers_dle_eot=False)

# Long enough for a loaded machine; short where the silence itself is what a test waits for.
PATIENT, HASTY = 2.0, 0.1


def cache_dir() -> Path:
    """One folder for all tests, as a station has one."""
    return Path(tempfile.gettempdir()) / "kiosk-test-escpos"


def slip(text: str = "存包凭证 38号") -> Document:
    return Document((Text(text), Cut()))


class StoppableClock(SystemClock):
    """The machine's clock, until a test holds it: then nothing happens because time has passed."""

    def __init__(self) -> None:
        self._held: float | None = None

    def hold(self) -> None:
        self._held = super().monotonic()

    def monotonic(self) -> float:
        return super().monotonic() if self._held is None else self._held


class Bench:
    """A printer, its wire, and the drivers' objects that were opened to it."""

    def __init__(self, transport: str, model: PrinterModel, folder: Path) -> None:
        self.transport = transport
        self.printer = VirtualPrinter(model, SystemClock())
        self.clock = StoppableClock()
        self._opened: list[EscposPrinter] = []
        self.wire: Any
        if transport == "network":
            self.wire = PrinterSimulator(self.printer, connections=2)
        elif transport == "serial":
            self.wire = PtyPrinter(folder / "printer", self.printer)
        else:
            self.wire = UsbPrinter(self.printer)
            self.bus = FakeBus(self.wire)

    def build(self, *, reply_timeout_s: float = PATIENT, **options: Any) -> EscposPrinter:
        """A driver's object, not yet open."""
        context = BuildContext("ticket-printer", self.clock, cache_dir())
        options["reply_timeout_s"] = reply_timeout_s
        if self.transport == "network":
            made = escpos_network.build(escpos_network.NetworkOptions(host=self.wire.host, port=self.wire.port, **options), context)
        elif self.transport == "serial":
            made = escpos_serial.build(escpos_serial.SerialOptions(port=str(self.wire.link), baudrate=115200, **options), context)
        else:
            made = escpos_usb.build(escpos_usb.UsbOptions(**options), context, self.bus)
        self._opened.append(made)
        return made

    def open(self, *, reply_timeout_s: float = PATIENT, **options: Any) -> EscposPrinter:
        made = self.build(reply_timeout_s=reply_timeout_s, **options)
        made.open()
        return made

    def lose(self) -> None:
        """The other end goes away: the peer closes, the plug is pulled."""
        if self.transport == "network":
            self.wire.drop()
        else:
            self.wire.unplug()

    def regain(self) -> None:
        if self.transport != "network":
            self.wire.plug_in()

    def wait_for_answers(self, *, timeout_s: float = 5.0) -> None:
        """Block until something from the printer has come to the driver's end of the network connection."""
        talk = self._opened[-1]._talk
        assert talk is not None
        connection = talk.transport._device  # type: ignore[attr-defined]
        assert select.select([connection], [], [], timeout_s)[0], "no answer came"

    def printed(self, parts: int = 1) -> list[str]:
        """The texts of what was cut off, once *parts* have been."""
        assert self.printer.wait_for(lambda printer: len(printer.paper.parts) >= parts), f"only {len(self.printer.paper.parts)} came out"
        return [part.text for part in self.printer.paper.parts]

    def close(self) -> None:
        for made in self._opened:
            made.close()
        if self.transport != "usb":
            self.wire.close()


@contextmanager
def bench(transport: str, folder: Path, model: PrinterModel) -> Iterator[Bench]:
    made = Bench(transport, model, folder)
    try:
        yield made
    finally:
        made.close()


Open = Callable[[PrinterModel], Bench]


def print_slip(printer: EscposPrinter, text: str = "存包凭证 38号", *, job: int = 1, timeout_s: float = 5.0) -> PrinterStatus | None:
    """Render, send, and wait for the evidence; None when it came."""
    printer.send(printer.render(slip(text), job=job))
    return printer.confirm(job, timeout_s=timeout_s, keep_waiting=lambda: True)


class ScriptedWire:
    """A transport whose answers a test writes: they come after the next *write*."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.answers: list[bytes] = []
        self._coming = b""

    def connect(self) -> None: ...
    def close(self) -> None: ...
    def drain(self, limits: WriteLimits) -> bool:
        return True

    def wire_seconds(self, count: int) -> float:
        return 0.0

    def write(self, data: bytes, limits: WriteLimits) -> None:
        self.written.append(data)
        if self.answers:
            self._coming += self.answers.pop(0)

    def read(self, timeout_s: float) -> bytes:
        data, self._coming = self._coming, b""
        if not data and timeout_s:
            threading.Event().wait(timeout_s)
        return data
