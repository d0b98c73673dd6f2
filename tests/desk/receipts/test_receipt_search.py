"""A damaged receipt is found by what is left of it, within days that bound what is looked through."""

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kiosk.db.base import Base
from kiosk.desk.receipts.errors import TooLittleToSearch
from kiosk.desk.receipts.look import mask_member
from kiosk.desk.receipts.views import Added, NewReceipt, ReceiptKind, ReceiptSearch, ReceiptSummary
from tests.desk.receipts.receipt_world import APPLES, KETTLE, MILK, ReceiptWorld, a_receipt

DAY = date(2026, 3, 9)


@pytest.fixture
def shop(receipts: ReceiptWorld) -> ReceiptWorld:
    """Four receipts of two days."""
    later = datetime.fromisoformat("2026-03-09T18:30:00+08:00")
    receipts.bring(
        a_receipt("20260309010100000042"),
        a_receipt("20260309020100000007", till="02", sold_at=later, lines=[MILK], tenders=[], total_fen=2500, member="6210000099995678"),
        a_receipt("20260308010100000042", sold_at=later - timedelta(days=1), lines=[APPLES], tenders=[], total_fen=1598, member=""),
        a_receipt("20260309010100000043", store="S002", lines=[KETTLE], tenders=[], total_fen=11900, member=""),
    )
    return receipts


def found(world: ReceiptWorld, limit: int = 50, **wanted: object) -> list[ReceiptSummary]:
    with world.db.read() as session:
        return world.service.search(session, ReceiptSearch(**wanted), limit=limit)  # type: ignore[arg-type]


def numbers(world: ReceiptWorld, **wanted: object) -> list[str]:
    return [f"{one.number[4:8]}-{one.number[-2:]}" for one in found(world, **wanted)]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"day": DAY}, ["0309-07", "0309-43", "0309-42"]),
        ({"day": DAY, "till": "02"}, ["0309-07"]),
        ({"day": DAY, "amount_fen": 15998}, ["0309-42"]),
        ({"day": DAY, "store": "S002"}, ["0309-43"]),
        ({"day": DAY, "product": "牛奶"}, ["0309-07", "0309-42"]),
        ({"day": DAY, "product": "8800142"}, ["0309-43", "0309-42"]),
        ({"day": DAY, "product": "6901234567892"}, ["0309-07", "0309-42"]),
        ({"day": DAY, "product": "1l"}, ["0309-07", "0309-42"]),
        ({"day": DAY, "product": "牛_奶"}, []),
        ({"day": DAY, "product": "%%"}, []),
        ({"day": DAY, "number_part": "00 0042"}, ["0309-42"]),
        ({"day": DAY, "number_part": "０１０１"}, ["0309-43", "0309-42"]),
        ({"day": DAY - timedelta(days=1), "until": DAY, "product": "20017"}, ["0309-42", "0308-42"]),
        ({"day": DAY - timedelta(days=30), "until": DAY, "till": "01"}, ["0309-43", "0309-42", "0308-42"]),
        ({"member": "6210000012345678"}, ["0309-42"]),
        ({"member": "5678", "day": DAY}, ["0309-07", "0309-42"]),
        ({"member": "5678"}, []),
        ({"day": date(1, 1, 1)}, []),
    ],
)
def test_a_receipt_is_found_by_what_is_left_of_it_the_newest_first(
    shop: ReceiptWorld, wanted: dict[str, object], expected: list[str]
) -> None:
    assert numbers(shop, **wanted) == expected


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ("day", {}),
        ("day", {"till": "01", "amount_fen": 100}),
        ("day", {"until": DAY}),
        ("until", {"day": DAY, "until": DAY - timedelta(days=1)}),
        ("until", {"day": DAY, "until": DAY + timedelta(days=31)}),
        ("product", {"day": DAY, "product": "奶"}),
        ("number_part", {"day": DAY, "number_part": "42"}),
        ("member", {"day": DAY, "member": "678"}),
        ("amount_fen", {"day": DAY, "amount_fen": -1}),
        ("amount_fen", {"day": DAY, "amount_fen": 2**63}),
    ],
)
def test_too_little_is_refused_with_what_is_missing(sqlite_receipts: ReceiptWorld, field: str, wanted: dict[str, object]) -> None:
    with pytest.raises(TooLittleToSearch) as refused:
        found(sqlite_receipts, **wanted)
    assert [one.field for one in refused.value.fields] == [field]


