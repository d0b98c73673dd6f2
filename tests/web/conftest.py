"""A web app over real services, for requests in this process and over real sockets."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.db import Database
from kiosk.events import EventBus
from kiosk.web.server import WebServer
from tests.fakes.clock import FakeClock
from tests.fakes.web_station import WebStation, serving


@pytest.fixture
def station(sqlite_database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path) -> WebStation:
    return WebStation(sqlite_database, bus, clock, tmp_path)


@pytest.fixture
def server(station: WebStation) -> Iterator[WebServer]:
    yield from serving(station)
