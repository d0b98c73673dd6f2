"""Opening and closing: tags compared with records, and bags that were left."""

from datetime import date

import pytest

from kiosk.db import Database
from kiosk.desk.bags.errors import (
    ClosingTooEarly,
    DifferencesUnexplained,
    NewBags,
    ReconciliationFinished,
    UnknownCode,
    UnknownReconciliation,
    WrongInput,
)
from kiosk.desk.bags.models import ReconciliationKind
from kiosk.desk.bags.views import Reconciliation, ReconciliationLine
from kiosk.errors import Denied
from kiosk.events import EventBus
from tests.desk.bags.bag_world import CHEN, READER, WANG, BagWorld, settings_with
from tests.desk.bags.test_bag_release import NEVER_PRINTED
from tests.fakes.clock import FakeClock

TODAY = date(2026, 3, 10)
DAY_S = 86400


def start(world: BagWorld, kind: str = "closing", day: date | None = None) -> Reconciliation:
    return world.write(lambda session: world.bags.reconciliations.start(session, WANG, kind, day))


def tick(world: BagWorld, view: Reconciliation, line: ReconciliationLine, found: int, reason: str | None = None) -> ReconciliationLine:
    return world.write(lambda session: world.bags.reconciliations.tick(session, WANG, view.id, line.id, found=found, reason=reason))


def scan(world: BagWorld, view: Reconciliation, code: str) -> ReconciliationLine:
    return world.write(lambda session: world.bags.reconciliations.scan(session, WANG, view.id, code))


def finish(world: BagWorld, view: Reconciliation) -> Reconciliation:
    return world.write(lambda session: world.bags.reconciliations.finish(session, CHEN, view.id))


def test_what_should_be_there_is_listed_with_place_and_tags(world: BagWorld) -> None:
    world.stored(2)
    world.stored(1)
    gone = world.stored()
    world.release(gone.code)
    view = start(world)

    assert (view.business_date, view.kind, view.started_by) == (TODAY, ReconciliationKind.CLOSING, "Wang")
    assert [(line.number, line.slot, line.expected, line.found) for line in view.lines] == [(1, "A01", 2, 0), (2, "A02", 1, 0)]


def test_tags_are_ticked_or_scanned_one_by_one(world: BagWorld) -> None:
    first, second = world.stored(2), world.stored(1)
    view = start(world)

    assert scan(world, view, first.code).found == 1
    assert scan(world, view, first.code).found == 2
    assert scan(world, view, first.code).found == 2, "a repeated scan is no third bag"
    assert tick(world, view, view.lines[1], 1).found == 1
    assert finish(world, view).finished_by == "Chen"
    assert scan_refused(world, view, second.code)


def scan_refused(world: BagWorld, view: Reconciliation, code: str) -> bool:
    with pytest.raises(ReconciliationFinished):
        scan(world, view, code)
    return True


def test_a_difference_needs_a_reason(world: BagWorld) -> None:
    world.stored(2)
    view = start(world)
    (line,) = view.lines
    tick(world, view, line, 1)

    with pytest.raises(DifferencesUnexplained) as refusal:
        finish(world, view)
    assert refusal.value.extra["lines"] == [{"line": line.id, "number": 1, "expected": 2, "found": 1}]
    tick(world, view, line, 1, "one tag torn off, bag is there")
    finished = finish(world, view)
    assert finished.lines[0].reason == "one tag torn off, bag is there"
    assert finished.lines[0].differs


def test_bags_given_back_meanwhile_need_no_reason(world: BagWorld) -> None:
    deposit = world.stored()
    view = start(world, "opening")
    world.release(deposit.code)
    finished = finish(world, view)

    assert finished.lines[0].gone
    assert not finished.lines[0].differs
    assert finished.left == ()


def test_a_tag_of_bags_that_were_given_back_is_a_difference(world: BagWorld) -> None:
    deposit = world.stored()
    world.release(deposit.code)
    view = start(world)

    line = scan(world, view, deposit.code)
    assert (line.expected, line.found, line.number) == (0, 1, 1)
    with pytest.raises(DifferencesUnexplained):
        finish(world, view)
    tick(world, view, line, 1, "tag left on the shelf")
    finish(world, view)


def test_bags_taken_in_meanwhile_are_counted_when_scanned(world: BagWorld) -> None:
    view = start(world)
    deposit = world.stored(2)

    assert scan(world, view, deposit.code).expected == 2


def test_a_tag_without_any_record_is_noted(world: BagWorld) -> None:
    world.stored()
    view = start(world)

    def add(number: int) -> ReconciliationLine:
        return world.write(
            lambda session: world.bags.reconciliations.add(session, WANG, view.id, number=number, found=1, reason="from last year")
        )

    line = add(77)
    assert (line.deposit, line.number, line.expected, line.found) == (None, 77, 0, 1)
    for taken in (77, 1):
        with pytest.raises(WrongInput, match="has a line already"):
            add(taken)
    assert not line.gone
    with pytest.raises(UnknownCode):
        scan(world, view, NEVER_PRINTED)


def test_bags_left_at_closing_become_overdue_with_an_ownerless_date(world: BagWorld) -> None:
    early = world.stored(note="early")
    world.clock.advance(9 * 3600)  # 23:00: after closing, so due tomorrow
    late = world.stored(note="late")
    view = start(world)
    for line in view.lines:
        tick(world, view, line, 1)
    finished = finish(world, view)

    assert [left.id for left in finished.left] == [early.id, late.id]
    assert (world.get(early.id).overdue, world.get(early.id).ownerless_on) == (True, date(2026, 3, 13))
    assert not world.get(late.id).overdue
    assert world.read(world.bags.board).overdue == 1
    assert [found.id for found in world.read(lambda session: world.bags.list(session, overdue=True))] == [early.id]
    assert world.actions(early.id)[-1] == "bag.overdue"


