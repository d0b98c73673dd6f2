"""A station in a process of its own is killed while it sends: nothing goes out twice unasked, and nothing is lost."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.clock import SystemClock
from tests.fakes.robots import RobotServer, Step, WebhookRules, WeComRules, hangs, takes_it_and_hangs
from tests.fakes.station_process import StationProcess
from tests.system.conftest import Start

SECRET = "at-least-32-random-characters-of-it"
OVER = ("confirmed", "uncertain", "failed", "dropped")


@pytest.fixture
def robot() -> Iterator[RobotServer]:
    with RobotServer(WeComRules(SystemClock())) as server:
        yield server


@pytest.fixture
def receiver() -> Iterator[RobotServer]:
    with RobotServer(WebhookRules(SystemClock(), SECRET)) as server:
        yield server


@pytest.fixture
def tells(config: Path, robot: RobotServer, receiver: RobotServer) -> None:
    """The station's configuration has a robot and a webhook."""
    channels = f"""
[[alerts.channels]]
name = "robot"
kind = "wecom"
language = "en"
url = "{robot.url}"
[[alerts.channels]]
name = "program"
kind = "webhook"
language = "en"
url = "{receiver.url}"
secret = "{SECRET}"
"""
    config.write_text(config.read_text(encoding="utf-8") + channels, encoding="utf-8")


def opened(station: StationProcess) -> str:
    """The number of a new case, of which people are told."""
    reply = station.post("/api/v1/cases", {"kind": "complaint", "content": "The milk was sour.", "severity": "critical"})
    assert reply.status == 201, reply.body
    return str(reply.body["number"])


def settled(station: StationProcess) -> dict[str, list[Any]]:
    """What became of the messages of each channel, once nothing is under way any more."""
    everything = station.until("/api/v1/alerts", lambda body: all(found["state"] in OVER for found in body["alerts"]))["alerts"]
    return {name: [found for found in everything if found["channel"] == name] for name in ("robot", "program")}


@pytest.mark.usefixtures("tells")
@pytest.mark.parametrize("step", [takes_it_and_hangs, hangs], ids=["after it arrived", "before it arrived"])
def test_killed_while_it_sends_nothing_goes_out_twice_and_nothing_is_lost(
    start: Start, robot: RobotServer, receiver: RobotServer, step: Step
) -> None:
    station, numbers = start(), []
    for _kill in range(2):
        robot.do(step)
        receiver.do(step)
        numbers.append(opened(station))
        assert robot.hanging.acquire(timeout=10)
        assert receiver.hanging.acquire(timeout=10)
        numbers.append(opened(station))  # it waits behind it
        station.kill()
        station = start()
        found = settled(station)
    numbers.append(opened(station))
    found = settled(station)

    told = Counter(number for text in robot.chat for number in numbers if number in text)
    asked = [view for view in found["robot"] if view["state"] == "uncertain"]
    assert [view["reason"] for view in asked] == ["restart", "restart"]
    assert max(told.values()) == 1
    assert {number for number in numbers if not told[number]} <= {view["title"].split()[-1] for view in asked}
    # A program knows a copy by its id, so nobody has to be asked.
    assert {view["state"] for view in found["program"]} == {"confirmed"}
    assert Counter(number for text in receiver.chat for number in numbers if number in text) == Counter(numbers)
    assert len(receiver.requests) == len(numbers) + 2
