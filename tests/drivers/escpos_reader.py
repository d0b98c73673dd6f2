"""A small independent reader of job bytes: it knows the few commands that the drivers may send, and fails on any other."""

from dataclasses import dataclass

# Bytes after the two of the command, in the words of the manuals.
_LENGTHS = {
    b"\x1b@": 0, b"\x1ba": 1, b"\x1bE": 1, b"\x1bd": 1,
    b"\x1c&": 0, b"\x1c.": 0, b"\x1c!": 1,
    b"\x1d!": 1, b"\x1dH": 1, b"\x1dh": 1, b"\x1dw": 1, b"\x1dV": 2, b"\x1dr": 1, b"\x1da": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """*kind* is ``text``, or a command's two bytes; *data* what belongs to it."""

    kind: bytes
    data: bytes


def read_job(job: bytes, *, wide: bool = True) -> list[Piece]:
    """Split *job*; with *wide*, bytes from 0x81 begin a two-byte character, as after FS &."""
    pieces: list[Piece] = []
    at = 0
    while at < len(job):
        first = job[at]
        if first == 0x0A or first >= 0x20:
            size = 2 if wide and first >= 0x81 else 1
            assert at + size <= len(job), "half a character at the end"
            assert size == 1 or job[at + 1] >= 0x40, f"{job[at : at + 2].hex()} is no character"
            assert first != 0x7F, "DEL in the text"
            pieces.append(Piece(b"text", job[at : at + size]))
            at += size
            continue
        head, size = job[at : at + 2], _size(job, at)
        pieces.append(Piece(head, job[at + 2 : at + size]))
        at += size
    return pieces


def printed_lines(job: bytes, encoding: str = "gb18030") -> list[str]:
    """The texts that *job* prints in the printer's own characters."""
    text = b"".join(piece.data for piece in read_job(job, wide=encoding != "utf-8") if piece.kind == b"text")
    return text.decode(encoding).split("\n")[:-1]


def commands(job: bytes) -> list[Piece]:
    return [piece for piece in read_job(job) if piece.kind != b"text"]


def _size(job: bytes, at: int) -> int:
    head = job[at : at + 2]
    if head in _LENGTHS:
        return 2 + _LENGTHS[head]
    if head == b"\x1dk":
        assert job[at + 2] == 73, "only Code 128 is sent"
        return 4 + job[at + 3]
    if head == b"\x1dv":
        columns, rows = int.from_bytes(job[at + 4 : at + 6], "little"), int.from_bytes(job[at + 6 : at + 8], "little")
        return 8 + columns * rows
    if head in (b"\x1d(", b"\x1c("):
        return 5 + int.from_bytes(job[at + 3 : at + 5], "little")
    raise AssertionError(f"unexpected command {job[at : at + 4].hex(' ')} at {at}")
