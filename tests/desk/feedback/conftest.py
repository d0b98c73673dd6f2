"""The kiosk's world on both engines, and on SQLite alone for rules that no engine can bend."""

from pathlib import Path

import pytest

from kiosk.db import Database
from kiosk.events import EventBus
from tests.desk.feedback.feedback_world import FeedbackWorld
from tests.fakes.clock import FakeClock


@pytest.fixture
def world(database: Database, clock: FakeClock, bus: EventBus, tmp_path: Path) -> FeedbackWorld:
    return FeedbackWorld(database, clock, bus, tmp_path)


@pytest.fixture
def kiosk(sqlite_database: Database, clock: FakeClock, bus: EventBus, tmp_path: Path) -> FeedbackWorld:
    return FeedbackWorld(sqlite_database, clock, bus, tmp_path)
