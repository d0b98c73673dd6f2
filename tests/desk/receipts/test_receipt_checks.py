"""What a receipt must be: every wrong field is named, and what a till does as a matter of course is understood."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kiosk.desk.receipts.checks import MAX_LINES, checked
from kiosk.desk.receipts.errors import WrongReceipt
from kiosk.desk.receipts.views import NewLine, NewReceipt, ReceiptKind, Tender
from tests.desk.receipts.receipt_world import APPLES, KETTLE, MILK, a_receipt
from tests.fakes.clock import FakeClock

CLOCK = FakeClock()


def check(receipt: NewReceipt) -> NewReceipt:
    return checked(receipt, CLOCK)


def wrong(receipt: NewReceipt) -> list[str]:
    with pytest.raises(WrongReceipt) as refused:
        check(receipt)
    assert refused.value.remedy is not None
    return [field.field for field in refused.value.fields]


def sold(*lines: NewLine, **changed: object) -> NewReceipt:
    """A receipt of these lines, without a total that could disagree."""
    return a_receipt(**({"lines": list(lines), "tenders": [], "total_fen": None} | changed))


def line(number: int, quantity: object = 1, amount_fen: int = 1000, **changed: object) -> NewLine:
    made = NewLine(number, "6901", "Milk", Decimal(str(quantity)), 1000, amount_fen)
    return replace(made, **changed)


def test_a_right_receipt_stays_as_it_is() -> None:
    assert check(a_receipt()) == a_receipt()


@pytest.mark.parametrize(
    ("fields", "changed"),
    [
        (["number"], {"number": "  "}),
        (["number"], {"number": "2026\x000309"}),
        (["number"], {"number": "7" * 65}),
        (["store"], {"store": ""}),
        (["store"], {"store": "S" * 17}),
        (["till"], {"till": "0\x1b[2J1"}),
        (["cashier"], {"cashier": "1\u202e7"}),
        (["member"], {"member": "6" * 33}),
        (["sold_at"], {"sold_at": datetime(2026, 3, 9, 10, 0)}),  # noqa: DTZ001  that is the point
        (["sold_at"], {"sold_at": datetime(2015, 3, 9, 10, 0, tzinfo=UTC)}),
        (["lines"], {"lines": [], "total_fen": 0, "tenders": []}),
        (["total_fen"], {"total_fen": 20000, "tenders": []}),
        (["total_fen"], {"total_fen": -15998, "tenders": []}),
        (["tenders"], {"tenders": [Tender("cash", 10000)]}),
        (["tenders"], {"tenders": [Tender("cash", 25998), Tender("card", -10000)]}),
        (["tenders[0].kind"], {"tenders": [Tender("", 15998)]}),
        (["tenders[0].amount_fen"], {"tenders": [Tender("cash", 10**12)]}),
    ],
)
def test_each_wrong_field_of_a_receipt_is_named(fields: list[str], changed: dict[str, Any]) -> None:
    assert wrong(a_receipt(**changed)) == fields


@pytest.mark.parametrize(
    ("fields", "changed"),
    [
        (["lines[1].line"], {"line": 1}),
        (["lines[1].line"], {"line": 0}),
        (["lines[1].line"], {"line": 40_000}),
        (["lines[1].product"], {"product": " "}),
        (["lines[1].product"], {"product": "69\x07"}),
        (["lines[1].name"], {"name": ""}),
        (["lines[1].name"], {"name": "x" * 121}),
        (["lines[1].quantity"], {"quantity": Decimal(0)}),
        (["lines[1].quantity"], {"quantity": Decimal("1.2345")}),
        (["lines[1].quantity"], {"quantity": Decimal("NaN")}),
        (["lines[1].quantity"], {"quantity": Decimal("Infinity")}),
        (["lines[1].quantity"], {"quantity": Decimal("6901234567892")}),
        (["lines[1].unit_price_fen"], {"unit_price_fen": -1}),
        (["lines[1].amount_fen"], {"amount_fen": -500}),
        (["lines[1].amount_fen"], {"amount_fen": 10**10}),
        (["lines[1].discount_fen"], {"discount_fen": -1}),
        (["lines[1].category"], {"category": "c" * 65}),
        (["lines[1].unit"], {"unit": "kg" * 20}),
        (["lines[1].gift_of"], {"gift_of": 9}),
        (["lines[1].gift_of"], {"gift_of": 2}),
        (["lines[1].promotion"], {"promotion": "p" * 33}),
        (["lines[1].quantity"], {"quantity": Decimal(-1), "amount_fen": -1598}),
        (["lines[1].amount_fen"], {"quantity": Decimal(-1), "amount_fen": 1598}),
    ],
)
def test_each_wrong_field_of_a_line_is_named(fields: list[str], changed: dict[str, Any]) -> None:
    assert wrong(sold(MILK, replace(APPLES, **changed), KETTLE)) == fields


def test_all_that_is_wrong_is_told_at_once_but_not_without_end() -> None:
    lines = [line(number, 0, product="") for number in range(1, 41)]
    assert wrong(sold(line(1, 0), line(1, product=""), till="\x07")) == ["till", "lines[0].quantity", "lines[1].line", "lines[1].product"]
    assert len(wrong(sold(*lines))) == 20


def test_a_receipt_from_the_future_is_refused_but_a_tills_clock_may_be_ahead() -> None:
    assert check(a_receipt(sold_at=CLOCK.now() + timedelta(minutes=14)))
    assert wrong(a_receipt(sold_at=CLOCK.now() + timedelta(minutes=16))) == ["sold_at"]


def test_500_lines_are_a_receipt_and_a_thousand_too_but_no_more() -> None:
    for count in (500, MAX_LINES):
        assert len(check(sold(*(line(number) for number in range(1, count + 1)))).lines) == count
    assert wrong(sold(*(line(number) for number in range(1, MAX_LINES + 2)))) == ["lines"]


def test_names_are_kept_on_one_line_without_what_nobody_sees() -> None:
    [kept] = check(sold(replace(MILK, name=" 鲜牛奶\t1L\r\n\x07", category="生鲜\u200f/乳品"))).lines
    assert (kept.name, kept.category) == ("鲜牛奶 1L", "生鲜/乳品")


def test_parts_of_a_second_do_not_tell_two_receipts_apart() -> None:
    assert check(a_receipt(sold_at=datetime(2026, 3, 9, 2, 0, 0, 123456, tzinfo=UTC))).sold_at.microsecond == 0


def test_without_a_total_it_is_the_sum_of_the_lines() -> None:
    assert check(sold(MILK, APPLES)).total_fen == 4098


# -- voids within a sale


def test_a_void_takes_back_the_very_line() -> None:
    receipt = check(sold(MILK, KETTLE, line(4, -2, -2500, product=MILK.product), APPLES))
    assert [(kept.line, kept.product) for kept in receipt.lines] == [(3, KETTLE.product), (2, APPLES.product)]
    assert receipt.total_fen == 11900 + 1598


def test_a_void_takes_back_part_of_a_line_and_its_share_of_the_discount() -> None:
    [kept] = check(sold(line(1, 3, 2700, discount_fen=300), line(2, -1, -900))).lines
    assert (kept.quantity, kept.amount_fen, kept.discount_fen) == (Decimal(2), 1800, 200)


def test_a_void_may_take_back_several_lines_of_the_same_goods() -> None:
    receipt = check(sold(line(1), line(2, amount_fen=900), KETTLE, line(4, 2, 1900), line(5, -4, -3800)))
    assert [kept.line for kept in receipt.lines] == [3]


def test_of_lines_at_two_prices_the_one_that_was_voided_goes() -> None:
    receipt = check(sold(line(1, 1, 800), line(2, 1, 1000), line(3, -1, -800)))
    assert [(kept.line, kept.amount_fen) for kept in receipt.lines] == [(2, 1000)]


def test_weighed_goods_can_be_voided() -> None:
    receipt = check(sold(APPLES, MILK, replace(APPLES, line=3, quantity=Decimal("-1.354"), amount_fen=-1598)))
    assert [kept.product for kept in receipt.lines] == [MILK.product]


@pytest.mark.parametrize(
    "lines",
    [
        [line(1, -1, -1000), line(2)],  # nothing was sold before it
        [line(1), line(2, -2, -2000)],  # more than was sold
        [line(1), line(2, -1, -1000, product="other")],  # other goods
        [line(1, 2, 2000), line(2, -1, -2100)],  # for more than was paid
        [line(1, 2, 2000), line(2, 2, 2000), line(3, -3, -1000)],  # for less than the whole line in it cost
        [line(1), line(2, -1, -1000), line(3, -1, -1000)],  # twice
    ],
)
def test_a_void_of_what_was_not_sold_before_is_refused(lines: list[NewLine]) -> None:
    [field] = wrong(sold(replace(KETTLE, line=9), *lines))
    assert field.endswith(".quantity")


def test_a_sale_of_which_all_was_taken_back_is_no_sale() -> None:
    assert wrong(sold(line(1), line(2, -1, -1000))) == ["lines"]


def test_a_gift_of_goods_that_were_taken_back_is_refused() -> None:
    assert wrong(sold(line(1), line(2, 1, 0, product="cup", gift_of=1), line(3, -1, -1000), line(4, product="tea"))) == ["lines[1].gift_of"]


# -- totals and tenders


def test_a_rounded_total_is_a_discount_on_the_dearest_line() -> None:
    receipt = check(sold(MILK, KETTLE, total_fen=14390, tenders=[Tender("cash", 14390)]))
    assert [(kept.amount_fen, kept.discount_fen) for kept in receipt.lines] == [(2500, 0), (11890, 1010)]
    assert sum(kept.amount_fen for kept in receipt.lines) == receipt.total_fen == 14390


def test_a_total_rounded_up_is_what_was_paid() -> None:
    receipt = check(sold(line(1, 1, 999), total_fen=1000))
    assert [kept.amount_fen for kept in receipt.lines] == [1000]


def test_a_sale_of_some_fen_may_be_rounded_to_nothing() -> None:
    receipt = check(sold(line(1, 1, 10), line(2, 1, 10), total_fen=0))
    assert [kept.amount_fen for kept in receipt.lines] == [0, 0]


def test_without_a_total_what_was_paid_tells_the_rounding() -> None:
    assert check(sold(line(1, 1, 1003), tenders=[Tender("cash", 1000)])).total_fen == 1000


def test_a_yuan_and_more_is_no_rounding() -> None:
    assert wrong(sold(line(1, 1, 1100), total_fen=1000)) == ["total_fen"]


def test_change_is_taken_off_what_was_given() -> None:
    receipt = check(sold(line(1, 1, 8770), tenders=[Tender("cash", 10000), Tender("cash", -1230)]))
    assert receipt.tenders == [Tender("cash", 8770)]


# -- money given back, and sales that were cancelled


def test_money_given_back_is_kept_as_how_much_it_was_whatever_its_sign() -> None:
    forward = a_receipt(kind=ReceiptKind.REFUND)
    turned = [replace(one, quantity=-one.quantity, amount_fen=-one.amount_fen) for one in forward.lines]
    backward = replace(forward, lines=turned, tenders=[Tender("wechat", -15998)], total_fen=-15998)
    assert check(backward) == check(forward)


def test_a_cancelled_sale_may_have_no_lines_and_any_total() -> None:
    cancelled = sold(kind=ReceiptKind.CANCELLED, total_fen=0)
    assert (check(cancelled).lines, check(cancelled).total_fen) == ([], 0)
    assert check(a_receipt(kind=ReceiptKind.CANCELLED, total_fen=0, tenders=[])).total_fen == 0
    turned = [replace(MILK, quantity=-MILK.quantity, amount_fen=-MILK.amount_fen)]
    assert check(sold(*turned, kind=ReceiptKind.CANCELLED)).lines == [MILK]
    both = [MILK, replace(turned[0], line=2)]
    assert check(sold(*both, kind=ReceiptKind.CANCELLED)).lines == []


# -- whatever comes


quantities = st.decimals(min_value=-20, max_value=20, places=3, allow_nan=False, allow_infinity=False)
texts = st.sampled_from(["6901", "6902", "Milk", "", "a\x00b", "茶" * 130])
lines = st.builds(
    NewLine,
    line=st.integers(min_value=0, max_value=6),
    product=texts,
    name=texts,
    quantity=quantities,
    unit_price_fen=st.integers(min_value=-1, max_value=2000),
    amount_fen=st.integers(min_value=-2000, max_value=2000),
    discount_fen=st.integers(min_value=-1, max_value=200),
    gift_of=st.none() | st.integers(min_value=0, max_value=6),
)
any_receipt = st.builds(
    NewReceipt,
    number=texts,
    store=st.just("S001"),
    till=texts,
    sold_at=st.just(datetime(2026, 3, 9, 2, 0, tzinfo=UTC)),
    lines=st.lists(lines, max_size=6),
    tenders=st.lists(st.builds(Tender, kind=texts, amount_fen=st.integers(min_value=-2000, max_value=4000)), max_size=2),
    kind=st.sampled_from(ReceiptKind),
    total_fen=st.none() | st.integers(min_value=-4000, max_value=8000),
)
few_sold = st.lists(st.tuples(st.sampled_from(["6901", "6902"]), st.integers(min_value=1, max_value=3)), min_size=1, max_size=6)


@settings(max_examples=150)
@given(any_receipt)
def test_whatever_comes_is_refused_or_right_and_checked_again_the_same(receipt: NewReceipt) -> None:
    try:
        kept = check(receipt)
    except WrongReceipt:
        return
    assert check(kept) == kept
    assert all(one.quantity > 0 and one.amount_fen >= 0 for one in kept.lines)
    if kept.kind is not ReceiptKind.CANCELLED:
        assert sum(one.amount_fen for one in kept.lines) == kept.total_fen
        assert not kept.tenders or sum(tender.amount_fen for tender in kept.tenders) == kept.total_fen


@settings(max_examples=60)
@given(few_sold, st.data())
def test_what_is_left_after_voids_is_what_was_not_taken_back(rung_up: list[tuple[str, int]], data: st.DataObject) -> None:
    made = [line(number, count, count * 100, product=product) for number, (product, count) in enumerate(rung_up, 1)]
    taken = data.draw(st.lists(st.sampled_from(range(len(made))), unique=True, max_size=len(made) - 1)) if len(made) > 1 else []
    voids = [
        replace(made[place], line=len(made) + number, quantity=-made[place].quantity, amount_fen=-made[place].amount_fen)
        for number, place in enumerate(taken, 1)
    ]
    kept = check(sold(*made, *voids)).lines
    assert sum(one.quantity for one in kept) == sum(one.quantity for one in made) + sum(one.quantity for one in voids)
    assert sum(one.amount_fen for one in kept) == sum(one.amount_fen for one in [*made, *voids])
