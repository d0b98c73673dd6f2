"""Returns and refunds for programs: recorded once, refused with reasons, voided, settled."""

import base64
import io
from typing import Any

import pytest
from PIL import Image
from werkzeug.test import TestResponse

from kiosk.desk.actors import Role
from tests.fakes.json_schema import violations
from tests.fakes.web_station import PIN, Program, WebStation

RECEIPTS, RETURNS, REFUNDS = "/api/v1/receipts", "/api/v1/returns", "/api/v1/refunds"
NUMBER = "20260310010100000042"


@pytest.fixture
def program(station: WebStation) -> Program:
    return station.program()


def picture() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 30, 30)).save(data, "JPEG")
    return data.getvalue()


def sell(program: Program, *, number: str = NUMBER, category: str = "百货", quantity: str = "3", **more: Any) -> str:
    """A receipt of three cups of 10.00 in all, and a kilogram and a quarter of apples."""
    lines = [
        {
            "line": 1,
            "product": "C1",
            "name": "杯子 Cup",
            "quantity": quantity,
            "unit_price_fen": 400,
            "amount_fen": 1000,
            "discount_fen": 200,
        },
        {"line": 2, "product": "A1", "name": "苹果", "quantity": "1.25", "unit": "kg", "unit_price_fen": 800, "amount_fen": 1000},
    ]
    lines[0]["category"] = category
    sale = {"number": number, "store": "S001", "till": "01", "sold_at": "2026-03-10T10:00:00+08:00", "lines": lines, **more}
    answer = program.post(RECEIPTS, sale)
    assert answer.status_code == 201, answer.get_json()
    return number


def cups(quantity: object = "1", **more: Any) -> dict[str, Any]:
    return {"line": 1, "quantity": quantity, "reason": "Not wanted", "condition": "as-new", "packaging": "sealed", **more}


def take_back(program: Program, *lines: dict[str, Any], **more: Any) -> TestResponse:
    headers = {"Idempotency_Key": more.pop("key")} if "key" in more else {}
    return program.post(RETURNS, {"receipt": NUMBER, "lines": list(lines) or [cups()], **more}, **headers)


def recorded(program: Program, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = take_back(program, *lines, **more)
    assert answer.status_code == 201, answer.get_json()
    return dict(answer.get_json())


def problem(answer: TestResponse, status: int, slug: str) -> dict[str, Any]:
    body = answer.get_json()
    assert (answer.status_code, body["type"].rpartition("/")[2].rpartition(":")[2]) == (status, slug), body
    return dict(body)


def test_goods_are_taken_back(program: Program) -> None:
    sell(program)
    answer = take_back(program, cups("2"), note="kind")
    returned = answer.get_json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{RETURNS}/{returned['id']}"
    assert (returned["number"], returned["kind"], returned["state"], returned["receipt"]) == ("R2603100001", "return", "recorded", NUMBER)
    assert (returned["refund_fen"], returned["pay_fen"], returned["currency"]) == (667, 0, "CNY")
    assert [(line["line"], line["quantity"], line["refund_fen"]) for line in returned["lines"]] == [(1, "2", 667)]
    assert (returned["refund"]["state"], returned["refund"]["amount_fen"]) == ("pending", 667)
    assert program.get(answer.headers["Location"]).get_json() == returned
    assert program.get(
        RETURNS,
    ).get_json()["returns"] == [returned]
    for query in (returned["number"], returned["code"], NUMBER):
        assert [one["id"] for one in program.get(f"{RETURNS}?q={query}").get_json()["returns"]] == [returned["id"]]
    assert program.get(f"{RETURNS}/4711").status_code == 404
    left = program.get(f"{RECEIPTS}/{NUMBER}").get_json()["assessment"]
    assert (left["lines"][0]["remaining"], left["lines"][0]["refundable_fen"], left["earlier"]) == ("1", 333, [returned["id"]])


def test_the_same_key_takes_back_once(program: Program) -> None:
    sell(program)
    first, again = take_back(program, key="a"), take_back(program, key="a")
    assert (again.get_json(), again.headers["Idempotency-Replayed"]) == (first.get_json(), "true")
    assert len(program.get(RETURNS).get_json()["returns"]) == 1
    over = take_back(program, cups("3"), key="b")
    assert take_back(program, cups("3"), key="b").get_json() == over.get_json()


def test_more_than_remains_is_a_conflict_with_what_remains(program: Program) -> None:
    sell(program)
    recorded(program, cups("2"))
    said = problem(take_back(program, cups("2")), 409, "over-return")
    assert said["lines"] == [{"line": 1, "remaining": "1"}]
    assert [error["field"] for error in said["errors"]] == ["lines[0].quantity"]


def test_what_may_not_come_back_is_told_with_the_reason_of_each_line(program: Program) -> None:
    sell(program, category="生鲜")
    said = problem(take_back(program, cups(), {**cups("0.5"), "line": 2, "condition": "damaged"}), 422, "not-eligible")
    assert [error["field"] for error in said["errors"]] == ["lines[0]", "lines[1]"]
    assert all(error["message"] for error in said["errors"])
    assert said["needs_supervisor"] is True
    chinese = program.post(RETURNS, {"receipt": NUMBER, "lines": [cups()]}, Accept_Language="zh").get_json()
    assert "生鲜商品不能退换" in str(chinese["errors"])


@pytest.mark.parametrize("quantity", ["6901234567892", 6901234567892, "10000", "0", "-1", "0.5", "1e30", "NaN", "Infinity"])
def test_what_is_no_quantity_is_refused(program: Program, quantity: object) -> None:
    sell(program)
    said = problem(take_back(program, cups(quantity)), 422, "return-input")
    assert [error["field"] for error in said["errors"]] == ["lines[0].quantity"]


@pytest.mark.parametrize("quantity", ["0.25", 0.25])
def test_weighed_goods_come_back_in_part(program: Program, quantity: object) -> None:
    sell(program)
    returned = recorded(program, {**cups(quantity), "line": 2})
    assert (returned["lines"][0]["quantity"], returned["refund_fen"]) == ("0.25", 200)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "gift"}, "kind"),
        ({"lines": [{"line": 1}]}, "lines"),
        ({"lines": [cups(reason="")]}, "lines[0].reason"),
        ({"lines": []}, "lines"),
        ({"recipt": "1"}, "recipt"),
        ({"photos": ["not base64!"]}, "photos"),
    ],
)
def test_wrong_fields_are_named(program: Program, body: dict[str, Any], field: str) -> None:
    sell(program)
    answer = program.post(RETURNS, {"receipt": NUMBER, "lines": [cups()], **body})
    assert answer.status_code == 422, answer.get_json()
    assert any(error["field"].startswith(field) for error in answer.get_json()["errors"])


