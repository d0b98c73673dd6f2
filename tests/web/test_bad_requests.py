"""Bad input over HTTP: each gets an answer that names what is wrong and what to do, and nothing is lost or done."""

import json

import pytest

from kiosk.desk.bags.codes import luhn_digit
from tests.fakes.web_station import Program, WebStation

TAKE_IN = "/api/v1/bags"
RELEASE = "/api/v1/bags/release"


@pytest.fixture
def program(station: WebStation) -> Program:
    station.shelve()
    return station.program()


@pytest.mark.parametrize("pieces", [0, 10, -1, 1.5, "2", None, True, [1], 10**30])
def test_wrong_pieces_are_named_with_their_value_and_the_remedy(program: Program, pieces: object) -> None:
    answer = program.post(TAKE_IN, {"pieces": pieces}, Accept_Language="en")
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    (error,) = answer.get_json()["errors"]
    assert error["field"] == "pieces"
    assert error["message"] == "must be a whole number from 1 to 9"


def test_every_wrong_field_is_named_at_once(program: Program) -> None:
    answer = program.post(TAKE_IN, {"pieces": 0, "note": 7, "slott": "A01"}, Accept_Language="en")
    errors = {error["field"]: error["message"] for error in answer.get_json()["errors"]}
    assert set(errors) == {"pieces", "note", "slott"}
    assert "did you mean slot?" in errors["slott"]


def test_a_request_that_is_all_wrong_is_answered_shortly(program: Program) -> None:
    answer = program.post(TAKE_IN, {f"f{number}": 0 for number in range(4000)})
    assert answer.status_code == 422
    assert len(answer.get_json()["errors"]) <= 21
    assert len(answer.data) < 10_000


@pytest.mark.parametrize("note", [[10**30], {"a": -(10**30)}, 10**30, [[[1e300]]]])
def test_numbers_beyond_64_bits_are_wrong_like_any_other_value(program: Program, note: object) -> None:
    body = json.dumps({"pieces": 1, "note": note}).encode()
    for headers in ({}, {"Idempotency_Key": "1"}, {"Idempotency_Key": "1"}):
        answer = program.post_raw(TAKE_IN, body, "application/json", **headers)
        assert answer.status_code == 422
        assert [error["field"] for error in answer.get_json()["errors"]] == ["note"]


def test_a_field_that_resembles_none_is_answered_with_the_known_ones(program: Program) -> None:
    (error,) = program.post(TAKE_IN, {"pieces": 1, "zzz": 1}, Accept_Language="en").get_json()["errors"]
    assert error["message"] == "is not known; known are: note, pieces, slot"


def test_a_missing_field_says_what_it_must_be(program: Program) -> None:
    (error,) = program.post(TAKE_IN, {}, Accept_Language="en").get_json()["errors"]
    assert error == {"field": "pieces", "value": None, "message": "is missing; it must be a whole number from 1 to 9"}


@pytest.mark.parametrize(
    ("body", "line", "column"),
    [
        (b'{"pieces": 2', 1, 13),
        (b'{"pieces":\n  nope}', 2, None),
        (b'{"pieces": NaN}', 1, None),
        (b'{"pieces": 2} {}', 1, None),
        (b'{"note": "\xff"}', 1, 11),
        (b'{"note": "\\ud800"}', 1, None),
        (b"pieces=2", 1, 1),
    ],
)
def test_a_body_that_is_no_json_is_answered_with_the_place(program: Program, body: bytes, line: int, column: int | None) -> None:
    answer = program.post_raw(TAKE_IN, body, "application/json")
    assert answer.status_code == 400
    problem = answer.get_json()
    assert problem["type"] == "/problems/bad-request"
    assert problem["line"] == line
    if column is not None:
        assert problem["column"] == column


@pytest.mark.parametrize("body", [b"", b"  ", b"[" * 60_000])
def test_an_empty_or_bottomless_body_is_refused(program: Program, body: bytes) -> None:
    assert program.post_raw(TAKE_IN, body, "application/json").status_code == 400


@pytest.mark.parametrize("body", [b"[]", b"2", b'"two"', b"null"])
def test_json_that_is_no_object_is_refused_with_an_example(program: Program, body: bytes) -> None:
    answer = program.post_raw(TAKE_IN, body, "application/json")
    assert answer.status_code == 422
    assert "pieces" in answer.get_json()["remedy"]


def test_a_form_is_no_json(program: Program) -> None:
    answer = program.post_raw(TAKE_IN, b"pieces=2", "application/x-www-form-urlencoded")
    assert answer.status_code == 415
    assert answer.get_json()["status"] == 415


def test_a_note_of_ten_thousand_characters_is_refused(program: Program) -> None:
    answer = program.post(TAKE_IN, {"pieces": 1, "note": "长" * 10_000})
    assert answer.status_code == 422
    (error,) = answer.get_json()["errors"]
    assert error["field"] == "note"
    assert len(error["value"]) < 300


