"""Lines of CSV that a spreadsheet shows as they are: no cell of them is a formula."""

import csv
import io
from collections.abc import Sequence

# What makes a spreadsheet calculate instead of show: OWASP, "CSV Injection".
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Begins a file, so that Chinese opens right.
BYTE_ORDER_MARK = "\ufeff"


def safe_cell(value: object) -> str:
    """*value* as text that no spreadsheet takes for a formula; numbers stay numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        text = str(value).replace("\x00", "")
        return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
    return str(value)


def csv_line(cells: Sequence[object]) -> str:
    """One line with its end."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow([safe_cell(cell) for cell in cells])
    return buffer.getvalue()
