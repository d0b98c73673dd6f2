"""The decision table: what the product's own policy says, and that the first row that holds decides, whatever the table."""

from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.desk.receipts.views import ReceiptKind
from kiosk.desk.returns.policy import defaults
from kiosk.desk.returns.policy.check import checked
from kiosk.desk.returns.policy.examples import turned
from kiosk.desk.returns.policy.rules import judge
from kiosk.desk.returns.policy.views import (
    Condition,
    LineFacts,
    Need,
    Outcome,
    Packaging,
    Policy,
    PolicyRow,
    RefundTo,
    ReturnKind,
    Verdict,
)

RETURN, EXCHANGE = ReturnKind.RETURN, ReturnKind.EXCHANGE
AS_NEW, OPENED, USED, DAMAGED, FAULTY = Condition.AS_NEW, Condition.OPENED, Condition.USED, Condition.DAMAGED, Condition.FAULTY
TRIED = {Need.APPLIANCE_TEST, Need.SERIAL}
ANY = PolicyRow(Outcome.ALLOW, {"en": "Yes."})


def facts(category: str = "百货/家居", days: int = 0, kind: ReturnKind = RETURN, **others: Any) -> LineFacts:
    """Goods as new in their sealed packaging, unless *others* say otherwise."""
    values = {"condition": AS_NEW, "packaging": Packaging.SEALED} | others
    return LineFacts(kind=kind, days=days, category=category, **values)


def by_default(asked: LineFacts) -> Verdict:
    return judge(defaults.POLICY, asked)


def outcome(verdict: Verdict) -> str:
    return "repair" if verdict.repair_first else ("yes" if verdict.allowed else "no")


@pytest.mark.parametrize(
    ("category", "condition", "packaging", "expected"),
    [
        ("百货/家居", AS_NEW, Packaging.SEALED, "yes"),
        ("百货/家居", OPENED, Packaging.MISSING, "yes"),
        ("百货/家居", USED, Packaging.OPENED, "no"),
        ("百货/家居", DAMAGED, Packaging.SEALED, "no"),
        ("百货/家居", FAULTY, Packaging.MISSING, "yes"),
        ("生鲜/水果", AS_NEW, Packaging.SEALED, "no"),
        ("生鲜", FAULTY, Packaging.OPENED, "yes"),
        ("食品/乳品", AS_NEW, Packaging.SEALED, "yes"),
        ("食品/乳品", OPENED, Packaging.OPENED, "no"),
        ("食品/乳品", FAULTY, Packaging.OPENED, "yes"),
        ("个护/口腔", AS_NEW, Packaging.SEALED, "yes"),
        ("个护/口腔", AS_NEW, Packaging.OPENED, "no"),
        ("个护/口腔", OPENED, Packaging.SEALED, "no"),
        ("个护/口腔", FAULTY, Packaging.MISSING, "yes"),
        ("内衣", AS_NEW, Packaging.MISSING, "no"),
        ("定制/烘焙", AS_NEW, Packaging.SEALED, "no"),
        ("定制/烘焙", FAULTY, Packaging.OPENED, "repair"),
        ("家电/小家电", AS_NEW, Packaging.SEALED, "yes"),
        ("家电/小家电", AS_NEW, Packaging.MISSING, "no"),
        ("家电/小家电", USED, Packaging.OPENED, "no"),
        ("家电/小家电", FAULTY, Packaging.MISSING, "yes"),
        ("卡券/购物卡", AS_NEW, Packaging.SEALED, "no"),
        ("", AS_NEW, Packaging.SEALED, "yes"),
        ("没有听说过", AS_NEW, Packaging.SEALED, "yes"),
    ],
)
def test_what_the_own_policy_says_on_the_day_of_the_sale(category: str, condition: Condition, packaging: Packaging, expected: str) -> None:
    assert outcome(by_default(facts(category, condition=condition, packaging=packaging))) == expected


