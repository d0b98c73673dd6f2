"""Starts simulated printers with the faults that a test asks for, and writes the bytes of small jobs by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from kiosk.clock import Clock
from kiosk.demo.escpos_machine import VirtualPrinter
from kiosk.demo.model import MODELS, PrinterModel
from kiosk.demo.printer import PrinterSimulator, PtyPrinter

# ESC @: initialize.
INIT = b"\x1b@"
# GS V 66 0: feed to the cutter, cut partially.
CUT = b"\x1dV\x42\x00"
# DLE EOT n: real-time status; 1 printer, 2 offline cause, 3 error cause, 4 paper.
ASK_PRINTER, ASK_OFFLINE, ASK_ERROR, ASK_PAPER = (b"\x10\x04" + bytes((n,)) for n in (1, 2, 3, 4))
# GS r 1: buffered paper status.
ASK_PROCESSED = b"\x1dr\x01"


def printer_model(name: str = "process-id-80", **changes: Any) -> PrinterModel:
    """A model of the simulator, with *changes* such as ``speed_mm_s=100`` or ``buffer_bytes=256``."""
    return replace(MODELS[name], **changes)


def virtual_printer(name: str = "process-id-80", clock: Clock | None = None, **changes: Any) -> VirtualPrinter:
    """A printer without a transport."""
    return VirtualPrinter(printer_model(name, **changes), clock)


@contextmanager
def network_printer(
    name: str = "process-id-80",
    *,
    clock: Clock | None = None,
    connections: int = 1,
    cut_off_after: int | None = None,
    stop_reading_after: int | None = None,
    refused: bool = False,
    hung: bool = False,
    **changes: Any,
) -> Iterator[PrinterSimulator]:
    """A printer on a port of 127.0.0.1, with transport faults from the start: *cut_off_after* or *stop_reading_after* bytes,
    *refused* (nobody listens at its port), *hung* (connected and dead)."""
    with PrinterSimulator(model=printer_model(name, **changes), clock=clock, connections=connections) as simulator:
        if cut_off_after is not None:
            simulator.cut_off_after(cut_off_after)
        if stop_reading_after is not None:
            simulator.stop_reading_after(stop_reading_after)
        if refused:
            simulator.refuse()
        if hung:
            simulator.hang()
        yield simulator


@contextmanager
def serial_printer(folder: Path, name: str = "process-id-80", *, clock: Clock | None = None, **changes: Any) -> Iterator[PtyPrinter]:
    """A serial printer whose port is *folder*/printer."""
    with PtyPrinter(folder / "printer", model=printer_model(name, **changes), clock=clock) as simulator:
        yield simulator


def chinese(text: str, encoding: str = "gb18030") -> bytes:
    """*text* between ``FS &`` and ``FS .``."""
    return b"\x1c&" + text.encode(encoding) + b"\x1c."


def two_part_ticket(number: int = 38, code: str = "81234567890128") -> bytes:
    """A ticket of two parts, written from the manual: big number, Code128 (set C), cut; the same number, cut."""
    digits = bytes(int(code[at : at + 2]) for at in range(0, len(code), 2))
    barcode = b"\x1dh\x50\x1dw\x02\x1dH\x00\x1dk\x49" + bytes((len(digits) + 2,)) + b"{C" + digits
    customer = INIT + b"\x1ba\x01\x1d!\x33" + chinese(f"{number}号") + b"\n\x1d!\x00" + barcode + b"\n" + code.encode() + b"\n" + CUT
    tag = b"\x1d!\x33" + chinese(f"行李 {number}") + b"\n\x1d!\x00" + CUT
    return customer + tag


def process_id(mark: bytes) -> bytes:
    """``GS ( H`` function 48: have the printer name *mark* (4 characters) once everything before it is printed."""
    return b"\x1d(H\x06\x00\x30\x30" + mark
