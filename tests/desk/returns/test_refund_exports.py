"""Telling the point of sale: by file and by webhook, to one that stalls, breaks and lies, and killed at every step."""

import base64
import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kiosk.config import Settings
from kiosk.db import Database
from kiosk.desk.alerts.channel import Outcome, Verdict
from kiosk.desk.returns.errors import RefundSettled, UnknownRefund, WrongReturn
from kiosk.desk.returns.exports import RefundExporter, RefundMessage, RefundQueue, RefundSink
from kiosk.desk.returns.views import RefundState, RefundView
from kiosk.errors import ConfigError, Denied
from kiosk.events import EventBus
from kiosk.pos.refunds import RefundFolder, RefundWebhook, build_refund_sink
from tests.desk.returns.return_world import LIU, POS, WANG, ReturnWorld, back, settings_with, sold
from tests.fakes.clock import FakeClock
from tests.fakes.robots import Request, RobotServer, Rules, answering, hangs, speaks_nonsense, takes_it_and_hangs, takes_it_and_resets
from tests.fakes.waiting import eventually

SECRET = "S-3fa9-secret"
TIMEOUT_S = 0.4


class PointOfSale(Rules):
    """Checks the signature, and pays each key once."""

    def answer(self, request: Request) -> tuple[int, Any]:
        key, stamp = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        signed = hmac.digest(self.secret.encode(), f"{key}.{stamp}.".encode() + request.body, hashlib.sha256)
        if not hmac.compare_digest(request.headers["webhook-signature"], "v1," + base64.b64encode(signed).decode()):
            return self.no({}, 401)
        if request.headers["idempotency-key"] != key or request.json["key"] != key:
            return self.no({}, 422)
        if key not in self.chat:
            self.chat.append(key)
        return 200, {}


@pytest.fixture
def till(clock: FakeClock) -> Iterator[RobotServer]:
    with RobotServer(PointOfSale(clock, SECRET)) as server:
        yield server


MakeWorld = Callable[..., ReturnWorld]


@pytest.fixture
def make(sqlite_database: Database, clock: FakeClock, bus: EventBus, tmp_path: Path) -> MakeWorld:
    """A desk that tells the point of sale in the way given."""

    def build(**refunds: object) -> ReturnWorld:
        return ReturnWorld(sqlite_database, clock, bus, tmp_path / "contact.keys", settings_with(refunds=refunds))

    return build


@pytest.fixture
def hooked(make: MakeWorld, till: RobotServer) -> ReturnWorld:
    return make(kind="webhook", url=till.url, secret=SECRET, timeout_s=TIMEOUT_S)


def exporter(world: ReturnWorld, sink: RefundSink | None = None) -> RefundExporter:
    """As the station builds one; a new one is one after a restart."""
    sink = sink or build_refund_sink(world.settings, world.clock)
    assert sink is not None
    return RefundExporter(sink, queue_of(world), db=world.db, bus=world.bus, clock=world.clock)


def queue_of(world: ReturnWorld) -> RefundQueue:
    return RefundQueue(world.settings.station.name, world.clock, TIMEOUT_S)


def the_refund(world: ReturnWorld) -> RefundView:
    [refund] = world.refunds()
    return refund


def run_until(world: ReturnWorld, done: Callable[[RefundView], bool], worker: RefundExporter) -> None:
    """Let time pass until *done*; far more than it should need is a failure."""
    for _ in range(60):
        if done(the_refund(world)):
            return
        wait_s = worker.step()
        if wait_s:
            world.clock.advance(wait_s)
    raise AssertionError(f"still {the_refund(world)}")


def is_exported(refund: RefundView) -> bool:
    return refund.state is RefundState.EXPORTED


def told(refund: RefundView) -> bool:
    return is_exported(refund) and refund.detail == ""


# -- by file