@pytest.mark.parametrize(
    ("category", "kind", "days", "condition", "expected", "left"),
    [
        ("百货", RETURN, 0, AS_NEW, "yes", 7),
        ("百货", RETURN, 7, AS_NEW, "yes", 0),
        ("百货", RETURN, 8, AS_NEW, "no", -1),
        ("百货", EXCHANGE, 8, AS_NEW, "yes", 7),
        ("百货", EXCHANGE, 15, AS_NEW, "yes", 0),
        ("百货", EXCHANGE, 16, AS_NEW, "no", -1),
        ("生鲜", RETURN, 1, FAULTY, "yes", 0),
        ("生鲜", RETURN, 2, FAULTY, "no", -1),
        ("家电", RETURN, 7, FAULTY, "yes", 0),
        ("家电", RETURN, 8, FAULTY, "repair", None),
        ("家电", RETURN, 365, FAULTY, "repair", None),
        ("家电", RETURN, 366, FAULTY, "no", -359),
        ("家电", EXCHANGE, 15, FAULTY, "yes", 0),
        ("家电", EXCHANGE, 16, FAULTY, "repair", None),
        ("家电", RETURN, 8, AS_NEW, "no", -1),
    ],
)
def test_terms_run_in_whole_days_after_the_day_of_the_sale(
    category: str, kind: ReturnKind, days: int, condition: Condition, expected: str, left: int | None
) -> None:
    verdict = by_default(facts(category, days, kind, condition=condition))
    assert (outcome(verdict), verdict.days_left) == (expected, left)


def test_an_appliance_is_tried_first_and_its_number_noted() -> None:
    assert by_default(facts("家电")).needs == {*TRIED, Need.PACKAGING}
    assert by_default(facts("家电", condition=FAULTY)).needs == TRIED
    assert by_default(facts("生鲜", condition=FAULTY)).needs == {Need.SUPERVISOR}


def test_a_gift_does_not_come_back_alone() -> None:
    verdict = by_default(facts(gift=True))
    assert (verdict.allowed, verdict.row) == (False, 1)


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ({"receipt": ReceiptKind.REFUND}, "This receipt is itself a refund"),
        ({"receipt": ReceiptKind.CANCELLED}, "This sale was cancelled"),
        ({"days": -1}, "lies in the future"),
    ],
)
def test_no_table_pays_for_what_was_not_sold(others: dict[str, Any], said: str) -> None:
    for policy in (defaults.POLICY, Policy(rows=[ANY]), Policy(rows=[])):
        verdict = judge(policy, facts(**others))
        assert (verdict.allowed, verdict.row, verdict.needs) == (False, None, frozenset())
        assert said in str(verdict.reason)


def test_the_reason_names_the_term_and_its_last_day() -> None:
    assert str(by_default(facts(days=3, sold_on=date(2026, 11, 1))).reason) == "A return is possible until 2026-11-08."
    late = by_default(facts(days=9, sold_on=date(2026, 11, 1)))
    assert str(late.reason) == "Too late for a return: it was possible within 7 days of the sale, until 2026-11-08."
    assert str(by_default(facts(days=9)).reason).endswith("within 7 days of the sale. Days since the sale: 9.")
    late = by_default(facts(days=20, kind=EXCHANGE, sold_on=date(2026, 11, 1)))
    assert str(late.reason) == "Too late for an exchange: it was possible within 15 days of the sale, until 2026-11-16."
    spoiled = by_default(facts("生鲜", 2, condition=FAULTY))
    assert "until the day after the sale" in str(spoiled.reason)
    assert "on the day of the sale" in str(judge(Policy(rows=[], return_days=0), facts(days=1)).reason)
    tried = by_default(facts("家电", 1, condition=FAULTY, sold_on=date(2026, 11, 1)))
    assert (
        str(tried.reason)
        == "A faulty appliance can be taken back once it was tried and its serial number noted. A return is possible until 2026-11-08."
    )


def test_packaging_that_must_be_there_and_is_not_is_told_with_what_to_do() -> None:
    verdict = by_default(facts("家电", packaging=Packaging.MISSING))
    assert str(verdict.reason).endswith("The packaging is missing.")
    assert str(verdict.remedy) == "Ask the customer to bring the whole packaging."
    assert verdict.row == 14


