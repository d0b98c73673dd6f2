"""Splits a byte stream into ESC/POS commands, knowing only how long each is.

Lengths are those of the Epson ESC/POS command reference; the Chinese manuals (HPRT TP80K, SNBC BT-UR056, SPRT SP91) agree.
"""

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.demo.charset import character_size

NUL, HT, LF, FF, CR, DLE, CAN, ESC, FS, GS = 0x00, 0x09, 0x0A, 0x0C, 0x0D, 0x10, 0x18, 0x1B, 0x1C, 0x1D

_PREFIXES = {ESC: "ESC", FS: "FS", GS: "GS", DLE: "DLE"}
_CONTROLS = {NUL: "NUL", HT: "HT", LF: "LF", FF: "FF", CR: "CR", CAN: "CAN"}

# Parameter bytes after the two bytes of the command.
_FIXED: dict[str, dict[str, int]] = {
    "ESC": {
        **dict.fromkeys("@2LSimv\x0c", 0),
        **dict.fromkeys("!%-3=?EGJKMRTVadertu{ ", 1),
        **dict.fromkeys("$\\cB", 2),
        "p": 3,
        "W": 8,
    },
    "FS": {**dict.fromkeys("&.", 0), **dict.fromkeys("!-WCk", 1), **dict.fromkeys("Sp", 2)},
    "GS": {**dict.fromkeys(":c", 0), **dict.fromkeys("!/BHITabfhjrw", 1), **dict.fromkeys("$LPW\\", 2), "^": 3},
}


@dataclass(frozen=True, slots=True)
class Command:
    """One complete command. *name* as in the manuals (``GS V``, ``GS ( k``), *data* its parameters, *size* its whole length."""

    name: str
    data: bytes
    size: int
    known: bool = True


def next_command(buffer: bytearray, size_of: Callable[[bytearray], int], *, knows_sized: bool = True) -> Command | None:
    """Return the first command or character of *buffer*, or None while it is incomplete; nothing is removed.

    A printer that does not know commands of the form ``GS ( X`` takes two bytes and the rest for characters.
    """
    if not buffer:
        return None
    first = buffer[0]
    if first in _CONTROLS:
        return Command(_CONTROLS[first], b"", 1)
    if first not in _PREFIXES:
        size = size_of(buffer)
        return Command("TEXT", bytes(buffer[:size]), size, known=first >= 0x20) if size else None
    if len(buffer) < 2:
        return None
    prefix, letter = _PREFIXES[first], chr(buffer[1])
    name = f"{prefix} {letter}"
    if prefix == "DLE":
        return _real_time_echo(buffer)
    if letter in _FIXED[prefix]:
        return _take(buffer, name, 2, _FIXED[prefix][letter])
    if letter == "(" and knows_sized:
        return _sized(buffer, prefix)
    special = _SPECIAL.get(name)
    return special(buffer) if special else Command(name, b"", 2, known=False)


def ends_between_commands(buffer: bytearray, encoding: str, *, chinese: bool) -> bool:
    """Whether what comes after *buffer* begins a new command, rather than being data of the last one."""
    rest = bytearray(buffer)

    def size(waiting: bytearray) -> int:
        return character_size(waiting, encoding, chinese=chinese)

    while command := next_command(rest, size):
        if command.name in ("FS &", "FS ."):
            chinese = command.name == "FS &"
        del rest[: command.size]
    return not rest


def needed(buffer: bytearray) -> int:
    """Return how many bytes the unfinished command at the start of *buffer* has in all, as far as it can be known."""
    for name, length in (("GS v", 8), ("GS 8", 7)):
        if len(buffer) >= length and buffer[:2] == bytes((GS, ord(name[-1]))):
            return _raster_size(buffer) if name == "GS v" else 7 + int.from_bytes(buffer[3:7], "little")
    if len(buffer) >= 5 and buffer[0] in (ESC, FS, GS) and buffer[1] == ord("("):
        return 5 + int.from_bytes(buffer[3:5], "little")
    return 0


