"""What came of a file: counts for people and programs, and the list of what is wrong for a spreadsheet."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import msgspec

from kiosk.desk.receipts.importing.problems import RowError
from kiosk.desk.spreadsheet import BYTE_ORDER_MARK, csv_line

# More than a person works off; the count goes on.
MOST_LISTED = 10_000
_HEAD = ("row", "column", "value", "what is wrong", "what to do")


class Counts(msgspec.Struct):
    """What became of the receipts and rows of a file."""

    rows: int = 0
    new: int = 0
    same: int = 0
    changed: int = 0
    conflicts: int = 0
    refused: int = 0  # receipts, and rows of which nobody can tell whose they are
    refused_rows: int = 0
    errors: int = 0

    def plus(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, name) + getattr(other, name) for name in self.__struct_fields__))

    @property
    def good(self) -> bool:
        """Whether everything is in."""
        return not self.errors and not self.refused and not self.conflicts


class Report(msgspec.Struct, frozen=True):
    """What came of one file."""

    file: str
    profile: str
    counts: Counts
    dry_run: bool
    already: bool  # this file was in already; nothing was done
    resumed: int  # receipts that an earlier try had dealt with
    seconds: float
    problems: list[RowError]  # the first `MOST_LISTED`

    def as_json(self) -> dict[str, object]:
        """For programs."""
        return {
            "file": self.file,
            "profile": self.profile,
            "dry_run": self.dry_run,
            "already": self.already,
            "resumed": self.resumed,
            "seconds": round(self.seconds, 3),
            **msgspec.to_builtins(self.counts),
        }


def write_problems(path: Path, problems: Iterable[RowError]) -> None:
    """Write the list of errors to *path*, whole or not at all. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(BYTE_ORDER_MARK + csv_line(_HEAD))
            for one in problems:
                file.write(csv_line((one.row, one.column, one.value, one.message, one.remedy)))
        Path(name).chmod(0o640)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
