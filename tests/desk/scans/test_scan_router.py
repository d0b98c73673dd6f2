"""A scan's way to its screen: the event, the address, and the code that stays behind until it is claimed."""

import json
import logging
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import text as sql
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from kiosk.config import ScanPattern, Scans
from kiosk.db import Database
from kiosk.desk.bags.codes import new_code
from kiosk.desk.returns.codes import new_pickup_code, new_return_code
from kiosk.desk.scans import ActiveScreens, RoutedScan, ScannedKind, ScanRouter
from kiosk.devices.scanner import Scan
from kiosk.events import Event, EventBus
from tests.fakes.clock import FakeClock

TICKET = new_code(random.Random(1))
FOREIGN = new_code(random.Random(2))
BADGE = "BADGE-0123456789AB"
GOODS = "6901234567892"
RETURN = new_return_code(random.Random(3))
PICKUP = new_pickup_code(random.Random(4))


def receipt_number(text: str, _symbology: str | None) -> str | None:
    return text if text.startswith("NO-") else None


class Desk:
    """A router with screens, a database that knows one ticket, and the events that were published."""

    def __init__(self, database: Database, clock: FakeClock, bus: EventBus) -> None:
        self.clock = clock
        self.screens = ActiveScreens(clock, idle_s=600)
        self.events: list[Event] = []
        self.broken = False
        bus.subscribe(self.events.append)
        settings = Scans(patterns=[ScanPattern("receipt", r"R\d{8}"), ScanPattern("goods", r"\d{13}")])
        self.router = ScanRouter(settings, database, clock, bus, self.screens, ticket=self.ticket, receipt_number=receipt_number)

    def ticket(self, session: Session, code: str) -> int | None:
        if self.broken:
            raise OperationalError("SELECT", {}, Exception("disk I/O error"))
        return session.scalar(sql("SELECT 12 WHERE :code = :known"), {"code": code, "known": TICKET})

    def scan(self, text: str, symbology: str | None = None) -> RoutedScan:
        return self.router.handle(Scan(text, "desk-scanner", self.clock.now(), symbology))


@pytest.fixture
def desk(sqlite_database: Database, clock: FakeClock, bus: EventBus) -> Desk:
    desk = Desk(sqlite_database, clock, bus)
    desk.screens.touch("screen-1", at_desk=True, logged_in=True)
    return desk


def test_a_ticket_leads_the_active_screen_to_its_release_page(desk: Desk) -> None:
    routed = desk.scan(TICKET, "code128")
    assert (routed.kind, routed.target) == (ScannedKind.TICKET, f"/desk/bags/12/release?scan={routed.id}")
    (event,) = desk.events
    assert (event.name, event.screen, event.at) == ("scan", "screen-1", desk.clock.now())
    assert event.data == {
        "id": routed.id,
        "kind": "ticket",
        "target": routed.target,
        "device": "desk-scanner",
        "symbology": "code128",
        "text_masked": "8*********" + TICKET[-4:],
        "at": "2026-03-10T06:00:00+00:00",
    }


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (FOREIGN, ScannedKind.TICKET),
        (GOODS, ScannedKind.GOODS),
        ("what is this", ScannedKind.UNKNOWN),
    ],
)
def test_everything_else_leads_to_the_page_of_the_scan(desk: Desk, text: str, kind: ScannedKind) -> None:
    routed = desk.scan(text)
    assert (routed.kind, routed.target) == (kind, f"/desk/scans/{routed.id}")
    assert len(desk.events) == 1


@pytest.mark.parametrize(
    ("text", "kind", "page"),
    [
        ("R12345678", ScannedKind.RECEIPT, "/desk/receipts/scan"),
        ("NO-0042", ScannedKind.RECEIPT, "/desk/receipts/scan"),
        (RETURN, ScannedKind.RETURN, "/desk/returns/scan"),
        (PICKUP, ScannedKind.PICKUP, "/desk/pickups/scan"),
    ],
)
def test_receipts_return_slips_and_pickup_lists_lead_to_pages_of_their_own(desk: Desk, text: str, kind: ScannedKind, page: str) -> None:
    routed = desk.scan(text)
    assert (routed.kind, routed.target) == (kind, f"{page}/{routed.id}")
    claimed = desk.router.claim(routed.id, "screen-1")
    assert claimed is not None
    assert claimed.text == text


def test_a_badge_leads_to_the_log_in_also_on_a_logged_out_screen(desk: Desk) -> None:
    desk.screens.touch("screen-1", at_desk=True, logged_in=False)
    routed = desk.scan(BADGE)
    assert (routed.kind, routed.target) == (ScannedKind.BADGE, f"/login/badge/{routed.id}")
    claimed = desk.router.claim(routed.id, "screen-1")
    assert claimed is not None
    assert claimed.text == BADGE


def test_a_logged_out_screen_is_told_of_nothing_but_badges(desk: Desk) -> None:
    desk.screens.touch("screen-1", at_desk=True, logged_in=False)
    routed = desk.scan(TICKET)
    assert routed.screen is None
    assert desk.events == []
    assert desk.router.claim(routed.id, "screen-1") is None