def _take(buffer: bytearray, name: str, head: int, count: int) -> Command | None:
    end = head + count
    return Command(name, bytes(buffer[head:end]), end) if len(buffer) >= end else None


def _sized(buffer: bytearray, prefix: str) -> Command | None:
    """``GS ( X pL pH data`` and its relatives."""
    if len(buffer) < 5:
        return None
    return _take(buffer, f"{prefix} ( {chr(buffer[2])}", 5, int.from_bytes(buffer[3:5], "little"))


def _real_time_echo(buffer: bytearray) -> Command | None:
    """A real-time command was executed when it came in; in its turn it is only skipped."""
    sizes = {0x04: 3, 0x05: 3}
    if buffer[1] in sizes:
        return _take(buffer, "DLE", 2, sizes[buffer[1]] - 2)
    if buffer[1] == 0x14:
        if len(buffer) < 3:
            return None
        return _take(buffer, "DLE", 2, 1 + REAL_TIME_DC4.get(buffer[2], 0))
    return Command("DLE", b"", 2, known=False)


# DLE DC4 fn: parameter bytes after fn. 1 pulse, 2 power-off, 3 buzzer, 7 status, 8 clear buffers.
REAL_TIME_DC4 = {0x01: 2, 0x02: 2, 0x03: 5, 0x07: 1, 0x08: 7}


def _gs_k(buffer: bytearray) -> Command | None:
    """Function A ends with NUL, function B (m of 65 and more) has a count."""
    if len(buffer) < 4:
        return None
    if buffer[2] >= 65:
        command = _take(buffer, "GS k", 4, buffer[3])
        return Command("GS k", bytes(buffer[2:3]) + command.data, command.size) if command else None
    end = buffer.find(NUL, 3)
    return Command("GS k", bytes(buffer[2:end]), end + 1) if end >= 0 else None


def _gs_v_upper(buffer: bytearray) -> Command | None:
    """``GS V m`` or, for m of 65 and more, ``GS V m n``."""
    if len(buffer) < 3:
        return None
    return _take(buffer, "GS V", 2, 2 if buffer[2] >= 65 else 1)


def _raster_size(buffer: bytearray) -> int:
    return 8 + int.from_bytes(buffer[4:6], "little") * int.from_bytes(buffer[6:8], "little")


def _gs_v_raster(buffer: bytearray) -> Command | None:
    if len(buffer) < 8:
        return None
    return _take(buffer, "GS v 0", 2, _raster_size(buffer) - 2)


def _gs_8(buffer: bytearray) -> Command | None:
    """``GS 8 L p1 p2 p3 p4``: the graphics command with a four-byte length."""
    if len(buffer) < 7:
        return None
    return _take(buffer, f"GS ( {chr(buffer[2])}", 7, int.from_bytes(buffer[3:7], "little"))


def _esc_star(buffer: bytearray) -> Command | None:
    if len(buffer) < 5:
        return None
    columns = int.from_bytes(buffer[3:5], "little")
    return _take(buffer, "ESC *", 2, 3 + columns * (3 if buffer[2] >= 32 else 1))


def _esc_d_tabs(buffer: bytearray) -> Command | None:
    end = buffer.find(NUL, 2)
    return Command("ESC D", bytes(buffer[2:end]), end + 1) if end >= 0 else None


def _gs_star(buffer: bytearray) -> Command | None:
    return _take(buffer, "GS *", 2, 2 + buffer[2] * buffer[3] * 8) if len(buffer) >= 4 else None


def _fs_2(buffer: bytearray) -> Command | None:
    return _take(buffer, "FS 2", 2, 2 + 72)


_SPECIAL: dict[str, Callable[[bytearray], Command | None]] = {
    "GS k": _gs_k,
    "GS V": _gs_v_upper,
    "GS v": _gs_v_raster,
    "GS 8": _gs_8,
    "GS *": _gs_star,
    "ESC *": _esc_star,
    "ESC D": _esc_d_tabs,
    "FS 2": _fs_2,
}
