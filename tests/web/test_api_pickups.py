"""Pickup lists for programs: what waits, gather, count, sign in one's own name, and who keeps what."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from kiosk.desk.actors import SYSTEM, Role
from kiosk.desk.returns.policy.views import Condition, Packaging
from kiosk.desk.returns.views import ReturnedLine
from tests.desk.goods.goods_world import SIGNATURE, returned
from tests.fakes.web_station import PIN, Program, WebStation

PICKUPS = "/api/v1/pickups"
STROKES: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(SIGNATURE))
KETTLES = "6901234567892"


@pytest.fixture
def program(station: WebStation) -> Program:
    return station.program()


@pytest.fixture
def gathered(station: WebStation, program: Program) -> dict[str, Any]:
    """A list with two kettles and some apples of the same department."""
    goods = [("Kettle", KETTLES, "2"), ("Lamp", "200", "1")]
    lines = [
        ReturnedLine(place, None, code, name, "家电", Decimal(quantity), 0, "", Condition.OPENED, Packaging.OPENED, "")
        for place, (name, code, quantity) in enumerate(goods, start=1)
    ]
    view = returned(1, lines, station.clock.now())
    station.db.write(lambda session: station.services.pickups.take_over(session, SYSTEM, view))
    answer = program.post(PICKUPS, {"department": "家电 Appliances"})
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{PICKUPS}/{answer.get_json()['id']}"
    return dict(answer.get_json())


def test_what_waits_and_the_lists_are_told_without_signatures(program: Program, gathered: dict[str, Any]) -> None:
    told = program.get(PICKUPS).get_json()
    [waiting] = told["waiting"]
    assert (waiting["department"], waiting["items"], waiting["open_list"]) == ("家电 Appliances", 2, gathered["id"])
    [pickup] = told["pickups"]
    assert (pickup["number"], pickup["state"], pickup["signature"]) == (gathered["number"], "open", None)
    assert [(item["name"], item["quantity"], item["found"]) for item in pickup["items"]] == [("Kettle", "2", None), ("Lamp", "1", None)]


def test_a_list_is_counted_signed_and_kept(program: Program, gathered: dict[str, Any]) -> None:
    at = f"{PICKUPS}/{gathered['id']}"
    assert program.post(f"{at}/sign", {"strokes": STROKES}).get_json()["type"].endswith("pickup-not-checked")
    program.post(f"{at}/scan", {"code": KETTLES})
    counted = program.post(f"{at}/scan", {"code": KETTLES}).get_json()
    assert counted["items"][0]["found"] == "2"
    assert program.post(f"{at}/scan", {"code": KETTLES}).status_code == 409
    assert program.post(f"{at}/scan", {"code": "999"}).status_code == 404
    lamp = gathered["items"][1]["id"]
    assert program.post(f"{at}/items/{lamp}", {"found": "0"}).status_code == 422
    assert program.post(f"{at}/items/{lamp}", {"found": "2"}).status_code == 422
    program.post(f"{at}/items/{lamp}", {"found": "0", "difference": "broken and thrown away"})
    signed = program.post(f"{at}/sign", {"strokes": STROKES})
    assert signed.status_code == 200
    answer = signed.get_json()
    assert (answer["state"], answer["signature"]) == ("signed", STROKES)
    assert [item["holder"] for item in answer["items"]] == [answer["signed_by"], "missing"]
    assert program.get(at).get_json() == answer
    assert program.post(f"{at}/sign", {"strokes": STROKES}).status_code == 409
    [kettle] = program.get(f"{PICKUPS}/held?holder={answer['signed_by']}").get_json()["items"]
    history = program.get(f"{PICKUPS}/goods/{kettle['id']}").get_json()["history"]
    assert [step["action"] for step in history] == ["taken-back", "gathered", "scanned", "scanned", "signed"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"strokes": None},
        {"strokes": {"height": 400, "strokes": []}},
        {"strokes": {"height": 400, "strokes": [[[1, 1, 0]]]}},
        {"strokes": {"height": 400, "strokes": [[[1, 1]]]}},
        {"strokes": STROKES, "name": "somebody else"},
    ],
)
def test_nothing_is_signed_without_strokes(program: Program, gathered: dict[str, Any], body: dict[str, Any]) -> None:
    at = f"{PICKUPS}/{gathered['id']}"
    for item in gathered["items"]:
        program.post(f"{at}/items/{item['id']}", {"found": item["quantity"]})
    assert program.post(f"{at}/sign", body).status_code in (400, 422)
    assert program.get(at).get_json()["state"] == "checking"


def test_the_same_key_signs_once(program: Program, gathered: dict[str, Any]) -> None:
    at = f"{PICKUPS}/{gathered['id']}"
    for item in gathered["items"]:
        program.post(f"{at}/items/{item['id']}", {"found": item["quantity"]})
    first, again = (program.post(f"{at}/sign", {"strokes": STROKES}, Idempotency_Key="sign-this-list-1") for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.get_json() == again.get_json()


def test_a_person_at_a_session_proves_again_who_they_are(station: WebStation, program: Program, gathered: dict[str, Any]) -> None:
    at = f"{PICKUPS}/{gathered['id']}"
    for item in gathered["items"]:
        program.post(f"{at}/items/{item['id']}", {"found": item["quantity"]})
    boss = station.browser(Role.SUPERVISOR)
    assert boss.post(f"{at}/sign", {"strokes": STROKES}).status_code == 422
    assert boss.post(f"{at}/sign", {"strokes": STROKES, "pin": "000000"}).status_code == 401
    assert boss.post(f"{at}/sign", {"strokes": STROKES, "pin": PIN}).status_code == 200


def test_each_call_needs_its_permission(station: WebStation, gathered: dict[str, Any]) -> None:
    at = f"{PICKUPS}/{gathered['id']}"
    reader = station.program("returns:read")
    assert reader.get(PICKUPS).status_code == 200
    assert reader.post(PICKUPS, {"department": "x"}).status_code == 403
    assert reader.post(f"{at}/dissolve").status_code == 403
    clerk = station.program("returns:read", "returns:write")
    assert clerk.post(f"{at}/sign", {"strokes": STROKES}).status_code == 403
    assert station.program("bags:read").get(at).status_code == 403


def test_a_dissolved_list_is_told_of(program: Program, gathered: dict[str, Any]) -> None:
    at = f"{PICKUPS}/{gathered['id']}"
    assert program.post(f"{at}/dissolve").get_json()["state"] == "dissolved"
    assert program.post(f"{at}/dissolve").status_code == 409
    assert program.get(f"{PICKUPS}/999").status_code == 404
