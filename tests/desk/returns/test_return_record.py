"""Goods taken back: what is recorded, what is refused and how, what a second person may allow, and how it is undone."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from kiosk.db import Database
from kiosk.desk.actors import Actor
from kiosk.desk.appliances.views import ApplianceTestView, TestResult
from kiosk.desk.returns.codes import is_pickup_code, is_repair_code, is_return_code
from kiosk.desk.returns.errors import AlreadyVoided, CannotVoid, NotEligible, OverReturn, UnknownReturn, WrongReturn
from kiosk.desk.returns.policy.defaults import POLICY
from kiosk.desk.returns.policy.views import Condition, Need, Outcome, Policy, PolicyRow, RefundTo, ReturnKind
from kiosk.desk.returns.views import Goods, RefundState, ReturnState, ReturnView
from kiosk.errors import Conflict, Denied, Refusal
from kiosk.events import EventBus
from kiosk.i18n import msg
from tests.desk.returns.return_world import (
    CHEN,
    LIU,
    OPEN_POLICY,
    PORTER,
    POS,
    WANG,
    ReturnWorld,
    back,
    goods,
    leave,
    settings_with,
    sold,
    texts,
)
from tests.fakes.clock import FakeClock

WHY = {"zh": "须提供。", "en": "It is needed."}


def needing(*needs: Need, refund_to: RefundTo | None = None) -> Policy:
    return Policy(rows=[PolicyRow(Outcome.ALLOW, WHY, needs=list(needs), refund_to=refund_to)])


def fields_of(refusal: Refusal) -> list[str]:
    return [field.field for field in refusal.fields]


# -- what is recorded


def test_a_return_is_recorded_with_its_refund_slip_and_custody(world: ReturnWorld) -> None:
    receipt_id = world.sale(sold(1, "2", 2590, category="百货", barcode="6901234567892"), sold(2, "1", 990))
    returned = world.record(receipt_id, back(1, "1", reason=" Not \n wanted ", condition=Condition.OPENED), note="kind")
    assert (returned.number, returned.kind, returned.state) == ("R2603100001", ReturnKind.RETURN, ReturnState.RECORDED)
    assert is_return_code(returned.code)
    [line] = returned.lines
    assert (line.line, line.product, line.quantity, line.refund_fen, line.barcode) == (1, "P1", Decimal(1), 1295, "6901234567892")
    assert (line.reason, line.condition) == ("Not wanted", Condition.OPENED)
    assert (returned.refund_fen, returned.pay_fen, returned.deductions) == (1295, 0, [])
    assert returned.refund is not None
    assert (returned.refund.state, returned.refund.amount_fen) == (RefundState.PENDING, 1295)
    assert (returned.staff, returned.note, returned.policy_version) == ("Wang", "kind", 2)
    assert returned.job is not None
    assert world.heard == [returned]
    assert world.told("return.recorded") == [
        {"id": returned.id, "number": "R2603100001", "kind": "return", "receipt": returned.receipt, "refund_fen": 1295, "state": "recorded"}
    ]
    assert world.read(lambda session: world.returns.by_code(session, returned.code)) == returned.id
    assert world.read(world.audit.verify) == []


def test_numbers_count_within_a_trading_day(desk: ReturnWorld) -> None:
    receipt_id = desk.sale(sold(1, "3", 300))
    assert [desk.record(receipt_id, back()).number for _ in range(2)] == ["R2603100001", "R2603100002"]
    desk.clock.advance(86400)
    assert desk.record(receipt_id, back()).number == "R2603110001"


def test_the_three_codes_are_told_apart() -> None:
    import random

    from kiosk.desk.returns.codes import new_pickup_code, new_repair_code, new_return_code

    rng = random.Random(1)
    codes = [new(rng) for new in (new_return_code, new_pickup_code, new_repair_code)]
    assert [[test(code) for test in (is_return_code, is_pickup_code, is_repair_code)] for code in codes] == [
        [True, False, False],
        [False, True, False],
        [False, False, True],
    ]
    swapped = codes[0][:-1] + str((int(codes[0][-1]) + 1) % 10)
    assert not is_return_code(swapped)


def test_without_a_printer_a_return_is_recorded_all_the_same(desk: ReturnWorld) -> None:
    desk.printer = ""
    assert desk.record(desk.sale(), back()).job is None


def test_returns_are_found_by_number_code_and_receipt(desk: ReturnWorld) -> None:
    first, second = desk.record(desk.sale(), back()), desk.record(desk.sale(), back())

    def found(query: str) -> list[int]:
        return [one.id for one in desk.read(lambda session: desk.returns.newest(session, query=query))]

    assert found("") == [second.id, first.id]
    assert found("r2603100001") == [first.id]
    assert found("R260310") == [second.id, first.id]
    assert found(first.code) == [first.id]
    assert found(second.receipt) == [second.id]
    assert found("nothing") == []
    assert [one.id for one in desk.read(lambda session: desk.returns.newest(session, before_id=second.id))] == [first.id]
    assert [one.id for one in desk.read(lambda session: desk.returns.of_receipt(session, first.receipt_id or 0))] == [first.id]


@pytest.mark.parametrize("number", [0, -1, 4711, 2**63, 2**70])
def test_an_unknown_return_is_said_to_be_so(desk: ReturnWorld, number: int) -> None:
    with pytest.raises(UnknownReturn):
        desk.get(number)


def test_the_same_line_may_come_back_in_two_conditions(desk: ReturnWorld) -> None:
    receipt_id = desk.sale(sold(1, "3", 1000))
    returned = desk.record(receipt_id, back(1, "1"), back(1, "2", condition=Condition.FAULTY))
    assert [(line.quantity, line.refund_fen) for line in returned.lines] == [(Decimal(1), 333), (Decimal(2), 667)]
    with pytest.raises(OverReturn):
        desk.record(desk.sale(sold(1, "3", 1000)), back(1, "2"), back(1, "2"))


# -- exchanges, gifts, promotions


@pytest.mark.parametrize(("price", "refund", "pay"), [(800, 200, 0), (1000, 0, 0), (1550, 0, 550)])
def test_an_exchange_comes_to_the_difference(desk: ReturnWorld, price: int, refund: int, pay: int) -> None:
    returned = desk.record(desk.sale(), back(), kind=ReturnKind.EXCHANGE, exchange_for=[goods(unit_price_fen=price)])
    assert (returned.refund_fen, returned.pay_fen) == (refund, pay)
    assert (returned.refund is not None) == bool(refund)
    assert [one.name for one in returned.exchange_for] == ["Kettle"]


def test_a_gift_that_was_kept_is_deducted_in_words(desk: ReturnWorld) -> None:
    receipt_id = desk.sale(sold(1, "1", 5000), sold(2, "1", 0, name="Towel", discount_fen=1200, gift_of=1))
    returned = desk.record(receipt_id, back(1))
    assert [(str(text), fen) for text, fen in returned.deductions] == [("Gift kept: Towel", 1200)]
    assert returned.refund_fen == 3800
    # Once it comes, what was deducted is paid back; by the default policy a gift comes with its goods, which came before.
    late = desk.record(receipt_id, back(2))
    assert [(str(text), fen) for text, fen in late.deductions] == [("Gift brought back after all: Towel", -1200)]
    assert late.refund_fen == 1200


def test_a_gift_comes_back_with_its_goods(desk: ReturnWorld) -> None:
    receipt_id = desk.sale(sold(1, "2", 5000), sold(2, "2", 0, discount_fen=1200, gift_of=1))
    returned = desk.record(receipt_id, back(1, "1"), gifts_back=[2])
    assert [(line.line, line.quantity) for line in returned.lines] == [(1, Decimal(1)), (2, Decimal(1))]
    assert (returned.refund_fen, returned.deductions) == (2500, [])


@pytest.mark.parametrize("gift", [1, 3, 9])
def test_what_is_no_gift_of_the_goods_is_no_gift(desk: ReturnWorld, gift: int) -> None:
    receipt_id = desk.sale(sold(1, "1", 5000), sold(2, "1", 500), sold(3, "1", 0, discount_fen=1200, gift_of=2))
    with pytest.raises(WrongReturn) as refused:
        desk.record(receipt_id, back(1), gifts_back=[gift])
    assert fields_of(refused.value) == ["gifts_back[0]"]


def test_what_is_kept_of_a_promotion_is_paid_in_full(desk: ReturnWorld) -> None:
    receipt_id = desk.sale(
        sold(1, "1", 1000, promotion="3for2"), sold(2, "1", 1000, promotion="3for2"), sold(3, "1", 0, discount_fen=1000, promotion="3for2")
    )
    returned = desk.record(receipt_id, back(1))
    assert [str(text) for text, _fen in returned.deductions] == ["Discount of what is kept of the promotion 3for2"]
    assert (returned.refund_fen, returned.refund) == (0, None)
    assert desk.record(receipt_id, back(2), back(3)).refund_fen == 2000


# -- what is refused


@pytest.mark.parametrize(
    ("quantity", "unit", "said"),
    [
        ("0", "", "more than nothing"),
        ("-1", "", "more than nothing"),
        ("0.5", "", "by the piece"),
        ("0.1234", "kg", "at most 3 decimals"),
        ("10000", "", "scanned code"),
        ("6901234567892", "", "scanned code"),
        ("20260310010100000042", "", "scanned code"),
        ("1E+30", "", "scanned code"),
        ("Infinity", "", "no quantity"),
        ("NaN", "", "no quantity"),
    ],
)
def test_what_is_no_quantity_is_refused_and_a_scan_least_of_all(desk: ReturnWorld, quantity: str, unit: str, said: str) -> None:
    receipt_id = desk.sale(sold(1, "9", 900, unit=unit))
    with pytest.raises(WrongReturn, match=said) as refused:
        desk.record(receipt_id, back(1, quantity), override=leave())
    assert fields_of(refused.value) == ["lines[0].quantity"]
    assert desk.quote(receipt_id, back(1, quantity)).lines[0].problem is not None


def test_more_than_remains_is_a_conflict_that_says_what_remains(desk: ReturnWorld) -> None:
    receipt_id = desk.sale(sold(1, "3", 300, name="Soap"), sold(2, "1", 100))
    desk.record(receipt_id, back(1, "2"), back(2))
    with pytest.raises(OverReturn, match="Of Soap only 1 remain") as refused:
        desk.record(receipt_id, back(1, "2"), back(2))
    assert refused.value.extra["lines"] == [{"line": 1, "remaining": "1"}, {"line": 2, "remaining": "0"}]
    assert fields_of(refused.value) == ["lines[0].quantity", "lines[1].quantity"]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"lines": [back(7)]}, "lines[0].line"),
        ({"lines": [back(1, reason=" ")]}, "lines[0].reason"),
        ({"lines": [back(1, reason="x" * 41)]}, "lines[0].reason"),
        ({"lines": [back(1, serial="x" * 65)]}, "lines[0].serial"),
        ({"lines": [back(1, test_id=4)]}, "lines[0].test_id"),
        ({"lines": []}, "lines"),
        ({"goods": [goods()]}, "goods"),
        ({"kind": ReturnKind.EXCHANGE}, "exchange_for"),
        ({"exchange_for": [goods()]}, "kind"),
        ({"kind": ReturnKind.EXCHANGE, "exchange_for": [goods(name="")]}, "exchange_for[0].name"),
        ({"kind": ReturnKind.EXCHANGE, "exchange_for": [goods(quantity="6901234567892")]}, "exchange_for[0].quantity"),
        ({"kind": ReturnKind.EXCHANGE, "exchange_for": [goods(unit_price_fen=-1)]}, "exchange_for[0].unit_price_fen"),
        ({"override": leave(reason=" ")}, "override.reason"),
        ({"note": "x" * 201}, "note"),
    ],
)
def test_wrong_input_is_named_by_its_field(desk: ReturnWorld, more: dict[str, Any], field: str) -> None:
    receipt_id, lines = desk.sale(sold(1, "2", 200)), more.pop("lines", [back(1)])
    with pytest.raises(WrongReturn) as refused:
        desk.record(receipt_id, *lines, **more)
    assert field in fields_of(refused.value)
    assert desk.read(lambda session: desk.returns.newest(session)) == []


def test_taking_back_needs_the_permission(desk: ReturnWorld) -> None:
    with pytest.raises(Denied):
        desk.record(desk.sale(), back(), actor=PORTER)


def test_a_quote_says_everything_that_stands_in_the_way(desk: ReturnWorld) -> None:
    desk.obey(POLICY)
    receipt_id = desk.sale(sold(1, "1", 1000, category="生鲜 Fresh"), sold(2, "2", 500, category="百货"))
    quote = desk.quote(receipt_id, back(1), back(2, "3"), back(2, "1"))
    assert [line.problem is None for line in quote.lines] == [False, False, True]
    assert [line.refund_fen for line in quote.lines] == [1000, 0, 250]
    assert not quote.needs_supervisor  # nobody can allow that more comes back than was bought
    assert len(quote.problems) == 2
    fresh = desk.quote(receipt_id, back(1))
    assert fresh.needs_supervisor
    assert desk.quote(receipt_id, back(1), override=leave()).problems == []


# -- what must be there first


def test_a_serial_number_is_asked_for(desk: ReturnWorld) -> None:
    desk.obey(needing(Need.SERIAL))
    receipt_id = desk.sale(sold(1, "2", 200))
    with pytest.raises(NotEligible, match="serial number") as refused:
        desk.record(receipt_id, back(), override=leave())
    assert refused.value.extra["needs_supervisor"] is False
    assert desk.record(receipt_id, back(serial=" SN-1 ")).lines[0].serial == "SN-1"
    with pytest.raises(WrongReturn, match="one piece"):
        desk.record(desk.sale(sold(1, "2", 200)), back(1, "2", serial="SN-1"))


def a_test(result: TestResult = TestResult.FAULTY, **more: Any) -> ApplianceTestView:
    values: dict[str, Any] = {"product": "P1", "serial": "SN-7", "receipt_id": None, "line": None, **more}
    return ApplianceTestView(
        id=1,
        number="T1",
        name="Kettle",
        category="家电",
        items=[],
        result=result,
        fault="",
        signature=None,
        tested_at=FakeClock().now(),
        tested_by="Wang",
        job=None,
        **values,
    )


def test_an_appliance_is_tested_first_and_each_test_serves_once(desk: ReturnWorld) -> None:
    desk.obey(needing(Need.APPLIANCE_TEST, Need.SERIAL))
    receipt_id = desk.sale(sold(1, "2", 200))
    with pytest.raises(NotEligible, match="tested first"):
        desk.record(receipt_id, back())
    desk.tests[1] = a_test()
    returned = desk.record(receipt_id, back(test_id=1, condition=Condition.FAULTY))
    assert returned.lines[0].serial == "SN-7"
    with pytest.raises(WrongReturn, match="served a return"):
        desk.record(receipt_id, back(test_id=1))
    desk.void(returned.id)
    assert desk.record(receipt_id, back(test_id=1)).id


@pytest.mark.parametrize("wrong", [{"product": "P2"}, {"receipt_id": 4711, "line": 1}, {"receipt_id": 1, "line": 2}])
def test_the_test_of_other_goods_is_none(desk: ReturnWorld, wrong: dict[str, Any]) -> None:
    desk.tests[1] = a_test(**wrong)
    with pytest.raises(WrongReturn, match="no test of these goods"):
        desk.record(desk.sale(), back(test_id=1))


@pytest.mark.parametrize(
    ("result", "condition", "said"),
    [
        (TestResult.DAMAGED, Condition.FAULTY, "damage by use"),
        (TestResult.NO_FAULT, Condition.FAULTY, "found no fault"),
    ],
)
def test_what_a_test_found_needs_a_second_person(desk: ReturnWorld, result: TestResult, condition: Condition, said: str) -> None:
    desk.tests[1] = a_test(result=result)
    receipt_id = desk.sale()
    with pytest.raises(NotEligible, match=said):
        desk.record(receipt_id, back(test_id=1, condition=condition))
    assert desk.record(receipt_id, back(test_id=1, condition=condition), override=leave()).approver == "Liu"


def test_another_serial_number_than_the_tested_one_is_refused(desk: ReturnWorld) -> None:
    desk.tests[1] = a_test()
    with pytest.raises(WrongReturn, match="not the one that was tested, SN-7"):
        desk.record(desk.sale(), back(test_id=1, serial="SN-8"))


def test_goods_that_are_refunded_differently_are_two_returns(desk: ReturnWorld) -> None:
    rows = [PolicyRow(Outcome.ALLOW, WHY, categories=["卡"], refund_to=RefundTo.VOUCHER)]
    desk.obey(Policy(rows=rows))
    receipt_id = desk.sale(sold(1, "1", 1000, category="卡"), sold(2, "1", 500))
    with pytest.raises(NotEligible, match="two returns"):
        desk.record(receipt_id, back(1), back(2), override=leave())
    returned = desk.record(receipt_id, back(1))
    assert returned.refund is not None
    assert returned.refund.refund_to is RefundTo.VOUCHER
    assert returned.refund.voucher.startswith("V")
    assert returned.refund.voucher_until == FakeClock().now().date() + timedelta(days=365)


# -- a second person


def test_what_the_policy_refuses_is_allowed_by_a_second_person_alone(desk: ReturnWorld) -> None:
    desk.obey(POLICY)
    receipt_id = desk.sale(sold(category="生鲜"))
    with pytest.raises(NotEligible):
        desk.record(receipt_id, back())
    with pytest.raises(NotEligible, match="own exception"):
        desk.record(receipt_id, back(), actor=LIU, override=leave(LIU))
    with pytest.raises(Denied):
        desk.record(receipt_id, back(), override=leave(PORTER))
    returned = desk.record(receipt_id, back(), override=leave(LIU, " regular\tcustomer "))
    assert (returned.staff, returned.approver, returned.override_reason) == ("Wang", "Liu", "regular customer")


def test_a_program_with_the_permission_needs_no_second_person(desk: ReturnWorld) -> None:
    desk.obey(POLICY)
    program = Actor("token", 9, "self-service", frozenset({"returns:write", "returns:approve"}))
    returned = desk.record(desk.sale(sold(category="生鲜")), back(), actor=program, override=leave(program))
    assert returned.approver == "self-service"


def test_without_a_receipt_a_second_person_and_a_voucher(desk: ReturnWorld) -> None:
    with pytest.raises(NotEligible, match="Without a receipt"):
        desk.record(None, goods=[goods()])
    returned = desk.record(None, goods=[goods("Kettle", "2", 4990, reason="gift")], override=leave())
    assert (returned.receipt_id, returned.receipt, returned.refund_fen) == (None, "", 9980)
    assert [(line.line, line.name, line.reason) for line in returned.lines] == [(None, "Kettle", "gift")]
    assert returned.refund is not None
    assert (returned.refund.refund_to, returned.refund.tenders) == (RefundTo.VOUCHER, [])


def test_without_a_receipt_above_the_limit_it_takes_a_manager(desk: ReturnWorld) -> None:
    with pytest.raises(NotEligible, match="by a manager"):
        desk.record(None, goods=[goods(unit_price_fen=20_001)], override=leave(LIU))
    assert desk.record(None, goods=[goods(unit_price_fen=20_001)], override=leave(CHEN)).refund_fen == 20_001
    assert desk.record(None, goods=[goods(unit_price_fen=20_000)], override=leave(LIU)).refund_fen == 20_000


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"lines": [back(1)]}, "receipt"),
        ({"goods": [goods(name="\x1b")]}, "goods[0].name"),
        ({"goods": [goods(quantity="20260310")]}, "goods[0].quantity"),
        ({"goods": [goods() for _ in range(101)]}, "goods"),
    ],
)
def test_goods_without_a_receipt_are_checked_as_well(desk: ReturnWorld, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(WrongReturn) as refused:
        desk.record(None, *wrong.pop("lines", []), override=leave(), **wrong)
    assert field in fields_of(refused.value)


def test_the_limit_of_a_person_counts_over_all_their_returns(desk: ReturnWorld) -> None:
    desk.obey(Policy(rows=[], per_person_limit_fen=2500, per_person_days=30))
    for _ in range(2):
        desk.record(desk.sale(member="13900001111"), back())
    third = desk.sale(member="13900001111")
    with pytest.raises(NotEligible, match=r"CNY 30\.00 within 30 days; the limit is CNY 25\.00"):
        desk.record(third, back())
    assert desk.record(desk.sale(member="13900002222"), back()).id
    # Who returns without being on the receipt is counted by what staff wrote down.
    with pytest.raises(NotEligible, match="one person"):
        desk.record(desk.sale(), back(), member="13900001111")
    assert desk.record(third, back(), override=leave()).id
    desk.clock.advance(31 * 86400)
    assert desk.record(desk.sale(member="13900001111"), back()).id


# -- void


def test_a_void_restores_what_may_come_back_and_cancels_the_refund(world: ReturnWorld) -> None:
    receipt_id = world.sale(sold(1, "3", 1000))
    first, second = world.record(receipt_id, back(1, "1")), world.record(receipt_id, back(1, "1"))
    voided = world.void(first.id, " typed\nwrongly ")
    assert (voided.state, voided.void_reason, voided.voided_by) == (ReturnState.VOIDED, "typed wrongly", "Liu")
    assert voided.voided_at == world.clock.now()
    assert voided.refund is not None
    assert voided.refund.state is RefundState.CANCELLED
    assert [one.state for one in world.heard] == [ReturnState.RECORDED, ReturnState.RECORDED, ReturnState.VOIDED]
    assert world.told("return.recorded")[-1]["state"] == "voided"
    assert world.record(receipt_id, back(1, "2")).refund_fen == 1000 - second.refund_fen
    assert world.read(world.audit.verify) == []


def test_a_void_needs_a_supervisor_and_a_reason_and_happens_once(desk: ReturnWorld) -> None:
    returned = desk.record(desk.sale(), back())
    with pytest.raises(Denied):
        desk.void(returned.id, actor=WANG)
    with pytest.raises(WrongReturn):
        desk.void(returned.id, " ")
    desk.void(returned.id)
    with pytest.raises(AlreadyVoided, match="Liu has voided return R2603100001 already"):
        desk.void(returned.id)


def test_what_was_paid_cannot_be_voided(desk: ReturnWorld) -> None:
    returned = desk.record(desk.sale(), back())
    assert returned.refund is not None
    desk.do("settle_refund", returned.refund.id, RefundState.CONFIRMED, actor=POS)
    with pytest.raises(CannotVoid):
        desk.void(returned.id)
    assert desk.get(returned.id).state is ReturnState.RECORDED


def test_whoever_keeps_the_goods_may_refuse_a_void(desk: ReturnWorld) -> None:
    returned = desk.record(desk.sale(), back())

    def signed(_session: Session, _actor: Actor, view: ReturnView) -> None:
        raise Conflict(msg("signed for"))

    desk.returns.on_change(signed)
    with pytest.raises(Conflict, match="signed for"):
        desk.void(returned.id)
    again = desk.get(returned.id)
    assert again.state is ReturnState.RECORDED
    assert again.refund is not None
    assert again.refund.state is RefundState.PENDING


def test_what_the_point_of_sale_paid_for_a_voided_return_is_not_paid_again(desk: ReturnWorld) -> None:
    receipt_id = desk.sale()
    returned = desk.record(receipt_id, back())
    desk.void(returned.id)
    assert returned.refund is not None
    desk.do("settle_refund", returned.refund.id, RefundState.CONFIRMED, "paid before we heard", actor=POS)
    again = desk.record(receipt_id, back())
    assert [(str(text), fen) for text, fen in again.deductions] == [("Paid already for a return that was voided", 1000)]
    assert (again.refund_fen, again.refund) == (0, None)


# -- bad days


def test_five_hundred_lines_come_back_at_once(sqlite_database: Database, clock: FakeClock, bus: EventBus, tmp_path: Path) -> None:
    world = ReturnWorld(sqlite_database, clock, bus, tmp_path / "keys", settings_with(), OPEN_POLICY)
    receipt_id = world.sale(*[sold(number, "1", number, category="未知") for number in range(1, 501)])
    assert len(world.assess(receipt_id).lines) == 500
    returned = world.record(receipt_id, *[back(number) for number in range(1, 501)])
    assert returned.refund_fen == sum(range(1, 501))


def test_what_a_listener_breaks_leaves_nothing_behind(desk: ReturnWorld) -> None:
    def broken(_session: Session, _actor: Actor, _view: ReturnView) -> None:
        raise RuntimeError("broken")

    desk.returns.on_change(broken)
    with pytest.raises(RuntimeError, match="broken"):
        desk.record(desk.sale(), back())
    assert desk.refunds() == []
    assert desk.told("return.recorded") == []


def test_texts_of_people_stay_out_of_the_audit_trail(desk: ReturnWorld) -> None:
    returned = desk.record(desk.sale(member="13900001111"), back(reason="secret reason"), note="secret note")
    desk.void(returned.id, "secret void")
    entries = desk.read(lambda session: desk.audit.entries(session, subject=f"return:{returned.id}"))
    assert {entry.action for entry in entries} >= {"return.recorded", "return.voided"}
    assert "secret" not in str(entries)
    assert "13900001111" not in str(entries)


def test_goods_of_an_exchange_are_kept_as_they_were_named(desk: ReturnWorld) -> None:
    taken = Goods("K1", " 电热水壶 \x1b@", Decimal("1"), 1000)
    returned = desk.record(desk.sale(), back(), kind=ReturnKind.EXCHANGE, exchange_for=[taken])
    assert texts([one.name for one in returned.exchange_for]) == ["电热水壶 @"]
