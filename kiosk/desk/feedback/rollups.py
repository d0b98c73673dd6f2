"""Counts kept in the transaction of what they count, so that a report over a million presses reads some thousand rows."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Table, bindparam
from sqlalchemy.orm import Session

from kiosk.db import table_of
from kiosk.db.upsert import dialect_of, insert_of
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
    statements = _statements(dialect_of(session))
    session.execute(statements.hour, values)
    session.execute(statements.day, values)
    count_reasons(session, cell, counted, reasons, presses)


def count_reasons(session: Session, cell: Cell, counted: bool, reasons: Iterable[str], presses: int = 1) -> None:
    """Add *presses* to the counts of *reasons* alone."""
    values = {**cell._asdict(), "counted": counted, "presses": presses}
    rows: Sequence[Mapping[str, object]] = [{**values, "reason": reason} for reason in sorted(reasons)]
    if rows:
        session.execute(_statements(dialect_of(session)).reason, rows)


def move(session: Session, cell: Cell, reasons: Sequence[str], *, counted: bool) -> None:
    """A press that was not counted is from now on, or the other way round."""
    count(session, cell, not counted, reasons, -1)
    count(session, cell, counted, reasons, 1)


class _Statements(NamedTuple):
    day: Any
    hour: Any
    reason: Any


@cache
def _statements(dialect: str) -> _Statements:
    return _Statements(_adding(dialect, _DAY), _adding(dialect, _HOUR), _adding(dialect, _REASON))


def _adding(dialect: str, table: Table) -> Any:
    statement = insert_of(dialect)(table).values({column.name: bindparam(column.name) for column in table.columns})
    return statement.on_conflict_do_update(
        index_elements=[column.name for column in table.primary_key], set_={"presses": table.c.presses + statement.excluded.presses}
    )
