"""Inserts a row unless it is there already, on both databases."""

from typing import cast

from sqlalchemy import CursorResult
from sqlalchemy.orm import Session

from kiosk.db.base import Base


def insert_if_missing(session: Session, table: type[Base], **values: object) -> bool:
    """Insert a row of *table* unless one with its key exists; where two processes meet, the second waits and does nothing.

    Returns whether the row is new.
    """
    # PostgreSQL's dialect costs 4 MB, which a station with SQLite has no use for.
    if session.get_bind().dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as sqlite_insert

        result = session.execute(sqlite_insert(table).values(**values).on_conflict_do_nothing())
    else:
        from sqlalchemy.dialects.postgresql import insert as postgresql_insert

        result = session.execute(postgresql_insert(table).values(**values).on_conflict_do_nothing())
    return cast("CursorResult[object]", result).rowcount == 1
