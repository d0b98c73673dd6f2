"""On the shopper's phone: a form that adds to the press, once, by whoever has the link."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.config_service import Feedback
from kiosk.db import Database
from kiosk.desk.cases.views import CaseSource
from kiosk.desk.feedback.views import FollowUp, NewPress, PressSource, PressView, Recorded
from kiosk.events import EventBus
from tests.fakes.clock import FakeClock
from tests.fakes.visitor import Visitor
from tests.fakes.web_station import WebStation

KEY = "a-key-of-a-press-0001"
OFFER = Callable[[], str]


@pytest.fixture
def station(sqlite_database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path) -> WebStation:
    station = WebStation(sqlite_database, bus, clock, tmp_path, feedback=Feedback(public_url="https://kiosk.example"))
    station.db.write(station.services.feedback.ensure_defaults)
    return station


@pytest.fixture
def offer(station: WebStation) -> OFFER:
    """Press at the kiosk in English, choose a reason there, and get the link's address."""
    feedback = station.services.feedback
    new = NewPress(key=KEY, survey="satisfaction", rating=2, source=PressSource.KIOSK, language="en")
    station.db.write(lambda session: feedback.press(session, new))

    def make() -> str:
        link = station.client().post(f"/api/v1/feedback/{KEY}/handover", json={}).get_json()
        return str(link["url"]).removeprefix("https://kiosk.example")

    return make


@pytest.fixture
def phone(station: WebStation) -> Visitor:
    return fresh(station)


def fresh(station: WebStation) -> Visitor:
    """A phone that was never here before."""
    visitor = Visitor(station.client())
    visitor.client.delete_cookie("lang")
    return visitor


def recorded(station: WebStation) -> Recorded:
    with station.db.read() as session:
        found = station.services.feedback.find(session, KEY)
    assert found is not None
    return found


def press(station: WebStation) -> PressView:
    with station.db.read() as session:
        return station.services.feedback.get(session, recorded(station).id)


def test_the_form_shows_what_was_rated_in_the_kiosks_language(phone: Visitor, offer: OFFER) -> None:
    page = phone.open(offer())
    assert (page.status, page.language) == (200, "en")
    assert "You rated: 2 of 5" in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_words_from_the_phone_are_added_to_the_press_and_thanked_for(station: WebStation, phone: Visitor, offer: OFFER) -> None:
    path = offer()
    reason = _first_reason(phone, path)
    answer = phone.fill(path, path, reason=reason, comment="The milk was sour. 牛奶坏了", kind="")
    assert (answer.status, answer.location) == (303, path)
    assert "Thank you" in phone.open(path).text
    said = press(station)
    assert (said.comment, said.reasons, said.case_id) == ("The milk was sour. 牛奶坏了", [reason], None)


def test_a_complaint_becomes_a_case_and_the_phone_gets_number_and_code(station: WebStation, phone: Visitor, offer: OFFER) -> None:
    path = offer()
    version = _consent_version(phone, path)
    phone.fill(path, path, comment="Sour milk", kind="complaint", **{"contact.phone": "13800138000", "consent": version})
    case = recorded(station).case
    assert case is not None
    text = phone.open(path).text
    assert case.number in text
    assert case.code[:4] in text
    assert case.job is None
    with station.db.read() as session:
        view = station.services.cases.get(session, case.id)
    assert view.source is CaseSource.PHONE
    assert view.contact is not None
    assert view.contact.phone == "138****8000"


def test_the_link_is_good_for_one_sending(station: WebStation, phone: Visitor, offer: OFFER) -> None:
    path = offer()
    form = phone.open(path).form(path)
    phone.send(form, comment="first")
    again = phone.send(form, comment="second", idempotency_key="another")
    assert again.status == 409
    assert "This link was used already" in again.text
    assert press(station).comment == "first"


def test_a_double_tap_is_sent_once_and_thanked_twice(station: WebStation, phone: Visitor, offer: OFFER) -> None:
    path = offer()
    form = phone.open(path).form(path)
    assert [phone.send(form, comment="first").status for _ in range(2)] == [303, 303]


def test_somebody_who_photographed_the_code_is_refused(station: WebStation, phone: Visitor, offer: OFFER) -> None:
    path = offer()
    token = phone.open(path).form(path).fields["csrf_token"]
    assert phone.client.post(f"{path}/open", data={"csrf_token": token}).status_code == 204
    other = fresh(station).open(path)
    assert other.status == 409
    assert "另一部手机" in other.text or "Another phone uses this link" in other.text
    assert phone.open(path).status == 200


def test_a_link_that_is_too_old_says_what_to_do(station: WebStation, phone: Visitor, offer: OFFER) -> None:
    path = offer()
    form = phone.open(path).form(path)
    station.clock.advance(15 * 60)
    for page in (phone.open(path), phone.send(form, comment="late")):
        assert page.status == 409
        assert "too old" in page.text
        assert "service desk" in page.text
    assert press(station).comment == ""


def test_an_unknown_link_leads_nowhere(station: WebStation) -> None:
    visitor = Visitor(station.client())
    page = visitor.open("/feedback/phone/abcdefghijklmnopqrstuvwx")
    assert page.status == 404
    assert not [link for link in page.links if link.startswith(("/desk", "/login", "/manage"))]


def test_a_contact_needs_consent_and_a_question_to_answer(station: WebStation, phone: Visitor, offer: OFFER) -> None:
    path = offer()
    page = phone.fill(path, path, comment="Sour milk", kind="complaint", **{"contact.phone": "13800138000"})
    assert page.status == 422
    assert "agree to how your contact is used" in page.text
    assert "Sour milk" in page.html
    page = phone.fill(path, path, comment="Sour milk", kind="", **{"contact.phone": "13800138000"})
    assert page.status == 422
    assert recorded(station).case is None
    assert phone.fill(path, path, comment="Sour milk", kind="complaint").status == 303


def test_what_was_said_at_the_kiosk_is_not_shown_and_not_lost(station: WebStation, phone: Visitor, offer: OFFER) -> None:
    path = offer()
    feedback = station.services.feedback
    station.db.write(lambda session: feedback.follow_up(session, KEY, FollowUp(comment="said at the kiosk")))
    assert "said at the kiosk" not in phone.open(path).html
    phone.fill(path, path, comment="")
    assert press(station).comment == "said at the kiosk"


def test_a_comment_that_is_too_long_is_refused_and_kept_in_the_form(station: WebStation, phone: Visitor, offer: OFFER) -> None:
    path = offer()
    page = phone.fill(path, path, comment="长" * 10_000)
    assert page.status == 422
    assert "长" * 10_000 in page.html
    assert phone.fill(path, path, comment="<script>alert(1)</script>").status == 303
    assert press(station).comment == "<script>alert(1)</script>"


def _first_reason(phone: Visitor, path: str) -> str:
    html = phone.open(path).html
    return html.partition('name="reason" value="')[2].partition('"')[0]


def _consent_version(phone: Visitor, path: str) -> str:
    html = phone.open(path).html
    return html.partition('name="consent" value="')[2].partition('"')[0]
