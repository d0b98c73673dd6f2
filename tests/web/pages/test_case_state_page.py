"""How a case is going, by the code of its slip: the state alone, and nothing to be found by trying."""

import pytest

from kiosk.desk.actors import SYSTEM
from kiosk.desk.cases.views import CaseKind, CaseReceipt, CaseSource, CaseState, NewCase
from kiosk.desk.contacts import ContactData
from kiosk.web.pages.case_state import STATES
from tests.fakes.visitor import Visitor
from tests.fakes.web_station import WebStation

PATH = "/feedback/case"


@pytest.fixture
def case(station: WebStation) -> CaseReceipt:
    told = NewCase(
        kind=CaseKind.COMPLAINT,
        content="The milk was sour",
        source=CaseSource.KIOSK,
        contact=ContactData(name="Li Hua", phone="13800138000"),
        consent_version="2026-1",
        print_slip=False,
    )
    return station.db.write(lambda session: station.services.cases.open(session, SYSTEM, told))


def test_the_code_shows_the_state_and_nothing_else(visitor: Visitor, case: CaseReceipt) -> None:
    page = visitor.open(f"{PATH}?code={case.code}")
    assert page.status == 200
    assert case.number in page.text
    assert "Received" in page.text
    for secret in ("milk", "Li", "138", "8000"):
        assert secret not in page.html.partition("<main")[2]


def test_a_code_may_be_typed_as_it_is_printed(visitor: Visitor, case: CaseReceipt) -> None:
    assert case.number in visitor.open(f"{PATH}?code={case.code[:4]} {case.code[4:8]}-{case.code[8:]}").text


def test_the_page_follows_the_case(station: WebStation, visitor: Visitor, case: CaseReceipt) -> None:
    station.db.write(lambda session: station.services.cases.acknowledge(session, SYSTEM, case.id))
    assert "Taken on" in visitor.open(f"{PATH}?code={case.code}").text


def test_every_state_has_words_for_shoppers() -> None:
    assert set(STATES) == set(CaseState)


def test_without_a_code_it_is_asked_for(visitor: Visitor) -> None:
    page = visitor.open(PATH)
    assert page.status == 200
    assert page.form(PATH).method == "get"
    assert ("div", "data-pad", "code") in page.attributes


def test_a_wrong_code_says_so_and_stays_to_be_corrected(visitor: Visitor) -> None:
    page = visitor.open(f"{PATH}?code=712345678901")
    assert page.status == 404
    assert "No case has this code" in page.text
    assert ("input", "value", "712345678901") in page.attributes


def test_codes_cannot_be_found_by_trying(visitor: Visitor, case: CaseReceipt) -> None:
    answers = [visitor.open(f"{PATH}?code={code}").status for code in range(700000000000, 700000000040)]
    assert answers[0] == 404
    assert answers[-1] == 429
    assert visitor.open(f"{PATH}?code={case.code}").status == 429


@pytest.mark.parametrize("code", ["\x00", "𠮷👜", "9" * 5000, "8" + "0" * 13, "<b>", "%00"])
def test_anything_else_is_no_code(visitor: Visitor, code: str) -> None:
    page = Visitor(visitor.client).client.get(PATH, query_string={"code": code})
    assert page.status_code in (404, 422)


def test_the_kiosks_screen_is_led_back_and_other_browsers_are_not(station: WebStation, case: CaseReceipt) -> None:
    here = Visitor(station.client()).open(f"{PATH}?code={case.code}")
    assert ("body", "data-home", "/feedback") in here.attributes
    assert set(here.links) == {"/feedback", PATH}
    elsewhere = station.client().get(f"{PATH}?code={case.code}", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert "data-home" not in elsewhere.text
