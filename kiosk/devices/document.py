"""What is to be printed, neutral of the printer: lines, columns, big text, barcode, QR, drawing, rule, cut.

Documents are stored in the job table as JSON, so a field is only ever added, with a default.
"""

from typing import Literal

import msgspec

Align = Literal["left", "center", "right"]


class Text(msgspec.Struct, frozen=True, tag="text"):
    """One paragraph; it is wrapped by columns (a Han character is two). *width* and *height* scale the font, 1 to 8."""

    text: str
    align: Align = "left"
    bold: bool = False
    width: int = 1
    height: int = 1


class Columns(msgspec.Struct, frozen=True, tag="columns"):
    """Two texts at the two edges of one line; the left one is shortened when both do not fit."""

    left: str
    right: str
    bold: bool = False


class Barcode(msgspec.Struct, frozen=True, tag="barcode"):
    """Code 128, as wide as the paper allows; *caption* prints the characters below it."""

    data: str
    height_mm: float = 12.0
    caption: bool = True


class Qr(msgspec.Struct, frozen=True, tag="qr"):
    """A QR code, error correction M, *size_mm* at most."""

    data: str
    size_mm: float = 25.0


class Drawing(msgspec.Struct, frozen=True, tag="drawing"):
    """Lines of a pen, such as a signature, *width_mm* wide at most and in the middle of the paper.

    *lines* holds one sequence of points for each time the pen was down; x and y in thousandths of the drawing's width, which
    is *height* thousandths high.
    """

    lines: tuple[tuple[tuple[int, int], ...], ...]
    height: int
    width_mm: float = 44.0


class Rule(msgspec.Struct, frozen=True, tag="rule"):
    """A line across the paper."""


class Feed(msgspec.Struct, frozen=True, tag="feed"):
    """*lines* of empty paper."""

    lines: int = 1


class Cut(msgspec.Struct, frozen=True, tag="cut"):
    """Feed to the cutter and cut (partially, so that a part hangs until it is taken)."""


Element = Text | Columns | Barcode | Qr | Drawing | Rule | Feed | Cut


class Document(msgspec.Struct, frozen=True):
    """Elements in printing order."""

    elements: tuple[Element, ...]


def encode_document(document: Document) -> str:
    """Return *document* as the JSON text that the job table keeps."""
    return msgspec.json.encode(document).decode()


def decode_document(text: str) -> Document:
    """Return the document of a job; raises msgspec.ValidationError for anything else."""
    return msgspec.json.decode(text, type=Document)
