"""The paper that a printer holds, in the three measures that matter: millimetres, dots, columns."""

from dataclasses import dataclass

DOTS_PER_MM = 8  # 203 dpi
COLUMN_DOTS = 12  # an ASCII character of font A
LINE_DOTS = 30  # a drawn line: a character of 24 dots and the gap to the next

# Printable dots of the usual heads, and characters of font A.
_WIDTHS = {80: (576, 48), 58: (384, 32)}


@dataclass(frozen=True, slots=True)
class Paper:
    """*width_mm* is the roll's; *dots* and *columns* are what the head can print of it."""

    width_mm: int
    dots: int
    columns: int

    @classmethod
    def of_width(cls, width_mm: int, *, dots: int | None = None, columns: int | None = None) -> "Paper":
        """The usual paper of *width_mm* (80 or 58), unless *dots* or *columns* say otherwise."""
        usual_dots, _ = _WIDTHS[width_mm]
        dots = usual_dots if dots is None else dots
        return cls(width_mm, dots, dots // COLUMN_DOTS if columns is None else columns)

    @property
    def margin_dots(self) -> int:
        """White paper on either side of the head."""
        return (self.width_mm * DOTS_PER_MM - self.dots) // 2
