"""Cases for programs: taken in, found, changed and moved on, with photos, replies and masked contact data."""

import io
from typing import Any

import msgspec
import pytest
from PIL import Image
from werkzeug.test import TestResponse

from tests.fakes.json_schema import violations
from tests.fakes.web_station import Program, WebStation

CASES = "/api/v1/cases"
PHONE = "13812345678"


@pytest.fixture
def program(station: WebStation) -> Program:
    return station.program()


def opened(program: Program, **fields: object) -> dict[str, Any]:
    answer = program.post(CASES, {"kind": "complaint", "content": "The milk was sour."} | fields)
    assert answer.status_code == 201, answer.get_json()
    return dict(answer.get_json())


def patch(program: Program, case_id: int, body: object, **headers: str) -> TestResponse:
    return program.send("PATCH", f"{CASES}/{case_id}", body, **headers)


def picture() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 30, 30)).save(data, "JPEG")
    return data.getvalue()


def wrong_fields(answer: TestResponse) -> list[str]:
    assert answer.status_code == 422, answer.get_json()
    return [error["field"] for error in answer.get_json()["errors"]]


# -- taking in and looking


def test_a_case_is_taken_in(program: Program) -> None:
    contact = {"name": "Li Na", "phone": PHONE}
    answer = program.post(
        CASES, {"kind": "complaint", "content": "Sour milk", "contact": contact, "occurred_at": "2026-03-10T09:00:00+08:00"}
    )
    assert answer.status_code == 201
    receipt = answer.get_json()
    assert answer.headers["Location"] == f"{CASES}/{receipt['id']}"
    assert set(receipt) == {"id", "number", "code", "job"}
    case = program.get(answer.headers["Location"]).get_json()
    assert (case["state"], case["source"], case["contact"]["phone"]) == ("new", "api", "138****5678")
    assert PHONE not in program.get(CASES).text


def test_a_slip_is_printed_only_when_it_is_asked_for(program: Program) -> None:
    assert opened(program)["job"] is None
    assert opened(program, print_slip=True)["job"] is not None


