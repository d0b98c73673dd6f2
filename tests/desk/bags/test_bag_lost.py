"""Giving bags back without their ticket: every step, in order, by two people."""

from collections.abc import Callable

import pytest

from kiosk.desk.actors import SYSTEM, Actor, Role
from kiosk.desk.bags.errors import (
    AlreadyReleased,
    ClaimEnded,
    ClaimExists,
    ClaimStepMissing,
    FormStillPrinting,
    SamePerson,
    TicketVoid,
    UnknownClaim,
    UnknownDeposit,
    WrongInput,
)
from kiosk.desk.bags.models import ClaimStep, DepositState
from kiosk.desk.bags.views import Claim
from kiosk.devices.jobs import JobState
from kiosk.errors import Denied
from tests.desk.bags.bag_world import CHEN, LIU, READER, WANG, ZHAO, BagWorld, person

TOKEN = Actor("token", 9, "till program", SYSTEM.scopes)


def ready_to_sign(world: BagWorld, number: int) -> Claim:
    """A claim with every step done but the signature."""
    claim = world.claim(number)
    world.identity(claim.id)
    world.approve(claim.id)
    claim = world.form(claim.id)
    world.comes_out(claim.form_job)
    return world.claim_view(claim.id)


def test_all_steps_lead_to_the_bags_and_void_the_ticket(world: BagWorld) -> None:
    deposit = world.stored(2)
    claim = world.claim(deposit.number)
    assert claim.step is ClaimStep.IDENTITY
    assert world.get(deposit.id).lost_claim == claim.id
    assert world.identity(claim.id, "id-card").step is ClaimStep.APPROVAL
    assert world.approve(claim.id).approved_by == "Chen"
    claim = world.form(claim.id)
    assert claim.step is ClaimStep.SIGNATURE
    world.comes_out(claim.form_job)
    released = world.signed(claim.id)

    assert released.deposit.state is DepositState.RELEASED
    assert (released.lost_ticket_fee_fen, released.fee_fen) == (1000, 1000)
    assert world.claim_view(claim.id).step is ClaimStep.RELEASED
    assert world.read(world.bags.board).free == 6
    with pytest.raises(TicketVoid, match="reported lost") as refusal:
        world.release(deposit.code)
    assert refusal.value.extra["released_by"] == "Wang"
    assert world.actions(deposit.id) == [
        "bag.taken-in",
        "bag.stored",
        "lost-ticket.started",
        "lost-ticket.identity-checked",
        "lost-ticket.approved",
        "lost-ticket.form-queued",
        "lost-ticket.form-printed",
        "bag.released",
    ]
    assert world.trail(deposit.id)[-1].detail["without_ticket"] is True


Step = Callable[[BagWorld, int], object]
STEPS: dict[str, Step] = {
    "identity": lambda world, claim: world.identity(claim),
    "approval": lambda world, claim: world.approve(claim),
    "form": lambda world, claim: world.form(claim),
    "signature": lambda world, claim: world.signed(claim),
}


@pytest.mark.parametrize("done", range(3))
def test_no_step_can_be_skipped(desk: BagWorld, done: int) -> None:
    names = list(STEPS)
    claim = desk.claim(desk.stored().number)
    for name in names[:done]:
        STEPS[name](desk, claim.id)
    for name in names[done + 1 :]:
        with pytest.raises(ClaimStepMissing) as refusal:
            STEPS[name](desk, claim.id)
        assert refusal.value.extra["missing"] == names[done]
        assert refusal.value.remedy is not None


@pytest.mark.parametrize("name", ["identity", "approval"])
def test_no_step_is_done_twice(desk: BagWorld, name: str) -> None:
    claim = ready_to_sign(desk, desk.stored().number)

    with pytest.raises(ClaimStepMissing, match="signature comes next"):
        STEPS[name](desk, claim.id)


def test_the_bags_stay_until_the_form_is_on_paper_and_signed(world: BagWorld) -> None:
    deposit = world.stored()
    claim = world.claim(deposit.number)
    world.identity(claim.id)
    world.approve(claim.id)
    claim = world.form(claim.id)

    with pytest.raises(FormStillPrinting):
        world.signed(claim.id)
    with pytest.raises(FormStillPrinting):
        world.form(claim.id)
    world.goes_silent(claim.form_job)
    with pytest.raises(FormStillPrinting):
        world.signed(claim.id)
    world.answer(claim.form_job, "printed")
    with pytest.raises(ClaimStepMissing, match="signature"):
        world.signed(claim.id, signed=False)
    assert world.signed(claim.id).deposit.state is DepositState.RELEASED


