"""The status bytes of ESC/POS printers, as the manuals' tables give them.

Sources: Epson ESC/POS command reference (DLE EOT, GS r, GS a); manuals of HPRT TP80K, SNBC BT-UR056, SPRT SP91.
"""

from dataclasses import dataclass

_EOT_FIXED = 0x12  # bits 1 and 4 of every DLE EOT answer
_ASB_FIXED = 0x10


@dataclass(frozen=True, slots=True)
class Condition:
    """How the printer is, in the words of the status tables."""

    offline: bool = False
    cover_open: bool = False
    feeding: bool = False
    paper_end: bool = False
    paper_near_end: bool = False
    cutter_error: bool = False
    unrecoverable: bool = False
    overheated: bool = False

    @property
    def error(self) -> bool:
        return self.cutter_error or self.unrecoverable or self.overheated


def dle_eot(n: int, condition: Condition) -> bytes:
    """Answer of ``DLE EOT n``: 1 printer, 2 offline cause, 3 error cause, 4 paper sensors; nothing for another *n*."""
    if n == 1:
        bits = (0x08 if condition.offline else 0) | (0x40 if condition.feeding else 0)
    elif n == 2:
        bits = (
            (0x04 if condition.cover_open else 0)
            | (0x08 if condition.feeding else 0)
            | (0x20 if condition.paper_end else 0)
            | (0x40 if condition.error else 0)
        )
    elif n == 3:
        bits = (0x08 if condition.cutter_error else 0) | (0x20 if condition.unrecoverable else 0) | (0x40 if condition.overheated else 0)
    elif n == 4:
        bits = (0x0C if condition.paper_near_end else 0) | (0x60 if condition.paper_end else 0)
    else:
        return b""
    return bytes((_EOT_FIXED | bits,))


def gs_r(n: int, condition: Condition) -> bytes:
    """Answer of ``GS r n``: 1 or 49 paper sensors, 2 or 50 drawer; nothing for another *n*."""
    if n in (1, 49):
        return bytes(((0x03 if condition.paper_near_end else 0) | (0x0C if condition.paper_end else 0),))
    return b"\x00" if n in (2, 50) else b""


def asb(condition: Condition) -> bytes:
    """The four bytes of automatic status back."""
    return bytes(
        (
            _ASB_FIXED | (0x08 if condition.offline else 0) | (0x20 if condition.cover_open else 0) | (0x40 if condition.feeding else 0),
            (0x08 if condition.cutter_error else 0) | (0x20 if condition.unrecoverable else 0) | (0x40 if condition.overheated else 0),
            (0x03 if condition.paper_near_end else 0) | (0x0C if condition.paper_end else 0),
            0x00,
        )
    )
