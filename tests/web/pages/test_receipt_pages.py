"""A receipt at the desk: found by scan, number or what is left of it; what may come back, and why not the rest."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from kiosk.config_returns import LiveSource, NumberPattern, Receipts
from kiosk.db import Database
from kiosk.desk.actors import Role
from kiosk.desk.receipts.views import NewLine, ReceiptKind
from kiosk.events import EventBus
from tests.fakes.clock import FakeClock
from tests.fakes.visitor import Visitor
from tests.fakes.web_station import WebStation
from tests.web.pages.returns_counter import BOX, NUMBER, answers, bring_in, counter, sale, scan, take_back, the_return


@pytest.fixture
def station(sqlite_database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path) -> WebStation:
    return counter(sqlite_database, bus, clock, tmp_path)


@pytest.fixture
def clerk(visitor_as: Callable[..., Visitor]) -> Visitor:
    person = visitor_as(Role.DESK)
    person.open("/desk")  # the screen that scans are meant for is the one that was touched last
    return person


def test_a_scanned_receipt_is_there_at_once_with_all_that_is_known_of_it(station: WebStation, clerk: Visitor) -> None:
    receipt_id = bring_in(station, sale())
    target = scan(station, NUMBER)
    page = clerk.open(target)
    assert page.status == 200
    for known in (NUMBER, "S001", "Zhou Min", "2026-03-09 10:00", "¥266.48", "WeChat Pay", "Towel", "Box <50 l>"):
        assert known in page.text
    assert "880012345678" not in page.html
    assert "5678" in page.text
    assert page.form(f"/receipts/{receipt_id}/return").method == "get"
    # The language switch comes back to the same address.
    assert clerk.open(target).status == 200


def test_each_line_says_what_may_come_back_until_when_and_why_not_the_rest(station: WebStation, clerk: Visitor) -> None:
    receipt_id = bring_in(station, sale())
    page = clerk.open(f"/desk/receipts/{receipt_id}")
    tones = [value for tag, name, value in page.attributes if tag == "tr" and name == "data-tone"]
    assert len(tones) == 5
    assert tones[2] == "bad"  # fresh goods
    assert "6 d left" in page.text
    assert "Test of the appliance" in page.text
    with station.db.read() as session:
        assessed = station.services.returns.assess(session, receipt_id)
    for line in assessed.lines:
        assert line.verdict.reason.text.partition("%")[0].strip() in page.text


def test_what_came_back_before_is_counted_and_shown(station: WebStation, clerk: Visitor) -> None:
    receipt_id = bring_in(station, sale())
    earlier = the_return(station, take_back(clerk, receipt_id, 5, **answers(5, "2")))
    page = clerk.open(f"/desk/receipts/{receipt_id}")
    assert "All of it came back" in page.text
    assert earlier.number in page.text
    assert f"/desk/returns/{earlier.id}" in page.links
    assert [value for _tag, name, value in page.attributes if name == "data-tone"][4] == "idle"


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": ReceiptKind.CANCELLED},
        {"kind": ReceiptKind.REFUND},
        {"store": "S009"},
    ],
    ids=["cancelled", "a refund", "another store's"],
)
def test_a_receipt_of_which_nothing_may_come_back_says_why_and_offers_no_choice(
    station: WebStation, clerk: Visitor, changed: dict[str, object]
) -> None:
    receipt_id = bring_in(station, sale(**changed))
    page = clerk.open(f"/desk/receipts/{receipt_id}")
    with station.db.read() as session:
        (notice, *_more) = station.services.returns.assess(session, receipt_id).notices
    assert notice.text.partition("%")[0].strip() in page.text
    assert not any(name == "type" and value == "checkbox" for _tag, name, value in page.attributes)
    assert not [form for form in page.forms if form.buttons and form.buttons[0][0] == "kind"]


def test_a_typed_number_leads_to_its_receipt(station: WebStation, clerk: Visitor) -> None:
    receipt_id = bring_in(station, sale())
    assert clerk.open(f"/desk/receipts?number={NUMBER}").location == f"/desk/receipts/{receipt_id}"


def test_a_number_that_nobody_knows_is_named_with_what_to_do(station: WebStation, clerk: Visitor) -> None:
    page = clerk.open("/desk/receipts?number=R260309039999")
    assert page.status == 404
    assert "No receipt is known under R260309039999" in page.text
    assert "/desk/cases/new?receipt=R260309039999" in page.links
    unknown = clerk.open(scan(station, "R260309039998"))
    assert unknown.status == 404
    assert "R260309039998" in unknown.text


def test_a_scan_is_its_screens_alone(station: WebStation, clerk: Visitor, visitor_as: Callable[..., Visitor]) -> None:
    bring_in(station, sale())
    target = scan(station, NUMBER)
    other = visitor_as(Role.DESK).open(target)
    assert other.status == 404
    assert "too old" in other.text


@pytest.mark.parametrize(
    "query",
    [
        "day=2026-03-09&till=3",
        "day=2026-03-08&until=2026-03-10&amount=266.48",
        "day=2026-03-09&product=Towel",
        "member=880012345678",
        "day=2026-03-09&part=0017",
    ],
)
def test_a_damaged_receipt_is_found_by_what_is_legible(station: WebStation, clerk: Visitor, query: str) -> None:
    receipt_id = bring_in(station, sale())
    bring_in(station, sale("R260309020018", till="2", member="", total_fen=7180, lines=[BOX], tenders=[]))
    page = clerk.open(f"/desk/receipts?{query}")
    assert page.status == 200
    assert [link for link in page.links if link.startswith("/desk/receipts/")] == [f"/desk/receipts/{receipt_id}"]


def test_a_search_that_finds_nothing_or_cannot_be_read_says_so(station: WebStation, clerk: Visitor) -> None:
    bring_in(station, sale())
    assert "No receipt fits" in clerk.open("/desk/receipts?day=2026-03-01").text
    wrong = clerk.open("/desk/receipts?day=yesterday&amount=much")
    assert wrong.status == 422
    assert "A day is written as" in wrong.text
    assert clerk.open("/desk/receipts?product=Towel").status == 422


def test_a_receipt_of_500_lines_has_them_all_and_a_filter(station: WebStation, clerk: Visitor) -> None:
    lines = [NewLine(number, f"9{number:05d}", f"Goods {number}", Decimal(1), 100, 100, category="百货") for number in range(1, 501)]
    receipt_id = bring_in(station, sale(lines=lines, total_fen=50_000, tenders=[]))
    page = clerk.open(f"/desk/receipts/{receipt_id}")
    assert sum(name == "data-find" for _tag, name, _value in page.attributes) == 500
    assert any(name == "data-filter" for _tag, name, _value in page.attributes)
    assert "500 lines" in page.text


def test_a_point_of_sale_that_does_not_answer_is_named_with_the_age_of_what_is_known(
    sqlite_database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path
) -> None:
    # A database in a folder that is not there: asked, it never answers.
    away = LiveSource("tills", "sql", url=f"sqlite:///{tmp_path}/away/pos.db", query="SELECT * FROM sale WHERE number = :number")
    settings = Receipts(numbers=[NumberPattern(r"R\d{12}")], sources=[away])
    station = counter(sqlite_database, bus, clock, tmp_path, settings)
    receipt_id = bring_in(station, sale())
    clock.advance(3600)
    clerk = Visitor(station.browser(Role.DESK).client, "en")
    page = clerk.open(f"/desk/receipts/{receipt_id}")
    assert "No answer from tills" in page.text
    assert "2026-03-10 14:00" in page.text
    assert "tills does not answer" in clerk.open("/desk/receipts?number=R260309039999").text


def test_whoever_may_not_look_receipts_up_is_told(station: WebStation, visitor_as: Callable[..., Visitor]) -> None:
    receipt_id = bring_in(station, sale())
    assert visitor_as(Role.BAG_CHECK).open(f"/desk/receipts/{receipt_id}").status == 403
    assert visitor_as(Role.TECHNICIAN).open("/desk/receipts").status == 403


def test_names_of_goods_are_shown_as_they_are_and_never_become_markup(station: WebStation, clerk: Visitor) -> None:
    receipt_id = bring_in(station, sale(lines=[NewLine(1, "1", "<script>x</script>", Decimal(1), 100, 100)], total_fen=100, tenders=[]))
    page = clerk.open(f"/desk/receipts/{receipt_id}")
    assert "<script>x" not in page.html
    assert "&lt;script&gt;x" in page.html