@pytest.mark.parametrize(
    ("category", "days", "known", "allowed", "asked"),
    [
        ("百货", 0, {}, True, {"condition"}),
        ("百货", 9, {}, False, set()),
        ("百货", 0, {"condition": AS_NEW}, True, set()),
        ("个护", 0, {}, True, {"condition", "packaging"}),
        ("个护", 0, {"packaging": Packaging.OPENED}, False, {"condition"}),
        ("个护", 0, {"condition": FAULTY}, True, set()),
        ("个护", 0, {"condition": AS_NEW}, True, {"packaging"}),
        ("生鲜", 0, {}, False, {"condition"}),
        ("生鲜", 5, {}, False, set()),
        ("定制", 0, {}, False, {"condition"}),
        ("家电", 9, {}, False, {"condition"}),
        ("卡券", 0, {}, False, set()),
    ],
)
def test_what_nobody_has_looked_at_is_asked_only_where_it_matters(
    category: str, days: int, known: dict[str, Any], allowed: bool, asked: set[str]
) -> None:
    verdict = by_default(LineFacts(kind=RETURN, days=days, category=category, **known))
    assert (verdict.allowed, verdict.open_questions) == (allowed, asked)


def test_a_row_says_where_the_money_goes_and_how_long() -> None:
    row = PolicyRow(Outcome.ALLOW, {"en": "Vouchers."}, promotion=True, return_days=30, exchange_days=0, refund_to=RefundTo.VOUCHER)
    policy = Policy(rows=[row])
    assert judge(policy, facts(days=20, promotion=True)).refund_to is RefundTo.VOUCHER
    assert judge(policy, facts(days=20, promotion=True)).days_left == 10
    assert not judge(policy, facts(days=1, kind=EXCHANGE, promotion=True)).allowed
    assert judge(policy, facts(days=1)).refund_to is RefundTo.ORIGINAL


def test_what_fits_no_row_is_judged_by_the_days_for_all_goods() -> None:
    policy = Policy(rows=[PolicyRow(Outcome.REFUSE, {"en": "No."}, categories=["生鲜"])], return_days=3)
    assert (judge(policy, facts(days=3)).allowed, judge(policy, facts(days=3)).row) == (True, None)
    assert not judge(policy, facts(days=4)).allowed
    assert judge(policy, facts("生鲜水产")).row == 0, "a category is named by its beginning"


@pytest.mark.parametrize(
    ("row", "inside", "outside"),
    [
        ({"price_from_fen": 1000}, {"unit_price_fen": 1000}, {"unit_price_fen": 999}),
        ({"price_below_fen": 1000}, {"unit_price_fen": 999}, {"unit_price_fen": 1000}),
        ({"days_from": 3}, {"days": 3}, {"days": 2}),
        ({"days_to": 3}, {"days": 3}, {"days": 4}),
        ({"gift": False}, {"gift": False}, {"gift": True}),
        ({"weighed": True}, {"weighed": True, "quantity": Decimal("0.5")}, {"weighed": False}),
        ({"promotion": True}, {"promotion": True}, {"promotion": False}),
        ({"kinds": [EXCHANGE]}, {"kind": EXCHANGE}, {"kind": RETURN}),
        ({"categories": ["a", "b"]}, {"category": "bc"}, {"category": "cab"}),
        ({"packaging": [Packaging.SEALED]}, {"packaging": Packaging.SEALED}, {"packaging": Packaging.OPENED}),
    ],
)
def test_each_condition_of_a_row_holds_within_its_bounds(row: dict[str, Any], inside: dict[str, Any], outside: dict[str, Any]) -> None:
    policy = Policy(rows=[PolicyRow(Outcome.REFUSE, {"en": "No."}, **row)])
    assert judge(policy, facts(**inside)).row == 0
    assert judge(policy, facts(**outside)).row is None


def test_the_own_policy_passes_its_own_check_and_each_of_its_rows_can_decide() -> None:
    assert checked(defaults.POLICY, ["zh", "en"]) == defaults.POLICY
    assert turned(defaults.POLICY) == []
    categories = ["", *(name for row in defaults.ROWS for name in row.categories)]
    decided = {
        by_default(facts(category, days, kind, condition=condition, packaging=packaging, gift=gift)).row
        for category, days, kind, condition, packaging, gift in product(
            categories, (0, 8, 16), ReturnKind, Condition, Packaging, (False, True)
        )
    }
    assert decided == {None, *range(len(defaults.ROWS))}