def test_a_refund_is_written_as_one_file(make: MakeWorld, tmp_path: Path) -> None:
    folder = tmp_path / "refunds"
    folder.mkdir()
    world = make(kind="file", folder=str(folder))
    receipt_id = world.sale(sold(), number="20260310010100000042", tenders=world.paid(("cash", 600), ("wechat", 400)))
    returned = world.record(receipt_id, back())
    worker = exporter(world)
    assert worker.step() == 0.0
    assert the_refund(world).state is RefundState.EXPORTED
    [file] = folder.iterdir()
    assert file.name == "R2603100001.json"
    assert json.loads(file.read_text()) == {
        "key": "R2603100001",
        "event": "refund",
        "refund": returned.number,
        "refund_id": the_refund(world).id,
        "store": world.settings.store.code,
        "station": world.settings.station.name,
        "receipt": "20260310010100000042",
        "amount_fen": 1000,
        "currency": "CNY",
        "refund_to": "original",
        "tenders": [{"kind": "cash", "amount_fen": 600}, {"kind": "wechat", "amount_fen": 400}],
        "voucher": "",
        "voucher_until": None,
        "recorded_at": "2026-03-10T06:00:00Z",
        "recorded_by": "user:1",
    }
    assert worker.step() > 0


def test_a_folder_that_is_not_there_is_waited_for_and_never_made(make: MakeWorld, tmp_path: Path) -> None:
    folder = tmp_path / "mounted later"
    world = make(kind="file", folder=str(folder))
    world.record(world.sale(), back())
    worker = exporter(world)
    worker.step()
    waiting = the_refund(world)
    assert (waiting.state, waiting.told, waiting.attempts) == (RefundState.PENDING, False, 1)
    assert "No such file" in waiting.detail
    assert not folder.exists()
    folder.mkdir()
    run_until(world, told, worker)
    assert [file.name for file in folder.iterdir()] == ["R2603100001.json"]


def test_what_was_told_is_called_back_when_the_return_is_voided(make: MakeWorld, tmp_path: Path) -> None:
    world = make(kind="file", folder=str(tmp_path))
    returned = world.record(world.sale(), back())
    worker = exporter(world)
    worker.step()
    world.void(returned.id)
    assert the_refund(world).state is RefundState.CANCELLED
    assert worker.step() == 0.0
    said = json.loads((tmp_path / "R2603100001-cancelled.json").read_text())
    assert (said["event"], said["refund"], said["key"]) == ("refund-cancelled", "R2603100001", "R2603100001-cancelled")
    assert the_refund(world).state is RefundState.CANCELLED
    assert worker.step() > 0


def test_what_was_never_told_is_not_called_back(make: MakeWorld, tmp_path: Path) -> None:
    world = make(kind="file", folder=str(tmp_path / "nowhere"))
    returned = world.record(world.sale(), back())
    worker = exporter(world)
    worker.step()
    world.void(returned.id)
    world.clock.advance(3600)
    assert worker.step() > 0
    assert the_refund(world).attempts == 0


def test_nothing_is_exported_where_the_api_alone_is_configured(make: MakeWorld) -> None:
    world = make()
    world.record(world.sale(), back())
    assert build_refund_sink(world.settings, world.clock) is None
    worker = RefundExporter(None, queue_of(world), db=world.db, bus=world.bus, clock=world.clock)
    worker.start()
    worker.stop()
    assert the_refund(world).state is RefundState.PENDING
    assert world.read(queue_of(world).next_at) is None


_WRITER = """
import datetime, sys
from pathlib import Path
from kiosk.desk.returns.exports import RefundMessage
from kiosk.pos.refunds import RefundFolder
sink, number = RefundFolder(Path(sys.argv[1])), 0
print("ready", flush=True)
while True:
    number += 1
    at = datetime.datetime.now(datetime.timezone.utc)
    sink.send(RefundMessage(f"R{number % 7}", "refund", "R", 1, "S", "d", "x" * 5000, 1, "CNY", "original", [], "", None, at, "user:1"))
"""


