"""Makes sure that a station runs once: a second process on the same database would fight for the hardware."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import IO

from sqlalchemy import Connection, text

from kiosk.db.engine import Database
from kiosk.db.faults import storage_faults
from kiosk.errors import KioskError, StorageError


class AlreadyRunning(KioskError, BlockingIOError):
    """Another process runs this station on this database."""


class StationLock:
    """Held while the station runs; the operating system or the server lets go of it when the process dies.

    SQLite: a lock on a file beside the database, because the station owns the database too. PostgreSQL: an advisory
    lock for the station's name, because several stations share one database.
    """

    def __init__(self, database: Database, station: str) -> None:
        self._database = database
        self._station = station
        self._file: IO[str] | None = None
        self._connection: Connection | None = None

    def __enter__(self) -> "StationLock":
        if self._database.url.get_backend_name() == "sqlite":
            self._lock_file(Path(f"{self._database.url.database}.lock"))
        else:
            self._lock_name()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._connection is not None:
            # Closing would hand the connection back to the pool with the lock still on it.
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _lock_file(self, path: Path) -> None:
        try:
            file = path.open("a+", encoding="ascii")
        except OSError as error:
            raise StorageError(f"{path} cannot be opened: {error.strerror}; let this user write in that folder") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            owner = file.read().strip() or "unknown"
            file.close()
            raise AlreadyRunning(
                f"the database {self._database.url.database} belongs to a running station (process {owner}); "
                "stop that one first, or give this one another database.url"
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._file = file

    def _lock_name(self) -> None:
        with storage_faults(self._database.url):
            connection = self._database.lock_engine.connect()
        # hashtext gives the four bytes that an advisory lock key needs; 7153002 keeps it apart from other uses.
        taken = connection.execute(text("SELECT pg_try_advisory_lock(7153002, hashtext(:name))"), {"name": self._station}).scalar_one()
        connection.commit()
        if not taken:
            connection.close()
            raise AlreadyRunning(
                f"station {self._station!r} runs already on this database; stop that one first, or give this one another station.name"
            )
        self._connection = connection
