"""A station is killed at every step between a request and its confirmation; the next one carries on from there.

After each: what was acknowledged is still there, the same request under the same key gets the same answer, and no paper
comes out twice unless a person said so. The table in `kiosk.devices.spooler` names the steps.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from kiosk.demo.printer import PrinterSimulator
from tests.fakes.disk_gate import DiskGate, Point
from tests.fakes.station_process import Reply, StationProcess
from tests.system.conftest import Start

BAGS = "/api/v1/bags"
KEY = "take-in-1"
BAG = {"pieces": 1, "note": "red suitcase"}
# A ticket of one piece is two parts, the customer's and the bag's, each with the code.
PARTS = 2


@pytest.fixture
def station(start: Start, gate: DiskGate) -> Iterator[StationProcess]:
    """The station that is going to be killed. It has printed a ticket before, so that nothing happens for the first time."""
    running = start(environment=gate.environment)
    print_one_more(running)
    yield running
    gate.open()


def take_in(station: StationProcess, key: str = KEY) -> Reply:
    reply = station.post(BAGS, BAG, key)
    assert reply.status == 201
    return reply


def print_one_more(station: StationProcess) -> None:
    """Take another bag in and wait for its ticket: jobs print in order, so whatever else was to be printed has come out."""
    other = station.post(BAGS, {"pieces": 1})
    assert other.status == 201
    wait_for_job(station, other.body["job"], "confirmed")


def wait_for_job(station: StationProcess, job: int, *states: str) -> dict[str, Any]:
    body: dict[str, Any] = station.until(f"/api/v1/jobs/{job}", lambda found: found["state"] in states)
    return body


def bags(station: StationProcess) -> list[dict[str, Any]]:
    """The deposits of this test, without those of `print_one_more`."""
    return [bag for bag in station.get(BAGS).body["bags"] if bag["note"] == BAG["note"]]


def copies(printer: PrinterSimulator, code: str) -> float:
    """How many tickets with *code* lie in the tray."""
    return [text for _, text in printer.paper.codes].count(code) / PARTS


def the_reprint(printer: PrinterSimulator) -> str:
    """The code on the one ticket in the tray that says it is a reprint."""
    found = [code for part in printer.paper.parts if "补打" in part.text for _, code in part.codes]
    assert len(found) == PARTS
    assert len(set(found)) == 1
    return found[0]


def resolve(station: StationProcess, job: int, outcome: str, key: str) -> Reply:
    return station.post(f"/api/v1/jobs/{job}/resolve", {"outcome": outcome}, key)


def assert_live(station: StationProcess, printer: PrinterSimulator, deposit: int, code: str) -> None:
    """The ticket is on paper once, and good for one release."""
    assert copies(printer, code) == 1
    assert station.get(f"{BAGS}/{deposit}").body["state"] == "stored"
    assert station.post(f"{BAGS}/release", {"code": code}).status == 200
    assert station.post(f"{BAGS}/release", {"code": code}).status == 409


def assert_asked_about(station: StationProcess, deposit: int, job: int) -> None:
    """The job is uncertain since the restart, and the deposit's page asks whether its ticket came out."""
    found = wait_for_job(station, job, "uncertain")
    assert (found["reason"], found["needs_decision"]) == ("restart", True)
    assert station.get(f"{BAGS}/{deposit}").body["question"] == "came-out"


