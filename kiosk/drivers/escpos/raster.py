"""Draws what a printer cannot print by itself: lines with rare characters, barcodes, QR codes, signatures.

Imported only when something has to be drawn. A printer obeys real-time commands even inside picture data, so pictures
are drawn again, some dots to the side, until no such bytes stand in them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from kiosk.devices.document import Align
from kiosk.drivers.escpos.fonts import SIZE, Fonts
from kiosk.drivers.escpos.paper import COLUMN_DOTS, DOTS_PER_MM, LINE_DOTS, Paper
from kiosk.drivers.escpos.protocol import ESC_ALIGN, GS_RASTER, real_time_at
from kiosk.drivers.escpos.text import cells

_PEN_DOTS = 3  # a ballpoint's line: 0.4 mm
_THOUSAND = 1000  # the width of a drawing in the unit of its points
# A drawing that is higher than this part of its width is no drawing that the desk makes; it must not eat the roll.
_MOST_HIGH = 2
_ROWS_AT_ONCE = 128  # a small printer's buffer holds that many rows of 72 bytes


@dataclass(frozen=True, slots=True)
class Picture:
    """Rows of dots, *stride* bytes each, 1 is black, the leftmost dot is the highest bit."""

    stride: int
    data: bytes

    @property
    def rows(self) -> int:
        return len(self.data) // self.stride

    def commands(self) -> bytes:
        """GS v 0 for the whole picture, in pieces; left-aligned, because the picture holds its own margin."""
        pieces = [ESC_ALIGN["left"]]
        for top in range(0, self.rows, _ROWS_AT_ONCE):
            rows = min(_ROWS_AT_ONCE, self.rows - top)
            size = bytes((self.stride % 256, self.stride // 256, rows % 256, rows // 256))
            pieces.append(GS_RASTER + size + self.data[top * self.stride : (top + rows) * self.stride])
        return b"".join(pieces)


def draw_line(text: str, fonts: Fonts, paper: Paper, *, align: Align, bold: bool, width: int, height: int) -> Picture:
    """Draw one line that fits the paper, each character in the cell that the printer would give it."""
    row = cells(text)
    image = Image.new("1", (max(1, sum(cell.columns for cell in row) * COLUMN_DOTS), LINE_DOTS), 0)
    draw = ImageDraw.Draw(image)
    draw.fontmode = "1"
    x = 0
    for cell in row:
        wide = cell.columns * COLUMN_DOTS
        font = fonts.find(cell.text)
        shown = cell.text if font is not None else "?"
        font = font or fonts.find("?")
        if font is not None:
            for offset in range(2 if bold else 1):
                draw.text((x + wide / 2 + offset, LINE_DOTS / 2), shown, fill=1, font=font, anchor="mm")
        x += wide
    if (width, height) != (1, 1):
        # Magnified as the printer does it: each dot becomes a block; the gap to the next line stays as it is.
        gap = (LINE_DOTS - SIZE) // 2
        glyphs = image.crop((0, gap, image.width, gap + SIZE))
        big = glyphs.resize((image.width * width, SIZE * height), Image.Resampling.NEAREST)
        image = Image.new("1", (big.width, big.height + 2 * gap), 0)
        image.paste(big, (0, gap))
    return _on_paper(image, paper, align)


def draw_barcode(modules: str, dots: int, height: int, paper: Paper) -> Picture:
    """Draw the bars of a barcode, *dots* a module and *height* dots high, in the middle."""
    image = Image.new("1", (len(modules), 1), 0)
    image.putdata([int(module) for module in modules])
    return _on_paper(image.resize((len(modules) * dots, height), Image.Resampling.NEAREST), paper, "center")


def draw_qr(modules: Sequence[Sequence[bool]], dots: int, paper: Paper) -> Picture:
    """Draw a QR code, *dots* a module, in the middle."""
    side = len(modules)
    image = Image.new("1", (side, side), 0)
    image.putdata([int(module) for row in modules for module in row])
    return _on_paper(image.resize((side * dots, side * dots), Image.Resampling.NEAREST), paper, "center")


def draw_strokes(lines: Sequence[Sequence[tuple[int, int]]], height: int, width_mm: float, paper: Paper) -> Picture:
    """Draw lines of a pen, in the middle; *lines* and *height* in thousandths of the width."""
    wide = max(_PEN_DOTS, min(paper.dots, round(width_mm * DOTS_PER_MM)))
    high = max(_PEN_DOTS, min(_MOST_HIGH * wide, round(wide * height / _THOUSAND)))
    image = Image.new("1", (wide, high), 0)
    draw = ImageDraw.Draw(image)
    # The pen's middle stays half its width inside, so that a line along the edge is as thick as any other.
    half = _PEN_DOTS // 2
    for line in lines:
        points = [
            (half + round(x * (wide - _PEN_DOTS) / _THOUSAND), half + round(y * (high - _PEN_DOTS) / max(1, height))) for x, y in line
        ]
        if len(points) > 1:
            draw.line(points, fill=1, width=_PEN_DOTS)
        for x, y in points:  # round ends and joints; a single point is a dot
            draw.ellipse((x - half, y - half, x + half, y + half), fill=1)
    return _on_paper(image, paper, "center")


def _on_paper(image: Image.Image, paper: Paper, align: Align) -> Picture:
    """Place *image* on the width of the paper, at the nearest place that is safe, without white bytes to its right."""
    room = max(0, paper.dots - image.width)
    place = {"left": 0, "center": room // 2, "right": room}[align]
    picture = None
    # The data change with each of eight places; then they are the same again, one byte further.
    for aside in (0, 1, -1, 2, -2, 3, -3, 4):
        x = place + aside
        if 0 <= x <= room:
            picture = _placed(image, x, paper)
            if real_time_at(picture.data) < 0:
                return picture
    return _blotted(picture or _placed(image, place, paper))


def _placed(image: Image.Image, x: int, paper: Paper) -> Picture:
    stride = max(1, (min(x + image.width, paper.dots) + 7) // 8)
    canvas = Image.new("1", (stride * 8, image.height), 0)
    canvas.paste(image, (x, 0))
    return Picture(stride, canvas.tobytes())


def _blotted(picture: Picture) -> Picture:
    """Blacken one dot beside a black one (10 becomes 18) wherever a real-time command is left: a blot, not a command."""
    data = bytearray(picture.data)
    while (at := real_time_at(data)) >= 0:
        data[at] = 0x18
    return Picture(picture.stride, bytes(data))
