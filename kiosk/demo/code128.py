"""Turns the data of ``GS k`` into the bars that the printer draws and the text that a scanner reads.

The patterns of each symbology come from python-barcode; the interpretation of the bytes is the printer's own.
"""

from dataclasses import dataclass

# GS k m: function B numbers; function A is 65 less.
SYMBOLOGIES = {65: "upca", 67: "ean13", 68: "ean8", 69: "code39", 70: "itf", 73: "code128"}

_START = {"A": 103, "B": 104, "C": 105}
_TO_SET = {"A": 101, "B": 100, "C": 99}
_SHIFT = 98
_LAST_BAR = "11"  # the stop pattern has 13 modules; the library keeps these two apart
_FUNCTION = {"1": 102, "2": 97, "3": 96}


@dataclass(frozen=True, slots=True)
class Bars:
    """A drawn barcode: what it says, and its modules as ``1`` (bar) and ``0`` (space)."""

    symbology: str
    text: str
    modules: str


class BadBarcode(ValueError):
    """Data that the printer would not draw as a barcode."""


def bars_of(m: int, data: bytes) -> Bars:
    """Return the bars for ``GS k m``; raises BadBarcode for what a printer refuses."""
    symbology = SYMBOLOGIES.get(m if m >= 65 else m + 65)
    if symbology is None:
        raise BadBarcode(f"GS k {m} is not known")
    if symbology == "code128":
        return _code128(data)
    return _by_library(symbology, data)


def _by_library(symbology: str, data: bytes) -> Bars:
    import barcode
    from barcode.errors import BarcodeError

    try:
        text = data.decode("ascii")
        code = barcode.get(symbology, text, options={"add_checksum": False} if symbology == "code39" else None)
        return Bars(symbology, code.get_fullcode(), code.build()[0].replace("G", "1"))
    except (BarcodeError, UnicodeDecodeError) as error:
        raise BadBarcode(str(error)) from error


def _code128(data: bytes) -> Bars:
    """Follow ``{A`` ``{B`` ``{C``, ``{S``, ``{1`` to ``{4`` and ``{{`` as the manuals give them."""
    from barcode.charsets import code128 as tables

    if len(data) < 2 or data[:1] != b"{" or chr(data[1]) not in _START:
        raise BadBarcode("CODE128 data must begin with {A, {B or {C")
    current = chr(data[1])
    values, text, position, shifted = [_START[current]], "", 2, False
    while position < len(data):
        code_set = {"A": "B", "B": "A"}.get(current, current) if shifted else current
        shifted = False
        if data[position] == ord("{"):
            if position + 1 >= len(data):
                raise BadBarcode("CODE128 data ends inside {")
            letter = chr(data[position + 1])
            position += 2
            if letter in _TO_SET:
                current = letter
                values.append(_TO_SET[letter])
            elif letter == "S":
                shifted = True
                values.append(_SHIFT)
            elif letter in _FUNCTION:
                values.append(_FUNCTION[letter])
            elif letter == "{" and code_set != "C":
                values.append(ord("{") - 32)
                text += "{"
            else:
                raise BadBarcode(f"CODE128 knows no {{{letter}")
            continue
        byte = data[position]
        position += 1
        values.append(_value(byte, code_set))
        text += f"{byte:02d}" if code_set == "C" else chr(byte)
    check = (values[0] + sum(index * value for index, value in enumerate(values[1:], 1))) % 103
    return Bars("code128", text, "".join(tables.CODES[value] for value in (*values, check)) + tables.STOP + _LAST_BAR)


def _value(byte: int, code_set: str) -> int:
    if code_set == "C" and byte < 100:
        return byte
    if code_set == "B" and 32 <= byte < 128:
        return byte - 32
    if code_set == "A" and byte < 96:
        return byte - 32 if byte >= 32 else byte + 64
    raise BadBarcode(f"byte {byte:#04x} is not in CODE128 set {code_set}")
