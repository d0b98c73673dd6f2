"""Asks the point of sale's own database for one receipt. It is only ever read.

The query is the configuration's, with bound parameters alone. SQLite opens the file read-only, PostgreSQL refuses to write in
the session; whatever the database, the user in its address should have no right but to read, and nothing is ever committed.
The database itself is told to give up (statement_timeout, SQLite's progress handler); where it cannot, the thread is left.
"""

import re
import sqlite3
import time
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from kiosk.config import Settings
from kiosk.config_returns import LiveSource
from kiosk.desk.receipts.live import SourceDown
from kiosk.desk.receipts.views import NewReceipt
from kiosk.errors import ConfigError
from kiosk.pos.bounded import Bounded
from kiosk.pos.mapping import MOST_ROWS, Mapping, text_of

_SELECT = re.compile(r"\s*(?:SELECT|WITH)\b", re.IGNORECASE)
_PARAMETERS = {"number", "store"}
# Steps of SQLite's machine between two looks at the clock: some tenths of a millisecond.
_STEPS = 10_000
# The driver answers that much later than the database gives up.
_GRACE_S = 0.25


class SqlSource:
    """One database of a point of sale."""

    def __init__(self, source: LiveSource, settings: Settings) -> None:
        """Raises ConfigError for a source that could never answer."""
        self.name = source.name
        self._timeout_s = source.timeout_s
        self._mapping = Mapping(source, settings)
        self._query = text(source.query)
        parameters = set(self._query.compile().params)
        where = f"receipts.sources: {source.name}"
        if not _SELECT.match(source.query) or ";" in source.query.rstrip().rstrip(";"):
            raise ConfigError(f"{where}: query must be one SELECT; a point of sale is only ever read")
        if "number" not in parameters or parameters - _PARAMETERS:
            known = "write :number, and :store where numbers repeat between stores"
            raise ConfigError(f"{where}: query must ask for :number and know no other parameter but :store; {known}")
        self._with_store = "store" in parameters
        self._engine = _engine(where, _address(where, source.url), source.timeout_s)
        self._bounded = Bounded(source.name, source.timeout_s + _GRACE_S)

    def fetch(self, number: str, store: str) -> NewReceipt | None:
        return self._bounded.ask(lambda: self._fetch(number, store))

    def _fetch(self, number: str, store: str) -> NewReceipt | None:
        values = {"number": number, "store": store} if self._with_store else {"number": number}
        try:
            with self._engine.connect() as connection:
                if self._engine.dialect.name == "sqlite":
                    _give_up_after(connection.connection.dbapi_connection, self._timeout_s)
                found = connection.execute(self._query, values)
                titles, rows = list(found.keys()), [[text_of(value) for value in row] for row in found.fetchmany(MOST_ROWS + 1)]
                connection.rollback()
        except SQLAlchemyError as error:
            # Neither the statement nor its parameters: a log has no business with them, nor with the address.
            raise SourceDown(f"{type(error).__name__}: {_reason(error)}") from None
        if not rows:
            return None
        if "number" not in titles and self._mapping.profile.columns.get("number", "number") not in titles:
            titles, rows = ["number", *titles], [[number, *row] for row in rows]
        return self._mapping.receipt(self._mapping.by_titles(titles), rows, number, store)


def _address(where: str, url: str) -> URL:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError) as error:  # never the address: it may hold a password
        raise ConfigError(f"{where}: url is no database address; write e.g. postgresql+psycopg://USER:PASSWORD@HOST/NAME") from error
    if address.drivername in ("postgresql", "postgres"):
        address = address.set(drivername="postgresql+psycopg")
    if address.get_backend_name() == "sqlite" and not address.database:
        raise ConfigError(f"{where}: url names no file; write sqlite:////PATH")
    return address


def _engine(where: str, address: URL, timeout_s: float) -> Engine:
    """An engine without a pool: no connection of ours rests at the point of sale, and a file that it replaces is read anew."""
    try:
        if address.get_backend_name() == "sqlite":
            file = quote(str(address.database).removeprefix("file:"))
            return create_engine(
                "sqlite://",
                poolclass=NullPool,
                hide_parameters=True,
                creator=lambda: sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=timeout_s, check_same_thread=False),
            )
        options: dict[str, Any] = {}
        if address.get_backend_name() == "postgresql":
            milliseconds = max(1, round(timeout_s * 1000))
            options = {
                "connect_timeout": max(2, round(timeout_s)),  # libpq takes no less than two seconds
                "tcp_user_timeout": milliseconds,
                "options": f"-c default_transaction_read_only=on -c statement_timeout={milliseconds} -c lock_timeout={milliseconds}",
                "application_name": "kiosk",
            }
        return create_engine(address, poolclass=NullPool, hide_parameters=True, connect_args=options)
    except NoSuchModuleError as error:
        raise ConfigError(f"{where}: url: {address.drivername!r} is no database that is known here") from error
    except ImportError as error:
        raise ConfigError(f"{where}: url: the driver of {address.drivername!r} is not installed ({error.name})") from error


def _give_up_after(connection: Any, timeout_s: float) -> None:
    until = time.monotonic() + timeout_s
    connection.execute("PRAGMA query_only = ON")
    connection.set_progress_handler(lambda: time.monotonic() > until, _STEPS)


def _reason(error: SQLAlchemyError) -> str:
    """The first line of what the driver says; an address stands in none of them, a host's name may."""
    return str(getattr(error, "orig", None) or "no connection").strip().partition("\n")[0][:200]
