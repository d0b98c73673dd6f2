"""Turns a neutral document into the bytes of one printer, as far as possible in the printer's own characters and codes.

Every byte is either a command built here or text that `text.clean` and `Codec` let through: nothing that a person typed
can become a command. Each job begins with ESC @, so what an earlier job left behind cannot matter.
"""

import logging
import math
from functools import lru_cache
from typing import TYPE_CHECKING

from kiosk.devices.document import Align, Barcode, Columns, Cut, Document, Drawing, Element, Feed, Qr, Rule, Text
from kiosk.drivers.escpos import codes, protocol
from kiosk.drivers.escpos.options import PrinterOptions
from kiosk.drivers.escpos.paper import DOTS_PER_MM, LINE_DOTS
from kiosk.drivers.escpos.text import clean, columns_of, shorten, wrap

if TYPE_CHECKING:
    from kiosk.drivers.escpos.fonts import Fonts
    from kiosk.drivers.escpos.raster import Picture

log = logging.getLogger(__name__)

_LINE_MM = 4.23  # 1/6 inch, the usual line spacing
_CHARACTER_MM = 3.0  # 24 dots
_TO_CUTTER_MM = 15.0  # from the head to the blade
_CUT_S = 0.4
_LARGEST = 8  # GS ! magnifies 1 to 8 times
_QR_QUIET_MODULES = 4
_MOST_LINES_FED = 255  # ESC d n
_PIECES_KEPT = 64


