"""Giving bags back: once, against a live ticket, with an answer for every wrong code."""

import random

import pytest

from kiosk.db import Database
from kiosk.desk.bags.codes import grouped, new_code
from kiosk.desk.bags.errors import (
    AlreadyReleased,
    DepositCancelled,
    MalformedCode,
    OtherTicket,
    ReportedLost,
    TicketVoid,
    TooManyWrongCodes,
    UnknownCode,
    UnknownDeposit,
)
from kiosk.desk.bags.models import DepositState
from kiosk.errors import Denied
from kiosk.events import EventBus
from tests.desk.bags.bag_world import LIU, READER, WANG, BagWorld
from tests.fakes.clock import FakeClock

NEVER_PRINTED = new_code(random.Random(99))


def test_a_release_names_slot_and_pieces_and_frees_the_slot(world: BagWorld) -> None:
    deposit = world.stored(2)
    world.clock.advance(90 * 60)
    released = world.release(deposit.code, LIU)

    assert (released.deposit.slot, released.deposit.pieces, released.deposit.state) == ("A01", 2, DepositState.RELEASED)
    assert (released.released_by, released.released_at) == ("Liu", world.clock.now())
    assert released.deposit.waited_s == 90 * 60
    assert released.fee_fen == 0
    assert world.read(world.bags.board).free == 6
    assert world.told("bag.released") == [{"id": deposit.id, "number": 1, "slot": "A01", "pieces": 2, "station": "desk-1"}]
    assert world.actions(deposit.id)[-1] == "bag.released"


def test_a_second_release_says_who_and_when(world: BagWorld) -> None:
    deposit = world.stored()
    world.release(deposit.code, LIU)
    released_at = world.clock.now()
    world.clock.advance(600)

    with pytest.raises(AlreadyReleased, match="already given back by Liu") as refusal:
        world.release(deposit.code)
    assert refusal.value.extra["released_by"] == "Liu"
    assert refusal.value.extra["released_at"] == released_at.isoformat()
    assert len(world.told("bag.released")) == 1


def test_digits_can_be_typed_in_groups(world: BagWorld) -> None:
    deposit = world.stored()

    assert world.release(f" {grouped(deposit.code)} ").deposit.id == deposit.id


def test_an_unknown_code_is_not_found_and_not_repeated(world: BagWorld) -> None:
    with pytest.raises(UnknownCode) as refusal:
        world.release(NEVER_PRINTED)
    assert NEVER_PRINTED not in str(refusal.value)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("", "the code is missing"),
        ("6901234567892", "code of goods"),
        ("036000291452", "code of goods"),
        ("96385074", "code of goods"),
        ("BADGE-ABCDEFGHJKLM", "digits only"),
        ("https://example.com/x", "digits only"),
        ("8712345678906", "code of goods"),
        ("812345678901245", "has 14 digits, this one has 15"),
        ("91234567890120", "begin with 8"),
        (NEVER_PRINTED[:-1] + str((int(NEVER_PRINTED[-1]) + 1) % 10), "check digit"),
        ("8" * 10_000, "has 14 digits, this one has 10000"),
        ("\x1d\x00" * 7, "digits only"),
    ],
)
def test_a_code_that_is_none_is_refused_with_what_is_wrong(desk: BagWorld, code: str, said: str) -> None:
    with pytest.raises(MalformedCode) as refusal:
        desk.release(code)

    assert said in str(refusal.value)
    (field,) = refusal.value.fields
    assert field.field == "code"
    assert len(str(field.value)) <= 50
    assert "Scan the code" in str(refusal.value.remedy)


def test_a_code_that_is_no_text_is_refused(desk: BagWorld) -> None:
    with pytest.raises(MalformedCode, match="must be a text"):
        desk.release(81234567890124)  # type: ignore[arg-type]


def test_a_ticket_of_other_bags_does_not_release_those_on_the_screen(world: BagWorld) -> None:
    shown, scanned = world.stored(), world.stored()

    with pytest.raises(OtherTicket):
        world.release(scanned.code, deposit_id=shown.id)
    assert world.get(shown.id).state is world.get(scanned.id).state is DepositState.STORED
    world.release(scanned.code, deposit_id=scanned.id)


def test_a_ticket_reported_lost_does_not_open_the_slot(world: BagWorld) -> None:
    deposit = world.stored()
    claim = world.claim(deposit.number)

    with pytest.raises(ReportedLost, match="reported lost") as refusal:
        world.release(deposit.code)
    assert refusal.value.extra["lost_claim"] == claim.id


def test_whoever_may_only_look_gives_nothing_back(desk: BagWorld) -> None:
    deposit = desk.stored()

    with pytest.raises(Denied):
        desk.release(deposit.code, READER)


def test_a_scanned_ticket_finds_its_bags_before_they_are_given_back(world: BagWorld) -> None:
    deposit = world.stored(3)

    found = world.read(lambda session: world.bags.find(session, deposit.code, WANG))
    assert (found.id, found.slot, found.pieces) == (deposit.id, "A01", 3)
    world.release(deposit.code)
    assert world.read(lambda session: world.bags.find(session, deposit.code)).state is DepositState.RELEASED