def test_killed_in_the_middle_of_a_request_nothing_happened(station: StationProcess, start: Start, printer: PrinterSimulator) -> None:
    body = json.dumps(BAG).encode()
    connection = station.connect()
    connection.putrequest("POST", BAGS)
    for name, value in {**station.headers(KEY), "Content-Length": str(len(body))}.items():
        connection.putheader(name, value)
    connection.endheaders()
    connection.send(body[: len(body) // 2])
    station.kill()
    connection.close()

    again = start()
    assert bags(again) == []
    first = take_in(again)
    assert "Idempotency-Replayed" not in first.headers
    wait_for_job(again, first.body["job"], "confirmed")
    assert_live(again, printer, first.body["id"], first.body["code"])


@pytest.mark.parametrize("point", ["write", "sync", "synced"])
def test_killed_while_a_deposit_is_recorded_the_same_key_takes_it_in_once(
    station: StationProcess, gate: DiskGate, start: Start, printer: PrinterSimulator, point: Point
) -> None:
    gate.hold(point)
    request = station.post_unanswered(BAGS, BAG, KEY)
    assert gate.held()
    station.kill()
    request.join()
    assert station.answers == []

    again = start()
    # Before the write there was nothing; after it the record is there though nobody was told.
    assert len(bags(again)) == (0 if point == "write" else 1)
    first = take_in(again)
    assert first.headers.get("Idempotency-Replayed") == (None if point == "write" else "true")
    assert take_in(again).body == first.body
    wait_for_job(again, first.body["job"], "confirmed")
    print_one_more(again)
    assert len(bags(again)) == 1
    assert_live(again, printer, first.body["id"], first.body["code"])


def test_killed_while_the_printer_keeps_it_waiting_the_ticket_is_printed_once_after_the_restart(
    station: StationProcess, start: Start, printer: PrinterSimulator
) -> None:
    printer.hang()
    first = take_in(station)
    station.kill()
    assert copies(printer, first.body["code"]) == 0
    printer.hang(False)

    again = start()
    wait_for_job(again, first.body["job"], "confirmed")
    assert take_in(again).body == first.body
    print_one_more(again)
    assert_live(again, printer, first.body["id"], first.body["code"])


def test_killed_before_the_mark_is_written_the_ticket_is_printed_by_itself(
    station: StationProcess, gate: DiskGate, start: Start, printer: PrinterSimulator
) -> None:
    gate.hold("write", commit=2)
    first = take_in(station)
    assert gate.held()
    station.kill()
    assert copies(printer, first.body["code"]) == 0

    again = start()
    wait_for_job(again, first.body["job"], "confirmed")
    print_one_more(again)
    assert_live(again, printer, first.body["id"], first.body["code"])


def test_killed_with_the_mark_written_and_no_byte_sent_a_person_is_asked_and_a_reprint_is_the_only_ticket(
    station: StationProcess, gate: DiskGate, start: Start, printer: PrinterSimulator
) -> None:
    gate.hold("sync", commit=2)
    first = take_in(station)
    assert gate.held()
    station.kill()

    again = start()
    assert_asked_about(again, first.body["id"], first.body["job"])
    print_one_more(again)
    assert copies(printer, first.body["code"]) == 0
    assert resolve(again, first.body["job"], "reprint", "r1").status == 200
    job = again.get(f"{BAGS}/{first.body['id']}").body["job"]
    assert job != first.body["job"]
    wait_for_job(again, job, "confirmed")
    print_one_more(again)
    assert_live(again, printer, first.body["id"], the_reprint(printer))


@pytest.mark.parametrize(("taken", "rest_is_lost"), [(1, False), (1, True), (150, True)])
def test_killed_while_bytes_are_sent_nothing_more_is_sent_unasked(
    station: StationProcess, gate: DiskGate, start: Start, printer: PrinterSimulator, taken: int, rest_is_lost: bool
) -> None:
    first = send_until(station, gate, printer, taken)
    station.kill()
    if rest_is_lost:
        printer.drop(abort=True)
    printer.stop_reading_after(None)

    again = start()
    assert_asked_about(again, first.body["id"], first.body["job"])
    assert take_in(again).body == first.body
    print_one_more(again)
    lying_there = copies(printer, first.body["code"])
    if rest_is_lost:
        assert lying_there < 1
        assert resolve(again, first.body["job"], "reprint", "r1").status == 200
        wait_for_job(again, again.get(f"{BAGS}/{first.body['id']}").body["job"], "confirmed")
        assert_live(again, printer, first.body["id"], the_reprint(printer))
    else:
        assert resolve(again, first.body["job"], "printed", "r1").status == 200
        print_one_more(again)
        assert_live(again, printer, first.body["id"], first.body["code"])
    assert copies(printer, first.body["code"]) == lying_there


def test_killed_with_the_ticket_on_paper_and_no_evidence_a_person_says_so_and_nothing_is_printed_again(
    station: StationProcess, gate: DiskGate, start: Start, printer: PrinterSimulator
) -> None:
    gate.hold("synced", commit=2)
    first = take_in(station)
    assert gate.held()
    printer.printer.fall_silent()
    gate.open()
    assert printer.printer.wait_for(lambda _: copies(printer, first.body["code"]) == 1)
    station.kill()
    printer.printer.fall_silent(False)

    again = start()
    assert_asked_about(again, first.body["id"], first.body["job"])
    assert again.post(f"{BAGS}/release", {"code": first.body["code"]}).status == 409
    assert resolve(again, first.body["job"], "printed", "r1").status == 200
    print_one_more(again)
    assert_live(again, printer, first.body["id"], first.body["code"])


def test_killed_before_the_evidence_is_written_a_person_is_asked(
    station: StationProcess, gate: DiskGate, start: Start, printer: PrinterSimulator
) -> None:
    gate.hold("write", commit=3)
    first = take_in(station)
    assert gate.held()
    station.kill()
    assert copies(printer, first.body["code"]) == 1

    again = start()
    assert_asked_about(again, first.body["id"], first.body["job"])
    assert resolve(again, first.body["job"], "printed", "r1").status == 200
    print_one_more(again)
    assert_live(again, printer, first.body["id"], first.body["code"])


@pytest.mark.parametrize("point", ["sync", "synced"])
def test_killed_once_the_evidence_is_written_nobody_is_asked(
    station: StationProcess, gate: DiskGate, start: Start, printer: PrinterSimulator, point: Point
) -> None:
    gate.hold(point, commit=3)
    first = take_in(station)
    assert gate.held()
    station.kill()

    again = start()
    assert wait_for_job(again, first.body["job"], "confirmed")["evidence"] == "processed"
    assert take_in(again).body == first.body
    print_one_more(again)
    assert_live(again, printer, first.body["id"], first.body["code"])


@pytest.mark.parametrize("point", ["write", "sync"])
def test_killed_while_a_reprint_is_decided_one_new_ticket_comes_out(
    station: StationProcess, gate: DiskGate, start: Start, printer: PrinterSimulator, point: Point
) -> None:
    gate.hold("sync", commit=2)
    first = take_in(station)
    assert gate.held()
    station.kill()
    gate.open()

    deciding = start(environment=gate.environment)
    assert_asked_about(deciding, first.body["id"], first.body["job"])
    print_one_more(deciding)
    gate.hold(point)
    decision = deciding.post_unanswered(f"/api/v1/jobs/{first.body['job']}/resolve", {"outcome": "reprint"}, "r1")
    assert gate.held()
    deciding.kill()
    decision.join()

    again = start()
    assert again.get(f"/api/v1/jobs/{first.body['job']}").body["state"] == ("uncertain" if point == "write" else "cancelled")
    decided = resolve(again, first.body["job"], "reprint", "r1")
    assert decided.status == 200
    assert resolve(again, first.body["job"], "reprint", "r1").body == decided.body
    wait_for_job(again, again.get(f"{BAGS}/{first.body['id']}").body["job"], "confirmed")
    print_one_more(again)
    assert copies(printer, first.body["code"]) == 0
    assert_live(again, printer, first.body["id"], the_reprint(printer))


@pytest.mark.parametrize("point", ["write", "sync", "synced"])
def test_killed_while_bags_are_given_back_they_are_given_back_once(
    station: StationProcess, gate: DiskGate, start: Start, printer: PrinterSimulator, point: Point
) -> None:
    first = take_in(station)
    wait_for_job(station, first.body["job"], "confirmed")
    gate.hold(point)
    release = station.post_unanswered(f"{BAGS}/release", {"code": first.body["code"]}, "g1")
    assert gate.held()
    station.kill()
    release.join()

    again = start()
    assert again.get(f"{BAGS}/{first.body['id']}").body["state"] == ("stored" if point == "write" else "released")
    given = again.post(f"{BAGS}/release", {"code": first.body["code"]}, "g1")
    assert given.status == 200
    assert again.post(f"{BAGS}/release", {"code": first.body["code"]}, "g1").body == given.body
    assert again.post(f"{BAGS}/release", {"code": first.body["code"]}, "g2").status == 409


def send_until(station: StationProcess, gate: DiskGate, printer: PrinterSimulator, taken: int) -> Reply:
    """Take a bag in whose printer stops taking bytes in the middle of the ticket, after *taken* of them."""
    gate.hold("synced", commit=2)
    first = take_in(station)
    assert gate.held()
    before = printer.printer.received
    printer.stop_reading_after(taken)
    gate.open()
    assert printer.printer.wait_for(lambda found: found.received == before + taken)
    return first
