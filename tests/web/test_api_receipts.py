"""Receipts for programs: one or a list comes in, each is told its outcome, and is found again by number or by what is left of it."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.fakes.json_schema import violations
from tests.fakes.web_station import Program, WebStation

RECEIPTS = "/api/v1/receipts"


@pytest.fixture
def program(station: WebStation) -> Program:
    return station.program()


def sale(number: str = "20260309010100000042", **changed: object) -> dict[str, object]:
    milk = {"line": 1, "product": "6901001", "name": "鲜牛奶 1L", "quantity": 2, "unit_price_fen": 1250, "amount_fen": 2500}
    apples = {"line": 2, "product": "20017", "name": "红富士苹果", "quantity": "1.354", "unit_price_fen": 1180, "amount_fen": 1598}
    return {
        "number": number,
        "store": "S001",
        "till": "01",
        "sold_at": "2026-03-09T10:00:00+08:00",
        "lines": [milk, apples],
        "tenders": [{"kind": "wechat", "amount_fen": 4098}],
        "member": "6210000012345678",
    } | changed


def wrong_fields(answer: TestResponse) -> list[str]:
    assert answer.status_code == 422, answer.get_json()
    return [error["field"] for error in answer.get_json()["errors"]]


def brought(program: Program, body: object) -> Any:
    answer = program.post(RECEIPTS, body)
    assert answer.status_code == 201, answer.get_json()
    return answer.get_json()


def test_a_receipt_comes_in_and_is_found_with_what_may_come_back(program: Program, station: WebStation) -> None:
    station.db.write(lambda session: station.services.policy.ensure_default(session))
    answer = program.post(RECEIPTS, sale())
    assert answer.status_code == 201
    taken = answer.get_json()
    assert (taken["number"], taken["store"], taken["outcome"]) == ("20260309010100000042", "S001", "new")
    assert answer.headers["Location"] == f"{RECEIPTS}/20260309010100000042"
    found = program.get(answer.headers["Location"], Accept_Language="en").get_json()
    receipt = found["receipt"]
    assert (receipt["id"], receipt["total_fen"], receipt["sold_on"], receipt["member"]) == (taken["id"], 4098, "2026-03-09", "****5678")
    assert [(line["name"], line["quantity"], line["amount_fen"]) for line in receipt["lines"]] == [
        ("鲜牛奶 1L", "2", 2500),
        ("红富士苹果", "1.354", 1598),
    ]
    assert (found["freshness"], found["warnings"]) == ("stored", [])
    line = found["assessment"]["lines"][0]
    assert (line["bought"], line["returned"], line["remaining"], line["refundable_fen"]) == ("2", "0", "2", 2500)
    assert line["for_return"]["allowed"] is True
    assert line["for_return"]["reason"]


def test_who_may_not_read_returns_sees_no_assessment(program: Program, station: WebStation) -> None:
    brought(program, sale())
    found = station.program("receipts:read").get(f"{RECEIPTS}/20260309010100000042").get_json()
    assert found["assessment"] is None
    assert len(found["receipt"]["lines"]) == 2


def test_the_number_may_be_written_as_people_write_it(program: Program, station: WebStation) -> None:
    brought(program, sale("S001-0042"))
    reader = station.program("receipts:read")
    for written in ("S001-0042", "s001-0042", "S001%200042", "Ｓ００１－００４２", "S001%E2%80%930042"):
        assert reader.get(f"{RECEIPTS}/{written}").status_code == 200, written


def test_an_unknown_number_is_not_found_and_the_answer_says_what_to_do(program: Program) -> None:
    answer = program.get(f"{RECEIPTS}/20260309010100000099", Accept_Language="en")
    assert answer.status_code == 404
    assert answer.get_json()["type"].endswith("receipt-unknown")
    assert "day, till, amount or goods" in answer.get_json()["remedy"]


def test_of_stores_with_one_number_the_wanted_one_is_found(program: Program, station: WebStation) -> None:
    brought(program, [sale(store="S002"), sale()])
    reader = station.program("receipts:read")
    assert reader.get(f"{RECEIPTS}/20260309010100000042").get_json()["receipt"]["store"] == "S001"
    assert reader.get(f"{RECEIPTS}/20260309010100000042?store=S002").get_json()["receipt"]["store"] == "S002"
    assert reader.get(f"{RECEIPTS}/20260309010100000042?store=S003").status_code == 404


def test_the_same_again_says_so_and_another_content_is_a_conflict(program: Program) -> None:
    first = brought(program, sale())
    assert brought(program, sale()) == {**first, "outcome": "same"}
    answer = program.post(RECEIPTS, sale(till="02"))
    assert answer.status_code == 409
    assert (answer.get_json()["type"].rpartition("/")[2], answer.get_json()["id"]) == ("receipt-differs", first["id"])
    assert brought(program, sale(kind="cancelled"))["outcome"] == "changed"


def test_the_same_key_brings_in_once(program: Program) -> None:
    first = program.post(RECEIPTS, sale(), Idempotency_Key="a")
    again = program.post(RECEIPTS, sale(), Idempotency_Key="a")
    assert (again.get_json(), again.headers["Idempotency-Replayed"]) == (first.get_json(), "true")


def test_every_wrong_field_of_a_receipt_is_named(program: Program) -> None:
    lines: list[dict[str, object]] = [
        {"line": 1, "product": "1", "name": "Milk", "quantity": "0", "unit_price_fen": 1, "amount_fen": 1},
        {"line": 1, "product": "", "name": "Milk", "quantity": "1.2345", "unit_price_fen": -1, "amount_fen": 1},
    ]
    answer = program.post(RECEIPTS, sale(lines=lines, sold_at="2027-03-09T10:00:00+08:00"))
    assert wrong_fields(answer) == [
        "sold_at",
        "lines[0].quantity",
        "lines[1].line",
        "lines[1].quantity",
        "lines[1].product",
        "lines[1].unit_price_fen",
    ]
    assert wrong_fields(program.post(RECEIPTS, sale(colour="red"))) == ["colour"]
    assert wrong_fields(program.post(RECEIPTS, sale(sold_at="yesterday"))) == ["sold_at"]


def test_in_a_list_each_receipt_is_told_its_own_outcome(program: Program) -> None:
    first = brought(program, sale())
    results = brought(
        program,
        [sale(), sale(till="02"), sale("20260309010100000043", lines=[]), 7, sale("20260309010100000044"), {"number": "x"}],
    )
    assert [result["outcome"] for result in results] == ["same", "conflict", "invalid", "invalid", "new", "invalid"]
    assert (results[0]["id"], results[1]["id"], results[2]["id"]) == (first["id"], first["id"], None)
    assert [error["field"] for error in results[2]["errors"]] == ["lines"]
    assert [error["field"] for error in results[5]["errors"]][:2] == ["store", "till"]
    assert program.get(f"{RECEIPTS}?day=2026-03-09").get_json()["receipts"][0]["number"] == "20260309010100000044"


def test_a_list_of_500_is_taken_and_a_longer_one_is_not(program: Program) -> None:
    many = [sale(f"20260309{number:012d}", member="") for number in range(501)]
    results = brought(program, many[:500])
    assert {result["outcome"] for result in results} == {"new"}
    assert program.post(RECEIPTS, many).status_code == 422
    assert program.post(RECEIPTS, []).status_code == 422


def test_a_receipt_of_500_lines_comes_in(program: Program, station: WebStation) -> None:
    line = {"product": "6901001", "name": "Milk", "quantity": 1, "unit_price_fen": 1250, "amount_fen": 1250}
    brought(program, sale(lines=[{"line": number, **line} for number in range(1, 501)], tenders=[]))
    found = station.program("receipts:read").get(f"{RECEIPTS}/20260309010100000042").get_json()["receipt"]
    assert (len(found["lines"]), found["total_fen"]) == (500, 625_000)


def test_a_damaged_receipt_is_found_by_what_is_left_of_it(program: Program) -> None:
    brought(program, [sale(), sale("20260309020100000001", till="02", lines=[sale()["lines"][0]], tenders=[])])  # type: ignore[index]

    def found(query: str) -> list[str]:
        answer = program.get(f"{RECEIPTS}?{query}")
        assert answer.status_code == 200, answer.get_json()
        return [receipt["number"][-4:] for receipt in answer.get_json()["receipts"]]

    assert found("day=2026-03-09") == ["0001", "0042"]
    assert found("day=2026-03-09&till=02") == ["0001"]
    assert found("day=2026-03-09&amount_fen=4098") == ["0042"]
    assert found("day=2026-03-01&until=2026-03-10&product=苹果") == ["0042"]
    assert found("member=6210000012345678") == ["0001", "0042"]
    assert found("day=2026-03-08") == []
    assert found("day=2026-03-09&number_part=0000004") == ["0042"]
    assert wrong_fields(program.get(f"{RECEIPTS}?till=02")) == ["day"]
    assert wrong_fields(program.get(f"{RECEIPTS}?day=2026-01-01&until=2026-03-10")) == ["until"]
    assert wrong_fields(program.get(f"{RECEIPTS}?day=someday")) == ["day"]


def test_each_call_needs_its_scope(station: WebStation, program: Program) -> None:
    brought(program, sale())
    reader, till = station.program("receipts:read"), station.program("receipts:write")
    assert reader.post(RECEIPTS, sale()).status_code == 403
    assert reader.post(RECEIPTS, [sale()]).status_code == 403
    assert till.get(RECEIPTS + "?day=2026-03-09").status_code == 403
    assert till.post(RECEIPTS, sale()).status_code == 201


def test_the_answers_are_what_the_description_says(program: Program) -> None:
    described = program.get("/api/v1/openapi.json").get_json()
    operations = described["paths"]

    def schema(path: str, method: str, status: str) -> Any:
        return operations[path][method]["responses"][status]["content"]["application/json"]["schema"]

    one, many = brought(program, sale()), brought(program, [sale(), 7])
    for answer in (one, many):
        assert violations(answer, schema(RECEIPTS, "post", "201"), described) == []
    listed = program.get(f"{RECEIPTS}?day=2026-03-09").get_json()
    assert violations(listed, schema(RECEIPTS, "get", "200"), described) == []
