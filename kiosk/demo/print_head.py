"""Formats what the simulated printer prints: fonts, alignment, codes, pictures, feeds and cuts, onto paper.

Defaults (30 dots a line, 162 dots bar height, module 3, HRI off) are those of the ESC/POS command reference.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from kiosk.demo import charset
from kiosk.demo.code128 import BadBarcode, bars_of
from kiosk.demo.escpos_commands import Command
from kiosk.demo.model import DOTS_PER_MM, PrinterModel
from kiosk.demo.paper import ALIGNMENTS, Align, Barcode, Line, Paper, QrCode, Raster, Run

_CELL = 12  # font A: 12 x 24 dots; Chinese characters are 24 x 24
_LINE_SPACING = 30
_TAB = 8 * _CELL
_CUTTER_MM = 15  # from the print line to the cutter; GS V 65/66 feed that far by themselves
_CAPTIONS = ("none", "above", "below", "both")


@dataclass(slots=True)
class Look:
    """What commands have set and ``ESC @`` sets back."""

    chinese: bool
    code_page: int = 0
    align: Align = "left"
    bold: bool = False
    underline: bool = False
    inverse: bool = False
    width: int = 1
    height: int = 1
    wide_chinese: bool = False
    tall_chinese: bool = False
    spacing: int = _LINE_SPACING
    left: int = 0
    area: int | None = None
    bar_height: int = 162
    bar_module: int = 3
    caption: int = 0
    qr_module: int = 3
    qr_level: str = "L"
    qr_data: bytes = b""
    graphics: Raster | None = None


@dataclass(slots=True)
class _OpenLine:
    runs: list[Run] = field(default_factory=list)
    x: int = 0
    scale: tuple[int, int] = (1, 1)


def _same_look(a: Run, b: Run) -> bool:
    return (a.across, a.down, a.bold, a.underline, a.inverse) == (b.across, b.down, b.bold, b.underline, b.inverse)


def _set(**values: Callable[[bytes], object]) -> Callable[[Any, bytes], None]:
    """A handler that sets fields of the look, each from the command's parameters."""

    def handler(head: Any, data: bytes) -> None:
        for name, value in values.items():
            setattr(head.look, name, value(data))

    return handler


def _size(bits: int) -> int:
    return (bits & 7) + 1


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _nothing(_: object, __: bytes) -> None:
    """Accepted, and of no effect on what this simulator shows."""