class Encoder:
    """Encodes for one printer. *fonts* are looked for when the first line has to be drawn."""

    def __init__(self, options: PrinterOptions) -> None:
        self._options = options
        self._paper = options.paper
        self._codec = options.codec
        self._fonts: Fonts | None = None
        # Most lines are the same on each ticket: the store's name, the rules.
        self._piece = lru_cache(maxsize=_PIECES_KEPT)(self._encode_element)

    def encode(self, document: Document, question: bytes = b"") -> tuple[bytes, float]:
        """Return the bytes of *document* with *question* behind it, and the seconds that printing takes at least."""
        job = _Job()
        job.out += protocol.ESC_INITIALISE + self._selection()
        if self._options.automatic_status:
            job.out += protocol.GS_AUTO_STATUS  # ESC @ may have turned it off
        for element in document.elements:
            job.add(self._piece(element))
        job.out += self._deselection() + question
        return bytes(job.out), job.mm / self._options.print_speed_mm_s + job.cuts * _CUT_S

    def _selection(self) -> bytes:
        if not self._options.select_encoding:
            return b""
        return protocol.FS_UTF8 if self._codec.name == "utf-8" else protocol.FS_HAN_ON

    def _deselection(self) -> bytes:
        return protocol.FS_HAN_OFF if self._selection() == protocol.FS_HAN_ON else b""

    def _encode_element(self, element: Element) -> "_Job":
        job = _Job()
        match element:
            case Text():
                self._text(job, element)
            case Columns():
                self._columns(job, element)
            case Barcode():
                self._barcode(job, element)
            case Qr():
                self._qr(job, element)
            case Drawing():
                self._drawing(job, element)
            case Rule():
                self._line(job, "-" * self._paper.columns)
            case Feed():
                self._feed(job, min(max(element.lines, 0), _MOST_LINES_FED))
            case Cut() if not self._options.cutter:
                self._line(job, ("- " * self._paper.columns)[: self._paper.columns - 1])
                self._feed(job, math.ceil(_TO_CUTTER_MM / _LINE_MM))  # the tear-off edge is where a blade would be
            case Cut():
                job.out += protocol.GS_CUT_AFTER_FEED
                job.mm += _TO_CUTTER_MM
                job.cuts += 1
        return job

    @staticmethod
    def _feed(job: "_Job", lines: int) -> None:
        job.out += protocol.ESC_FEED_LINES + bytes((lines,))
        job.mm += lines * _LINE_MM

    def _text(self, job: "_Job", element: Text) -> None:
        width, height = (min(max(scale, 1), _LARGEST) for scale in (element.width, element.height))
        for line in wrap(clean(element.text), max(2, self._paper.columns // width)):
            self._line(job, line, align=element.align, bold=element.bold, width=width, height=height)

    def _columns(self, job: "_Job", element: Columns) -> None:
        columns = self._paper.columns
        left, right = (clean(side).replace("\n", " ") for side in (element.left, element.right))
        right = shorten(right, columns)
        left = shorten(left, max(0, columns - columns_of(right) - 1))
        gap = columns - columns_of(left) - columns_of(right)
        self._line(job, left + " " * gap + right, bold=element.bold)

    def _line(self, job: "_Job", line: str, *, align: Align = "left", bold: bool = False, width: int = 1, height: int = 1) -> None:
        """Print one line that fits; draw it when the printer lacks one of its characters."""
        job.mm += max(_LINE_MM, _CHARACTER_MM * height)
        encoded = self._codec.encode(line)
        if encoded is None:
            picture = self._drawn(line, align, bold, width, height)
            if picture is not None:
                job.out += picture.commands()
                return
            line = self._codec.replace(line)
            encoded = self._codec.encode(line) or b""
        out = job.out
        out += protocol.ESC_ALIGN[align]
        if bold:
            out += protocol.ESC_BOLD[True]
        # FS ! first: where both commands scale Han, the later GS ! counts; where GS ! leaves Han alone, FS ! doubles it.
        han = not line.isascii() and (width > 1 or height > 1)
        if han:
            out += protocol.FS_HAN_SIZE + bytes(((0x04 if width > 1 else 0) | (0x08 if height > 1 else 0),))
        if width > 1 or height > 1:
            out += protocol.GS_CHARACTER_SIZE + bytes(((width - 1) << 4 | (height - 1),))
        out += encoded + protocol.LF
        if han:
            out += protocol.FS_HAN_SIZE + b"\0"
        if width > 1 or height > 1:
            out += protocol.GS_CHARACTER_SIZE + b"\0"
        if bold:
            out += protocol.ESC_BOLD[False]

    def _drawn(self, line: str, align: Align, bold: bool, width: int, height: int) -> "Picture | None":
        from kiosk.drivers.escpos import raster
        from kiosk.drivers.escpos.fonts import Fonts

        if self._fonts is None:
            self._fonts = Fonts(self._options.font)
        if self._fonts.find("?") is None:
            return None
        return raster.draw_line(line, self._fonts, self._paper, align=align, bold=bold, width=width, height=height)

    def _barcode(self, job: "_Job", element: Barcode) -> None:
        code = codes.Code128.of(element.data)
        dots = codes.module_dots(code.modules, self._paper) if code else None
        if code is None or dots is None:
            # What Code 128 cannot hold, or the paper cannot, goes into the square code: it must stay readable.
            self._qr(job, Qr(element.data))
        else:
            job.mm += element.height_mm
            if self._options.native_barcode:
                job.out += protocol.ESC_ALIGN["center"] + codes.native_code128(code, dots, element.height_mm)
            else:
                from kiosk.drivers.escpos import raster

                modules = codes.code128_modules(element.data)
                height = max(1, round(element.height_mm * DOTS_PER_MM))
                job.out += raster.draw_barcode(modules, dots, height, self._paper).commands()
        if element.caption:
            self._text(job, Text(element.data, align="center"))

    def _qr(self, job: "_Job", element: Qr) -> None:
        data = clean(element.data)
        side = codes.qr_side(data)
        if not data or side is None or side > self._paper.dots:
            log.warning("a QR code of %d characters does not fit: printed as text", len(data))
            self._text(job, Text(data))
            return
        dots = codes.qr_dots(side, element.size_mm, self._paper)
        job.mm += side * dots / DOTS_PER_MM
        # Without white above and below, a decoder takes what stands there for a part of the code.
        quiet = protocol.ESC_FEED_LINES + bytes((-(-_QR_QUIET_MODULES * dots // LINE_DOTS),))
        job.mm += 2 * quiet[-1] * _LINE_MM
        job.out += quiet
        native = codes.native_qr(data, dots) if self._options.native_qr else None
        if native is not None:
            job.out += protocol.ESC_ALIGN["center"] + native
        else:
            from kiosk.drivers.escpos import raster

            job.out += raster.draw_qr(codes.qr_modules(data), dots, self._paper).commands()
        job.out += quiet

    def _drawing(self, job: "_Job", element: Drawing) -> None:
        from kiosk.drivers.escpos import raster

        picture = raster.draw_strokes(element.lines, element.height, element.width_mm, self._paper)
        job.mm += picture.rows / DOTS_PER_MM
        job.out += picture.commands()


class _Job:
    """What grows while a document is encoded."""

    def __init__(self) -> None:
        self.out = bytearray()
        self.mm = 0.0
        self.cuts = 0

    def add(self, piece: "_Job") -> None:
        self.out += piece.out
        self.mm += piece.mm
        self.cuts += piece.cuts
