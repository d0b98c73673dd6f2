"""A station runs once on a database."""

import pytest

from kiosk.clock import SystemClock
from kiosk.db import Database
from kiosk.db.lock import AlreadyRunning, StationLock


def test_a_second_process_on_the_same_database_is_refused(database: Database, database_url: str) -> None:
    second = Database(database_url, clock=SystemClock())
    with StationLock(database, "desk-1"), pytest.raises(AlreadyRunning, match="stop that one first"), StationLock(second, "desk-1"):
        pass
    second.close()


def test_after_the_first_is_gone_the_station_may_run(database: Database, database_url: str) -> None:
    with StationLock(database, "desk-1"):
        pass
    second = Database(database_url, clock=SystemClock())
    with StationLock(second, "desk-1"):
        pass
    second.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_two_stations_share_one_postgresql_database(database: Database, database_url: str) -> None:
    second = Database(database_url, clock=SystemClock())
    with StationLock(database, "desk-1"), StationLock(second, "desk-2"):
        pass
    second.close()
