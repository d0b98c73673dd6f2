"""Gathers the rows of each receipt, and makes a receipt of them once no more of its rows can come.

Rows of one receipt may stand apart while no more than `look_back` other receipts begin between them: tills write into one
export at the same time. A receipt with a wrong row is refused as a whole, since a receipt that lacks a line would refuse
the customer what was bought. A row whose receipt cannot be told might belong to the receipt before it or to the one behind
it; these two are refused with it.
"""

import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from kiosk.config_returns import ImportProfile
from kiosk.desk.receipts.importing.layout import Layout
from kiosk.desk.receipts.importing.problems import RowError
from kiosk.desk.receipts.importing.rows import SWALLOWS, RawRow

_SHIFTED = "look at the file there: a delimiter within a cell, or a line that was cut"
_NEIGHBOUR = "mend that row; until then nobody can say whether this receipt is complete"
_TOO_LONG = 2000  # rows: beyond it no till's receipt, but a column that is not the number


@dataclass(slots=True, eq=False)
class Gathered:
    """The rows of one receipt, or rows of which nobody can tell whose they are (*number* is empty)."""

    number: str
    store: str
    rows: list[int] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    touched: int = 0


class Gatherer:
    """Takes the rows of a file in their order and gives what is complete, always in the same order."""

    def __init__(self, profile: ImportProfile, layout: Layout) -> None:
        self._look_back = profile.look_back
        self._number, self._store = layout.places["number"], layout.places["store"]
        self._width, self._titles = layout.width, layout.title("number")
        self._wanted = re.compile(profile.number_regex) if profile.number_regex else None
        self._skip = re.compile(profile.skip_regex) if profile.skip_regex else None
        self._open: OrderedDict[tuple[str, str], Gathered] = OrderedDict()
        self._begun = 0
        self._last: Gathered | None = None
        self._doubtful: int | None = None  # the row, where the receipt of the next one may lack it

    def take(self, row: RawRow) -> Iterator[Gathered]:
        """Take one row; gives the receipts that are complete by now."""
        number, cells, trouble = row
        width = self._width
        if len(cells) != width:
            trouble = trouble or self._fitted(cells)
        if self._skip is not None and self._is_skipped(cells):
            return
        key = ""
        if len(cells) == width or trouble:
            key = cells[self._number].strip() if len(cells) > self._number else ""
        if trouble and not self._is_known(key, cells, trouble):
            yield from self._nobodys(number, RowError(number, "", "", trouble, _SHIFTED))
            return
        if not key:
            if not any(cell.strip() for cell in cells):
                return
            yield from self._nobodys(number, RowError(number, self._titles, "", "is empty", "every row names its receipt"))
            return
        cells.append("")  # what fields that the file does not have point at
        store = cells[self._store].strip() if self._store < len(cells) else ""
        last = self._last
        if last is None or last.number != key or last.store != store:
            last = self._other(key, store)
            yield from self._closed()
        last.rows.append(number)
        if len(last.rows) < _TOO_LONG:
            last.cells.append(cells)
        elif len(last.rows) == _TOO_LONG:
            last.errors.append(RowError(number, self._titles, key, f"stands in {_TOO_LONG} rows", "is this the column of the number?"))
        if trouble:
            last.errors.append(RowError(number, "", "", trouble, _SHIFTED))
        if self._doubtful is not None:
            self._doubt(last, self._doubtful)
            self._doubtful = None

    def rest(self) -> Iterator[Gathered]:
        """What is complete since the file has ended."""
        yield from self._open.values()
        self._open.clear()
        self._last = None

    def _other(self, key: str, store: str) -> Gathered:
        """Open the receipt *key*, or come back to it."""
        if self._last is not None:
            self._last.touched = self._begun
        found = self._open.get((key, store))
        if found is None:
            self._begun += 1
            found = self._open[key, store] = Gathered(key, store)
        else:
            self._open.move_to_end((key, store))
        found.touched = self._begun
        self._last = found
        return found

    def _closed(self) -> Iterator[Gathered]:
        """Receipts behind whose last row more than `look_back` others have begun."""
        while True:
            key, oldest = next(iter(self._open.items()))
            if oldest is self._last or self._begun - oldest.touched <= self._look_back:
                return
            del self._open[key]
            yield oldest

    def _is_known(self, key: str, cells: list[str], trouble: str) -> bool:
        """Whether *key*, in a row that is not as it should be, is the number of a receipt all the same."""
        if not key or "\ufffd" in key or trouble.startswith(SWALLOWS):
            return False
        if len(cells) == self._width:
            return True
        if self._wanted is not None:
            return self._wanted.fullmatch(key) is not None
        store = cells[self._store].strip() if 0 <= self._store < len(cells) else ""
        return (key, store) in self._open

    def _nobodys(self, number: int, error: RowError) -> Iterator[Gathered]:
        if self._last is not None:
            self._doubt(self._last, number)
        self._doubtful = number
        yield Gathered("", "", [number], [], [error])

    def _doubt(self, receipt: Gathered, number: int) -> None:
        if receipt.errors and receipt.errors[-1].remedy == _NEIGHBOUR:
            return  # the row stands within the receipt, or several such rows follow each other
        message = f"stands beside row {number}, of which nobody can tell whose it is"
        receipt.errors.append(RowError(receipt.rows[-1], self._titles, receipt.number, message, _NEIGHBOUR))

    def _fitted(self, cells: list[str]) -> str:
        """Take empty cells off the end that are too many; returns what is wrong with the number of cells."""
        while len(cells) > self._width and not cells[-1].strip():
            cells.pop()
        if len(cells) == self._width:
            return ""
        return f"has {len(cells)} cells instead of {self._width}"

    def _is_skipped(self, cells: list[str]) -> bool:
        assert self._skip is not None
        first = next((cell.strip() for cell in cells if cell.strip()), "")
        return bool(first and self._skip.fullmatch(first))
