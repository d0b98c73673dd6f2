"""The complaint desk's world on both engines, and on SQLite alone for rules that no engine can bend."""

from pathlib import Path

import pytest

from kiosk.db import Database
from kiosk.events import EventBus
from tests.desk.cases.case_world import CaseWorld
from tests.fakes.clock import FakeClock


@pytest.fixture
def world(database: Database, clock: FakeClock, bus: EventBus, tmp_path: Path) -> CaseWorld:
    return CaseWorld(database, clock, bus, tmp_path / "contact.keys")


@pytest.fixture
def desk(sqlite_database: Database, clock: FakeClock, bus: EventBus, tmp_path: Path) -> CaseWorld:
    return CaseWorld(sqlite_database, clock, bus, tmp_path / "contact.keys")
