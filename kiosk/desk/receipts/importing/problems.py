"""What can be wrong with a file: one thing in one row, or the file as a whole."""

from dataclasses import dataclass

from kiosk.errors import ConfigError, KioskError


class WrongFile(ConfigError):
    """The file and the profile do not fit each other; nothing of it was brought in. The text says what, where, remedy."""


class UnreadableFile(KioskError, OSError):
    """The file cannot be read."""


class ChangedFile(UnreadableFile):
    """The file changed while it was read: its end was not its end."""


@dataclass(frozen=True, slots=True)
class RowError:
    """One thing that is wrong. *row* counts as an editor or a spreadsheet does, from 1; *column* is its title in the file."""

    row: int
    column: str  # empty: the row as a whole
    value: str
    message: str
    remedy: str

    def __str__(self) -> str:
        where = f"row {self.row}" + (f", {self.column}" if self.column else "")
        shown = f" {self.value!r}" if self.value else ""
        return f"{where}:{shown} {self.message}" + (f"; {self.remedy}" if self.remedy else "")
