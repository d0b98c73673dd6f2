"""Whose a case is, and who has done what: the list of cases that nobody owns, and names in a history."""

from collections.abc import Callable

from kiosk.desk.actors import SHOPPER, SYSTEM, Role
from kiosk.desk.cases.views import CaseKind, CaseSource, NewCase
from tests.fakes.visitor import Visitor
from tests.fakes.web_station import WebStation

NEW = "/desk/cases/new"
MILK = "The milk was sour although its date was good."


def test_a_case_that_nobody_owns_is_found_behind_a_page_of_others(station: WebStation, visitor_as: Callable[..., Visitor]) -> None:
    clerk = visitor_as(Role.DESK)
    waiting = clerk.fill(NEW, NEW, kind="complaint", content=MILK).location
    with station.db.read() as session:
        (person,) = [user for user in station.services.staff.list_users(session) if user.role is Role.DESK]
    owned = NewCase(CaseKind.PRAISE, "Good", CaseSource.API, owner_id=person.id, print_slip=False)
    station.db.write(lambda session: [station.services.cases.open(session, SYSTEM, owned) for _each in range(51)])
    assert waiting in clerk.open("/desk/cases?owner=none").links


def test_the_history_says_who_did_it_in_the_readers_words(station: WebStation, visitor_as: Callable[..., Visitor]) -> None:
    clerk = visitor_as(Role.DESK)
    said = NewCase(CaseKind.COMPLAINT, MILK, CaseSource.KIOSK, print_slip=False)
    case_id = station.db.write(lambda session: station.services.cases.open(session, SHOPPER, said)).id
    assert "taken in the customer" in clerk.open(f"/desk/cases/{case_id}").text
