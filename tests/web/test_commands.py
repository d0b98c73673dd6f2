"""Idempotency keys: the same request gives the same answer and changes nothing twice."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from kiosk.db import Database
from kiosk.desk.bags.models import Deposit
from kiosk.events import Event, EventBus
from kiosk.web.idempotency import IdempotencyRecord, purge_answers
from tests.fakes.clock import FakeClock
from tests.fakes.postgres import PostgresServer
from tests.fakes.web_station import Browser, Program, WebStation

KEY = {"Idempotency_Key": "6f9b"}


@pytest.fixture
def station(database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path) -> WebStation:
    """On both databases: the promise of a key is kept by the transaction."""
    return WebStation(database, bus, clock, tmp_path)


@pytest.fixture
def program(station: WebStation) -> Program:
    station.shelve()
    return station.program()


@pytest.fixture
def told(station: WebStation) -> Iterator[list[Event]]:
    events: list[Event] = []
    end = station.bus.subscribe(events.append)
    yield events
    end()


def _deposits(station: WebStation) -> int:
    with station.db.read() as session:
        return len(session.scalars(select(Deposit.id)).all())


def test_a_repeated_take_in_gets_the_same_ticket_and_prints_nothing_more(station: WebStation, program: Program, told: list[Event]) -> None:
    first = program.post("/api/v1/bags", {"pieces": 2}, **KEY)
    events = len(told)
    second = program.post("/api/v1/bags", {"pieces": 2}, **KEY)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.data == first.data
    assert second.headers["Location"] == first.headers["Location"]
    assert second.headers["Idempotency-Replayed"] == "true"
    assert _deposits(station) == 1
    assert len(told) == events


def test_without_a_key_each_request_counts(station: WebStation, program: Program) -> None:
    for _ in range(2):
        assert program.post("/api/v1/bags", {"pieces": 1}).status_code == 201
    assert _deposits(station) == 2


def test_another_body_under_the_same_key_is_refused(station: WebStation, program: Program) -> None:
    program.post("/api/v1/bags", {"pieces": 2}, **KEY)
    other = program.post("/api/v1/bags", {"pieces": 3}, **KEY)
    assert other.status_code == 422
    assert other.get_json()["type"] == "/problems/idempotency-key-reused"
    assert _deposits(station) == 1


def test_another_address_under_the_same_key_is_refused(program: Program) -> None:
    program.post("/api/v1/bags", {"pieces": 2}, **KEY)
    assert program.post("/api/v1/bags/1/reprint", {"pieces": 2}, **KEY).status_code == 422


def test_two_programs_may_use_the_same_key(station: WebStation, program: Program) -> None:
    program.post("/api/v1/bags", {"pieces": 1}, **KEY)
    station.program().post("/api/v1/bags", {"pieces": 1}, **KEY)
    assert _deposits(station) == 2


def test_a_refusal_is_repeated_even_when_its_reason_is_gone(station: WebStation, program: Program) -> None:
    full = station.program()
    for _ in range(3):
        full.post("/api/v1/bags", {"pieces": 1})
    refused = program.post("/api/v1/bags", {"pieces": 1}, **KEY)
    assert refused.status_code == 409
    station.shelve("B01")
    again = program.post("/api/v1/bags", {"pieces": 1}, **KEY)
    assert again.get_json() == refused.get_json()
    assert program.post("/api/v1/bags", {"pieces": 1}).status_code == 201


def test_a_stored_refusal_speaks_the_language_of_whoever_repeats_it(program: Program) -> None:
    body = {"outcome": "printed"}
    texts = {
        language: program.post("/api/v1/jobs/77/resolve", body, **KEY, Accept_Language=language).get_json()
        for language in ("en", "zh", "en")
    }
    assert texts["en"]["type"] == texts["zh"]["type"] == "/problems/job-not-found"
    assert texts["en"]["title"] == "No such print job"


def test_a_refusal_undoes_what_its_request_had_begun(station: WebStation, program: Program, told: list[Event]) -> None:
    program.post("/api/v1/bags", {"pieces": 1, "slot": "Z99"}, **KEY)
    assert _deposits(station) == 0
    assert told == []


def test_a_throttled_or_forbidden_request_may_be_repeated_under_its_key(station: WebStation) -> None:
    station.shelve()
    looker = station.program("bags:read")
    assert looker.post("/api/v1/bags", {"pieces": 1}, **KEY).status_code == 403
    with station.db.read() as session:
        assert session.scalars(select(IdempotencyRecord)).all() == []


def test_a_body_that_is_no_request_leaves_the_key_free(program: Program) -> None:
    assert program.post("/api/v1/bags", {"pieces": 0}, **KEY).status_code == 422
    assert program.post("/api/v1/bags", {"pieces": 1}, **KEY).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel", "a\tb"])
def test_a_malformed_key_is_named(program: Program, station: WebStation, key: str) -> None:
    answer = program.post("/api/v1/bags", {"pieces": 1}, Idempotency_Key=key)
    assert answer.status_code == 422
    problem = answer.get_json()
    assert problem["type"] == "/problems/idempotency-key-malformed"
    assert problem["errors"][0]["field"] == "Idempotency-Key"
    assert _deposits(station) == 0


def test_a_key_of_255_characters_is_good(program: Program) -> None:
    assert program.post("/api/v1/bags", {"pieces": 1}, Idempotency_Key="k" * 255).status_code == 201


def test_answers_are_forgotten_after_a_day(station: WebStation, program: Program, clock: FakeClock) -> None:
    program.post("/api/v1/bags", {"pieces": 1}, **KEY)
    clock.advance(24 * 3600 + 1)
    program.post("/api/v1/bags", {"pieces": 2}, **KEY)
    assert _deposits(station) == 2


def test_the_purge_deletes_old_answers_alone(station: WebStation, program: Program, clock: FakeClock) -> None:
    program.post("/api/v1/bags", {"pieces": 1}, Idempotency_Key="old")
    clock.advance(20 * 3600)
    program.post("/api/v1/bags", {"pieces": 1}, Idempotency_Key="new")
    clock.advance(5 * 3600)
    assert purge_answers(station.db, clock) == 1
    with station.db.read() as session:
        assert session.scalars(select(IdempotencyRecord.key)).all() == ["new"]


def test_a_second_request_beside_the_running_first_is_told_to_wait(station: WebStation) -> None:
    browser = station.browser()
    answers = []
    # The writer is held by another unit, so that the first request is under way for as long as the test wants.
    held, entered = threading.Event(), threading.Event()

    def hold(_session: object) -> None:
        entered.set()
        assert held.wait(10)

    holder = threading.Thread(target=lambda: station.db.write(hold))
    holder.start()
    assert entered.wait(5)
    cookie = browser.cookie
    reached = threading.Event()

    def first() -> None:
        reached.set()
        answers.append(_with_cookie(station, cookie, browser.csrf))

    thread = threading.Thread(target=first)
    thread.start()
    assert reached.wait(5)
    second = None
    for _ in range(500):
        running = station.app.extensions["kiosk_idempotency"]
        if running._keys:
            second = _with_cookie(station, cookie, browser.csrf)
            break
        threading.Event().wait(0.01)
    held.set()
    thread.join()
    holder.join()
    assert second is not None
    assert second == (409, "/problems/idempotency-key-running", "1")
    assert answers[0][0] == 201


def test_the_same_key_at_two_stations_of_one_database_counts_once(
    postgres: PostgresServer, bus: EventBus, clock: FakeClock, tmp_path: Path
) -> None:
    with postgres.fresh_database() as url, ExitStack() as stack:
        first, second = (
            WebStation(stack.enter_context(closing(Database(url, clock=clock, bus=bus))), bus, clock, tmp_path / name) for name in "ab"
        )
        token = first.token()
        # The first station is in the middle of its unit while the second takes, and finishes, the same request.
        entered, done = threading.Event(), threading.Event()

        def stand_still() -> None:
            entered.set()
            assert done.wait(10)

        first.probe.in_unit = stand_still
        answers: list[TestResponse] = []
        slow = threading.Thread(target=lambda: answers.append(Program(first.client(), token).post("/probe/form", {}, **KEY)))
        slow.start()
        assert entered.wait(5)
        quick = Program(second.client(), token).post("/probe/form", {}, **KEY)
        first.probe.in_unit = lambda: None
        done.set()
        slow.join(10)
        assert (quick.status_code, answers[0].status_code) == (201, 201)
        assert answers[0].data == quick.data
        assert answers[0].headers["Idempotency-Replayed"] == "true"


def test_eight_requests_at_once_under_one_key_take_in_once(station: WebStation, program: Program) -> None:
    token, answers, start = station.token(), [], threading.Barrier(8)

    def send() -> None:
        start.wait(5)
        answers.append(Program(station.client(), token).post("/api/v1/bags", {"pieces": 1}, **KEY))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(answers) == 8
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.data for answer in answers if answer.status_code == 201}) == 1
    assert {answer.get_json()["type"] for answer in answers if answer.status_code == 409} <= {"/problems/idempotency-key-running"}
    assert _deposits(station) == 1


def _with_cookie(station: WebStation, cookie: str, csrf: str) -> tuple[int, str | None, str | None]:
    headers = {"Cookie": cookie, "X-CSRFToken": csrf, "Idempotency-Key": "6f9b", "Accept": "application/json"}
    answer = station.app.test_client(use_cookies=False).post("/probe/form", headers=headers)
    return answer.status_code, (answer.get_json() or {}).get("type"), answer.headers.get("Retry-After")


def test_a_form_sent_twice_counts_once_although_its_tokens_differ(station: WebStation) -> None:
    browser = station.browser()
    for _ in range(2):
        browser.open_page()
        fields = {"csrf_token": browser.csrf, "idempotency_key": "form-1", "note": "same"}
        assert browser.client.post("/probe/form", data=fields).get_json()["runs"] == 1
    assert station.probe.runs == 1


def test_before_the_log_in_a_key_belongs_to_its_browser(station: WebStation) -> None:
    runs = []
    for _ in range(2):
        browser = Browser(station.client())
        browser.open_page()
        fields = {"csrf_token": browser.csrf, "idempotency_key": "form-1"}
        runs.append(browser.client.post("/probe/form", data=fields).get_json()["runs"])
    assert runs == [1, 2]


def test_a_database_error_quotes_no_values(station: WebStation) -> None:
    def twice(session: Session) -> None:
        for _ in range(2):
            values = {"actor": "user:1", "key": "81234567890124", "fingerprint": "", "status": 200, "headers": "", "body": ""}
            session.execute(insert(IdempotencyRecord).values(refused=False, created_at=station.clock.now(), **values))

    with pytest.raises(IntegrityError) as caught:
        station.db.write(twice)
    assert "hidden due to hide_parameters" in str(caught.value)
