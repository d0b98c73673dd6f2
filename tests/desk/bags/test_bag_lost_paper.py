"""What a lost-ticket claim means for the paper that waits: the form, the ticket that never came out, the one that is found."""

import pytest

from kiosk.desk.bags.errors import ReportedLost, TicketVoid
from kiosk.desk.bags.models import ClaimStep, DepositState
from kiosk.desk.bags.views import Claim
from kiosk.devices.jobs import JobState
from tests.desk.bags.bag_world import WANG, BagWorld


def form_queued(world: BagWorld, number: int) -> Claim:
    """A claim whose form waits for the printer."""
    claim = world.claim(number)
    world.identity(claim.id)
    world.approve(claim.id)
    return world.form(claim.id)


def ready_to_sign(world: BagWorld, number: int) -> Claim:
    """A claim with every step done but the signature."""
    claim = form_queued(world, number)
    world.comes_out(claim.form_job)
    return world.claim_view(claim.id)


def test_a_take_in_whose_ticket_is_reported_lost_is_not_cancelled(world: BagWorld) -> None:
    """Somebody stands there for the bags: they are on the shelf, and stay in the records until they are given back."""
    deposit = world.take_in()
    claim = world.claim(deposit.number)

    with pytest.raises(ReportedLost, match="number 1") as refusal:
        world.cancel(deposit.id)
    assert refusal.value.extra["lost_claim"] == claim.id
    assert world.get(deposit.id).lost_claim == claim.id


def test_a_ticket_that_is_withdrawn_during_a_claim_leaves_the_bags_in_the_records(world: BagWorld) -> None:
    deposit = world.take_in()
    world.goes_silent(deposit.job)
    claim = ready_to_sign(world, deposit.number)
    world.answer(deposit.job, "cancel")

    assert world.get(deposit.id).state is DepositState.PRINTING
    assert world.signed(claim.id).deposit.state is DepositState.RELEASED


@pytest.mark.parametrize("silent", [False, True])
def test_a_withdrawn_claim_prints_no_form(world: BagWorld, silent: bool) -> None:
    deposit = world.stored()
    claim = form_queued(world, deposit.number)
    form_job = claim.form_job
    if silent:
        world.goes_silent(form_job)
    world.write(lambda session: world.bags.lost.withdraw(session, WANG, claim.id, "ticket found"))

    assert world.job(form_job).state is JobState.CANCELLED
    assert world.release(deposit.code).lost_ticket_fee_fen == 0


def test_a_claim_is_withdrawn_while_its_form_is_in_the_printer(world: BagWorld) -> None:
    deposit = world.stored()
    claim = form_queued(world, deposit.number)
    form_job = claim.form_job
    world.sends(form_job)
    world.write(lambda session: world.bags.lost.withdraw(session, WANG, claim.id, "ticket found"))
    world.comes_out(form_job)

    assert world.claim_view(claim.id).step is ClaimStep.WITHDRAWN
    world.release(deposit.code)


def test_the_trail_says_that_the_form_was_printed_and_who_saw_it(world: BagWorld) -> None:
    deposit = world.stored()
    claim = form_queued(world, deposit.number)
    form_job = claim.form_job
    world.goes_silent(form_job)
    world.answer(form_job, "printed")

    entry = world.trail(deposit.id)[-1]
    assert entry.action == "lost-ticket.form-printed"
    assert (entry.detail["evidence"], entry.detail["answered_by"]) == ("person", WANG.label)


def test_a_found_ticket_after_the_release_says_who_gave_the_bags_back_and_when(world: BagWorld) -> None:
    deposit = world.stored()
    world.signed(ready_to_sign(world, deposit.number).id)

    with pytest.raises(TicketVoid, match="given back without it") as refusal:
        world.release(deposit.code)
    assert refusal.value.detail.params["time"] == world.clock.now()
    assert refusal.value.detail.params["name"] == "Wang"
    assert "lost-ticket" not in str(refusal.value.remedy), "there is nothing left to give back"