def test_the_same_key_takes_in_once(program: Program) -> None:
    body = {"kind": "praise", "content": "Very friendly."}
    first = program.post(CASES, body, Idempotency_Key="a")
    again = program.post(CASES, body, Idempotency_Key="a")
    assert (again.get_json(), again.headers["Idempotency-Replayed"]) == (first.get_json(), "true")
    assert len(program.get(CASES).get_json()["cases"]) == 1


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"kind": "curse"}, "kind"),
        ({"content": ""}, "content"),
        ({"content": "长" * 4001}, "content"),
        ({"severity": "worst"}, "severity"),
        ({"occurred_at": "2026-03-10T09:00:00"}, "occurred_at"),
        ({"contact": {"phone": "12"}}, "contact.phone"),
        ({"contact": {"fax": "12"}}, "contact"),
        ({"owner_id": 999}, "owner_id"),
        ({"department": "Moon"}, "department"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_field_is_named(program: Program, fields: dict[str, object], named: str) -> None:
    answer = program.post(CASES, {"kind": "complaint", "content": "Sour milk"} | fields)
    assert wrong_fields(answer)[0].startswith(named)


def test_cases_are_found_by_every_condition(program: Program) -> None:
    milk = opened(program, severity="high", department="生鲜 Fresh")
    till = opened(program, kind="suggestion", content="Open a second till.")

    def found(query: str) -> list[int]:
        answer = program.get(f"{CASES}?{query}")
        assert answer.status_code == 200, answer.get_json()
        return [case["id"] for case in answer.get_json()["cases"]]

    both = [till["id"], milk["id"]]
    assert found("") == found("open=true") == found("state=new") == both
    assert found("open=false") == found("open=false&state=new") == []
    assert found("severity=high") == found("department=生鲜 Fresh") == found(f"q={milk['number']}") == [milk["id"]]
    assert found("q=till") == [till["id"]]
    assert found("overdue=true") == []
    assert found(f"before={till['id']}") == [milk["id"]]
    assert found("limit=1") == [till["id"]]
    assert program.get(f"{CASES}?state=nix").status_code == 422


@pytest.mark.parametrize("path", ["999", "999/history", "999/photos", "999/photos/1", "999/replies", "999/reply.pdf"])
def test_an_unknown_case_is_not_found(program: Program, path: str) -> None:
    assert program.get(f"{CASES}/{path}").status_code == 404


# -- changing


def test_null_takes_a_promised_call_and_an_owner_away_again(station: WebStation, program: Program) -> None:
    case = opened(program, kind="enquiry", call_back_at="2026-03-12T10:00:00+08:00")["id"]
    person = station.person()
    assert patch(program, case, {"owner_id": person}).status_code == 200
    kept = patch(program, case, {"product": "Milk"}).get_json()
    assert (kept["owner_id"], kept["call_back_at"]) == (person, "2026-03-12T02:00:00Z")
    gone = patch(program, case, {"owner_id": None, "call_back_at": None}).get_json()
    assert (gone["owner_id"], gone["call_back_at"]) == (None, None)


def test_a_language_that_the_store_does_not_speak_is_refused(program: Program) -> None:
    assert wrong_fields(program.post(CASES, {"kind": "praise", "content": "x", "language": "fr"})) == ["language"]
    assert opened(program, language="en")["id"]


def test_a_case_is_moved_on_until_it_is_closed_and_opened_again(program: Program) -> None:
    case = opened(program)["id"]
    for body, state in (
        ({"state": "acknowledged"}, "acknowledged"),
        ({"state": "in-progress"}, "in-progress"),
        ({"state": "waiting", "waiting_for": "the supplier"}, "waiting"),
        ({"state": "in-progress"}, "in-progress"),
        ({"state": "resolved", "outcome": "Refunded."}, "resolved"),
        ({"state": "closed", "call_back": "no contact left"}, "closed"),
        ({"state": "acknowledged", "reason": "sour again"}, "acknowledged"),
        ({"state": "resolved", "outcome": "Refunded again."}, "resolved"),
        ({"state": "in-progress", "reason": "and again"}, "in-progress"),
    ):
        answer = patch(program, case, body)
        assert (answer.status_code, answer.get_json()["state"]) == (200, state), body
    history = program.get(f"{CASES}/{case}/history").get_json()["history"]
    assert len(history) >= 10
    assert "the supplier" in msgspec.json.encode(history).decode()


def test_fields_and_state_are_changed_at_once_or_not_at_all(program: Program) -> None:
    case = opened(program)["id"]
    answer = patch(
        program, case, {"product": "Milk 1 l", "severity": "high", "reason": "a child drank it", "state": "resolved", "outcome": "x"}
    )
    assert answer.status_code == 409
    seen = program.get(f"{CASES}/{case}").get_json()
    assert (seen["product"], seen["state"]) == ("", "new")
    answer = patch(program, case, {"product": "Milk 1 l", "severity": "high", "reason": "a child drank it", "state": "acknowledged"})
    changed = answer.get_json()
    assert (changed["product"], changed["severity"], changed["state"]) == ("Milk 1 l", "high", "acknowledged")


def test_nothing_sent_changes_nothing(program: Program) -> None:
    case = opened(program)["id"]
    before = program.get(f"{CASES}/{case}").get_json()
    assert patch(program, case, {}).get_json() == before


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"state": "new"}, ["state"]),
        ({"outcome": "x"}, ["outcome"]),
        ({"state": "acknowledged", "waiting_for": "x", "call_back": "y"}, ["waiting_for", "call_back"]),
        ({"reason": "just so"}, ["reason"]),
        ({"severity": "low"}, ["reason"]),
        ({"state": "asleep"}, ["state"]),
        ({"contact": {"phone": "12"}}, ["contact.phone"]),
    ],
)
def test_what_does_not_go_together_is_named(program: Program, body: dict[str, object], named: list[str]) -> None:
    assert wrong_fields(patch(program, opened(program)["id"], body)) == named


def test_a_replayed_change_is_done_once(program: Program) -> None:
    case = opened(program)["id"]
    first = patch(program, case, {"state": "acknowledged"}, Idempotency_Key="k")
    again = patch(program, case, {"state": "acknowledged"}, Idempotency_Key="k")
    assert again.get_json() == first.get_json()
    assert patch(program, case, {"state": "acknowledged"}).status_code == 409


def test_assigning_needs_its_own_permission(station: WebStation, program: Program) -> None:
    case, owner = opened(program)["id"], station.person()
    worker = station.program("cases:read", "cases:write")
    assert patch(worker, case, {"owner_id": owner}).status_code == 403
    assert patch(program, case, {"owner_id": owner}).get_json()["owner_id"] == owner


def test_reading_is_no_permission_to_write(station: WebStation, program: Program) -> None:
    case = opened(program)["id"]
    reader = station.program("cases:read")
    assert reader.get(f"{CASES}/{case}").status_code == 200
    assert patch(reader, case, {"state": "acknowledged"}).status_code == 403
    assert reader.post(CASES, {"kind": "praise", "content": "x"}).status_code == 403
    assert station.program("bags:read").get(CASES).status_code == 403


def test_notes_and_the_first_answer_are_kept(program: Program) -> None:
    case = opened(program)["id"]
    assert program.post(f"{CASES}/{case}/notes", {"text": "asked the department"}).get_json()["first_answered_at"] is None
    answer = program.post(f"{CASES}/{case}/notes", {"text": "we look into it", "first_answer": True})
    assert (answer.status_code, answer.get_json()["first_answered_at"] is None) == (201, False)


def test_a_slip_is_printed_again(program: Program) -> None:
    case = opened(program)["id"]
    assert program.post(f"{CASES}/{case}/slip").status_code == 202


# -- contact data


