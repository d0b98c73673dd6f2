"""An outbox with one channel, on SQLite and, where the engine matters, on both; some minutes after the full hour."""

import pytest

from kiosk.db import Database
from kiosk.events import EventBus
from tests.desk.alerts.alert_world import AlertWorld, ScriptedChannel
from tests.fakes.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    clock = FakeClock()
    clock.advance(300)  # the test clock begins on a full hour, where everybody sends
    return clock


@pytest.fixture
def channel() -> ScriptedChannel:
    return ScriptedChannel()


@pytest.fixture
def desk(sqlite_database: Database, clock: FakeClock, bus: EventBus, channel: ScriptedChannel) -> AlertWorld:
    return AlertWorld(sqlite_database, clock, bus, [channel])


@pytest.fixture
def world(database: Database, clock: FakeClock, bus: EventBus, channel: ScriptedChannel) -> AlertWorld:
    """On both engines."""
    return AlertWorld(database, clock, bus, [channel])
