"""The table in `kiosk.desk.alerts.outbox`, walked: the process dies between each pair of steps."""

from datetime import timedelta

import pytest

from kiosk.db import Database
from kiosk.desk.alerts.channel import Limits
from kiosk.desk.alerts.models import DeliveryState
from kiosk.events import EventBus
from tests.desk.alerts.alert_world import DELIVERED, REFUSED, AlertWorld, ScriptedChannel
from tests.fakes.clock import FakeClock
from tests.fakes.desk_of_one_printer import FragileDatabase
from tests.fakes.printers import Killed
from tests.fakes.waiting import eventually

QUEUED, SENT, CONFIRMED, UNSURE = DeliveryState.QUEUED, DeliveryState.SENT, DeliveryState.CONFIRMED, DeliveryState.UNCERTAIN


class Mortal(AlertWorld):
    """A station whose writes may be the last thing that it does."""

    def __init__(self, database: Database, clock: FakeClock, bus: EventBus, channel: ScriptedChannel) -> None:
        super().__init__(database, clock, bus, [channel])
        self.fragile = FragileDatabase(database)
        self.db = self.fragile  # type: ignore[assignment]
        self.restart()
        self.fragile.writes = 0

    def die(self) -> None:
        with pytest.raises(Killed):
            self.work()
        self.fragile.kill = None


@pytest.fixture
def mortal(sqlite_database: Database, clock: FakeClock, bus: EventBus, channel: ScriptedChannel) -> Mortal:
    return Mortal(sqlite_database, clock, bus, channel)


@pytest.mark.parametrize(
    ("kill", "sent", "after"),
    [
        ((2, "before"), 0, QUEUED),  # claiming: the mark is not on disk
        ((2, "after"), 0, UNSURE),  # the mark is on disk, nothing left
        ((3, "before"), 1, UNSURE),  # it was taken, which nobody wrote down
        ((3, "after"), 1, CONFIRMED),
    ],
)
def test_killed_between_two_steps_nothing_is_lost_and_nothing_sent_twice(
    mortal: Mortal, channel: ScriptedChannel, kill: tuple[int, str], sent: int, after: DeliveryState
) -> None:
    mortal.tell()  # the first write
    mortal.fragile.kill = kill
    mortal.die()
    assert len(channel.sent) == sent
    mortal.restart()
    assert mortal.states() == [after]
    mortal.work_for(24 * 3600)
    assert len(channel.sent) == (1 if after is QUEUED else sent)
    assert mortal.states() == [CONFIRMED if after is QUEUED else after]


def test_killed_while_it_sends_a_person_is_asked_and_what_waits_behind_goes_on(desk: AlertWorld, channel: ScriptedChannel) -> None:
    channel.do(Killed())
    desk.tell("high", "first")
    desk.tell("low", "second")
    with pytest.raises(Killed):
        desk.work()
    assert desk.states() == [SENT, QUEUED]
    desk.restart()
    assert [view.reason for view in desk.all()] == ["restart", None]
    desk.work_for(3600)
    assert desk.states() == [UNSURE, CONFIRMED]
    assert channel.titles == ["[high] first", "[low] second"]


def test_killed_while_it_sends_what_knows_copies_is_sent_again(sqlite_database: Database, clock: FakeClock, bus: EventBus) -> None:
    channel = ScriptedChannel("hook", Limits(60, 10, digests=False, idempotent=True))
    desk = AlertWorld(sqlite_database, clock, bus, [channel])
    channel.do(Killed())
    desk.tell()
    with pytest.raises(Killed):
        desk.work(channel="hook")
    desk.restart()
    desk.work(channel="hook")
    assert desk.states() == [CONFIRMED]
    assert [message.id for message in channel.sent] == ["S001-1", "S001-1"]


def test_when_a_station_dies_another_asks_about_what_it_was_sending_and_sends_what_waited(world: AlertWorld, clock: FakeClock) -> None:
    first, second = ScriptedChannel("robot"), ScriptedChannel("robot")
    one, two = world.another("desk-1", first), world.another("desk-2", second)
    first.do(Killed())
    one.tell()
    one.tell()
    with pytest.raises(Killed):
        one.work(channel="robot")
    two.work(channel="robot")
    assert second.sent == []  # it may well be alive
    two.work_for(400, channel="robot")
    assert two.states() == [UNSURE, CONFIRMED]
    assert [view.reason for view in two.all()] == ["lost", None]
    assert len(second.sent) == 1


def test_an_answer_that_comes_after_the_question_is_the_answer(desk: AlertWorld, channel: ScriptedChannel) -> None:
    channel.limits = Limits(60, 5)
    desk.tell()
    outbox = desk.dispatcher._outbox
    claim = desk.db.write(lambda session: outbox.claim(session, "group", channel.limits))
    assert claim is not None
    desk.clock.advance(timedelta(minutes=10).total_seconds())
    desk.work()
    assert desk.states() == [UNSURE]
    desk.db.write(lambda session: outbox.record(session, claim, channel.limits, DELIVERED))
    assert desk.states() == [CONFIRMED]


def test_what_a_person_decided_meanwhile_stands(desk: AlertWorld, channel: ScriptedChannel) -> None:
    desk.tell()
    outbox = desk.dispatcher._outbox
    claim = desk.db.write(lambda session: outbox.claim(session, "group", channel.limits))
    assert claim is not None
    desk.clock.advance(600)
    desk.work()
    desk.decide(1, "drop")
    desk.db.write(lambda session: outbox.record(session, claim, channel.limits, REFUSED))
    assert desk.states() == [DeliveryState.DROPPED]


def test_messages_of_a_channel_that_is_gone_become_dead_letters(
    desk: AlertWorld, sqlite_database: Database, clock: FakeClock, bus: EventBus
) -> None:
    desk.tell()
    changed = AlertWorld(sqlite_database, clock, bus, [ScriptedChannel("other")])
    changed.restart()
    assert [(view.state, view.reason) for view in changed.all()] == [(DeliveryState.FAILED, "no-channel")]


def test_an_outcome_is_recorded_however_long_the_database_takes_to_accept_it(mortal: Mortal, channel: ScriptedChannel) -> None:
    def disk_is_full() -> None:
        mortal.fragile.refuse = 2

    channel.during_send = disk_is_full
    mortal.dispatcher.start()
    mortal.tell()
    eventually(lambda: bool(channel.sent) and not mortal.fragile.refuse)
    assert mortal.states() == [SENT]
    mortal.clock.wait_until_waiting()
    mortal.clock.advance(10)
    eventually(lambda: mortal.states() == [CONFIRMED])
    mortal.dispatcher.stop()
    assert len(channel.sent) == 1


def test_a_stop_while_the_database_takes_no_record_leaves_the_question_to_the_next_start(mortal: Mortal, channel: ScriptedChannel) -> None:
    def disk_is_full() -> None:
        mortal.fragile.refuse = 1000

    channel.during_send = disk_is_full
    mortal.dispatcher.start()
    mortal.tell()
    eventually(lambda: bool(channel.sent) and mortal.clock.waiting == 1)
    mortal.dispatcher.stop()
    mortal.fragile.refuse = 0
    mortal.restart()
    assert mortal.states() == [UNSURE]


def test_a_database_that_cannot_be_read_is_asked_again(mortal: Mortal, channel: ScriptedChannel) -> None:
    mortal.fragile.unreadable = True
    mortal.dispatcher.start()
    mortal.clock.wait_until_waiting()
    mortal.tell()
    mortal.fragile.unreadable = False
    mortal.clock.advance(10)
    eventually(lambda: len(channel.sent) == 1)
    mortal.dispatcher.stop()
