"""Tests of appliances: the checklist of the category, a serial number that is one, the slip, the customer's signature."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from kiosk.desk.actors import SYSTEM
from kiosk.desk.appliances.errors import UnknownTest, WrongTest
from kiosk.desk.appliances.views import ApplianceTestView, ChecklistItem, NewTest, TestResult
from kiosk.desk.bags.codes import luhn_digit
from kiosk.desk.receipts import ReceiptService
from kiosk.desk.receipts.live import LiveSources
from kiosk.desk.receipts.views import NewLine, NewReceipt
from kiosk.desk.signatures import Strokes, WrongSignature
from kiosk.devices.document import Columns, Drawing, Text
from kiosk.errors import Denied
from tests.desk.goods.goods_world import PORTER, SIGNATURE, WANG, GoodsWorld


def new_test(**more: Any) -> NewTest:
    values: dict[str, Any] = {
        "product": "100200",
        "name": "Kettle",
        "category": "家电/小家电",
        "serial": "SN-0042",
        "items": [ChecklistItem("Powers on", True), ChecklistItem("Works as described", False, "does not switch off")],
        "result": TestResult.FAULTY,
        "fault": "boils on and on",
    }
    return NewTest(**(values | more))


def record(world: GoodsWorld, **more: Any) -> ApplianceTestView:
    return world.write(lambda session: world.appliances.record(session, WANG, new_test(**more)))


def test_a_test_is_kept_as_it_was_done_and_its_slip_prints(world: GoodsWorld) -> None:
    test = record(world, signature=SIGNATURE)
    assert test.number == "T2603100001"
    assert (test.serial, test.result, test.tested_by, test.tested_at) == ("SN-0042", TestResult.FAULTY, "Wang", world.clock.now())
    assert world.read(lambda session: world.appliances.get(session, test.id)) == test
    elements = world.document(test.job).elements
    assert [element for element in elements if isinstance(element, Drawing)]
    columns = {element.left: element.right for element in elements if isinstance(element, Columns)}
    assert (columns["Powers on"], columns["Works as described"]) == ("合格 OK", "不合格 NOT OK")
    assert "  does not switch off" in [element.text for element in elements if isinstance(element, Text)]
    assert world.told("appliance.tested") == [{"id": test.id, "number": test.number, "result": "faulty"}]


@pytest.mark.parametrize(("category", "count"), [("家电/小家电", 1), ("家电/厨房", 2), ("家电", 2), ("食品", 0), ("", 0)])
def test_the_longest_beginning_of_a_category_says_what_is_tried(desk: GoodsWorld, category: str, count: int) -> None:
    lists = {"家电": ["Powers on", "Complete"], "家电/小家电": ["Powers on"]}
    returns = msgspec.structs.replace(desk.settings.returns, checklists=lists)
    desk.settings = msgspec.structs.replace(desk.settings, returns=returns)
    service = type(desk.appliances)(desk.settings, desk.clock, desk.jobs, desk.audit, lambda: "")
    assert len(service.checklist(category)) == count


@pytest.mark.parametrize("serial", [" sn-0042 ", "SN- 0042", "\uff33\uff2e-0042", "sn-0042\r"])
def test_a_serial_number_reads_the_same_however_it_was_entered(desk: GoodsWorld, serial: str) -> None:
    assert record(desk, serial=serial).serial == "SN-0042"


@pytest.mark.parametrize("serial", ["", "   ", "\u200b", "X" * 65, "100200", " 100 200 "])
def test_a_serial_number_that_is_none_is_refused(desk: GoodsWorld, serial: str) -> None:
    with pytest.raises(WrongTest) as refused:
        record(desk, serial=serial)
    assert [field.field for field in refused.value.fields] == ["serial"]


@pytest.mark.parametrize("beginning", ["8123456789012", "71234567890", "612345678901234", "512345678901234", "412345678901234"])
def test_a_slip_of_the_desk_is_no_serial_number(desk: GoodsWorld, beginning: str) -> None:
    with pytest.raises(WrongTest):
        record(desk, serial=beginning + luhn_digit(beginning))


def test_neither_the_receipt_nor_the_bar_code_on_the_box_is_a_serial_number(world: GoodsWorld) -> None:
    receipts = ReceiptService(world.settings, world.clock, world.db, world.audit, LiveSources([], world.clock, []))
    line = NewLine(1, "100200", "Kettle", Decimal(1), 9900, 9900, category="家电", barcode="0012345678905")
    sale = NewReceipt("S001-77", world.settings.store.code, "1", world.clock.now() - timedelta(hours=1), [line])
    receipt_id, _how = world.write(lambda session: receipts.add(session, SYSTEM, sale))
    for serial in ("s001-77", "0012345678905", "012345678905"):
        with pytest.raises(WrongTest):
            record(world, serial=serial, receipt_id=receipt_id, line=1)
    test = record(world, receipt_id=receipt_id, line=1)
    again = record(world, receipt_id=receipt_id, line=1, serial="SN-0043")
    assert world.read(lambda session: world.appliances.of_line(session, receipt_id, 1)) == [again, test]
    assert world.read(lambda session: world.appliances.of_line(session, receipt_id, 2)) == []


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("product", {"product": ""}),
        ("name", {"name": " "}),
        ("name", {"name": "x" * 121}),
        ("fault", {"fault": ""}),
        ("fault", {"fault": "x" * 401}),
        ("items", {"items": [ChecklistItem("", True)]}),
        ("items", {"items": [ChecklistItem("Powers on", True)] * 41}),
    ],
)
def test_each_wrong_field_is_named(desk: GoodsWorld, field: str, wrong: dict[str, object]) -> None:
    with pytest.raises(WrongTest) as refused:
        record(desk, **wrong)
    assert refused.value.fields[0].field == field


def test_a_test_without_a_fault_needs_none_to_be_named(desk: GoodsWorld) -> None:
    assert record(desk, result=TestResult.NO_FAULT, fault="").fault == ""


def test_a_tap_on_the_pad_is_no_customers_signature(desk: GoodsWorld) -> None:
    with pytest.raises(WrongSignature):
        record(desk, signature=Strokes(400, [[(1, 1, 0)]]))
    assert desk.read(desk.appliances.newest) == []


def test_the_slip_says_when_the_customer_did_not_sign(desk: GoodsWorld) -> None:
    words = [element.text for element in desk.document(record(desk).job).elements if isinstance(element, Text)]
    assert "顾客未签名 Not signed by the customer" in words


def test_a_customers_signature_is_deleted_when_its_time_is_up(world: GoodsWorld) -> None:
    test, unsigned = record(world, signature=SIGNATURE), record(world)
    later = world.clock.now() + timedelta(seconds=1)
    assert world.write(lambda session: world.appliances.purge(session, later, 10)) == 1
    assert world.write(lambda session: world.appliances.purge(session, later, 10)) == 0
    assert world.read(lambda session: world.appliances.get(session, test.id)).signature is None
    assert [view.id for view in world.read(world.appliances.newest)] == [unsigned.id, test.id]


def test_only_who_takes_goods_back_records_a_test(desk: GoodsWorld) -> None:
    with pytest.raises(Denied):
        desk.write(lambda session: desk.appliances.record(session, PORTER, new_test()))
    with pytest.raises(UnknownTest):
        desk.read(lambda session: desk.appliances.get(session, 2**70))
