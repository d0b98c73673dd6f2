"""The composition root: what starts before what, what a failed start leaves behind, and what is said about it."""

import socket
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from sqlalchemy import text

from kiosk.clock import SystemClock
from kiosk.config import load_configuration
from kiosk.db import Database
from kiosk.db.lock import AlreadyRunning
from kiosk.db.schema import HEAD, upgrade
from kiosk.demo.printer import PrinterSimulator
from kiosk.devices.registry import check_devices
from kiosk.errors import ConfigError, StorageError
from kiosk.station import Station
from kiosk.web.server import PortTaken
from tests.fakes.printer import network_printer


@pytest.fixture
def printer() -> Iterator[PrinterSimulator]:
    with network_printer() as simulator:
        yield simulator


def make(folder: Path, config: str = "", **environ: str) -> Station:
    """A station on *folder*; *config* is appended to its kiosk.toml."""
    path = folder / "kiosk.toml"
    path.write_text(
        f'[station]\nstate_dir = "{folder}/state"\n[database]\nurl = "sqlite:///{folder}/kiosk.db"\n[web]\nport = 0\n{config}',
        encoding="utf-8",
    )
    loaded = load_configuration(path, environ)
    return Station(loaded.settings, check_devices(loaded.settings.devices, loaded.locate))


def printer_config(printer: PrinterSimulator, name: str = "ticket-printer") -> str:
    return f'[devices.{name}]\nkind = "printer"\ndriver = "escpos-network"\nhost = "127.0.0.1"\nport = {printer.port}\n'


def threads() -> set[threading.Thread]:
    return set(threading.enumerate())


def test_a_first_start_gives_one_pin_and_later_ones_none(tmp_path: Path) -> None:
    with make(tmp_path) as station:
        pin = station.open()
        assert pin is not None
        with station.db.read() as session:
            (person,) = station.services.staff.list_users(session)
        assert person.role.value == "technician"
        assert person.must_change_pin
        assert station.services.staff.log_in_pin(station.db, person.id, pin).must_change_pin
    with make(tmp_path) as again:
        assert again.open() is None


def test_opening_moves_no_device_and_starting_serves_pages_and_devices(tmp_path: Path, printer: PrinterSimulator) -> None:
    with make(tmp_path, printer_config(printer)) as station:
        station.open()
        assert printer.accepted == 0
        changed = threading.Event()
        station.bus.subscribe(lambda _event: changed.set())
        station.start()
        with urllib.request.urlopen(f"{station.web.url}readyz", timeout=10) as answer:
            assert answer.status == 200
        while station.services.devices.status("ticket-printer").state.value != "ready":
            assert changed.wait(10)
            changed.clear()
        assert printer.accepted == 1


def test_a_stop_ends_every_thread_and_lets_go_of_port_and_database(tmp_path: Path, printer: PrinterSimulator) -> None:
    before = threads()
    with make(tmp_path, printer_config(printer)) as station:
        station.open()
        station.start()
        port = station.web.port
        assert threads() > before
    assert threads() <= before
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", port))
        free.listen(1)
    with make(tmp_path) as again:
        again.open()


def test_a_stop_before_the_start_is_harmless_and_a_second_one_too(tmp_path: Path) -> None:
    station = make(tmp_path)
    station.stop()
    other = make(tmp_path)
    other.open()
    other.stop()
    other.stop()


def test_a_port_in_use_is_said_before_any_device_moves(tmp_path: Path, printer: PrinterSimulator) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        before = threads()
        with make(tmp_path, printer_config(printer), KIOSK_WEB__PORT=str(port)) as station:
            station.open()
            with pytest.raises(PortTaken, match=rf"127\.0\.0\.1:{port} cannot be listened on.*stop the other program.*web\.port"):
                station.start()
        assert printer.accepted == 0
        assert threads() <= before


def test_a_second_station_on_the_database_is_refused_and_the_first_keeps_it(tmp_path: Path) -> None:
    with make(tmp_path) as first:
        first.open()
        with make(tmp_path) as second, pytest.raises(AlreadyRunning, match="stop that one first"):
            second.open()
        with make(tmp_path) as third, pytest.raises(AlreadyRunning):
            third.open()
        first.start()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    with closing(Database(f"sqlite:///{tmp_path}/kiosk.db", clock=SystemClock())) as database:
        upgrade(database.engine)
        with database.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with make(tmp_path) as station, pytest.raises(ConfigError, match=f"9999, which this version .{HEAD}. does not know; install"):
        station.open()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "kiosk.db").write_bytes(b"no database " * 100)
    with make(tmp_path) as station, pytest.raises(StorageError, match="file is not a database; check that"):
        station.open()


def test_several_printers_need_a_name_for_the_one_that_prints_tickets(tmp_path: Path, printer: PrinterSimulator) -> None:
    both = printer_config(printer, "left") + printer_config(printer, "right")
    with pytest.raises(ConfigError, match=r"bags\.printer: there are several printers \(left, right\)"):
        make(tmp_path, both)
    with make(tmp_path, both + '[bags]\nprinter = "right"\n'):
        pass


def test_a_state_folder_that_cannot_be_made_is_a_mistake_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"station\.state_dir: .*/state cannot be made: File exists"):
        make(tmp_path)


def test_a_session_key_that_cannot_be_used_is_said_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "state" / "session.key").mkdir(parents=True)
    with pytest.raises(ConfigError, match=r"state/session\.key: .*Is a directory; .*station\.state_dir"):
        make(tmp_path)


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe\x00", b"0" * 20, b"z" * 64])
def test_a_damaged_session_key_is_made_anew_and_kept_private(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "state" / "session.key"
    path.parent.mkdir()
    path.write_bytes(damage)
    with make(tmp_path) as station:
        key = path.read_bytes()
        assert len(key) == 64
        assert key != damage
        assert path.stat().st_mode & 0o077 == 0
        assert station.app.secret_key == key.decode()
    with make(tmp_path) as again:
        assert again.app.secret_key == key.decode()


def test_stations_of_different_names_share_nothing_but_a_server(database_url: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        first = stack.enter_context(make(tmp_path, KIOSK_DATABASE__URL=database_url, KIOSK_STATION__NAME="desk-1"))
        assert first.open() is not None
        second = stack.enter_context(make(tmp_path, KIOSK_DATABASE__URL=database_url, KIOSK_STATION__NAME="desk-2"))
        if database_url.startswith("sqlite"):
            with pytest.raises(AlreadyRunning):
                second.open()
        else:
            assert second.open() is None
