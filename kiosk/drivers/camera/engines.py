"""The two decoders behind one shape: zxing-cpp, and zbar through pyzbar where its library is installed."""

from typing import TYPE_CHECKING

import zxingcpp

from kiosk.drivers.camera.options import DecodeOptions, Read

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FORMATS = {
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


class Zxing:
    """zxing-cpp, restricted to the symbologies in use."""

    def __init__(self, options: DecodeOptions) -> None:
        self._formats = [_FORMATS[name] for name in options.symbologies]

    def read(self, grey: "NDArray[np.uint8]") -> list[Read]:
        """Every code in *grey*, with the corners in its pixels."""
        reads = []
        for code in zxingcpp.read_barcodes(grey, formats=self._formats, try_invert=False, text_mode=zxingcpp.TextMode.Plain):
            identifier = code.symbology_identifier[1:]
            place = code.position
            a, b, c, d = ((at.x, at.y) for at in (place.top_left, place.top_right, place.bottom_right, place.bottom_left))
            reads.append(Read(code.text, _NAMES.get(identifier) or _NAMES[identifier[0]], (a, b, c, d)))
        return reads
