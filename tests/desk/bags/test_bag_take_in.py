"""Taking bags in: slot, number, ticket and print job together, or nothing."""

from collections import Counter
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from kiosk.db import Database
from kiosk.desk.bags import models
from kiosk.desk.bags.codes import is_ticket_code, mask
from kiosk.desk.bags.errors import NoPrinter, NumbersUsedUp, ShelvesFull, SlotTaken, WrongInput
from kiosk.desk.bags.models import DepositState
from kiosk.desk.bags.slots import expand_labels
from kiosk.devices.jobs import JobState
from kiosk.errors import Denied
from kiosk.events import EventBus
from tests.desk.bags.bag_world import CHEN, READER, WANG, BagWorld, settings_with
from tests.fakes.clock import FakeClock


def test_a_take_in_answers_number_code_slot_and_job(world: BagWorld) -> None:
    deposit = world.take_in(3, "red suitcase")

    assert deposit.number == 1
    assert is_ticket_code(deposit.code)
    assert deposit.slot == "A01"
    assert deposit.pieces == 3
    assert deposit.note == "red suitcase"
    assert deposit.state is DepositState.PRINTING
    assert deposit.taken_by == "Wang"
    job = world.job(deposit.job)
    assert (job.state, job.purpose, job.subject, job.device) == (JobState.QUEUED, "bag-ticket", f"deposit:{deposit.id}", "ticket-printer")
    assert deposit.code[:4] in world.paper(deposit.job)


def test_the_answer_serialises_to_the_contract(desk: BagWorld) -> None:
    answer = msgspec.json.decode(msgspec.json.encode(desk.take_in(2)))

    assert {"id", "number", "code", "slot", "pieces", "state", "job", "note", "taken_at"} <= answer.keys()
    assert answer["state"] == "printing"
    assert answer["taken_at"] == "2026-03-10T06:00:00Z"


def test_the_code_is_whole_only_in_the_answer(world: BagWorld) -> None:
    deposit = world.take_in()

    assert world.get(deposit.id).code == mask(deposit.code) != deposit.code
    assert deposit.code not in str(world.trail(deposit.id))
    assert deposit.code not in str(world.events)


def test_a_take_in_is_in_the_audit_trail(desk: BagWorld) -> None:
    deposit = desk.take_in(2)

    (entry,) = desk.trail(deposit.id)
    assert (entry.action, entry.actor) == ("bag.taken-in", "user:1")
    assert entry.detail == {"number": 1, "slot": "A01", "pieces": 2}


@pytest.mark.parametrize("pieces", [0, 10, -1, True, 2.0, "2", None])
def test_one_to_nine_pieces_and_nothing_else(desk: BagWorld, pieces: int) -> None:
    with pytest.raises(WrongInput) as refusal:
        desk.take_in(pieces)

    assert refusal.value.fields[0].field == "pieces"
    assert desk.read(lambda session: desk.bags.list(session)) == []


def test_a_note_is_cleaned_bounded_and_otherwise_kept(world: BagWorld) -> None:
    assert world.take_in(note="\x1b@ 🧳 龘\x00\n next").note == "@ 🧳 龘 next"
    with pytest.raises(WrongInput, match="note has 10000 characters; at most 200"):
        world.take_in(note="x" * 10_000)


def test_whoever_may_only_look_takes_nothing_in(desk: BagWorld) -> None:
    with pytest.raises(Denied) as refusal:
        desk.take_in(actor=READER)
    assert refusal.value.extra["scope"] == "bags:write"


def test_numbers_count_on_and_start_again_without_touching_live_ones(database: Database, clock: FakeClock, bus: EventBus) -> None:
    world = BagWorld(database, clock, bus, settings_with(number_max=5))
    first = world.stored()
    for expected in (2, 3, 4, 5):
        deposit = world.stored()
        assert deposit.number == expected
        world.release(deposit.code)

    assert first.number == 1
    assert world.take_in().number == 2


def test_a_number_is_not_used_again_at_once(desk: BagWorld) -> None:
    first = desk.stored()
    desk.release(first.code)

    assert desk.take_in().number == 2


def test_every_number_in_use_is_said_with_its_remedy(sqlite_database: Database, clock: FakeClock, bus: EventBus) -> None:
    world = BagWorld(sqlite_database, clock, bus, settings_with(number_max=4))
    for _ in range(4):
        world.take_in()

    with pytest.raises(NumbersUsedUp, match="1 to 4") as refusal:
        world.take_in()
    assert "bags.number_max" in str(refusal.value.remedy)


def test_full_shelves_are_said_with_a_remedy_and_cost_no_number(world: BagWorld) -> None:
    deposits = [world.stored() for _ in range(6)]

    with pytest.raises(ShelvesFull) as refusal:
        world.take_in()
    assert refusal.value.slug == "shelves-full"
    assert refusal.value.remedy is not None
    world.release(deposits[2].code)
    again = world.take_in()
    assert (again.slot, again.number) == (deposits[2].slot, 7)


def test_a_slot_can_be_chosen_by_hand(world: BagWorld) -> None:
    assert world.take_in(slot="A04").slot == "A04"
    with pytest.raises(SlotTaken, match="bags in slot A04"):
        world.take_in(slot="A04")
    with pytest.raises(WrongInput, match="no slot Z99"):
        world.take_in(slot="Z99")


def test_a_slot_out_of_use_is_never_chosen(world: BagWorld) -> None:
    world.write(lambda session: world.bags.change_slot(session, CHEN, "A01", enabled=False))

    assert world.take_in().slot == "A02"
    with pytest.raises(SlotTaken, match="out of use"):
        world.take_in(slot="A01")


