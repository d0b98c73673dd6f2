"""The rules of the bag check under any order of events, against a small model of what may happen."""

import itertools
import shutil
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy.orm import Session

from kiosk.db import Database
from kiosk.desk.bags import models
from kiosk.desk.bags.errors import AlreadyReleased, ShelvesFull, TicketVoid
from kiosk.desk.bags.models import ClaimStep, DepositState, TicketState
from kiosk.devices.jobs import Job, JobState
from kiosk.errors import Refusal
from kiosk.events import EventBus
from tests.desk.bags.bag_world import CHEN, LIU, WANG, ZHAO, BagWorld
from tests.fakes.clock import FakeClock

choice = st.integers(0, 10_000)
SLOTS = 3


@dataclass
class Seen:
    """What the desk was told so far, and what must stay true because of it."""

    codes: dict[str, int] = field(default_factory=dict)  # every code ever made -> deposit
    void: set[int] = field(default_factory=set)
    released: dict[int, str] = field(default_factory=dict)  # deposit -> how
    ended: set[int] = field(default_factory=set)


class BagRules(RuleBasedStateMachine):
    """Everything that staff, printer, customers and the clock can do, in any order."""

    template: Path
    folder: Path
    runs = itertools.count()

    @initialize()
    def open_the_desk(self) -> None:
        path = self.folder / f"{next(self.runs)}.db"
        shutil.copy(self.template, path)
        self.clock = FakeClock()
        self.bus = EventBus()
        self.db = Database(f"sqlite:///{path}", clock=self.clock, bus=self.bus)
        self.world = BagWorld(self.db, self.clock, self.bus, slots=[f"A1-A{SLOTS}"])
        self.seen = Seen()

    def teardown(self) -> None:
        if hasattr(self, "db"):
            assert self.world.read(self.world.audit.verify) == []
            self.db.close()

    # -- the desk

    @rule(pieces=st.integers(1, 9))
    def takes_bags_in(self, pieces: int) -> None:
        board = self.world.read(self.world.bags.board)
        try:
            deposit = self.world.take_in(pieces)
        except ShelvesFull:
            assert board.free == 0
        else:
            assert board.free > 0
            assert deposit.id not in self.seen.ended

    @precondition(lambda self: self.world.read(self.world.bags.board).free)
    @rule(pieces=st.integers(1, 9))
    def stores_bags(self, pieces: int) -> None:
        """The usual case, in one step so that the unusual ones are reached."""
        self.world.stored(pieces)

    @precondition(lambda self: self.seen.codes)
    @rule(pick=choice, twice=st.booleans())
    def scans_a_ticket(self, pick: int, twice: bool) -> None:
        current = [f"{ticket.code:014d}" for ticket in self._rows(models.Ticket) if ticket.state is TicketState.LIVE]
        codes = current if current and pick % 2 else sorted(self.seen.codes)
        code = codes[pick // 2 % len(codes)]
        ticket, deposit = self._ticket_and_deposit(code)
        may = ticket.state is TicketState.LIVE and deposit.state is DepositState.STORED and deposit.open_claim_id is None
        if self._releases(code):
            assert may, "only a live ticket of stored bags, not reported lost, gives back"
            assert deposit.id not in self.seen.released, "a code releases at most once"
            self.seen.released[deposit.id] = code
        else:
            assert not may
        if twice:
            assert not self._releases(code)

    @rule(pick=choice)
    def prints_a_ticket_anew(self, pick: int) -> None:
        self._tolerates(lambda: self.world.reprint(self._any_deposit(pick)))

    @rule(pick=choice)
    def cancels_a_take_in(self, pick: int) -> None:
        deposit_id = self._any_deposit(pick)
        was_stored = self._deposit(deposit_id)
        if self._tolerates(lambda: self.world.cancel(deposit_id)):
            assert was_stored is not None
            assert was_stored.stored_at is None, "bags on the shelf are not cancelled away"

    # -- the printer and the answers about it

    @precondition(lambda self: self._jobs(JobState.QUEUED))
    @rule(pick=choice, end=st.sampled_from(["out", "silent", "fail", "sent"]))
    def the_printer_takes_a_job(self, pick: int, end: str) -> None:
        job = self._pick_job(pick, JobState.QUEUED)
        if end == "fail":
            self.world.fails(job)
        elif self._is_sent(job) and end != "sent":
            self._finishes(job, end)

    @precondition(lambda self: self._jobs(JobState.SENT))
    @rule(pick=choice, end=st.sampled_from(["out", "silent"]))
    def the_printer_finishes_a_job(self, pick: int, end: str) -> None:
        self._finishes(self._pick_job(pick, JobState.SENT), end)

    @precondition(lambda self: self._jobs(JobState.UNCERTAIN, JobState.QUEUED))
    @rule(pick=choice, outcome=st.sampled_from(["printed", "reprint", "cancel"]))
    def somebody_answers_a_question(self, pick: int, outcome: str) -> None:
        job = self._pick_job(pick, JobState.UNCERTAIN, JobState.QUEUED)
        self._tolerates(lambda: self.world.answer(job, outcome))

    @rule()
    def waiting_jobs_grow_stale(self) -> None:
        self.world.write(lambda session: self.world.jobs.hold_stale(session))

    # -- the lost ticket

    @rule(pick=choice, supervisor=st.booleans())
    def reports_a_ticket_lost(self, pick: int, supervisor: bool) -> None:
        number = self._number(self._any_deposit(pick))
        self._tolerates(lambda: self.world.claim(number, CHEN if supervisor else WANG))

    @precondition(lambda self: self._live())
    @rule(pick=choice, steps=st.integers(0, 4), signs_early=st.booleans())
    def goes_through_the_lost_ticket_steps(self, pick: int, steps: int, signs_early: bool) -> None:
        """The first *steps* steps in their order, the form printed."""
        live = self._live()
        deposit = live[pick % len(live)]
        if deposit.open_claim_id is None:
            self._tolerates(lambda: self.world.claim(deposit.number, CHEN if pick % 2 else WANG))
        claim_id = self._deposit(deposit.id).open_claim_id
        calls = [
            lambda: self.world.identity(claim_id),
            lambda: self.world.approve(claim_id, ZHAO if pick % 3 else CHEN),
            lambda: self.world.form(claim_id),
        ]
        for call in calls[:steps]:
            self._tolerates(call)
        if signs_early and self._tolerates(lambda: self.world.signed(claim_id)):
            self._released_without_ticket(deposit.id)
        elif steps == 4:
            claim = self.world.claim_view(claim_id)
            if claim.form_job_state is JobState.QUEUED and self._is_sent(claim.form_job):
                self.world.comes_out(claim.form_job)
            if self._tolerates(lambda: self.world.signed(claim_id)):
                self._released_without_ticket(deposit.id)

    @precondition(lambda self: self._claims())
    @rule(pick=choice, step=st.sampled_from(["identity", "approve", "form", "signed", "by-number", "withdraw"]))
    def takes_a_step(self, pick: int, step: str) -> None:
        claims = self._claims()
        claim = claims[pick % len(claims)]
        world, lost = self.world, self.world.bags.lost
        calls: dict[str, Any] = {
            "identity": lambda: world.identity(claim.id),
            "approve": lambda: world.approve(claim.id, CHEN if pick % 3 else ZHAO),
            "form": lambda: world.form(claim.id),
            "signed": lambda: world.signed(claim.id),
            "by-number": lambda: world.write(
                lambda session: lost.release_by_number(session, LIU, number=self._number(claim.deposit_id), reason="lost")
            ),
            "withdraw": lambda: world.write(lambda session: lost.withdraw(session, WANG, claim.id, "found")),
        }
        before = {row.id for row in self._deposits() if row.state is DepositState.RELEASED}
        self._tolerates(calls[step])
        for row in self._deposits():
            if row.state is DepositState.RELEASED and row.id not in before:
                self._released_without_ticket(row.id)

    # -- the day and its clock

    @rule(kind=st.sampled_from(["opening", "closing"]))
    def compares_the_tags(self, kind: str) -> None:
        reconciliations = self.world.bags.reconciliations
        view = self.world.write(lambda session: reconciliations.start(session, CHEN, kind))
        for line in view.lines:
            if view.finished_at is None and line.differs:
                self.world.write(
                    lambda session, line=line: reconciliations.tick(session, CHEN, view.id, line.id, found=line.expected)  # type: ignore[misc]
                )
        finished = self.world.write(lambda session: reconciliations.finish(session, CHEN, view.id))
        again = self.world.write(lambda session: reconciliations.finish(session, CHEN, view.id))
        assert finished.finished_at == again.finished_at

    @rule(minutes=st.sampled_from([1, 5, 600, 2000, 6000]))
    def time_passes(self, minutes: int) -> None:
        self.clock.advance(timedelta(minutes=minutes).total_seconds())

    @rule(hours=st.sampled_from([-200, -25, -1, 1, 25]))
    def the_clock_jumps(self, hours: int) -> None:
        self.clock.jump(timedelta(hours=hours).total_seconds())

    # -- what is always true

    @invariant()
    def the_rules_hold(self) -> None:
        self._snapshot = {model: self._rows(model) for model in (models.Deposit, models.Ticket, models.LostClaim)}
        self._slots_and_numbers_belong_to_one_deposit()
        self._a_stored_deposit_has_one_live_ticket_and_no_other_has_any()
        self._void_stays_void_and_over_stays_over()
        self._a_claim_goes_its_steps_with_two_people()
        self._nothing_is_negative()

    def _slots_and_numbers_belong_to_one_deposit(self) -> None:
        live = [row for row in self._snapshot[models.Deposit] if row.state in models.LIVE_STATES]
        assert len({row.slot_id for row in live}) == len({row.number for row in live}) == len(live) <= SLOTS

    def _a_stored_deposit_has_one_live_ticket_and_no_other_has_any(self) -> None:
        tickets = self._snapshot[models.Ticket]
        for row in self._snapshot[models.Deposit]:
            mine = [ticket for ticket in tickets if ticket.deposit_id == row.id]
            live = [ticket for ticket in mine if ticket.state is TicketState.LIVE]
            if row.state is DepositState.STORED:
                assert [ticket.sequence for ticket in live] == [row.ticket_sequence]
            else:
                assert not live
            for ticket in mine:
                if ticket.sequence != row.ticket_sequence or row.state is DepositState.CANCELLED:
                    assert ticket.state is TicketState.VOID
        for ticket in tickets:
            self.seen.codes[f"{ticket.code:014d}"] = ticket.deposit_id

    def _void_stays_void_and_over_stays_over(self) -> None:
        void = {ticket.id for ticket in self._snapshot[models.Ticket] if ticket.state is TicketState.VOID}
        ended = {row.id for row in self._snapshot[models.Deposit] if row.state not in models.LIVE_STATES}
        released = {row.id for row in self._snapshot[models.Deposit] if row.state is DepositState.RELEASED}
        assert self.seen.void <= void
        assert self.seen.ended <= ended
        assert released == set(self.seen.released), "nothing is released that nobody released"
        self.seen.void, self.seen.ended = void, ended

    def _a_claim_goes_its_steps_with_two_people(self) -> None:
        for claim in self._snapshot[models.LostClaim]:
            assert claim.approved_by is None or (claim.identity_at is not None and claim.approved_by != claim.started_by)
            assert claim.form_job_id is None or claim.approved_by is not None
            assert claim.step is not ClaimStep.RELEASED or claim.form_printed_at is not None

    def _nothing_is_negative(self) -> None:
        board = self.world.read(self.world.bags.board)
        for slot in board.slots:
            if slot.deposit is not None:
                assert slot.deposit.waited_s >= 0
                assert slot.deposit.fee_fen >= 0
        assert board.free + board.printing + board.stored == SLOTS

    # -- inside

    def _releases(self, code: str) -> bool:
        refusal = self._refusal(lambda: self.world.release(code, LIU))
        if isinstance(refusal, TicketVoid):
            assert self._ticket_and_deposit(code)[0].state is TicketState.VOID
        if isinstance(refusal, AlreadyReleased):
            assert refusal.extra["released_by"]
            assert refusal.extra["released_at"]
        return refusal is None

    def _released_without_ticket(self, deposit_id: int) -> None:
        """A release by the lost-ticket steps went through all of them."""
        assert deposit_id not in self.seen.released
        claim = next(row for row in self._rows(models.LostClaim) if row.deposit_id == deposit_id and row.step is ClaimStep.RELEASED)
        assert claim.document_kind
        assert claim.identity_at
        assert claim.approved_by
        assert claim.approved_by != claim.started_by
        assert claim.form_printed_at
        self.seen.released[deposit_id] = "lost"

    def _is_sent(self, job: int) -> bool:
        """Hand a queued job to the printer; a held or stale one stays."""
        return self.world.write(lambda session: self.world.jobs.mark_sending(session, job)) is not None

    def _finishes(self, job: int, end: str) -> None:
        if end == "out":
            self.world.comes_out(job)
        else:
            self.world.write(lambda session: self.world.jobs.mark_uncertain(session, job, "no-evidence"))

    def _tolerates(self, call: Any) -> bool:
        """Make a call that the rules may refuse; return whether they did not."""
        return self._refusal(call) is None

    def _refusal(self, call: Any) -> Refusal | None:
        try:
            call()
        except Refusal as refusal:
            return refusal
        return None

    def _ticket_and_deposit(self, code: str) -> tuple[Any, Any]:
        ticket = next(row for row in self._rows(models.Ticket) if row.code == int(code))
        return ticket, self._deposit(ticket.deposit_id)

    def _deposit(self, deposit_id: int) -> Any:
        return next((row for row in self._deposits() if row.id == deposit_id), None)

    def _deposits(self) -> list[Any]:
        return self._rows(models.Deposit)

    def _rows(self, model: Any) -> list[Any]:
        def look(session: Session) -> list[Any]:
            return list(session.scalars(sa.select(model).order_by(model.id)))

        return self.world.read(look)

    def _any_deposit(self, pick: int) -> int:
        deposits = self._deposits()
        return deposits[pick % len(deposits)].id if deposits else 1

    def _number(self, deposit_id: int) -> int:
        deposit = self._deposit(deposit_id)
        return deposit.number if deposit else 1

    def _live(self) -> list[Any]:
        return [row for row in self._deposits() if row.state in models.LIVE_STATES]

    def _claims(self) -> list[Any]:
        return self._rows(models.LostClaim)

    def _jobs(self, *states: JobState) -> list[Any]:
        return [job for job in self._rows(Job) if job.state in states]

    def _pick_job(self, pick: int, *states: JobState) -> int:
        jobs = self._jobs(*states)
        return jobs[pick % len(jobs)].id


def test_the_bag_rules_hold_in_any_order_of_events(sqlite_template: Path, tmp_path: Path) -> None:
    machine = type("Machine", (BagRules,), {"template": sqlite_template, "folder": tmp_path})
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)),
    )
