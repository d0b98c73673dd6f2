"""The life of a ticket: live on evidence, replaced by a reprint, void for good."""

import pytest
from sqlalchemy import update

from kiosk.desk.bags.errors import (
    AlreadyReleased,
    DepositCancelled,
    NotCancellable,
    ReportedLost,
    TicketNotLive,
    TicketStillPrinting,
    TicketVoid,
    UnknownDeposit,
    WrongInput,
)
from kiosk.desk.bags.models import DepositState
from kiosk.devices.jobs import Job, JobState
from kiosk.errors import Denied
from tests.desk.bags.bag_world import READER, STALE_AFTER_S, WANG, BagWorld


def test_a_ticket_is_not_live_while_the_paper_is_out(world: BagWorld) -> None:
    deposit = world.take_in()

    with pytest.raises(TicketNotLive, match="not been printed yet") as refusal:
        world.release(deposit.code)

    assert refusal.value.extra["job"] == deposit.job
    assert world.get(deposit.id).state is DepositState.PRINTING


def test_evidence_makes_the_ticket_live(world: BagWorld) -> None:
    deposit = world.take_in(2)
    world.clock.advance(3)
    world.comes_out(deposit.job)

    stored = world.get(deposit.id)
    assert stored.state is DepositState.STORED
    assert stored.stored_at == world.clock.now()
    assert world.told("bag.stored") == [{"id": deposit.id, "number": 1, "slot": "A01", "pieces": 2, "station": "desk-1"}]
    assert world.actions(deposit.id) == ["bag.taken-in", "bag.stored"]


def test_without_evidence_staff_are_asked_once(world: BagWorld) -> None:
    deposit = world.take_in()
    assert deposit.question is None
    world.goes_silent(deposit.job)

    asked = world.get(deposit.id)
    assert (asked.state, asked.question, asked.job_reason) == (DepositState.PRINTING, "came-out", "no-evidence")
    assert world.told("bag.stored") == []


def test_the_answer_that_it_came_out_makes_it_live(world: BagWorld) -> None:
    deposit = world.take_in()
    world.goes_silent(deposit.job)
    world.answer(deposit.job, "printed")

    assert world.get(deposit.id).state is DepositState.STORED
    assert world.get(deposit.id).question is None
    assert world.trail(deposit.id)[-1].detail["evidence"] == "person"
    world.release(deposit.code)


def test_the_answer_to_print_anew_voids_the_old_code(world: BagWorld) -> None:
    deposit = world.take_in()
    world.goes_silent(deposit.job)
    world.answer(deposit.job, "reprint")

    again = world.get(deposit.id)
    assert again.job != deposit.job
    assert (again.state, again.reprints) == (DepositState.PRINTING, 1)
    assert "REPRINT No. 1" in world.paper(again.job)
    with pytest.raises(TicketVoid, match="replaced by a reprint"):
        world.release(deposit.code)
    world.comes_out(again.job)
    assert world.get(deposit.id).state is DepositState.STORED
    with pytest.raises(TicketVoid):
        world.release(deposit.code)


def test_the_answer_to_cancel_frees_the_slot(world: BagWorld) -> None:
    deposit = world.take_in()
    world.goes_silent(deposit.job)
    world.answer(deposit.job, "cancel")

    assert world.get(deposit.id).state is DepositState.CANCELLED
    assert world.read(world.bags.board).free == 6
    with pytest.raises(TicketVoid, match="cancelled"):
        world.release(deposit.code)


def test_a_failed_print_asks_for_a_new_ticket(world: BagWorld) -> None:
    deposit = world.take_in()
    world.fails(deposit.job)

    assert world.get(deposit.id).question == "no-ticket"
    again = world.reprint(deposit.id, "printer fault")
    world.comes_out(again.job)
    world.release(again.code)


def test_a_ticket_that_stayed_unfinished_although_it_was_printed_asks_for_a_new_one(world: BagWorld) -> None:
    # The bag check did not hear of the paper (its part of the job's change failed): the bags must not wait for ever.
    deposit = world.take_in()
    world.sends(deposit.job)
    confirmed = update(Job).where(Job.id == deposit.job).values(state=JobState.CONFIRMED)
    world.write(lambda session: session.execute(confirmed))

    assert world.get(deposit.id).question == "no-ticket"
    assert world.read(world.bags.board).questions == 1
    again = world.reprint(deposit.id, "printed, but not noted")
    world.comes_out(again.job)
    world.release(again.code)


