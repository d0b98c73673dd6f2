"""The manager's page about personal data: what is kept, for how long, who looked; a person's export and deletion."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from kiosk.desk.actors import SYSTEM, Role
from kiosk.desk.contacts import ContactData, RetentionRule
from kiosk.i18n import msg
from tests.fakes.visitor import Page, Visitor
from tests.fakes.web_station import WebStation

VisitorAs = Callable[..., Visitor]
PHONE = "13812345678"
REASON = "asked at the desk, called back"
PAGE = "/manage/privacy"


class Letters:
    """A part that keeps something about people."""

    def __init__(self, station: WebStation) -> None:
        self.kept = ["the eggs were bad"]
        station.services.contacts.register_person_data("letters", self.export, self.delete)
        station.services.contacts.register(RetentionRule("letter", 30, self.purge, msg("Letters of the test")))

    def export(self, _session: Session, subjects: Sequence[str]) -> list[dict[str, object]]:
        return [{"about": list(subjects), "text": text} for text in self.kept]

    def delete(self, _session: Session, _subjects: Sequence[str]) -> int:
        return len(self.kept)

    def purge(self, _session: Session, _before: datetime, _limit: int) -> int:
        return 3


@pytest.fixture
def contact(station: WebStation) -> int:
    """A shopper's contact, kept by a station that has started."""
    services = station.services
    station.db.write(services.privacy.prepare)
    data = ContactData(name="李华", phone=PHONE, email="li.hua@example.com")
    return station.db.write(lambda session: services.contacts.store(session, data, subject="case:77", consent_version="2026-1"))


def found_by(manager: Visitor, phone: str = "138 1234 5678") -> Page:
    return manager.send(manager.open(PAGE).form("/person"), phone=phone)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_shows_keys_rules_and_who_looked(station: WebStation, contact: int, visitor_as: VisitorAs, language: str) -> None:
    Letters(station)
    reason = "calls back about the eggs"
    station.db.write(lambda session: station.services.contacts.reveal(session, SYSTEM, contact, reason))
    page = visitor_as(Role.MANAGER, language).open(PAGE)
    assert page.status == 200
    assert station.services.contacts.ring.current_without_session().fingerprint in page.text
    assert reason in page.text
    assert "case:77" in page.text
    assert "Letters of the test" in page.text
    assert "2026-1" in page.text


@pytest.mark.parametrize("role", [Role.BAG_CHECK, Role.DESK, Role.SUPERVISOR, Role.TECHNICIAN])
def test_others_than_the_manager_are_refused(visitor_as: VisitorAs, role: Role) -> None:
    assert visitor_as(role).open(PAGE).status == 403


def test_the_manager_finds_the_page_among_the_others(visitor_as: VisitorAs) -> None:
    assert PAGE in visitor_as(Role.MANAGER).open("/manage").links


def test_a_number_shows_its_places_masked(contact: int, visitor_as: VisitorAs) -> None:
    page = found_by(visitor_as(Role.MANAGER))
    assert page.status == 200
    assert "138****5678" in page.text
    assert "l***@example.com" in page.text
    for secret in ("李华", "li.hua"):
        assert secret not in page.html


def test_a_number_that_is_not_kept_and_one_that_is_none_are_said(contact: int, visitor_as: VisitorAs) -> None:
    manager = visitor_as(Role.MANAGER)
    unknown, wrong = found_by(manager, "13900001111"), found_by(manager, "nobody")
    assert (unknown.status, wrong.status) == (404, 422)
    assert "Nothing is kept under 139****1111." in unknown.text
    assert "Please enter a phone number" in wrong.text


def test_a_person_gets_everything_in_a_file(station: WebStation, contact: int, visitor_as: VisitorAs) -> None:
    Letters(station)
    manager = visitor_as(Role.MANAGER)
    form = found_by(manager).form("/person/export")
    answer = manager.client.post(form.action, data=form.fields)
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    assert PHONE not in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    exported = answer.get_json()
    assert exported["contacts"][0]["phone"] == f"+86{PHONE}"
    assert exported["records"]["letters"] == [{"about": ["case:77"], "text": "the eggs were bad"}]


def test_a_deletion_leads_to_its_certificate_and_names_nobody(station: WebStation, contact: int, visitor_as: VisitorAs) -> None:
    Letters(station)
    manager = visitor_as(Role.MANAGER)
    page = manager.send(found_by(manager).form("/person/delete"), again=PHONE, reason=REASON)
    assert page.status == 303
    certificate = manager.open(page.location)
    assert "Certificate of deletion 1" in certificate.text
    assert "2 records (contacts: 1, letters: 1)" in certificate.text
    for secret in ("李华", "5678", PHONE):
        assert secret not in certificate.html
    assert found_by(manager).status == 404
    as_json = manager.client.get(f"{page.location}.json").get_json()
    assert (as_json["kind"], as_json["count"], as_json["agrees"]) == ("person", 2, True)
    assert page.location in manager.open(PAGE).links


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        ({"again": "13812345679", "reason": REASON}, 409, "The two numbers differ"),
        ({"again": "", "reason": REASON}, 422, "Please enter a phone number"),
        ({"again": PHONE, "reason": "ok"}, 422, "Please say why"),
    ],
)
def test_a_deletion_without_its_second_confirmation_deletes_nothing(
    contact: int, visitor_as: VisitorAs, typed: dict[str, str], status: int, said: str
) -> None:
    manager = visitor_as(Role.MANAGER)
    page = manager.send(found_by(manager).form("/person/delete"), **typed)
    assert (page.status, said in page.text) == (status, True)
    assert "138****5678" in page.text
    assert found_by(manager).status == 200


def test_a_purge_has_a_certificate_that_can_be_printed(station: WebStation, contact: int, visitor_as: VisitorAs) -> None:
    Letters(station)
    station.services.privacy.purger.run_now(station.db)
    manager = visitor_as(Role.MANAGER)
    page = manager.open(f"{PAGE}/certificates/1")
    assert "Letters of the test" in page.text
    assert "3 records" in page.text
    assert [value for _tag, name, value in page.attributes if name == "data-print"]
    assert manager.open(f"{PAGE}/certificates/99").status == 404
    assert manager.open(f"{PAGE}/certificates/99.json").status == 404


def test_a_key_file_that_does_not_fit_is_said_on_the_page(station: WebStation, contact: int, visitor_as: VisitorAs) -> None:
    manager = visitor_as(Role.MANAGER)
    station.services.contacts.ring.path.chmod(0o644)
    page = manager.open(PAGE)
    assert page.status == 200
    assert "open to other users" in page.text


def test_no_number_reaches_log_file_or_address(
    station: WebStation, contact: int, visitor_as: VisitorAs, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    manager = visitor_as(Role.MANAGER)
    form = found_by(manager).form("/person/export")
    manager.client.post(form.action, data=form.fields)
    page = manager.send(found_by(manager).form("/person/delete"), again=PHONE, reason=f"{REASON} on {PHONE}")
    file = Path(str(station.db.url.database))
    on_disk = b"".join(path.read_bytes() for path in (file, Path(f"{file}-wal")) if path.exists())
    assert PHONE not in caplog.text + page.location
    for secret in (PHONE, "李华", "li.hua@example.com"):
        assert secret.encode() not in on_disk
