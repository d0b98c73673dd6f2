"""The JSON API: each call of the contract, and that its description tells the truth."""

import re
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from kiosk.web.api.openapi import described
from kiosk.web.auth import SCOPE_ATTRIBUTE
from tests.fakes.json_schema import violations
from tests.fakes.web_station import Program, WebStation


@pytest.fixture
def program(station: WebStation) -> Program:
    station.shelve()
    return station.program()


@pytest.fixture
def document(program: Program) -> dict[str, Any]:
    return dict(program.get("/api/v1/openapi.json").get_json())


def _stored(station: WebStation, program: Program) -> dict[str, Any]:
    taken = program.post("/api/v1/bags", {"pieces": 2, "note": "红箱子"}).get_json()
    station.print_out(taken["job"])
    return dict(taken)


def test_bags_are_taken_in(program: Program) -> None:
    answer = program.post("/api/v1/bags", {"pieces": 2, "note": "红箱子"})
    assert answer.status_code == 201
    bag = answer.get_json()
    assert answer.headers["Location"] == f"/api/v1/bags/{bag['id']}"
    assert {"id", "number", "code", "slot", "pieces", "state", "job"} <= set(bag)
    assert (bag["pieces"], bag["note"], len(bag["code"])) == (2, "红箱子", 14)


def test_a_whole_code_is_told_once(program: Program) -> None:
    bag = program.post("/api/v1/bags", {"pieces": 1}).get_json()
    assert program.get(f"/api/v1/bags/{bag['id']}").get_json()["code"] != bag["code"]


def test_stored_bags_are_listed_page_by_page(station: WebStation, program: Program) -> None:
    first, second = _stored(station, program), _stored(station, program)
    newest = program.get("/api/v1/bags?state=stored&limit=1").get_json()["bags"]
    assert [bag["id"] for bag in newest] == [second["id"]]
    older = program.get(f"/api/v1/bags?state=stored&limit=1&before={second['id']}").get_json()["bags"]
    assert [bag["id"] for bag in older] == [first["id"]]


def test_bags_are_found_by_their_note(station: WebStation, program: Program) -> None:
    bag = _stored(station, program)
    assert [found["id"] for found in program.get("/api/v1/bags?q=红箱").get_json()["bags"]] == [bag["id"]]


def test_the_board_shows_every_slot(program: Program) -> None:
    assert len(program.get("/api/v1/bags/board").get_json()["slots"]) == 3


def test_bags_are_given_back_against_their_ticket(station: WebStation, program: Program) -> None:
    bag = _stored(station, program)
    answer = program.post("/api/v1/bags/release", {"code": bag["code"]})
    assert answer.status_code == 200
    assert answer.get_json()["deposit"]["state"] == "released"


def test_a_reprint_voids_the_old_code(station: WebStation, program: Program) -> None:
    bag = _stored(station, program)
    answer = program.post(f"/api/v1/bags/{bag['id']}/reprint", {"reason": "torn"})
    assert answer.status_code == 202
    assert answer.get_json()["code"] != bag["code"]
    assert program.post("/api/v1/bags/release", {"code": bag["code"]}).status_code == 409


def test_a_take_in_whose_ticket_never_came_out_is_cancelled(program: Program) -> None:
    bag = program.post("/api/v1/bags", {"pieces": 1}).get_json()
    answer = program.post(f"/api/v1/bags/{bag['id']}/cancel", {"reason": "customer left"})
    assert answer.get_json()["state"] == "cancelled"


def test_an_uncertain_job_is_resolved_by_a_person(station: WebStation, program: Program) -> None:
    job = program.post("/api/v1/bags", {"pieces": 1}).get_json()["job"]
    station.db.write(lambda session: station.services.jobs.mark_sending(session, job))
    station.db.write(lambda session: station.services.jobs.mark_uncertain(session, job, "no-evidence"))
    assert [found["id"] for found in program.get("/api/v1/jobs?state=uncertain").get_json()["jobs"]] == [job]
    answer = program.post(f"/api/v1/jobs/{job}/resolve", {"outcome": "printed"})
    assert (answer.status_code, answer.get_json()["state"]) == (200, "confirmed")
    assert program.post(f"/api/v1/jobs/{job}/resolve", {"outcome": "printed"}).status_code == 409


def test_a_scan_of_a_program_goes_the_way_of_a_scanners(station: WebStation, program: Program) -> None:
    browser = station.browser()
    browser.client.get("/probe/mine")
    bag = _stored(station, program)
    answer = program.post("/api/v1/scans", {"code": bag["code"]})
    assert answer.status_code == 202
    routed = answer.get_json()
    assert (routed["kind"], routed["delivered"]) == ("ticket", True)
    assert routed["target"].startswith(f"/desk/bags/{bag['id']}/release?scan=")


def test_scans_and_devices_are_counted_and_listed(program: Program) -> None:
    assert program.get("/api/v1/devices").get_json() == {"devices": []}
    for call in (program.get("/api/v1/devices/nix"), program.post("/api/v1/devices/nix/test"), program.post("/api/v1/devices/nix/wake")):
        assert call.status_code == 404


# -- the description


