"""Receipts come in: once, whole, and never two of one number."""

import threading
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select

from kiosk.db import Database
from kiosk.desk.actors import Actor
from kiosk.desk.receipts.errors import ReceiptDiffers, UnknownReceipt
from kiosk.desk.receipts.models import Receipt, ReceiptLineRow, ReceiptProduct, ReceiptTender
from kiosk.desk.receipts.views import Added, ReceiptKind, Tender
from kiosk.errors import Denied
from tests.desk.receipts.receipt_world import APPLES, KETTLE, MILK, ReceiptWorld, a_receipt


def count(db: Database, model: type) -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_receipt_is_found_again_as_it_was_sold(receipts: ReceiptWorld) -> None:
    receipt_id, outcome = receipts.add(a_receipt())
    assert outcome is Added.NEW
    found = receipts.find("20260309010100000042")
    assert (found.id, found.store, found.till, found.cashier, found.total_fen) == (receipt_id, "S001", "01", "1007", 15998)
    assert found.sold_at == datetime.fromisoformat("2026-03-09T10:00:00+08:00")
    assert found.sold_on.isoformat() == "2026-03-09"
    assert (found.kind, found.source, found.known_at) == (ReceiptKind.SALE, "api", receipts.clock.now())
    assert [(line.line, line.name, line.quantity, line.amount_fen, line.discount_fen) for line in found.lines] == [
        (1, "鲜牛奶 1L", Decimal(2), 2500, 0),
        (2, "红富士苹果", Decimal("1.354"), 1598, 0),
        (3, "电热水壶", Decimal(1), 11900, 1000),
    ]
    assert [line.weighed for line in found.lines] == [False, True, False]
    assert (found.lines[0].product, found.lines[0].category, found.lines[0].barcode) == ("6901001", "生鲜/乳品", "6901234567892")
    assert found.tenders == [Tender("wechat", 15998)]


def test_a_member_is_masked_but_for_rules_and_for_a_reason(receipts: ReceiptWorld) -> None:
    receipt_id, _ = receipts.add(a_receipt())
    assert receipts.find("20260309010100000042").member == "****5678"
    actor = Actor("user", 3, "Li Na", frozenset({"contacts:reveal"}))
    shown = receipts.db.write(lambda session: receipts.service.reveal_member(session, actor, receipt_id, "asked for their card"))
    assert shown == "6210000012345678"
    with receipts.db.read() as session:
        assert receipts.service.member(session, receipt_id) == "6210000012345678"
        [entry] = receipts.audit.entries(session, action="receipt.member-revealed")
    assert entry.detail == {"reason": "asked for their card"}
    with pytest.raises(Denied):
        receipts.db.write(lambda session: receipts.service.reveal_member(session, Actor("user", 4, "Wu", frozenset()), receipt_id, "why"))


def test_a_late_evening_belongs_to_the_day_of_the_store(receipts: ReceiptWorld) -> None:
    receipts.add(a_receipt(sold_at=datetime.fromisoformat("2026-03-08T16:30:00+00:00")))
    assert receipts.find("20260309010100000042").sold_on.isoformat() == "2026-03-09"


def test_the_same_receipt_again_changes_nothing(receipts: ReceiptWorld) -> None:
    first = receipts.add(a_receipt())
    before = receipts.find("20260309010100000042")
    receipts.clock.advance(60)
    assert receipts.add(a_receipt()) == (first[0], Added.SAME)
    assert receipts.bring(a_receipt(), a_receipt()) == [Added.SAME, Added.SAME]
    assert receipts.find("20260309010100000042") == before


def test_another_content_under_a_known_number_is_a_conflict_and_the_first_is_kept(receipts: ReceiptWorld) -> None:
    receipt_id, _ = receipts.add(a_receipt())
    other = a_receipt(lines=[MILK], total_fen=2500, tenders=[])
    assert receipts.bring(other) == [Added.CONFLICT]
    with pytest.raises(ReceiptDiffers) as refused:
        receipts.add(other)
    assert refused.value.extra == {"id": receipt_id}
    assert len(receipts.find("20260309010100000042").lines) == 3


