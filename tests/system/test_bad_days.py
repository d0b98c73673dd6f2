"""A real station on a bad day: started twice, on a full disk, with a clock that jumps."""

import resource
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from kiosk.clock import SystemClock
from kiosk.db import Database
from kiosk.demo.printer import PrinterSimulator
from kiosk.desk.audit import AuditTrail
from tests.fakes.disk_gate import DiskGate
from tests.fakes.preload import ClockShift
from tests.fakes.station_process import Reply, StationProcess
from tests.system.conftest import STATION, Prepared, Start, write_config

BAGS = "/api/v1/bags"
BAG = {"pieces": 1}
PARTS = 2  # of a ticket for one piece, each with the code
DAY = 86_400


def take_in(station: StationProcess, key: str | None = None) -> dict[str, Any]:
    reply = station.post(BAGS, BAG, key)
    assert reply.status == 201
    assert isinstance(reply.body, dict)
    return reply.body


def printed(station: StationProcess, job: int) -> None:
    station.until(f"/api/v1/jobs/{job}", lambda found: found["state"] == "confirmed")


def copies(printer: PrinterSimulator, code: str) -> float:
    return [text for _, text in printer.paper.codes].count(code) / PARTS


def assert_says_one_line(station: StationProcess, *parts: str) -> None:
    """What a technician sees first is one line that says what, where and what to do."""
    (line,) = [line for line in station.stderr.splitlines() if line.startswith("kiosk: ")]
    assert "Traceback" not in station.stderr
    for part in parts:
        assert part in line


def test_a_second_station_on_the_same_database_says_so_and_leaves_the_first_alone(
    start: Start, config: Path, prepared: Prepared, printer: PrinterSimulator
) -> None:
    first = start()
    printed(first, take_in(first)["job"])
    connections = printer.accepted
    with StationProcess(config, prepared.token) as second:
        assert second.exit_status() == 1
        assert_says_one_line(second, "kiosk.db", str(first.process.pid), "stop that one first")
    assert printer.accepted == connections
    printed(first, take_in(first)["job"])


def test_a_station_on_a_port_in_use_says_so_and_moves_no_device(
    start: Start, prepared: Prepared, printer: PrinterSimulator, tmp_path: Path
) -> None:
    first = start()
    printed(first, take_in(first)["job"])
    connections = printer.accepted
    other = write_config(tmp_path / "other", prepared, printer.port)
    with closing(first.connect()) as connection:
        port = connection.port
    with StationProcess(other, prepared.token, environment={"KIOSK_WEB__PORT": str(port)}) as second:
        assert second.exit_status() == 1
        assert_says_one_line(second, str(port))
    assert printer.accepted == connections
    printed(first, take_in(first)["job"])


def test_a_stop_is_clean_and_loses_nothing(start: Start, printer: PrinterSimulator) -> None:
    station = start()
    bag = take_in(station)
    printed(station, bag["job"])
    assert station.stop() == 0
    assert "Traceback" not in station.stderr
    again = start()
    assert again.get(f"{BAGS}/{bag['id']}").body["state"] == "stored"
    assert again.post(f"{BAGS}/release", {"code": bag["code"]}).status == 200


Disk = Callable[[bool], None]


@pytest.fixture(params=["no space", "file too large"])
def disk(request: pytest.FixtureRequest, start: Start, gate: DiskGate) -> Iterator[tuple[StationProcess, Disk]]:
    """A station, and a function that fills its disk or makes room again.

    "no space" refuses SQLite's writes as a full disk does (ENOSPC), "file too large" is the kernel's own refusal of
    every write to any file (EFBIG, RLIMIT_FSIZE), logs included.
    """
    station = start(environment=gate.environment)
    printed(station, take_in(station)["job"])
    if request.param == "no space":
        fill: Disk = gate.fill_disk
    else:
        _, hard = resource.prlimit(station.process.pid, resource.RLIMIT_FSIZE)

        def fill(full: bool) -> None:
            resource.prlimit(station.process.pid, resource.RLIMIT_FSIZE, (0 if full else hard, hard))

    yield station, fill
    gate.open()


def assert_is_a_storage_problem(reply: Reply) -> None:
    assert reply.status == 503
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert reply.body["status"] == 503
    assert reply.body["type"].startswith("/problems/")
    assert reply.body["remedy"]


