"""Feedback over HTTP: public for kiosks, once for each key, JSON alone; numbers and judgements for those who may."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kiosk.desk.actors import Role
from tests.fakes.clock import FakeClock
from tests.fakes.json_schema import violations
from tests.fakes.web_station import WebStation

KEY = "0123456789abcdef-_AZ"
SPAN = "since=2026-03-01T00:00:00Z&until=2026-04-01T00:00:00Z"


@pytest.fixture
def kiosk(station: WebStation) -> FlaskClient:
    """A browser that nobody has logged in at."""
    station.db.write(station.services.feedback.ensure_defaults)
    return station.client()


def press(kiosk: FlaskClient, rating: int = 4, **more: Any) -> TestResponse:
    headers = more.pop("headers", {})
    return kiosk.post("/api/v1/feedback", json={"survey": "satisfaction", "rating": rating, **more}, headers=headers)


def field_of(answer: TestResponse) -> str:
    assert answer.status_code == 422, answer.text
    return str(answer.get_json()["errors"][0]["field"])


def test_anybody_may_press(kiosk: FlaskClient) -> None:
    answer = press(kiosk, 2, reasons=["queue"], comment="慢", key=KEY, pressed_at="2026-03-10T13:59:58+08:00")
    assert answer.status_code == 201
    body = answer.get_json()
    assert {name: body[name] for name in ("key", "survey", "version", "rating", "counted", "case")} == {
        "key": KEY,
        "survey": "satisfaction",
        "version": 1,
        "rating": 2,
        "counted": True,
        "case": None,
    }
    assert "Set-Cookie" not in answer.headers, "a kiosk's screen is not told apart"


def test_a_press_sent_again_from_another_tab_is_the_same(station: WebStation, kiosk: FlaskClient) -> None:
    first = press(kiosk, 2, key=KEY)
    again = press(station.client(), 5, key=KEY, comment="another tab")
    assert (again.status_code, again.get_json()) == (201, first.get_json())


def test_the_idempotency_key_stands_for_a_missing_key(kiosk: FlaskClient) -> None:
    for key in (KEY, "short", "x" * 200, "with spaces and {}"):
        first = press(kiosk, headers={"Idempotency-Key": key}).get_json()
        assert press(kiosk, headers={"Idempotency-Key": key}).get_json() == first
    assert press(kiosk).get_json()["id"] != press(kiosk).get_json()["id"], "without any key each is a press of its own"


def test_what_follows_needs_the_key(station: WebStation, kiosk: FlaskClient) -> None:
    press(kiosk, 1, key=KEY)
    answer = kiosk.post(f"/api/v1/feedback/{KEY}/follow-up", json={"reasons": ["price"], "comment": "牛奶过期了"})
    assert (answer.status_code, answer.get_json()["key"]) == (200, KEY)
    [seen] = station.program("feedback:read").get(f"/api/v1/feedback?{SPAN}").get_json()["presses"]
    assert "key" not in seen  # who reads it could add words in the shopper's name
    assert (seen["reasons"], seen["comment"], seen["urgent"]) == (["price"], "牛奶过期了", ["过期"])
    assert kiosk.post("/api/v1/feedback/another-key-0123456/follow-up", json={"comment": "x"}).status_code == 404


def test_a_complaint_is_answered_with_number_and_code_twice_the_same(station: WebStation, kiosk: FlaskClient) -> None:
    station.db.write(station.services.privacy.prepare)
    press(kiosk, 1, key=KEY)
    complaint = {"content": "No change given", "contact": {"phone": "13812345678"}, "consent_version": "2026-1"}
    answers = [kiosk.post(f"/api/v1/feedback/{KEY}/follow-up", json={"complaint": complaint}) for _ in range(2)]
    case = answers[0].get_json()["case"]
    assert answers[0].status_code == 200, answers[0].text
    assert (len(case["code"]), case["code"][0]) == (12, "7")
    assert answers[1].get_json()["case"] == case


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"survey": "satisfaction"}, "rating"),
        ({"rating": 3}, "survey"),
        ({"survey": "satisfaction", "rating": "3"}, "rating"),
        ({"survey": "satisfaction", "rating": 6}, "rating"),
        ({"survey": "satisfaction", "rating": 3.5}, "rating"),
        ({"survey": "nothing", "rating": 3}, "survey"),
        ({"survey": "satisfaction", "rating": 3, "comment": "x" * 10_000}, "comment"),
        ({"survey": "satisfaction", "rating": 3, "comment": 7}, "comment"),
        ({"survey": "satisfaction", "rating": 3, "reasons": ["weather"]}, "reasons[0]"),
        ({"survey": "satisfaction", "rating": 3, "reasons": "queue"}, "reasons"),
        ({"survey": "satisfaction", "rating": 3, "language": "fr"}, "language"),
        ({"survey": "satisfaction", "rating": 3, "pressed_at": "yesterday"}, "pressed_at"),
        ({"survey": "satisfaction", "rating": 3, "pressed_at": "2026-03-10T14:00:00"}, "pressed_at"),
        ({"survey": "satisfaction", "rating": 3, "key": "short"}, "key"),
        ({"survey": "satisfaction", "rating": 3, "rating_request": 7}, "rating_request"),
        ({"survey": "satisfaction", "rating": 3, "starz": 7}, "starz"),
    ],
)
def test_a_wrong_press_is_refused_by_field(kiosk: FlaskClient, body: dict[str, Any], field: str) -> None:
    answer = kiosk.post("/api/v1/feedback", json=body)
    assert field_of(answer) == field
    assert len(answer.data) < 2000, "an over-long comment is not sent back"


def test_no_form_of_another_site_can_press(station: WebStation, kiosk: FlaskClient) -> None:
    body = b'{"survey": "satisfaction", "rating": 1}'
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        assert kiosk.post("/api/v1/feedback", data=body, content_type=content_type).status_code == 415
        assert kiosk.post(f"/api/v1/feedback/{KEY}/follow-up", data=b"{}", content_type=content_type).status_code == 415
    assert station.program().get(f"/api/v1/feedback/totals?{SPAN}").get_json()["raw"] == 0


def test_a_program_presses_as_a_program(station: WebStation, kiosk: FlaskClient) -> None:
    program = station.program("feedback:read")
    assert program.post("/api/v1/feedback", {"survey": "satisfaction", "rating": 3}).status_code == 201
    assert program.get(f"/api/v1/feedback?{SPAN}").get_json()["presses"][0]["source"] == "api"
    assert press(kiosk, headers={"Authorization": "Bearer nonsense"}).status_code == 401


def test_presses_of_eight_threads_under_eight_keys_are_eight(station: WebStation, kiosk: FlaskClient) -> None:
    def send(number: int) -> int:
        return int(press(station.client(), key=f"{KEY}{number % 8}").get_json()["id"])

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(send, range(64)))) == 8


# -- staff


def test_numbers_are_for_those_who_may_read_them(station: WebStation, kiosk: FlaskClient, clock: FakeClock) -> None:
    for rating in (5, 1):
        press(kiosk, rating, reasons=["price"])
        clock.advance(60)
    program = station.program("feedback:read")
    totals = program.get(f"/api/v1/feedback/totals?{SPAN}").get_json()
    assert (totals["raw"], totals["counted"], totals["index"], totals["negative_share"]) == (2, 2, 50.0, 0.5)
    for by, key in (("day", "2026-03-10"), ("hour", "14"), ("reason", "price"), ("station", "desk-1")):
        [row] = program.get(f"/api/v1/feedback/reports?by={by}&{SPAN}").get_json()["rows"]
        assert (row["key"], row["raw"]) == (key, 2)
    assert program.get("/api/v1/feedback/totals").get_json()["raw"] == 2, "the last 30 days, when nobody says since when"
    assert len(program.get("/api/v1/feedback").get_json()["presses"]) == 2
    stranger = station.program("bags:read")
    for path in ("", "/totals", "/reports", "/1", "/words"):
        assert stranger.get(f"/api/v1/feedback{path}").status_code == 403
        assert kiosk.get(f"/api/v1/feedback{path}").status_code == 401


def test_wrong_questions_are_refused_by_field(station: WebStation, kiosk: FlaskClient) -> None:
    program = station.program("feedback:read")
    assert field_of(program.get("/api/v1/feedback/totals?since=yesterday")) == "since"
    assert field_of(program.get(f"/api/v1/feedback/reports?by=colour&{SPAN}")) == "by"
    assert field_of(program.get(f"/api/v1/feedback?limit=501&{SPAN}")) == "limit"
    assert field_of(program.get("/api/v1/feedback/totals?since=2026-03-01T00:00:00&until=2026-04-01T00:00:00Z")) == "since"
    assert field_of(program.get(f"/api/v1/feedback?before=99&{SPAN}")) == "before_id"


def test_a_flag_is_set_and_lifted(station: WebStation, kiosk: FlaskClient) -> None:
    number = press(kiosk, 1).get_json()["id"]
    program = station.program("feedback:read", "feedback:write")
    flagged = program.post(f"/api/v1/feedback/{number}/flags", {"reason": "training"}).get_json()
    assert (flagged["counted"], flagged["flags"][0]["text"]) == (False, "training")
    lifted = program.post(f"/api/v1/feedback/flags/{flagged['flags'][0]['id']}/lift", {"reason": "a shopper"})
    assert lifted.get_json()["counted"] is True
    again = program.post(f"/api/v1/feedback/flags/{flagged['flags'][0]['id']}/lift", {"reason": "a shopper"})
    assert (again.status_code, again.get_json()["type"]) == (409, "/problems/flag-lifted")
    assert station.program("feedback:read").post(f"/api/v1/feedback/{number}/flags", {"reason": "x"}).status_code == 403


def test_surveys_are_read_saved_and_ended(station: WebStation, kiosk: FlaskClient, clock: FakeClock) -> None:
    assert kiosk.get("/api/v1/surveys/current").get_json()["survey"]["survey"]["slug"] == "satisfaction"
    assert kiosk.get("/api/v1/surveys/current?counter=true").get_json()["survey"]["survey"]["slug"] == "service"
    program = station.program("feedback:read", "feedback:write")
    clock.advance(1)
    saved = program.post("/api/v1/surveys", {"slug": "autumn", "question": {"zh": "好？", "en": "Good?"}, "reasons": []})
    assert (saved.status_code, saved.headers["Location"]) == (201, "/api/v1/surveys/autumn")
    assert kiosk.get("/api/v1/surveys/current").get_json()["survey"]["survey"]["slug"] == "autumn"
    assert program.post("/api/v1/surveys/autumn/end", {}).get_json()["ended"] is True
    assert len(program.get("/api/v1/surveys").get_json()["surveys"]) == 3
    assert program.get("/api/v1/surveys/autumn/versions").get_json()["surveys"][0]["version"] == 1
    assert program.get("/api/v1/surveys/nothing").status_code == 404
    assert field_of(program.post("/api/v1/surveys", {"slug": "x", "question": {}})) == "question.zh"
    # An address of its own would hide such a survey for good.
    assert field_of(program.post("/api/v1/surveys", {"slug": "current", "question": {"zh": "好？", "en": "Good?"}})) == "slug"
    assert kiosk.get("/api/v1/surveys").status_code == 401


def test_urgent_words_are_read_and_replaced(station: WebStation, kiosk: FlaskClient) -> None:
    program = station.program("feedback:read", "feedback:write")
    assert "fire" in program.get("/api/v1/feedback/words").get_json()["words"]
    assert program.post("/api/v1/feedback/words", {"words": ["停电"]}).get_json()["words"] == ["停电"]
    assert field_of(program.post("/api/v1/feedback/words", {"words": ["ok", "!"]})) == "words[1]"


def test_a_rating_is_asked_for_at_a_known_counter(station: WebStation, kiosk: FlaskClient) -> None:
    program = station.program("feedback:ask")
    assert program.post("/api/v1/ratings", {"counter": "desk-z"}).status_code == 404
    own = program.get("/api/v1/ratings/own").get_json()
    assert (own["received"], own["needed"], own["index"]) == (0, 10, None)
    assert station.browser(Role.BAG_CHECK).client.get("/api/v1/ratings/own").status_code == 403


def test_what_is_answered_is_what_is_described(station: WebStation, kiosk: FlaskClient) -> None:
    program = station.program()
    document: dict[str, Any] = program.get("/api/v1/openapi.json").get_json()
    number = press(kiosk, 1, key=KEY, comment="fire").get_json()["id"]
    calls = [
        ("post", "/api/v1/feedback", press(kiosk)),
        ("post", "/api/v1/feedback", press(kiosk, 9)),
        ("post", "/api/v1/feedback/{key}/follow-up", kiosk.post(f"/api/v1/feedback/{KEY}/follow-up", json={})),
        ("get", "/api/v1/feedback", program.get(f"/api/v1/feedback?{SPAN}")),
        ("get", "/api/v1/feedback/{press_id}", program.get(f"/api/v1/feedback/{number}")),
        ("get", "/api/v1/feedback/totals", program.get(f"/api/v1/feedback/totals?{SPAN}")),
        ("get", "/api/v1/feedback/reports", program.get(f"/api/v1/feedback/reports?by=day&{SPAN}")),
        ("get", "/api/v1/surveys", program.get("/api/v1/surveys")),
        ("get", "/api/v1/surveys/current", kiosk.get("/api/v1/surveys/current")),
    ]
    for method, path, answer in calls:
        described = document["paths"][path][method]["responses"][str(answer.status_code)]
        assert violations(answer.get_json(), described["content"][answer.mimetype]["schema"], document) == [], f"{method} {path}"
