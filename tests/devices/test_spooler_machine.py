"""Any sequence of customers, faults, remedies, answers, crashes and restarts: nothing is lost and nothing doubled."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kiosk.db import Base, Database
from kiosk.devices.errors import DeviceAbsent, DeviceLost, SendFailed
from kiosk.devices.jobs import FINAL, TRANSITIONS, JobState
from kiosk.devices.printer import Evidence, PrinterFault
from kiosk.events import Event, EventBus
from tests.fakes.clock import FakeClock
from tests.fakes.desk_of_one_printer import STALE_AFTER_S, Desk
from tests.fakes.printers import Killed

QUEUED, SENT, CONFIRMED, UNCERTAIN = JobState.QUEUED, JobState.SENT, JobState.CONFIRMED, JobState.UNCERTAIN

ERRORS = {
    "open": [DeviceAbsent("refused", "nobody listens")],
    "status": [DeviceLost("peer-closed", "gone")],
    "send": [SendFailed("refused", "closed", bytes_sent=0), SendFailed("peer-closed", "gone", bytes_sent=9)],
    "confirm": [DeviceLost("peer-closed", "gone")],
}
KILL_AT = st.sampled_from(["open", "status", "render", "send", "sent", "confirm", "confirmed", "before-write", "after-write"])


class SpoolerMachine(RuleBasedStateMachine):
    """The desk of one printer; `given_up` holds the jobs that a person answered "reprint" or "cancel"."""

    @initialize(evidence=st.sampled_from(list(Evidence)))
    def start(self, evidence: Evidence) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.clock = FakeClock()
        self.bus = EventBus()
        self.database = Database(f"sqlite:///{Path(self._folder.name) / 'kiosk.db'}", clock=self.clock, bus=self.bus)
        Base.metadata.create_all(self.database.engine, tables=[Base.metadata.tables["job"]])
        self.desk = Desk(self.database, self.clock, evidence=evidence)
        self.asked: list[int] = []
        self.given_up: set[int] = set()
        self.moves: list[tuple[int, str | None, str]] = []
        self.bus.subscribe(self._moved)

    def _moved(self, event: Event) -> None:
        self.moves.append((event.data["id"], event.data["old"], event.data["state"]))

    def teardown(self) -> None:
        if not hasattr(self, "desk"):
            return
        try:
            self._bring_to_rest()
        finally:
            self.database.close()
            self._folder.cleanup()

    def _bring_to_rest(self) -> None:
        """Mend everything, answer every question: then each job must have come to an end, and have been printed once."""
        self.desk.printer.script.clear()
        self._remedy()
        self.desk.restart()
        for _ in range(2):  # the first round finds out what has become stale meanwhile
            self.desk.work(len(self.asked) + 3)
            for job in self.desk.jobs():
                if job.needs_decision:
                    self.desk.answer(job.id, "reprint" if job.held else "printed")
        self.desk.work(len(self.asked) + 3)
        ends = {job.id: job.state for job in self.desk.jobs()}
        assert set(ends.values()) <= FINAL, ends
        self.nothing_doubled()
        lost = [job for job, end in ends.items() if end is CONFIRMED and job not in self.desk.paper.jobs and not self._asked_about(job)]
        assert not lost, f"confirmed by evidence and not on paper: {lost}"

    def _asked_about(self, job: int) -> bool:
        return any(moved == job and state == UNCERTAIN for moved, _, state in self.moves)

    # -- what happens

    @rule(count=st.integers(1, 3))
    def customers_come(self, count: int) -> None:
        self.asked += self.desk.ask(*["ticket"] * count)

    @rule(steps=st.integers(1, 4))
    def the_spooler_works(self, steps: int) -> None:
        try:
            self.desk.work(steps)
        except Killed:
            self.desk.restart()

    @rule(kill=KILL_AT, skip=st.integers(0, 2))
    def the_process_is_killed(self, kill: str, skip: int) -> None:
        self.customers_come(1)
        if kill.endswith("-write"):
            self.desk.db.kill = (self.desk.db.writes + 1 + skip, kill.removesuffix("-write"))
        else:
            self.desk.printer.do(kill, *[None] * skip, Killed())
        try:
            self.desk.work(3)
        except Killed:
            self.desk.restart()
        self.desk.db.kill = None
        self.desk.printer.script.clear()

    @rule(failure=st.sampled_from([(method, error) for method, errors in sorted(ERRORS.items()) for error in errors]))
    def the_printer_fails(self, failure: tuple[str, Exception]) -> None:
        method, error = failure
        self.customers_come(1)
        self.desk.printer.do(method, error)
        self.the_spooler_works(3)

    @rule(fault=st.sampled_from([PrinterFault.PAPER_OUT, PrinterFault.COVER_OPEN]), during_a_job=st.booleans(), power_cycle=st.booleans())
    def a_fault_comes(self, fault: PrinterFault, during_a_job: bool, power_cycle: bool) -> None:
        def strike() -> None:
            self.desk.printer.faults.add(fault)

        if not during_a_job:
            strike()
            return
        self.desk.printer.do("send", strike)
        # While the spooler waits, somebody remedies it; otherwise it would rightly wait for ever.
        if power_cycle:
            self.desk.control.during_waits.append(self.desk.printer.switch_off_and_on)
        self.desk.control.during_waits.append(self._remedy)

    @rule()
    def somebody_remedies(self) -> None:
        self._remedy()

    def _remedy(self) -> None:
        self.desk.printer.faults.clear()
        self.desk.printer.silent = False

    @rule()
    def the_printer_falls_silent_while_printing(self) -> None:
        self.customers_come(1)
        self.desk.printer.do("confirm", lambda: setattr(self.desk.printer, "silent", True))
        self.the_spooler_works(2)

    @rule(lost=st.integers(1, 3))
    def answers_of_the_database_are_lost(self, lost: int) -> None:
        self.customers_come(1)
        self.desk.db.lose = lost
        self.the_spooler_works(2)
        self.desk.db.lose = 0

    @rule(refused=st.integers(1, 4))
    def the_disk_is_full_for_a_while(self, refused: int) -> None:
        self.desk.db.refuse = refused

    @rule(seconds=st.sampled_from([1, 30, STALE_AFTER_S]))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @rule(seconds=st.sampled_from([-86_400, -60, 60, 86_400]))
    def the_clock_is_set(self, seconds: int) -> None:
        self.clock.jump(seconds)

    @precondition(lambda self: any(job.needs_decision for job in self.desk.jobs()))
    @rule(outcome=st.sampled_from(["printed", "reprint", "cancel"]), data=st.data())
    def a_person_answers(self, outcome: str, data: st.DataObject) -> None:
        job = data.draw(st.sampled_from([job for job in self.desk.jobs() if job.needs_decision]))
        if job.held and outcome == "printed":
            return
        before = {job.id for job in self.desk.jobs()}
        self.desk.answer(job.id, outcome)
        if outcome == "cancel" or not job.held:
            self.given_up.add(job.id)
        self.asked += sorted({job.id for job in self.desk.jobs()} - before)

    # -- what always holds

    @invariant()
    def nothing_doubled(self) -> None:
        printed = self.desk.paper.jobs
        assert len(printed) == len(set(printed)), f"sent twice: {printed}"

    @invariant()
    def every_job_is_there_and_queued_means_that_nothing_is_on_paper(self) -> None:
        jobs = self.desk.jobs()
        assert [job.id for job in jobs] == self.asked
        for job in jobs:
            assert job.state is not QUEUED or job.id not in self.desk.paper.jobs

    @invariant()
    def order_is_kept(self) -> None:
        held_once = {moved for moved, old, state in self.moves if old == state == QUEUED} | self._put_back()
        printed = [job for job in self.desk.paper.jobs if job not in held_once]
        assert printed == sorted(printed)

    def _put_back(self) -> set[int]:
        return {moved for moved, old, state in self.moves if (old, state) == (SENT, QUEUED)}

    @invariant()
    def only_allowed_transitions_are_told(self) -> None:
        for job, old, state in self.moves:
            assert old is None or old == state or JobState(state) in TRANSITIONS[JobState(old)], (job, old, state)


TestSpooler = SpoolerMachine.TestCase
TestSpooler.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