def test_on_a_full_disk_nothing_is_half_done_and_afterwards_all_goes_on(
    disk: tuple[StationProcess, Disk], printer: PrinterSimulator
) -> None:
    station, fill = disk
    before = take_in(station)
    printed(station, before["job"])
    parts = len(printer.paper.parts)
    fill(True)
    assert_is_a_storage_problem(station.post(BAGS, BAG, "full-1"))
    assert_is_a_storage_problem(station.post(f"{BAGS}/release", {"code": before["code"]}, "full-2"))
    # Looking is still possible, and shows that nothing has changed.
    assert station.get(f"{BAGS}/{before['id']}").body["state"] == "stored"
    assert len(station.get(BAGS).body["bags"]) == 2
    assert len(printer.paper.parts) == parts

    fill(False)
    after = take_in(station, "full-1")
    printed(station, after["job"])
    assert copies(printer, after["code"]) == 1
    assert len(station.get(BAGS).body["bags"]) == 3
    assert station.post(f"{BAGS}/release", {"code": before["code"]}, "full-2").status == 200


def test_what_the_disk_did_not_take_is_recorded_once_it_has_room(
    disk: tuple[StationProcess, Disk], gate: DiskGate, printer: PrinterSimulator
) -> None:
    station, fill = disk
    gate.hold("write", commit=3)  # 1: the deposit, 2: "being sent", 3: the evidence
    bag = take_in(station)
    assert gate.held()
    assert copies(printer, bag["code"]) == 1
    fill(True)
    gate.open()
    station.until("/api/v1/devices", lambda found: "storage" in str(found))
    assert station.get(f"/api/v1/jobs/{bag['job']}").body["state"] == "sent"
    fill(False)
    printed(station, bag["job"])
    assert copies(printer, bag["code"]) == 1
    assert station.post(f"{BAGS}/release", {"code": bag["code"]}).status == 200


@pytest.mark.parametrize("days", [-400, 1])
def test_a_clock_that_jumps_loses_no_bag_and_breaks_no_chain(
    start: Start, wall_clock: ClockShift, printer: PrinterSimulator, config: Path, days: int
) -> None:
    station = start(environment=wall_clock.environment)
    before = take_in(station, "before")
    printed(station, before["job"])
    wall_clock.jump_to(days * DAY)
    after = take_in(station, "after")
    printed(station, after["job"])
    wall_clock.jump_to(0)
    back = take_in(station, "back")
    printed(station, back["job"])
    assert len({before["number"], after["number"], back["number"]}) == 3
    assert len({before["slot"], after["slot"], back["slot"]}) == 3
    for bag in (before, after, back):
        assert copies(printer, bag["code"]) == 1
        assert station.post(f"{BAGS}/release", {"code": bag["code"]}).status == 200
        assert station.post(f"{BAGS}/release", {"code": bag["code"]}).status == 409
    assert station.stop() == 0
    assert "Traceback" not in station.stderr
    clock = SystemClock()
    with closing(Database(f"sqlite:///{config.parent}/kiosk.db", clock=clock)) as database, database.read() as session:
        assert AuditTrail(STATION, clock).verify(session) == []


@pytest.mark.parametrize("days", [-1, 1])
def test_a_ticket_whose_age_nobody_knows_after_a_jump_is_not_sprung_on_the_next_customer(
    start: Start, wall_clock: ClockShift, printer: PrinterSimulator, days: int
) -> None:
    station = start(environment=wall_clock.environment)
    printed(station, take_in(station)["job"])
    printer.printer.pull_paper()
    bag = take_in(station)
    station.until(f"/api/v1/jobs/{bag['job']}", lambda found: found["reason"] == "paper-out")
    wall_clock.jump_to(days * DAY)
    printer.printer.new_roll()
    station.until(f"/api/v1/jobs/{bag['job']}", lambda found: found["held"] and found["needs_decision"])
    assert copies(printer, bag["code"]) == 0
    assert station.post(f"/api/v1/jobs/{bag['job']}/resolve", {"outcome": "reprint"}).status == 200
    printed(station, bag["job"])
    assert copies(printer, bag["code"]) == 1
