"""What the readers of all formats have in common: rows of texts, in the order of the file."""

from collections.abc import Iterator
from typing import Protocol

# Number as an editor or a spreadsheet counts, from 1; the texts of its cells; what is wrong with the row, else empty.
RawRow = tuple[int, list[str], str]
# How it is said that a row is many rows: whose they are, nobody can tell.
SWALLOWS = "a quotation mark opens a cell that goes on for"


class Rows(Protocol):
    """The rows of one file. *size* and *position* are in the same unit, for a progress bar."""

    size: int
    position: int

    def __iter__(self) -> Iterator[RawRow]:
        """Every row that is not empty, from the first; the same each time the file is opened."""
        ...

    def close(self) -> None:
        """Close the file."""
        ...