def test_an_opening_moves_what_a_forgotten_closing_left(world: BagWorld) -> None:
    deposit = world.stored()
    world.clock.advance(DAY_S)
    view = start(world, "opening")
    tick(world, view, view.lines[0], 1)
    finish(world, view)

    assert world.get(deposit.id).overdue
    assert world.get(deposit.id).fee_fen == 500


def test_an_opening_does_not_move_todays_bags(world: BagWorld) -> None:
    deposit = world.stored()
    view = start(world, "opening")
    tick(world, view, view.lines[0], 1)
    finish(world, view)

    assert not world.get(deposit.id).overdue


def test_starting_and_finishing_twice_gives_the_same(world: BagWorld) -> None:
    deposit = world.stored()
    first = start(world)
    tick(world, first, first.lines[0], 1)
    assert start(world).id == first.id
    assert [line.found for line in start(world).lines] == [1], "what was counted stays"
    finished = finish(world, first)
    world.clock.advance(60)
    world.take_in()
    again = finish(world, first)

    assert len(start(world).lines) == 1, "a finished one is a record"
    assert again.finished_at == finished.finished_at
    assert world.actions(deposit.id).count("bag.overdue") == 1
    assert start(world, "opening").id != first.id


def test_a_closing_after_midnight_belongs_to_the_evening(world: BagWorld) -> None:
    world.clock.advance(10.5 * 3600)  # 00:30 in the store

    assert start(world).business_date == TODAY


def test_the_day_cannot_be_closed_while_tickets_promise_hours_to_come(database: Database, clock: FakeClock, bus: EventBus) -> None:
    """One wrong tap in the morning would make every bag overdue, and leave the evening without a closing."""
    world = BagWorld(database, clock, bus, settings_with(closing_begins_min=180))
    world.take_in()
    clock.advance(5 * 3600 - 1)  # from 14:00 to a second before 19:00, store time
    with pytest.raises(ClosingTooEarly, match="can begin at 19:00"):
        world.write(lambda session: world.bags.reconciliations.start(session, CHEN, "closing"))
    world.write(lambda session: world.bags.reconciliations.start(session, CHEN, "opening"))
    clock.advance(1)
    world.write(lambda session: world.bags.reconciliations.start(session, CHEN, "closing"))


def test_a_clock_set_back_finds_the_reconciliation_of_that_day_again(world: BagWorld) -> None:
    first = start(world)
    world.clock.jump(DAY_S)
    second = start(world)
    world.clock.jump(-DAY_S)

    assert second.business_date == date(2026, 3, 11)
    assert start(world).id == first.id


def test_a_day_that_has_not_begun_is_refused_and_a_forgotten_one_is_not(desk: BagWorld) -> None:
    with pytest.raises(WrongInput, match="has not begun"):
        start(desk, day=date(2026, 3, 11))
    assert start(desk, day=date(2026, 3, 9)).business_date == date(2026, 3, 9)
    with pytest.raises(WrongInput, match="opening or closing"):
        start(desk, "noon")


@pytest.mark.parametrize("found", [-1, 3, True, "2"])
def test_a_count_of_tags_is_a_count_of_tags(desk: BagWorld, found: int) -> None:
    desk.stored(2)
    view = start(desk)

    with pytest.raises(WrongInput, match="from 0 to 2"):
        tick(desk, view, view.lines[0], found)


def test_what_does_not_exist_is_not_found(world: BagWorld) -> None:
    view = start(world)
    for reconciliation_id in (view.id + 1, 10**30):
        with pytest.raises(UnknownReconciliation):
            world.read(lambda session, wanted=reconciliation_id: world.bags.reconciliations.get(session, wanted))  # type: ignore[misc]
    with pytest.raises(UnknownReconciliation):
        world.write(lambda session: world.bags.reconciliations.tick(session, WANG, view.id, 999, found=0))


def test_closing_the_day_needs_that_permission(desk: BagWorld) -> None:
    closing, opening = start(desk), start(desk, "opening")

    with pytest.raises(Denied) as refusal:
        desk.write(lambda session: desk.bags.reconciliations.finish(session, WANG, closing.id))
    assert refusal.value.extra["scope"] == "bags:manage"
    desk.write(lambda session: desk.bags.reconciliations.finish(session, WANG, opening.id))
    with pytest.raises(Denied):
        desk.write(lambda session: desk.bags.reconciliations.start(session, READER, "closing"))


def test_past_reconciliations_can_be_read(world: BagWorld) -> None:
    first = start(world)
    world.clock.advance(DAY_S)
    second = start(world)

    assert [view.id for view in world.read(world.bags.reconciliations.recent)] == [second.id, first.id]


def test_bags_taken_in_since_a_closing_began_are_not_left_out_of_its_list(world: BagWorld) -> None:
    """Counting begins before the doors close: the last customers come while it goes on."""
    closing = start(world, "closing")
    late = world.stored(pieces=2)

    with pytest.raises(NewBags, match="began: number") as refusal:
        finish(world, closing)
    assert refusal.value.extra["numbers"] == [late.number]
    (line,) = start(world, "closing").lines
    assert (line.deposit, line.expected, line.found) == (late.id, 2, 0)
    tick(world, closing, line, 2)
    assert [deposit.id for deposit in finish(world, closing).left] == [late.id]


def test_an_opening_does_not_wait_for_the_first_customers_bags(world: BagWorld) -> None:
    opening = start(world, "opening")
    world.stored()

    assert finish(world, opening).left == ()