def test_every_route_of_the_api_is_described_and_guarded(station: WebStation) -> None:
    for rule, method, view, description in described(station.app):
        assert description is not None, f"{method} {rule} is not described"
        assert hasattr(view, SCOPE_ATTRIBUTE), f"{method} {rule} has no guard"


def test_the_description_is_openapi_and_every_reference_in_it_leads_somewhere(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert {"/api/v1/bags", "/api/v1/bags/{deposit_id}", "/api/v1/events", "/api/v1/jobs/{job_id}/resolve"} <= set(document["paths"])
    text = msgspec.json.encode(document).decode()
    for part in text.split('"$ref":"#/components/schemas/')[1:]:
        assert part.partition('"')[0] in document["components"]["schemas"]


def test_every_operation_has_its_own_id(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids))


def test_what_is_answered_is_what_is_described(station: WebStation, program: Program, document: dict[str, Any]) -> None:
    bag = _stored(station, program)
    waiting = program.post("/api/v1/bags", {"pieces": 1}).get_json()
    calls = [
        ("get", "/api/v1/bags", program.get("/api/v1/bags")),
        ("get", "/api/v1/bags/board", program.get("/api/v1/bags/board")),
        ("get", "/api/v1/bags/{deposit_id}", program.get(f"/api/v1/bags/{bag['id']}")),
        ("get", "/api/v1/bags/{deposit_id}", program.get("/api/v1/bags/999")),
        ("post", "/api/v1/bags", program.post("/api/v1/bags", {"pieces": 1})),
        ("post", "/api/v1/bags", program.post("/api/v1/bags", {"pieces": 0})),
        ("post", "/api/v1/bags", program.post_raw("/api/v1/bags", b"{", "application/json")),
        ("post", "/api/v1/bags", station.program("jobs:read").post("/api/v1/bags", {"pieces": 1})),
        ("post", "/api/v1/bags/release", program.post("/api/v1/bags/release", {"code": "1"})),
        ("post", "/api/v1/bags/release", program.post("/api/v1/bags/release", {"code": bag["code"]})),
        ("post", "/api/v1/bags/release", program.post("/api/v1/bags/release", {"code": bag["code"]})),
        ("post", "/api/v1/bags/{deposit_id}/cancel", program.post(f"/api/v1/bags/{waiting['id']}/cancel", {"reason": "left"})),
        ("get", "/api/v1/jobs", program.get("/api/v1/jobs")),
        ("get", "/api/v1/jobs/{job_id}", program.get(f"/api/v1/jobs/{bag['job']}")),
        ("post", "/api/v1/jobs/{job_id}/resolve", program.post(f"/api/v1/jobs/{bag['job']}/resolve", {"outcome": "printed"})),
        ("get", "/api/v1/devices", program.get("/api/v1/devices")),
        ("post", "/api/v1/scans", program.post("/api/v1/scans", {"code": "6901234567892"})),
        ("get", "/api/v1/events", program.get("/api/v1/events")),
    ]
    for method, path, answer in calls:
        described_answers = document["paths"][path][method]["responses"]
        assert str(answer.status_code) in described_answers, f"{method} {path}: {answer.status_code} is not described"
        schema = described_answers[str(answer.status_code)]["content"][answer.mimetype]["schema"]
        assert violations(answer.get_json(), schema, document) == [], f"{method} {path}"


def test_the_examples_are_accepted(station: WebStation, program: Program, document: dict[str, Any]) -> None:
    _stored(station, program)
    for path, operations in document["paths"].items():
        body = operations.get("post", {}).get("requestBody")
        if body is not None and "application/json" in body["content"]:
            content = body["content"]["application/json"]
            assert violations(content["example"], content["schema"], document) == [], path
            answer = program.post(re.sub(r"\{\w+\}", "1", path), content["example"])
            assert answer.get_json().get("type") != "/problems/invalid-request", path


# -- search


def test_bags_are_found_by_every_condition_at_once(station: WebStation, program: Program) -> None:
    first, second = _stored(station, program), _stored(station, program)
    program.post("/api/v1/bags/release", {"code": first["code"]})

    def found(**conditions: str) -> list[int]:
        answer = program.get("/api/v1/bags?" + urlencode(conditions))
        assert answer.status_code == 200, answer.get_json()
        return [bag["id"] for bag in answer.get_json()["bags"]]

    one, two = first["id"], second["id"]
    numbers = {"q": str(second["number"])}
    assert found(**numbers) == found(**numbers, state="stored") == [two]
    assert found(**numbers, state="released") == []
    assert found(**numbers, before=str(two)) == []
    assert found(slot=first["slot"], state="released") == [one]
    taken_at = second["taken_at"]
    assert two in found(since=taken_at)
    assert found(since="2000-01-01T00:00:00+08:00", until="2000-01-02T00:00:00+08:00") == []


@pytest.mark.parametrize(
    ("condition", "said"),
    [({"slot": "Z9"}, "Z9"), ({"since": "yesterday"}, "since"), ({"since": "2026-03-10T00:00:00"}, "+08:00")],
)
def test_a_condition_that_cannot_be_is_said(program: Program, condition: dict[str, str], said: str) -> None:
    answer = program.get("/api/v1/bags?" + urlencode(condition))

    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)
