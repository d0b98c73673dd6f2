"""Rows of XLSX files. What a formula had as its result when the file was saved counts; one without a result is an error.

calamine reads the cells, but does not tell a formula without a result from an empty cell, so the sheet's own XML is looked
through for these (ECMA-376 part 1, 18.3.1.4 c, 18.3.1.40 f).
"""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from kiosk.config import did_you_mean
from kiosk.config_returns import ImportProfile
from kiosk.desk.receipts.importing.problems import UnreadableFile, WrongFile
from kiosk.desk.receipts.importing.rows import RawRow

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

# Unpacked; a sheet is held in memory as a whole, and a station has little. Larger files are CSV's business.
_MOST_BYTES = 512 << 20
_PIECE = 1 << 20
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
# A cell with a formula, up to its end. No element within a cell is called c; a prefix may stand before each name.
_FORMULA = re.compile(rb"<(?:\w+:)?c [^>]*?\br=\"([A-Z]{1,3})([0-9]{1,7})\"[^>]*>\s*<(?:\w+:)?f\b.*?</(?:\w+:)?c>", re.DOTALL)
_RESULT = re.compile(rb"<(?:\w+:)?v>[^<]|<(?:\w+:)?is\b")
_MOST_A_ROW = 1 << 20
# Whole numbers of more digits than this are not what was typed: a spreadsheet keeps 15.
_EXACT = 10**15


class SheetRows:
    """The rows of one sheet."""

    def __init__(self, path: Path, profile: ImportProfile) -> None:
        """Raises UnreadableFile, WrongFile."""
        self._path = path
        self._name, self._unfinished = _look_into(path, profile.sheet)
        self._workbook = _opened(path)
        try:
            self._sheet: CalamineSheet = self._workbook.get_sheet_by_name(self._name)
        except Exception as error:  # calamine's own, of which the type tells nothing to a person
            self._workbook.close()
            raise WrongFile(f"{path}: sheet {self._name!r} cannot be read ({error}); save it anew, or as CSV") from error
        self.size, self.position = self._sheet.height, 0

    def close(self) -> None:
        self._workbook.close()

    def __iter__(self) -> Iterator[RawRow]:
        start = self._sheet.start
        if start is None:
            return
        _, left = start  # rows are given from the first of the sheet on, columns from the first that holds anything
        filled = self._merged(left)
        above: dict[tuple[int, int], str] = {}
        for row, values in enumerate(self._sheet.iter_rows()):
            self.position = row + 1
            cells = [self._text(value) for value in values]
            for column, first in filled.get(row, ()):
                if row == first:
                    above[first, column] = cells[column]
                else:
                    cells[column] = above[first, column]
            trouble = ""
            if row + 1 in self._unfinished:
                names = ", ".join(self._unfinished[row + 1])
                trouble = f"has a formula without a result ({names}): open the file, let it calculate, and save it"
            if trouble or any(cells):
                yield row + 1, cells, trouble

    def _merged(self, left: int) -> dict[int, list[tuple[int, int]]]:
        """By row the columns that are merged downwards, and the row where each begins: its value counts for all of them."""
        found: dict[int, list[tuple[int, int]]] = {}
        for (first, column), (last, _) in self._sheet.merged_cell_ranges or ():
            if column < left or first == last:
                continue
            for row in range(first, last + 1):
                found.setdefault(row, []).append((column - left, first))
        return found

    def _text(self, value: object) -> str:
        match value:
            case str():
                return value
            case bool():
                return str(value)
            case int() | float():
                return _number(value)
            case datetime():
                return value.replace(microsecond=0).isoformat(" ")
            case date():
                return value.isoformat()
            case time():
                return value.isoformat("seconds")
        return str(value)  # a duration: no column of ours takes one, and says so


def _number(value: float) -> str:
    """As a spreadsheet shows it: 15 digits; 0.1 + 0.2 is 0.3 there, too."""
    if value == int(value):
        # Written so that it is known for what it is: a number that has lost its last digits.
        return str(int(value)) if abs(value) < _EXACT else f"{value:.14E}".replace("e", "E")
    text = f"{value:.15g}"
    return format(float(text), ".15f").rstrip("0") if "e" in text else text


def _opened(path: Path) -> "CalamineWorkbook":
    from python_calamine import CalamineWorkbook

    try:
        return CalamineWorkbook.from_path(path)
    except Exception as error:  # as above
        raise WrongFile(f"{path}: is no XLSX file that can be read ({error}); save it anew, or as CSV") from error


def _look_into(path: Path, wanted: str) -> tuple[str, dict[int, list[str]]]:
    """The name of the sheet, and its formulas without a result by row."""
    try:
        with zipfile.ZipFile(path) as package:
            if sum(entry.file_size for entry in package.infolist()) > _MOST_BYTES:
                raise WrongFile(f"{path}: is too large once unpacked; save it as CSV")
            book = ElementTree.fromstring(package.read("xl/workbook.xml"))
            sheets = {str(sheet.get("name")): str(sheet.get(_RELATION)) for sheet in book.iter(f"{_MAIN}sheet")}
            name = wanted or next(iter(sheets), "")
            if name not in sheets:
                raise WrongFile(f"{path}: there is no sheet {wanted!r}{did_you_mean(wanted, sheets)}; correct sheet of the profile")
            relations = ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
            target = next((str(one.get("Target")) for one in relations.iter(_RELATIONS) if one.get("Id") == sheets[name]), "")
            target = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            return name, _unfinished(package, target)
    except OSError as error:
        raise UnreadableFile(f"{path}: cannot be read: {error.strerror}; let this user read it") from error
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError, EOFError, NotImplementedError, RuntimeError) as error:
        raise WrongFile(f"{path}: is no XLSX file that can be read ({error}); save it anew, or as CSV") from error


def _unfinished(package: zipfile.ZipFile, target: str) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    with package.open(target) as sheet:
        rest = b""
        while piece := sheet.read(_PIECE):
            text = rest + piece
            end = text.rfind(b"</row>") + 1 or text.rfind(b":row>") + 1
            if not end:
                rest = text[-_MOST_A_ROW:]
                continue
            for cell in _FORMULA.finditer(text, 0, end):
                if not _RESULT.search(cell[0]):
                    found.setdefault(int(cell[2]), []).append(f"{cell[1].decode()}{int(cell[2])}")
            rest = text[end:]
    return found
