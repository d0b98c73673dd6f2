"""Whatever shoppers, managers and clocks do in whatever order: the kept counts equal a recount of the rows."""

import itertools
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from kiosk.db import Database
from kiosk.errors import Refusal
from kiosk.events import EventBus
from tests.desk.feedback.feedback_world import WANG, ZHAO, FeedbackWorld, a_survey
from tests.fakes.clock import FakeClock

choice = st.integers(0, 10_000)
some_reasons = st.sets(st.sampled_from(["queue", "price", "stock"]), max_size=3).map(tuple)


class FeedbackRules(RuleBasedStateMachine):
    """Everything that may happen to presses and their counts."""

    template: Path
    folder: Path
    runs = itertools.count()

    @initialize()
    def open_the_store(self) -> None:
        number = next(self.runs)
        path = self.folder / f"{number}.db"
        shutil.copy(self.template, path)
        self.clock, self.bus = FakeClock(), EventBus()
        self.db = Database(f"sqlite:///{path}", clock=self.clock, bus=self.bus)
        self.world = FeedbackWorld(self.db, self.clock, self.bus, self.folder, run_length=3, burst_presses=3)
        self.sent: dict[str, int] = {}

    def teardown(self) -> None:
        if hasattr(self, "db"):
            self.db.close()

    @rule(
        rating=st.integers(1, 5), reasons=some_reasons, after_s=st.sampled_from([0, 1, 6, 600, 20_000]), said=st.sampled_from(["", "fire"])
    )
    def somebody_presses(self, rating: int, reasons: tuple[str, ...], after_s: float, said: str) -> None:
        recorded = self.world.press(rating, reasons=reasons, after_s=after_s, comment=said)
        self.sent[recorded.key] = recorded.id

    @rule(rating=st.integers(1, 5), ago_s=st.sampled_from([-500, 1, 3600, 90_000, 10**6]))
    def a_queued_press_arrives(self, rating: int, ago_s: float) -> None:
        recorded = self.world.press(rating, pressed_at=self.clock.now() - timedelta(seconds=ago_s), after_s=3)
        self.sent[recorded.key] = recorded.id

    @precondition(lambda self: self.sent)
    @rule(pick=choice, rating=st.integers(1, 5))
    def a_press_is_sent_again(self, pick: int, rating: int) -> None:
        key = self._any_key(pick)
        assert self.world.press(rating, key=key, after_s=0).id == self.sent[key]

    @precondition(lambda self: self.sent)
    @rule(pick=choice, reasons=some_reasons)
    def reasons_follow(self, pick: int, reasons: tuple[str, ...]) -> None:
        self._tolerates(lambda: self.world.follow_up(self._any_key(pick), reasons=reasons))

    @rule(rating=st.integers(1, 5), twice=st.booleans())
    def a_customer_rates_a_colleague(self, rating: int, twice: bool) -> None:
        request = self.world.write(lambda session: self.world.feedback.ask_rating(session, WANG, "desk-a"))
        for _ in range(1 + twice):
            recorded = self.world.press(rating, survey="service", rating_request=request.id, after_s=1)
            self.sent[recorded.key] = recorded.id

    @precondition(lambda self: self.sent)
    @rule(pick=choice)
    def a_manager_flags(self, pick: int) -> None:
        self._tolerates(lambda: self.world.flag(self.sent[self._any_key(pick)]))

    @precondition(lambda self: self.sent)
    @rule(pick=choice)
    def a_manager_lifts(self, pick: int) -> None:
        flags = [flag.id for flag in self.world.get(self.sent[self._any_key(pick)]).flags]
        if flags:
            self._tolerates(lambda: self.world.lift(flags[pick % len(flags)]))

    @rule(end=st.booleans(), question=st.sampled_from(["一", "二"]))
    def a_manager_edits_the_survey(self, end: bool, question: str) -> None:
        if end:
            self._tolerates(lambda: self.world.write(lambda session: self.world.surveys.end(session, ZHAO, "satisfaction")))
        else:
            self.world.save(a_survey(question={"zh": question, "en": "?"}))

    @invariant()
    def counts_equal_a_recount(self) -> None:
        if not hasattr(self, "world"):
            return
        self.world.assert_counts_are_right()
        totals = self.world.totals()
        assert totals.raw == len(self.sent), "each press is there once"
        presses = self.world.presses(limit=500)
        assert totals.counted == sum(press.counted for press in presses)
        assert all(press.counted == all(flag.lifted_at for flag in press.flags) for press in presses)

    def _any_key(self, pick: int) -> str:
        return sorted(self.sent)[pick % len(self.sent)]

    @staticmethod
    def _tolerates(act: Callable[[], object]) -> None:
        try:
            act()
        except Refusal:
            return


def test_the_counts_equal_a_recount_whatever_happens(sqlite_template: Path, tmp_path: Path) -> None:
    FeedbackRules.template, FeedbackRules.folder = sqlite_template, tmp_path
    run_state_machine_as_test(
        FeedbackRules,
        settings=settings(
            max_examples=12,
            stateful_step_count=18,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