def test_a_stale_job_asks_whether_to_print_it_still(world: BagWorld) -> None:
    deposit = world.take_in()
    world.clock.advance(STALE_AFTER_S + 1)
    world.write(lambda session: world.jobs.hold_stale(session))

    assert world.get(deposit.id).question == "print-now"
    world.answer(deposit.job, "reprint")
    assert world.get(deposit.id).question is None
    world.comes_out(deposit.job)
    world.release(deposit.code)


def test_a_reprint_voids_the_old_code_in_the_same_unit(world: BagWorld) -> None:
    deposit = world.stored(2)
    again = world.reprint(deposit.id, "customer part torn")

    assert again.code != deposit.code
    assert (again.state, again.reprints, again.number, again.slot) == (DepositState.PRINTING, 1, deposit.number, deposit.slot)
    assert "REPRINT No. 1" in world.paper(again.job)
    with pytest.raises(TicketVoid, match="replaced by a reprint"):
        world.release(deposit.code)
    with pytest.raises(TicketNotLive):
        world.release(again.code)
    world.comes_out(again.job)
    world.release(again.code)


def test_reprints_are_counted_on_paper_and_in_the_trail(desk: BagWorld) -> None:
    deposit = desk.stored()
    desk.comes_out(desk.reprint(deposit.id, "torn").job)
    third = desk.reprint(deposit.id, "torn again")

    assert "REPRINT No. 2" in desk.paper(third.job)
    reprints = [entry.detail for entry in desk.trail(deposit.id) if entry.action == "bag.reprinted"]
    assert reprints == [{"reason": "torn", "ticket": 1}, {"reason": "torn again", "ticket": 2}]


def test_a_reprint_withdraws_the_paper_that_still_waits(world: BagWorld) -> None:
    deposit = world.take_in()
    again = world.reprint(deposit.id)

    assert world.job(deposit.job).state is JobState.CANCELLED
    assert world.get(deposit.id).state is DepositState.PRINTING
    world.comes_out(again.job)
    world.release(again.code)


def test_a_reprint_answers_the_open_question_about_the_old_paper(world: BagWorld) -> None:
    deposit = world.take_in()
    world.goes_silent(deposit.job)
    again = world.reprint(deposit.id)

    assert world.job(deposit.job).state is JobState.CANCELLED
    assert world.get(deposit.id).job == again.job


def test_no_reprint_while_the_printer_is_at_it(world: BagWorld) -> None:
    deposit = world.take_in()
    world.sends(deposit.job)

    with pytest.raises(TicketStillPrinting, match="busy"):
        world.reprint(deposit.id)
    world.comes_out(deposit.job)
    world.release(deposit.code)


def test_the_late_job_of_a_void_ticket_revives_nothing(world: BagWorld) -> None:
    """The old paper was in the printer's hands when a failed answer led to a reprint; then it is confirmed after all."""
    deposit = world.take_in()
    world.fails(deposit.job)
    again = world.reprint(deposit.id)
    old = world.job(deposit.job)
    late = old.__class__(**{**{field: getattr(old, field) for field in old.__struct_fields__}, "state": JobState.CONFIRMED})
    world.write(lambda session: world.bags._ticket_job(session, late, JobState.SENT))

    assert world.get(deposit.id).state is DepositState.PRINTING
    assert world.actions(deposit.id)[-1] == "bag.void-ticket-printed"
    with pytest.raises(TicketVoid):
        world.release(deposit.code)
    world.comes_out(again.job)
    world.release(again.code)


def test_a_cancelled_reprint_leaves_the_bags_where_they_are(world: BagWorld) -> None:
    deposit = world.stored()
    again = world.reprint(deposit.id)
    world.goes_silent(again.job)
    world.answer(again.job, "cancel")

    still = world.get(deposit.id)
    assert (still.state, still.question) == (DepositState.PRINTING, "no-ticket")
    with pytest.raises(TicketVoid):
        world.release(again.code)
    third = world.reprint(deposit.id)
    world.comes_out(third.job)
    world.release(third.code)


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_reprint_needs_a_reason(desk: BagWorld, reason: str) -> None:
    deposit = desk.stored()

    with pytest.raises(WrongInput, match="reason must not be empty"):
        desk.reprint(deposit.id, reason)
    desk.release(deposit.code)


