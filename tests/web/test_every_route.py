"""Every address of the product, with whatever a broken or hostile client may send: an answer in our own form, never a fault."""

import json
import logging
import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from kiosk.desk.actors import Role
from tests.fakes.web_station import Browser, Program, WebStation

# Each is tried as every value of an address, a query and a form.
VALUES = [
    "",
    "0",
    "-1",
    "1",
    "9223372036854775807",
    "9223372036854775808",
    "1e400",
    "nan",
    "\x00",
    "\ud7ff\ufffe",
    "𠮷👜",
    "%n%s%(x)s{0}",
    "'\"<b>",
    "9" * 5000,
]
# Names of fields of any form or query.
FIELDS = re.findall(
    r"\w+",
    "pieces note slot code reason scan outcome job pin again old new_pin name role label labels number found kind "
    "description identity approver user badge next page q day since before limit state lang language station device "
    "content occurred_at call_back_at owner_id department product receipt severity text how reply outcome waiting_for call_back "
    "consent written statutory said_zh did_zh "
    "until till amount_fen product member number_part store",
)
BODIES = [
    b"{}",
    b"[]",
    b"[{}, 7, null]",
    b"null",
    b'{"pieces": 9223372036854775808, "code": null, "outcome": [], "reason": {}, "number": 1.5}',
    b'{"pieces": 1, "pieces": true, "note": "\\u0000", "slot": "' + b"x" * 5000 + b'"}',
    b"\xff",
    b"",
]


def routes(station: WebStation, method: str) -> Iterator[Rule]:
    for rule in station.app.url_map.iter_rules():
        if method in (rule.methods or ()) and not rule.rule.startswith("/probe"):
            yield rule


def addresses(rule: Rule) -> Iterator[str]:
    """The addresses of *rule* with each of the values in all of its places."""
    for value in ["1", "999", *VALUES] if rule.arguments else ["1"]:
        path = "".join(quote(value, safe="", errors="replace") if dynamic else part for dynamic, part in rule._trace if part != "|")
        yield path or "/"


def assert_is_an_answer(answer: TestResponse, what: str) -> None:
    assert answer.status_code < 500 or answer.status_code == 503, f"{what}: {answer.status_code} {answer.text[:300]}"
    assert "Content-Security-Policy" in answer.headers, what
    assert "Traceback" not in answer.text, what
    if answer.status_code >= 400 and what.split()[1].startswith("/api/"):
        assert answer.content_type == "application/problem+json", what
        assert answer.request.method == "HEAD" or answer.get_json()["title"], what


@pytest.fixture(params=[Role.MANAGER, None], ids=lambda role: role.value if role else "stranger")
def browser(request: pytest.FixtureRequest, station: WebStation) -> Browser:
    """Somebody of each kind who is logged in, and nobody."""
    station.shelve()
    if request.param is not None:
        return station.browser(request.param)
    stranger = Browser(station.client())
    stranger.open_page()
    return stranger


def test_looking_anywhere_with_anything_is_answered(station: WebStation, browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    for rule in routes(station, "GET"):
        for path in addresses(rule):
            answer = browser.client.get(path)
            assert_is_an_answer(answer, f"GET {path}")
            answer.close()
        for value in VALUES:
            path = next(iter(addresses(rule)))
            answer = browser.client.get(path, query_string=dict.fromkeys(FIELDS, value))
            assert_is_an_answer(answer, f"GET {path} {value!r}")
            answer.close()
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_sending_anything_to_any_form_is_answered(station: WebStation, browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    for rule in routes(station, "POST"):
        if rule.rule.startswith("/api/") or rule.endpoint == "login.leave":
            continue
        for value in VALUES:
            form = {**dict.fromkeys(FIELDS, value), "csrf_token": browser.csrf, "idempotency_key": f"{rule.rule} {VALUES.index(value)}"}
            path = next(iter(addresses(rule)))
            assert_is_an_answer(browser.client.post(path, data=form), f"POST {path} {value!r}")
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_sending_any_body_to_any_resource_is_answered(station: WebStation, caplog: pytest.LogCaptureFixture) -> None:
    station.shelve()
    program = station.program()
    for rule in routes(station, "POST"):
        if not rule.rule.startswith("/api/"):
            continue
        for path in addresses(rule):
            for number, body in enumerate(BODIES):
                answer = program.post_raw(path, body, "application/json", Idempotency_Key=str(number % 3))
                assert_is_an_answer(answer, f"POST {path} {body[:40]!r}")
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_each_method_is_answered_at_each_address(station: WebStation) -> None:
    program = Program(station.client(), station.token())
    for rule in station.app.url_map.iter_rules():
        path = next(iter(addresses(rule)))
        if path.startswith("/probe"):
            continue
        for method in ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "NONSENSE"):
            answer = program._client.open(path, method=method, headers=program._headers)
            assert_is_an_answer(answer, f"{method} {path}")
            assert answer.status_code in (200, 303, 400, 401, 404, 405, 422, 503), f"{method} {path}"
            answer.close()
    assert json.loads(program.get("/healthz").text)["status"] == "ok"
