"""Counts kept in the transaction of what they count, so that a report over a million presses reads some thousand rows."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Table, TextClause, bindparam, text
from sqlalchemy.orm import Session

from kiosk.db import table_of
from kiosk.desk.feedback import models

_DAY, _HOUR, _REASON = table_of(models.DayCount), table_of(models.HourCount), table_of(models.ReasonCount)


class Cell(NamedTuple):
    """Where a press is counted; its fields are columns of the press."""

    day: date
    hour: int
    station: str
    survey: str
    steps: int
    rating: int


def count(session: Session, cell: Cell, counted: bool, reasons: Iterable[str], presses: int = 1) -> None:
    """Add *presses* (-1 takes one away) to the cell's counts, and to those of *reasons*."""
    values = {**cell._asdict(), "counted": counted, "presses": presses}
    session.execute(_ADD_TO_HOUR, values)
    session.execute(_ADD_TO_DAY, values)
    count_reasons(session, cell, counted, reasons, presses)


def count_reasons(session: Session, cell: Cell, counted: bool, reasons: Iterable[str], presses: int = 1) -> None:
    """Add *presses* to the counts of *reasons* alone."""
    values = {**cell._asdict(), "counted": counted, "presses": presses}
    rows: Sequence[Mapping[str, object]] = [{**values, "reason": reason} for reason in sorted(reasons)]
    if rows:
        session.execute(_ADD_TO_REASON, rows)


def move(session: Session, cell: Cell, reasons: Sequence[str], *, counted: bool) -> None:
    """A press that was not counted is from now on, or the other way round."""
    count(session, cell, not counted, reasons, -1)
    count(session, cell, counted, reasons, 1)


def _adding(table: Table) -> TextClause:
    # Written out: SQLAlchemy builds a statement with ON CONFLICT anew for each press, which costs more than running it.
    names = [column.name for column in table.columns]
    key = ", ".join(column.name for column in table.primary_key)
    statement = (
        f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"
        f" ON CONFLICT ({key}) DO UPDATE SET presses = {table.name}.presses + excluded.presses"
    )
    return text(statement).bindparams(*(bindparam(column.name, type_=column.type) for column in table.columns))


_ADD_TO_DAY, _ADD_TO_HOUR, _ADD_TO_REASON = _adding(_DAY), _adding(_HOUR), _adding(_REASON)
