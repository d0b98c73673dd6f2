"""The return policy over the API: read, tried out on goods, saved as a new version."""

from typing import Any

import pytest

from kiosk.desk.returns.policy import defaults
from tests.fakes.web_station import WebStation

POLICY = "/api/v1/return-policy"
NO_FRESH: dict[str, Any] = {
    "rows": [{"outcome": "refuse", "categories": ["生鲜"], "reason": {"zh": "生鲜不退。", "en": "No fresh goods."}}],
    "return_days": 3,
}


def test_the_policy_that_counts_is_read_and_so_is_each_version(station: WebStation) -> None:
    program = station.program("returns:read")
    current = program.get(POLICY).get_json()
    assert (current["version"], current["policy"]["return_days"], current["saved_by"]) == (1, 7, "system")
    assert len(current["policy"]["rows"]) == len(defaults.ROWS)
    assert program.get(f"{POLICY}/1").get_json() == current
    assert program.get(f"{POLICY}/versions").get_json() == {"versions": [current]}
    for number in ("2", "0", "9223372036854775807"):
        assert program.get(f"{POLICY}/{number}").status_code == 404
    assert program.get(f"{POLICY}/versions?limit=0").status_code == 422


def test_a_saved_policy_is_a_new_version_once_under_one_key(station: WebStation) -> None:
    program = station.program("returns:manage", "returns:read")
    body = {"policy": NO_FRESH, "based_on": 1, "note": "By the head office"}
    answer = program.post(POLICY, body, Idempotency_Key="one")
    assert (answer.status_code, answer.headers["Location"]) == (201, f"{POLICY}/2")
    again = program.post(POLICY, body, Idempotency_Key="one")
    assert (again.get_json(), again.headers["Idempotency-Replayed"]) == (answer.get_json(), "true")
    assert program.get(POLICY).get_json() == answer.get_json()
    assert [version["note"] for version in program.get(f"{POLICY}/versions").get_json()["versions"]] == ["By the head office", ""]


def test_examples_that_would_be_judged_otherwise_are_named_until_that_is_meant(station: WebStation) -> None:
    program = station.program("returns:manage", "returns:read")
    policy = program.get(POLICY).get_json()["policy"] | {"return_days": 90}
    refused = program.post(POLICY, {"policy": policy, "based_on": 1})
    assert (refused.status_code, refused.get_json()["type"].rpartition("/")[2]) == (409, "return-policy-examples")
    assert [error["field"] for error in refused.get_json()["errors"]] == ["examples[1]"]
    assert program.post(POLICY, {"policy": policy, "based_on": 1, "turn_examples": True}).status_code == 201


def test_a_version_that_does_not_count_any_more_is_no_ground_to_save_on(station: WebStation) -> None:
    program = station.program("returns:manage")
    assert program.post(POLICY, {"policy": NO_FRESH, "based_on": 1}).status_code == 201
    answer = program.post(POLICY, {"policy": NO_FRESH | {"return_days": 4}, "based_on": 1})
    problem = answer.get_json()
    assert (answer.status_code, problem["type"].rpartition("/")[2], problem["version"]) == (409, "return-policy-moved", 2)


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        (NO_FRESH | {"return_days": -1}, "return_days"),
        (NO_FRESH | {"rows": [NO_FRESH["rows"][0] | {"reason": {"zh": "不退。"}}]}, "rows[0].reason.en"),
        (NO_FRESH | {"rows": NO_FRESH["rows"] * 2}, "rows[1]"),
        (NO_FRESH | {"rows": [NO_FRESH["rows"][0] | {"needs": ["serial"]}]}, "rows[0].needs"),
        (NO_FRESH | {"rows": [{"outcome": "maybe", "reason": {}}]}, "policy.rows[0].outcome"),
        (NO_FRESH | {"rules": []}, "policy"),
    ],
)
def test_what_is_wrong_is_named_by_row_and_field(station: WebStation, policy: dict[str, Any], field: str) -> None:
    answer = station.program("returns:manage").post(POLICY, {"policy": policy, "based_on": 1})
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.get_json()["errors"]]


def test_goods_are_tried_on_the_policy_that_counts(station: WebStation) -> None:
    program = station.program("returns:read")
    facts = {"kind": "return", "days": 2, "category": "家电/小家电", "condition": "faulty", "sold_on": "2026-03-08"}
    answer = program.post(f"{POLICY}/try", {"facts": facts}, Accept_Language="en").get_json()
    assert (answer["allowed"], answer["row"], answer["days_left"], answer["needs"]) == (True, 12, 5, ["appliance-test", "serial"])
    assert answer["reason"].startswith("A faulty appliance can be taken back")
    assert "Mar 15, 2026" in answer["reason"]
    chinese = program.post(f"{POLICY}/try", {"facts": facts}, Accept_Language="zh").get_json()
    assert chinese["reason"].startswith("家电有质量问题")
    unseen = program.post(f"{POLICY}/try", {"facts": {"kind": "return", "days": 0, "category": "个护"}}).get_json()
    assert unseen["open_questions"] == ["condition", "packaging"]


def test_goods_are_tried_on_a_policy_that_is_not_saved(station: WebStation) -> None:
    program = station.program("returns:read")
    answer = program.post(f"{POLICY}/try", {"facts": {"kind": "return", "days": 4}, "policy": NO_FRESH}).get_json()
    assert (answer["allowed"], answer["row"], answer["days_left"]) == (False, None, -1)
    assert (
        program.post(f"{POLICY}/try", {"facts": {"kind": "return", "days": 4}, "policy": {"rows": [], "return_days": -1}}).status_code
        == 422
    )
    assert program.post(f"{POLICY}/try", {"facts": {"kind": "return", "days": 0, "colour": "red"}}).status_code == 422
    assert program.get(POLICY).get_json()["version"] == 1


def test_whoever_may_read_returns_may_not_change_their_policy(station: WebStation) -> None:
    assert (
        station.program("returns:read", "returns:write", "returns:approve").post(POLICY, {"policy": NO_FRESH, "based_on": 1}).status_code
        == 403
    )
    assert station.program("receipts:read").get(POLICY).status_code == 403
