"""The world of returned goods on both engines, and on SQLite alone for rules that no engine can bend."""

from pathlib import Path

import pytest

from kiosk.db import Database
from kiosk.events import EventBus
from tests.desk.goods.goods_world import GoodsWorld
from tests.fakes.clock import FakeClock


@pytest.fixture
def world(database: Database, clock: FakeClock, bus: EventBus, tmp_path: Path) -> GoodsWorld:
    return GoodsWorld(database, clock, bus, tmp_path)


@pytest.fixture
def desk(sqlite_database: Database, clock: FakeClock, bus: EventBus, tmp_path: Path) -> GoodsWorld:
    return GoodsWorld(sqlite_database, clock, bus, tmp_path)
