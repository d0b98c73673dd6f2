"""The two decoders behind one shape: zxing-cpp, and zbar through pyzbar's bindings where its library is installed.

Imported when a pipeline is made: it needs both packages and NumPy.
"""

import ctypes
import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import zxingcpp
from numpy.typing import NDArray

from kiosk.drivers.camera.options import Box, DecodeOptions, Read

_log = logging.getLogger(__name__)

# A picture: rows of 8-bit grey values.
Grey = NDArray[Any]

FORMATS = {
    "code128": zxingcpp.BarcodeFormat.Code128,
    "ean13": zxingcpp.BarcodeFormat.EAN13,
    "ean8": zxingcpp.BarcodeFormat.EAN8,
    "itf": zxingcpp.BarcodeFormat.ITF,
    "code39": zxingcpp.BarcodeFormat.Code39,
    "qr": zxingcpp.BarcodeFormat.QRCode,
}
# AIM symbology identifiers (ISO/IEC 15424) without "]" and, where the modifier says nothing to the desk, without it:
# the names are those of `kiosk.drivers.scanner_text`, so that all scanners give the same record.
_NAMES = {"C": "code128", "C1": "gs1-128", "E": "ean13", "E4": "ean8", "I": "itf", "A": "code39", "Q": "qr", "Q3": "gs1-qr", "Q4": "gs1-qr"}
# Modifiers of QR codes that name their character set (ISO/IEC 18004, annex on symbology identifiers: 2, 4 and 6 are "ECI protocol").
_QR_WITH_ECI = frozenset({"Q2", "Q4", "Q6"})
# Symbologies with squares and an error correction of their own; all others are bars.
SQUARE = frozenset({"qr", "gs1-qr"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a decoder says to have read. *weak*: it took more than zxing-cpp on the picture as it is, so one look proves little."""

    text: str
    symbology: str
    box: Box
    weak: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What makes two reads the same code."""
        return self.symbology, self.text

    def read(self) -> Read:
        return Read(self.text, self.symbology, self.box)

    def placed(self, back: NDArray[np.float64], *, weak: bool = True) -> "Candidate":
        """The same in the picture that the crop was taken from; *back* is the matrix from the crop's pixels to the picture's."""
        corners = np.array(self.box, np.float64) @ back[:, :2].T + back[:, 2]
        a, b, c, d = ((round(float(x)), round(float(y))) for x, y in corners)
        return replace(self, box=(a, b, c, d), weak=weak)


class Zxing:
    """zxing-cpp, restricted to the symbologies in use."""

    def __init__(self, options: DecodeOptions) -> None:
        self._charset = options.qr_charset
        self._all = _formats(options.symbologies)
        self._bars = _formats(name for name in options.symbologies if name not in SQUARE)
        self._squares = _formats(name for name in options.symbologies if name in SQUARE)

    def read(self, grey: Grey) -> list[Candidate]:
        """Every code in *grey*."""
        return self._read(grey, self._all, rotate=True)

    def bars(self, crop: Grey, *, rotate: bool = False) -> list[Candidate]:
        """Linear codes that run along *crop*; with *rotate* also those that run down."""
        return self._read(crop, self._bars, rotate=rotate)

    def squares(self, crop: Grey) -> list[Candidate]:
        """QR codes alone."""
        return self._read(crop, self._squares, rotate=True)

    def _read(self, grey: Grey, formats: Any, *, rotate: bool) -> list[Candidate]:
        if formats is None:
            return []
        codes = zxingcpp.read_barcodes(grey, formats=formats, try_rotate=rotate, try_invert=False, text_mode=zxingcpp.TextMode.Plain)
        return [_from_zxing(code, self._charset) for code in codes]


class Zbar:
    """zbar, restricted likewise; without its library it reads nothing and says so once in `missing`.

    pyzbar's own `decode` makes a scanner for each picture and cannot be told to look at every second line only.
    """

    def __init__(self, options: DecodeOptions) -> None:
        self.missing = ""
        self._scanner: Any = None
        try:
            from pyzbar import wrapper
        except ImportError as error:  # raised where libzbar.so.0 is not found, too
            self.missing = f"libzbar0 is not installed, faint codes are read less often: {error}"
            _log.warning("%s", self.missing)
            return
        self._wrapper = wrapper
        symbols = wrapper.ZBarSymbol
        # The names of zbar's symbols; with UPC-A off zbar tells it as EAN-13 with a leading 0, as is wanted.
        names = {"code128": "CODE128", "ean13": "EAN13", "ean8": "EAN8", "itf": "I25", "code39": "CODE39", "qr": "QRCODE"}
        self._kinds = {int(symbols[names[name]]): name for name in options.symbologies}
        self._scanner = wrapper.zbar_image_scanner_create()
        # 0: every symbology off. What is off cannot be misread, and zbar writes its warnings only from those that nobody asked for.
        wrapper.zbar_image_scanner_set_config(self._scanner, 0, wrapper.ZBarConfig.CFG_ENABLE, 0)
        for kind in self._kinds:
            wrapper.zbar_image_scanner_set_config(self._scanner, kind, wrapper.ZBarConfig.CFG_ENABLE, 1)

    def read(self, grey: Grey, *, step: int = 1) -> list[Candidate]:
        """Every code in *grey*; *step* 2 looks at every second line only, in half the time."""
        if self._scanner is None or not grey.size:
            return []
        wrapper = self._wrapper
        for axis in (wrapper.ZBarConfig.CFG_X_DENSITY, wrapper.ZBarConfig.CFG_Y_DENSITY):
            wrapper.zbar_image_scanner_set_config(self._scanner, 0, axis, step)
        pixels = np.ascontiguousarray(grey).tobytes()  # the image points at them until it is destroyed
        image = wrapper.zbar_image_create()
        try:
            wrapper.zbar_image_set_format(image, int.from_bytes(b"Y800", "little"))
            wrapper.zbar_image_set_size(image, grey.shape[1], grey.shape[0])
            wrapper.zbar_image_set_data(image, ctypes.cast(ctypes.c_char_p(pixels), ctypes.c_void_p), len(pixels), None)
            wrapper.zbar_scan_image(self._scanner, image)
            return list(self._symbols(image))
        finally:
            wrapper.zbar_image_destroy(image)

    def _symbols(self, image: Any) -> Iterable[Candidate]:
        wrapper = self._wrapper
        symbol = wrapper.zbar_image_first_symbol(image)
        while symbol:
            kind = self._kinds.get(int(symbol.contents.type))
            data = ctypes.string_at(wrapper.zbar_symbol_get_data(symbol), wrapper.zbar_symbol_get_data_length(symbol))
            points = [
                (wrapper.zbar_symbol_get_loc_x(symbol, place), wrapper.zbar_symbol_get_loc_y(symbol, place))
                for place in range(wrapper.zbar_symbol_get_loc_size(symbol))
            ]
            # zbar guesses character sets, so that only plain ASCII is sure; a code without an extent is one of its ghosts.
            if kind is not None and data.isascii() and points and len(set(points)) > 1:
                xs, ys = [x for x, _ in points], [y for _, y in points]
                left, right, top, bottom = min(xs), max(xs), min(ys), max(ys)
                yield Candidate(data.decode("ascii"), kind, ((left, top), (right, top), (right, bottom), (left, bottom)), weak=True)
            symbol = wrapper.zbar_symbol_next(symbol)


def _formats(names: Iterable[str]) -> Any:
    formats = [FORMATS[name] for name in names]
    return formats or None


def _from_zxing(code: Any, charset: str) -> Candidate:
    identifier = code.symbology_identifier[1:]
    place = code.position
    a, b, c, d = ((at.x, at.y) for at in (place.top_left, place.top_right, place.bottom_right, place.bottom_left))
    symbology = _NAMES.get(identifier) or _NAMES[identifier[0]]
    text = code.text
    if symbology in SQUARE and charset == "gb18030" and identifier not in _QR_WITH_ECI:
        text = _chinese(code.bytes, text)
    return Candidate(text, symbology, (a, b, c, d))


def _chinese(data: bytes, guessed: str) -> str:
    """The text of a QR code that names no character set: UTF-8, else GB18030 where its bytes look like that, else as *guessed*.

    Most bytes are GB18030 somehow; those of the common characters (GB 2312) are above A0 in pairs, which Japanese kanji are not.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return guessed
    wide = [character for character in text if not character.isascii()]
    common = sum(_is_common(character) for character in wide)
    return text if 2 * common > len(wide) or "\ufffd" in guessed else guessed


def _is_common(character: str) -> bool:
    try:
        return len(character.encode("gb2312")) == 2
    except UnicodeEncodeError:
        return False