def test_a_file_is_whole_or_not_there_whenever_the_station_is_killed(tmp_path: Path) -> None:
    for _ in range(3):
        with subprocess.Popen([sys.executable, "-c", _WRITER, str(tmp_path)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            eventually(lambda: len(list(tmp_path.glob("*.json"))) == 7, 20.0)
            os.kill(process.pid, signal.SIGKILL)
        files = list(tmp_path.glob("*.json"))
        for file in files:
            assert len(json.loads(file.read_bytes())["receipt"]) == 5000
            file.unlink()


def test_a_full_disk_leaves_no_half_file_under_the_name_of_a_whole_one(tmp_path: Path) -> None:
    target = tmp_path / "R1.json"
    target.mkdir()  # a name that cannot be taken
    at = datetime(2026, 3, 10, tzinfo=UTC)
    message = RefundMessage("R1", "refund", "R1", 1, "S", "d", "", 1, "CNY", "original", [], "", None, at, "user:1")
    outcome = RefundFolder(tmp_path).send(message)
    assert (outcome.verdict, outcome.reason) == (Verdict.REFUSED, "folder")
    assert list(tmp_path.iterdir()) == [target]


# -- by webhook


def test_a_refund_is_posted_signed_and_under_its_number(hooked: ReturnWorld, till: RobotServer) -> None:
    hooked.record(hooked.sale(), back())
    worker = exporter(hooked)
    worker.step()
    assert till.chat == ["R2603100001"]
    exported = the_refund(hooked)
    assert (exported.state, exported.detail, exported.told) == (RefundState.EXPORTED, "", True)
    assert till.requests[0].json["amount_fen"] == 1000
    assert till.requests[0].headers["user-agent"] == "kiosk-refunds"


def test_what_may_have_arrived_is_told_again_under_the_same_key_and_counts_as_nothing_more(hooked: ReturnWorld, till: RobotServer) -> None:
    till.do(takes_it_and_resets, takes_it_and_hangs, speaks_nonsense, answering(500), answering(502))
    hooked.record(hooked.sale(), back())
    worker = exporter(hooked)
    worker.step()
    unknown = the_refund(hooked)
    assert (unknown.state, unknown.told, unknown.attempts) == (RefundState.EXPORTED, True, 1)
    assert unknown.detail != ""
    run_until(hooked, told, worker)
    assert len(till.requests) == 6
    assert {request.headers["idempotency-key"] for request in till.requests} == {"R2603100001"}
    assert till.chat == ["R2603100001"]


@pytest.mark.parametrize("step", [answering(503, retry_after="120"), answering(429), answering(408)])
def test_a_receiver_that_took_nothing_is_asked_later(hooked: ReturnWorld, till: RobotServer, step: Any) -> None:
    till.do(step)
    hooked.record(hooked.sale(), back())
    worker = exporter(hooked)
    worker.step()
    later = the_refund(hooked)
    assert (later.state, later.told) == (RefundState.PENDING, False)
    assert later.detail.startswith("busy HTTP")
    assert worker.step() >= 2.5
    run_until(hooked, told, worker)
    assert till.chat == ["R2603100001"]


@pytest.mark.parametrize(("status", "reason"), [(400, "rejected"), (401, "rejected"), (422, "rejected"), (302, "redirected")])
def test_a_receiver_that_never_takes_it_makes_it_failed(hooked: ReturnWorld, till: RobotServer, status: int, reason: str) -> None:
    till.do(answering(status, f"unknown receipt, key={SECRET}\n".encode()))
    hooked.record(hooked.sale(), back())
    worker = exporter(hooked)
    worker.step()
    failed = the_refund(hooked)
    assert failed.state is RefundState.FAILED
    assert failed.detail.startswith(f"{reason} HTTP {status} unknown receipt")
    assert SECRET not in failed.detail
    assert worker.step() > 0
    # A person corrects what was wrong, and has it asked for again.
    with pytest.raises(Denied):
        hooked.do("retry_refund", failed.id, actor=WANG)
    assert hooked.do("retry_refund", failed.id, actor=LIU).state is RefundState.PENDING
    run_until(hooked, told, worker)
    assert till.chat == ["R2603100001"]


def test_a_point_of_sale_that_is_away_is_tried_less_and_less(make: MakeWorld, clock: FakeClock) -> None:
    world = make(kind="webhook", url="http://127.0.0.1:9/hook", secret=SECRET, timeout_s=TIMEOUT_S)
    for _ in range(3):
        world.record(world.sale(), back())
    worker = exporter(world)
    begun = clock.monotonic()
    for _ in range(40):
        wait_s = worker.step()
        clock.advance(wait_s)
    assert clock.monotonic() - begun > 1800
    refunds = world.refunds()
    assert {refund.state for refund in refunds} == {RefundState.PENDING}
    assert {refund.detail.split()[0] for refund in refunds} <= {"refused", "unreachable", "network"}
    assert not any(refund.told for refund in refunds)


def test_a_clock_that_is_set_back_lets_nothing_wait_for_hours(hooked: ReturnWorld, till: RobotServer, clock: FakeClock) -> None:
    hooked.record(hooked.sale(), back())
    clock.jump(-7 * 3600)
    exporter(hooked).step()
    assert till.chat == ["R2603100001"]


# -- killed


def test_killed_after_the_claim_it_is_told_when_the_claims_time_is_over(hooked: ReturnWorld, till: RobotServer) -> None:
    hooked.record(hooked.sale(), back())
    hooked.write(queue_of(hooked).claim)
    after = exporter(hooked)
    assert after.step() > 0
    assert the_refund(hooked).told
    run_until(hooked, told, after)
    assert till.chat == ["R2603100001"]


def test_killed_before_the_answer_was_written_down_it_is_told_twice_and_paid_once(hooked: ReturnWorld, till: RobotServer) -> None:
    hooked.record(hooked.sale(), back())
    claim = hooked.write(queue_of(hooked).claim)
    assert claim is not None
    sink = build_refund_sink(hooked.settings, hooked.clock)
    assert sink is not None
    assert sink.send(claim.message) == Outcome(Verdict.DELIVERED)
    run_until(hooked, told, exporter(hooked))
    assert [request.headers["webhook-id"] for request in till.requests] == ["R2603100001"] * 2
    assert till.chat == ["R2603100001"]


def test_killed_in_the_middle_a_void_still_calls_it_back(hooked: ReturnWorld, till: RobotServer) -> None:
    returned = hooked.record(hooked.sale(), back())
    claim = hooked.write(queue_of(hooked).claim)
    assert claim is not None
    hooked.void(returned.id)
    # The answer to what was claimed before comes late, and changes nothing.
    hooked.write(lambda session: queue_of(hooked).record(session, claim, Outcome(Verdict.DELIVERED)))
    assert the_refund(hooked).state is RefundState.CANCELLED
    exporter(hooked).step()
    assert till.chat == ["R2603100001-cancelled"]


def test_the_point_of_sales_own_word_overtakes_the_answer(hooked: ReturnWorld) -> None:
    hooked.record(hooked.sale(), back())
    claim = hooked.write(queue_of(hooked).claim)
    assert claim is not None
    hooked.do("settle_refund", the_refund(hooked).id, RefundState.CONFIRMED, actor=POS)
    hooked.write(lambda session: queue_of(hooked).record(session, claim, Outcome(Verdict.DEAD, "rejected")))
    assert the_refund(hooked).state is RefundState.CONFIRMED


# -- the thread


def test_the_thread_is_woken_by_a_return_and_stops_while_the_till_hangs(hooked: ReturnWorld, till: RobotServer) -> None:
    hooked.settings = msgspec.structs.replace(
        hooked.settings,
        returns=msgspec.structs.replace(
            hooked.settings.returns, refunds=msgspec.structs.replace(hooked.settings.returns.refunds, timeout_s=30.0)
        ),
    )
    worker = exporter(hooked)
    worker.start()
    try:
        hooked.record(hooked.sale(), back())
        eventually(lambda: told(the_refund(hooked)))
        till.do(hangs)
        hooked.record(hooked.sale(), back())
        assert till.hanging.acquire(timeout=5)
    finally:
        worker.stop()
    eventually(lambda: hooked.refunds()[0].detail != "")
    assert hooked.refunds()[0].state is RefundState.EXPORTED  # nobody knows; it is told again at the next start


class Broken:
    """A way that breaks where nobody thought it could."""

    timeout_s = TIMEOUT_S

    def send(self, message: RefundMessage) -> Outcome:
        raise RuntimeError(message.key)

    def interrupt(self) -> None:
        """Nothing to break off."""


def test_a_way_that_breaks_holds_nothing_up_and_loses_nothing(hooked: ReturnWorld, till: RobotServer) -> None:
    hooked.record(hooked.sale(), back())
    exporter(hooked, Broken()).step()
    assert (the_refund(hooked).detail, the_refund(hooked).told) == ("internal", True)
    run_until(hooked, told, exporter(hooked))
    assert till.chat == ["R2603100001"]


# -- what the point of sale says


def test_only_the_point_of_sale_makes_a_refund_confirmed(desk: ReturnWorld) -> None:
    desk.record(desk.sale(), back())
    refund = the_refund(desk)
    with pytest.raises(Denied):
        desk.do("settle_refund", refund.id, RefundState.CONFIRMED, actor=WANG)
    with pytest.raises(WrongReturn):
        desk.do("settle_refund", refund.id, RefundState.EXPORTED, actor=POS)
    with pytest.raises(UnknownRefund):
        desk.do("settle_refund", 4711, RefundState.CONFIRMED, actor=POS)
    failed = desk.do("settle_refund", refund.id, RefundState.FAILED, "card\nexpired", actor=POS)
    assert (failed.state, failed.detail) == (RefundState.FAILED, "card expired")
    settled = desk.do("settle_refund", refund.id, RefundState.CONFIRMED, "payment 4711", actor=POS)
    assert (settled.state, settled.detail, settled.changed_at) == (RefundState.CONFIRMED, "payment 4711", desk.clock.now())
    assert desk.do("settle_refund", refund.id, RefundState.CONFIRMED, actor=POS) == settled
    with pytest.raises(RefundSettled):
        desk.do("settle_refund", refund.id, RefundState.FAILED, actor=POS)
    with pytest.raises(RefundSettled):
        desk.do("retry_refund", refund.id, actor=POS)
    assert [event["state"] for event in desk.told("refund.changed")] == ["pending", "failed", "confirmed"]


def test_refunds_are_listed_by_state_newest_first(desk: ReturnWorld) -> None:
    for _ in range(3):
        desk.record(desk.sale(), back())
    third, second, first = desk.refunds()
    desk.do("settle_refund", second.id, RefundState.CONFIRMED, actor=POS)

    def listed(**wanted: Any) -> list[int]:
        return [one.id for one in desk.read(lambda session: desk.returns.refunds(session, **wanted))]

    assert listed(states=[RefundState.PENDING]) == [third.id, first.id]
    assert listed(states=[RefundState.CONFIRMED, RefundState.FAILED]) == [second.id]
    assert listed(before_id=second.id) == [first.id]
    assert listed(limit=1) == [third.id]


# -- configuration


@pytest.mark.parametrize(
    ("refunds", "key"),
    [
        ({"kind": "file"}, "returns.refunds.folder"),
        ({"kind": "webhook", "secret": SECRET}, "returns.refunds.url"),
        ({"kind": "webhook", "url": "ftp://till/hook", "secret": SECRET}, "returns.refunds.url"),
        ({"kind": "webhook", "url": "https://user:word@till/hook", "secret": SECRET}, "returns.refunds.url"),
        ({"kind": "webhook", "url": "https://till:no/hook", "secret": SECRET}, "returns.refunds.url"),
        ({"kind": "webhook", "url": "https://till/hook"}, "returns.refunds.secret"),
        ({"kind": "webhook", "url": "https://till/hook", "secret": "whsec_no base64"}, "returns.refunds.secret"),
    ],
)
def test_a_way_that_could_never_tell_anything_is_said_at_the_start(clock: FakeClock, refunds: dict[str, object], key: str) -> None:
    with pytest.raises(ConfigError, match=key) as refused:
        build_refund_sink(settings_with(refunds=refunds), clock)
    assert "user:word" not in str(refused.value)


def test_a_webhook_is_built_from_the_configuration(clock: FakeClock) -> None:
    settings: Settings = settings_with(refunds={"kind": "webhook", "url": "https://till/hook", "secret": SECRET, "timeout_s": 3.0})
    sink = build_refund_sink(settings, clock)
    assert isinstance(sink, RefundWebhook)
    assert sink.timeout_s == 3.0