def test_contact_data_is_given_for_a_reason_and_never_stored_under_a_key(station: WebStation, program: Program) -> None:
    case = opened(program, contact={"name": "Li Na", "phone": PHONE})["id"]
    address = f"{CASES}/{case}/contact"
    assert wrong_fields(program.post(address, {"reason": ""})) == ["reason"]
    answer = program.post(address, {"reason": "call back"}, Idempotency_Key="k")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.get_json()["phone"].endswith(PHONE)
    assert station.program("cases:read", "cases:write").post(address, {"reason": "call back"}).status_code == 403
    with station.db.read() as session:
        dump = "\n".join(session.connection().connection.iterdump())  # type: ignore[attr-defined]
    assert PHONE not in dump


# -- photos and replies


def test_a_photo_is_sent_as_it_is_and_comes_back_as_jpeg(program: Program) -> None:
    case = opened(program)["id"]
    added = program.post_raw(f"{CASES}/{case}/photos", picture() + bytes(400_000), "image/jpeg")
    assert added.status_code == 201
    got = program.get(added.headers["Location"])
    assert (got.status_code, got.content_type, got.headers["Cache-Control"]) == (200, "image/jpeg", "no-store")
    assert [photo["id"] for photo in program.get(f"{CASES}/{case}/photos").get_json()["photos"]] == [added.get_json()["id"]]
    assert program.send("DELETE", added.headers["Location"]).status_code == 200
    assert program.get(added.headers["Location"]).status_code == 404


def test_what_is_no_photo_is_refused(program: Program) -> None:
    address = f"{CASES}/{opened(program)['id']}/photos"
    told = program.post_raw(address, b"{}", "application/json")
    assert told.status_code == 415
    assert "image/jpeg" in told.get_json()["remedy"]
    assert program.post_raw(address, b"no picture", "image/jpeg").status_code == 422
    assert program.post_raw(address, picture() + bytes(9_000_000), "image/jpeg").status_code == 413


def test_a_reply_is_written_fetched_as_a_letter_and_sent(program: Program) -> None:
    case = opened(program, written=True)["id"]
    assert program.post(f"{CASES}/{case}/replies", {"text": "亲爱的顾客:退款已办理。"}).status_code == 201
    letter = program.get(f"{CASES}/{case}/reply.pdf")
    assert (letter.content_type, letter.data[:4]) == ("application/pdf", b"%PDF")
    assert program.post(f"{CASES}/{case}/replies/sent", {"how": "by post"}).status_code == 200
    (reply,) = program.get(f"{CASES}/{case}/replies").get_json()["replies"]
    assert reply["sent_at"] is not None


# -- the description


def test_what_is_answered_is_what_is_described(program: Program) -> None:
    document = program.get("/api/v1/openapi.json").get_json()
    case = opened(program, contact={"phone": PHONE})["id"]
    photo = program.post_raw(f"{CASES}/{case}/photos", picture(), "image/jpeg")
    one = f"{CASES}/{{case_id}}"
    calls = [
        ("post", CASES, program.post(CASES, {"kind": "praise", "content": "x"})),
        ("post", CASES, program.post(CASES, {})),
        ("get", CASES, program.get(CASES)),
        ("get", one, program.get(f"{CASES}/{case}")),
        ("get", one, program.get(f"{CASES}/999")),
        ("patch", one, patch(program, case, {"state": "acknowledged"})),
        ("patch", one, patch(program, case, {"state": "acknowledged"})),
        ("get", f"{one}/history", program.get(f"{CASES}/{case}/history")),
        ("post", f"{one}/notes", program.post(f"{CASES}/{case}/notes", {"text": "x"})),
        ("post", f"{one}/slip", program.post(f"{CASES}/{case}/slip")),
        ("post", f"{one}/contact", program.post(f"{CASES}/{case}/contact", {"reason": "call back"})),
        ("post", f"{one}/photos", photo),
        ("post", f"{one}/photos", program.post_raw(f"{CASES}/{case}/photos", b"", "text/plain")),
        ("get", f"{one}/photos", program.get(f"{CASES}/{case}/photos")),
        ("post", f"{one}/replies", program.post(f"{CASES}/{case}/replies", {"text": "x"})),
        ("get", f"{one}/replies", program.get(f"{CASES}/{case}/replies")),
        ("post", f"{one}/replies/sent", program.post(f"{CASES}/{case}/replies/sent", {"how": "by post"})),
        ("delete", f"{one}/photos/{{photo_id}}", program.send("DELETE", photo.headers["Location"])),
    ]
    for method, path, answer in calls:
        described = document["paths"][path][method]["responses"]
        assert str(answer.status_code) in described, f"{method} {path}: {answer.status_code} is not described: {answer.text}"
        schema = described[str(answer.status_code)]["content"][answer.mimetype]["schema"]
        assert violations(answer.get_json(), schema, document) == [], f"{method} {path}"
    assert set(document["paths"][f"{one}/photos"]["post"]["requestBody"]["content"]) == {"image/jpeg", "image/png", "image/webp"}
