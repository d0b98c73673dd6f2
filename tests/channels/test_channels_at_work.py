"""Outbox, courier and real channel together, before a robot that counts: what a busy day, a stop and a crash look like."""

import threading
import time
from collections.abc import Iterator

import pytest

from kiosk.db import Database
from kiosk.desk.alerts.channel import Verdict
from kiosk.desk.alerts.models import DeliveryState
from kiosk.events import EventBus
from tests.channels.channel_world import SECRET, channel
from tests.desk.alerts.alert_world import AlertWorld, ScriptedChannel
from tests.fakes.clock import FakeClock
from tests.fakes.robots import DingTalkRules, FeishuRules, RobotServer, Rules, WeComRules, answering, hangs, saying, takes_it_and_resets

CONFIRMED, UNSURE, QUEUED = DeliveryState.CONFIRMED, DeliveryState.UNCERTAIN, DeliveryState.QUEUED
RULES: dict[str, type[Rules]] = {"wecom": WeComRules, "dingtalk": DingTalkRules, "feishu": FeishuRules}


@pytest.fixture
def clock() -> FakeClock:
    clock = FakeClock()
    clock.advance(300)
    return clock


@pytest.fixture(params=sorted(RULES))
def server(request: pytest.FixtureRequest, clock: FakeClock) -> Iterator[RobotServer]:
    kind = str(request.param)
    with RobotServer(RULES[kind](clock, "" if kind == "wecom" else SECRET)) as robot:
        yield robot


@pytest.fixture
def desk(server: RobotServer, request: pytest.FixtureRequest, sqlite_database: Database, clock: FakeClock, bus: EventBus) -> AlertWorld:
    kind = str(request.node.callspec.params["server"])
    robot = channel(kind, server.url, clock, secret=server.rules.secret, timeout_s=20, language="en")
    return AlertWorld(sqlite_database, clock, bus, [robot])  # type: ignore[list-item]


def test_a_bad_hour_stays_within_the_limits_and_nobody_misses_anything(desk: AlertWorld, server: RobotServer) -> None:
    for number in range(120):
        desk.tell("critical" if number % 40 == 7 else "low", f"no{number}.")
        desk.work_for(1)
    desk.work_for(120)
    assert server.rules.refused == []
    assert desk.states() == [CONFIRMED] * 120
    told = "\n".join(server.chat).replace("\\", "")
    for number in range(7, 120, 40):
        assert f"no{number}." in told
    for _ in range(30):
        desk.tell("low")
    desk.work_for(60)
    assert server.rules.refused == []
    assert any("30 messages" in text for text in server.chat)


def test_a_robot_that_is_limited_by_others_is_left_alone_for_its_time(desk: AlertWorld, server: RobotServer) -> None:
    server.do(answering(429, retry_after="300"))
    for _ in range(5):
        desk.tell()
    desk.work_for(290)
    assert len(server.requests) == 1
    desk.work_for(60)
    assert desk.states() == [CONFIRMED] * 5


def test_a_message_that_the_robot_took_but_did_not_confirm_is_in_the_chat_once(desk: AlertWorld, server: RobotServer) -> None:
    server.do(takes_it_and_resets)
    desk.tell(title="once")
    desk.work_for(6 * 3600)
    desk.restart()
    desk.work_for(6 * 3600)
    assert len(server.chat) == 1
    assert desk.states() == [UNSURE]
    desk.decide(1, "arrived")
    desk.work()
    assert len(server.chat) == 1


def test_the_station_stops_within_a_second_while_the_robot_stalls(desk: AlertWorld, server: RobotServer) -> None:
    server.do(hangs)
    desk.dispatcher.start()
    desk.tell()
    assert server.hanging.acquire(timeout=5)
    begun = time.monotonic()
    desk.dispatcher.stop()
    assert time.monotonic() - begun < 1.0
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("alerts-")]
    assert desk.states() == [UNSURE]


def test_a_key_that_was_withdrawn_shows_as_dead_letters_with_the_robots_words(desk: AlertWorld, server: RobotServer) -> None:
    code = {"WeComRules": 93000, "DingTalkRules": 300001, "FeishuRules": 19001}[type(server.rules).__name__]
    server.do(saying(code, "gone", key="code" if code == 19001 else "errcode"))
    desk.tell()
    desk.work()
    (view,) = desk.all()
    assert (view.state, view.detail) == (DeliveryState.FAILED, f"{code} gone")


def test_one_robot_that_stalls_holds_up_nobody_else(sqlite_database: Database, clock: FakeClock, bus: EventBus) -> None:
    with RobotServer(WeComRules(clock)) as stalled:
        stalled.do(hangs)
        slow = channel("wecom", stalled.url, clock, timeout_s=20)
        other = ScriptedChannel("other")
        desk = AlertWorld(sqlite_database, clock, bus, [slow, other])  # type: ignore[list-item]
        desk.dispatcher.start()
        desk.tell()
        assert stalled.hanging.acquire(timeout=5)
        desk.tell()
        from tests.fakes.waiting import eventually

        eventually(lambda: len(other.sent) == 2)
        desk.dispatcher.stop()
    assert Verdict.UNCERTAIN.value in {view.state.value for view in desk.all()}
