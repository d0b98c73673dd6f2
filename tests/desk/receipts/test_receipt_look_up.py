"""A receipt is looked up: in what was brought in, and at the point of sale where one can be asked."""

import logging

import pytest
from msgspec.structs import replace

from kiosk.config_returns import NumberPattern, Receipts
from kiosk.desk.receipts.views import Freshness, ReceiptKind
from tests.desk.receipts.receipt_world import KETTLE, MILK, PLAIN_NUMBERS, AskedSource, ReceiptWorld, a_receipt

NUMBER = "20260309010100000042"


def asked_desk(receipts: ReceiptWorld, *sources: AskedSource, **settings: object) -> ReceiptWorld:
    return receipts.with_sources(*sources, receipts=Receipts(**({"numbers": PLAIN_NUMBERS} | settings)))  # type: ignore[arg-type]


@pytest.fixture
def pos() -> AskedSource:
    source = AskedSource()
    source.receipts[NUMBER] = a_receipt()
    return source


def test_without_sources_what_was_brought_in_counts(receipts: ReceiptWorld) -> None:
    receipts.bring(a_receipt())
    looked = receipts.service.look_up(NUMBER)
    assert looked.receipt is not None
    assert (looked.receipt.number, looked.freshness, looked.warnings) == (NUMBER, Freshness.STORED, [])
    assert receipts.service.look_up("20260309010100000099").receipt is None


@pytest.mark.parametrize("typed", ["2026 0309 0101 0000 0042", "２０２６０３０９０１０１００００００４２", f" {NUMBER}\n"])
def test_a_number_is_found_as_people_write_it(sqlite_receipts: ReceiptWorld, typed: str) -> None:
    sqlite_receipts.bring(a_receipt())
    looked = sqlite_receipts.service.look_up(typed)
    assert looked.receipt is not None


@pytest.mark.parametrize("typed", ["K-0042", "k-0042", "K 0042", "K–0042"])
def test_a_number_that_no_pattern_knows_is_looked_for_as_it_is(sqlite_receipts: ReceiptWorld, typed: str) -> None:
    sqlite_receipts.bring(a_receipt("K-0042"))
    assert sqlite_receipts.service.number_of(typed) is None
    assert sqlite_receipts.service.look_up(typed).receipt is not None


@pytest.mark.parametrize("nothing", ["", " \n", "\x00", "\ud800", "9" * 5000, "''--"])
def test_nonsense_is_no_receipt_and_no_fault(receipts: ReceiptWorld, nothing: str) -> None:
    assert receipts.service.look_up(nothing).receipt is None


def test_a_pattern_with_a_store_finds_that_stores_receipt(sqlite_receipts: ReceiptWorld) -> None:
    desk = asked_desk(sqlite_receipts, numbers=[NumberPattern(r"(?P<store>S\d{3})/(?P<number>\d{4})")])
    desk.bring(a_receipt("0042"), a_receipt("0042", store="S002", till="09"))
    looked = desk.service.look_up("S002/0042")
    assert looked.receipt is not None
    assert looked.receipt.till == "09"
    assert desk.service.look_up("S003/0042").receipt is None
    other = desk.service.look_up("0042", store="S002").receipt
    assert other is not None
    assert other.till == "09"


def test_of_other_stores_the_accepted_ones_come_first(sqlite_receipts: ReceiptWorld) -> None:
    desk = asked_desk(sqlite_receipts, stores=["S007"])
    desk.bring(a_receipt(store="S002"), a_receipt(store="S007"))
    assert desk.find(NUMBER).store == "S007"
    desk.bring(a_receipt())
    assert desk.find(NUMBER).store == "S001"


def test_a_receipt_that_was_not_brought_in_is_asked_for_once_and_kept(receipts: ReceiptWorld, pos: AskedSource) -> None:
    desk = asked_desk(receipts, pos)
    looked = desk.service.look_up(NUMBER)
    assert looked.receipt is not None
    assert (looked.receipt.source, looked.receipt.known_at, looked.freshness) == ("live:pos", desk.clock.now(), Freshness.LIVE)
    desk.clock.advance(9 * 60)
    assert desk.service.look_up(NUMBER) == looked
    assert pos.asked == [(NUMBER, "S001")]


