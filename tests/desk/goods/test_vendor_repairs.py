"""Repairs by the vendor: steps in their order, due times within opening hours, one reminder, and the customer's data."""

from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select

from kiosk.desk.contacts import ContactData
from kiosk.desk.contacts.models import Contact
from kiosk.desk.repairs.errors import NoRepairPrinter, StepNotPossible, UnknownRepair, WrongRepair
from kiosk.desk.repairs.models import Repair
from kiosk.desk.repairs.views import TRANSITIONS, NewRepair, RepairState, RepairView
from kiosk.devices.document import Barcode, Text
from kiosk.errors import Denied, Invalid
from tests.desk.goods.goods_world import PORTER, WANG, GoodsWorld

LI_HUA = ContactData(name="李华", phone="13812345678")
DAY = 86_400.0


def take_in(world: GoodsWorld, **more: Any) -> RepairView:
    values: dict[str, Any] = {
        "product": "100200",
        "name": "Kettle",
        "category": "家电",
        "serial": "SN-0042",
        "fault": "It boils on and on.",
        "vendor": "Supor",
    }
    return world.write(lambda session: world.repairs.open(session, WANG, NewRepair(**(values | more))))


def move(world: GoodsWorld, repair: RepairView, *states: RepairState, **more: Any) -> RepairView:
    for state in states:
        step = partial(world.repairs.move, actor=WANG, repair_id=repair.id, state=state, **more)
        repair = world.write(step)
    return repair


def get(world: GoodsWorld, repair: RepairView) -> RepairView:
    return world.read(lambda session: world.repairs.get(session, repair.id))


def test_goods_are_taken_in_with_a_due_time_and_a_slip_that_names_nobody(world: GoodsWorld) -> None:
    repair = take_in(world, contact=LI_HUA, consent_version="2026-1")
    assert (repair.number, repair.state, repair.opened_by) == ("W2603100001", RepairState.RECEIVED, "Wang")
    assert repair.due_at == world.clock.now() + timedelta(days=world.settings.returns.repair_days)
    assert repair.contact is not None
    assert repair.contact.phone == "138****5678"
    elements = world.document(repair.job).elements
    assert [element.data for element in elements if isinstance(element, Barcode)] == [repair.code]
    assert not any(LI_HUA.name in element.text or LI_HUA.phone in element.text for element in elements if isinstance(element, Text))
    assert world.told("repair.changed") == [{"id": repair.id, "number": repair.number, "state": "received"}]
    by_code = world.read(lambda session: [world.repairs.by_code(session, code) for code in (repair.code, "w2603100001", "4" * 16)])
    assert by_code == [repair.id, repair.id, None]


def test_a_due_time_at_night_waits_for_the_desk_to_open(world: GoodsWorld) -> None:
    world.clock.advance(8 * 3600)  # 22:00 in the store
    repair = take_in(world)
    assert repair.due_at == datetime(2026, 3, 26, 0, 0, tzinfo=UTC)  # 8:00 in the store, the morning after


@pytest.mark.parametrize("state", list(RepairState))
def test_only_the_steps_of_the_picture_are_possible(desk: GoodsWorld, state: RepairState) -> None:
    ways: dict[RepairState, tuple[RepairState, ...]] = {
        RepairState.RECEIVED: (),
        RepairState.SENT: (RepairState.SENT,),
        RepairState.BACK: (RepairState.SENT, RepairState.BACK),
        RepairState.REPLACED: (RepairState.SENT, RepairState.REPLACED),
        RepairState.UNREPAIRABLE: (RepairState.SENT, RepairState.UNREPAIRABLE),
        RepairState.HANDED_BACK: (RepairState.SENT, RepairState.BACK, RepairState.HANDED_BACK),
        RepairState.CANCELLED: (RepairState.CANCELLED,),
    }
    for wanted in RepairState:
        repair = move(desk, take_in(desk), *ways[state], note="so it is")
        if wanted in TRANSITIONS[state]:
            assert move(desk, repair, wanted, note="so it is").state is wanted
        else:
            with pytest.raises(StepNotPossible):
                move(desk, repair, wanted, note="so it is")


