"""Live sources behind their circuit breakers: who is asked, who is left alone, and when again."""

import logging
import threading
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from kiosk.config_returns import LiveSource
from kiosk.desk.receipts.live import BreakerState, LiveSources, SourceDown
from kiosk.desk.receipts.views import NewLine, NewReceipt
from tests.fakes.clock import FakeClock

MILK = NewReceipt("77", "S001", "1", datetime(2026, 3, 9, tzinfo=UTC), [NewLine(1, "100", "Milk", Decimal(1), 500, 500)])


class Pos:
    """A point of sale that answers as it is told."""

    def __init__(self, name: str = "pos", receipt: NewReceipt | None = None) -> None:
        self.name, self.receipt = name, receipt
        self.broken: Exception | None = None
        self.asked = 0

    def fetch(self, number: str, store: str) -> NewReceipt | None:
        self.asked += 1
        if self.broken is not None:
            raise self.broken
        return self.receipt


def settings(name: str = "pos", *, open_after: int = 2, open_s: float = 10.0) -> LiveSource:
    return LiveSource(name, "http", "https://pos.test/{number}", open_after=open_after, open_s=open_s)


def live(clock: FakeClock, *sources: Pos) -> LiveSources:
    return LiveSources(sources, clock, [settings(source.name) for source in sources])


def test_without_sources_nobody_is_asked(clock: FakeClock) -> None:
    assert not LiveSources([], clock)
    assert LiveSources([], clock).fetch("77", "S001") == (None, None, [])


def test_the_first_that_has_the_receipt_answers(clock: FakeClock) -> None:
    knows_not, knows, never_asked = Pos("old"), Pos("new", MILK), Pos("third", MILK)
    assert live(clock, knows_not, knows, never_asked).fetch("77", "S001") == (MILK, "new", [])
    assert never_asked.asked == 0


def test_who_is_silent_is_named_beside_the_answer_of_another(clock: FakeClock) -> None:
    down, up = Pos("down"), Pos("up")
    down.broken = SourceDown("timeout")
    assert live(clock, down, up).fetch("77", "S001") == (None, "up", ["down"])
    up.receipt = MILK
    assert live(clock, down, up).fetch("77", "S001") == (MILK, "up", ["down"])


def test_a_source_that_keeps_failing_is_left_alone_and_asked_once_when_its_time_is_over(clock: FakeClock) -> None:
    pos = Pos(receipt=MILK)
    pos.broken = SourceDown("timeout")
    sources = live(clock, pos)
    for _ in range(5):
        assert sources.fetch("77", "S001") == (None, None, ["pos"])
    assert pos.asked == 2, "after two failures it is not asked any more"
    (state,) = sources.states()
    assert (state.state, state.failures, state.retry_in_s, state.reason) == (BreakerState.OPEN, 2, 10.0, "timeout")
    clock.advance(10)
    sources.fetch("77", "S001")
    sources.fetch("77", "S001")
    assert pos.asked == 3, "one question, and its failure opens again"
    assert sources.states()[0].retry_in_s == 20.0, "for twice as long"
    clock.advance(20)
    pos.broken = None
    assert sources.fetch("77", "S001") == (MILK, "pos", [])
    assert (sources.states()[0].state, sources.states()[0].failures) == (BreakerState.CLOSED, 0)


def test_an_answer_between_failures_starts_the_count_anew(clock: FakeClock) -> None:
    pos = Pos(receipt=MILK)
    sources = live(clock, pos)
    for broken in (SourceDown("reset"), None, SourceDown("reset"), None):
        pos.broken = broken
        sources.fetch("77", "S001")
    assert sources.states()[0].state is BreakerState.CLOSED


def test_the_time_alone_grows_to_an_hour_and_no_further(clock: FakeClock) -> None:
    pos = Pos()
    pos.broken = SourceDown("timeout")
    sources = live(clock, pos)
    for _ in range(30):
        sources.fetch("77", "S001")
        clock.advance(sources.states()[0].retry_in_s)
    sources.fetch("77", "S001")
    assert sources.states()[0].retry_in_s == 3600.0


def test_while_one_question_tries_the_others_do_not_wait(clock: FakeClock) -> None:
    asked, answer = threading.Event(), threading.Event()

    class Slow(Pos):
        def fetch(self, number: str, store: str) -> NewReceipt | None:
            if self.broken is None:
                asked.set()
                assert answer.wait(10)
            return super().fetch(number, store)

    pos = Slow(receipt=MILK)
    pos.broken = SourceDown("timeout")
    sources = live(clock, pos)
    sources.fetch("77", "S001")
    sources.fetch("77", "S001")
    clock.advance(10)
    pos.broken = None
    trial = threading.Thread(target=sources.fetch, args=("77", "S001"))
    trial.start()
    assert asked.wait(10)
    assert sources.states()[0].state is BreakerState.HALF_OPEN
    assert sources.fetch("77", "S001") == (None, None, ["pos"]), "answered at once"
    answer.set()
    trial.join()
    assert sources.states()[0].state is BreakerState.CLOSED


def test_a_source_that_breaks_in_an_unforeseen_way_is_down_and_told(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    pos = Pos()
    pos.broken = ZeroDivisionError("oh")
    sources = live(clock, pos)
    with caplog.at_level(logging.ERROR):
        assert sources.fetch("77", "S001") == (None, None, ["pos"])
    assert "the live source pos broke" in caplog.text
    assert sources.states()[0].reason == "ZeroDivisionError"


def test_opening_and_closing_are_logged_once_each(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    pos = Pos()
    pos.broken = SourceDown("timeout")
    sources = live(clock, pos)
    with caplog.at_level(logging.INFO):
        for _ in range(6):
            sources.fetch("77", "S001")
            clock.advance(11)
        pos.broken = None
        clock.advance(3600)
        sources.fetch("77", "S001")
        sources.fetch("77", "S001")
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
