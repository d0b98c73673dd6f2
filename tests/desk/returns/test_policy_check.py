"""What makes a policy one that can be applied: each mistake is named by row and field, a rule that never counts included."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.desk.returns.policy.changes import ChangeKind, differences
from kiosk.desk.returns.policy.check import MOST_ROWS, checked, covered_by
from kiosk.desk.returns.policy.defaults import POLICY
from kiosk.desk.returns.policy.errors import WrongPolicy
from kiosk.desk.returns.policy.views import Condition, Need, Outcome, Packaging, Policy, PolicyExample, PolicyRow, RefundTo, ReturnKind
from tests.desk.returns.test_policy_rules import _facts, _rows, fits

BOTH = {"zh": "因为。", "en": "So."}


def row(outcome: Outcome = Outcome.ALLOW, **others: Any) -> PolicyRow:
    return PolicyRow(outcome=outcome, **{"reason": BOTH} | others)


def wrong(policy: Policy) -> dict[str, str]:
    """The wrong fields of *policy*, each with what is said about it."""
    with pytest.raises(WrongPolicy) as refused:
        checked(policy, ["zh", "en"])
    return {field.field: str(field.message) for field in refused.value.fields}


@pytest.mark.parametrize(
    ("mistaken", "field", "said"),
    [
        (row(reason={"zh": "因为。"}), "reason.en", "Row 1 gives no reason in en."),
        (row(reason={"zh": " \u202e ", "en": "So."}), "reason.zh", "Row 1 gives no reason in zh."),
        (row(reason=BOTH | {"fr": "Non."}), "reason.fr", "Languages are zh and en."),
        (row(reason=BOTH | {"en": "x" * 201}), "reason.en", "The reason of row 1 is too long"),
        (row(categories=["生鲜", " "]), "categories[1]", "A category of row 1 is empty"),
        (row(categories=["x" * 65]), "categories[0]", "longer than 64 characters"),
        (row(categories=[f"c{number}" for number in range(51)]), "categories", "names too many categories"),
        (row(return_days=-1), "return_days", "Row 1: Days are a whole number from 0 to 3650."),
        (row(exchange_days=3651), "exchange_days", "Row 1: Days are a whole number from 0 to 3650."),
        (row(days_from=9, days_to=8), "days_to", "Row 1 never holds: it begins after it ends."),
        (row(price_from_fen=-1), "price_from_fen", "Row 1: This is no amount of money."),
        (row(price_from_fen=500, price_below_fen=500), "price_below_fen", "Row 1 never holds"),
        (row(Outcome.REFUSE, needs=[Need.SERIAL]), "needs", "Row 1 takes nothing back"),
        (row(Outcome.REFUSE, return_days=7), "return_days", "Row 1 takes nothing back"),
        (row(Outcome.REPAIR_FIRST, refund_to=RefundTo.VOUCHER), "refund_to", "Row 1 takes nothing back"),
    ],
)
def test_a_mistake_in_a_row_is_named_by_its_field(mistaken: PolicyRow, field: str, said: str) -> None:
    found = wrong(Policy(rows=[mistaken]))
    assert said in found[f"rows[0].{field}"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"return_days": -1}, "return_days"),
        ({"exchange_days": 4000}, "exchange_days"),
        ({"per_person_days": 0}, "per_person_days"),
        ({"per_person_limit_fen": -1}, "per_person_limit_fen"),
        ({"per_person_limit_fen": 10**12}, "per_person_limit_fen"),
        ({"rows": [row(Outcome.REFUSE)] * (MOST_ROWS + 1)}, "rows"),
    ],
)
def test_a_mistake_in_the_terms_for_all_goods_is_named(change: dict[str, Any], field: str) -> None:
    assert field in wrong(msgspec.structs.replace(POLICY, **change))


def test_all_mistakes_are_told_at_once() -> None:
    assert len(wrong(Policy(rows=[row(reason={}), row(days_from=-1, categories=["a"])], return_days=-1))) == 4


def test_an_example_that_nobody_could_read_is_named_and_a_second_one_of_the_same_goods_is_dropped() -> None:
    goods = POLICY.examples[0].facts

    def noted(**changes: Any) -> Policy:
        return msgspec.structs.replace(POLICY, examples=[PolicyExample(msgspec.structs.replace(goods, **changes), Outcome.ALLOW)])

    assert set(wrong(noted(category="x" * 65))) == {"examples[0].facts.category"}
    assert set(wrong(noted(days=10**9))) == {"examples[0].facts"}
    assert set(wrong(noted(unit_price_fen=10**12))) == {"examples[0].facts"}
    many = [PolicyExample(msgspec.structs.replace(goods, days=day), Outcome.ALLOW) for day in range(61)]
    assert set(wrong(msgspec.structs.replace(POLICY, examples=many))) == {"examples"}
    twice = msgspec.structs.replace(POLICY, examples=[*POLICY.examples, POLICY.examples[0]])
    assert checked(twice, ["zh", "en"]) == POLICY


def test_only_the_store_s_languages_need_a_reason() -> None:
    policy = Policy(rows=[row(reason={"zh": "因为。"})])
    assert checked(policy, ["zh"]) == policy


def test_texts_are_cleaned_and_what_was_named_twice_is_kept_once() -> None:
    untidy = row(
        reason={"zh": " 因为。\n", "en": "So\u202e  it is."},
        categories=["生鲜 ", "生鲜"],
        conditions=[Condition.USED, Condition.AS_NEW, Condition.USED],
        packaging=list(Packaging),
        kinds=[ReturnKind.EXCHANGE, ReturnKind.RETURN],
        needs=[Need.PHOTO, Need.SERIAL, Need.PHOTO],
    )
    (tidy,) = checked(Policy(rows=[untidy]), ["zh", "en"]).rows
    assert tidy.reason == {"zh": "因为。", "en": "So it is."}
    assert (tidy.categories, tidy.conditions) == (["生鲜"], [Condition.AS_NEW, Condition.USED])
    assert (tidy.packaging, tidy.kinds) == ([], []), "all of them are the same as none"
    assert tidy.needs == [Need.SERIAL, Need.PHOTO]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {"categories": ["生鲜"]}),
        ({"categories": ["生鲜"]}, {"categories": ["生鲜/水果", "生鲜"]}),
        ({"conditions": [Condition.USED, Condition.DAMAGED]}, {"conditions": [Condition.USED], "gift": True}),
        ({"price_from_fen": 100}, {"price_from_fen": 200, "price_below_fen": 300}),
        ({"days_to": 9}, {"days_from": 2, "days_to": 9}),
        ({"days_from": 0}, {}),
        ({"weighed": True}, {"weighed": True, "kinds": [ReturnKind.RETURN]}),
    ],
)
def test_a_row_that_an_earlier_one_covers_is_a_mistake(first: dict[str, Any], second: dict[str, Any]) -> None:
    found = wrong(Policy(rows=[row(**first), row(Outcome.REFUSE, **second)]))
    assert found == {"rows[1]": "Row 2 never decides: row 1 holds wherever it does."}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"categories": ["生鲜"]}, {}),
        ({"categories": ["生鲜/水果"]}, {"categories": ["生鲜"]}),
        ({"conditions": [Condition.USED]}, {"conditions": [Condition.USED, Condition.DAMAGED]}),
        ({"price_from_fen": 100}, {}),
        ({"days_to": 9}, {"days_to": 10}),
        ({"gift": True}, {"gift": False}),
        ({"gift": True}, {}),
    ],
)
def test_a_row_that_reaches_further_than_those_before_it_is_none(first: dict[str, Any], second: dict[str, Any]) -> None:
    policy = Policy(rows=[row(**first), row(Outcome.REFUSE, **second)])
    assert checked(policy, ["zh", "en"]) == policy


@given(_rows, _rows, st.lists(_facts, max_size=20))
@settings(max_examples=150, deadline=None)
def test_where_a_covered_row_holds_the_one_that_covers_it_holds_too(earlier: PolicyRow, later: PolicyRow, goods: list[Any]) -> None:
    if covered_by(later, earlier):
        seen = [one for one in goods if one.condition and one.packaging and one.days >= 0 and one.unit_price_fen >= 0]
        assert all(fits(earlier, one) for one in seen if fits(later, one))


def test_versions_are_told_apart_row_by_row() -> None:
    rows = POLICY.rows
    assert not differences(POLICY, POLICY)

    def told(changed: list[PolicyRow]) -> list[tuple[ChangeKind, int | None, int | None]]:
        found = differences(POLICY, msgspec.structs.replace(POLICY, rows=changed))
        return [(change.kind, change.before, change.after) for change in found.rows]

    assert told([*rows, row()]) == [(ChangeKind.ADDED, None, len(rows))]
    assert told(rows[1:]) == [(ChangeKind.REMOVED, 0, None)]
    assert told([rows[1], rows[0], *rows[2:]]) in ([(ChangeKind.MOVED, 0, 1)], [(ChangeKind.MOVED, 1, 0)])
    changed = msgspec.structs.replace(rows[3], return_days=2, needs=[])
    assert told([*rows[:3], changed, *rows[4:]]) == [(ChangeKind.CHANGED, 3, 3)]
    found = differences(POLICY, msgspec.structs.replace(POLICY, rows=[*rows[:3], changed, *rows[4:]], exchange_days=30))
    assert found.rows[0].fields == ["return_days", "needs"]
    assert found.fields == ["exchange_days"]


@given(st.permutations(POLICY.rows).flatmap(lambda rows: st.tuples(st.just(rows), st.integers(0, len(rows)))))
@settings(max_examples=40, deadline=None)
def test_what_moved_is_neither_added_nor_taken_out(drawn: tuple[list[PolicyRow], int]) -> None:
    rows, kept = drawn
    found = differences(POLICY, msgspec.structs.replace(POLICY, rows=rows[:kept])).rows
    assert {change.kind for change in found} <= {ChangeKind.MOVED, ChangeKind.REMOVED}
    assert sum(change.kind is ChangeKind.REMOVED for change in found) == len(POLICY.rows) - kept