def test_the_history_tells_who_did_what_and_when(world: GoodsWorld) -> None:
    repair = take_in(world)
    world.clock.advance(DAY)
    move(world, repair, RepairState.SENT, note="by courier")
    world.clock.advance(DAY)
    history = move(world, repair, RepairState.BACK).history
    assert [(step.who, step.state, step.note) for step in history] == [
        ("Wang", RepairState.RECEIVED, ""),
        ("Wang", RepairState.SENT, "by courier"),
        ("Wang", RepairState.BACK, ""),
    ]
    assert all(after.at - before.at == timedelta(days=1) for before, after in pairwise(history))


def test_a_late_repair_is_told_once_within_opening_hours(world: GoodsWorld) -> None:
    repair = move(world, take_in(world), RepairState.SENT)
    world.agenda.run_due()
    assert world.topics() == []
    world.clock.advance(15 * DAY + 12 * 3600)  # 2:00 at night
    world.agenda.run_due()
    assert world.topics() == []
    assert get(world, repair).overdue
    world.clock.advance(6 * 3600)  # 8:00
    world.agenda.run_due()
    world.agenda.run_due()
    assert world.topics() == ["repair.overdue"]
    late = world.read(lambda session: world.repairs.list(session, overdue=True))
    assert [view.id for view in late] == [repair.id]
    assert world.read(world.repairs.next_alarm) is None


def test_another_due_time_is_reminded_of_anew(world: GoodsWorld) -> None:
    repair = move(world, take_in(world), RepairState.SENT)
    world.clock.advance(16 * DAY)
    world.agenda.run_due()
    new = world.clock.now() + timedelta(days=5)
    world.write(lambda session: world.repairs.postpone(session, WANG, repair.id, new, "a part is missing"))
    assert not get(world, repair).overdue
    assert world.read(world.repairs.next_alarm) == new
    world.clock.advance(6 * DAY)
    world.agenda.run_due()
    assert world.topics() == ["repair.overdue"] * 2


def test_what_waits_for_the_customer_is_not_late(world: GoodsWorld) -> None:
    repair = move(world, take_in(world), RepairState.SENT, RepairState.BACK)
    world.clock.advance(30 * DAY)
    world.agenda.run_due()
    assert world.topics() == []
    assert not get(world, repair).overdue
    with pytest.raises(StepNotPossible):
        world.write(lambda session: world.repairs.postpone(session, WANG, repair.id, world.clock.now() + timedelta(days=1), "never mind"))


def test_goods_that_come_back_unrepaired_have_their_time_anew(world: GoodsWorld) -> None:
    repair = move(world, take_in(world), RepairState.SENT, RepairState.BACK)
    world.clock.advance(20 * DAY)
    assert move(world, repair, RepairState.SENT).due_at == world.clock.now() + timedelta(days=15)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("name", {"name": ""}),
        ("fault", {"fault": ""}),
        ("vendor", {"vendor": " "}),
        ("vendor", {"vendor": "x" * 81}),
        ("serial", {"serial": "100200"}),
    ],
)
def test_each_wrong_field_of_a_repair_is_named(desk: GoodsWorld, field: str, wrong: dict[str, str]) -> None:
    with pytest.raises(WrongRepair) as refused:
        take_in(desk, **wrong)
    assert refused.value.fields[0].field == field


def test_a_step_that_needs_a_reason_is_refused_without_one(desk: GoodsWorld) -> None:
    with pytest.raises(WrongRepair):
        move(desk, take_in(desk), RepairState.CANCELLED)
    with pytest.raises(WrongRepair):
        move(desk, take_in(desk), RepairState.SENT, RepairState.UNREPAIRABLE)