def test_a_receipt_that_nobody_knows_is_not_found(program: Program) -> None:
    assert problem(take_back(program), 404, "receipt-unknown")


def test_a_quote_records_nothing(program: Program) -> None:
    sell(program)
    exchange = {"name": "Kettle", "quantity": "1", "unit_price_fen": 2500}
    asked = {"receipt": NUMBER, "kind": "exchange", "lines": [cups("3")], "exchange_for": [exchange]}
    quote = program.post(f"{RETURNS}/quote", asked).get_json()
    assert (quote["refund_fen"], quote["pay_fen"], quote["problems"]) == (0, 1500, [])
    quote = program.post(f"{RETURNS}/quote", {**asked, "lines": [cups("4")]}).get_json()
    assert quote["lines"][0]["problem"] == quote["problems"][0]
    assert program.get(RETURNS).get_json()["returns"] == []
    done = recorded(program, cups("3"), kind="exchange", exchange_for=[exchange])
    assert (done["pay_fen"], done["refund"], done["exchange_for"][0]["name"]) == (1500, None, "Kettle")


# -- exceptions


def test_a_program_with_the_permission_allows_exceptions_with_a_reason(station: WebStation, program: Program) -> None:
    sell(program, category="生鲜")
    assert recorded(program, override={"reason": "regular customer"})["override_reason"] == "regular customer"
    clerk = station.program("returns:write", "returns:read", "receipts:read")
    answer = take_back(clerk, override={"reason": "regular customer"})
    assert answer.status_code == 403


def test_a_second_person_allows_exceptions_by_pin(station: WebStation, program: Program) -> None:
    sell(program, category="生鲜")
    supervisor = station.person(Role.SUPERVISOR)
    clerk = station.program("returns:write", "returns:read", "receipts:read")
    wrong = take_back(clerk, override={"reason": "regular customer", "user": supervisor, "pin": "000000"})
    assert wrong.status_code in (401, 422)
    returned = recorded(clerk, override={"reason": "regular customer", "user": supervisor, "pin": PIN})
    assert returned["approver"] != ""
    assert PIN not in str(returned)


def test_goods_without_a_receipt_are_refunded_by_voucher(program: Program) -> None:
    goods = {"name": "Kettle", "quantity": 1, "unit_price_fen": 4990}
    problem(program.post(RETURNS, {"goods": [goods]}), 422, "not-eligible")
    answer = program.post(RETURNS, {"goods": [goods], "override": {"reason": "bought here, manager knows"}})
    refund = answer.get_json()["refund"]
    assert (refund["refund_to"], refund["amount_fen"], refund["voucher"][0], refund["voucher_until"]) == (
        "voucher",
        4990,
        "V",
        "2027-03-10",
    )


# -- void, slip, photos


