"""One person's complaint with all that hangs on it, from the kiosk to its export, its deletion, and the end of its term."""

import io
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from kiosk.db.traces import wipe_traces
from kiosk.desk.actors import SYSTEM, Actor
from kiosk.desk.cases.views import CaseState
from kiosk.desk.contacts import certificates
from kiosk.desk.contacts.certificates import Certificate
from kiosk.desk.contacts.errors import UnknownPerson
from kiosk.desk.contacts.models import Contact
from kiosk.desk.contacts.rotation import Rotation
from tests.fakes.quick_clock import QuickClock
from tests.fakes.web_station import WebStation

PHONE = "13812345678"
CONTACT = {"name": "李华明", "phone": PHONE}
SAID = ("the seller shouted at my daughter Lili", "I want an apology from Mr Zhao", "told her that we are sorry")


def photo() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 30, 30)).save(file, "JPEG")
    return file.getvalue()


def complain(station: WebStation) -> int:
    """A press with a comment, then a complaint with a contact, a photo and a note; returns the case."""
    services = station.services
    station.db.write(services.privacy.prepare)
    station.db.write(services.surveys.ensure_defaults)
    shopper, key = station.client(), "k" * 32
    shopper.post("/api/v1/feedback", json={"survey": "satisfaction", "rating": 1, "key": key, "comment": SAID[0]})
    complaint = {"content": SAID[1], "contact": CONTACT, "consent_version": "2026-1"}
    answer = shopper.post(f"/api/v1/feedback/{key}/follow-up", json={"complaint": complaint})
    assert answer.status_code == 200, answer.text
    case = answer.get_json()["case"]["id"]
    assert isinstance(case, int)
    taken = photo()
    station.db.write(lambda session: services.cases.add_photo(session, SYSTEM, case, taken))
    station.db.write(lambda session: services.cases.note(session, SYSTEM, case, SAID[2]))
    return case


def delete(station: WebStation, actor: Actor = SYSTEM) -> Certificate:
    persons = station.services.privacy.persons
    return station.db.write(lambda session: persons.delete(session, actor, PHONE, again=PHONE, reason="asked at the desk"))


def on_disk(station: WebStation) -> bytes:
    file = Path(str(station.db.url.database))
    return b"".join(path.read_bytes() for path in (file, Path(f"{file}-wal")) if path.exists())


def found(content: bytes, texts: Sequence[str]) -> list[str]:
    return [text for text in texts if text.encode() in content]


def test_an_export_brings_all_of_it_together(station: WebStation) -> None:
    case = complain(station)
    exported = station.db.write(lambda session: station.services.privacy.persons.export(session, SYSTEM, PHONE))
    (contact,) = exported.contacts
    assert (contact.name, contact.subject) == ("李华明", f"case:{case}")
    (record,) = exported.records["cases"]
    assert record["content"] == SAID[1]
    assert len(record["photos"]) == 1  # type: ignore[arg-type]
    assert SAID[2] in repr(record["history"])
    (press,) = exported.records["feedback"]
    assert (press["rating"], press["comment"]) == (1, SAID[0])


def test_a_deletion_leaves_number_state_and_press_but_no_word_of_it(station: WebStation) -> None:
    case = complain(station)
    assert found(on_disk(station), SAID) == list(SAID)
    certificate, now = delete(station), station.clock.now()
    assert certificate.parts == {"cases": 1, "contacts": 1, "feedback": 1}
    with station.db.read() as session:
        view = station.services.cases.get(session, case)
        history = station.services.cases.history(session, case)
        (press,) = station.services.feedback.presses(session, since=now - timedelta(days=1), until=now + timedelta(days=1))
    assert (view.contact, view.content, view.photos) == (None, "", 0)
    assert view.state is not CaseState.CLOSED
    assert history[-1].action == "erased"
    assert (press.rating, press.comment, press.counted) == (1, "", True)
    assert wipe_traces(station.db)
    assert found(on_disk(station), (*SAID, PHONE, "李华明")) == []
    with pytest.raises(UnknownPerson):
        delete(station)


def test_photos_are_encrypted_anew_with_the_contacts(station: WebStation) -> None:
    case = complain(station)
    services = station.services
    done = Rotation(services.contacts, station.db, QuickClock(station.clock), services.audit, SYSTEM).run()
    assert (done.renewed, len(done.retired), done.unreadable) == (2, 1, 0)
    with station.db.read() as session:
        (view,) = services.cases.photos(session, case)
        assert services.cases.photo(session, case, view.id).startswith(b"\xff\xd8")


def test_a_closed_case_loses_its_contact_after_its_term_and_its_words_after_theirs(station: WebStation) -> None:
    case = complain(station)
    services = station.services
    for step in (
        lambda session: services.cases.acknowledge(session, SYSTEM, case),
        lambda session: services.cases.start(session, SYSTEM, case),
        lambda session: services.cases.resolve(session, SYSTEM, case, "apologised"),
        lambda session: services.cases.close(session, SYSTEM, case, call_back="called, satisfied"),
    ):
        station.db.write(step)
    days = services.settings.privacy
    station.clock.advance(days.contact_days * 86_400)
    assert services.privacy.purger.run_now(station.db)["case-contact"] == 0
    station.clock.advance(1)
    assert services.privacy.purger.run_now(station.db)["case-contact"] == 1
    with station.db.read() as session:
        assert session.scalars(select(Contact.id)).all() == []
        assert services.cases.get(session, case).content == SAID[1]
    station.clock.advance(days.case_days * 86_400)
    gone = services.privacy.purger.run_now(station.db)
    assert (gone["case-content"], gone["feedback-comment"]) == (1, 1)
    with station.db.read() as session:
        kinds = {item.kind: item for item in certificates.newest(session)}
    assert set(kinds) == {"case-contact", "case-content", "feedback-comment"}
    assert all(item.agrees for item in kinds.values())
    assert wipe_traces(station.db)
    assert found(on_disk(station), (*SAID, PHONE)) == []
