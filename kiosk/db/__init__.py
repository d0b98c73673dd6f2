"""Records on disk: engine, group-committing writer, base types, migrations."""

from kiosk.db.base import Base, UtcDateTime, table_of
from kiosk.db.engine import Database

__all__ = ["Base", "Database", "UtcDateTime", "table_of"]
