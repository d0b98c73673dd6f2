"""Opens the database and hands out its two ways in: `Database.read` for look-ups, `Database.write` for changes."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from kiosk.clock import Clock
from kiosk.db.writer import Writer, WriterStats
from kiosk.errors import ConfigError
from kiosk.events import EventBus

T = TypeVar("T")

# Milliseconds that a statement waits for another process (a command line tool, a backup) to finish writing.
_BUSY_TIMEOUT_MS = 5000


class Database:
    """One database, one writer thread, any number of readers.

    A write unit is a function of a session. It may run more than once and beside others in one transaction, so it has
    no effect but on its session (and `kiosk.events.emit`, which waits for the commit).
    """

    def __init__(self, url: str, *, clock: Clock, bus: EventBus | None = None, readers: int = 8) -> None:
        """Open *url* (``sqlite:///...`` or ``postgresql+psycopg://...``); *readers* bounds concurrent look-ups."""
        try:
            self.url = make_url(url)
        except ArgumentError as error:
            raise ConfigError(f"database.url: {url!r} is not a database address; e.g. sqlite:////var/lib/kiosk/kiosk.db") from error
        self._write_engine = _open(url, pool_size=1, read_only=False)
        self._read_engine = _open(url, pool_size=readers, read_only=True)
        self._writer = Writer(self._write_engine, clock=clock, bus=bus)

    @property
    def engine(self) -> Engine:
        """The writing engine, for migrations and maintenance."""
        return self._write_engine

    @property
    def lock_engine(self) -> Engine:
        """The engine whose connections may be kept for as long as the station runs (PostgreSQL's advisory lock)."""
        return self._read_engine

    @property
    def stats(self) -> WriterStats:
        """What was written since the start, for the metrics."""
        return self._writer.stats

    @contextlib.contextmanager
    def read(self) -> Iterator[Session]:
        """A session for look-ups; what it sees is one consistent snapshot, and it cannot write."""
        with Session(self._read_engine, expire_on_commit=False, autoflush=False) as session:
            yield session

    def write(self, unit: Callable[[Session], T]) -> T:
        """Run *unit*, return its result once it is durable. What it raises is raised here, and nothing is changed.

        Raises StorageError when the database did not take it.
        """
        return self._writer.submit(unit).result()

    def close(self) -> None:
        """Finish the writes that were submitted and close every connection."""
        self._writer.close()
        self._write_engine.dispose()
        self._read_engine.dispose()


def _open(url: str, *, pool_size: int, read_only: bool) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise ConfigError("database.url: an SQLite database must be a file; records in memory would be lost")
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, pool_size=pool_size, max_overflow=0, hide_parameters=True)
        _prepare_sqlite(engine, read_only=read_only)
        return engine
    if parsed.get_backend_name() != "postgresql":
        raise ConfigError(f"database.url: {parsed.get_backend_name()!r} is not supported; use sqlite or postgresql+psycopg")
    # Repeatable read gives a reader one snapshot, as SQLite's WAL does.
    options = r"-c default_transaction_read_only=on -c default_transaction_isolation=repeatable\ read" if read_only else ""
    return create_engine(
        parsed,
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=True,
        hide_parameters=True,  # names and ticket codes do not belong into logs and tracebacks
        connect_args={"connect_timeout": 5, "options": options},
    )


def _prepare_sqlite(engine: Engine, *, read_only: bool) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        # Left alone, sqlite3 opens transactions by itself and breaks SAVEPOINT; we say BEGIN ourselves, below.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")  # NORMAL lost acknowledged rows in power cuts
        cursor.execute("PRAGMA foreign_keys = ON")
        if read_only:
            cursor.execute("PRAGMA query_only = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        # A writer that starts as a reader can find itself unable to upgrade; it takes the lock at once.
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