class PrintHead:
    """Executes printing commands. `execute` returns the dots that the paper moved, or None for an unknown command."""

    def __init__(self, model: PrinterModel, paper: Paper) -> None:
        self.model = model
        self.paper = paper
        self.look = Look(model.chinese_at_start)
        self.lines = 0
        self.refused: list[tuple[str, str]] = []
        self._line = _OpenLine()

    def reset(self) -> None:
        """``ESC @``: settings as at power-up, the unprinted line thrown away."""
        self.look = Look(self.model.chinese_at_start)
        self._line = _OpenLine()

    def character_size(self, buffer: bytearray) -> int:
        return charset.character_size(buffer, self.model.encoding, chinese=self.look.chinese)

    def execute(self, command: Command) -> int | None:
        """Carry out *command*; data that a printer refuses is noted in `refused` and moves nothing."""
        before = self.paper.hanging.height
        serial = self.paper.hanging.serial
        if command.name == "TEXT":
            if command.known:
                self._character(command.data)
        elif command.name in ("GS V", "ESC i", "ESC m"):
            return self._cut(command)
        else:
            handler = self._HANDLERS.get(command.name)
            if handler is None or handler(self, command.data) is False:
                return None
        return self.paper.hanging.height - before if serial == self.paper.hanging.serial else 0

    # -- text

    def _area(self) -> int:
        available = self.model.dots - self.look.left
        return min(self.look.area or available, available)

    def _character(self, data: bytes) -> None:
        look = self.look
        character = charset.decode_character(data, self.model.encoding, code_page=look.code_page)
        wide = charset.is_wide(data, character, self.model.encoding)
        across = max(look.width, 2 if wide and look.wide_chinese else 1)
        down = max(look.height, 2 if wide and look.tall_chinese else 1)
        advance = _CELL * (2 if wide else 1) * across
        if self._line.x + advance > self._area():
            self._print_line(wrapped=True)
        line = self._line
        last = line.runs[-1] if line.runs else None
        run = Run(line.x, character, (advance,), across, down, look.bold, look.underline, look.inverse)
        if last is not None and last.x + last.width == line.x and _same_look(last, run):
            line.runs[-1] = replace(last, text=last.text + character, advance=(*last.advance, advance))
        else:
            line.runs.append(run)
        line.x += advance
        line.scale = (max(line.scale[0], across), max(line.scale[1], down))

    def _print_line(self, *, wrapped: bool = False, feed: int | None = None) -> None:
        """Print what stands in the line buffer and feed; without anything in it only feed."""
        line, self._line = self._line, _OpenLine()
        top = self.paper.hanging.height
        if not line.runs and wrapped:
            return
        height = max([run.height for run in line.runs], default=0)
        moved = max(self.look.spacing if feed is None else feed, height)
        if line.runs:
            shift = self._offset(max(run.x + run.width for run in line.runs))
            runs = tuple(replace(run, x=run.x + shift) for run in line.runs)
            self.paper.add(Line(top, height, runs, self.look.align, line.scale))
            self.paper.hanging.height = top + moved
        else:
            self.paper.feed(moved)
        self.lines += 1

    def _offset(self, width: int) -> int:
        """Dots from the left edge for something *width* dots wide."""
        free = max(self._area() - width, 0)
        return self.look.left + {"left": 0, "center": free // 2, "right": free}[self.look.align]

    def _flush(self) -> None:
        if self._line.runs:
            self._print_line()

    def _select_encoding(self, data: bytes) -> bool:
        """``FS ( C``: only a printer that has UTF-8 knows it, and its characters are that already."""
        return self.model.encoding == "utf-8" and len(data) == 2 and data[0] == 48 and data[1] in (2, 50)

    def _line_feed(self, _: bytes) -> None:
        self._print_line()

    def _feed_lines(self, data: bytes) -> None:
        self._print_line()
        for _ in range(data[0] - 1):
            self._print_line()

    def _feed_dots(self, data: bytes) -> None:
        self._print_line(feed=data[0])

    def _tab(self, _: bytes) -> None:
        self._line.x = min((self._line.x // _TAB + 1) * _TAB, self._area())

    def _position(self, data: bytes) -> None:
        self._line.x = min(int.from_bytes(data, "little"), self._area())

    # -- codes and pictures

    def _barcode(self, data: bytes) -> bool:
        if not self.model.native_barcode:
            return False
        self._flush()
        look = self.look
        try:
            bars = bars_of(data[0], data[1:])
        except BadBarcode as error:
            self.refused.append(("GS k", str(error)))
            return True
        width = len(bars.modules) * look.bar_module
        captions = {1: 1, 2: 1, 3: 2}.get(look.caption, 0)
        top = self.paper.hanging.height
        self.paper.add(
            Barcode(
                top=top,
                height=look.bar_height + captions * 26,
                x=self._offset(width),
                symbology=bars.symbology,
                text=bars.text,
                modules=bars.modules[: self._area() // look.bar_module],
                module=look.bar_module,
                bar_height=look.bar_height,
                caption=_CAPTIONS[look.caption],  # type: ignore[arg-type]
                clipped=width > self._area(),
            )
        )
        self.lines += 1
        return True

    def _symbol(self, data: bytes) -> bool:
        """``GS ( k cn fn``: QR (cn 49) settings, store, print."""
        if not self.model.native_qr or len(data) < 2 or data[0] != 49:
            return False
        function, values = data[1], data[2:]
        look = self.look
        if function != 81 and not values:
            return False
        if function == 65:  # model
            return True
        if function == 67:
            look.qr_module = max(values[0], 1)
        elif function == 69:
            look.qr_level = "LMQH"[values[0] - 48] if 48 <= values[0] <= 51 else "L"
        elif function == 80:
            look.qr_data = values[1:]
        elif function == 81:
            self._print_qr()
        else:
            return False
        return True

    def _print_qr(self) -> None:
        from qrcode import QRCode, constants, exceptions

        self._flush()
        look = self.look
        level = {
            "L": constants.ERROR_CORRECT_L,
            "M": constants.ERROR_CORRECT_M,
            "Q": constants.ERROR_CORRECT_Q,
            "H": constants.ERROR_CORRECT_H,
        }
        code = QRCode(error_correction=level[look.qr_level], border=0)
        code.add_data(look.qr_data)
        try:
            rows = tuple(tuple(bool(module) for module in row) for row in code.get_matrix())
        except (exceptions.DataOverflowError, ValueError) as error:
            self.refused.append(("GS ( k", str(error)))
            return
        side = len(rows) * look.qr_module
        if side > self._area():
            self.refused.append(("GS ( k", f"{side} dots are wider than the paper"))
            return
        text = look.qr_data.decode("utf-8", "replace")
        self.paper.add(QrCode(self.paper.hanging.height, side, self._offset(side), text, rows, look.qr_module))
        self.lines += 1

    def _raster_image(self, data: bytes) -> None:
        """``GS v 0 m xL xH yL yH``."""
        mode, stride, image = data[1], int.from_bytes(data[2:4], "little"), data[6:]
        self._picture(Raster(0, 0, 0, stride, image, (2 if mode & 1 else 1, 2 if mode & 2 else 1)))

    def _graphics(self, data: bytes) -> bool:
        """``GS ( L`` fn 112 stores a raster, fn 50 prints it."""
        if len(data) < 2 or data[0] != 48:
            return False
        if data[1] == 112 and len(data) >= 10:
            dots = int.from_bytes(data[6:8], "little")
            self.look.graphics = Raster(0, 0, 0, (dots + 7) // 8, data[10:], (data[3], data[4]))
        elif data[1] in (2, 50):
            if self.look.graphics is not None:
                self._picture(self.look.graphics)
            self.look.graphics = None
        else:
            return False
        return True

    def _picture(self, raster: Raster) -> None:
        self._flush()
        if not raster.rows:
            return
        across, down = raster.scale
        x = self._offset(raster.stride * 8 * across)
        self.paper.add(Raster(self.paper.hanging.height, raster.rows * down, x, raster.stride, raster.data, raster.scale))
        self.lines += -(-raster.rows * down // _LINE_SPACING)

    # -- cutter

    def _cut(self, command: Command) -> int | None:
        """``GS V``: 0/48 full, 1/49 partial, 65/97 and 66/98 with a feed to the cutter; ``ESC i``, ``ESC m`` the old forms."""
        if not self.model.cutter:
            return None
        mode = command.data[0] if command.data else {"ESC i": 0, "ESC m": 1}[command.name]
        self._flush()
        moved = 0
        if mode >= 65:
            moved = _CUTTER_MM * DOTS_PER_MM + command.data[1]
            self.paper.feed(moved)
        self.paper.cut("full" if mode in (0, 48, 65, 97) else "partial")
        return moved

    _HANDLERS: ClassVar[dict[str, Callable[[Any, bytes], bool | None]]] = {
        "LF": _line_feed,
        "CR": _nothing,
        "NUL": _nothing,
        "HT": _tab,
        "ESC !": _set(
            bold=lambda d: bool(d[0] & 0x08),
            height=lambda d: 2 if d[0] & 0x10 else 1,
            width=lambda d: 2 if d[0] & 0x20 else 1,
            underline=lambda d: bool(d[0] & 0x80),
        ),
        "ESC $": _position,
        "ESC -": _set(underline=lambda d: d[0] not in (0, 48)),
        "ESC 2": _set(spacing=lambda _: _LINE_SPACING),
        "ESC 3": _set(spacing=lambda d: d[0]),
        "ESC E": _set(bold=lambda d: bool(d[0] & 1)),
        "ESC G": _set(bold=lambda d: bool(d[0] & 1)),
        "ESC J": _feed_dots,
        "ESC a": _set(align=lambda d: ALIGNMENTS[d[0] % 48 if d[0] % 48 < 3 else 0]),
        "ESC d": _feed_lines,
        "ESC t": _set(code_page=lambda d: d[0]),
        **dict.fromkeys(("ESC M", "ESC R", "ESC S", "ESC T", "ESC c", "ESC p", "ESC {", "ESC  ", "GS b", "GS I", "FS -", "FS S"), _nothing),
        "FS !": _set(wide_chinese=lambda d: bool(d[0] & 0x04), tall_chinese=lambda d: bool(d[0] & 0x08)),
        "FS &": _set(chinese=lambda _: True),
        "FS .": _set(chinese=lambda _: False),
        "FS ( C": _select_encoding,
        "FS W": _set(wide_chinese=lambda d: bool(d[0] & 1), tall_chinese=lambda d: bool(d[0] & 1)),
        "GS !": _set(width=lambda d: _size(d[0] >> 4), height=lambda d: _size(d[0])),
        "GS B": _set(inverse=lambda d: bool(d[0] & 1)),
        "GS H": _set(caption=lambda d: d[0] % 48 if d[0] % 48 < 4 else 0),
        "GS L": _set(left=_little),
        "GS W": _set(area=_little),
        "GS f": _nothing,
        "GS h": _set(bar_height=lambda d: d[0] or 162),
        "GS k": _barcode,
        "GS w": _set(bar_module=lambda d: d[0] if 1 <= d[0] <= 6 else 3),
        "GS v 0": _raster_image,
        "GS ( L": _graphics,
        "GS ( k": _symbol,
    }