def test_no_due_time_lies_behind_or_beyond_a_year(desk: GoodsWorld) -> None:
    now = desk.clock.now()
    for at in (now, now - timedelta(days=1), now + timedelta(days=400), datetime(2026, 4, 1)):  # noqa: DTZ001 - without an offset
        with pytest.raises(WrongRepair):
            move(desk, take_in(desk), RepairState.SENT, due_at=at)


def test_no_contact_is_kept_without_consent(desk: GoodsWorld) -> None:
    with pytest.raises(Invalid):
        take_in(desk, contact=LI_HUA)
    assert desk.read(lambda session: desk.repairs.list(session)) == []


def test_lists_go_by_state_and_page_by_page(world: GoodsWorld) -> None:
    first, second, third = take_in(world), take_in(world), take_in(world)
    move(world, second, RepairState.SENT)

    def listed(**wanted: Any) -> list[int]:
        return [view.id for view in world.read(lambda session: world.repairs.list(session, **wanted))]

    assert listed() == [third.id, second.id, first.id]
    assert listed(states=[RepairState.RECEIVED]) == [third.id, first.id]
    assert listed(before_id=third.id, limit=1) == [second.id]
    assert listed(overdue=False) == [third.id, second.id, first.id]


def test_the_slip_is_printed_again_and_says_so(world: GoodsWorld) -> None:
    repair = take_in(world)
    again = world.write(lambda session: world.repairs.reprint_slip(session, WANG, repair.id))
    assert again.job != repair.job
    assert "REPRINT" in [element.text for element in world.document(again.job).elements if isinstance(element, Text)]
    world.printer = ""
    with pytest.raises(NoRepairPrinter):
        world.write(lambda session: world.repairs.reprint_slip(session, WANG, repair.id))
    assert take_in(world).job is None


def test_a_persons_data_goes_when_its_time_is_up_and_the_repair_stays(world: GoodsWorld) -> None:
    repair = move(
        world, take_in(world, contact=LI_HUA, consent_version="2026-1"), RepairState.SENT, RepairState.BACK, RepairState.HANDED_BACK
    )
    rule = world.contacts.rules["repair-contact"]
    later = world.clock.now() + timedelta(seconds=1)
    assert world.write(lambda session: rule.purge(session, world.clock.now(), 10)) == 0
    assert world.write(lambda session: rule.purge(session, later, 10)) == 1
    view = get(world, repair)
    assert (view.contact, view.fault, view.state, view.name) == (None, "", RepairState.HANDED_BACK, "Kettle")
    assert world.read(lambda session: session.scalars(select(Contact.id)).all()) == []


def test_a_persons_repairs_are_exported_and_deleted(world: GoodsWorld) -> None:
    repair = move(world, take_in(world, contact=LI_HUA, consent_version="2026-1"), RepairState.SENT, note="says Li Hua")
    subjects = [f"repair:{repair.id}", "case:1"]
    person = world.contacts.people["repairs"]
    [told] = world.read(lambda session: person.export(session, subjects))
    assert (told["number"], told["fault"]) == (repair.number, "It boils on and on.")
    assert world.write(lambda session: person.delete(session, subjects)) == 1
    [left] = world.read(lambda session: person.export(session, subjects))
    assert "Li Hua" not in str(left)
    assert get(world, repair).state is RepairState.SENT
    assert world.read(world.repairs.next_alarm) == repair.due_at


def test_only_who_takes_goods_back_works_on_repairs(desk: GoodsWorld) -> None:
    repair = take_in(desk)
    with pytest.raises(Denied):
        desk.write(lambda session: desk.repairs.move(session, PORTER, repair.id, RepairState.SENT))
    with pytest.raises(UnknownRepair):
        desk.read(lambda session: desk.repairs.get(session, 0))
    with desk.db.read() as session:
        assert session.scalars(select(Repair.state)).all() == [RepairState.RECEIVED]
