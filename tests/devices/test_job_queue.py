"""Jobs on both databases: asking, looking, deciding, observing, going stale, being purged."""

from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from kiosk.db import Database
from kiosk.devices.document import decode_document
from kiosk.devices.jobs import IllegalTransition, Job, JobNotWaiting, JobState, UnknownJob
from kiosk.devices.queue import NOT_FOUND, REPRINT, JobQueue, JobView
from kiosk.events import Event, EventBus, emit
from tests.fakes.clock import FakeClock
from tests.fakes.printers import document

STALE_AFTER_S = 180


@pytest.fixture
def queue(clock: FakeClock) -> JobQueue:
    return JobQueue("desk-1", clock, STALE_AFTER_S)


@pytest.fixture
def told(bus: EventBus) -> list[Event]:
    events: list[Event] = []
    bus.subscribe(events.append)
    return events


def ask(database: Database, queue: JobQueue, **given: Any) -> JobView:
    wanted = {"device": "printer", "document": document(), "purpose": "test", **given}
    return database.write(lambda s: queue.enqueue(s, **wanted))


def uncertain(database: Database, queue: JobQueue, **given: Any) -> JobView:
    job = ask(database, queue, **given)
    database.write(lambda s: queue.mark_sending(s, job.id))
    return database.write(lambda s: queue.mark_uncertain(s, job.id, "peer-closed"))


def test_a_job_is_told_after_it_is_durable(database: Database, queue: JobQueue, told: list[Event]) -> None:
    seen = []
    with database.read() as session:  # a connection of its own, so that the look below sees only what is committed
        assert queue.list(session) == []

    def unit(session: Session) -> JobView:
        view = queue.enqueue(session, device="printer", document=document(), purpose="bag-ticket", subject="deposit:7")
        seen.append(list(told))
        return view

    view = database.write(unit)
    assert seen == [[]]
    (event,) = told
    assert event.name == "job.state"
    assert event.data["id"] == view.id
    assert (event.data["state"], event.data["old"], event.data["subject"]) == ("queued", None, "deposit:7")
    assert event.data["created_at"].startswith("2026-03-10T06:00:00")


def test_a_unit_that_fails_leaves_no_job_and_tells_nothing(database: Database, queue: JobQueue, told: list[Event]) -> None:
    def unit(session: Session) -> None:
        queue.enqueue(session, device="printer", document=document(), purpose="test")
        raise ValueError("the deposit was refused")

    with pytest.raises(ValueError, match="refused"):
        database.write(unit)
    with database.read() as session:
        assert queue.list(session) == []
    assert told == []


def test_the_document_is_kept_as_it_was_given(database: Database, queue: JobQueue) -> None:
    ask(database, queue, document=document("存包凭证 38号"))
    with database.read() as session:
        waiting = queue.next_waiting(session, "printer")
    assert waiting is not None
    assert decode_document(waiting.payload) == document("存包凭证 38号")


def test_jobs_come_newest_first_and_page_by_page(database: Database, queue: JobQueue) -> None:
    ids = [ask(database, queue, subject=f"deposit:{n % 2}").id for n in range(5)]
    ask(database, queue, device="other")
    with database.read() as session:
        page = queue.list(session, device="printer", limit=2)
        assert [job.id for job in page] == ids[:2:-1]
        assert [job.id for job in queue.list(session, device="printer", before_id=page[-1].id)] == ids[2::-1]
        assert [job.id for job in queue.list(session, subject="deposit:1", states=[JobState.QUEUED])] == [ids[3], ids[1]]
        assert queue.list(session, states=[JobState.CONFIRMED]) == []


def test_a_station_sees_only_its_own_jobs(database: Database, queue: JobQueue, clock: FakeClock) -> None:
    job = ask(database, queue)
    other = JobQueue("desk-2", clock, STALE_AFTER_S)
    with database.read() as session:
        assert other.list(session) == []
        assert other.next_waiting(session, "printer") is None
        with pytest.raises(UnknownJob):
            other.get(session, job.id)
    database.write(lambda s: queue.mark_sending(s, job.id))
    assert database.write(other.recover) == []


def test_printed_confirms_with_a_person_as_evidence(database: Database, queue: JobQueue, clock: FakeClock) -> None:
    job = uncertain(database, queue)
    assert job.needs_decision
    clock.advance(5)
    done = database.write(lambda s: queue.resolve(s, "user:3", job.id, "printed"))
    assert (done.state, done.evidence, done.needs_decision) == (JobState.CONFIRMED, "person", False)
    assert done.finished_at == clock.now()
    with database.read() as session:
        row = session.get(Job, job.id)
        assert row is not None
        assert row.resolved_by == "user:3"


