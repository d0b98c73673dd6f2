"""Inserts a row unless it is there already, on both databases."""

from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from kiosk.db.base import Base, table_of


def insert_if_missing(session: Session, table: type[Base], **values: object) -> bool:
    """Insert a row of *table* unless one with its key exists; where two processes meet, the second waits and does nothing.

    Returns whether the row is new.
    """
    # Not the count of rows: PostgreSQL's driver does not tell it here.
    key = table_of(table).primary_key.columns
    statement = insert_of(dialect_of(session))(table).values(**values).on_conflict_do_nothing().returning(*key)
    return session.execute(statement).first() is not None


def dialect_of(session: Session) -> str:
    """``sqlite`` or ``postgresql``: for statements that are built once for each."""
    return session.get_bind().dialect.name


@cache
def insert_of(dialect: str) -> Any:
    """The ``insert`` of *dialect*, whose statements know ``on_conflict_do_nothing`` and ``on_conflict_do_update``."""
    # PostgreSQL's dialect costs 4 MB, which a station with SQLite has no use for.
    if dialect == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as sqlite_insert

        return sqlite_insert
    from sqlalchemy.dialects.postgresql import insert as postgresql_insert

    return postgresql_insert
