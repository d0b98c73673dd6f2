"""Exceptions at the returns counter: a second person by PIN or badge, and goods that come back without a receipt."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.db import Database
from kiosk.desk.actors import SYSTEM, Role
from kiosk.desk.returns.policy.views import RefundTo
from kiosk.events import EventBus
from tests.fakes.clock import FakeClock
from tests.fakes.visitor import Page, Visitor
from tests.fakes.web_station import PIN, WebStation
from tests.web.pages.returns_counter import answers, bring_in, counter, days_ago, sale, scan, take_back, the_return

BADGE = "BADGE-0123456789ABCDEF"
WITHOUT = "/desk/returns/new"
GOODS = {"product-1": "700102", "name-1": "Box", "count-1": "1", "price-1": "35.90", "category-1": "百货", "condition-1": "as-new"}
GOODS |= {"packaging-1": "sealed", "why-1": "不喜欢 Not wanted"}


@pytest.fixture
def station(sqlite_database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path) -> WebStation:
    return counter(sqlite_database, bus, clock, tmp_path)


@pytest.fixture
def clerk(visitor_as: Callable[..., Visitor]) -> Visitor:
    person = visitor_as(Role.DESK)
    person.open("/desk")
    return person


@pytest.fixture
def boss(station: WebStation) -> int:
    return station.person(Role.SUPERVISOR)


@pytest.fixture
def late(station: WebStation) -> int:
    """A receipt whose terms are over."""
    return bring_in(station, sale(sold_at=days_ago(40)))


def second(page: Page) -> Page:
    """*page*, which asks for a second person."""
    assert "A second person has to approve this" in page.text, page.text
    return page


def test_what_the_policy_refuses_comes_back_with_a_second_person_and_a_reason(
    station: WebStation, clerk: Visitor, boss: int, late: int
) -> None:
    page = second(take_back(clerk, late, 5, **answers(5)))
    assert page.status == 200
    form = page.form("/return")
    assert form.fields["quantity-5"] == "1"
    done = the_return(station, clerk.send(form, do="approve", person=str(boss), pin=PIN, override_reason="regular customer"))
    assert (done.refund_fen, done.override_reason) == (3590, "regular customer")
    assert done.approver


def test_a_second_person_can_scan_their_badge(station: WebStation, clerk: Visitor, boss: int, late: int) -> None:
    station.db.write(lambda session: station.services.staff.set_badge(session, SYSTEM, boss, BADGE))
    form = second(take_back(clerk, late, 5, **answers(5))).form("/return")
    badge = scan(station, BADGE).rsplit("/", 1)[1]
    assert the_return(station, clerk.send(form, do="approve", scan=badge, override_reason="faulty")).approver


def test_no_reason_a_wrong_pin_and_the_first_person_themselves_approve_nothing(
    station: WebStation, clerk: Visitor, boss: int, late: int
) -> None:
    form = second(take_back(clerk, late, 5, **answers(5))).form("/return")
    for fields, said in (
        ({"pin": PIN, "person": str(boss), "override_reason": ""}, "Write down why this exception is made"),
        ({"pin": "000000", "person": str(boss), "override_reason": "so"}, "PIN"),
        ({"pin": "", "person": "", "override_reason": "so"}, "PIN"),
        ({"scan": "gone", "override_reason": "so"}, "too old"),
    ):
        page = clerk.send(form, do="approve", **fields)
        assert page.status >= 400
        assert said in page.text
        assert page.form("/return").fields["quantity-5"] == "1"
    with station.db.read() as session:
        assert station.services.returns.newest(session) == []


def test_whoever_goes_back_from_the_second_persons_page_finds_the_form_as_it_was(clerk: Visitor, boss: int, late: int) -> None:
    form = second(take_back(clerk, late, 5, **answers(5, "2"))).form("/return")
    page = clerk.send(form, do="edit")
    assert page.status == 200
    assert ("input", "value", "2") in page.attributes


def test_an_approval_never_brings_back_more_than_remains(clerk: Visitor, boss: int, late: int) -> None:
    assert take_back(clerk, late, 5, **answers(5, "3")).status == 409


def test_goods_without_a_receipt_come_back_for_a_voucher_and_with_a_second_person(station: WebStation, clerk: Visitor, boss: int) -> None:
    page = clerk.open(WITHOUT)
    quoted = Page(clerk.client.post(f"{WITHOUT}/quote", data=page.form("/new").fields | GOODS))
    assert "¥35.90" in quoted.text
    assert "as a voucher" in quoted.text
    asked = second(clerk.send(page.form("/new"), do="record", **GOODS))
    done = the_return(
        station, clerk.send(asked.form("/new"), do="approve", person=str(boss), pin=PIN, override_reason="the receipt is lost")
    )
    assert (done.receipt, done.refund_fen) == ("", 3590)
    assert done.refund is not None
    assert done.refund.refund_to is RefundTo.VOUCHER
    assert "without receipt" in clerk.open("/desk/returns").text
    assert done.refund.voucher in clerk.open(f"/desk/returns/{done.id}").text


def test_a_dear_return_without_receipt_needs_a_manager(station: WebStation, clerk: Visitor, boss: int) -> None:
    dear = GOODS | {"price-1": "900.00"}
    form = second(clerk.send(clerk.open(WITHOUT).form("/new"), do="record", **dear)).form("/new")
    page = clerk.send(form, do="approve", person=str(boss), pin=PIN, override_reason="lost")
    assert page.status == 422
    assert "approved by a manager" in page.text
    manager = station.person(Role.MANAGER)
    assert clerk.send(page.form("/new"), do="approve", person=str(manager), pin=PIN, override_reason="lost").status == 303


def test_goods_without_a_receipt_are_named_completely(clerk: Visitor) -> None:
    form = clerk.open(WITHOUT).form("/new")
    assert "Which goods does the customer bring back?" in clerk.send(form, do="record").text
    page = clerk.send(form, do="record", **GOODS | {"count-1": "6901234500122", "price-1": "-2", "condition-1": ""})
    assert page.status == 422
    for said in ("A code is no quantity", "An amount is written as 12.50"):
        assert said in page.text


def test_a_new_return_without_receipt_keeps_what_was_typed_over_a_log_out(station: WebStation, clerk: Visitor) -> None:
    form = clerk.open(WITHOUT).form("/new")
    station.clock.advance(station.settings.security.idle_logout_min * 60 + 1)
    assert clerk.send(form, do="record", **GOODS).location.startswith("/login")
    user_id = station.person(Role.DESK)
    clerk.client.get(f"/probe/log-in/{user_id}/{station.epoch(user_id)}")
    assert ("input", "value", "35.90") in clerk.open(WITHOUT).attributes
