"""A service of the point of sale over real HTTP: signed questions, and answers of every bad kind."""

import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from kiosk.config import Settings
from kiosk.config_returns import LiveSource, Receipts
from kiosk.desk.receipts.live import BreakerState, LiveSources, ReceiptSource, SourceDown
from kiosk.desk.receipts.views import Tender
from kiosk.errors import ConfigError
from kiosk.pos import build_sources
from tests.fakes.clock import FakeClock
from tests.fakes.robots import Request, RobotServer, Rules, answering, hangs, speaks_nonsense, trickles
from tests.fakes.waiting import eventually

SECRET = "a secret that both know"
RECEIPT = {
    "number": "77/1",
    "store": "S001",
    "till": "3",
    "sold_at": "2026-03-09T10:00:05+08:00",
    "member": None,
    "total": 41.98,
    "lines": [
        {"line": 1, "product": "100", "name": "鲜牛奶", "quantity": 2, "unit_price": 12.5, "amount": 25},
        {"line": 2, "product": "200", "name": "苹果", "quantity": 1.439, "unit_price": 11.8, "amount": "16.98", "unit": "kg"},
    ],
    "tenders": [{"kind": "WX", "amount": 40}, {"kind": "cash", "amount": 1.98}],
}


class PosRules(Rules):
    """Checks the signature as docs/receipts-import.md shows it, lets no word be used twice, and knows one receipt."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock, SECRET)
        self.nonces: set[str] = set()
        self.paths: list[str] = []

    def answer(self, request: Request) -> tuple[int, Any]:
        headers = request.headers
        path = f"{request.path}?shop={request.query['shop']}"
        said = "\n".join(("GET", path, headers["x-kiosk-timestamp"], headers["x-kiosk-nonce"], hashlib.sha256(request.body).hexdigest()))
        expected = hmac.new(self.secret.encode(), said.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, headers["x-kiosk-signature"]) or headers["x-kiosk-key"] != "desk":
            return 401, {}
        if abs(int(headers["x-kiosk-timestamp"]) - self.clock.now().timestamp()) > 300 or headers["x-kiosk-nonce"] in self.nonces:
            return 401, {}
        self.nonces.add(headers["x-kiosk-nonce"])
        return (200, RECEIPT) if request.path == "/receipts/77%2F1" else (404, {})


@pytest.fixture
def pos(clock: FakeClock) -> Iterator[RobotServer]:
    with RobotServer(PosRules(clock)) as server:
        yield server


def source(pos: RobotServer | None = None, **changed: Any) -> LiveSource:
    base = pos.url.partition("/hook")[0] if pos is not None else "https://pos.test"
    options = {
        "url": base + "/receipts/{number}?shop={store}",
        "key_id": "desk",
        "secret": SECRET,
        "tender_kinds": {"WX": "wechat"},
        **changed,
    }
    return LiveSource(name="pos", kind="http", **options)


def built(one: LiveSource, clock: FakeClock) -> ReceiptSource:
    [made] = build_sources(Settings(receipts=Receipts(sources=[one])), clock)
    return made


def test_a_signed_question_is_answered_with_the_receipt(pos: RobotServer, clock: FakeClock) -> None:
    asked = built(source(pos), clock)
    receipt = asked.fetch("77/1", "S001")
    assert receipt is not None
    assert (receipt.number, receipt.till, receipt.member, receipt.total_fen) == ("77/1", "3", "", 4198)
    assert receipt.sold_at == datetime(2026, 3, 9, 2, 0, 5, tzinfo=UTC)
    assert [(line.quantity, line.unit_price_fen, line.amount_fen) for line in receipt.lines] == [
        (Decimal(2), 1250, 2500),
        (Decimal("1.439"), 1180, 1698),
    ]
    assert receipt.tenders == [Tender("wechat", 4000), Tender("cash", 198)]
    assert asked.fetch("77/1", "S001") == receipt, "a second question is signed anew"


def test_not_found_is_sure_that_there_is_none(pos: RobotServer, clock: FakeClock) -> None:
    assert built(source(pos), clock).fetch("78", "S001") is None


def test_a_wrong_secret_is_no_answer(pos: RobotServer, clock: FakeClock) -> None:
    with pytest.raises(SourceDown, match="status 401"):
        built(source(pos, secret="another"), clock).fetch("77/1", "S001")


def told(document: object) -> bytes:
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (answering(500, b"oh"), "status 500"),
        (answering(302, b"", location="http://127.0.0.1:1/"), "status 302"),
        (answering(200, b"<html>login</html>"), "cannot be read"),
        (answering(200, b'{"number": "77/1", "lines": ['), "cannot be read"),
        (answering(200, b'{"number": "77/1\xff"}'), "cannot be read"),
        (answering(200, b"null"), "must be an object"),
        (answering(200, b"[]"), "must be an object"),
        (answering(200, told(RECEIPT | {"number": "99"})), "another receipt"),
        (answering(200, told(RECEIPT | {"store": "S009"})), "another store"),
        (answering(200, told(RECEIPT | {"lines": []})), "no lines"),
        (answering(200, told(RECEIPT | {"lines": "milk"})), "list of objects"),
        (answering(200, told(RECEIPT | {"sold_at": "yesterday"})), "must be a time"),
        (answering(200, told(RECEIPT | {"lines": [RECEIPT["lines"][0] | {"quantity": True}]})), "a text or a number as quantity"),  # type: ignore[index]
        (answering(200, told(RECEIPT | {"lines": [RECEIPT["lines"][0] | {"amount": 25.005}]})), "two decimals"),  # type: ignore[index]
        (answering(200, b" " * (1 << 20) + b"{}"), "more than 1048576 bytes"),
        (speaks_nonsense, "network"),
    ],
)
def test_an_answer_that_is_none_is_told_from_a_receipt_that_is_none(pos: RobotServer, clock: FakeClock, step: Any, says: str) -> None:
    pos.do(step)
    asked = built(source(pos, timeout_s=5), clock)
    with pytest.raises(SourceDown, match=says):
        asked.fetch("77/1", "S001")
    assert asked.fetch("77/1", "S001") is not None, "and the next question is answered"


@pytest.mark.parametrize("step", [hangs, trickles])
def test_a_service_that_never_finishes_is_given_up_in_time(pos: RobotServer, clock: FakeClock, step: Any) -> None:
    pos.do(step)
    asked = built(source(pos, timeout_s=0.3), clock)
    began = time.monotonic()
    with pytest.raises(SourceDown, match="timeout"):
        asked.fetch("77/1", "S001")
    assert time.monotonic() - began < 5
    eventually(lambda: not [thread for thread in threading.enumerate() if thread.name == "pos-pos"], 10)


def test_a_hanging_service_holds_nobody_once_its_breaker_is_open(pos: RobotServer, clock: FakeClock) -> None:
    hanging = source(pos, timeout_s=0.2, open_after=2, open_s=30)
    live = LiveSources(build_sources(Settings(receipts=Receipts(sources=[hanging])), clock), clock, [hanging])
    pos.do(hangs, hangs)
    for _ in range(2):
        assert live.fetch("77/1", "S001") == (None, None, ["pos"])
    began = time.monotonic()
    for _ in range(50):
        assert live.fetch("77/1", "S001") == (None, None, ["pos"])
    assert time.monotonic() - began < 0.2
    assert len(pos.requests) == 2
    clock.advance(30)
    receipt, answered, silent = live.fetch("77/1", "S001")
    assert (receipt is not None, answered, silent, live.states()[0].state) == (True, "pos", [], BreakerState.CLOSED)


def test_questions_that_hang_are_few_whatever_people_scan(pos: RobotServer, clock: FakeClock) -> None:
    pos.do(*[hangs] * 4)
    asked = built(source(pos, timeout_s=10), clock)
    with ExitStack() as stack:
        for _ in range(4):
            thread = threading.Thread(target=_ignoring_down, args=(asked,), daemon=True)
            thread.start()
            stack.callback(thread.join)
        for _ in range(4):
            assert pos.hanging.acquire(timeout=10)
        began = time.monotonic()
        with pytest.raises(SourceDown, match="busy"):
            asked.fetch("77/1", "S001")
        assert time.monotonic() - began < 1
        pos.over.set()


def _ignoring_down(asked: ReceiptSource) -> None:
    with pytest.raises(SourceDown):
        asked.fetch("77/1", "S001")


def test_nobody_there_is_said_without_the_address(clock: FakeClock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(SourceDown) as down:
        built(source(url=f"http://127.0.0.1:{port}/s3cret/{{number}}"), clock).fetch("77", "S001")
    assert str(down.value) == "refused"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"url": "ftp://pos.test/{number}"}, "must begin with https://"),
        ({"url": "https:///{number}"}, "name a host"),
        ({"url": "https://pos.test:port/{number}"}, "name a host"),
        ({"url": "https://user:s3cret@pos.test/{number}"}, "must not hold a user"),
        ({"url": "https://pos.test/receipts"}, "must say where the number"),
        ({"secret": ""}, "needs key_id and secret"),
        ({"key_id": ""}, "needs key_id and secret"),
        ({"key_id": "台"}, "ASCII alone"),
    ],
)
def test_a_service_that_could_never_answer_is_a_mistake_of_the_configuration(clock: FakeClock, changed: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=f"receipts.sources: pos: .*{says}") as refused:
        built(source(**changed), clock)
    assert "s3cret" not in str(refused.value)
