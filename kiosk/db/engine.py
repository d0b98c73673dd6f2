"""Opens the database and hands out its two ways in: `Database.read` for look-ups, `Database.write` for changes."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Engine, create_engine, event
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
# What database.url may begin with, and the dialect that it stands for.
_DIALECTS = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


class NoDatabase(ConfigError):
    """The file of the database is not there, and the caller did not ask to create it."""


class Database:
    """One database, one writer thread, any number of readers.

    A write unit is a function of a session. It may run more than once and beside others in one transaction, so it has
    no effect but on its session (and `kiosk.events.emit`, which waits for the commit).
    """

    def __init__(self, url: str, *, clock: Clock, bus: EventBus | None = None, readers: int = 8, create: bool = True) -> None:
        """Open *url* (``sqlite:///...`` or ``postgresql+psycopg://...``); *readers* bounds concurrent look-ups.

        Without *create* a missing SQLite file is left missing: NoDatabase. A look made as root must not leave a file
        behind that the station's own user cannot write. Raises ConfigError for an address that cannot be used.
        """
        self.url = database_url(url)
        if self.url.get_backend_name() == "sqlite":
            _prepare_folder(Path(str(self.url.database)), create=create)
        self._write_engine = _open(self.url, pool_size=1, read_only=False)
        self._read_engine = _open(self.url, pool_size=readers, read_only=True)
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


def database_url(url: str) -> URL:
    """Return *url* as it will be used. Raises ConfigError, which never repeats the address: it may hold a password."""
    remedy = "write sqlite:////PATH or postgresql+psycopg://USER:PASSWORD@HOST/NAME"
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:  # ValueError: a port that is no number
        raise ConfigError(f"database.url: this is no database address; {remedy}") from error
    if parsed.drivername not in _DIALECTS:
        raise ConfigError(f"database.url: {parsed.drivername!r} is not supported; {remedy}")
    parsed = parsed.set(drivername=_DIALECTS[parsed.drivername])
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise ConfigError("database.url: an SQLite database must be a file; records in memory would be lost")
    return parsed


def _prepare_folder(file: Path, *, create: bool) -> None:
    if not create:
        if not file.exists():
            raise NoDatabase(f"database: {file} does not exist yet; the station makes it when it first starts, or run `kiosk db upgrade`")
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"database.url: {file.parent} cannot be made: {error.strerror}; create it for this user") from error


def _open(parsed: URL, *, pool_size: int, read_only: bool) -> Engine:
    if parsed.get_backend_name() == "sqlite":
        # Last in, first out: the connection that was just used has its statements prepared and its pages at hand.
        engine = create_engine(parsed, pool_size=pool_size, max_overflow=0, pool_use_lifo=True, hide_parameters=True)
        _prepare_sqlite(engine, read_only=read_only)
        return engine
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
        cursor.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten; see kiosk.db.traces
        if read_only:
            cursor.execute("PRAGMA query_only = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        # A writer that starts as a reader can find itself unable to upgrade; it takes the lock at once.
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