def test_a_void_ticket_never_looks_valid(world: BagWorld) -> None:
    deposit = world.stored()
    world.reprint(deposit.id)

    with pytest.raises(TicketVoid):
        world.read(lambda session: world.bags.find(session, deposit.code))


def test_the_scan_router_learns_whose_ticket_it_is(world: BagWorld) -> None:
    deposit = world.stored()
    world.reprint(deposit.id)

    def whose(text: str) -> int | None:
        return world.read(lambda session: world.bags.deposit_for_code(session, text))

    assert whose(deposit.code) == deposit.id, "a void ticket leads to its page, which says that it is void"
    assert whose(NEVER_PRINTED) is None
    assert whose("6901234567892") is None


def test_the_ticket_of_a_cancelled_take_in_is_void(desk: BagWorld) -> None:
    deposit = desk.take_in()
    desk.cancel(deposit.id)

    with pytest.raises(TicketVoid, match="cancelled"):
        desk.release(deposit.code)
    with pytest.raises(DepositCancelled):
        desk.cancel(deposit.id)


@pytest.mark.parametrize("deposit_id", [0, -1, 999, 2**63, 10**40])
def test_an_unknown_record_is_not_found(world: BagWorld, deposit_id: int) -> None:
    with pytest.raises(UnknownDeposit):
        world.get(deposit_id)


def test_overdue_bags_cost_a_fee_by_the_day(world: BagWorld) -> None:
    deposit = world.stored()
    world.clock.advance(2 * 86400)

    assert (world.get(deposit.id).fee_fen, world.get(deposit.id).overdue_days) == (1000, 2)
    released = world.release(deposit.code)
    assert (released.overdue_days, released.overdue_fee_fen, released.fee_fen) == (2, 1000, 1000)
    world.clock.advance(10 * 86400)
    assert world.get(deposit.id).fee_fen == 1000, "what was charged stays what was charged"


def test_a_clock_set_back_gives_no_negative_time_and_no_negative_fee(world: BagWorld) -> None:
    deposit = world.stored()
    world.clock.jump(-3 * 86400)

    assert world.get(deposit.id).waited_s == 0
    released = world.release(deposit.code)
    assert released.fee_fen == 0
    assert released.deposit.waited_s == 0


def wrong(desk: BagWorld, times: int) -> None:
    for _ in range(times):
        with pytest.raises(UnknownCode):
            desk.release(NEVER_PRINTED)


def test_whoever_guesses_codes_has_to_wait_and_nobody_else(desk: BagWorld) -> None:
    deposit = desk.stored()
    wrong(desk, desk.settings.security.wrong_codes_per_min)

    with pytest.raises(TooManyWrongCodes) as refusal:
        desk.release(deposit.code)
    assert refusal.value.retry_after_s == 60
    assert desk.release(deposit.code, LIU).released_by == "Liu"


def test_the_wait_slides_and_ends(desk: BagWorld) -> None:
    limit = desk.settings.security.wrong_codes_per_min
    wrong(desk, 1)
    desk.clock.advance(20)
    wrong(desk, limit - 1)
    with pytest.raises(TooManyWrongCodes) as refusal:
        desk.release(NEVER_PRINTED)
    assert refusal.value.retry_after_s == 40
    desk.clock.advance(41)
    wrong(desk, 1)
    with pytest.raises(TooManyWrongCodes):
        desk.release(NEVER_PRINTED)


def test_setting_the_clock_frees_nobody(desk: BagWorld) -> None:
    wrong(desk, desk.settings.security.wrong_codes_per_min)
    desk.clock.jump(3600)

    with pytest.raises(TooManyWrongCodes):
        desk.release(NEVER_PRINTED)


def test_looking_codes_up_counts_as_guessing_too(desk: BagWorld) -> None:
    for _ in range(desk.settings.security.wrong_codes_per_min):
        with pytest.raises(MalformedCode):
            desk.read(lambda session: desk.bags.find(session, "6901234567892", WANG))
    with pytest.raises(TooManyWrongCodes):
        desk.read(lambda session: desk.bags.find(session, "6901234567892", WANG))


def test_two_stations_with_one_database_see_each_others_bags(database: Database, clock: FakeClock, bus: EventBus, world: BagWorld) -> None:
    other = BagWorld(database, clock, bus)
    deposit = world.stored()

    assert other.take_in().number == 2
    other.release(deposit.code, LIU)
    with pytest.raises(AlreadyReleased, match="Liu"):
        world.release(deposit.code)


def test_a_second_release_tells_the_time_in_words_too(desk: BagWorld) -> None:
    deposit = desk.stored()
    released_at = desk.release(deposit.code, LIU).released_at

    with pytest.raises(AlreadyReleased) as refusal:
        desk.release(deposit.code)
    assert refusal.value.detail.params["time"] == released_at
    assert "%(time)s" in refusal.value.detail.text


def test_a_ticket_typed_with_a_digit_too_few_is_not_taken_for_goods(desk: BagWorld) -> None:
    """Goods have their own check digit; thirteen digits without it are a ticket that was typed in a hurry."""
    with pytest.raises(MalformedCode, match="has 14 digits, this one has 13"):
        desk.release("8123456789012")