def test_managing_slots_needs_that_permission(desk: BagWorld) -> None:
    with pytest.raises(Denied) as refusal:
        desk.write(lambda session: desk.bags.change_slot(session, WANG, "A01", enabled=False))
    assert refusal.value.extra["scope"] == "bags:manage"
    with pytest.raises(WrongInput, match="distance"):
        desk.write(lambda session: desk.bags.change_slot(session, CHEN, "A01", distance=-1))
    assert desk.write(lambda session: desk.bags.change_slot(session, CHEN, "A01", distance=40)).distance == 40
    assert desk.take_in().slot == "A02"


def test_wear_and_walking_stay_even(sqlite_database: Database, clock: FakeClock, bus: EventBus) -> None:
    """One bag at a time: a slot 20 places away is used half as often as the nearest, and none is left out."""
    world = BagWorld(sqlite_database, clock, bus, slots=["A01", "A02"])
    world.write(lambda session: world.bags.change_slot(session, CHEN, "A02", distance=20))
    used: Counter[str] = Counter()
    for _ in range(30):
        deposit = world.take_in()
        used[deposit.slot] += 1
        world.cancel(deposit.id)

    assert used == {"A01": 20, "A02": 10}


def test_slots_are_made_once_and_keep_their_history(world: BagWorld) -> None:
    world.take_in()

    assert world.write(lambda session: world.bags.ensure_slots(session, ["A01-A08"])) == 2
    assert world.write(lambda session: world.bags.ensure_slots(session, ["A01-A08"])) == 0
    board = world.read(world.bags.board)
    assert [(slot.label, slot.uses) for slot in board.slots][:2] == [("A01", 1), ("A02", 0)]
    assert len(board.slots) == 8


def test_a_supervisor_adds_slots_and_the_trail_says_who(desk: BagWorld) -> None:
    assert desk.write(lambda session: desk.bags.add_slots(session, CHEN, ["A06-A08", "Window"])) == 3  # A06 is there

    entry = desk.read(lambda session: desk.audit.entries(session))[0]
    assert (entry.action, entry.actor) == ("slots.added", CHEN.label)
    assert entry.detail == {"added": 3, "labels": "A06-A08, Window"}


def test_slots_that_are_there_already_leave_no_trace(desk: BagWorld) -> None:
    before = desk.read(lambda session: len(desk.audit.entries(session)))

    assert desk.write(lambda session: desk.bags.add_slots(session, CHEN, ["A01-A06"])) == 0
    assert desk.read(lambda session: len(desk.audit.entries(session))) == before


def test_only_who_manages_the_bag_check_adds_slots(desk: BagWorld) -> None:
    with pytest.raises(Denied):
        desk.write(lambda session: desk.bags.add_slots(session, WANG, ["C01"]))

    assert len(desk.read(desk.bags.board).slots) == 6


def test_the_configured_slots_are_the_default(desk: BagWorld) -> None:
    desk.write(lambda session: desk.bags.ensure_slots(session))

    assert len(desk.read(desk.bags.board).slots) == 40


def test_labels_may_be_ranges() -> None:
    assert expand_labels(["A8-A11", "Window", "B01-B02", "A9"]) == ["A8", "A9", "A10", "A11", "Window", "B01", "B02"]
    assert len(expand_labels(["A1-A999999"])) == 500
    with pytest.raises(WrongInput):
        expand_labels([" "])
    with pytest.raises(WrongInput):
        expand_labels(["x" * 17])


def test_without_a_printer_nothing_is_taken_in(desk: BagWorld) -> None:
    desk.printer = ""

    with pytest.raises(NoPrinter, match="No printer"):
        desk.take_in()
    desk.printer = "ticket-printer"
    assert desk.take_in().number == 1


def test_the_record_the_ticket_and_the_job_are_committed_together_or_not_at_all(world: BagWorld) -> None:
    def breaks(session: sa.orm.Session) -> None:
        world.bags.take_in(session, WANG, pieces=1)
        raise LookupError("the request died")

    with pytest.raises(LookupError):
        world.write(breaks)

    assert world.read(lambda session: world.jobs.list(session)) == []
    assert world.read(world.bags.board).free == 6
    assert world.told("bag.changed") == []


def test_a_slot_and_a_number_hold_one_live_deposit_by_the_schema_itself(world: BagWorld) -> None:
    first, second = world.stored(), world.stored()

    for column in (models.Deposit.slot_id, models.Deposit.number):
        same = sa.select(column).where(models.Deposit.id == first.id).scalar_subquery()
        change = sa.update(models.Deposit).where(models.Deposit.id == second.id).values({column: same})
        with pytest.raises(sa.exc.IntegrityError):
            world.write(lambda session, change=change: session.execute(change))  # type: ignore[misc]


@pytest.mark.parametrize(("wrong", "field"), [({"pieces": 0}, "pieces"), ({"note": "x" * 10_000}, "note"), ({"slot": "Z9"}, "slot")])
def test_wrong_input_is_answered_with_field_value_and_remedy(desk: BagWorld, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(WrongInput) as refusal:
        desk.take_in(**wrong)

    assert refusal.value.fields[0].field == field
    assert refusal.value.fields[0].value is not None
    assert "nothing was changed" in str(refusal.value.remedy)


def test_bags_in_a_slot_that_goes_out_of_use_are_given_back_as_ever(world: BagWorld) -> None:
    deposit = world.stored(slot="A01")
    world.write(lambda session: world.bags.change_slot(session, CHEN, "A01", enabled=False))
    board = world.read(world.bags.board)

    assert (board.slots[0].label, board.slots[0].enabled, board.slots[0].deposit is not None) == ("A01", False, True)
    assert world.release(deposit.code).deposit.slot == "A01"
    assert world.stored().slot == "A02"
