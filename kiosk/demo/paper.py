"""What came out of the simulated printer: parts of paper with the texts, codes and pictures on them.

Positions are in dots of the head (8 a millimetre), counted from the top of the part. Drawing is in paper_svg and paper_png.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Align = Literal["left", "center", "right"]

ALIGNMENTS: tuple[Align, ...] = ("left", "center", "right")


@dataclass(frozen=True, slots=True)
class Run:
    """Characters of one look at one place of a line. *advance* holds each character's width in dots.

    *across* and *down* magnify the glyphs of 24 dots.
    """

    x: int
    text: str
    advance: tuple[int, ...]
    across: int = 1
    down: int = 1
    bold: bool = False
    underline: bool = False
    inverse: bool = False

    @property
    def width(self) -> int:
        return sum(self.advance)

    @property
    def height(self) -> int:
        return 24 * self.down

    def characters(self) -> Iterator[tuple[str, int, int]]:
        """Yield each visible character with its place on the line and its width in dots."""
        x = self.x
        for character, advance in zip(self.text, self.advance, strict=True):
            if not character.isspace():
                yield character, x, advance
            x += advance


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line. *top* to *top* + *height* is where it stands; *scale* is its largest (width, height) magnification."""

    top: int
    height: int
    runs: tuple[Run, ...]
    align: Align = "left"
    scale: tuple[int, int] = (1, 1)

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)

    @property
    def bold(self) -> bool:
        return any(run.bold for run in self.runs)


@dataclass(frozen=True, slots=True)
class Barcode:
    """A linear barcode. *module* is the width of the narrowest bar in dots; *clipped* says that it ran off the paper."""

    top: int
    height: int
    x: int
    symbology: str
    text: str
    modules: str
    module: int
    bar_height: int
    caption: Literal["none", "above", "below", "both"] = "none"
    clipped: bool = False


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code: its rows of modules, each *module* dots wide."""

    top: int
    height: int
    x: int
    text: str
    rows: tuple[tuple[bool, ...], ...]
    module: int


@dataclass(frozen=True, slots=True)
class Raster:
    """A picture of bits, *stride* bytes a row, 1 is black; *scale* magnifies (across, down)."""

    top: int
    height: int
    x: int
    stride: int
    data: bytes
    scale: tuple[int, int] = (1, 1)

    @property
    def rows(self) -> int:
        """Rows of bits, before magnification."""
        return len(self.data) // self.stride if self.stride else 0


Item = Line | Barcode | QrCode | Raster


@dataclass(slots=True)
class Part:
    """Paper between two cuts. *cut* is how it was cut off; None while it still hangs in the printer."""

    serial: int
    width: int
    items: list[Item] = field(default_factory=list)
    height: int = 0
    cut: Literal["full", "partial"] | None = None

    @property
    def lines(self) -> list[str]:
        return [item.text for item in self.items if isinstance(item, Line)]

    @property
    def text(self) -> str:
        """All printed lines, as a person reads them from top to bottom."""
        return "\n".join(self.lines)

    @property
    def barcodes(self) -> list[str]:
        return [item.text for item in self.items if isinstance(item, Barcode) and not item.clipped]

    @property
    def qr_codes(self) -> list[str]:
        return [item.text for item in self.items if isinstance(item, QrCode)]

    @property
    def rasters(self) -> list[Raster]:
        return [item for item in self.items if isinstance(item, Raster)]

    @property
    def codes(self) -> list[tuple[str, str]]:
        """(symbology, text) of everything on this part that a scanner would read."""
        found = [(item.symbology, item.text) for item in self.items if isinstance(item, Barcode) and not item.clipped]
        return found + [("qr", text) for text in self.qr_codes]

    def dump(self) -> str:
        """The whole part as text for a test's failure message: lines as printed, codes in brackets."""
        rows: list[str] = []
        for item in self.items:
            match item:
                case Line():
                    big = "" if item.scale == (1, 1) else f"{item.scale[0]}x{item.scale[1]} "
                    rows.append(f"{big}{'*' if item.bold else ''}{item.text}")
                case Barcode():
                    rows.append(f"[{item.symbology} {item.text}{' CLIPPED' if item.clipped else ''}]")
                case QrCode():
                    rows.append(f"[qr {item.text}]")
                case Raster():
                    rows.append(f"[raster {item.stride * 8}x{item.rows}]")
        return "\n".join([*rows, f"-- {self.cut or 'hanging'} --"])


class Paper:
    """The roll and what was printed on it. The last *keep* cut parts are kept; *serial* numbers never repeat."""

    def __init__(self, width: int, *, keep: int = 1000) -> None:
        self.width = width
        self.parts: list[Part] = []
        self._keep = keep
        self._serial = 1
        self.hanging = Part(1, width)

    @property
    def text(self) -> str:
        """Everything that came out, the part still hanging included."""
        return "\n".join(part.text for part in (*self.parts, self.hanging) if part.items)

    @property
    def codes(self) -> list[tuple[str, str]]:
        return [code for part in (*self.parts, self.hanging) for code in part.codes]

    def part(self, serial: int) -> Part | None:
        return next((part for part in (*self.parts, self.hanging) if part.serial == serial), None)

    def add(self, item: Item) -> None:
        self.hanging.items.append(item)
        self.hanging.height = max(self.hanging.height, item.top + item.height)

    def feed(self, dots: int) -> None:
        self.hanging.height += dots

    def cut(self, how: Literal["full", "partial"]) -> None:
        """Cut; a cut without paper moved since the last one makes no part."""
        if not self.hanging.height:
            return
        self.hanging.cut = how
        self.parts.append(self.hanging)
        del self.parts[: -self._keep]
        self.start(self.width)

    def start(self, width: int) -> None:
        """Begin a new part, e.g. after a cut or with a new roll."""
        self._serial += 1
        self.width = width
        self.hanging = Part(self._serial, width)

    def clear(self) -> None:
        """Take everything away."""
        self.parts.clear()
        self.start(self.width)
