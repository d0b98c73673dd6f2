"""Rows of CSV and TSV files, each with its number; a line that is not in the profile's encoding is known as such.

A file is decoded a piece at a time, and line by line only where a piece does not decode. In UTF-8, GBK and GB18030 the byte
of a line's end is never part of another character, so lines are told apart before they are decoded.
"""

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path

from kiosk.config_returns import ImportProfile
from kiosk.desk.receipts.importing.problems import UnreadableFile, WrongFile
from kiosk.desk.receipts.importing.rows import SWALLOWS, RawRow

_PIECE = 1 << 20
# A line of this many bytes is no line of a file of receipts.
_LONGEST_LINE = 1 << 20
# A cell may hold a line's end; a quotation mark that nobody closes would swallow the lines behind it.
_MOST_LINES_A_ROW = 20
_FOREIGN_MARKS = {codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16", b"PK\x03\x04": "XLSX", b"\xd0\xcf\x11\xe0": "XLS"}


class TextRows:
    """The rows of one CSV or TSV file, from its beginning."""

    def __init__(self, path: Path, profile: ImportProfile) -> None:
        """Raises UnreadableFile, WrongFile."""
        self._path, self._profile = path, profile
        try:
            self._file = path.open("rb")
            self.size = path.stat().st_size
        except OSError as error:
            raise UnreadableFile(f"{path}: cannot be read: {error.strerror}; let this user read it") from error
        self.position = 0
        self._undecoded: list[int] = []  # numbers of such lines, the oldest first
        self._encoding = profile.encoding
        mark = self._file.read(4)
        for foreign, name in _FOREIGN_MARKS.items():
            if mark.startswith(foreign):
                self._file.close()
                raise WrongFile(f"{path}: this is {name}, not text; save it as CSV in UTF-8, or give it a profile of its format")
        if mark.startswith(codecs.BOM_UTF8):
            self._encoding = "utf-8"
            self._file.seek(len(codecs.BOM_UTF8))
        else:
            self._file.seek(0)

    def close(self) -> None:
        self._file.close()

    @property
    def encoding(self) -> str:
        """How the file is read: as the profile says, or as its byte order mark does."""
        return self._encoding

    def __iter__(self) -> Iterator[RawRow]:
        delimiter = self._profile.delimiter or ("\t" if self._profile.format == "tsv" else ",")
        lines = self._lines()
        if self._profile.quotes:
            rows = csv.reader(lines, delimiter=delimiter)
        else:
            rows = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
        undecoded = self._undecoded
        before = 0
        while True:
            try:
                cells = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                yield before + 1, [], f"cannot be parted into cells ({error})"
                before = rows.line_num
                continue
            last = rows.line_num
            trouble = ""
            if last - before > _MOST_LINES_A_ROW:
                trouble = f"{SWALLOWS} {last - before} lines"
            while undecoded and undecoded[0] <= last:
                undecoded.pop(0)
                trouble = f"is not in {self._encoding}"
            if cells:
                yield before + 1, cells, trouble
            before = last

    def _lines(self) -> Iterator[str]:
        number = 0
        for piece in self._pieces():
            try:
                text = piece.decode(self._encoding)
            except UnicodeDecodeError:
                for raw in piece.splitlines(keepends=True):  # of bytes: at \n, \r and \r\n alone
                    number += 1
                    try:
                        yield raw.decode(self._encoding)
                    except UnicodeDecodeError:
                        self._undecoded.append(number)
                        yield raw.decode(self._encoding, "replace")
                continue
            for line in io.StringIO(text, newline=""):
                number += 1
                yield line

    def _pieces(self) -> Iterator[bytes]:
        """The file in pieces of whole lines."""
        rest = b""
        while True:
            try:
                read = self._file.read(_PIECE)
            except OSError as error:
                raise UnreadableFile(f"{self._path}: cannot be read: {error.strerror}; is its medium still there?") from error
            if not read:
                break
            self.position += len(read)
            read = rest + read
            end = max(read.rfind(b"\n"), read.rfind(b"\r", 0, len(read) - 1) if b"\n" not in read else -1) + 1
            if end == 0 and len(read) > _LONGEST_LINE + _PIECE:
                raise WrongFile(f"{self._path}: a line of more than a million bytes; this is no file of receipts")
            rest = read[end:]
            if end:
                yield read[:end]
        if rest:
            yield rest