def test_a_form_that_did_not_come_out_is_printed_again(world: BagWorld) -> None:
    claim = world.claim(world.stored().number)
    world.identity(claim.id)
    world.approve(claim.id)
    first = world.form(claim.id).form_job
    world.goes_silent(first)
    world.answer(first, "reprint")
    second = world.claim_view(claim.id).form_job
    assert second != first
    world.fails(second)
    assert world.claim_view(claim.id).step is ClaimStep.FORM
    third = world.form(claim.id).form_job
    world.comes_out(third)
    fourth = world.form(claim.id).form_job  # the printed one was spoilt
    world.comes_out(fourth)

    world.signed(claim.id)


def test_the_form_says_who_what_and_how_much(desk: BagWorld) -> None:
    deposit = desk.stored(2)
    desk.clock.advance(86400)
    claim = ready_to_sign(desk, deposit.number)

    paper = desk.paper(claim.form_job)
    assert "red suitcase" in paper
    assert "two shirts" in paper
    assert "护照 Passport" in paper
    assert claim.fee_fen == 1500
    assert "CNY 15" in str(desk.document(claim.form_job))
    assert "Chen" in str(desk.document(claim.form_job))


@pytest.mark.parametrize(
    ("approver", "refused"),
    [
        (WANG, Denied),  # may not approve at all
        (TOKEN, SamePerson),  # a program is no person
        (READER, Denied),
    ],
)
def test_the_second_person_may_approve_and_is_a_person(desk: BagWorld, approver: Actor, refused: type[Exception]) -> None:
    claim = desk.claim(desk.stored().number)
    desk.identity(claim.id)

    with pytest.raises(refused):
        desk.approve(claim.id, approver)
    assert desk.claim_view(claim.id).step is ClaimStep.APPROVAL


def test_a_supervisor_does_not_approve_what_they_started(desk: BagWorld) -> None:
    claim = desk.claim(desk.stored().number, CHEN)
    desk.identity(claim.id, actor=CHEN)

    with pytest.raises(SamePerson, match="Chen cannot approve"):
        desk.approve(claim.id, CHEN)
    assert desk.approve(claim.id, ZHAO).approved_by == "Zhao"


def test_a_name_is_no_identity(desk: BagWorld) -> None:
    """Two people may share a name; the label tells them apart."""
    claim = desk.claim(desk.stored().number, CHEN)
    desk.identity(claim.id)

    assert desk.approve(claim.id, person(77, "Chen", Role.SUPERVISOR)).approved_by == "Chen"


@pytest.mark.parametrize("text", ["11010119900307851X", "passport E12345678", "110101 19900307 8515"])
@pytest.mark.parametrize("field", ["description", "contents", "document", "withdrawal"])
def test_the_number_of_a_document_is_never_kept(desk: BagWorld, text: str, field: str) -> None:
    deposit = desk.stored()
    if field in ("description", "contents"):
        said = {"description": "red suitcase", "contents": "shirts", field: f"red {text}"}
        with pytest.raises(WrongInput, match="note only the kind"):
            desk.write(lambda session: desk.bags.lost.start(session, WANG, number=deposit.number, **said))
        return
    claim = desk.claim(deposit.number)
    keep: dict[str, Callable[[], object]] = {
        "document": lambda: desk.identity(claim.id, text),
        "withdrawal": lambda: desk.write(lambda session: desk.bags.lost.withdraw(session, WANG, claim.id, text)),
    }
    with pytest.raises(WrongInput, match="note only the kind"):
        keep[field]()


def test_only_kinds_of_documents_are_noted(desk: BagWorld) -> None:
    claim = desk.claim(desk.stored().number)

    with pytest.raises(WrongInput, match="id-card, passport"):
        desk.identity(claim.id, "library card")


@pytest.mark.parametrize(("description", "contents"), [("", "shirts"), ("red", " \n"), ("x" * 501, "shirts")])
def test_the_description_must_say_something_and_not_too_much(desk: BagWorld, description: str, contents: str) -> None:
    number = desk.stored().number

    with pytest.raises(WrongInput):
        desk.write(lambda session: desk.bags.lost.start(session, WANG, number=number, description=description, contents=contents))


