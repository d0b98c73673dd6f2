"""Turns the bytes of one frame into a code's text and symbology, or finds that they are noise."""

import re
import unicodedata

from kiosk.devices.scanner import RawScan

# AIM symbology identifiers, ISO/IEC 15424: "]", a code character, a modifier. By code character ...
_SYMBOLOGIES = {
    "A": "code39",
    "C": "code128",
    "E": "ean13",
    "F": "codabar",
    "G": "code93",
    "H": "code11",
    "I": "itf",
    "L": "pdf417",
    "M": "msi",
    "Q": "qr",
    "R": "code25",
    "S": "code25",
    "U": "maxicode",
    "d": "datamatrix",
    "e": "databar",
    "h": "hanxin",
    "z": "aztec",
}
# ... unless the modifier makes it another kind for the desk: GS1 data is not a plain code of the same bars.
_VARIANTS = {
    "C1": "gs1-128",
    "E4": "ean8",
    "Q3": "gs1-qr",
    "Q4": "gs1-qr",
    "d2": "gs1-datamatrix",
}
_AIM = re.compile(rb"\]([A-Za-z][0-9A-Za-z])")
_OTHER = "other"

# Symbologies that carry bytes; the linear ones carry ASCII, so that a byte above it can only be noise. None: unknown.
_BYTE_SYMBOLOGIES = frozenset({None, "qr", "gs1-qr", "datamatrix", "gs1-datamatrix", "pdf417", "aztec", "hanxin", "maxicode", _OTHER})

# FNC1 between GS1 elements is sent as GS (GS1 General Specifications, 7.8.3); every other control byte is noise.
_GROUP_SEPARATOR = "\x1d"
# Unicode categories that no code holds: control, surrogate, private use ...
_NEVER = frozenset({"Cc", "Cs", "Co"})
# ... and, where the bytes were only guessed to be GB18030 (nearly all bytes are), unassigned.
_NEVER_GUESSED = _NEVER | {"Cn"}


def parse(frame: bytes, *, aim_prefix: bool) -> RawScan | None:
    """Return the code in *frame*, or None when it is noise. *aim_prefix*: the scanner sends AIM identifiers."""
    symbology = None
    if aim_prefix and (prefix := _AIM.match(frame)):
        identifier = prefix[1].decode("ascii")
        symbology = _VARIANTS.get(identifier) or _SYMBOLOGIES.get(identifier[0], _OTHER)
        frame = frame[prefix.end() :]
    text = _decode(frame, symbology)
    return RawScan(text, symbology) if text else None


def _decode(frame: bytes, symbology: str | None) -> str | None:
    if symbology not in _BYTE_SYMBOLOGIES:
        return _checked(frame.decode("ascii"), _NEVER) if frame.isascii() else None
    try:
        return _checked(frame.decode("utf-8"), _NEVER)
    except UnicodeDecodeError:
        pass  # Chinese software writes QR codes in GB18030 as well, and no scanner says which it was
    try:
        return _checked(frame.decode("gb18030"), _NEVER_GUESSED)
    except UnicodeDecodeError:
        return None


def _checked(text: str, never: frozenset[str]) -> str | None:
    noise = any(unicodedata.category(character) in never for character in text if character != _GROUP_SEPARATOR)
    return None if noise else text
