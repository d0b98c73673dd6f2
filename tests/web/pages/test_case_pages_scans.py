"""What scanning does for cases: it fills the intake's fields, leads from a receipt to the intake, and from a slip to its case."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.config import ScanPattern, Scans
from kiosk.db import Database
from kiosk.desk.actors import Role
from kiosk.events import EventBus
from tests.fakes.clock import FakeClock
from tests.fakes.visitor import Visitor
from tests.fakes.web_station import WebStation

NEW = "/desk/cases/new"
RECEIPT = "S001-2026-4711"


@pytest.fixture
def station(sqlite_database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path) -> WebStation:
    patterns = [ScanPattern("receipt", r"S001-.+"), ScanPattern("goods", r"\d{8}|\d{12,13}")]
    return WebStation(sqlite_database, bus, clock, tmp_path, scans=Scans(patterns=patterns))


@pytest.fixture
def clerk(visitor_as: Callable[..., Visitor]) -> Visitor:
    person = visitor_as(Role.DESK)
    person.open("/desk")  # the screen that scans are meant for is the one that was touched last
    return person


def scan(station: WebStation, text: str) -> str:
    """Scan *text*; returns the address that the screen is led to."""
    return station.services.scans.handle(text).target


def test_a_scan_fills_the_field_that_takes_its_kind_once(station: WebStation, clerk: Visitor) -> None:
    page = clerk.open(NEW)
    takers = {value for _tag, name, value in page.attributes if name == "data-scan-fill"}
    assert takers == {"receipt", "goods"}
    (address,) = {value for _tag, name, value in page.attributes if name == "data-scan-from"}
    for text in (RECEIPT, "6901234567892"):
        scan_id = scan(station, text).rsplit("/", 1)[1]
        answer = clerk.client.get(address.replace("ID", scan_id))
        assert (answer.text, answer.mimetype, answer.headers["Cache-Control"]) == (text, "text/plain", "no-store")
        assert clerk.client.get(address.replace("ID", scan_id)).status_code == 404


@pytest.mark.parametrize("text", ["BADGE-0123456789ABCDEF", "81234567890124", "something else"])
def test_a_field_gets_neither_badges_nor_tickets(station: WebStation, clerk: Visitor, text: str) -> None:
    scan_id = scan(station, text).rsplit("/", 1)[1]
    assert clerk.client.get(f"/desk/cases/scans/{scan_id}").status_code == 404


def test_a_receipt_scanned_anywhere_leads_to_the_intake(station: WebStation, clerk: Visitor) -> None:
    page = clerk.open(scan(station, RECEIPT))
    assert f"{NEW}?receipt={RECEIPT}" in page.links
    assert ("input", "value", RECEIPT) in clerk.open(f"{NEW}?receipt={RECEIPT}").attributes


def test_a_slip_scanned_anywhere_leads_to_its_case(station: WebStation, clerk: Visitor) -> None:
    address = clerk.fill(NEW, NEW, kind="complaint", content="Sour milk.").location
    with station.db.read() as session:
        code = station.services.cases.get(session, int(address.rsplit("/", 1)[1])).code
    assert clerk.open(scan(station, code)).location == address
