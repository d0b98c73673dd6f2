"""What of a receipt may come back, and why not the rest: before anything is recorded."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from kiosk.db import Database
from kiosk.desk.receipts.errors import UnknownReceipt
from kiosk.desk.receipts.views import Freshness, ReceiptKind
from kiosk.desk.returns.errors import NotEligible
from kiosk.desk.returns.policy.defaults import POLICY
from kiosk.desk.returns.policy.views import Condition, Packaging, ReturnKind
from kiosk.desk.returns.views import LineAnswer
from kiosk.events import EventBus
from tests.desk.returns.return_world import CHEN, ReturnWorld, back, leave, settings_with, sold, texts
from tests.fakes.clock import FakeClock

DAY = timedelta(days=1)


@pytest.fixture
def strict(desk: ReturnWorld) -> ReturnWorld:
    """The product's own policy counts."""
    desk.obey(POLICY)
    return desk


def test_a_line_tells_what_was_bought_what_came_back_and_what_remains(desk: ReturnWorld) -> None:
    receipt_id = desk.sale(sold(1, "3", 3000), sold(2, "0.500", 990, unit="kg"))
    recorded = desk.record(receipt_id, back(1, "2"))
    first, second = desk.assess(receipt_id).lines
    assert (first.bought, first.returned, first.remaining, first.refundable_fen) == (Decimal(3), Decimal(2), Decimal(1), 1000)
    assert (second.bought, second.returned, second.remaining, second.refundable_fen) == (Decimal("0.5"), Decimal(0), Decimal("0.5"), 990)
    assert desk.assess(receipt_id).earlier == [recorded.id]


def test_a_line_that_has_come_back_says_so(desk: ReturnWorld) -> None:
    receipt_id = desk.sale()
    desk.record(receipt_id, back())
    [line] = desk.assess(receipt_id).lines
    assert (line.verdict.allowed, line.verdict_exchange.allowed, line.refundable_fen) == (False, False, 0)
    assert str(line.verdict.reason) == "All of it has come back already."


def test_gifts_are_named_beside_their_goods(desk: ReturnWorld) -> None:
    receipt_id = desk.sale(sold(1, "1", 5000), sold(2, "1", 0, discount_fen=1200, gift_of=1))
    assert [line.gifts for line in desk.assess(receipt_id).lines] == [[2], []]
    desk.record(receipt_id, back(1), gifts_back=[2])
    assert [line.gifts for line in desk.assess(receipt_id).lines] == [[], []]


def test_the_terms_of_return_and_exchange_are_told_apart(strict: ReturnWorld) -> None:
    receipt_id = strict.sale(sold(category="百货"), sold_at=strict.clock.now() - 10 * DAY)
    [line] = strict.assess(receipt_id).lines
    assert (line.verdict.allowed, line.verdict_exchange.allowed) == (False, True)
    assert line.verdict_exchange.days_left == 5


def test_what_staff_saw_changes_the_verdict(strict: ReturnWorld) -> None:
    receipt_id = strict.sale(sold(category="内衣"))
    [unseen] = strict.assess(receipt_id).lines
    assert "packaging" in unseen.verdict.open_questions
    [opened] = strict.assess(receipt_id, answers=[LineAnswer(1, Condition.OPENED, Packaging.OPENED)]).lines
    assert not opened.verdict.allowed
    [sealed] = strict.assess(receipt_id, answers=[LineAnswer(1, Condition.AS_NEW, Packaging.SEALED)]).lines
    assert sealed.verdict.allowed


def test_days_are_those_of_the_stores_calendar(strict: ReturnWorld) -> None:
    # Sold at half past eleven in the evening: the first day is over after half an hour.
    late = strict.clock.now().astimezone(strict.settings.store.zone).replace(hour=23, minute=30)
    receipt_id = strict.sale(sold(category="百货"), sold_at=late - 8 * DAY)
    assert not strict.assess(receipt_id).lines[0].verdict.allowed
    receipt_id = strict.sale(sold(category="百货"), sold_at=late - 7 * DAY)
    assert strict.assess(receipt_id).lines[0].verdict.days_left == 0


