"""The returns counter in tests: a station that knows receipts and has a policy, and what a person does there."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from kiosk.config import ScanPattern, Scans
from kiosk.config_returns import NumberPattern, Receipts
from kiosk.db import Database
from kiosk.desk.actors import SYSTEM
from kiosk.desk.receipts.views import NewLine, NewReceipt, Tender
from kiosk.desk.returns.views import ReturnView
from kiosk.events import EventBus
from tests.fakes.clock import FakeClock
from tests.fakes.visitor import Page, Visitor
from tests.fakes.web_station import WebStation

NUMBER = "R260309030017"
TOWEL = NewLine(1, "700100", "Towel", Decimal(3), 1990, 5970, category="百货/家居", barcode="6901234500047")
SOAP = NewLine(2, "700101", "Soap dish", Decimal(1), 500, 0, 500, category="百货/家居", barcode="6901234500054", gift_of=1)
APPLES = NewLine(3, "20017", "Apples", Decimal("1.354"), 1180, 1598, category="生鲜/水果", unit="kg")
KETTLE = NewLine(4, "880014", "Kettle", Decimal(1), 12900, 11900, 1000, category="家电/小家电", barcode="6901234500061")
BOX = NewLine(5, "700102", "Box <50 l>", Decimal(2), 3590, 7180, category="百货/家居", barcode="6901234500122")


def counter(database: Database, bus: EventBus, clock: FakeClock, folder: Path, receipts: Receipts | None = None) -> WebStation:
    """A station whose receipts are numbered as those of the sample store."""
    numbers = [NumberPattern(r"R(?P<date>\d{6})(?P<till>\d{2})(?P<sequence>\d{4})", date_format="%y%m%d")]
    station = WebStation(
        database,
        bus,
        clock,
        folder,
        scans=Scans(patterns=[ScanPattern("goods", r"\d{8}|\d{12,13}")]),
        receipts=receipts or Receipts(numbers=numbers),
    )
    station.db.write(station.services.policy.ensure_default)
    return station


def sale(number: str = NUMBER, **changed: object) -> NewReceipt:
    """A sale of yesterday at 10:00 in the store's zone."""
    values: dict[str, object] = {
        "number": number,
        "store": "S001",
        "till": "3",
        "sold_at": datetime.fromisoformat("2026-03-09T10:00:00+08:00"),
        "lines": [TOWEL, SOAP, APPLES, KETTLE, BOX],
        "cashier": "Zhou Min",
        "tenders": [Tender("wechat", 26648)],
        "member": "880012345678",
        "total_fen": 26648,
    }
    return NewReceipt(**(values | changed))  # type: ignore[arg-type]


def bring_in(station: WebStation, receipt: NewReceipt) -> int:
    """Let the store know *receipt*; returns its id."""
    return station.db.write(lambda session: station.services.receipts.add(session, SYSTEM, receipt))[0]


def days_ago(days: int) -> datetime:
    return datetime.fromisoformat("2026-03-10T10:00:00+08:00") - timedelta(days=days)


def scan(station: WebStation, text: str) -> str:
    """Scan *text*; returns the address that the screen is led to."""
    return station.services.scans.handle(text).target


def answers(line: int, quantity: str = "1", **changed: str) -> dict[str, str]:
    """The fields of one line of the form, all answered."""
    values = {"quantity": quantity, "condition": "as-new", "packaging": "sealed", "reason": "不喜欢 Not wanted"} | changed
    return {f"{name}-{line}": value for name, value in values.items()}


def form_page(person: Visitor, receipt_id: int, *lines: int, kind: str = "return") -> Page:
    """The form for these lines."""
    query = "&".join(f"line={line}" for line in lines)
    return person.open(f"/desk/receipts/{receipt_id}/return?{query}&kind={kind}")


def take_back(person: Visitor, receipt_id: int, *lines: int, kind: str = "return", **fields: str) -> Page:
    """Fill the form for these lines and send it."""
    return person.send(form_page(person, receipt_id, *lines, kind=kind).form("/return"), do="record", **fields)


def the_return(station: WebStation, page: Page) -> ReturnView:
    """The return that *page* leads to."""
    assert page.status == 303, page.text
    with station.db.read() as session:
        return station.services.returns.get(session, int(page.location.rsplit("/", 1)[1]))
