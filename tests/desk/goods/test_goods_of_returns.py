"""Returns and the custody of their goods, as the station builds them: kept when recorded, given up when voided, unless signed for."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from kiosk.config import Settings, Station
from kiosk.db import Database
from kiosk.desk.actors import SYSTEM
from kiosk.desk.pickups.errors import GoodsSigned
from kiosk.desk.receipts.views import NewLine, NewReceipt, Tender
from kiosk.desk.returns.policy.views import Condition, Packaging, ReturnKind
from kiosk.desk.returns.views import NewReturn, NewReturnLine, ReturnState, ReturnView
from kiosk.events import EventBus
from kiosk.web.context import Services
from kiosk.wiring import build_services
from tests.desk.goods.goods_world import LIU, SIGNATURE, WANG
from tests.fakes.clock import FakeClock

GENERAL = "百货 General goods"


@pytest.fixture
def services(database: Database, clock: FakeClock, bus: EventBus, tmp_path: Path) -> Services:
    settings = msgspec.structs.replace(Settings(), station=Station(state_dir=str(tmp_path)))
    built = build_services(settings, [], db=database, bus=bus, clock=clock)
    database.write(built.policy.ensure_default)
    line = NewLine(1, "100200", "Mug", Decimal(3), 2990, 8970, category="百货/家居", barcode="6901234500047")
    sold_at = clock.now() - timedelta(days=1)
    sale = NewReceipt("S001-77", settings.store.code, "1", sold_at, [line], tenders=[Tender("cash", 8970)])
    database.write(lambda session: built.receipts.add(session, SYSTEM, sale))
    return built


def bring_back(services: Services, quantity: int) -> ReturnView:
    with services.db.read() as session:
        receipt_id = services.receipts.find(session, "S001-77").id
    line = NewReturnLine(1, Decimal(quantity), services.settings.returns.reasons[0], Condition.AS_NEW, Packaging.SEALED)
    wanted = NewReturn(ReturnKind.RETURN, receipt_id=receipt_id, lines=[line])
    return services.db.write(lambda session: services.returns.record(session, WANG, wanted))


def test_goods_wait_from_the_moment_their_return_is_recorded_until_it_is_voided(services: Services) -> None:
    back = bring_back(services, 2)
    with services.db.read() as session:
        [item] = services.pickups.held(session)
    assert (item.return_number, item.barcode, item.quantity, item.department) == (back.number, "6901234500047", Decimal(2), GENERAL)
    services.db.write(lambda session: services.returns.void(session, LIU, back.id, "wrong goods"))
    with services.db.read() as session:
        assert services.pickups.held(session) == []
        assert services.pickups.waiting(session) == []


def test_a_return_cannot_be_voided_once_its_goods_are_signed_for(services: Services) -> None:
    back, pickups = bring_back(services, 1), services.pickups
    pickup = services.db.write(lambda session: pickups.gather(session, WANG, GENERAL))
    services.db.write(lambda session: pickups.check_by_scan(session, WANG, pickup.id, "6901234500047"))
    services.db.write(lambda session: pickups.sign(session, WANG, pickup.id, LIU, SIGNATURE))
    with pytest.raises(GoodsSigned):
        services.db.write(lambda session: services.returns.void(session, LIU, back.id, "wrong goods"))
    with services.db.read() as session:
        assert services.returns.get(session, back.id).state is ReturnState.RECORDED
        [item] = pickups.held(session)
    assert item.holder == "Liu"


def test_signatures_are_deleted_by_the_daily_purge_when_their_time_is_up(services: Services) -> None:
    rules = services.contacts.rules
    days = services.settings.returns.photo_days
    assert [(rules[kind].keep_days, rules[kind].title is not None) for kind in ("pickup-signature", "test-signature")] == [(days, True)] * 2
