"""Whatever happens in whatever order: nothing is lost, and nothing that may have arrived is sent again unasked."""

import contextlib
import shutil
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.db import Database
from kiosk.desk.alerts.channel import Limits, Outcome, Outgoing, Verdict
from kiosk.desk.alerts.models import DeliveryState, NotToDecide
from kiosk.desk.alerts.views import Resolution
from kiosk.events import EventBus
from tests.desk.alerts.alert_world import AWAY, DEAD, DELIVERED, REFUSED, UNCERTAIN, AlertWorld, ScriptedChannel
from tests.fakes.clock import FakeClock
from tests.fakes.printers import Killed

ENDS = {"yes": DELIVERED, "no": REFUSED, "away": AWAY, "unknown": UNCERTAIN, "never": DEAD, "killed": None}
ACTIONS = st.one_of(
    st.tuples(st.just("tell"), st.sampled_from(["low", "critical"])),
    st.tuples(st.just("send"), st.sampled_from(sorted(ENDS))),
    st.tuples(st.just("pass"), st.sampled_from([1.0, 30.0, 400.0, 4000.0])),
    st.tuples(st.just("decide"), st.sampled_from(["arrived", "again", "drop"])),
)


class CountingChannel(ScriptedChannel):
    """Remembers how often each alert may have reached people."""

    def __init__(self) -> None:
        super().__init__(limits=Limits(per_minute=6, burst=3))
        self.may_have_arrived: Counter[int] = Counter()

    def send(self, message: Outgoing) -> Outcome:
        try:
            outcome = super().send(message)
        except Killed:
            outcome = UNCERTAIN
            raise
        finally:
            if outcome.verdict in (Verdict.DELIVERED, Verdict.UNCERTAIN):
                self.may_have_arrived.update(item.id for item in message.items)
        return outcome


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=st.lists(ACTIONS, min_size=5, max_size=30))
def test_nothing_is_lost_and_nothing_sent_twice_unasked(sqlite_template: Path, actions: list[tuple[str, object]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(sqlite_template, f"{folder}/kiosk.db")
        clock, bus = FakeClock(), EventBus()
        clock.advance(300)
        with closing(Database(f"sqlite:///{folder}/kiosk.db", clock=clock, bus=bus)) as database:
            channel = CountingChannel()
            desk = AlertWorld(database, clock, bus, [channel])
            asked: Counter[int] = Counter()
            for what, how in actions:
                act(desk, channel, asked, what, how)
            calm(desk)
            assert set(desk.states()) <= {DeliveryState.CONFIRMED, DeliveryState.UNCERTAIN, DeliveryState.FAILED, DeliveryState.DROPPED}
            for view in desk.all():
                assert channel.may_have_arrived[view.id] <= 1 + asked[view.id]
                if view.state is DeliveryState.CONFIRMED:
                    assert channel.may_have_arrived[view.id] >= 1


def act(desk: AlertWorld, channel: CountingChannel, asked: Counter[int], what: str, how: object) -> None:
    match what, how:
        case "tell", str(severity):
            desk.tell(severity)
        case "pass", float(seconds):
            desk.clock.advance(seconds)
        case "send", "killed":
            channel.do(Killed())
            try:
                desk.work(1)
            except Killed:
                desk.restart()
            channel._script.clear()
        case "send", str(end):
            outcome = ENDS[end]
            assert outcome is not None
            channel.do(outcome)
            desk.work(1)
            channel._script.clear()
        case "decide", ("arrived" | "again" | "drop") as outcome:
            decide(desk, asked, outcome)  # type: ignore[arg-type]


def decide(desk: AlertWorld, asked: Counter[int], outcome: Resolution) -> None:
    """Somebody decides about the oldest message, and about those that went out with it."""
    before = {view.id: view for view in desk.all()}
    if not before:
        return
    oldest = min(before)
    with contextlib.suppress(NotToDecide):
        desk.decide(oldest, outcome)
        if outcome == "again":
            after = {view.id: view.state for view in desk.all()}
            asked.update(n for n, view in before.items() if view.state != after[n] or n == oldest)


def calm(desk: AlertWorld) -> None:
    """A quiet hour with a robot that works."""
    desk.work_for(3600)