def test_two_stores_may_have_one_number(receipts: ReceiptWorld) -> None:
    assert receipts.bring(a_receipt(store="S002"), a_receipt()) == [Added.NEW, Added.NEW]
    assert receipts.find("20260309010100000042").store == "S001"
    assert receipts.find("20260309010100000042", "S002").store == "S002"
    with pytest.raises(UnknownReceipt):
        receipts.find("20260309010100000042", "S003")


def test_a_cancellation_changes_a_sale_for_good(receipts: ReceiptWorld) -> None:
    receipts.add(a_receipt())
    cancelled = a_receipt(kind=ReceiptKind.CANCELLED, lines=[], total_fen=0, tenders=[])
    assert receipts.bring(cancelled) == [Added.CHANGED]
    assert receipts.bring(cancelled, a_receipt(kind=ReceiptKind.CANCELLED)) == [Added.SAME, Added.SAME]
    assert receipts.bring(a_receipt()) == [Added.SAME]  # an old file that is read once more revives nothing
    found = receipts.find("20260309010100000042")
    assert (found.kind, len(found.lines)) == (ReceiptKind.CANCELLED, 3)


def test_a_cancellation_that_comes_before_its_sale_stays_one(receipts: ReceiptWorld) -> None:
    cancelled = a_receipt(kind=ReceiptKind.CANCELLED, lines=[], total_fen=0, tenders=[])
    assert receipts.bring(cancelled, a_receipt(), a_receipt()) == [Added.NEW, Added.CHANGED, Added.SAME]
    found = receipts.find("20260309010100000042")
    assert (found.kind, len(found.lines), found.total_fen) == (ReceiptKind.CANCELLED, 3, 15998)


def test_a_refund_under_the_number_of_a_sale_is_a_conflict(receipts: ReceiptWorld) -> None:
    receipts.add(a_receipt())
    assert receipts.bring(a_receipt(kind=ReceiptKind.REFUND)) == [Added.CONFLICT]


def test_a_fuller_account_completes_a_poorer_one(receipts: ReceiptWorld) -> None:
    bare = a_receipt(lines=[replace(line, category="", barcode="") for line in (MILK, APPLES, KETTLE)], tenders=[], member="", cashier="")
    assert receipts.bring(bare) == [Added.NEW]
    assert receipts.bring(a_receipt(), source="live:pos") == [Added.CHANGED]
    assert receipts.bring(bare) == [Added.SAME]
    found = receipts.find("20260309010100000042")
    assert ([line.category for line in found.lines], found.cashier) == (["生鲜/乳品", "生鲜/水果", "家电/小家电"], "1007")
    assert (found.tenders, found.member, found.source) == ([Tender("wechat", 15998)], "****5678", "live:pos")


def test_a_source_that_was_asked_makes_what_is_known_newer_and_a_file_does_not(receipts: ReceiptWorld) -> None:
    receipts.bring(a_receipt())
    brought_at = receipts.clock.now()
    receipts.clock.advance(3600)
    receipts.bring(a_receipt())
    assert receipts.find("20260309010100000042").known_at == brought_at
    receipts.bring(a_receipt(), source="live:pos")
    found = receipts.find("20260309010100000042")
    assert (found.source, found.known_at) == ("live:pos", receipts.clock.now())


def test_one_batch_may_hold_a_receipt_twice_its_cancellation_and_its_contradiction(receipts: ReceiptWorld) -> None:
    other = a_receipt(lines=[MILK], total_fen=2500, tenders=[])
    cancelled = a_receipt("20260309010100000043", kind=ReceiptKind.CANCELLED)
    assert receipts.bring(a_receipt(), a_receipt(), other, a_receipt("20260309010100000043"), cancelled) == [
        Added.NEW,
        Added.SAME,
        Added.CONFLICT,
        Added.NEW,
        Added.CHANGED,
    ]
    assert receipts.find("20260309010100000043").kind is ReceiptKind.CANCELLED
    assert (count(receipts.db, Receipt), count(receipts.db, ReceiptLineRow), count(receipts.db, ReceiptTender)) == (2, 6, 2)


