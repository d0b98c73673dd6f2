"""What every test may use: a clock that stands still, and a fresh database on both engines."""

import logging
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from kiosk.db import Database
from kiosk.events import EventBus
from tests.fakes.clock import FakeClock
from tests.fakes.postgres import PostgresServer


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Take away what a test, or a library that logs without being asked, has added to the root logger.

    python-escpos calls `logging.info`, which gives a bare root logger a handler on the standard error of that moment.
    """
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def bus() -> EventBus:
    return EventBus()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this test run alone, with the product's schema in a template database."""
    # Not in pytest's folder: as root the server runs as another user, and each start of pytest closes that folder to others.
    with tempfile.TemporaryDirectory(prefix="kiosk-postgres-") as folder, PostgresServer(Path(folder) / "data") as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the product's schema, copied for each test."""
    from kiosk.db.schema import upgrade

    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a fresh SQLite database."""
    path = tmp_path / "kiosk.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a fresh database on each engine in turn."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        with server.fresh_database() as url:
            yield url


@pytest.fixture
def database(database_url: str, clock: FakeClock, bus: EventBus) -> Iterator[Database]:
    """A fresh database with the product's schema, on each engine in turn."""
    opened = Database(database_url, clock=clock, bus=bus)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_database(sqlite_url: str, clock: FakeClock, bus: EventBus) -> Iterator[Database]:
    """A fresh SQLite database, for tests of what does not depend on the engine."""
    opened = Database(sqlite_url, clock=clock, bus=bus)
    yield opened
    opened.close()
