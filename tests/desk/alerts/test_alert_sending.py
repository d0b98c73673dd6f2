"""How messages leave the outbox: retries, pauses, digests, several stations; no message goes out twice unasked."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.db import Database
from kiosk.desk.alerts.channel import Limits, Outcome, Verdict
from kiosk.desk.alerts.models import DeliveryState
from kiosk.desk.alerts.pace import next_token_at, refilled
from kiosk.events import EventBus
from tests.desk.alerts.alert_world import AWAY, REFUSED, UNCERTAIN, WIDE, AlertWorld, ScriptedChannel
from tests.fakes.clock import START, FakeClock
from tests.fakes.waiting import eventually

QUEUED, SENT, CONFIRMED = DeliveryState.QUEUED, DeliveryState.SENT, DeliveryState.CONFIRMED
UNSURE, FAILED = DeliveryState.UNCERTAIN, DeliveryState.FAILED
SLOW = Limits(per_minute=6, burst=3)


def slow_desk(database: Database, clock: FakeClock, bus: EventBus, limits: Limits = SLOW) -> tuple[AlertWorld, ScriptedChannel]:
    channel = ScriptedChannel(limits=limits)
    return AlertWorld(database, clock, bus, [channel]), channel


def test_a_refused_message_is_tried_again_later_and_later(desk: AlertWorld, channel: ScriptedChannel) -> None:
    channel.do(*[REFUSED] * 4)
    desk.tell()
    waits = []
    for _ in range(4):
        waits.append(wait_s := desk.work())
        assert desk.all()[0].reason == "server-error"
        desk.clock.advance(wait_s)
    assert [low <= wait_s <= 2 * low for low, wait_s in zip((2.5, 5, 10, 20), waits, strict=True)] == [True] * 4
    desk.work()
    (view,) = desk.all()
    assert (view.state, view.attempts, view.reason) == (CONFIRMED, 5, None)


def test_one_message_that_is_refused_does_not_hold_up_the_others(desk: AlertWorld, channel: ScriptedChannel) -> None:
    channel.do(REFUSED)
    desk.tell("critical", "poison")
    desk.tell("low", "other")
    desk.work()
    assert desk.states() == [QUEUED, CONFIRMED]


def test_while_a_channel_is_away_nothing_is_tried_on_it(desk: AlertWorld, channel: ScriptedChannel) -> None:
    channel.do(AWAY, AWAY)
    desk.tell()
    desk.tell()
    wait_s = desk.work()
    assert len(channel.sent) == 1
    desk.clock.advance(wait_s)
    assert desk.work() > wait_s / 2  # away again: a longer pause
    assert len(channel.sent) == 2
    with desk.db.read() as session:
        (view,) = desk.alerts.channels(session)
        assert view.blocked_until is not None
    desk.work_for(60)
    assert desk.states() == [CONFIRMED, CONFIRMED]
    with desk.db.read() as session:
        assert desk.alerts.channels(session)[0].blocked_until is None


def test_the_time_that_a_receiver_names_is_kept(desk: AlertWorld, channel: ScriptedChannel) -> None:
    channel.do(Outcome(Verdict.REFUSED, "rate-limited", retry_after_s=600, pause=True))
    desk.tell()
    desk.work()
    desk.work_for(599)
    assert len(channel.sent) == 1
    desk.work_for(62)
    assert desk.states() == [CONFIRMED]


def test_after_the_hours_of_tries_it_becomes_a_dead_letter(desk: AlertWorld, channel: ScriptedChannel) -> None:
    channel.do(*[AWAY] * 200)
    desk.tell()
    desk.work_for(12 * 3600 + 901)
    (view,) = desk.all()
    assert (view.state, view.reason) == (FAILED, "refused")
    tries = len(channel.sent)
    assert 45 < tries < 120  # not a storm: four to eight an hour
    desk.work_for(3600)
    assert len(channel.sent) == tries


def test_an_uncertain_message_is_not_sent_again_by_itself(desk: AlertWorld, channel: ScriptedChannel) -> None:
    channel.do(UNCERTAIN)
    desk.tell()
    desk.work()
    desk.work_for(24 * 3600)
    assert desk.states() == [UNSURE]
    assert len(channel.sent) == 1


def test_a_robot_that_hangs_does_not_make_the_whole_queue_uncertain(desk: AlertWorld, channel: ScriptedChannel) -> None:
    channel.do(UNCERTAIN)
    for _ in range(5):
        desk.tell()
    assert desk.work() > 0
    assert sorted(desk.states()) == [QUEUED] * 4 + [UNSURE]


def test_what_knows_a_copy_by_its_id_is_sent_again_under_the_same_id(sqlite_database: Database, clock: FakeClock, bus: EventBus) -> None:
    desk, channel = slow_desk(sqlite_database, clock, bus, Limits(60, 10, digests=False, idempotent=True))
    channel.do(UNCERTAIN, UNCERTAIN)
    desk.tell()
    desk.work()
    assert desk.states() == [QUEUED]
    desk.work_for(120)
    assert desk.states() == [CONFIRMED]
    assert {message.id for message in channel.sent} == {"S001-1"}
    assert len(channel.sent) == 3


def test_a_channel_that_breaks_unforeseen_leaves_a_question(desk: AlertWorld, channel: ScriptedChannel) -> None:
    channel.do(RuntimeError("a bug"))
    desk.tell()
    desk.work()
    assert [(view.state, view.reason) for view in desk.all()] == [(UNSURE, "internal")]


# -- the limit


def test_beyond_the_limit_many_become_one_digest_with_the_most_severe_first(
    sqlite_database: Database, clock: FakeClock, bus: EventBus
) -> None:
    desk, channel = slow_desk(sqlite_database, clock, bus)
    for number in range(10):
        desk.tell("high" if number == 7 else "low", f"case {number}")
    desk.work()
    (digest,) = channel.sent
    assert digest.title == "10 messages, the most severe one is high"
    assert digest.lines[0].startswith("Store, desk-1, ")
    assert digest.lines[1:3] == ("[high] case 7", "[low] case 0")
    assert digest.link == "http://desk/manage/alerts"
    assert desk.states() == [CONFIRMED] * 10


def test_a_critical_message_goes_out_alone_before_the_digest_of_the_others(
    sqlite_database: Database, clock: FakeClock, bus: EventBus
) -> None:
    desk, channel = slow_desk(sqlite_database, clock, bus)
    for number in range(10):
        desk.tell("low", f"case {number}")
    desk.tell("critical", "fire")
    desk.work()
    assert channel.titles == ["[critical] fire", "10 messages, the most severe one is low"]


def test_an_uncertain_digest_is_one_question(sqlite_database: Database, clock: FakeClock, bus: EventBus) -> None:
    desk, channel = slow_desk(sqlite_database, clock, bus)
    channel.do(UNCERTAIN)
    for _ in range(5):
        desk.tell()
    desk.work()
    assert desk.states() == [UNSURE] * 5
    assert {view.together for view in desk.all()} == {1}
    desk.decide(3, "arrived")
    assert desk.states() == [CONFIRMED] * 5


def test_a_refused_digest_is_told_with_what_came_meanwhile(sqlite_database: Database, clock: FakeClock, bus: EventBus) -> None:
    desk, channel = slow_desk(sqlite_database, clock, bus)
    channel.do(AWAY)
    for _ in range(5):
        desk.tell()
    desk.work()
    desk.tell()
    desk.work_for(30)
    assert channel.titles == ["5 messages, the most severe one is normal", "6 messages, the most severe one is normal"]
    assert desk.states() == [CONFIRMED] * 6


def test_neither_a_restart_nor_a_second_station_exceeds_the_limit(world: AlertWorld, clock: FakeClock) -> None:
    limits = Limits(per_minute=6, burst=3, digests=False)
    first, second = ScriptedChannel("robot", limits), ScriptedChannel("robot", limits)
    one, two = world.another("desk-1", first), world.another("desk-2", second)
    for number in range(8):
        one.tell()
        two.tell(key=f"two:{number}")
    begun = clock.monotonic()
    while clock.monotonic() < begun + 59:
        one.work(1, "robot")
        one.restart()
        clock.advance(min(two.work(1, "robot"), 10))
    assert len(first.sent) + len(second.sent) == 6
    assert first.sent
    assert second.sent


@settings(max_examples=60, deadline=None)
@given(
    limits=st.sampled_from([Limits(19, 4), Limits(17, 3), Limits(95, 4), Limits(1, 1), Limits(6, 3)]),
    waits=st.lists(st.floats(0, 20), min_size=1, max_size=150),
)
def test_no_minute_ever_holds_more_than_the_limit(limits: Limits, waits: list[float]) -> None:
    clock = FakeClock()
    tokens, counted_at, sent = float(limits.burst), clock.now(), []
    for wait_s in waits:
        clock.advance(wait_s)
        if refilled(limits, tokens, counted_at, clock.now()) < 1:
            clock.advance(max(0.0, (next_token_at(limits, tokens, counted_at) - clock.now()).total_seconds()))
        now_there = refilled(limits, tokens, counted_at, clock.now())
        assert now_there >= 1  # the moment that was named is right
        tokens, counted_at = now_there - 1, clock.now()
        sent.append(clock.now())
    for begin in sent:
        assert sum(0 <= (at - begin).total_seconds() < 60 for at in sent) <= limits.per_minute


def test_a_clock_that_is_set_back_gives_no_message_for_free() -> None:
    clock = FakeClock()
    clock.jump(-3600)
    assert refilled(SLOW, 0.5, START, clock.now()) == 0.5


def test_a_clock_that_is_set_back_does_not_silence_a_channel(sqlite_database: Database, clock: FakeClock, bus: EventBus) -> None:
    desk, channel = slow_desk(sqlite_database, clock, bus, Limits(6, 3, digests=False))
    for _ in range(3):
        desk.tell()
    desk.work()
    clock.jump(-3600)
    for _ in range(2):
        desk.tell()
    desk.work_for(60)
    assert len(channel.sent) == 5


def test_a_clock_that_is_set_back_lets_no_retry_wait_longer_than_its_pause(
    sqlite_database: Database, clock: FakeClock, bus: EventBus
) -> None:
    desk, channel = slow_desk(sqlite_database, clock, bus, Limits(60, 10))
    channel.do(AWAY, AWAY, REFUSED)
    desk.tell()
    desk.work_for(12)
    desk.tell()
    clock.jump(-6 * 3600)
    desk.work_for(900)
    assert desk.states() == [CONFIRMED, CONFIRMED]


def test_a_clock_that_is_set_back_shortens_no_pause_that_the_receiver_named(
    sqlite_database: Database, clock: FakeClock, bus: EventBus
) -> None:
    desk, channel = slow_desk(sqlite_database, clock, bus, Limits(60, 10))
    channel.do(Outcome(Verdict.REFUSED, "rate-limited", retry_after_s=600, pause=True))
    desk.tell()
    desk.work()
    clock.jump(-6 * 3600)
    desk.work_for(590)
    assert len(channel.sent) == 1
    desk.work_for(400)
    assert desk.states() == [CONFIRMED]


def test_a_clock_that_is_set_back_lets_a_dead_stations_message_wait_for_its_lease_alone(
    sqlite_database: Database, clock: FakeClock, bus: EventBus
) -> None:
    desk, channel = slow_desk(sqlite_database, clock, bus, WIDE)
    other = desk.another("desk-2", ScriptedChannel(limits=WIDE))
    other.tell()
    channel_of_other = other.channels[0]
    channel_of_other.do(KeyboardInterrupt())  # the process ends in the middle of the try
    with pytest.raises(KeyboardInterrupt):
        other.work()
    clock.jump(-6 * 3600)
    desk.work_for(900)
    assert desk.states() == [UNSURE]
    assert channel.sent == []


def test_ordinary_messages_stay_out_of_the_full_hour_and_critical_ones_do_not(sqlite_database: Database, bus: EventBus) -> None:
    clock = FakeClock()  # 06:00:00
    desk, channel = slow_desk(sqlite_database, clock, bus, Limits(100, 4, dodges=True))
    desk.tell("high", "ordinary")
    desk.tell("critical", "fire")
    assert 30 <= desk.work() < 60
    assert channel.titles == ["[critical] fire"]
    desk.work_for(60)
    assert channel.titles == ["[critical] fire", "[high] ordinary"]


# -- threads


def test_a_queued_message_leaves_at_once_and_the_thread_ends_within_a_second(desk: AlertWorld, channel: ScriptedChannel) -> None:
    desk.dispatcher.start()
    desk.clock.wait_until_waiting()
    desk.tell()
    eventually(lambda: desk.states() == [CONFIRMED])
    desk.dispatcher.stop()
    assert channel.interrupted == 1
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("alerts-")]


def test_a_stop_breaks_off_a_pause(desk: AlertWorld, channel: ScriptedChannel) -> None:
    channel.do(AWAY)
    desk.tell()
    desk.dispatcher.start()
    eventually(lambda: len(channel.sent) == 1)
    desk.clock.wait_until_waiting()
    desk.dispatcher.stop()
    assert desk.states() == [QUEUED]


def test_two_stations_at_work_send_each_message_once(world: AlertWorld) -> None:
    count = 20
    limits = Limits(1000, 50, digests=False)
    first, second = ScriptedChannel("robot", limits), ScriptedChannel("robot", limits)
    one, two = world.another("desk-1", first), world.another("desk-2", second)
    for _ in range(count):
        one.tell()
    world.clock.advance(301)  # old enough for the second station to help
    one.dispatcher.start()
    two.dispatcher.start()
    eventually(lambda: world.states() == [CONFIRMED] * count, timeout_s=20)
    one.dispatcher.stop()
    two.dispatcher.stop()
    ids = [message.id for message in (*first.sent, *second.sent)]
    assert sorted(ids) == sorted(set(ids))
    assert len(ids) == count
