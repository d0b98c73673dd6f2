"""Draws a part of paper as SVG for the bench page: one user unit is one dot.

Only presentation attributes are used, no style, so that the strict content security policy holds for inline pictures as well.
"""

from collections.abc import Iterator
from itertools import groupby
from xml.sax.saxutils import quoteattr

from kiosk.demo.paper import Barcode, Line, Part, QrCode, Raster, Run

# The simulator cannot know the printer's own ROM font; a reader's monospaced CJK font comes near.
_FONTS = "'WenQuanYi Micro Hei Mono', 'Noto Sans Mono CJK SC', 'Sarasa Mono SC', 'PingFang SC', 'Microsoft YaHei', monospace"
_INK = "#2b2b33"
MARGIN = 32  # the paper is wider than the head: 4 mm on each side
_CAPTION = 26


def part_svg(part: Part, *, minimum: int = 0) -> str:
    """Return the picture of *part*, at least *minimum* dots high, as an ``<svg>`` element.

    Each code is a group with ``class="code"`` and its symbology and text as data, for "scanning" it with a tap.
    """
    width, height = part.width + 2 * MARGIN, max(part.height, minimum) + MARGIN
    body = "".join(_item(item) for item in part.items)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="{_FONTS}" fill="{_INK}" class="paper-part">'
        f'<g transform="translate({MARGIN} {MARGIN // 2})">{body}</g></svg>'
    )


def _item(item: Line | Barcode | QrCode | Raster) -> str:
    match item:
        case Line():
            return "".join(_run(run, item.top + item.height) for run in item.runs)
        case Barcode():
            return _barcode(item)
        case QrCode():
            return _code(item.x, item.top, len(item.rows) * item.module, item.height, "qr", item.text, _qr_path(item))
        case Raster():
            return f'<path d="{_raster_path(item)}" shape-rendering="crispEdges"/>'


def _run(run: Run, baseline: int) -> str:
    """One look of text. Every character gets its own place, whatever the reader's font makes of its width."""
    parts = []
    if run.inverse:
        parts.append(f'<rect x="{run.x}" y="{baseline - run.height}" width="{run.width}" height="{run.height}"/>')
    for wide, group in groupby(run.characters(), key=lambda each: each[2] > 12 * run.across):
        characters = list(group)
        # Inside the scaled group, places are in unscaled dots; Latin glyphs of most fonts are wider than half a Han cell.
        places = " ".join(f"{(x - run.x) / run.across:g}" for _, x, _ in characters)
        text = _escape("".join(character for character, _, _ in characters))
        weight = ' font-weight="bold"' if run.bold else ""
        colour = ' fill="#fff"' if run.inverse else ""
        parts.append(
            f'<text transform="translate({run.x} {baseline - 4 * run.down}) scale({run.across} {run.down})" '
            f'font-size="{23 if wide else 20}" x="{places}"{weight}{colour}>{text}</text>'
        )
    if run.underline:
        parts.append(f'<rect x="{run.x}" y="{baseline - 1}" width="{run.width}" height="2"/>')
    return "".join(parts)


def _barcode(item: Barcode) -> str:
    top = item.top + (_CAPTION if item.caption in ("above", "both") else 0)
    path = "".join(
        f"M{item.x + at * item.module} {top}h{count * item.module}v{item.bar_height}h-{count * item.module}z"
        for at, count in _bars(item.modules)
    )
    width = len(item.modules) * item.module
    drawing = f'<path d="{path}" shape-rendering="crispEdges"/>'
    for place, y in (("above", item.top + 20), ("below", top + item.bar_height + 22)):
        if item.caption in (place, "both"):
            drawing += f'<text x="{item.x + width / 2:g}" y="{y}" font-size="20" text-anchor="middle">{_escape(item.text)}</text>'
    return _code(item.x, item.top, width, item.height, item.symbology, "" if item.clipped else item.text, drawing)


def _code(x: int, y: int, width: int, height: int, symbology: str, text: str, drawing: str) -> str:
    """A tappable group; a code that no scanner would read has no text and is not tappable."""
    if not text:
        return f"<g>{drawing}</g>"
    return (
        f'<g class="code" role="button" tabindex="0" data-symbology={quoteattr(symbology)} data-text={quoteattr(text)}>'
        f"<title>{_escape(text)}</title>"
        f'<rect class="code-area" x="{x - 12}" y="{y - 6}" width="{width + 24}" height="{height + 12}" fill="#fff" fill-opacity="0"/>'
        f"{drawing}</g>"
    )


def _qr_path(item: QrCode) -> str:
    size = item.module
    path = "".join(
        f"M{item.x + at * size} {item.top + row * size}h{count * size}v{size}h-{count * size}z"
        for row, modules in enumerate(item.rows)
        for at, count in _bars("".join("1" if module else "0" for module in modules))
    )
    return f'<path d="{path}" shape-rendering="crispEdges"/>'


def _raster_path(item: Raster) -> str:
    across, down = item.scale
    path = []
    for row in range(item.rows):
        bits = item.data[row * item.stride : (row + 1) * item.stride]
        if any(bits):
            y = item.top + row * down
            path += [
                f"M{item.x + at * across} {y}h{count * across}v{down}h-{count * across}z"
                for at, count in _bars(f"{int.from_bytes(bits):0{item.stride * 8}b}")
            ]
    return "".join(path)


def _bars(modules: str) -> Iterator[tuple[int, int]]:
    """Yield (position, length) of each run of ``1``."""
    at = 0
    for value, group in groupby(modules):
        count = len(list(group))
        if value == "1":
            yield at, count
        at += count


def _escape(text: str) -> str:
    """*text* for XML; control characters, which XML forbids, as a box."""
    clean = "".join(character if character >= " " else "\u25a1" for character in text)
    return clean.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
