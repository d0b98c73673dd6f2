"""Code 128 and QR in the printer's own commands, sized to the paper, and as rows of modules for drawing."""

import re
from dataclasses import dataclass
from typing import Any, cast

from kiosk.drivers.escpos.paper import DOTS_PER_MM, Paper
from kiosk.drivers.escpos.protocol import (
    DLE,
    GS_BARCODE_HEIGHT,
    GS_BARCODE_MODULE,
    GS_BARCODE_NO_TEXT,
    GS_CODE128,
    REAL_TIME_SECONDS,
    real_time_at,
    two_d_code,
)

_MODULE_DOTS = range(6, 1, -1)  # GS w n: 2 to 6
_QUIET_MODULES = 10  # on either side of a Code 128; the paper's margins count
_LONGEST = 255  # GS k 73 n
_DIGITS = re.compile(r"\d{4,}")  # fewer digits are no shorter in set C
_QR_SMALLEST_DOTS = 3  # below, hand scanners begin to fail on thermal paper
_QR_ERROR_CORRECTION_M = 49  # GS ( k fn 69
_QR_MODEL_2 = 50  # GS ( k fn 65


@dataclass(frozen=True, slots=True)
class Code128:
    """*payload* is the data of GS k 73, with its code set prefixes; *modules* its width without quiet zones."""

    payload: bytes
    modules: int

    @classmethod
    def of(cls, data: str) -> "Code128 | None":
        """Encode *data*; None when Code 128 cannot hold it (other than ASCII 20 to 7E, or too long)."""
        if not data or any(not " " <= char <= "~" for char in data):
            return None
        payload = bytearray()
        symbols = 0
        for code_set, part in _parts(data):
            payload += b"{" + code_set
            payload += part.replace(b"{", b"{{") if code_set == b"B" else part
            symbols += 1 + len(part)  # the start or the change of the code set, then its characters
        # Each symbol and the check character have 11 modules, the stop character 13.
        return cls(bytes(payload), 11 * (symbols + 1) + 13) if len(payload) <= _LONGEST else None


def _parts(data: str) -> list[tuple[bytes, bytes]]:
    """Split *data* into runs of code set C (pairs of digits as bytes 0 to 99) and B (characters)."""
    parts: list[tuple[bytes, bytes]] = []
    at = 0
    for run in _DIGITS.finditer(data):
        start = run.start() + len(run[0]) % 2  # an odd run leaves its first digit to set B
        _add(parts, b"B", data[at:start].encode("ascii"))
        for pair in range(start, run.end(), 2):
            value = int(data[pair : pair + 2])
            # Digits 1604, 1605 and 1620 would be DLE EOT, DLE ENQ and DLE DC4, which a printer obeys even here.
            if parts and parts[-1][0] == b"C" and parts[-1][1][-1] == DLE and value in REAL_TIME_SECONDS:
                _add(parts, b"B", data[pair : pair + 2].encode("ascii"))
            else:
                _add(parts, b"C", bytes((value,)))
        at = run.end()
    _add(parts, b"B", data[at:].encode("ascii"))
    return parts


def _add(parts: list[tuple[bytes, bytes]], code_set: bytes, piece: bytes) -> None:
    if parts and parts[-1][0] == code_set:
        parts[-1] = (code_set, parts[-1][1] + piece)
    elif piece:
        parts.append((code_set, piece))


def module_dots(modules: int, paper: Paper) -> int | None:
    """The widest bar (2 to 6 dots) with which a Code 128 of *modules* and its quiet zones fit; None when none does."""
    for dots in _MODULE_DOTS:
        bars = modules * dots
        quiet = _QUIET_MODULES * dots
        if bars <= paper.dots and bars + 2 * quiet <= paper.dots + 2 * paper.margin_dots:
            return dots
    return None


def native_code128(code: Code128, dots: int, height_mm: float) -> bytes:
    """The printer's own barcode, without its own text: the caption is a line of ours."""
    height = min(255, max(1, round(height_mm * DOTS_PER_MM)))
    return (
        GS_BARCODE_NO_TEXT
        + GS_BARCODE_HEIGHT + bytes((height,))
        + GS_BARCODE_MODULE + bytes((dots,))
        + GS_CODE128 + bytes((len(code.payload),)) + code.payload
    )  # fmt: skip


def code128_modules(data: str) -> str:
    """The bars of *data* for drawing: one ``1`` or ``0`` a module."""
    from barcode.codex import Code128 as Drawn

    return str(Drawn(data).build()[0])


def qr_side(data: str) -> int | None:
    """Modules along one side of the QR code of *data*, error correction M; None when it holds too much."""
    code = _qr(data)
    try:
        return 17 + 4 * int(code.best_fit())
    except (_overflow(), ValueError):
        # qrcode 8 raises ValueError for a version beyond 40 before it looks whether the data fit.
        return None


def qr_modules(data: str) -> list[list[bool]]:
    """The QR code of *data* for drawing, without quiet zone; only where `qr_side` has found it to fit."""
    code = _qr(data)
    code.make(fit=True)
    return [list(row) for row in code.get_matrix()]


def _qr(data: str) -> Any:
    import qrcode

    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0)
    code.add_data(data.encode("utf-8"), optimize=0)  # byte mode alone: a printer may do no better
    return code


def _overflow() -> type[Exception]:
    from qrcode.exceptions import DataOverflowError

    return cast("type[Exception]", DataOverflowError)


def qr_dots(modules: int, size_mm: float, paper: Paper) -> int:
    """Dots of a QR module: *size_mm* at most, but never too fine to scan nor wider than the paper."""
    wanted = max(_QR_SMALLEST_DOTS, int(size_mm * DOTS_PER_MM) // modules)
    return max(1, min(16, wanted, paper.dots // modules))


def native_qr(data: str, dots: int) -> bytes | None:
    """The printer's own QR code; None when its length would read as a real-time command."""
    command = (
        two_d_code(65, bytes((_QR_MODEL_2, 0)))
        + two_d_code(67, bytes((dots,)))
        + two_d_code(69, bytes((_QR_ERROR_CORRECTION_M,)))
        + two_d_code(80, b"0" + data.encode("utf-8"))
        + two_d_code(81, b"0")
    )
    return command if real_time_at(command) < 0 else None