def test_a_reprint_needs_live_bags_and_the_permission(desk: BagWorld) -> None:
    released, cancelled = desk.stored(), desk.take_in()
    desk.release(released.code)
    desk.cancel(cancelled.id)

    with pytest.raises(AlreadyReleased):
        desk.reprint(released.id)
    with pytest.raises(DepositCancelled):
        desk.reprint(cancelled.id)
    with pytest.raises(UnknownDeposit):
        desk.reprint(10**30)
    with pytest.raises(Denied):
        desk.reprint(released.id, actor=READER)


def test_a_reprint_is_no_way_around_the_lost_ticket_steps(desk: BagWorld) -> None:
    deposit = desk.stored()
    desk.claim(deposit.number)

    with pytest.raises(ReportedLost):
        desk.reprint(deposit.id)


def test_a_take_in_is_cancelled_while_its_ticket_waits(world: BagWorld) -> None:
    deposit = world.take_in()
    cancelled = world.cancel(deposit.id)

    assert cancelled.state is DepositState.CANCELLED
    assert cancelled.fee_fen == 0
    assert world.job(deposit.job).state is JobState.CANCELLED
    assert world.actions(deposit.id) == ["bag.taken-in", "bag.cancelled"]
    assert world.take_in(slot=deposit.slot).slot == deposit.slot


def test_stored_bags_are_never_cancelled_away(world: BagWorld) -> None:
    deposit = world.stored()
    with pytest.raises(NotCancellable, match="slot A01"):
        world.cancel(deposit.id)
    world.reprint(deposit.id)
    with pytest.raises(NotCancellable):
        world.cancel(deposit.id)


def test_a_ticket_in_the_printer_cannot_be_cancelled(desk: BagWorld) -> None:
    deposit = desk.take_in()
    desk.sends(deposit.job)

    with pytest.raises(TicketStillPrinting):
        desk.cancel(deposit.id)
    desk.comes_out(deposit.job)
    desk.release(deposit.code)


def test_the_trail_says_who_answered_the_question(world: BagWorld) -> None:
    seen, gone, anew = world.take_in(), world.take_in(), world.take_in()
    for deposit, outcome in ((seen, "printed"), (gone, "cancel"), (anew, "reprint")):
        world.goes_silent(deposit.job)
        world.answer(deposit.job, outcome)

    last = [world.trail(deposit.id)[-1] for deposit in (seen, gone, anew)]
    assert [entry.action for entry in last] == ["bag.stored", "bag.cancelled", "bag.reprinted"]
    assert [entry.detail["answered_by"] for entry in last] == [WANG.label] * 3


def test_what_the_printer_says_itself_is_nobodys_answer(desk: BagWorld) -> None:
    deposit = desk.stored()

    assert "answered_by" not in desk.trail(deposit.id)[-1].detail


@pytest.mark.parametrize(
    ("happens", "detail", "remedy"),
    [
        ("waits", "has not been printed yet", "Wait until"),
        ("sent", "has not been printed yet", "Wait until"),
        ("silent", "not known yet whether", "did it come out"),
        ("stale", "waited too long", "print it now"),
        ("failed", "was not printed", "Print a new ticket"),
    ],
)
def test_a_ticket_that_is_not_live_says_what_to_do_about_it(desk: BagWorld, happens: str, detail: str, remedy: str) -> None:
    deposit = desk.take_in()
    if happens == "sent":
        desk.sends(deposit.job)
    elif happens == "silent":
        desk.goes_silent(deposit.job)
    elif happens == "stale":
        desk.clock.advance(STALE_AFTER_S + 1)
        desk.write(lambda session: desk.jobs.hold_stale(session))
    elif happens == "failed":
        desk.fails(deposit.job)

    with pytest.raises(TicketNotLive, match=detail) as refusal:
        desk.release(deposit.code)
    assert remedy in str(refusal.value.remedy)
