"""The ESC/POS commands and questions that the drivers send, under the names of the Epson command reference.

Commands come from python-escpos where it has them right (this module of it is light and imports nothing heavy).
"""

from typing import Final

from escpos import constants

# Taken from python-escpos.
ESC_INITIALISE: Final[bytes] = constants.HW_INIT  # ESC @: clears the line buffer and every setting
ESC_ALIGN: Final[dict[str, bytes]] = constants.TXT_STYLE["align"]  # ESC a n
ESC_BOLD: Final[dict[bool, bytes]] = constants.TXT_STYLE["bold"]  # ESC E n
GS_CHARACTER_SIZE: Final[bytes] = constants.TXT_SIZE  # GS ! n: width - 1 in bits 4-6, height - 1 in bits 0-2
GS_BARCODE_HEIGHT: Final[bytes] = constants.BARCODE_HEIGHT  # GS h n, dots
GS_BARCODE_MODULE: Final[bytes] = constants.BARCODE_WIDTH  # GS w n, dots of the narrowest bar, 2 to 6
GS_BARCODE_NO_TEXT: Final[bytes] = constants.BARCODE_TXT_OFF  # GS H 0
GS_CODE128: Final[bytes] = constants.BARCODE_TYPE_B["CODE128"]  # GS k 73, then length and data
GS_RASTER: Final[bytes] = constants.S_RASTER_N  # GS v 0, normal size; then xL xH yL yH and data
DLE_EOT: Final[bytes] = constants.RT_STATUS  # transmit real-time status; then 1 printer, 2 offline, 3 error, 4 paper
LF: Final[bytes] = constants.CTL_LF

# Not in python-escpos, or wrong there.
ESC_FEED_LINES: Final = b"\x1bd"  # ESC d n
GS_CUT_AFTER_FEED: Final = b"\x1dV\x42\x00"  # GS V 66 0: feed to the cutter, cut partially; cut() wastes 22-25 mm before it
FS_HAN_ON: Final = b"\x1c&"  # FS &: bytes from 0x81 begin a two-byte character
FS_HAN_OFF: Final = b"\x1c."  # FS .
FS_HAN_SIZE: Final = b"\x1c!"  # FS ! n: double width 04, double height 08, for printers whose GS ! leaves Han alone
FS_UTF8: Final = b"\x1c(C\x02\x00\x30\x32"  # FS ( C fn 48: select UTF-8
GS_TRANSMIT_PAPER: Final = b"\x1dr\x01"  # GS r 1: buffered, so its answer means "everything before it was processed"
GS_AUTO_STATUS: Final = b"\x1da\x0e"  # GS a n: report offline 02, errors 04 and paper 08 unasked
GS_AUTO_STATUS_OFF: Final = b"\x1da\x00"
GS_PROCESS_ID: Final = b"\x1d(H\x06\x00\x30\x30"  # GS ( H fn 48, then d1-d4: answered when the printing before it is completed
GS_2D_CODE: Final = b"\x1d(k"  # GS ( k pL pH cn fn ...

# What a printer obeys at once, even in the middle of picture or barcode data: DLE followed by one of these.
DLE: Final = 0x10
REAL_TIME_SECONDS: Final = frozenset({0x04, 0x05, 0x14})  # DLE EOT, DLE ENQ, DLE DC4


def real_time_at(data: bytes | bytearray) -> int:
    """Return where *data* holds the start of a real-time command, or -1."""
    at = data.find(DLE)
    while 0 <= at < len(data) - 1:
        if data[at + 1] in REAL_TIME_SECONDS:
            return at
        at = data.find(DLE, at + 1)
    return -1


def process_id(job: int) -> bytes:
    """The four characters (0x20 to 0x7E) that stand for *job* in GS ( H; they repeat after 81 million jobs."""
    digits = bytearray()
    for _ in range(4):
        job, digit = divmod(job, 95)
        digits.append(0x20 + digit)
    return bytes(reversed(digits))


def two_d_code(function: int, parameters: bytes) -> bytes:
    """GS ( k for QR (cn 49): *function* 65 model, 67 module size, 69 error correction, 80 store, 81 print."""
    length = len(parameters) + 2
    return GS_2D_CODE + bytes((length % 256, length // 256, 49, function)) + parameters
