"""Reads faults and paper out of a printer's status bytes; the masks are those of the Epson command reference."""

from collections.abc import Mapping

from kiosk.devices.printer import PrinterFault, PrinterStatus


def from_real_time(answers: Mapping[int, int]) -> PrinterStatus:
    """Decode the answers to DLE EOT n, by n; a printer may lack some of them."""
    printer, offline, error, paper = (answers.get(n, 0) for n in (1, 2, 3, 4))
    faults = _faults(
        {
            PrinterFault.COVER_OPEN: offline & 0x04,
            PrinterFault.PAPER_OUT: offline & 0x20 or paper & 0x60,
            PrinterFault.FEEDING: offline & 0x08 or printer & 0x40,
            PrinterFault.CUTTER: error & 0x08,
            PrinterFault.UNRECOVERABLE: error & 0x20,
            PrinterFault.OVERHEATED: error & 0x40,
        },
        otherwise=bool(printer & 0x28 or offline & 0x40 or error & 0x04),
    )
    return PrinterStatus(faults, paper_near_end=bool(paper & 0x0C))


def from_auto_status(frame: bytes) -> PrinterStatus:
    """Decode the four bytes of an automatic status (GS a)."""
    printer, error, paper, _ = frame
    faults = _faults(
        {
            PrinterFault.COVER_OPEN: printer & 0x20,
            PrinterFault.PAPER_OUT: paper & 0x0C,
            PrinterFault.FEEDING: printer & 0x40,
            PrinterFault.CUTTER: error & 0x08,
            PrinterFault.UNRECOVERABLE: error & 0x20,
            PrinterFault.OVERHEATED: error & 0x40,
        },
        otherwise=bool(printer & 0x08 or error & 0x05),
    )
    return PrinterStatus(faults, paper_near_end=bool(paper & 0x03))


def from_processed(value: int) -> PrinterStatus:
    """Decode the answer to GS r 1: paper only."""
    faults = frozenset({PrinterFault.PAPER_OUT}) if value & 0x0C else frozenset()
    return PrinterStatus(faults, paper_near_end=bool(value & 0x03))


def _faults(found: Mapping[PrinterFault, int], *, otherwise: bool) -> frozenset[PrinterFault]:
    """The named faults; *otherwise*, offline for a reason that the printer does not name."""
    faults = frozenset(fault for fault, bits in found.items() if bits)
    return faults or (frozenset({PrinterFault.OFFLINE}) if otherwise else frozenset())