def test_a_question_is_answered_once(database: Database, queue: JobQueue) -> None:
    job = uncertain(database, queue)
    database.write(lambda s: queue.resolve(s, "user:3", job.id, "printed"))
    with pytest.raises(JobNotWaiting) as refused:
        database.write(lambda s: queue.resolve(s, "user:4", job.id, "reprint"))
    assert refused.value.slug == "job-not-waiting"


@pytest.mark.parametrize("outcome", ["printed", "reprint", "cancel"])
def test_a_job_that_waits_for_its_printer_needs_no_answer(database: Database, queue: JobQueue, outcome: Any) -> None:
    job = ask(database, queue)
    with pytest.raises(JobNotWaiting):
        database.write(lambda s: queue.resolve(s, "user:3", job.id, outcome))


def test_a_held_job_cannot_be_answered_with_printed(database: Database, queue: JobQueue, clock: FakeClock) -> None:
    job = ask(database, queue)
    clock.advance(STALE_AFTER_S)
    database.write(queue.hold_stale)
    with pytest.raises(JobNotWaiting):
        database.write(lambda s: queue.resolve(s, "user:3", job.id, "printed"))
    cancelled = database.write(lambda s: queue.resolve(s, "user:3", job.id, "cancel"))
    assert (cancelled.state, cancelled.held) == (JobState.CANCELLED, False)


def test_a_reprint_without_an_observer_is_a_copy_that_says_so(database: Database, queue: JobQueue) -> None:
    job = uncertain(database, queue, subject="slip:1")
    old = database.write(lambda s: queue.resolve(s, "user:3", job.id, "reprint"))
    assert (old.state, old.reason) == (JobState.CANCELLED, REPRINT)
    with database.read() as session:
        waiting = queue.next_waiting(session, "printer")
    assert waiting is not None
    assert waiting.view.subject == "slip:1"
    first, *rest = decode_document(waiting.payload).elements
    assert "REPRINT" in getattr(first, "text", "")
    assert tuple(rest) == document().elements


def test_an_observer_makes_the_reprint_in_the_same_unit(database: Database, queue: JobQueue) -> None:
    def observer(session: Session, view: JobView, old: JobState) -> None:
        if view.state is JobState.CANCELLED and view.reason == REPRINT:
            queue.enqueue(session, device=view.device, document=document("a new code"), purpose="bag-ticket", subject=view.subject)

    queue.observe("bag-ticket", observer)
    job = uncertain(database, queue, purpose="bag-ticket", subject="deposit:7")
    database.write(lambda s: queue.resolve(s, "user:3", job.id, "reprint"))
    with database.read() as session:
        newer, older = queue.list(session, subject="deposit:7")
    assert (older.state, newer.state) == (JobState.CANCELLED, JobState.QUEUED)


def test_an_observer_hears_every_transition_of_its_purpose(database: Database, queue: JobQueue) -> None:
    heard: list[tuple[int, str, str]] = []
    queue.observe("bag-ticket", lambda _, view, old: heard.append((view.id, old.value, view.state.value)))
    uncertain(database, queue, purpose="other")
    job = uncertain(database, queue, purpose="bag-ticket")
    database.write(lambda s: queue.resolve(s, "user:3", job.id, "printed"))
    assert heard == [(job.id, "queued", "sent"), (job.id, "sent", "uncertain"), (job.id, "uncertain", "confirmed")]


def test_an_observer_that_refuses_undoes_the_answer(database: Database, queue: JobQueue) -> None:
    job = uncertain(database, queue)

    def observer(session: Session, view: JobView, old: JobState) -> None:
        raise LookupError("no such deposit")

    queue.observe("test", observer)
    with pytest.raises(LookupError):
        database.write(lambda s: queue.resolve(s, "user:3", job.id, "printed"))
    with database.read() as session:
        assert queue.get(session, job.id).state is JobState.UNCERTAIN


def test_what_happened_to_the_paper_is_recorded_though_an_observer_fails(
    database: Database, queue: JobQueue, caplog: pytest.LogCaptureFixture
) -> None:
    job = ask(database, queue)

    def observer(session: Session, view: JobView, old: JobState) -> None:
        queue.enqueue(session, device="printer", document=document(), purpose="half-done")
        raise LookupError("no such deposit")

    queue.observe("test", observer)
    database.write(lambda s: queue.mark_sending(s, job.id))
    with database.read() as session:
        (only,) = queue.list(session)
    assert only.state is JobState.SENT
    assert "no such deposit" in caplog.text


