"""Makes sure that what was deleted is gone from the files of an SQLite database, too.

``PRAGMA secure_delete`` (kiosk.db.engine) overwrites deleted rows in the database file; until the next checkpoint, though,
the write-ahead log still holds pages as they were before.
"""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

from kiosk.db.engine import Database
from kiosk.errors import StorageError

log = logging.getLogger(__name__)

# While it waits for readers of an old state, nobody can write.
_WAIT_S = 0.2


def wipe_traces(database: Database) -> bool:
    """Empty the write-ahead log; returns whether that was possible now, that is, no reader held it.

    On PostgreSQL there is nothing to do here: its server's autovacuum decides when deleted rows are overwritten.
    Raises StorageError.
    """
    if database.url.get_backend_name() != "sqlite":
        return True
    file = str(database.url.database)
    log_file = Path(f"{file}-wal")
    try:
        if not log_file.exists() or not log_file.stat().st_size:
            return True
        with closing(sqlite3.connect(file, timeout=_WAIT_S, isolation_level=None)) as connection:
            busy, _pages, _moved = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except (sqlite3.Error, OSError) as error:
        raise StorageError(f"the write-ahead log of {file} could not be emptied: {error}") from error
    if busy:
        log.info("the write-ahead log is in use; it is emptied later")
    return not busy
