"""Draws a part of paper as a bitmap, dot by dot as the head would, for reading it with a barcode decoder and for files."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.demo.paper import Barcode, Line, Part, QrCode, Raster, Run

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont, ImageFont

# Debian's packages fonts-wqy-microhei, fonts-noto-cjk, fonts-unifont; without any of them Chinese is drawn as boxes.
_FONTS = (
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 1),  # the monospaced face of the collection
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 7),  # Noto Sans Mono CJK SC
    ("/usr/share/fonts/truetype/unifont/unifont.ttf", 0),
)
_BLACK, _WHITE = 0, 255
_RAISED = -3  # dots: these fonts leave room above their letters that a printer's cell does not have
MARGIN = 32  # dots at each side: the quiet zone of a barcode that fills the head


def part_image(part: Part) -> "Image":
    """Return *part* as a grey-scale picture of one pixel a dot."""
    from PIL import Image, ImageDraw

    image = Image.new("L", (part.width + 2 * MARGIN, part.height + 2 * MARGIN), _WHITE)
    draw = ImageDraw.Draw(image)
    for item in part.items:
        match item:
            case Line():
                for run in item.runs:
                    _draw_run(image, run, item.top + item.height)
            case Barcode():
                top = item.top + (26 if item.caption in ("above", "both") else 0) + MARGIN
                for at, module in enumerate(item.modules):
                    if module == "1":
                        left = MARGIN + item.x + at * item.module
                        draw.rectangle((left, top, left + item.module - 1, top + item.bar_height - 1), fill=_BLACK)
                if item.caption in ("below", "both"):
                    _draw_caption(image, item, top + item.bar_height)
            case QrCode():
                _draw_qr(image, item)
            case Raster():
                bits = Image.frombytes(
                    "1", (item.stride * 8, item.rows), bytes(~byte & 0xFF for byte in item.data[: item.stride * item.rows])
                )
                grey = bits.convert("L").resize((item.stride * 8 * item.scale[0], item.rows * item.scale[1]))
                image.paste(grey, (MARGIN + item.x, MARGIN + item.top))
    return image


def save_png(part: Part, path: Path) -> None:
    """Write the picture of *part* to *path*."""
    part_image(part).save(path, format="PNG")


def png_bytes(part: Part) -> bytes:
    """Return the picture of *part* as a PNG file."""
    import io

    file = io.BytesIO()
    part_image(part).save(file, format="PNG", dpi=(203, 203))
    return file.getvalue()


def _draw_run(image: "Image", run: Run, baseline: int) -> None:
    from PIL import Image, ImageChops

    for character, x, advance in run.characters():
        cell = Image.new("L", (advance // run.across, 24), _WHITE)
        _draw_text(cell, (0, _RAISED), character)
        if run.bold:
            cell = ImageChops.darker(cell, ImageChops.offset(cell, 1, 0))
        if run.inverse:
            cell = ImageChops.invert(cell)
        image.paste(cell.resize((advance, run.height), Image.Resampling.NEAREST), (MARGIN + x, MARGIN + baseline - run.height))


def _draw_caption(image: "Image", item: Barcode, y: int) -> None:
    width = len(item.text) * 12
    x = MARGIN + item.x + max((len(item.modules) * item.module - width) // 2, 0)
    _draw_text(image, (x, y), item.text)


def _draw_text(image: "Image", at: tuple[int, int], text: str) -> None:
    from PIL import ImageDraw

    ImageDraw.Draw(image).text(at, text, fill=_BLACK, font=_font())


def _draw_qr(image: "Image", item: QrCode) -> None:
    from PIL import Image

    side = len(item.rows)
    code = Image.new("L", (side, side), _WHITE)
    code.putdata([_BLACK if module else _WHITE for row in item.rows for module in row])
    scaled = code.resize((side * item.module, side * item.module), Image.Resampling.NEAREST)
    image.paste(scaled, (MARGIN + item.x, MARGIN + item.top))


@cache
def _font() -> "FreeTypeFont | ImageFont":
    from PIL import ImageFont

    for path, face in _FONTS:
        if Path(path).exists():
            return ImageFont.truetype(path, 22, index=face)
    return ImageFont.load_default()