def test_what_a_failed_observer_told_is_forgotten_with_its_work(database: Database, queue: JobQueue, told: list[Event]) -> None:
    job = ask(database, queue)

    def observer(session: Session, view: JobView, old: JobState) -> None:
        emit(session, "bag.stored", {"id": 1})
        raise LookupError("no such deposit")

    queue.observe("test", observer)
    database.write(lambda s: queue.mark_sending(s, job.id))
    assert [(event.name, event.data.get("state")) for event in told] == [("job.state", "queued"), ("job.state", "sent")]


def test_what_an_observer_told_comes_after_the_state_of_the_job(database: Database, queue: JobQueue, told: list[Event]) -> None:
    job = ask(database, queue)
    queue.observe("test", lambda session, _view, _old: emit(session, "bag.changed", {"id": 1}))
    database.write(lambda s: queue.mark_sending(s, job.id))
    assert [event.name for event in told] == ["job.state", "job.state", "bag.changed"]


def test_an_observer_against_the_rules_of_the_schema_does_not_undo_what_happened(
    database: Database, queue: JobQueue, caplog: pytest.LogCaptureFixture
) -> None:
    job = ask(database, queue)

    def observer(session: Session, view: JobView, old: JobState) -> None:
        session.execute(insert(Job).values(id=job.id, station="desk-1"))

    queue.observe("test", observer)
    database.write(lambda s: queue.mark_sending(s, job.id))
    with database.read() as session:
        assert queue.get(session, job.id).state is JobState.SENT
    assert "an observer of test failed" in caplog.text


@pytest.mark.parametrize("outcome", ["printed", "cancel", "reprint"])
def test_a_record_that_is_repeated_after_a_person_has_answered_changes_nothing(database: Database, queue: JobQueue, outcome: Any) -> None:
    job = uncertain(database, queue)
    answered = database.write(lambda s: queue.resolve(s, "user:1", job.id, outcome))
    assert database.write(lambda s: queue.mark_uncertain(s, job.id, "peer-closed")) == answered


def test_a_job_put_back_and_withdrawn_stays_withdrawn_when_the_record_is_repeated(database: Database, queue: JobQueue) -> None:
    job = ask(database, queue)
    database.write(lambda s: queue.mark_sending(s, job.id))
    database.write(lambda s: queue.mark_unsent(s, job.id, "refused"))
    withdrawn = database.write(lambda s: queue.cancel(s, job.id, "cancelled"))
    assert database.write(lambda s: queue.mark_unsent(s, job.id, "refused")) == withdrawn


def test_a_transition_against_the_table_is_a_bug_and_changes_nothing(database: Database, queue: JobQueue) -> None:
    job = ask(database, queue)
    with pytest.raises(IllegalTransition, match="queued -> confirmed"):
        database.write(lambda s: queue.mark_confirmed(s, job.id, "processed"))
    with database.read() as session:
        assert queue.get(session, job.id).state is JobState.QUEUED


def test_a_queued_job_can_be_withdrawn_and_a_printing_one_cannot(database: Database, queue: JobQueue) -> None:
    job = ask(database, queue)
    assert database.write(lambda s: queue.cancel(s, job.id, "guest left")).reason == "guest left"
    printing = ask(database, queue)
    database.write(lambda s: queue.mark_sending(s, printing.id))
    with pytest.raises(JobNotWaiting):
        database.write(lambda s: queue.cancel(s, printing.id, "guest left"))


def test_what_a_dead_process_was_sending_is_asked_about(database: Database, queue: JobQueue, clock: FakeClock) -> None:
    sending, waiting = ask(database, queue), ask(database, queue)
    database.write(lambda s: queue.mark_sending(s, sending.id))
    (asked,) = database.write(JobQueue("desk-1", clock, STALE_AFTER_S).recover)
    assert (asked.id, asked.state, asked.reason) == (sending.id, JobState.UNCERTAIN, "restart")
    with database.read() as session:
        assert queue.get(session, waiting.id).state is JobState.QUEUED


def test_only_what_is_old_enough_is_held(database: Database, queue: JobQueue, clock: FakeClock, told: list[Event]) -> None:
    old = ask(database, queue)
    clock.advance(STALE_AFTER_S / 2)
    fresh = ask(database, queue)
    clock.advance(STALE_AFTER_S / 2)
    told.clear()
    (held,) = database.write(queue.hold_stale)
    assert held.id == old.id
    assert [(event.data["id"], event.data["held"], event.data["reason"]) for event in told] == [(old.id, True, "stale")]
    with database.read() as session:
        waiting = queue.next_waiting(session, "printer")
        assert waiting is not None
        assert waiting.view.id == fresh.id
        assert queue.next_stale_at(session) is not None


