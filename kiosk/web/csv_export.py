"""CSV for spreadsheets: UTF-8 with a mark so that Chinese opens right, and no cell that a spreadsheet takes for a formula."""

from collections.abc import Iterable, Iterator, Sequence

from flask import Response, stream_with_context

from kiosk.desk.spreadsheet import BYTE_ORDER_MARK, csv_line


def csv_response(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """The file *name* with *rows* below *head*, written while it is read: a year of presses needs no memory."""
    answer = Response(stream_with_context(_lines(head, rows)), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _lines(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield BYTE_ORDER_MARK + csv_line(head)
    for row in rows:
        yield csv_line(row)
