"""The rules of cases under any order of what people, shoppers and the clock do."""

import itertools
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from kiosk.db import Database
from kiosk.desk.cases.models import CaseStep
from kiosk.desk.cases.views import OPEN_STATES, CaseKind, CaseState, CaseView, Severity
from kiosk.errors import Refusal
from kiosk.events import EventBus
from tests.desk.cases.case_world import CHEN, LI_HUA, LIU, WANG, CaseWorld
from tests.fakes.clock import FakeClock

choice = st.integers(0, 10_000)
people = st.sampled_from([WANG, LIU, CHEN])


class CaseRules(RuleBasedStateMachine):
    """Everything that can happen to cases, in any order; what is refused changes nothing."""

    template: Path
    folder: Path
    runs = itertools.count()

    @initialize()
    def open_the_desk(self) -> None:
        number = next(self.runs)
        path = self.folder / f"{number}.db"
        shutil.copy(self.template, path)
        self.clock = FakeClock()
        self.db = Database(f"sqlite:///{path}", clock=self.clock, bus=EventBus())
        self.world = CaseWorld(self.db, self.clock, EventBus(), self.folder / f"{number}.keys")
        self.cases: list[int] = []

    def teardown(self) -> None:
        if hasattr(self, "db"):
            assert self.world.read(self.world.audit.verify) == []
            self.db.close()

    # -- what happens

    @rule(kind=st.sampled_from(CaseKind), written=st.booleans(), statutory=st.booleans(), reachable=st.booleans(), urgent=st.booleans())
    def a_shopper_complains(self, kind: CaseKind, written: bool, statutory: bool, reachable: bool, urgent: bool) -> None:
        receipt = self.world.open(
            "Somebody was hurt." if urgent else "The milk was sour.",
            kind=kind,
            written=written,
            statutory=statutory,
            contact=LI_HUA if reachable else None,
        )
        self.cases.append(receipt.id)

    @precondition(lambda self: self.cases)
    @rule(which=choice, who=people, step=st.sampled_from(["acknowledge", "start", "wait", "resolve", "reopen", "first_answer", "note"]))
    def somebody_works(self, which: int, who: Any, step: str) -> None:
        texts = {"wait": ["the supplier"], "resolve": ["Exchanged."], "reopen": ["Again."], "first_answer": ["Sorry."], "note": ["Hm."]}
        self._try(which, step, *texts.get(step, []), actor=who)

    @precondition(lambda self: self.cases)
    @rule(which=choice, outcome=st.sampled_from(["", "Exchanged."]))
    def somebody_resolves(self, which: int, outcome: str) -> None:
        self._try(which, "resolve", outcome)

    @precondition(lambda self: self.cases)
    @rule(which=choice, said=st.sampled_from(["", "told by phone", "no contact left"]))
    def somebody_closes(self, which: int, said: str) -> None:
        self._try(which, "close", call_back=said)

    @precondition(lambda self: self.cases)
    @rule(which=choice, sent=st.booleans())
    def somebody_writes_a_letter(self, which: int, sent: bool) -> None:
        self._try(which, "mark_reply_sent", "by post") if sent else self._try(which, "write_reply", "We are sorry.")

    @precondition(lambda self: self.cases)
    @rule(which=choice, severity=st.sampled_from(Severity))
    def somebody_judges(self, which: int, severity: Severity) -> None:
        before = self.world.get(self._case(which))
        after = self._try(which, "set_severity", severity, "looked at it")
        if after is None:
            return
        if before.first_answered_at is not None:
            assert after.first_answer_due == before.first_answer_due
        for old, new in ((before.first_answer_due, after.first_answer_due), (before.solution_due, after.solution_due)):
            assert old is not None
            assert new is not None
            # Worse is never due later, better never earlier.
            assert new <= old if severity.rank > before.severity.rank else new >= old

    @precondition(lambda self: self.cases)
    @rule(which=choice, hours=st.integers(0, 50), statutory=st.booleans())
    def somebody_corrects(self, which: int, hours: int, statutory: bool) -> None:
        at = self.clock.now() + timedelta(hours=hours) if hours else None
        case_id = self._case(which)
        try:
            self.world.change(case_id, call_back_at=at, statutory=statutory)
        except Refusal:
            assert self.world.get(case_id).state is CaseState.CLOSED

    @rule(minutes=st.sampled_from([1, 29, 30, 31, 60, 240, 600, 900, 1440, 4320]))
    def time_passes(self, minutes: int) -> None:
        self.clock.advance(minutes * 60)
        self.world.agenda.run_due()

    @rule()
    def the_station_starts_anew(self) -> None:
        self.world.restart()

    # -- what is always true

    @invariant()
    def nothing_ends_without_outcome_call_back_and_letter(self) -> None:
        for case in self._all():
            if case.state is CaseState.CLOSED:
                assert case.outcome
                assert case.call_back
                assert case.closed_at is not None
                assert not case.overdue
                if case.written:
                    letters = self.world.read(lambda session, case=case: self.world.cases.replies(session, case.id))
                    assert any(letter.sent_at for letter in letters)
            if case.state in OPEN_STATES:
                assert case.closed_at is None
            if case.state is not CaseState.NEW:
                assert case.owner

    @invariant()
    def no_step_of_the_ladder_is_climbed_twice(self) -> None:
        if not hasattr(self, "world"):
            return
        rows = self.world.read(
            lambda session: session.execute(select(CaseStep.case_id, CaseStep.detail).where(CaseStep.action == "escalated")).all()
        )
        climbed = [(row.case_id, row.detail) for row in rows]
        assert len(set(climbed)) == len(climbed)
        for case in self._all():
            assert case.escalation <= sum(case_id == case.id for case_id, _step in climbed)

    @invariant()
    def nothing_but_news_is_told_outside_opening_hours(self) -> None:
        for record in self._alerts():
            assert record.topic == "case.opened" or self.world.hours.is_open(record.created_at)

    @invariant()
    def due_times_lie_in_order(self) -> None:
        for case in self._all():
            assert case.first_answer_due is not None
            assert case.solution_due is not None
            assert case.opened_at < case.first_answer_due <= case.solution_due or case.first_answered_at is not None

    # -- helpers

    def _alerts(self) -> list[Any]:
        return self.world.alert_records() if hasattr(self, "world") else []

    def _all(self) -> list[CaseView]:
        return self.world.read(lambda session: self.world.cases.list(session, limit=500)) if hasattr(self, "world") else []

    def _case(self, which: int) -> int:
        return self.cases[which % len(self.cases)]

    def _try(self, which: int, step: str, *args: Any, **named: Any) -> CaseView | None:
        """What *step* answers; None when it was refused, which must have changed nothing."""
        case_id = self._case(which)
        before = (self.world.get(case_id), self.world.history(case_id))
        try:
            self.world.do(step, case_id, *args, **named)
        except Refusal:
            assert (self.world.get(case_id), self.world.history(case_id)) == before
            return None
        return self.world.get(case_id)


def test_the_rules_of_cases_hold_in_any_order(sqlite_template: Path, tmp_path: Path) -> None:
    class Rules(CaseRules):
        template = sqlite_template
        folder = tmp_path

    run_state_machine_as_test(
        Rules,
        settings=settings(max_examples=12, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)),
    )
