"""A whole station with a channel: what is raised at the desk reaches the robot, and a stop or a start doubles nothing."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.clock import SystemClock
from kiosk.config import load_configuration
from kiosk.desk.alerts import Alert
from kiosk.desk.alerts.models import DeliveryState
from kiosk.errors import ConfigError
from kiosk.i18n import msg
from kiosk.station import Station
from tests.fakes.robots import RobotServer, WeComRules, hangs
from tests.fakes.waiting import eventually


@pytest.fixture
def robot() -> Iterator[RobotServer]:
    with RobotServer(WeComRules(SystemClock())) as server:
        yield server


def make(folder: Path, url: str, kind: str = "wecom") -> Station:
    path = folder / "kiosk.toml"
    path.write_text(
        f'[station]\nstate_dir = "{folder}/state"\n[database]\nurl = "sqlite:///{folder}/kiosk.db"\n[web]\nport = 0\n'
        f'[[alerts.channels]]\nname = "duty"\nkind = "{kind}"\nlanguage = "en"\nurl = "{url}"\n',
        encoding="utf-8",
    )
    return Station(load_configuration(path, {}).settings, [])


def tell(station: Station, key: str = "case:1") -> None:
    alert = Alert("case.opened", "critical", msg("Case %(number)s", number="K1"), key)
    station.db.write(lambda session: station.services.alerts.raise_alert(session, alert))


def states(station: Station) -> list[DeliveryState]:
    with station.db.read() as session:
        return [listed.view.state for listed in station.services.alerts.list(session)]


def test_what_is_raised_reaches_people(tmp_path: Path, robot: RobotServer) -> None:
    with make(tmp_path, robot.url) as station:
        station.open()
        tell(station, "before the start")
        station.start()
        tell(station)
        eventually(lambda: states(station) == [DeliveryState.CONFIRMED] * 2)
    assert len(robot.chat) == 2
    with make(tmp_path, robot.url) as again:
        again.open()
        again.start()
        tell(again)  # known by its key
        tell(again, "case:2")
        eventually(lambda: len(robot.chat) == 3)
        eventually(lambda: states(again) == [DeliveryState.CONFIRMED] * 3)


def test_a_station_stops_soon_though_its_robot_stalls_and_asks_afterwards(tmp_path: Path, robot: RobotServer) -> None:
    robot.do(hangs)
    with make(tmp_path, robot.url) as station:
        station.open()
        station.start()
        tell(station)
        assert robot.hanging.acquire(timeout=10)
        begun = time.monotonic()
    assert time.monotonic() - begun < 3.0  # screens and database included
    with make(tmp_path, robot.url) as again:
        again.open()
        again.start()
        assert states(again) == [DeliveryState.UNCERTAIN]
    assert len(robot.requests) == 1


def test_a_channel_that_could_never_send_keeps_the_station_from_starting(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="a webhook needs a secret"):
        make(tmp_path, "http://127.0.0.1/", kind="webhook")