_maybe_number = st.none() | st.integers(0, 20)
_flag = st.none() | st.booleans()
_rows = st.builds(
    PolicyRow,
    outcome=st.sampled_from(Outcome),
    reason=st.just({"en": "So."}),
    categories=st.lists(st.sampled_from(["a", "ab", "b"]), max_size=2),
    kinds=st.lists(st.sampled_from(ReturnKind), max_size=2),
    conditions=st.lists(st.sampled_from(Condition), max_size=3),
    packaging=st.lists(st.sampled_from(Packaging), max_size=2),
    gift=_flag,
    promotion=_flag,
    weighed=_flag,
    price_from_fen=_maybe_number,
    price_below_fen=_maybe_number,
    days_from=_maybe_number,
    days_to=_maybe_number,
    return_days=_maybe_number,
    exchange_days=_maybe_number,
    needs=st.lists(st.sampled_from(Need), max_size=2),
    refund_to=st.none() | st.sampled_from(RefundTo),
)
_policies = st.builds(Policy, rows=st.lists(_rows, max_size=6), return_days=st.integers(0, 20), exchange_days=st.integers(0, 20))
_facts = st.builds(
    LineFacts,
    kind=st.sampled_from(ReturnKind),
    days=st.integers(-2, 25) | st.integers(),
    category=st.sampled_from(["", "a", "ab", "abc", "b", "c"]),
    condition=st.none() | st.sampled_from(Condition),
    packaging=st.none() | st.sampled_from(Packaging),
    gift=st.booleans(),
    promotion=st.booleans(),
    weighed=st.booleans(),
    unit_price_fen=st.integers(0, 25) | st.integers(),
    receipt=st.sampled_from([ReceiptKind.SALE, ReceiptKind.SALE, ReceiptKind.SALE, *ReceiptKind]),
    sold_on=st.none() | st.dates(),
)


@given(_policies, _facts)
@settings(max_examples=150, deadline=None)
def test_every_question_has_an_answer_and_the_first_row_that_holds_decides(policy: Policy, asked: LineFacts) -> None:
    verdict = judge(policy, asked)
    assert str(verdict.reason)
    if asked.receipt is not ReceiptKind.SALE or asked.days < 0:
        assert (verdict.allowed, verdict.row) == (False, None)
        return
    seen = _with(asked, asked.condition or AS_NEW, asked.packaging or Packaging.SEALED)
    assert verdict.row == next((number for number, row in enumerate(policy.rows) if fits(row, seen)), None)
    assert not (verdict.allowed and verdict.repair_first)
    assert verdict.allowed or not verdict.needs


@given(_policies, _facts)
@settings(max_examples=150, deadline=None)
def test_a_question_is_open_exactly_when_its_answer_may_change_what_is_done(policy: Policy, asked: LineFacts) -> None:
    verdict = judge(policy, asked)
    conditions = [asked.condition] if asked.condition else list(Condition)
    packagings = [asked.packaging] if asked.packaging else list(Packaging)
    done = {(one, other): _done(judge(policy, _with(asked, one, other))) for one in conditions for other in packagings}
    expected = set()
    if any(len({done[one, other] for one in conditions}) > 1 for other in packagings):
        expected.add("condition")
    if any(len({done[one, other] for other in packagings}) > 1 for one in conditions):
        expected.add("packaging")
    assert verdict.open_questions == expected
    assert verdict.open_questions <= {name for name in ("condition", "packaging") if getattr(asked, name) is None}


def fits(row: PolicyRow, seen: LineFacts) -> bool:
    """Whether *row* holds, told once more in the plainest way."""
    for name in ("gift", "promotion", "weighed"):
        if getattr(row, name) is not None and getattr(row, name) != getattr(seen, name):
            return False
    for wanted, value in ((row.kinds, seen.kind), (row.conditions, seen.condition), (row.packaging, seen.packaging)):
        if wanted and value not in wanted:
            return False
    if row.categories and not any(seen.category[: len(name)] == name for name in row.categories):
        return False
    if row.price_from_fen is not None and seen.unit_price_fen < row.price_from_fen:
        return False
    if row.price_below_fen is not None and seen.unit_price_fen >= row.price_below_fen:
        return False
    if row.days_from is not None and seen.days < row.days_from:
        return False
    return row.days_to is None or seen.days <= row.days_to


def _with(asked: LineFacts, condition: Condition, packaging: Packaging) -> LineFacts:
    return msgspec.structs.replace(asked, condition=condition, packaging=packaging)


def _done(verdict: Verdict) -> object:
    """What is done at the desk because of *verdict*."""
    if verdict.allowed:
        return verdict.needs, verdict.refund_to, verdict.days_left
    return verdict.repair_first
