"""What the outbox takes, what a person decides, and what is forgotten."""

import pytest

from kiosk.config_service import Channel
from kiosk.desk.alerts.models import DeliveryState, NotToDecide, UnknownChannel, UnknownDelivery, WrongAlert
from kiosk.desk.alerts.service import carries
from kiosk.desk.alerts.store import pack, pack_all, unpack, unpack_all
from kiosk.desk.alerts.views import Alert
from kiosk.errors import Denied
from kiosk.i18n import msg
from tests.desk.alerts.alert_world import CLERK, DEAD, MANAGER, UNCERTAIN, AlertWorld, ScriptedChannel
from tests.fakes.clock import START

QUEUED, CONFIRMED, FAILED, DROPPED = DeliveryState.QUEUED, DeliveryState.CONFIRMED, DeliveryState.FAILED, DeliveryState.DROPPED


def test_an_alert_is_queued_once_for_each_channel_that_carries_it(world: AlertWorld, channel: ScriptedChannel) -> None:
    assert world.tell(key="case:1:opened") == 1
    assert world.tell(key="case:1:opened") == 0
    assert world.states() == [QUEUED]
    world.work()
    assert world.states() == [CONFIRMED]
    assert len(channel.sent) == 1


def test_an_alert_of_a_unit_that_fails_was_never_raised(desk: AlertWorld) -> None:
    def unit(session: object) -> None:
        desk.alerts.raise_alert(session, Alert("case.opened", "high", msg("x"), "key"))  # type: ignore[arg-type]
        raise RuntimeError("the case was not opened")

    with pytest.raises(RuntimeError):
        desk.write(unit)
    assert desk.all() == []


def test_without_channels_nothing_is_queued(desk: AlertWorld) -> None:
    assert desk.another("desk-2").tell() == 0
    assert desk.all() == []


@pytest.mark.parametrize(
    ("topics", "least", "carried"),
    [
        ([], "low", True),
        (["case.*"], "low", True),
        (["feedback.*", "case.opened"], "low", True),
        (["feedback.*"], "low", False),
        ([], "critical", False),
        ([], "high", True),
    ],
)
def test_a_channel_carries_its_topics_from_its_severity_on(topics: list[str], least: str, carried: bool) -> None:
    settings = Channel("group", "wecom", "http://h", topics=topics, min_severity=least)  # type: ignore[arg-type]
    assert carries(settings, Alert("case.opened", "high", msg("x"), "key")) is carried


@pytest.mark.parametrize(("severity", "key"), [("urgent", "k"), ("high", ""), ("high", "k" * 161)])
def test_an_alert_without_a_known_severity_or_usable_key_is_refused(desk: AlertWorld, severity: str, key: str) -> None:
    with pytest.raises(WrongAlert):
        desk.write(lambda session: desk.alerts.raise_alert(session, Alert("case.opened", severity, msg("x"), key)))


def test_messages_are_kept_with_their_values() -> None:
    message = msg("Case %(n)s since %(at)s: %(state)s", n=3, at=START, state=msg("open %(x)s", x=None))
    assert unpack(pack(message)) == message
    assert unpack_all(pack_all([message, msg("plain"), msg("%(day)s", day=START.date())])) == [
        message,
        msg("plain"),
        msg("%(day)s", day=START.date()),
    ]


def test_an_uncertain_message_is_decided_by_a_person_and_the_decision_is_on_record(world: AlertWorld, channel: ScriptedChannel) -> None:
    channel.do(UNCERTAIN)
    world.tell()
    world.work()
    (asked,) = world.all()
    assert (asked.state, asked.reason) == (DeliveryState.UNCERTAIN, "timeout")
    with world.db.read() as session:
        assert world.alerts.open_questions(session) == 1
    assert world.decide(asked.id, "arrived").state is CONFIRMED
    with pytest.raises(NotToDecide):
        world.decide(asked.id, "again")
    with world.db.read() as session:
        (entry,) = world.audit.entries(session, action="alert.resolved")
        assert entry.actor == MANAGER.label
        assert entry.detail == {"channel": "group", "outcome": "arrived", "was": "uncertain", "messages": [asked.id]}


