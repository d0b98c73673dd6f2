"""What goods that come back are worth: by examples, and whatever the numbers."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.desk.receipts.views import ReceiptKind, ReceiptLine, ReceiptView
from kiosk.desk.returns.arithmetic import Done, PaidLine, Settlement, deductions_due, paid_lines, piece_refund, settle, split


def paid(line: int = 1, quantity: int = 1, fen: int = 1000, *, price: int | None = None, **more: object) -> PaidLine:
    """A line of *quantity* pieces that cost *fen* in all."""
    values = {"unit_price_fen": fen // quantity if price is None else price, "discount_fen": 0, **more}
    return PaidLine(line=line, quantity=quantity * 1000, paid_fen=fen, **values)  # type: ignore[arg-type]


def lines(*known: PaidLine) -> dict[int, PaidLine]:
    return {line.line: line for line in known}


def after(done: Done, pieces: list[tuple[int, int]], settlement: Settlement) -> Done:
    """What has come back once *pieces* have."""
    quantities, refunded, deducted = dict(done.quantities), dict(done.refunded), dict(done.deducted)
    for (number, more), fen in zip(pieces, settlement.pieces, strict=True):
        quantities[number] = quantities.get(number, 0) + more
        refunded[number] = refunded.get(number, 0) + fen
    for key, fen in settlement.deductions.items():
        deducted[key] = deducted.get(key, 0) + fen
    return Done(quantities, refunded, deducted)


def one_after_the_other(known: dict[int, PaidLine], *returns: list[tuple[int, int]]) -> list[int]:
    """What each of these returns is worth."""
    done, worth = Done(), []
    for pieces in returns:
        settlement = settle(known, done, pieces)
        worth.append(settlement.net_fen)
        done = after(done, pieces, settlement)
    return worth


@pytest.mark.parametrize(
    ("quantity", "fen", "parts", "worth"),
    [
        (1, 1990, [1000], [1990]),
        (3, 1000, [1000, 1000, 1000], [333, 334, 333]),  # a third of ten yuan, three times, is ten yuan
        (3, 1000, [2000, 1000], [667, 333]),
        (3, 2, [1000, 1000, 1000], [1, 0, 1]),
        (2, 0, [1000, 1000], [0, 0]),
        (6, 4000, [5000, 1000], [3333, 667]),
    ],
)
def test_parts_of_a_line_add_up_to_what_was_paid(quantity: int, fen: int, parts: list[int], worth: list[int]) -> None:
    assert one_after_the_other(lines(paid(quantity=quantity, fen=fen)), *[[(1, part)] for part in parts]) == worth
    assert sum(worth) == fen


def test_weighed_goods_come_back_in_part() -> None:
    # 1.354 kg for 15.98; half a kilogram of it is 5.90.
    apples = PaidLine(line=1, quantity=1354, unit_price_fen=1180, paid_fen=1598, discount_fen=0)
    assert one_after_the_other(lines(apples), [(1, 500)], [(1, 854)]) == [590, 1008]


def test_a_gift_that_is_kept_is_deducted_and_paid_back_once_it_comes() -> None:
    known = lines(paid(1, 1, 5000), paid(2, 1, 0, price=1200, gift_of=1))
    assert one_after_the_other(known, [(1, 1000)]) == [3800]
    assert one_after_the_other(known, [(1, 1000), (2, 1000)]) == [5000]
    assert one_after_the_other(known, [(1, 1000)], [(2, 1000)]) == [3800, 1200]


def test_of_a_gift_belongs_to_a_part_of_the_goods_its_part() -> None:
    # Three bottles with one towel of 9.00: a bottle that comes back without it costs a third of the towel.
    known = lines(paid(1, 3, 9000), paid(2, 1, 0, price=900, gift_of=1))
    assert one_after_the_other(known, [(1, 1000)], [(1, 1000)], [(1, 1000)]) == [2700, 2700, 2700]
    assert one_after_the_other(known, [(1, 1000), (2, 1000)], [(1, 2000)]) == [3000, 6000]


def test_a_gift_for_a_small_price_costs_what_it_is_worth_beyond_that() -> None:
    known = lines(paid(1, 1, 5000), paid(2, 1, 100, price=1200, gift_of=1))
    assert one_after_the_other(known, [(1, 1000)], [(2, 1000)]) == [3900, 1200]


def test_nobody_is_asked_for_money_but_what_is_owed_is_deducted_later() -> None:
    known = lines(paid(1, 1, 500), paid(2, 1, 0, price=1200, gift_of=1), paid(3, 1, 2000))
    assert one_after_the_other(known, [(1, 1000)], [(3, 1000)]) == [0, 1300]
    assert one_after_the_other(known, [(1, 1000)], [(2, 1000)], [(3, 1000)]) == [0, 500, 2000]


def test_what_is_kept_of_a_promotion_costs_its_price() -> None:
    # Three for two: 10.00 each, the third free.
    known = lines(*[paid(number, 1, 1000, promotion="3for2") for number in (1, 2)], paid(3, 1, 0, discount_fen=1000, promotion="3for2"))
    assert one_after_the_other(known, [(1, 1000)]) == [0]  # two are kept, for which 20.00 were paid
    assert one_after_the_other(known, [(1, 1000), (3, 1000)]) == [1000]
    assert one_after_the_other(known, [(1, 1000)], [(2, 1000)], [(3, 1000)]) == [0, 1000, 1000]
    assert one_after_the_other(known, [(3, 1000)], [(1, 1000)], [(2, 1000)]) == [0, 1000, 1000]


def test_a_promotion_within_one_line_counts_too() -> None:
    known = lines(paid(1, 3, 2000, price=1000, discount_fen=1000, promotion="3for2"))
    # Two thirds of the discount are on what is kept: 6.67 less 6.67.
    assert one_after_the_other(known, [(1, 1000)], [(1, 2000)]) == [0, 2000]


def test_a_gift_is_not_part_of_a_promotion_as_well() -> None:
    known = lines(paid(1, 1, 5000, promotion="spring"), paid(2, 1, 0, price=1200, discount_fen=1200, gift_of=1, promotion="spring"))
    assert deductions_due(known, {1: 1000}) == {"gift:2": 1200, "promotion:spring": 0}


def test_a_line_that_lost_a_return_by_a_void_still_ends_at_what_was_paid() -> None:
    line = paid(quantity=3, fen=100)
    # 33 and 34 came back; the first was voided, so that one piece stands for 34.
    assert [piece_refund(line, 1000, 34, 1000), piece_refund(line, 1000, 34, 2000)] == [33, 66]


def test_what_was_paid_for_a_voided_return_is_not_paid_again() -> None:
    settlement = settle(lines(paid(fen=1000)), Done(), [(1, 1000)], {"voided:7": 1000})
    assert (settlement.net_fen, settlement.deductions) == (0, {"voided:7": 1000})


def view(*known: tuple[str, int], total: int) -> ReceiptView:
    """A receipt of lines (quantity, amount)."""
    at = datetime(2026, 3, 10, 5, tzinfo=UTC)
    rows = [
        ReceiptLine(number, f"P{number}", "", Decimal(quantity), 0, amount, 0, "", "", "", None, "")
        for number, (quantity, amount) in enumerate(known, 1)
    ]
    return ReceiptView(1, "1", "S001", "1", "", at, date(2026, 3, 10), ReceiptKind.SALE, total, "", rows, [], "api", at)


def test_a_discount_of_the_whole_receipt_is_spread_over_its_lines() -> None:
    known = paid_lines(view(("1", 1000), ("1", 1000), ("1", 1), total=1801))
    assert [line.paid_fen for line in known.values()] == [900, 900, 1]
    assert sum(line.paid_fen for line in paid_lines(view(("1", 333), ("1", 333), ("1", 334), total=999)).values()) == 999


def test_lines_that_are_no_goods_do_not_come_back() -> None:
    assert set(paid_lines(view(("1", 1000), ("-1", -100), ("0", 5), ("1", -50), total=900))) == {1}
    assert [line.paid_fen for line in paid_lines(view(("1", 1000), total=-5)).values()] == [0]


@pytest.mark.parametrize(
    ("fen", "tenders", "before", "parts"),
    [
        (1000, [("cash", 1000)], {}, [("cash", 1000)]),
        (500, [("cash", 600), ("wechat", 400)], {}, [("cash", 300), ("wechat", 200)]),
        (500, [("cash", 600), ("wechat", 400)], {"cash": 600}, [("wechat", 400), ("", 100)]),
        (500, [], {}, [("", 500)]),
        (500, [("cash", 2000), ("cash", -1000)], {}, [("cash", 500)]),  # change given back
        (1, [("cash", 1), ("card", 1)], {}, [("cash", 1)]),
    ],
)
def test_money_goes_back_the_way_it_came(
    fen: int, tenders: list[tuple[str, int]], before: dict[str, int], parts: list[tuple[str, int]]
) -> None:
    assert split(fen, tenders, before) == parts


amounts = st.integers(0, 100_000)


@given(st.lists(amounts, min_size=1, max_size=6), st.data())
@settings(max_examples=60, deadline=None)
def test_no_tender_gives_back_more_than_it_paid(paid_by: list[int], data: st.DataObject) -> None:
    tenders = [(f"T{number}", fen) for number, fen in enumerate(paid_by)]
    before: dict[str, int] = {}
    for part in data.draw(st.lists(st.integers(1, max(1, sum(paid_by))), max_size=4)):
        parts = split(part, tenders, before)
        assert sum(fen for _kind, fen in parts) == part
        for kind, fen in parts:
            assert fen > 0
            before[kind] = before.get(kind, 0) + fen
    for kind, fen in tenders:
        assert before.get(kind, 0) <= fen


@st.composite
def receipts(draw: st.DrawFn) -> dict[int, PaidLine]:
    count = draw(st.integers(1, 5))
    known = {}
    for number in range(1, count + 1):
        gift_of = draw(st.sampled_from([None, None, 1, 2]))
        known[number] = PaidLine(
            line=number,
            quantity=draw(st.integers(1, 9000)),
            unit_price_fen=draw(amounts),
            paid_fen=draw(amounts),
            discount_fen=draw(st.sampled_from([0, 0, 1, 999, 50_000])),
            gift_of=gift_of,
            promotion=draw(st.sampled_from(["", "", "A", "B"])),
        )
    return known


@given(receipts(), st.data())
@settings(max_examples=150, deadline=None)
def test_however_it_comes_back_no_more_is_given_than_was_paid_and_all_of_it_in_the_end(
    known: dict[int, PaidLine], data: st.DataObject
) -> None:
    done, total = Done(), sum(line.paid_fen for line in known.values())
    history: list[tuple[list[tuple[int, int]], Settlement]] = []
    for _ in range(data.draw(st.integers(0, 5))):
        if history and data.draw(st.booleans()):
            # One of them was a mistake, and is voided.
            history.pop(data.draw(st.integers(0, len(history) - 1)))
            done = Done()
            for pieces, settlement in history:
                done = after(done, pieces, settlement)
            assert done.net_fen <= total
        pieces = []
        for number, line in known.items():
            left = line.quantity - done.quantities.get(number, 0)
            if left and data.draw(st.booleans()):
                pieces.append((number, data.draw(st.integers(1, left))))
        settlement = settle(known, done, pieces)
        assert settlement.net_fen >= 0
        done = after(done, pieces, settlement)
        history.append((pieces, settlement))
        assert 0 <= done.net_fen <= total
        for number, line in known.items():
            assert 0 <= done.refunded.get(number, 0) <= line.paid_fen
    rest = [(number, line.quantity - done.quantities.get(number, 0)) for number, line in known.items()]
    settlement = settle(known, done, [piece for piece in rest if piece[1]])
    done = after(done, [piece for piece in rest if piece[1]], settlement)
    assert done.net_fen == total


@given(receipts(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_it_does_not_matter_in_which_order_all_comes_back(known: dict[int, PaidLine], random: object) -> None:
    order = list(known)
    random.shuffle(order)  # type: ignore[attr-defined]
    returns = [[(number, known[number].quantity)] for number in order]
    assert sum(one_after_the_other(known, *returns)) == sum(line.paid_fen for line in known.values())