def test_a_badge_is_kept_for_no_screen_away_from_the_desk(desk: Desk) -> None:
    desk.screens.forget("screen-1")
    desk.screens.touch("office", at_desk=False, logged_in=True)
    routed = desk.scan(BADGE)
    assert (routed.screen, desk.events) == (None, [])
    assert desk.router.claim(routed.id, "office") is None


def test_scans_follow_the_screen_that_was_touched_last(desk: Desk) -> None:
    desk.screens.touch("screen-2", at_desk=True, logged_in=True)
    desk.scan(TICKET)
    desk.screens.touch("screen-1", at_desk=True, logged_in=True)
    desk.scan(GOODS)
    assert [event.screen for event in desk.events] == ["screen-2", "screen-1"]


def test_a_scan_is_claimed_once_by_the_screen_that_got_it(desk: Desk) -> None:
    desk.screens.touch("screen-2", at_desk=True, logged_in=True)
    routed = desk.scan(TICKET, "code128")
    assert desk.router.claim(routed.id, "screen-1") is None, "another screen's scan"
    claimed = desk.router.claim(routed.id, "screen-2")
    assert claimed is not None
    assert (claimed.text, claimed.subject, claimed.symbology, claimed.device) == (TICKET, 12, "code128", "desk-scanner")
    assert desk.router.claim(routed.id, "screen-2") is None, "claimed before"
    assert desk.router.claim("no-such-scan", "screen-2") is None


def test_a_scan_that_nobody_fetched_is_forgotten_after_a_minute(desk: Desk) -> None:
    early = desk.scan(TICKET)
    desk.clock.advance(59)
    late = desk.scan(GOODS)
    desk.clock.advance(1)
    assert desk.router.claim(early.id, "screen-1") is None
    assert desk.router.claim(late.id, "screen-1") is not None


def test_a_program_that_floods_loses_its_own_oldest_scans(desk: Desk) -> None:
    scans = [desk.scan(GOODS) for _ in range(300)]
    assert desk.router.claim(scans[0].id, "screen-1") is None
    assert desk.router.claim(scans[-1].id, "screen-1") is not None


@pytest.mark.parametrize("text", [TICKET, FOREIGN, RETURN, PICKUP, BADGE, BADGE.lower() + "-worn", TICKET[:-1] + "x"])
def test_neither_event_nor_log_nor_result_holds_a_ticket_or_a_badge(desk: Desk, text: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        routed = desk.scan(text)
        claimed = desk.router.claim(routed.id, "screen-1")
    (event,) = desk.events
    for told in (json.dumps(event.data), repr(routed), repr(claimed), caplog.text):
        assert text not in told
        assert text[2:10] not in told
    assert claimed is not None
    assert claimed.text == text


def test_a_text_that_a_program_sends_takes_the_same_way(desk: Desk) -> None:
    routed = desk.router.handle(f" {TICKET}\n")
    assert routed.target == f"/desk/bags/12/release?scan={routed.id}"
    (event,) = desk.events
    assert (event.data["device"], event.data["symbology"]) == ("api", None)
    assert desk.router.handle(GOODS, "till-3").kind is ScannedKind.GOODS
    assert desk.events[-1].data["device"] == "till-3"


def test_the_time_of_the_scan_is_the_devices(desk: Desk) -> None:
    at = datetime(2026, 3, 10, 5, 59, 58, tzinfo=UTC)
    routed = desk.router.handle(Scan(GOODS, "desk-scanner", at))
    assert desk.events[0].data["at"] == at.isoformat()
    claimed = desk.router.claim(routed.id, "screen-1")
    assert claimed is not None
    assert claimed.at == at


def test_without_a_database_a_ticket_still_opens_a_page_that_can_say_so(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.broken = True
    routed = desk.scan(TICKET)
    assert (routed.kind, routed.target) == (ScannedKind.TICKET, f"/desk/scans/{routed.id}")
    assert len(desk.events) == 1
    assert "could not be looked up" in caplog.text


def test_of_many_that_claim_at_the_same_moment_one_gets_the_scan(desk: Desk) -> None:
    routed = desk.scan(TICKET)
    start = threading.Barrier(8)

    def claim() -> bool:
        start.wait(5)
        return desk.router.claim(routed.id, "screen-1") is not None

    with ThreadPoolExecutor(8) as pool:
        claims = [pool.submit(claim) for _ in range(8)]
    assert sum(claim.result() for claim in claims) == 1


def test_scanners_and_programs_may_scan_at_the_same_moment(desk: Desk) -> None:
    with ThreadPoolExecutor(8) as pool:
        routed = list(pool.map(lambda number: desk.scan(f"R{number:08d}"), range(100)))
    assert len({scan.id for scan in routed}) == len(desk.events) == 100
    claims = [desk.router.claim(scan.id, "screen-1") for scan in routed]
    assert [claim.text if claim else None for claim in claims] == [f"R{number:08d}" for number in range(100)]