def test_send_again_sends_it_at_once_though_the_channel_pauses(desk: AlertWorld, channel: ScriptedChannel) -> None:
    channel.do(UNCERTAIN)
    desk.tell()
    desk.work()
    desk.decide(1, "again")
    desk.work()
    assert desk.states() == [CONFIRMED]
    assert [message.id for message in channel.sent] == ["S001-1", "S001-1"]


def test_a_dead_letter_waits_to_be_sent_again_or_dropped(desk: AlertWorld, channel: ScriptedChannel) -> None:
    channel.do(DEAD, DEAD)
    desk.tell()
    desk.work()
    assert [(view.state, view.detail) for view in desk.all()] == [(FAILED, "93000 invalid webhook url")]
    with pytest.raises(NotToDecide):
        desk.decide(1, "arrived")
    desk.decide(1, "again")
    desk.work()
    assert desk.states() == [FAILED]
    assert desk.decide(1, "drop").state is DROPPED


def test_what_waits_can_be_dropped_or_tried_now(desk: AlertWorld) -> None:
    desk.tell()
    desk.tell()
    with pytest.raises(NotToDecide):
        desk.decide(1, "arrived")
    assert desk.decide(1, "drop").state is DROPPED
    assert desk.decide(2, "again").state is QUEUED


def test_only_who_may_decides(desk: AlertWorld) -> None:
    desk.tell()
    with pytest.raises(Denied):
        desk.decide(1, "drop", CLERK)
    with pytest.raises(Denied):
        desk.write(lambda session: desk.alerts.send_test(session, CLERK, "group"))


def test_what_does_not_exist_is_said(desk: AlertWorld) -> None:
    with pytest.raises(UnknownDelivery):
        desk.decide(99, "drop")
    with desk.db.read() as session, pytest.raises(UnknownDelivery):
        desk.alerts.get(session, 99)
    with pytest.raises(UnknownChannel):
        desk.write(lambda session: desk.alerts.send_test(session, MANAGER, "nobody"))


def test_a_test_message_goes_to_one_channel_alone(desk: AlertWorld, channel: ScriptedChannel) -> None:
    def test_message() -> int:
        return desk.write(lambda session: desk.alerts.send_test(session, MANAGER, "group")).view.id

    first = test_message()
    assert test_message() == first  # pressed twice in a moment
    desk.work()
    assert channel.titles == ["[high] Test message of desk-1"]
    assert channel.sent[0].lines[0] == "If you can read this, the channel group works."


def test_delivered_messages_are_forgotten_when_their_time_is_up(world: AlertWorld, channel: ScriptedChannel) -> None:
    world.tell(key="old")
    world.work()
    channel.do(UNCERTAIN)
    world.tell()
    world.work()
    world.clock.advance(91 * 86400)
    assert world.alerts.purge(world.db) == 1
    assert world.states() == [DeliveryState.UNCERTAIN]  # nobody has decided: it stays
    assert world.tell(key="old") == 1
    assert world.alerts.purge(world.db) == 0


def test_lists_are_filtered_and_continued(desk: AlertWorld) -> None:
    for _ in range(3):
        desk.tell()
    desk.decide(2, "drop")
    with desk.db.read() as session:
        assert [found.view.id for found in desk.alerts.list(session, limit=2)] == [3, 2]
        assert [found.view.id for found in desk.alerts.list(session, before_id=2)] == [1]
        assert [found.view.id for found in desk.alerts.list(session, states=[QUEUED], channel="group")] == [3, 1]
        assert desk.alerts.list(session, channel="other") == []
        assert desk.alerts.counts(session) == {("group", QUEUED): 2}
