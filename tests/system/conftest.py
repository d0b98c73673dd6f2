"""A station in a process of its own and a printer that outlives it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from kiosk.clock import SystemClock
from kiosk.config import Settings
from kiosk.db import Database
from kiosk.db.schema import upgrade
from kiosk.demo.model import MODELS
from kiosk.demo.printer import PrinterSimulator
from kiosk.desk.actors import SCOPES, SYSTEM, Role
from kiosk.desk.audit import AuditTrail
from kiosk.desk.bags.slots import ensure_slots
from kiosk.desk.staff import StaffService, TokenService
from tests.fakes.disk_gate import DiskGate
from tests.fakes.preload import ClockShift, build_library
from tests.fakes.station_process import StationProcess

STATION = "desk-1"
PRINTER = "ticket-printer"


@dataclass(frozen=True)
class Prepared:
    """A database with the schema, slots, a manager and a token, made once and copied."""

    path: Path
    token: str


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    path = tmp_path_factory.mktemp("prepared") / "kiosk.db"
    clock = SystemClock()
    audit = AuditTrail(STATION, clock)
    with closing(Database(f"sqlite:///{path}", clock=clock)) as database:
        upgrade(database.engine)
        database.write(lambda session: ensure_slots(session, ["A01-A12"]))
        staff = StaffService(Settings().security, clock, audit)
        pin = staff.prepare_pin("482915")
        database.write(lambda session: staff.create_user(session, SYSTEM, name="Boss", role=Role.MANAGER, pin=pin, must_change_pin=False))
        token = database.write(lambda session: TokenService(clock, audit).create(session, SYSTEM, "test", SCOPES))
    return Prepared(path, token.text)


@pytest.fixture(scope="session")
def gate_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_library("disk_gate", tmp_path_factory.mktemp("preload"))


@pytest.fixture(scope="session")
def clock_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_library("clock_shift", tmp_path_factory.mktemp("preload"))


@pytest.fixture
def gate(gate_library: Path, tmp_path: Path) -> Iterator[DiskGate]:
    with DiskGate(gate_library, tmp_path / "gate") as opened:
        yield opened


@pytest.fixture
def wall_clock(clock_library: Path, tmp_path: Path) -> ClockShift:
    return ClockShift(clock_library, tmp_path / "shift")


@pytest.fixture
def printer() -> Iterator[PrinterSimulator]:
    """A network printer that answers ``GS r`` behind the job, and keeps its paper while stations come and go."""
    with PrinterSimulator(model=MODELS["tcp-80"]) as simulator:
        yield simulator


@pytest.fixture
def config(prepared: Prepared, printer: PrinterSimulator, tmp_path: Path) -> Path:
    return write_config(tmp_path / "station", prepared, printer.port)


def write_config(folder: Path, prepared: Prepared, printer_port: int) -> Path:
    """Write kiosk.toml into *folder*, beside a copy of the prepared database."""
    folder.mkdir()
    shutil.copy(prepared.path, folder / "kiosk.db")
    path = folder / "kiosk.toml"
    path.write_text(
        f"""
[station]
name = "{STATION}"
state_dir = "{folder}/state"
[database]
url = "sqlite:///{folder}/kiosk.db"
[web]
port = 0
[devices.{PRINTER}]
kind = "printer"
driver = "escpos-network"
host = "127.0.0.1"
port = {printer_port}
""",
        encoding="utf-8",
    )
    return path


Start = Callable[..., StationProcess]


@pytest.fixture
def start(config: Path, prepared: Prepared) -> Iterator[Start]:
    """Starts a station and waits until it is up: ``start(environment=...)``; all of them are gone after the test."""
    with ExitStack() as stack:

        def run(**options: object) -> StationProcess:
            station = stack.enter_context(StationProcess(config, prepared.token, **options))  # type: ignore[arg-type] # passed on
            return station.ready()

        yield run