def test_what_is_found_tells_enough_to_choose(shop: ReceiptWorld) -> None:
    one = found(shop, day=DAY, amount_fen=15998)[0]
    assert (one.line_count, one.first_names, one.total_fen, one.kind) == (
        3,
        ["鲜牛奶 1L", "红富士苹果", "电热水壶"],
        15998,
        ReceiptKind.SALE,
    )
    assert len(found(shop, limit=1, day=DAY)) == 1


def test_what_nobody_types_finds_nothing_and_breaks_nothing(shop: ReceiptWorld) -> None:
    for text in ("a\x00b", "q\ud800q", "'--", "x" * 500):
        assert found(shop, day=DAY, product=text, till=text) == []
        assert found(shop, member=text) == []


def test_a_short_members_number_shows_nothing_of_itself() -> None:
    assert [mask_member(text) for text in ("", "1234567", "12345678", "6210000012345678")] == ["", "****", "****5678", "****5678"]


def test_every_question_is_answered_by_an_index(sqlite_receipts: ReceiptWorld) -> None:
    receipt, line = Base.metadata.tables["receipt"], Base.metadata.tables["receipt_line"]
    asked = {
        "uq_receipt_number_store|sqlite_autoindex_receipt": sa.select(receipt).where(receipt.c.number == "1"),
        "ix_receipt_sold_on_till": sa.select(receipt).where(receipt.c.sold_on == DAY, receipt.c.till == "01"),
        "ix_receipt_sold_on_total_fen": sa.select(receipt).where(receipt.c.sold_on == DAY, receipt.c.total_fen == 100),
        "ix_receipt_member_sold_on": sa.select(receipt).where(receipt.c.member == "1", receipt.c.member != ""),
        "PRIMARY KEY": sa.select(line).where(line.c.receipt_id == 1).order_by(line.c.line),
    }
    with sqlite_receipts.db.engine.connect() as connection:
        for index, query in asked.items():
            text = str(query.compile(connection, compile_kwargs={"literal_binds": True}))
            plan = " ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}"))
            assert any(name in plan for name in index.split("|")), plan
            assert "SCAN" not in plan, plan


sizes = st.integers(min_value=1, max_value=3)
few = st.builds(
    lambda number, lines, member, kind: a_receipt(
        f"2026030901010000{number:04d}",
        lines=[replace(one, discount_fen=0) for one in (MILK, APPLES, KETTLE)[:lines]],
        total_fen=None,
        tenders=[],
        member=member,
        kind=kind,
    ),
    st.integers(min_value=0, max_value=3),
    sizes,
    st.sampled_from(["", "6210000012345678"]),
    st.sampled_from([ReceiptKind.SALE, ReceiptKind.SALE, ReceiptKind.CANCELLED]),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(few, max_size=5), min_size=1, max_size=4))
def test_bringing_the_same_in_again_changes_nothing_however_it_is_cut_into_batches(
    sqlite_receipts: ReceiptWorld, batches: list[list[NewReceipt]]
) -> None:
    world = sqlite_receipts
    world.db.write(lambda session: world.service.purge(session, world.clock.now() + timedelta(days=1), 500))
    first = [outcome for batch in batches for outcome in world.bring(*batch)]
    seen = {receipt.number for batch in batches for receipt in batch}
    before = {number: world.find(number) for number in seen}
    assert first.count(Added.NEW) == len(seen)
    again = world.bring(*(receipt for batch in batches for receipt in batch))
    assert set(again) <= {Added.SAME, Added.CONFLICT}
    assert {number: world.find(number) for number in seen} == before
    for view in before.values():
        told = [receipt for batch in batches for receipt in batch if receipt.number == view.number]
        assert (view.kind is ReceiptKind.CANCELLED) == any(receipt.kind is ReceiptKind.CANCELLED for receipt in told)
        assert len(view.lines) == len(told[0].lines)
