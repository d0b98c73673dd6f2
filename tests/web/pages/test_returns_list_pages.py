"""Recorded returns at the desk: list, one return with slip and money, undoing, refunds, and the slip that is scanned."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.db import Database
from kiosk.desk.actors import Role
from kiosk.desk.returns.codes import is_return_code
from kiosk.desk.returns.views import RefundState, ReturnState, ReturnView
from kiosk.events import EventBus
from tests.fakes.clock import FakeClock
from tests.fakes.visitor import Visitor
from tests.fakes.web_station import WebStation
from tests.web.pages.returns_counter import answers, bring_in, counter, sale, scan, take_back, the_return


@pytest.fixture
def station(sqlite_database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path) -> WebStation:
    return counter(sqlite_database, bus, clock, tmp_path)


@pytest.fixture
def boss(visitor_as: Callable[..., Visitor]) -> Visitor:
    person = visitor_as(Role.SUPERVISOR)
    person.open("/desk")
    return person


@pytest.fixture
def done(station: WebStation, boss: Visitor) -> ReturnView:
    receipt_id = bring_in(station, sale())
    return the_return(station, take_back(boss, receipt_id, 5, **answers(5, "2")))


def now_of(station: WebStation, view: ReturnView) -> ReturnView:
    with station.db.read() as session:
        return station.services.returns.get(session, view.id)


def test_the_list_finds_returns_by_their_number_or_their_receipts(station: WebStation, boss: Visitor, done: ReturnView) -> None:
    assert "No returns here" in boss.open("/desk/returns?q=R9999").text
    for query in ("", done.number, done.receipt, done.code):
        page = boss.open(f"/desk/returns?q={query}")
        assert done.number in page.text
        assert "2 × Box <50 l>" in page.text
    fragment = boss.open("/desk/returns", X_Fragment="1")
    assert done.number in fragment.text
    assert "<html" not in fragment.html


def test_one_return_shows_goods_money_and_who_did_it(boss: Visitor, done: ReturnView) -> None:
    page = boss.open(f"/desk/returns/{done.id}")
    for known in (
        done.number,
        "Box <50 l>",
        "As new",
        "Packaging sealed",
        "¥71.80",
        done.staff,
        done.receipt,
        "not told to the point of sale yet",
    ):
        assert known in page.text
    assert f"/desk/receipts/{done.receipt_id}" in page.links


def test_the_slip_is_told_as_it_is(station: WebStation, boss: Visitor, done: ReturnView) -> None:
    assert "Printing…" in boss.open(f"/desk/returns/{done.id}").text
    assert done.job is not None
    station.print_out(done.job)
    page = boss.open(f"/desk/returns/{done.id}", X_Fragment="1")
    assert "The slip is out" in page.text
    assert boss.send(page.form("/reprint")).location == f"/desk/returns/{done.id}"
    assert now_of(station, done).job != done.job


def test_a_slip_of_which_nobody_knows_whether_it_came_out_is_asked_about(station: WebStation, boss: Visitor, done: ReturnView) -> None:
    jobs, job_id = station.services.jobs, done.job
    assert job_id is not None
    station.db.write(lambda session: jobs.mark_sending(session, job_id))
    station.db.write(lambda session: jobs.mark_uncertain(session, job_id, "no-answer"))
    page = boss.open(f"/desk/returns/{done.id}")
    assert "Did the slip come out?" in page.text
    boss.send(page.form("/answer"), outcome="printed")
    assert "The slip is out" in boss.open(f"/desk/returns/{done.id}").text


def test_a_scanned_slip_leads_to_its_return(station: WebStation, boss: Visitor, done: ReturnView) -> None:
    assert boss.open(scan(station, done.code)).location == f"/desk/returns/{done.id}"
    again = boss.open("/desk/returns/scan/none")
    assert again.status == 404
    assert "too old" in again.text
    other = next(code for number in range(10) if is_return_code(code := f"{done.code[:14]}{(int(done.code[14]) + 1) % 10}{number}"))
    unknown = boss.open(scan(station, other))
    assert unknown.status == 404
    assert "No return has the code of that slip" in unknown.text


def test_a_supervisor_undoes_a_wrong_return_with_a_reason(
    station: WebStation, boss: Visitor, done: ReturnView, visitor_as: Callable[..., Visitor]
) -> None:
    address = f"/desk/returns/{done.id}/void"
    assert visitor_as(Role.DESK).open(address).status == 403
    assert boss.fill(address, "/void", reason=" ").status == 422
    assert boss.fill(address, "/void", reason="wrong receipt").location == f"/desk/returns/{done.id}"
    voided = now_of(station, done)
    assert (voided.state, voided.void_reason) == (ReturnState.VOIDED, "wrong receipt")
    page = boss.open(f"/desk/returns/{done.id}")
    assert "wrong receipt" in page.text
    assert address not in page.links
    assert boss.fill(address, "/void", reason="again").status == 409


def test_refunds_say_what_is_known_and_a_person_notes_what_became_of_them(
    station: WebStation, boss: Visitor, done: ReturnView, visitor_as: Callable[..., Visitor]
) -> None:
    page = boss.open("/desk/returns/refunds")
    assert done.number in page.text
    assert "¥71.80" in page.text
    assert boss.send(page.form("/settle"), state="nonsense").status == 422
    assert boss.send(page.form("/settle"), state="failed", detail="the till refused").location == "/desk/returns/refunds"
    failed = boss.open("/desk/returns/refunds?state=failed")
    assert "the till refused" in failed.text
    assert boss.send(failed.form("/again")).status == 303
    assert boss.send(boss.open("/desk/returns/refunds").form("/settle"), state="confirmed", detail="till 3").status == 303
    refund = now_of(station, done).refund
    assert refund is not None
    assert (refund.state, refund.detail) == (RefundState.CONFIRMED, "till 3")
    assert "No refunds here" in boss.open("/desk/returns/refunds").text
    assert done.number in boss.open("/desk/returns/refunds?state=all").text
    clerk = visitor_as(Role.DESK).open("/desk/returns/refunds?state=all")
    assert not [form for form in clerk.forms if form.action.endswith("settle")]


def test_the_desks_home_says_what_waits_at_the_returns_counter(boss: Visitor, done: ReturnView) -> None:
    page = boss.open("/desk")
    assert "/desk/returns" in page.links
    assert "1 item at the desk" in page.text
    assert "1 refund to tell" in page.text
