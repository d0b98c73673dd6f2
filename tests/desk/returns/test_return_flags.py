"""What deserves a look: noted, shown to supervisors, and never a judgement."""

import pytest

from kiosk.desk.returns.errors import UnknownFlag
from kiosk.desk.returns.policy.views import Policy
from kiosk.desk.returns.views import FlagKind, FlagView
from kiosk.errors import Denied
from tests.desk.returns.return_world import CHEN, LIU, WANG, ReturnWorld, back, goods, leave, sold

MEMBER = "13900001111"


def flags(desk: ReturnWorld, **wanted: bool) -> list[FlagView]:
    return desk.read(lambda session: desk.returns.flags(session, **wanted))


def kinds(desk: ReturnWorld) -> list[FlagKind]:
    return [flag.kind for flag in flags(desk)]


def test_an_ordinary_return_raises_nothing(desk: ReturnWorld) -> None:
    desk.record(desk.sale(cashier="Zhao", member=MEMBER), back())
    assert flags(desk) == []


def test_many_returns_of_one_member_are_noted(desk: ReturnWorld) -> None:
    for number in range(5):
        desk.record(desk.sale(member=MEMBER), back())
        assert len(flags(desk)) == max(0, number - 2)
    newest = flags(desk)[0]
    assert newest.kind is FlagKind.REPEAT_MEMBER
    assert str(newest.detail) == "5 returns of one member within 30 days."
    assert MEMBER not in str(newest)
    desk.clock.advance(31 * 86400)
    desk.record(desk.sale(member=MEMBER), back())
    assert len(flags(desk)) == 2


def test_voided_returns_do_not_count(desk: ReturnWorld) -> None:
    for _ in range(5):
        desk.void(desk.record(desk.sale(member=MEMBER), back()).id)
    assert flags(desk) == []


@pytest.mark.parametrize("cashier", ["Wang", " wang ", "user:1"])
def test_whoever_takes_back_what_they_sold_is_noted(desk: ReturnWorld, cashier: str) -> None:
    desk.record(desk.sale(cashier=cashier), back(), actor=WANG)
    assert kinds(desk) == [FlagKind.OWN_RECEIPT]
    assert str(flags(desk)[0].detail) == "Taken back by the person who sold it."


@pytest.mark.parametrize("member", ["Wang", "LIU"])
def test_a_member_of_staff_who_returns_is_noted(desk: ReturnWorld, member: str) -> None:
    desk.record(desk.sale(member=member), back(), actor=WANG)
    assert kinds(desk) == [FlagKind.OWN_RECEIPT]


def test_returns_without_a_receipt_are_noted_and_those_just_below_the_limit(desk: ReturnWorld) -> None:
    desk.record(None, goods=[goods(unit_price_fen=18_999)], override=leave())
    assert kinds(desk) == [FlagKind.WITHOUT_RECEIPT]
    desk.record(None, goods=[goods(unit_price_fen=19_000)], override=leave())
    assert kinds(desk)[:2] == [FlagKind.NEAR_LIMIT, FlagKind.WITHOUT_RECEIPT]
    assert str(flags(desk)[0].detail) == "CNY 190.00, just below the limit of CNY 200.00."
    desk.record(None, goods=[goods(unit_price_fen=20_001)], override=leave(CHEN))
    assert kinds(desk)[0] is FlagKind.WITHOUT_RECEIPT


def test_just_below_the_limit_of_a_person_is_noted(desk: ReturnWorld) -> None:
    desk.obey(Policy(rows=[], per_person_limit_fen=2000))
    desk.record(desk.sale(member=MEMBER), back())
    assert flags(desk) == []
    desk.record(desk.sale(sold(amount_fen=950), member=MEMBER), back())
    assert kinds(desk) == [FlagKind.NEAR_LIMIT]


def test_a_supervisor_marks_what_was_looked_at(desk: ReturnWorld) -> None:
    returned = desk.record(None, goods=[goods()], override=leave())
    [flag] = flags(desk, seen=False)
    assert (flag.return_id, flag.return_number, flag.seen_by, flag.seen_at) == (returned.id, returned.number, "", None)
    with pytest.raises(Denied):
        desk.do("mark_seen", flag.id, actor=WANG)
    seen = desk.do("mark_seen", flag.id, " a gift\nof her aunt ", actor=LIU)
    assert (seen.seen_by, seen.note, seen.seen_at) == ("Liu", "a gift of her aunt", desk.clock.now())
    again = desk.do("mark_seen", flag.id, actor=CHEN)
    assert (again.seen_by, again.note) == ("Liu", "a gift of her aunt")
    assert flags(desk, seen=False) == []
    assert [one.id for one in flags(desk, seen=True)] == [flag.id]
    with pytest.raises(UnknownFlag):
        desk.do("mark_seen", 4711, actor=LIU)
