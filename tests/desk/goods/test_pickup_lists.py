"""Returned goods from the customer's hands to the supervisor's: gathered, checked piece by piece, signed for once."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from kiosk.desk.actors import SYSTEM
from kiosk.desk.pickups.custody import department_of
from kiosk.desk.pickups.errors import (
    AllCounted,
    GoodsSigned,
    NotChecked,
    NothingWaits,
    PickupEnded,
    TickedOnly,
    UnknownGoods,
    UnknownPickup,
    WrongPickup,
)
from kiosk.desk.pickups.models import AT_DESK_SQL, OPEN_SQL, SIGNED_SQL, KeptGoods, Pickup
from kiosk.desk.pickups.views import PickupState
from kiosk.desk.receipts import ReceiptService
from kiosk.desk.receipts.live import LiveSources
from kiosk.desk.receipts.views import NewLine, NewReceipt
from kiosk.devices.document import Drawing, Text
from kiosk.errors import Denied
from tests.desk.goods.goods_world import LIU, PORTER, SIGNATURE, WANG, GoodsWorld

APPLIANCES, FRESH = "家电 Appliances", "生鲜 Fresh"


# -- into the desk's keeping


def test_goods_are_kept_at_the_desk_from_the_moment_they_come_back(world: GoodsWorld) -> None:
    world.bring_back(world.line("Kettle"), world.line("Apples", "生鲜/水果", "1.25"))
    world.clock.advance(60)
    world.bring_back(world.line("Fan"))
    waiting = world.read(world.pickups.waiting)
    assert [(goods.department, goods.items, goods.open_list) for goods in waiting] == [(APPLIANCES, 2, None), (FRESH, 1, None)]
    assert waiting[0].oldest == world.clock.now() - timedelta(seconds=60)
    held = world.read(lambda session: world.pickups.held(session, holder="desk"))
    assert [(item.name, item.quantity, item.weighed) for item in held] == [
        ("Fan", Decimal(1), False),
        ("Apples", Decimal("1.25"), True),
        ("Kettle", Decimal(1), False),
    ]


@pytest.mark.parametrize(
    ("category", "department"), [("家电/小家电", "small"), ("家电", "large"), ("家用", "other"), ("", "other"), ("小家电", "other")]
)
def test_the_longest_beginning_of_a_category_says_which_department_takes_it(desk: GoodsWorld, category: str, department: str) -> None:
    departments = {"家电": "large", "家电/小": "small"}
    returns = msgspec.structs.replace(desk.settings.returns, departments=departments, other_department="other")
    assert department_of(msgspec.structs.replace(desk.settings, returns=returns), category) == department


def test_a_return_that_tells_of_itself_twice_is_kept_once(world: GoodsWorld) -> None:
    view = world.bring_back(world.line("Kettle"))
    world.write(lambda session: world.pickups.take_over(session, WANG, view))
    assert len(world.read(world.pickups.held)) == 1


def test_the_bar_code_and_the_unit_come_from_the_receipt(world: GoodsWorld) -> None:
    receipts = ReceiptService(world.settings, world.clock, world.db, world.audit, LiveSources([], world.clock, []))
    store = world.settings.store.code
    lines = [
        NewLine(1, "100", "Kettle", Decimal(1), 9900, 9900, category="家电", barcode="6901234567892"),
        NewLine(2, "200", "Rice", Decimal(2), 500, 1000, category="食品", unit="kg"),
    ]
    sale = NewReceipt("2603100001", store, "1", world.clock.now() - timedelta(hours=1), lines)
    receipt_id, _how = world.write(lambda session: receipts.add(session, SYSTEM, sale))
    back = [world.line("Kettle", product="100", line=1), world.line("Rice", "食品", "2", product="200", line=2)]
    world.bring_back(*back, receipt_id=receipt_id)
    rice, kettle = world.read(world.pickups.held)
    assert (kettle.barcode, kettle.weighed, rice.weighed) == ("6901234567892", False, True)


def test_a_voided_return_takes_its_goods_off_the_desk_and_off_an_open_list(world: GoodsWorld) -> None:
    wrong, right = world.bring_back(world.line("Kettle")), world.bring_back(world.line("Fan"))
    pickup = world.gather()
    world.void(wrong)
    view = world.read(lambda session: world.pickups.get(session, pickup.id))
    assert [item.name for item in view.items] == ["Fan"]
    kettle = world.read(lambda session: world.pickups.item(session, pickup.items[0].id))
    assert kettle.holder == "customer"
    assert [item.name for item in world.read(world.pickups.held)] == ["Fan"]
    world.void(right)
    assert world.read(lambda session: world.pickups.get(session, pickup.id)).state is PickupState.DISSOLVED


def test_a_return_whose_goods_are_signed_for_cannot_be_voided(world: GoodsWorld) -> None:
    view = world.bring_back(world.line("Kettle"))
    world.sign(world.all_there(world.gather()))
    with pytest.raises(GoodsSigned):
        world.void(view)
    assert [item.holder for item in world.read(world.pickups.held)] == ["Liu"]


# -- lists


def test_what_comes_later_joins_the_open_list_of_its_department(world: GoodsWorld) -> None:
    world.bring_back(world.line("Kettle"), world.line("Apples", "生鲜"))
    first = world.gather()
    world.bring_back(world.line("Fan"))
    again = world.gather()
    assert (first.number, again.id) == ("P2603100001", first.id)
    assert [item.name for item in again.items] == ["Kettle", "Fan"]
    assert world.gather(FRESH).number == "P2603100002"
    assert world.gather().items == again.items  # nothing new waits: the list as it is
    [appliances, _fresh] = world.read(world.pickups.waiting)
    assert appliances.open_list == first.id


def test_a_list_is_found_by_its_code_alone(world: GoodsWorld) -> None:
    world.bring_back(world.line("Kettle"))
    pickup = world.gather()
    assert len(pickup.code) == 16
    assert pickup.code.startswith("5")
    by_code = world.read(
        lambda session: [world.pickups.by_code(session, code) for code in (pickup.code, pickup.code[::-1], "6901234567892")]
    )
    assert by_code == [pickup.id, None, None]


def test_there_is_nothing_to_gather_where_nothing_waits(world: GoodsWorld) -> None:
    for department in (APPLIANCES, "", "x" * 400):
        with pytest.raises(NothingWaits):
            world.gather(department)


def test_a_dissolved_list_gives_its_goods_back_to_the_desk_unchecked(world: GoodsWorld) -> None:
    world.bring_back(world.line("Kettle"))
    pickup = world.all_there(world.gather())
    gone = world.do("dissolve", pickup.id)
    assert (gone.state, gone.items) == (PickupState.DISSOLVED, [])
    with pytest.raises(PickupEnded):
        world.do("dissolve", pickup.id)
    anew = world.gather()
    assert anew.id != pickup.id
    assert [item.found for item in anew.items] == [None]


# -- checking


def test_each_scan_counts_one_piece_and_never_more_than_came_back(world: GoodsWorld) -> None:
    world.bring_back(world.line("Kettle", quantity="2", product="6901234567892"))
    pickup = world.gather()
    for scans, code in enumerate(("6901234567892", "06901234567892"), start=1):  # the same number as GTIN-14
        view = world.scan(pickup, code)
        assert (view.state, view.items[0].found) == (PickupState.CHECKING, Decimal(scans))
    with pytest.raises(AllCounted):
        world.scan(pickup, "6901234567892")
    assert world.read(lambda session: world.pickups.get(session, pickup.id)).items[0].found == 2


def test_the_same_goods_of_two_returns_are_counted_one_after_the_other(world: GoodsWorld) -> None:
    world.bring_back(world.line("Kettle", product="100"))
    world.bring_back(world.line("Kettle", product="100"))
    pickup = world.scan(world.gather(), "100", "100")
    assert [item.found for item in pickup.items] == [Decimal(1), Decimal(1)]


def test_a_code_that_is_not_on_the_list_counts_nothing(world: GoodsWorld) -> None:
    world.bring_back(world.line("Kettle", product="100"))
    pickup = world.gather()
    for code in ("200", "", " ", "9" * 300, "1000"):
        with pytest.raises(UnknownGoods):
            world.scan(pickup, code)
    assert world.read(lambda session: world.pickups.get(session, pickup.id)).items[0].found is None


def test_weighed_goods_are_ticked_and_never_counted_by_scans(world: GoodsWorld) -> None:
    world.bring_back(world.line("Apples", "生鲜", "1.25", product="2100001"))
    pickup = world.gather(FRESH)
    with pytest.raises(TickedOnly):
        world.scan(pickup, "2100001")
    assert world.all_there(pickup).items[0].found == Decimal("1.25")


@pytest.mark.parametrize("found", ["3", "-1", "0.5", "1E+9", "NaN", "6901234567892"])
def test_no_quantity_but_one_that_came_back_is_noted(world: GoodsWorld, found: str) -> None:
    world.bring_back(world.line("Kettle", quantity="2"))
    pickup = world.gather()
    with pytest.raises(WrongPickup):
        world.do("check", pickup.id, pickup.items[0].id, found=Decimal(found), difference="so it is")


def test_what_is_missing_is_written_down(world: GoodsWorld) -> None:
    world.bring_back(world.line("Kettle", quantity="2"))
    pickup = world.gather()
    item = pickup.items[0].id
    with pytest.raises(WrongPickup):
        world.do("check", pickup.id, item, found=Decimal(1))
    view = world.do("check", pickup.id, item, found=Decimal(1), difference="  one was\nbroken ")
    assert (view.items[0].difference, view.checked, view.differing) == ("one was broken", 1, 1)
    view = world.do("check", pickup.id, item, found=Decimal(2), difference="no, it is there")
    assert (view.items[0].difference, view.differing) == ("", 0)


def test_an_item_of_another_list_is_not_checked_on_this_one(world: GoodsWorld) -> None:
    world.bring_back(world.line("Kettle"), world.line("Apples", "生鲜"))
    kettles, apples = world.gather(), world.gather(FRESH)
    with pytest.raises(UnknownGoods):
        world.do("check", kettles.id, apples.items[0].id, found=Decimal(1))
    with pytest.raises(UnknownPickup):
        world.do("check", 2**70, kettles.items[0].id, found=Decimal(1))


# -- signing


def test_whoever_signs_keeps_the_goods_and_a_copy_prints(world: GoodsWorld) -> None:
    world.bring_back(world.line("Kettle"), world.line("Fan", quantity="2"))
    pickup = world.gather()
    world.do("check", pickup.id, pickup.items[1].id, found=Decimal(1), difference="one was broken")
    world.do("check", pickup.id, pickup.items[0].id, found=Decimal(1))
    signed = world.sign(pickup)
    assert (signed.state, signed.signed_by, signed.signed_at, signed.signature) == (PickupState.SIGNED, "Liu", world.clock.now(), SIGNATURE)
    assert [(item.holder, item.holder_label) for item in signed.items] == [("Liu", "user:2"), ("Liu", "user:2")]
    assert world.read(world.pickups.waiting) == []
    elements = world.document(signed.job).elements
    assert [element for element in elements if isinstance(element, Drawing)]
    words = " ".join(element.text for element in elements if isinstance(element, Text))
    assert "one was broken" in words
    assert signed.number in words
    assert world.told("pickup.changed")[-1] == {"id": pickup.id, "number": pickup.number, "state": "signed", "department": APPLIANCES}


def test_goods_that_nobody_found_are_with_nobody(world: GoodsWorld) -> None:
    world.bring_back(world.line("Kettle"))
    pickup = world.gather()
    world.do("check", pickup.id, pickup.items[0].id, found=Decimal(0), difference="not on the shelf")
    assert world.sign(pickup).items[0].holder == "missing"
    assert world.read(lambda session: world.pickups.unsigned(session, world.clock.now() + timedelta(days=1))) is None


def test_a_list_is_signed_only_when_every_line_is_checked(world: GoodsWorld) -> None:
    world.bring_back(world.line("Kettle", quantity="2", product="100"), world.line("Fan"))
    pickup = world.scan(world.gather(), "100")
    with pytest.raises(NotChecked) as refused:
        world.sign(pickup)
    assert refused.value.extra["items"] == [item.id for item in pickup.items]


def test_a_list_is_signed_once_and_is_a_record_then(world: GoodsWorld) -> None:
    world.bring_back(world.line("Kettle", product="100"))
    pickup = world.all_there(world.gather())
    world.sign(pickup)
    for late in (
        lambda: world.sign(pickup),
        lambda: world.scan(pickup, "100"),
        lambda: world.do("dissolve", pickup.id),
        lambda: world.do("check", pickup.id, pickup.items[0].id, found=Decimal(1)),
    ):
        with pytest.raises(PickupEnded):
            late()


def test_only_who_may_approve_signs_and_only_who_works_with_returns_checks(world: GoodsWorld) -> None:
    world.bring_back(world.line("Kettle", product="100"))
    pickup = world.all_there(world.gather())
    with pytest.raises(Denied):
        world.sign(pickup, signer=WANG)
    for step, args in (("gather", (APPLIANCES,)), ("check_by_scan", (pickup.id, "100")), ("dissolve", (pickup.id,))):
        with pytest.raises(Denied):
            world.do(step, *args, actor=PORTER)


def test_without_a_printer_the_goods_are_signed_for_all_the_same(world: GoodsWorld) -> None:
    world.printer = ""
    world.bring_back(world.line("Kettle"))
    signed = world.sign(world.all_there(world.gather()))
    assert (signed.state, signed.job) == (PickupState.SIGNED, None)


def test_a_signature_is_deleted_when_its_time_is_up_and_the_name_stays(world: GoodsWorld) -> None:
    world.bring_back(world.line("Kettle"))
    signed = world.sign(world.all_there(world.gather()))
    now = world.clock.now()
    assert world.write(lambda session: world.pickups.purge(session, now, 10)) == 0
    assert world.write(lambda session: world.pickups.purge(session, now + timedelta(seconds=1), 10)) == 1
    view = world.read(lambda session: world.pickups.get(session, signed.id))
    assert (view.signature, view.signed_by) == (None, "Liu")


# -- who keeps what


def test_the_history_tells_through_whose_hands_goods_went(world: GoodsWorld) -> None:
    world.bring_back(world.line("Kettle", product="100"))
    pickup = world.scan(world.gather(), "100")
    world.sign(pickup)
    history = world.read(lambda session: world.pickups.history(session, pickup.items[0].id))
    assert [(step.action, step.who) for step in history] == [
        ("taken-back", "Wang"),
        ("gathered", "Wang"),
        ("scanned", "Wang"),
        ("signed", "Liu"),
    ]
    with pytest.raises(UnknownGoods):
        world.read(lambda session: world.pickups.history(session, 999))


def test_what_somebody_keeps_is_found_by_their_label_or_name(world: GoodsWorld) -> None:
    world.bring_back(world.line("Kettle"))
    world.sign(world.all_there(world.gather()))
    world.bring_back(world.line("Fan"))
    names = {
        who: [item.name for item in world.read(lambda session, who=who: world.pickups.held(session, holder=who))]  # type: ignore[misc]
        for who in ("Liu", LIU.label, "desk", "")
    }
    assert names == {"Liu": ["Kettle"], LIU.label: ["Kettle"], "desk": ["Fan"], "": ["Fan", "Kettle"]}


def test_the_day_hears_of_goods_that_nobody_signed_for_and_of_no_later_ones(world: GoodsWorld) -> None:
    evening = world.clock.now() + timedelta(hours=1)
    assert world.read(lambda session: world.pickups.unsigned(session, evening)) is None
    world.bring_back(world.line("Kettle"), world.line("Fan"), world.line("Apples", "生鲜"))
    world.gather()
    said = world.read(lambda session: world.pickups.unsigned(session, evening))
    assert said is not None
    assert f"{APPLIANCES}: 2, {FRESH}: 1" in str(said)
    assert world.read(lambda session: world.pickups.unsigned(session, world.clock.now())) is None


def test_no_event_names_goods_or_people(world: GoodsWorld) -> None:
    world.bring_back(world.line("Kettle"))
    world.sign(world.all_there(world.gather()))
    told = world.told("pickup.changed")
    assert told
    assert {key for data in told for key in data} <= {"id", "number", "state", "department"}


def test_what_waits_and_what_is_kept_is_answered_by_an_index(desk: GoodsWorld) -> None:
    asked: list[sa.Select[Any]] = [
        sa.select(KeptGoods.department, sa.func.count()).where(sa.text(AT_DESK_SQL)).group_by(KeptGoods.department),
        sa.select(KeptGoods.id).where(KeptGoods.holder == "user:2").order_by(KeptGoods.id.desc()).limit(200),
        sa.select(KeptGoods.id).where(KeptGoods.return_id == 1),
        sa.select(KeptGoods.id).where(KeptGoods.pickup_id == 1).order_by(KeptGoods.id),
        sa.select(Pickup.id).where(Pickup.department == "x", sa.text(OPEN_SQL)),
        sa.select(Pickup.id).where(Pickup.code == 5),
        sa.select(Pickup.id).where(Pickup.signed_at < desk.clock.now(), sa.text(SIGNED_SQL)).order_by(Pickup.signed_at).limit(9),
    ]
    with desk.db.read() as session:
        for query in asked:
            text = str(query.compile(session.get_bind(), compile_kwargs={"literal_binds": True}))
            plan = " ".join(str(row.detail) for row in session.execute(sa.text(f"EXPLAIN QUERY PLAN {text}")))
            assert "USING" in plan, (text, plan)
            assert "SCAN" not in plan, (text, plan)
