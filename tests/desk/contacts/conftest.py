"""The vault on both engines, with its key file in a folder of its own, and on SQLite alone for what no engine can bend."""

from pathlib import Path

import pytest

from kiosk.db import Database
from kiosk.events import EventBus
from tests.desk.contacts.contact_world import ContactWorld
from tests.fakes.clock import FakeClock


@pytest.fixture
def world(database: Database, clock: FakeClock, bus: EventBus, tmp_path: Path) -> ContactWorld:
    return ContactWorld(database, clock, bus, tmp_path / "contact.keys")


@pytest.fixture
def desk(sqlite_database: Database, clock: FakeClock, bus: EventBus, tmp_path: Path) -> ContactWorld:
    return ContactWorld(sqlite_database, clock, bus, tmp_path / "contact.keys")
