"""Lost tickets, opening and closing over the API: step by step, none skipped."""

from typing import Any

import pytest

from kiosk.desk.actors import Role
from tests.fakes.json_schema import violations
from tests.fakes.web_station import PIN, Program, WebStation

TOLD = {"description": "red suitcase with a ribbon", "contents": "clothes, an umbrella"}


@pytest.fixture
def program(station: WebStation) -> Program:
    station.shelve()
    return station.program()


@pytest.fixture
def bag(station: WebStation, program: Program) -> dict[str, Any]:
    taken = program.post("/api/v1/bags", {"pieces": 2}).get_json()
    station.print_out(taken["job"])
    return dict(taken)


def _described(program: Program, method: str, path: str, answer: Any) -> None:
    document = program.get("/api/v1/openapi.json").get_json()
    schema = document["paths"][path][method]["responses"][str(answer.status_code)]["content"][answer.mimetype]["schema"]
    assert violations(answer.get_json(), schema, document) == []


def test_the_steps_lead_to_a_release_without_the_ticket(station: WebStation, program: Program, bag: dict[str, Any]) -> None:
    started = program.post("/api/v1/lost-tickets", {"number": bag["number"], **TOLD})
    assert started.status_code == 201
    _described(program, "post", "/api/v1/lost-tickets", started)
    claim = started.headers["Location"]
    assert program.post(f"{claim}/identity", {"document": "passport"}).get_json()["step"] == "approval"
    approver = {"user": station.person(Role.SUPERVISOR), "pin": PIN}
    assert program.post(f"{claim}/approve", approver).get_json()["step"] == "form"
    form = program.post(f"{claim}/form")
    assert form.status_code == 202
    station.print_out(form.get_json()["form_job"])
    assert [found["id"] for found in program.get("/api/v1/lost-tickets").get_json()["lost_tickets"]] == [started.get_json()["id"]]
    released = program.post(f"{claim}/release", {"signed": True})
    assert released.status_code == 200
    _described(program, "post", "/api/v1/lost-tickets/{claim_id}/release", released)
    assert released.get_json()["lost_ticket_fee_fen"] > 0
    assert program.post("/api/v1/bags/release", {"code": bag["code"]}).status_code == 409


def test_a_release_by_number_names_the_step_that_is_missing(station: WebStation, program: Program, bag: dict[str, Any]) -> None:
    release = {"number": bag["number"], "reason": "lost on the bus"}
    first = program.post("/api/v1/bags/release", release)
    assert (first.status_code, first.get_json()["missing"]) == (409, "description")
    claim = program.post("/api/v1/lost-tickets", {"number": bag["number"], **TOLD}).headers["Location"]
    assert program.post("/api/v1/bags/release", release).get_json()["missing"] == "identity"
    program.post(f"{claim}/identity", {"document": "id-card"})
    program.post(f"{claim}/approve", {"user": station.person(Role.SUPERVISOR), "pin": PIN})
    station.print_out(program.post(f"{claim}/form").get_json()["form_job"])
    assert program.post("/api/v1/bags/release", release).status_code == 200


def test_no_step_can_be_taken_before_its_turn(program: Program, bag: dict[str, Any]) -> None:
    claim = program.post("/api/v1/lost-tickets", {"number": bag["number"], **TOLD}).headers["Location"]
    for step, body in (("form", None), ("release", {"signed": True})):
        assert program.post(f"{claim}/{step}", body).status_code == 409


def test_a_wrong_pin_approves_nothing(station: WebStation, program: Program, bag: dict[str, Any]) -> None:
    claim = program.post("/api/v1/lost-tickets", {"number": bag["number"], **TOLD}).headers["Location"]
    program.post(f"{claim}/identity", {"document": "id-card"})
    answer = program.post(f"{claim}/approve", {"user": station.person(Role.SUPERVISOR), "pin": "000000"})
    assert answer.status_code == 401
    assert program.get(claim).get_json()["step"] == "approval"


def test_the_clerk_who_began_cannot_approve(station: WebStation, bag: dict[str, Any]) -> None:
    user_id = station.person(Role.SUPERVISOR)
    browser = station.browser()
    browser.log_in(user_id, station.epoch(user_id))
    claim = browser.post("/api/v1/lost-tickets", {"number": bag["number"], **TOLD}).headers["Location"]
    browser.post(f"{claim}/identity", {"document": "id-card"})
    assert browser.post(f"{claim}/approve", {"user": user_id, "pin": PIN}).status_code == 403


def test_a_found_ticket_ends_the_claim_and_counts_again(program: Program, bag: dict[str, Any]) -> None:
    claim = program.post("/api/v1/lost-tickets", {"number": bag["number"], **TOLD}).headers["Location"]
    assert program.post("/api/v1/bags/release", {"code": bag["code"]}).status_code == 409
    assert program.post(f"{claim}/withdraw", {"reason": "found"}).get_json()["step"] == "withdrawn"
    assert program.post("/api/v1/bags/release", {"code": bag["code"]}).status_code == 200


@pytest.mark.parametrize("body", [{}, {"number": 1}, {"reason": "x"}, {"code": "1", "number": 1, "reason": "x"}])
def test_a_release_needs_a_code_or_a_number_with_its_reason(program: Program, body: dict[str, object]) -> None:
    answer = program.post("/api/v1/bags/release", body)
    assert answer.status_code == 422
    assert answer.get_json()["type"] == "/problems/invalid-request"


def test_tags_are_compared_with_the_records(program: Program, bag: dict[str, Any]) -> None:
    started = program.post("/api/v1/reconciliations", {"kind": "closing"})
    _described(program, "post", "/api/v1/reconciliations", started)
    day = f"/api/v1/reconciliations/{started.get_json()['id']}"
    (line,) = started.get_json()["lines"]
    assert (line["number"], line["expected"], line["found"]) == (bag["number"], 2, 0)
    assert program.post(f"{day}/scans", {"code": bag["code"]}).get_json()["found"] == 1
    assert program.post(f"{day}/finish").status_code == 409
    ticked = program.post(f"{day}/lines/{line['id']}", {"found": 2})
    _described(program, "post", "/api/v1/reconciliations/{reconciliation_id}/lines/{line_id}", ticked)
    added = program.post(f"{day}/lines", {"number": 77, "found": 1, "reason": "old tag"})
    assert added.status_code == 201
    finished = program.post(f"{day}/finish")
    assert finished.status_code == 200
    assert [left["id"] for left in finished.get_json()["left"]] == [bag["id"]]
    assert program.get(day).get_json()["finished_at"] is not None
    assert len(program.get("/api/v1/reconciliations").get_json()["reconciliations"]) == 1


def test_an_empty_description_is_said_to_be_empty(station: WebStation) -> None:
    program = station.program("bags:read", "bags:write")
    said = []
    for empty in ("", "  \t"):
        answer = program.post("/api/v1/lost-tickets", {"number": 1, "description": empty, "contents": "shirts"})
        assert answer.status_code == 422
        assert answer.get_json()["errors"][0]["field"] == "description"
        said.append(answer.get_json()["errors"][0]["message"])
    assert said[0] == said[1] != "", "nothing and blanks are the same mistake"