@pytest.mark.parametrize(
    ("sale", "notice"),
    [
        ({"kind": ReceiptKind.CANCELLED}, "cancelled at the till"),
        ({"kind": ReceiptKind.REFUND}, "no refund of a refund"),
        ({"store": "S999"}, "another store, S999"),
    ],
)
def test_some_receipts_are_blocked_whoever_asks(desk: ReturnWorld, sale: dict[str, object], notice: str) -> None:
    receipt_id = desk.sale(**sale)  # type: ignore[arg-type]
    assessment = desk.assess(receipt_id)
    assert assessment.blocked
    assert notice in "".join(texts(assessment.notices))
    with pytest.raises(NotEligible, match=notice):
        desk.record(receipt_id, back(), override=leave(CHEN))


def test_a_receipt_from_the_future_is_blocked(desk: ReturnWorld) -> None:
    receipt_id = desk.sale()
    desk.clock.jump(-3 * 3600)
    assessment = desk.assess(receipt_id)
    assert assessment.blocked
    assert "from the future" in str(assessment.notices[0])
    with pytest.raises(NotEligible, match="from the future"):
        desk.record(receipt_id, back(), override=leave(CHEN))


def test_receipts_of_the_stores_that_are_named_are_accepted(
    sqlite_database: Database, clock: FakeClock, bus: EventBus, tmp_path: Path
) -> None:
    world = ReturnWorld(sqlite_database, clock, bus, tmp_path / "keys", settings_with(receipts={"stores": ["S002"]}))
    receipt_id = world.sale(store="S002")
    assert not world.assess(receipt_id).blocked
    assert world.record(receipt_id, back()).store == "S002"


@pytest.mark.parametrize(
    ("when_stale", "blocked", "supervisor"), [("warn", False, False), ("supervisor", False, True), ("refuse", True, False)]
)
def test_stale_knowledge_is_told_and_treated_as_the_store_wants(
    sqlite_database: Database, clock: FakeClock, bus: EventBus, tmp_path: Path, when_stale: str, blocked: bool, supervisor: bool
) -> None:
    world = ReturnWorld(sqlite_database, clock, bus, tmp_path / "keys", settings_with(receipts={"when_stale": when_stale}))
    receipt_id = world.sale()
    assessment = world.assess(receipt_id, freshness=Freshness.STALE)
    assert (assessment.blocked, assessment.needs_supervisor) == (blocked, supervisor)
    assert "does not answer" in str(assessment.notices[0])
    assert world.assess(receipt_id, freshness=Freshness.LIVE).notices == []
    if when_stale == "warn":
        assert world.record(receipt_id, back(), freshness=Freshness.STALE).id
        return
    with pytest.raises(NotEligible) as refused:
        world.record(receipt_id, back(), freshness=Freshness.STALE)
    assert refused.value.extra["needs_supervisor"] is supervisor
    if supervisor:
        assert world.record(receipt_id, back(), freshness=Freshness.STALE, override=leave()).approver == "Liu"


def test_an_unknown_receipt_has_no_assessment(desk: ReturnWorld) -> None:
    with pytest.raises(UnknownReceipt):
        desk.assess(4711)


def test_an_exchange_within_its_longer_term_is_recorded_where_a_return_is_not(strict: ReturnWorld) -> None:
    receipt_id = strict.sale(sold(category="百货"), sold_at=strict.clock.now() - 10 * DAY)
    with pytest.raises(NotEligible) as refused:
        strict.record(receipt_id, back())
    assert refused.value.extra["needs_supervisor"] is True
    assert [field.field for field in refused.value.fields] == ["lines[0]"]
    from tests.desk.returns.return_world import goods

    assert strict.record(receipt_id, back(), kind=ReturnKind.EXCHANGE, exchange_for=[goods()]).pay_fen == 0