@pytest.mark.parametrize("note", ["\x1b@\x00\x1d(k", "👜👜🏽", "𠮷野家 㐀", "a\r\nb", "‮RTL", "<script>alert(1)</script>"])
def test_any_note_is_kept_or_refused_but_never_breaks_anything(program: Program, note: str) -> None:
    answer = program.post(TAKE_IN, {"pieces": 1, "note": note})
    assert answer.status_code in (201, 422)
    if answer.status_code == 201:
        assert "\x00" not in program.get(f"/api/v1/bags/{answer.get_json()['id']}").get_json()["note"]


def test_a_body_beyond_the_limit_is_refused(program: Program) -> None:
    answer = program.post_raw(TAKE_IN, b'{"pieces": 1, "note": "' + b"x" * 270_000 + b'"}', "application/json")
    assert answer.status_code == 413
    assert answer.get_json()["type"] == "/problems/too-large"


@pytest.mark.parametrize("code", ["", "x", "6901234567892", "123", "8" * 14, "8123456789012٣", "' OR 1=1 --", "\x00"])
def test_a_foreign_or_malformed_code_releases_nothing(program: Program, code: str) -> None:
    answer = program.post(RELEASE, {"code": code})
    assert answer.status_code == 422
    assert answer.get_json()["detail"]


def test_an_unknown_code_is_not_found(program: Program) -> None:
    body = "8123456789012"
    answer = program.post(RELEASE, {"code": body + str(luhn_digit(body))})
    assert answer.status_code == 404
    assert answer.get_json()["type"] == "/problems/bag-code-unknown"


def test_guessing_codes_is_throttled(program: Program) -> None:
    body = "8123456789012"
    for _ in range(20):
        program.post(RELEASE, {"code": body + str(luhn_digit(body))})
    answer = program.post(RELEASE, {"code": body + str(luhn_digit(body))})
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


def test_a_second_release_says_who_gave_it_back_and_when(station: WebStation, program: Program) -> None:
    taken = program.post(TAKE_IN, {"pieces": 1}).get_json()
    station.print_out(taken["job"])
    assert program.post(RELEASE, {"code": taken["code"]}).status_code == 200
    answer = program.post(RELEASE, {"code": taken["code"]})
    assert answer.status_code == 409
    problem = answer.get_json()
    assert problem["type"] == "/problems/bag-already-released"
    assert problem["released_by"]
    assert problem["released_at"].startswith("2026-03-10")


def test_full_shelves_are_a_conflict_and_take_nothing_in(program: Program) -> None:
    for _ in range(3):
        assert program.post(TAKE_IN, {"pieces": 1}).status_code == 201
    assert program.post(TAKE_IN, {"pieces": 1}).status_code == 409
    assert len(program.get("/api/v1/bags").get_json()["bags"]) == 3


@pytest.mark.parametrize(
    "path", ["/api/v1/bags/0", "/api/v1/bags/-1", "/api/v1/bags/99999999999999999999999", "/api/v1/bags/x", "/api/v1/bag"]
)
def test_an_address_that_names_nothing_is_not_found(program: Program, path: str) -> None:
    answer = program.get(path)
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"


def test_a_wrong_method_names_the_right_ones(program: Program) -> None:
    answer = program.get("/api/v1/bags/release/../release")
    assert answer.status_code in (404, 405)
    answer = program.post("/api/v1/devices")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("query", ["state=nonsense", "limit=0", "limit=501", "limit=x", "stat=stored", "before=0", "limit=1&limit=2"])
def test_a_wrong_query_is_named(program: Program, query: str) -> None:
    answer = program.get(f"/api/v1/bags?{query}")
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["field"] == query.partition("=")[0]


def test_nothing_of_a_fault_is_shown_but_its_number(station: WebStation, caplog: pytest.LogCaptureFixture) -> None:
    answer = station.client().get("/probe/boom", headers={"Accept": "application/json"})
    assert answer.status_code == 500
    problem = answer.get_json()
    assert "secret detail" not in answer.text
    assert problem["incident"] in caplog.text
    assert "secret detail" in caplog.text


def test_a_person_gets_a_page_and_no_traceback(station: WebStation) -> None:
    answer = station.client().get("/probe/boom", headers={"Accept": "text/html"})
    assert answer.status_code == 500
    assert answer.mimetype == "text/html"
    assert "Traceback" not in answer.text
    assert "secret detail" not in answer.text


def test_a_full_disk_is_said_and_may_be_tried_again(station: WebStation) -> None:
    answer = station.client().get("/probe/full", headers={"Accept": "application/json"})
    assert answer.status_code == 503
    assert answer.get_json()["type"] == "/problems/storage"
    assert answer.headers["Retry-After"] == "2"


def test_a_damaged_database_file_is_said_and_no_fault_of_the_program(station: WebStation, program: Program) -> None:
    station.db.engine.dispose()
    station.db.lock_engine.dispose()
    file = station.folder / "kiosk.db"
    for part in ("-wal", "-shm"):
        file.with_name(file.name + part).unlink(missing_ok=True)
    file.write_bytes(b"x" * file.stat().st_size)
    for answer in (program.get("/api/v1/bags"), program.post(TAKE_IN, {"pieces": 1})):
        assert answer.status_code == 503
        assert answer.get_json()["type"] == "/problems/storage"
