"""The returns desk's world on both engines, and on SQLite alone for rules that no engine can bend."""

from pathlib import Path

import pytest

from kiosk.db import Database
from kiosk.events import EventBus
from tests.desk.returns.return_world import ReturnWorld
from tests.fakes.clock import FakeClock


@pytest.fixture
def world(database: Database, clock: FakeClock, bus: EventBus, tmp_path: Path) -> ReturnWorld:
    return ReturnWorld(database, clock, bus, tmp_path / "contact.keys")


@pytest.fixture
def desk(sqlite_database: Database, clock: FakeClock, bus: EventBus, tmp_path: Path) -> ReturnWorld:
    return ReturnWorld(sqlite_database, clock, bus, tmp_path / "contact.keys")
