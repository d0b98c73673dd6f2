"""A shopper's contact on its whole way through the web: kiosk, API, pages. It is in the clear where a reveal shows it, and nowhere else."""

import hashlib
import hmac
import logging
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from kiosk.desk.actors import Role
from kiosk.events import Event
from kiosk.web.idempotency import IdempotencyRecord
from tests.fakes.visitor import Visitor
from tests.fakes.web_station import WebStation

CONTACT = {"name": "李华明", "phone": "13812345678", "email": "li.hua@example.com", "note": "after six o'clock"}
COMPLAINT = {"kind": "complaint", "content": "The eggs were bad", "contact": CONTACT, "consent_version": "2026-1"}
SECRETS = ("13812345678", "李华明", "li.hua@example.com", "after six o'clock")


def on_disk(station: WebStation) -> bytes:
    file = Path(str(station.db.url.database))
    return b"".join(path.read_bytes() for path in (file, Path(f"{file}-wal")) if path.exists())


def guessed(body: object) -> set[str]:
    """What somebody with the database alone can compute for a request, number by number."""
    request = b"POST /api/v1/cases?\n" + msgspec.json.encode(body)
    return {hashlib.sha256(request).hexdigest(), hmac.new(b"", request, hashlib.sha256).hexdigest()}


def test_contact_data_is_nowhere_in_the_clear_but_where_it_is_revealed(station: WebStation, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    events: list[Event] = []
    station.bus.subscribe(events.append)
    services = station.services
    station.db.write(services.privacy.prepare)
    station.db.write(services.surveys.ensure_defaults)
    program = station.program()

    opened = program.post("/api/v1/cases", COMPLAINT, Idempotency_Key="case-1")
    assert opened.status_code == 201, opened.text
    again = program.post("/api/v1/cases", COMPLAINT, Idempotency_Key="case-1")
    assert again.headers["Idempotency-Replayed"] == "true"
    case = opened.get_json()["id"]

    shopper, key = station.client(), "k" * 32
    pressed = shopper.post("/api/v1/feedback", json={"survey": "satisfaction", "rating": 1, "key": key, "comment": "Bad eggs"})
    assert pressed.status_code == 201, pressed.text
    complaint = {"complaint": {"content": "", "contact": CONTACT, "consent_version": "2026-1"}}
    followed = shopper.post(f"/api/v1/feedback/{key}/follow-up", json=complaint)
    assert followed.status_code == 200, followed.text

    clerk = Visitor(station.browser(Role.DESK).client, "en")
    seen = [clerk.open("/desk/cases"), clerk.open(f"/desk/cases/{case}")]
    listed = [program.get("/api/v1/cases"), program.get(f"/api/v1/cases/{case}")]
    assert all(page.status == 200 for page in seen)
    assert all(answer.status_code == 200 for answer in listed)
    assert "138****5678" in seen[1].text

    revealed = program.post(f"/api/v1/cases/{case}/contact", {"reason": "calls back on 13812345678"}, Idempotency_Key="reveal-1")
    assert revealed.status_code == 200, revealed.text
    assert revealed.get_json()["phone"] == "+8613812345678"

    with station.db.read() as session:
        trail = repr(services.audit.entries(session, limit=500))
        hashes = set(session.scalars(select(IdempotencyRecord.fingerprint)))
    pages = [*(page.html for page in seen), *(answer.text for answer in (*listed, opened, followed))]
    told = "".join([trail, repr(events), caplog.text, *pages])
    for secret in SECRETS:
        assert secret not in told
        assert secret.encode() not in on_disk(station)
    assert len(hashes) == 1  # the reveal keeps nothing
    assert not hashes & guessed(COMPLAINT)
    assert caplog.records