def test_a_return_is_voided_once_with_a_reason(program: Program) -> None:
    sell(program)
    path = f"{RETURNS}/{recorded(program)['id']}/void"
    assert program.post(path, {"reason": ""}).status_code == 422
    voided = program.post(path, {"reason": "wrong line"}).get_json()
    assert (voided["state"], voided["void_reason"], voided["refund"]["state"]) == ("voided", "wrong line", "cancelled")
    problem(program.post(path, {"reason": "wrong line"}), 409, "return-already-voided")
    assert recorded(program, cups("3"))["refund_fen"] == 1000


def test_the_slip_is_printed_again(program: Program) -> None:
    sell(program)
    returned = recorded(program)
    answer = program.post(f"{RETURNS}/{returned['id']}/slip")
    assert answer.status_code in (202, 503)
    if answer.status_code == 202:
        assert answer.get_json()["job"] != returned["job"]


def test_photos_come_with_the_return_or_after_it(program: Program) -> None:
    sell(program)
    returned = recorded(program, photos=[base64.b64encode(picture()).decode()])
    path = f"{RETURNS}/{returned['id']}/photos"
    added = program.post_raw(path, picture(), "image/jpeg")
    assert added.status_code == 201
    assert [photo["width"] for photo in program.get(path).get_json()["photos"]] == [40, 40]
    shown = program.get(added.headers["Location"])
    assert (shown.content_type, shown.headers["Cache-Control"], shown.data[:2]) == ("image/jpeg", "no-store", b"\xff\xd8")
    assert program.get(f"{path}/4711").status_code == 404
    assert program.post_raw(path, b"text", "text/plain").status_code == 415
    assert program.post_raw(path, b"no picture", "image/jpeg").status_code == 422


# -- refunds


def test_the_point_of_sale_says_what_became_of_a_refund(station: WebStation, program: Program) -> None:
    sell(program)
    refund = recorded(program)["refund"]
    till = station.program("returns:read", "refunds:write")
    assert till.get(f"{REFUNDS}?state=pending").get_json()["refunds"] == [refund]
    path = f"{REFUNDS}/{refund['id']}"
    assert till.post(f"{path}/settle", {"state": "exported"}).status_code == 422
    settled = till.post(f"{path}/settle", {"state": "confirmed", "detail": "payment 4711"}, Idempotency_Key="k").get_json()
    assert (settled["state"], settled["detail"]) == ("confirmed", "payment 4711")
    assert till.get(path).get_json() == settled
    assert till.get(f"{REFUNDS}?state=pending").get_json()["refunds"] == []
    problem(till.post(f"{path}/settle", {"state": "failed"}), 409, "refund-settled")
    problem(till.post(f"{path}/retry"), 409, "refund-settled")
    assert till.get(f"{REFUNDS}/4711").status_code == 404
    problem(program.post(f"{RETURNS}/{refund['return_id']}/void", {"reason": "too late"}), 409, "return-cannot-be-voided")


def test_a_refund_names_the_tenders_that_it_goes_back_by(program: Program) -> None:
    sell(program, tenders=[{"kind": "wechat", "amount_fen": 1500}, {"kind": "cash", "amount_fen": 500}])
    refund = recorded(program, cups("3"))["refund"]
    assert refund["tenders"] == [{"kind": "wechat", "amount_fen": 750}, {"kind": "cash", "amount_fen": 250}]
    assert refund["currency"] == "CNY"


def test_a_refund_that_failed_is_asked_for_again(program: Program) -> None:
    sell(program)
    path = f"{REFUNDS}/{recorded(program)['refund']['id']}"
    program.post(f"{path}/settle", {"state": "failed", "detail": "card expired"})
    assert program.post(f"{path}/retry").get_json()["state"] == "pending"


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", RETURNS, "receipts:read"),
        ("POST", RETURNS, "returns:read"),
        ("POST", f"{RETURNS}/quote", "returns:read"),
        ("POST", f"{RETURNS}/1/void", "returns:write"),
        ("POST", f"{RETURNS}/1/photos", "returns:read"),
        ("GET", REFUNDS, "refunds:write"),
        ("POST", f"{REFUNDS}/1/settle", "returns:approve"),
        ("POST", f"{REFUNDS}/1/retry", "returns:approve"),
    ],
)
def test_each_address_needs_its_scope(station: WebStation, method: str, path: str, scope: str) -> None:
    assert station.program(scope).send(method, path, {}).status_code == 403


def test_answers_are_as_the_description_says(program: Program) -> None:
    sell(program)
    document = program.get("/api/v1/openapi.json").get_json()
    returned = recorded(program)
    schemas = document["components"]["schemas"]
    assert violations(returned, schemas["ReturnAnswer"], document) == []
    assert violations(returned["refund"], schemas["RefundAnswer"], document) == []
