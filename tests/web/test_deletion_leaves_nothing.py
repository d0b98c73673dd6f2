"""What a person said and left is searched for byte by byte in everything that the station keeps, before and after a deletion."""

from pathlib import Path
from typing import Any

import pytest

from kiosk.db.traces import wipe_traces
from kiosk.desk.actors import SYSTEM
from tests.fakes.web_station import Program, WebStation

PHONE = "13812345678"
# Each in a place of its own, so that a failure names where something is left.
WORDS = {
    "comment": "zq-comment-of-the-press",
    "content": "zq-content-of-the-case",
    "product": "zq-product",
    "note": "zq-note-of-staff",
    "outcome": "zq-outcome",
    "call-back": "zq-call-back",
    "letter": "zq-letter",
    "name": "Zqname",
    "address": "zq@example.com",
    "masked address": "z***@example.com",
    "number": PHONE,
    "masked number": "138****5678",
    "national number": "+86" + PHONE,
}


def left(station: WebStation) -> list[str]:
    """Which of `WORDS` stand in any file of the station or its database."""
    database = Path(str(station.db.url.database))
    files = [database, Path(f"{database}-wal"), *Path(station.settings.station.state_dir).rglob("*")]
    content = b"".join(path.read_bytes() for path in files if path.is_file())
    return [name for name, word in WORDS.items() if word.encode() in content]


def sent(program: Program, method: str, path: str, body: object, key: str) -> dict[str, Any]:
    answer = program.send(method, path, body, Idempotency_Key=key)
    assert answer.status_code in (200, 201, 202), answer.text
    return dict(answer.get_json())


@pytest.fixture
def program(station: WebStation) -> Program:
    return station.program()


@pytest.fixture
def case(station: WebStation, program: Program) -> int:
    """A press with a comment that became a case, worked on by programs that send keys."""
    station.db.write(station.services.feedback.ensure_defaults)
    station.db.write(station.services.privacy.prepare)
    contact = {"name": WORDS["name"], "phone": PHONE, "email": WORDS["address"]}
    press = program.post("/api/v1/feedback", {"survey": "satisfaction", "rating": 1, "key": "k" * 22, "comment": WORDS["comment"]})
    assert press.status_code == 201, press.text
    complaint = {
        "kind": "complaint",
        "content": WORDS["content"],
        "contact": contact,
        "consent_version": station.settings.privacy.consent_version,
    }
    follow_up = program.post(f"/api/v1/feedback/{'k' * 22}/follow-up", {"complaint": complaint})
    assert follow_up.status_code == 200, follow_up.text
    case_id = int(program.get("/api/v1/cases").get_json()["cases"][0]["id"])
    path = f"/api/v1/cases/{case_id}"
    sent(program, "PATCH", path, {"product": WORDS["product"], "state": "acknowledged"}, "change")
    sent(program, "PATCH", path, {"state": "in-progress"}, "start")
    sent(program, "POST", f"{path}/notes", {"text": WORDS["note"]}, "note")
    sent(program, "POST", f"{path}/replies", {"text": WORDS["letter"]}, "letter")
    sent(program, "PATCH", path, {"state": "resolved", "outcome": WORDS["outcome"]}, "resolve")
    sent(program, "PATCH", path, {"state": "closed", "call_back": WORDS["call-back"]}, "close")
    program.post(f"{path}/contact", {"reason": f"call {WORDS['name']} at {PHONE} or {WORDS['address']}"})
    return case_id


def test_after_a_deletion_no_word_of_the_person_is_in_any_file(station: WebStation, case: int) -> None:
    assert {"comment", "content", "product", "note", "outcome", "call-back", "letter"} <= set(left(station))
    persons = station.services.privacy.persons
    exported = station.db.write(lambda session: persons.export(session, SYSTEM, PHONE))
    said = str([exported.contacts, exported.records])
    lacking = [name for name, word in WORDS.items() if not name.startswith(("masked", "number")) and word not in said]
    assert lacking == []
    station.db.write(lambda session: persons.delete(session, SYSTEM, PHONE, again=PHONE, reason=f"{WORDS['name']} asked, {PHONE}"))
    assert wipe_traces(station.db)
    assert left(station) == []


def test_a_request_whose_answer_was_deleted_is_still_not_carried_out_twice(station: WebStation, program: Program, case: int) -> None:
    persons = station.services.privacy.persons
    other = sent(program, "POST", "/api/v1/cases", {"kind": "complaint", "content": "of somebody else"}, "other")
    kept = sent(program, "POST", f"/api/v1/cases/{other['id']}/notes", {"text": "of somebody else"}, "kept")
    station.db.write(lambda session: persons.delete(session, SYSTEM, PHONE, again=PHONE, reason="asked at the desk"))
    again = program.send("POST", f"/api/v1/cases/{case}/notes", {"text": WORDS["note"]}, Idempotency_Key="note")
    assert (again.status_code, again.get_json()["type"]) == (404, "/problems/answer-deleted")
    history = program.get(f"/api/v1/cases/{case}/history").get_json()["history"]
    assert [entry["action"] for entry in history].count("note") == 1
    assert sent(program, "POST", f"/api/v1/cases/{other['id']}/notes", {"text": "of somebody else"}, "kept") == kept