def test_one_claim_at_a_time(world: BagWorld) -> None:
    deposit = world.stored()
    claim = world.claim(deposit.number)

    with pytest.raises(ClaimExists) as refusal:
        world.claim(deposit.number, LIU)
    assert refusal.value.extra["lost_claim"] == claim.id
    assert [opened.id for opened in world.read(world.bags.lost.open)] == [claim.id]


def test_a_found_ticket_counts_again(world: BagWorld) -> None:
    deposit = world.stored()
    claim = ready_to_sign(world, deposit.number)
    ended = world.write(lambda session: world.bags.lost.withdraw(session, WANG, claim.id, "ticket found"))

    assert ended.step is ClaimStep.WITHDRAWN
    assert world.read(world.bags.lost.open) == []
    for step in STEPS.values():
        with pytest.raises(ClaimEnded):
            step(world, claim.id)
    assert world.release(deposit.code).fee_fen == 0


def test_a_claim_can_follow_a_withdrawn_one(desk: BagWorld) -> None:
    deposit = desk.stored()
    first = desk.claim(deposit.number)
    desk.write(lambda session: desk.bags.lost.withdraw(session, WANG, first.id, "ticket found"))
    second = ready_to_sign(desk, deposit.number)

    assert second.id != first.id
    desk.signed(second.id)
    with pytest.raises(AlreadyReleased):
        desk.signed(second.id)


def test_bags_without_any_ticket_are_given_back_this_way(world: BagWorld) -> None:
    """The reprint was cancelled: the bags are there, no ticket is."""
    deposit = world.stored()
    again = world.reprint(deposit.id)
    world.goes_silent(again.job)
    world.answer(again.job, "cancel")
    claim = ready_to_sign(world, deposit.number)

    assert world.signed(claim.id).deposit.state is DepositState.RELEASED


def test_a_ticket_that_still_waits_is_not_printed_after_the_release(world: BagWorld) -> None:
    deposit = world.stored()
    again = world.reprint(deposit.id)
    claim = ready_to_sign(world, deposit.number)
    world.signed(claim.id)

    assert world.job(again.job).state is JobState.CANCELLED
    with pytest.raises(TicketVoid):
        world.release(again.code)


@pytest.mark.parametrize(("done", "missing"), [(0, "description"), (1, "identity"), (2, "approval"), (3, "form")])
def test_a_release_by_number_names_the_missing_step(desk: BagWorld, done: int, missing: str) -> None:
    deposit = desk.stored()
    if done:
        claim = desk.claim(deposit.number)
        for step in list(STEPS.values())[: done - 1]:
            step(desk, claim.id)

    with pytest.raises(ClaimStepMissing) as refusal:
        desk.write(lambda session: desk.bags.release_by_number(session, WANG, number=deposit.number, reason="ticket lost"))
    assert refusal.value.extra["missing"] == missing
    assert refusal.value.slug == "lost-ticket-step-missing"


def test_a_release_by_number_gives_back_when_all_is_done_and_then_says_so(world: BagWorld) -> None:
    deposit = world.stored()
    ready_to_sign(world, deposit.number)

    def by_number() -> object:
        return world.write(lambda session: world.bags.release_by_number(session, LIU, number=deposit.number, reason="ticket lost"))

    by_number()
    with pytest.raises(AlreadyReleased, match="Liu"):
        by_number()


@pytest.mark.parametrize("number", [0, -1, 10_000, True, "7", None])
def test_a_number_that_is_none_is_refused(desk: BagWorld, number: int) -> None:
    with pytest.raises(WrongInput, match="number must be"):
        desk.write(lambda session: desk.bags.release_by_number(session, WANG, number=number, reason="lost"))


def test_unknown_numbers_and_claims_are_not_found(world: BagWorld) -> None:
    with pytest.raises(UnknownDeposit):
        world.write(lambda session: world.bags.release_by_number(session, WANG, number=42, reason="lost"))
    with pytest.raises(UnknownDeposit):
        world.claim(42)
    for claim_id in (1, 10**30):
        with pytest.raises(UnknownClaim):
            world.claim_view(claim_id)
        with pytest.raises(UnknownClaim):
            world.identity(claim_id)


def test_whoever_may_only_look_starts_nothing(desk: BagWorld) -> None:
    number = desk.stored().number

    with pytest.raises(Denied):
        desk.claim(number, READER)
