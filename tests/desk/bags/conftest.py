"""The bag check's world on both engines, and on SQLite alone for rules that no engine can bend."""

import pytest

from kiosk.db import Database
from kiosk.events import EventBus
from tests.desk.bags.bag_world import BagWorld
from tests.fakes.clock import FakeClock


@pytest.fixture
def world(database: Database, clock: FakeClock, bus: EventBus) -> BagWorld:
    return BagWorld(database, clock, bus)


@pytest.fixture
def desk(sqlite_database: Database, clock: FakeClock, bus: EventBus) -> BagWorld:
    return BagWorld(sqlite_database, clock, bus)
