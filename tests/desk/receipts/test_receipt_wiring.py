"""Receipts in a station as it is built: scans find them by their numbers, and they have their time."""

from datetime import timedelta
from pathlib import Path

import msgspec
import sqlalchemy as sa

from kiosk.config import Settings, Station
from kiosk.config_returns import Receipts
from kiosk.db import Database
from kiosk.desk.actors import SYSTEM
from kiosk.desk.receipts.models import Receipt
from kiosk.desk.returns.models import GoodsReturn
from kiosk.desk.returns.policy.views import ReturnKind
from kiosk.desk.scans import ScannedKind
from kiosk.events import EventBus
from kiosk.wiring import build_services
from tests.desk.receipts.receipt_world import PLAIN_NUMBERS, a_receipt
from tests.fakes.clock import FakeClock


def test_a_scan_of_a_receipt_is_known_by_the_configured_numbers(
    sqlite_database: Database, clock: FakeClock, bus: EventBus, tmp_path: Path
) -> None:
    settings = msgspec.structs.replace(Settings(), station=Station(state_dir=str(tmp_path)), receipts=Receipts(numbers=PLAIN_NUMBERS))
    services = build_services(settings, [], db=sqlite_database, bus=bus, clock=clock)
    services.screens.touch("screen-1", at_desk=True, logged_in=True)
    routed = services.scans.handle("20260309010100000042")
    assert (routed.kind, routed.target) == (ScannedKind.RECEIPT, f"/desk/receipts/scan/{routed.id}")
    assert services.scans.handle("6901234567892").kind is ScannedKind.GOODS


def test_receipts_without_a_return_go_when_their_days_are_over(
    sqlite_database: Database, clock: FakeClock, bus: EventBus, tmp_path: Path
) -> None:
    settings = msgspec.structs.replace(Settings(), station=Station(state_dir=str(tmp_path)), receipts=Receipts(keep_days=30))
    services = build_services(settings, [], db=sqlite_database, bus=bus, clock=clock)
    old = a_receipt("20260101010100000001", sold_at=clock.now() - timedelta(days=31))
    for receipt in (old, msgspec.structs.replace(old, number="20260101010100000002"), a_receipt()):
        kept, _ = sqlite_database.write(lambda session, receipt=receipt: services.receipts.add(session, SYSTEM, receipt))
        if receipt.number == "20260101010100000002":
            came_back = kept
    sqlite_database.write(
        lambda session: session.add(
            GoodsReturn(
                station="desk-1",
                number="R2603100001",
                code=6000000000000002,
                kind=ReturnKind.RETURN,
                receipt_id=came_back,
                goods_fen=100,
                deducted_fen=0,
                refund_fen=100,
                pay_fen=0,
                recorded_at=clock.now(),
                staff="user:1",
                staff_name="Li",
            )
        )
    )
    assert services.privacy.purger.run_now(sqlite_database)["receipt"] == 1
    with sqlite_database.read() as session:
        assert set(session.scalars(sa.select(Receipt.number))) == {"20260101010100000002", a_receipt().number}
