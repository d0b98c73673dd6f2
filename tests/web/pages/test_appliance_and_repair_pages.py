"""Pages of appliance tests and of repairs by the vendor."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from kiosk.desk.actors import SYSTEM, Role
from kiosk.desk.receipts.views import NewLine, NewReceipt
from kiosk.desk.repairs.views import RepairState, RepairView
from tests.desk.goods.goods_world import SIGNATURE
from tests.fakes.visitor import Page, Visitor
from tests.fakes.web_station import WebStation

STROKES = msgspec.json.encode(SIGNATURE).decode()
PHONE = "13812345678"


@pytest.fixture
def desk(visitor_as: Callable[..., Visitor]) -> Visitor:
    return visitor_as(Role.DESK)


def sold(station: WebStation) -> int:
    """The id of a receipt for a kettle."""
    line = NewLine(1, "100200", "Kettle", Decimal(1), 9900, 9900, category="家电/小家电", barcode="6901234567892")
    sale = NewReceipt("S001-77", station.settings.store.code, "1", station.clock.now() - timedelta(hours=1), [line])
    receipt_id, _how = station.db.write(lambda session: station.services.receipts.add(session, SYSTEM, sale))
    return receipt_id


def answers(station: WebStation, **more: str) -> dict[str, str]:
    items = station.services.appliances.checklist("家电")
    return {f"item-{place}": "yes" for place in range(len(items))} | {"serial": "SN-0042", "result": "no-fault"} | more


def repair(station: WebStation) -> RepairView:
    with station.db.read() as session:
        return station.services.repairs.list(session)[0]


def test_goods_of_a_receipt_are_tested_with_the_checklist_of_their_category(station: WebStation, desk: Visitor) -> None:
    receipt_id = sold(station)
    page = desk.open(f"/desk/appliances/new?receipt={receipt_id}&line=1")
    assert "100200 · Kettle" in page.text
    assert "通电正常 Powers on" in page.text
    form = page.form("/new")
    kept = desk.send(form, **answers(station, strokes=STROKES, **{"item-1": "no", "note-1": "stays dark"}, result="faulty", fault="dead"))
    page = desk.follow(kept)
    for said in ("Fault confirmed", "SN-0042", "stays dark", "dead", "Kettle"):
        assert said in page.text
    assert "<path d=" in page.html
    assert "Kettle" in desk.open("/desk/appliances").text
    with station.db.read() as session:
        [test] = station.services.appliances.of_line(session, receipt_id, 1)
    assert (test.category, test.items[1].passed) == ("家电/小家电", False)
    assert desk.open(f"/desk/appliances/new?receipt={receipt_id}&line=9").status == 404


def test_goods_without_a_receipt_are_tested_by_their_category(station: WebStation, desk: Visitor) -> None:
    start = desk.open("/desk/appliances/new")
    [category] = [link for link in start.links if "category=" in link]
    form = desk.open(category).form("/new")
    kept = desk.send(form, **answers(station, product="100200", name="Kettle"))
    assert "No fault found" in desk.follow(kept).text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"serial": "100200"}, "This is the code of the product"),
        ({"serial": "6901234567892"}, "This is the code of the product"),
        ({"serial": "s001-77"}, "This is the number of the receipt."),
        ({"item-2": ""}, "Say of each line of the checklist"),
        ({"result": "nonsense"}, "Choose one of the answers."),
        ({"strokes": '{"height":400,"strokes":[[[1,1,0]]]}'}, "This is too short for a signature."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_entered_stays(station: WebStation, desk: Visitor, wrong: dict[str, str], said: str) -> None:
    form = desk.open(f"/desk/appliances/new?receipt={sold(station)}&line=1").form("/new")
    refused = desk.send(form, **answers(station, **{"note-0": "a scratch", **wrong}))
    assert refused.status == 422
    assert said in refused.text
    assert "a scratch" in refused.html


def test_a_serial_number_is_scanned_into_its_field(station: WebStation, desk: Visitor) -> None:
    desk.open("/desk/appliances/new?category=家电")
    scan = station.services.scans.handle("SN0042")
    assert desk.client.get(f"/desk/appliances/scans/{scan.id}").text == "SN0042"
    assert desk.client.get(f"/desk/appliances/scans/{scan.id}").status_code == 404


def took_in(station: WebStation, desk: Visitor, **more: str) -> Page:
    fields = {"name": "Kettle", "vendor": "Supor", "fault": "boils on and on", **more}
    return desk.fill("/desk/repairs/new", "/new", **fields)


def test_a_repair_goes_from_step_to_step(station: WebStation, desk: Visitor) -> None:
    address = took_in(station, desk).location
    page = desk.open(address)
    assert "taken in for repair" in page.text
    assert "Expected back" in page.text
    form = page.form("/move")
    assert [value for name, value in form.buttons if name == "state"] == ["sent", "cancelled"]
    assert desk.send(form, state="sent", note="by courier", due="2026-03-20").status == 303
    assert repair(station).due_at is not None
    page = desk.open(address)
    assert "by courier" in page.text
    assert "at the vendor" in page.text
    later = desk.send(page.form("/move"), due="2026-03-25", note="a part is missing")  # no state: nothing is done
    assert later.status == 422
    form = page.form("/move")
    form.action = form.action.replace("/move", "/postpone")
    assert desk.send(form, due="2026-03-25", note="a part is missing").status == 303
    refused = desk.send(desk.open(address).form("/move"), state="handed-back")
    assert refused.status == 409
    desk.send(desk.open(address).form("/move"), state="back")
    desk.send(desk.open(address).form("/move"), state="handed-back")
    assert repair(station).state is RepairState.HANDED_BACK
    assert "with the customer" in desk.open(address).text


def test_a_repair_after_a_test_knows_the_goods(station: WebStation, desk: Visitor) -> None:
    form = desk.open(f"/desk/appliances/new?receipt={sold(station)}&line=1").form("/new")
    test_page = desk.follow(desk.send(form, **answers(station, result="faulty", fault="dead")))
    [link] = [link for link in test_page.links if "/desk/repairs/new" in link]
    page = desk.open(link)
    assert 'value="SN-0042"' in page.html
    assert desk.send(page.form("/new"), name="Kettle", serial="SN-0042", fault="dead", vendor="Supor").status == 303
    view = repair(station)
    assert (view.test_id, view.line, view.category) == (1, 1, "家电/小家电")


def test_contact_data_needs_consent_and_is_shown_once_with_a_reason(station: WebStation, desk: Visitor) -> None:
    refused = took_in(station, desk, **{"contact.phone": PHONE})
    assert refused.status == 422
    address = took_in(station, desk, **{"contact.phone": PHONE, "consent": "yes"}).location
    page = desk.open(address)
    assert "138****5678" in page.text
    assert PHONE not in page.html
    assert desk.fill(f"{address}/contact", "/contact").status == 422
    shown = desk.fill(f"{address}/contact", "/contact", reason="tell the customer that it is ready")
    assert PHONE in shown.text


def test_lists_show_what_is_late_and_the_slip_prints_again(station: WebStation, desk: Visitor) -> None:
    address = took_in(station, desk).location
    station.clock.advance(20 * 86_400)
    user = station.person(Role.DESK)
    desk.open(f"/probe/log-in/{user}/{station.epoch(user)}")  # nobody stays logged in for weeks
    page = desk.open("/desk/repairs?show=late")
    assert "Kettle" in page.text
    assert "Late (1)" in page.text
    assert "No repair is to be shown here." in desk.open("/desk/repairs?show=ready").text
    before = repair(station).job
    assert desk.fill(address, "/slip").status == 303
    assert repair(station).job != before


def test_a_scanned_repair_slip_opens_its_repair(station: WebStation, desk: Visitor) -> None:
    address = took_in(station, desk).location
    scan = station.services.scans.handle(repair(station).code)
    assert desk.open(scan.target).location.endswith(address)
