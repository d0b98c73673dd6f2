"""JSON lines: whole receipts, or one line of a receipt in each; numbers never become floats."""

import json
from decimal import Decimal
from typing import Any

import pytest

from kiosk.desk.receipts.views import Tender
from tests.desk.importing.conftest import Desk
from tests.desk.importing.import_world import ImportWorld, told

WHOLE: dict[str, Any] = {
    "number": "77",
    "till": 3,
    "sold_at": "2026-03-09T10:00:05",
    "member": None,
    "total": 41.98,
    "lines": [
        {"product": 100, "name": "鲜牛奶", "quantity": 2, "unit_price": 12.5, "amount": 25.00},
        {"product": "200", "name": "苹果", "quantity": 1.439, "unit_price": 11.80, "amount": 16.98},
    ],
    "tenders": [{"kind": "cash", "amount": 41.98}],
}


def bring(world: ImportWorld, *lines: object, encoding: str = "utf-8") -> Any:
    texts = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
    return world.bring(world.write(*texts, head="", name="sales.jsonl", encoding=encoding))


@pytest.fixture
def world(desk: Desk) -> ImportWorld:
    return desk(format="jsonl", columns={})


def test_a_line_holds_a_whole_receipt(world: ImportWorld) -> None:
    report = bring(world, WHOLE)
    receipt = world.find("77")
    assert (report.problems, report.counts.rows, receipt.till, receipt.total_fen) == ([], 2, "3", 4198)
    assert [(line.product, line.quantity, line.amount_fen) for line in receipt.lines] == [("100", 2, 2500), ("200", Decimal("1.439"), 1698)]
    assert receipt.tenders == [Tender("cash", 4198)]


def test_a_line_may_hold_one_line_of_a_receipt(world: ImportWorld) -> None:
    head = {name: WHOLE[name] for name in ("number", "till", "sold_at")}
    assert bring(world, *(head | line for line in WHOLE["lines"])).counts.new == 1
    assert len(world.find("77").lines) == 2


def test_keys_are_as_the_profile_says_also_one_within_another(desk: Desk) -> None:
    columns = {
        "number": "ticket.no",
        "sold_at": "ticket.at",
        "lines": "rows",
        "product": "sku",
        "quantity": "n",
        "amount": "sum",
        "member": "customer.card",
        "tenders": "paid",
        "tender": "by",
        "tender_amount": "sum",
    }
    world = desk(format="jsonl", columns=columns, money="fen")
    document = {
        "ticket": {"no": 77, "at": "2026-03-09 10:00:05"},
        "customer": {"card": "M1"},
        "rows": [{"sku": "100", "n": 2, "sum": 2500}],
        "paid": [{"by": "cash", "sum": 2500}],
    }
    assert bring(world, document).problems == []
    assert (world.find("77").lines[0].amount_fen, world.find("77").tenders) == (2500, [Tender("cash", 2500)])


def test_floats_of_programs_are_read_as_they_were_meant(world: ImportWorld) -> None:
    line = {"product": "100", "quantity": 0.1 + 0.2, "amount": 1.1 + 2.2}
    assert bring(world, WHOLE | {"lines": [line], "total": None, "tenders": None}).problems == []
    assert (world.find("77").lines[0].quantity, world.find("77").total_fen) == (Decimal("0.3"), 330)


def test_another_encoding_is_that_of_the_profile(desk: Desk) -> None:
    world = desk(format="jsonl", columns={}, encoding="gb18030")
    assert bring(world, WHOLE, encoding="gb18030").counts.good
    assert world.find("77").lines[0].name == "鲜牛奶"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "is no JSON"),
        ("[]", "must be an object"),
        ("42", "must be an object"),
        ('{"number": "78"}', "must be a time"),
        (WHOLE | {"number": "78", "lines": []}, "has no lines"),
        (WHOLE | {"number": "78", "lines": "milk"}, "must have a list of objects as lines"),
        (WHOLE | {"number": "78", "tenders": {"cash": 1}}, "must have a list of objects as tenders"),
        (WHOLE | {"number": {"a": 1}}, "must have a text or a number as number"),
        (WHOLE | {"number": "78", "till": True}, "must have a text or a number as till"),
        (WHOLE | {"number": "78", "total": 1e300}, "must have a text or a number as total"),
        (WHOLE | {"number": "78", "lines": [{"product": "1", "quantity": 0.3001, "amount": 1}]}, "three decimals"),
    ],
)
def test_a_line_that_is_no_receipt_is_an_error_of_its_row(world: ImportWorld, line: object, says: str) -> None:
    report = bring(world, WHOLE | {"number": "70"}, line, WHOLE | {"number": "71"})
    wrong = [(one.row, one.message) for one in report.problems if one.row == 2]
    assert any(says in message for _, message in wrong), told(report)


def test_a_line_that_is_not_in_the_encoding_is_an_error_of_its_row(world: ImportWorld) -> None:
    path = world.folder / "sales.jsonl"
    path.write_bytes(json.dumps(WHOLE).encode() + b"\n" + json.dumps(WHOLE | {"till": "台"}, ensure_ascii=False).encode("gbk") + b"\n")
    assert (2, "", "", "is not in utf-8") in told(world.bring(path))
