"""Makes text from people printable: no control characters, measured in columns, wrapped by characters, encoded.

A column is the width of one ASCII character of font A (12 dots); every other character takes two, because printers
print every double-byte character, also Greek letters and quotation marks, as wide as a Han character.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

EncodingName = Literal["gb18030", "gbk", "big5", "utf-8"]

_MARKS_KEPT = 4  # combining marks on one character; more are a prank
_NOT_AT_START = frozenset("，。、；：？！）》」』】〉〕”’…,.;:?!)]}%")
_NOT_AT_END = frozenset("（《「『【〈〔“‘￥([{")
_NEWLINES = re.compile("\r\n|[\r\n\u2028\u2029]")


class Cell(NamedTuple):
    """One character with its combining marks, and the columns that it takes."""

    text: str
    columns: int


def clean(text: str) -> str:
    """Return *text* without anything that could be a command or change the order of the line.

    Dropped: C0, C1, 7F, format characters (bidirectional overrides, joiners), lone surrogates. Tabs become spaces, line
    ends of every kind ``\\n``. The result is NFC; the yen sign becomes the full-width one, which double-byte printers have.
    """
    kept = text
    if not text.isprintable():  # what is printable holds none of these
        text = _NEWLINES.sub("\n", text).replace("\t", " ").replace("\u00a0", " ")
        kept = "".join(char for char in text if char == "\n" or unicodedata.category(char) not in {"Cc", "Cf", "Cs"})
    return unicodedata.normalize("NFC", kept).replace("\u00a5", "\uffe5")


def cells(text: str) -> list[Cell]:
    """Split *text* (one line, cleaned) into characters with their marks."""
    if text.isascii():
        return [Cell(char, 1) for char in text]
    found: list[Cell] = []
    marks = 0
    for char in text:
        if found and unicodedata.category(char) in {"Mn", "Me"}:
            marks += 1
            if marks <= _MARKS_KEPT:
                found[-1] = Cell(found[-1].text + char, found[-1].columns)
        else:
            marks = 0
            found.append(Cell(char, 1 if char.isascii() else 2))
    return found


def columns_of(text: str) -> int:
    """Columns that *text* (one line, cleaned) takes."""
    return len(text) if text.isascii() else _width(cells(text))


def wrap(text: str, columns: int) -> list[str]:
    """Break cleaned *text* into lines of at most *columns*, between words where there are some."""
    return [line for paragraph in text.split("\n") for line in _wrap_paragraph(cells(paragraph), columns)]


def shorten(text: str, columns: int) -> str:
    """Return *text* (one line), cut by characters and ended with an ellipsis when it takes more than *columns*."""
    if columns_of(text) <= columns:
        return text
    left = columns - 2
    kept = []
    for cell in cells(text):
        left -= cell.columns
        if left < 0:
            break
        kept.append(cell.text)
    return "".join(kept) + "…" if columns >= 2 else ""


def _wrap_paragraph(paragraph: list[Cell], columns: int) -> list[str]:
    if _width(paragraph) <= columns:
        return [_joined(paragraph)]
    lines: list[str] = []
    line: list[Cell] = []
    width = 0  # of line
    for cell in paragraph:
        if width + cell.columns > columns:
            at = _break_at(line, cell)
            if _width(line[at:]) + cell.columns > columns:
                at = len(line)
            lines.append(_joined(line[:at]))
            line = line[at:]
            width = _width(line)
            if not line and cell.text == " ":
                continue  # the space between two words is the line's end
        line.append(cell)
        width += cell.columns
    lines.append(_joined(line))
    return lines


def _break_at(line: list[Cell], following: Cell) -> int:
    """Where *line* breaks best before *following*: after half of it at the earliest."""
    row = [*line, following]
    for at in range(len(line), len(line) // 2, -1):
        before, after = row[at - 1].text, row[at].text
        word = before.isascii() and after.isascii() and before != " " and after != " "
        if not word and after not in _NOT_AT_START and before not in _NOT_AT_END:
            return at
    return len(line)


def _width(line: list[Cell]) -> int:
    return sum([cell.columns for cell in line])


def _joined(line: list[Cell]) -> str:
    return "".join(cell.text for cell in line).rstrip(" ")


@dataclass(frozen=True, slots=True)
class Codec:
    """How one printer takes text. *four_byte*: it prints GB18030's four-byte codes."""

    name: EncodingName = "gb18030"
    four_byte: bool = False

    def encode(self, line: str) -> bytes | None:
        """The bytes of *line*, or None when the printer lacks one of its characters: then the line is drawn."""
        if line.isascii() and line.isprintable():
            return line.encode("ascii")
        encoded = bytearray()
        for char in line:
            one = _encode_one(self, char)
            if one is None:
                return None
            encoded += one
        return bytes(encoded)

    def replace(self, line: str) -> str:
        """*line* with a question mark, as wide as the character, for each character that the printer lacks."""
        return "".join(cell.text if self.encode(cell.text) is not None else "?" * cell.columns for cell in cells(line))


@lru_cache(maxsize=2048)  # the words of all tickets are much the same
def _encode_one(codec: Codec, char: str) -> bytes | None:
    if " " <= char <= "~":
        return char.encode("ascii")
    if unicodedata.category(char) in {"Co", "Cn", "Cc", "Cs"}:
        return None  # private use and unassigned: every printer has something else there, or nothing
    try:
        if codec.name == "utf-8":
            # A printer's font holds at most what the national two-byte sets hold.
            return char.encode("utf-8") if _is_double_byte(char.encode("gb18030")) else None
        encoded = char.encode(codec.name)
    except UnicodeEncodeError:
        return None
    if _is_double_byte(encoded) or (codec.four_byte and len(encoded) == 4):
        return encoded
    return None


def _is_double_byte(encoded: bytes) -> bool:
    return len(encoded) == 2 and encoded[0] >= 0x81 and encoded[1] >= 0x40
