"""A desk that files are brought in to, on each database or on SQLite alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kiosk.db import Database
from tests.desk.importing.import_world import ImportWorld, a_profile
from tests.fakes.clock import FakeClock

Desk = Callable[..., ImportWorld]


@pytest.fixture
def desk(sqlite_database: Database, clock: FakeClock, tmp_path: Path) -> Desk:
    """Makes a desk with a profile: ``desk(encoding="gbk")``."""
    folder = tmp_path / "files"
    folder.mkdir()

    def make(**changed: Any) -> ImportWorld:
        return ImportWorld(sqlite_database, clock, folder, a_profile(**changed))

    return make


@pytest.fixture
def world(database: Database, clock: FakeClock, tmp_path: Path) -> ImportWorld:
    folder = tmp_path / "files"
    folder.mkdir()
    return ImportWorld(database, clock, folder)