def test_what_is_being_sent_is_not_held_however_old_it_is(database: Database, queue: JobQueue, clock: FakeClock) -> None:
    job = ask(database, queue)
    database.write(lambda s: queue.mark_sending(s, job.id))
    clock.advance(10 * STALE_AFTER_S)
    assert database.write(queue.hold_stale) == []


def test_a_job_of_unknown_age_is_held_after_the_clock_was_set_back(database: Database, queue: JobQueue, clock: FakeClock) -> None:
    job = ask(database, queue)
    clock.jump(-86_400)
    assert database.write(lambda s: queue.mark_sending(s, job.id)) is None
    assert [held.id for held in database.write(queue.hold_stale)] == [job.id]
    database.write(lambda s: queue.resolve(s, "user:3", job.id, "reprint"))
    assert database.write(lambda s: queue.mark_sending(s, job.id)) is not None


def test_a_clock_that_is_put_right_by_a_second_holds_nothing(database: Database, queue: JobQueue, clock: FakeClock) -> None:
    ask(database, queue)
    clock.jump(-1)
    assert database.write(queue.hold_stale) == []


def test_what_waits_for_a_device_that_is_gone_waits_for_a_person(database: Database, queue: JobQueue, told: list[Event]) -> None:
    gone, served = ask(database, queue, device="old-printer"), ask(database, queue)
    queue.serve({"printer"})
    assert [job.id for job in database.write(queue.hold_unserved)] == [gone.id]
    assert (told[-1].data["needs_decision"], told[-1].data["reason"]) == (True, NOT_FOUND)
    assert database.write(queue.hold_unserved) == []
    with database.read() as session:
        assert not queue.get(session, served.id).held


def test_what_cannot_be_printed_where_it_was_asked_for_is_withdrawn_and_made_anew(database: Database, queue: JobQueue) -> None:
    """The desk's own observer knows today's printer."""
    gone = ask(database, queue, device="old-printer")
    heard: list[tuple[int, str | None]] = []
    queue.observe("test", lambda _session, view, _old: heard.append((view.id, view.reason)))
    queue.serve({"printer"})
    database.write(queue.hold_unserved)
    answered = database.write(lambda s: queue.resolve(s, "user:1", gone.id, "reprint"))
    assert (answered.state, heard) == (JobState.CANCELLED, [(gone.id, REPRINT)])


def test_finished_jobs_are_purged_and_open_questions_are_not(database: Database, queue: JobQueue, clock: FakeClock) -> None:
    done = uncertain(database, queue)
    database.write(lambda s: queue.resolve(s, "user:3", done.id, "printed"))
    open_question, waiting = uncertain(database, queue), ask(database, queue)
    clock.advance(86_400)
    young = uncertain(database, queue)
    database.write(lambda s: queue.resolve(s, "user:3", young.id, "cancel"))
    with database.read() as session:
        ids = queue.finished_before(session, clock.now())
    assert ids == [done.id]
    assert database.write(lambda s: queue.purge(s, [*ids, open_question.id])) == 1
    with database.read() as session:
        assert [job.id for job in queue.list(session)] == [young.id, waiting.id, open_question.id]


def test_the_number_of_a_purged_job_is_never_given_again(database: Database, queue: JobQueue, clock: FakeClock) -> None:
    """Tickets remember their job by number: a reused one would take the word of another customer's print."""
    newest = uncertain(database, queue)
    database.write(lambda s: queue.resolve(s, "user:3", newest.id, "printed"))
    assert database.write(lambda s: queue.purge(s, [newest.id])) == 1
    assert ask(database, queue).id > newest.id


def test_unfinished_jobs_are_counted_by_device_and_state(database: Database, queue: JobQueue) -> None:
    ask(database, queue)
    ask(database, queue)
    uncertain(database, queue, device="other")
    done = uncertain(database, queue)
    database.write(lambda s: queue.resolve(s, "user:3", done.id, "cancel"))
    with database.read() as session:
        assert queue.open_counts(session) == {("printer", JobState.QUEUED): 2, ("other", JobState.UNCERTAIN): 1}


def test_a_long_reason_is_cut_to_its_column(database: Database, queue: JobQueue) -> None:
    job = ask(database, queue)
    assert database.write(lambda s: queue.cancel(s, job.id, "x" * 500)).reason == "x" * 64