def test_goods_are_kept_once_however_often_they_are_sold(receipts: ReceiptWorld) -> None:
    receipts.bring(*(a_receipt(f"2026030901010000{number:04d}") for number in range(40)))
    receipts.bring(*(a_receipt(f"2026030901020000{number:04d}", till="02") for number in range(40)))
    assert (count(receipts.db, ReceiptProduct), count(receipts.db, ReceiptLineRow)) == (3, 240)


def test_many_receipts_are_more_than_one_statement_takes(receipts: ReceiptWorld) -> None:
    many = [a_receipt(f"20260309{number:012d}", lines=[MILK], total_fen=2500, tenders=[]) for number in range(2500)]
    assert set(receipts.bring(*many)) == {Added.NEW}
    assert set(receipts.bring(*many)) == {Added.SAME}
    assert receipts.find("20260309000000002499").lines[0].name == "鲜牛奶 1L"


def test_two_that_bring_the_same_receipts_at_once_bring_them_once(database_url: str, receipts: ReceiptWorld) -> None:
    other = Database(database_url, clock=receipts.clock)  # another process of the same store
    second = ReceiptWorld(other, receipts.clock)
    many = [a_receipt(f"20260309{number:012d}") for number in range(50)]
    outcomes: list[list[Added]] = []
    threads = [threading.Thread(target=lambda world=world: outcomes.append(world.bring(*many))) for world in (receipts, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert sorted(set(map(tuple, outcomes))) == [(Added.NEW,) * 50, (Added.SAME,) * 50]
    assert count(receipts.db, ReceiptLineRow) == 150


def test_only_who_may_bring_receipts_in_does(receipts: ReceiptWorld) -> None:
    with pytest.raises(Denied):
        receipts.add(a_receipt(), Actor("token", 1, "till", frozenset({"receipts:read"})))


def test_the_trail_names_a_receipt_that_was_added_and_no_member(receipts: ReceiptWorld) -> None:
    receipt_id, _ = receipts.add(a_receipt())
    receipts.add(a_receipt())
    with receipts.db.read() as session:
        [entry] = receipts.audit.entries(session, action="receipt.added")
    assert (entry.subject, entry.detail) == (
        f"receipt:{receipt_id}",
        {"number": "20260309010100000042", "store": "S001", "kind": "sale", "outcome": "new"},
    )
    assert "6210000012345678" not in str(entry)


def test_receipts_have_their_time_but_those_that_something_refers_to_stay(receipts: ReceiptWorld) -> None:
    old = a_receipt("20260101010100000001", sold_at=datetime.fromisoformat("2026-01-01T10:00:00+08:00"))
    returned = replace(old, number="20260101010100000002")
    receipts.bring(old, returned, a_receipt())
    kept_id = receipts.find("20260101010100000002").id
    receipts.service.keep_those(select(Receipt.id).where(Receipt.id == kept_id))
    before = receipts.clock.now() - timedelta(days=30)
    assert receipts.db.write(lambda session: receipts.service.purge(session, before, 500)) == 1
    assert receipts.db.write(lambda session: receipts.service.purge(session, before, 500)) == 0
    with pytest.raises(UnknownReceipt):
        receipts.find("20260101010100000001")
    assert len(receipts.find("20260101010100000002").lines) == 3
    assert count(receipts.db, ReceiptLineRow) == 6


def test_an_id_is_never_given_again(receipts: ReceiptWorld) -> None:
    receipt_id, _ = receipts.add(a_receipt())
    receipts.db.write(lambda session: receipts.service.purge(session, receipts.clock.now() + timedelta(days=1), 500))
    assert receipts.add(a_receipt())[0] > receipt_id