def test_what_is_known_longer_than_it_is_fresh_is_asked_for_again(receipts: ReceiptWorld, pos: AskedSource) -> None:
    desk = asked_desk(receipts, pos, fresh_min=10)
    desk.service.look_up(NUMBER)
    desk.clock.advance(11 * 60)
    pos.receipts[NUMBER] = a_receipt(kind=ReceiptKind.CANCELLED)
    looked = desk.service.look_up(NUMBER)
    assert looked.receipt is not None
    assert (looked.receipt.kind, looked.receipt.known_at, looked.freshness) == (ReceiptKind.CANCELLED, desk.clock.now(), Freshness.LIVE)
    assert len(pos.asked) == 2


def test_a_clock_that_was_set_back_makes_nothing_fresh_for_ever(sqlite_receipts: ReceiptWorld, pos: AskedSource) -> None:
    desk = asked_desk(sqlite_receipts, pos)
    desk.service.look_up(NUMBER)
    desk.clock.jump(-3600)
    desk.service.look_up(NUMBER)
    assert len(pos.asked) == 2


def test_what_a_file_brought_in_is_confirmed_by_the_point_of_sale(sqlite_receipts: ReceiptWorld, pos: AskedSource) -> None:
    desk = asked_desk(sqlite_receipts, pos)
    desk.bring(a_receipt())
    looked = desk.service.look_up(NUMBER)
    assert looked.receipt is not None
    assert (looked.freshness, looked.receipt.source) == (Freshness.LIVE, "live:pos")


def test_while_no_source_answers_what_is_kept_is_stale_and_says_which(sqlite_receipts: ReceiptWorld, pos: AskedSource) -> None:
    second = AskedSource("archive")
    desk = asked_desk(sqlite_receipts, pos, second)
    desk.bring(a_receipt())
    pos.away = second.away = True
    looked = desk.service.look_up(NUMBER)
    assert looked.receipt is not None
    assert (looked.freshness, looked.warnings) == (Freshness.STALE, ["pos", "archive"])
    unknown = desk.service.look_up("20260309010100000099")
    assert (unknown.receipt, unknown.freshness) == (None, Freshness.STALE)


def test_a_source_that_is_away_may_have_what_the_others_have_not(sqlite_receipts: ReceiptWorld, pos: AskedSource) -> None:
    second = AskedSource("archive")
    desk = asked_desk(sqlite_receipts, second, pos)
    second.away = True
    looked = desk.service.look_up(NUMBER)
    assert (looked.freshness, looked.warnings) == (Freshness.LIVE, ["archive"])
    missing = desk.service.look_up("20260309010100000099")
    assert (missing.receipt, missing.freshness, missing.warnings) == (None, Freshness.STALE, ["archive"])


def test_what_has_left_the_point_of_sale_counts_as_it_was_brought_in(sqlite_receipts: ReceiptWorld) -> None:
    desk = asked_desk(sqlite_receipts, AskedSource())
    desk.bring(a_receipt())
    looked = desk.service.look_up(NUMBER)
    assert looked.receipt is not None
    assert (looked.freshness, looked.receipt.source) == (Freshness.STORED, "import:pos1")
    assert desk.service.look_up("20260309010100000099").freshness is Freshness.LIVE, "they are sure that there is none"


@pytest.mark.parametrize(
    "told",
    [
        a_receipt(lines=[replace(MILK, quantity=-MILK.quantity)]),
        a_receipt("20260309010100000077"),
    ],
    ids=["cannot be right", "another receipt"],
)
def test_an_answer_that_cannot_be_right_is_no_answer(
    sqlite_receipts: ReceiptWorld, pos: AskedSource, told: object, caplog: pytest.LogCaptureFixture
) -> None:
    desk = asked_desk(sqlite_receipts, pos)
    pos.receipts[NUMBER] = told  # type: ignore[assignment]
    with caplog.at_level(logging.WARNING):
        looked = desk.service.look_up(NUMBER)
    assert (looked.receipt, looked.freshness, looked.warnings) == (None, Freshness.STALE, ["pos"])
    assert "source pos" in caplog.text


def test_when_the_point_of_sale_tells_it_differently_the_first_account_is_kept_and_stale(
    sqlite_receipts: ReceiptWorld, pos: AskedSource
) -> None:
    desk = asked_desk(sqlite_receipts, pos)
    desk.bring(a_receipt(lines=[KETTLE], total_fen=11900, tenders=[]))
    looked = desk.service.look_up(NUMBER)
    assert looked.receipt is not None
    assert (len(looked.receipt.lines), looked.freshness, looked.warnings) == (1, Freshness.STALE, ["pos"])
