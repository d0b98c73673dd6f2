"""`kiosk device` and `kiosk doctor`, on simulated hardware, beside a station that runs and without one."""

import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from kiosk.cli.running import find_running
from kiosk.config import load_configuration
from kiosk.demo.printer import PrinterSimulator
from kiosk.demo.scanner import ScannerSimulator
from kiosk.devices.registry import check_devices
from kiosk.devices.state import DeviceState
from kiosk.station import Station
from tests.cli.conftest import Kiosk, assert_one_line
from tests.fakes.printer import network_printer
from tests.fakes.scanner import serial_scanner

CODE = "6901234567892"


@pytest.fixture
def printer() -> Iterator[PrinterSimulator]:
    with network_printer() as simulator:
        yield simulator


@pytest.fixture
def port() -> Iterator[int]:
    """A TCP port that is this test's alone: bound, so that nobody is given it, but not listened on."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


@pytest.fixture
def bench(folder: Path, printer: PrinterSimulator, port: int) -> Path:
    """The folder of a station with one printer."""
    with (folder / "kiosk.toml").open("a", encoding="utf-8") as file:
        file.write(f"""
[web]
port = {port}
[devices.ticket-printer]
kind = "printer"
driver = "escpos-network"
host = "127.0.0.1"
port = {printer.port}
required = true
""")
    return folder


def add_scanner(folder: Path) -> None:
    with (folder / "kiosk.toml").open("a", encoding="utf-8") as file:
        file.write(f'[devices.desk-scanner]\nkind = "scanner"\ndriver = "serial"\nport = "{folder}/scanner"\n')


@contextmanager
def running(folder: Path, state: DeviceState = DeviceState.READY) -> Iterator[Station]:
    """The station of *folder*, in this process, once its printer is in *state*."""
    loaded = load_configuration(folder / "kiosk.toml", {})
    changed = threading.Event()
    with Station(loaded.settings, check_devices(loaded.settings.devices, loaded.locate)) as station:
        station.bus.subscribe(lambda _event: changed.set())
        station.open()
        station.start()
        while station.services.devices.status("ticket-printer").state is not state:
            assert changed.wait(10)
            changed.clear()
        yield station


@contextmanager
def scanning(scanner: ScannerSimulator, text: str) -> Iterator[None]:
    """Hold *text* in front of *scanner*, again and again."""
    enough = threading.Event()

    def hold() -> None:
        while not enough.wait(0.05):
            scanner.scan(text)

    thread = threading.Thread(target=hold, daemon=True)
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join()


def test_without_devices_the_list_says_where_to_put_them(fresh: Kiosk) -> None:
    assert "[devices.NAME]" in fresh("device", "list").out
    assert json.loads(fresh("device", "list", "--json").out) == []


def test_devices_are_listed_with_their_states_while_the_station_runs(fresh: Kiosk, bench: Path) -> None:
    (row,) = json.loads(fresh("device", "list", "--json").out)
    assert row == {
        "name": "ticket-printer",
        "kind": "printer",
        "driver": "escpos-network",
        "required": True,
        "state": "not running",
        "reason": None,
    }
    with running(bench):
        assert json.loads(fresh("device", "list", "--json").out)[0]["state"] == "ready"
        assert re.search(r"^ticket-printer +printer +escpos-network +ready$", fresh("device", "list").out, re.MULTILINE)


def test_a_printer_is_probed_and_the_lines_for_the_configuration_are_printed(
    fresh: Kiosk, bench: Path, printer: PrinterSimulator, tmp_path: Path
) -> None:
    answer = fresh("device", "probe", "ticket-printer")
    assert (answer.status, answer.err) == (0, "")
    head, _, lines = answer.out.partition("For kiosk.toml:\n")
    assert "choose the line that reads well" in head
    assert lines.startswith("[devices.ticket-printer]\n")
    assert printer.paper.text
    # What it suggests can be taken over as it stands.
    suggested = tmp_path / "suggested.toml"
    must = f'kind = "printer"\ndriver = "escpos-network"\nhost = "127.0.0.1"\nport = {printer.port}\n'
    suggested.write_text(lines.replace("\n", "\n" + must, 1), encoding="utf-8")
    loaded = load_configuration(suggested, {})
    assert check_devices(loaded.settings.devices, loaded.locate)


def test_a_printer_is_tested_with_a_slip_and_its_evidence(fresh: Kiosk, bench: Path, printer: PrinterSimulator) -> None:
    answer = fresh("device", "test", "ticket-printer")
    assert (answer.status, answer.err) == (0, "")
    assert "ok: printed, evidence" in answer.out
    assert "TEST" in printer.paper.text


def test_a_printer_without_paper_fails_its_test_and_prints_nothing(fresh: Kiosk, bench: Path, printer: PrinterSimulator) -> None:
    printer.printer.pull_paper()
    assert_one_line(fresh("device", "test", "ticket-printer"), 1, "ticket-printer", "paper-out", "remedy that")
    assert not printer.paper.text


def test_a_printer_that_is_away_is_one_line(fresh: Kiosk, bench: Path, printer: PrinterSimulator) -> None:
    printer.refuse()
    for command in ("test", "probe"):
        answer = fresh("device", command, "ticket-printer")
        assert_one_line(answer, 1, str(printer.port))


def test_a_scanner_is_tested_and_probed_with_one_code(fresh: Kiosk, bench: Path) -> None:
    add_scanner(bench)
    with serial_scanner(bench) as scanner, scanning(scanner, CODE):
        tested = fresh("device", "test", "desk-scanner")
        assert (tested.status, tested.out) == (0, "ok: a code was read\n")
        assert CODE not in tested.err
        probed = fresh("device", "probe", "desk-scanner")
        assert probed.status == 0
        assert f"text: {CODE!r}" in probed.out


def test_an_unknown_device_is_answered_with_the_nearest(fresh: Kiosk, bench: Path) -> None:
    assert_one_line(fresh("device", "test", "ticket-printr"), 2, "did you mean 'ticket-printer'?")


def test_a_device_of_a_running_station_is_left_alone(fresh: Kiosk, bench: Path, printer: PrinterSimulator) -> None:
    with running(bench):
        accepted = printer.accepted
        for command in ("test", "probe"):
            assert_one_line(fresh("device", command, "ticket-printer"), 1, "owns 'ticket-printer'", "/technician", "systemctl stop kiosk")
        assert printer.accepted == accepted


def findings(kiosk: Kiosk, **more: object) -> dict[str, dict[str, object]]:
    """What the doctor finds, by what was looked at."""
    return {found["check"]: found for found in json.loads(kiosk("doctor", "--json", **more).out)}


def test_the_doctor_finds_a_fresh_machine_well_and_leaves_no_database_behind(fresh: Kiosk, bench: Path) -> None:
    answer = fresh("doctor")
    assert answer.status == 0
    found = findings(fresh)
    assert list(found) == ["configuration", "state folder", "disk", "database", "web", "fonts", "device ticket-printer"]
    assert not [name for name, finding in found.items() if finding["ok"] is False]
    assert "does not exist yet" in str(found["database"]["detail"])
    assert "answers; evidence of printing" in str(found["device ticket-printer"]["detail"])
    assert not (bench / "kiosk.db").exists()


def test_the_doctor_asks_the_running_station(kiosk: Kiosk, bench: Path, printer: PrinterSimulator) -> None:
    with running(bench):
        found = findings(kiosk)
        assert found["web"]["ok"] is True
        assert (found["device ticket-printer"]["ok"], found["device ticket-printer"]["detail"]) == (True, "ready")
    printer.refuse()
    with running(bench, DeviceState.OFFLINE):
        answer = kiosk("doctor")
        assert answer.status == 1
        assert "FAIL  device ticket-printer: offline" in answer.out
        assert "warn  web: the station answers" in answer.out


@pytest.mark.parametrize(
    ("environ", "check", "says"),
    [
        ({"KIOSK_DATABASE__URL": "garbage"}, "configuration", "database.url"),
        ({"KIOSK_WBE__PORT": "1"}, "configuration", "unknown section [wbe]"),
        ({"KIOSK_STATION__STATE_DIR": "/nonexistent/kiosk"}, "state folder", "does not exist"),
        ({"KIOSK_DATABASE__URL": "postgresql://kiosk:s3cret@127.0.0.1:1/kiosk"}, "database", "refused"),
        ({"KIOSK_DEVICES__TICKET_PRINTER__PORT": "1"}, "device ticket-printer", "127.0.0.1:1"),
    ],
)
def test_the_doctor_names_what_is_broken_and_fails(fresh: Kiosk, bench: Path, environ: dict[str, str], check: str, says: str) -> None:
    answer = fresh("doctor", environ=environ)
    assert answer.status == 1
    (line,) = [line for line in answer.out.splitlines() if line.startswith("FAIL")]
    assert line.startswith(f"FAIL  {check}: ")
    assert says in line
    assert "s3cret" not in answer.out + answer.err
    assert findings(fresh, environ=environ)[check]["ok"] is False


def test_the_doctor_notices_a_foreign_program_on_the_port(fresh: Kiosk, bench: Path, port: int) -> None:
    with socket.socket() as foreign:
        foreign.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        foreign.bind(("127.0.0.1", port))
        foreign.listen(1)
        foreign.settimeout(10)

        def answer_like_another_program() -> None:
            caller, _ = foreign.accept()
            with caller:
                caller.recv(4096)
                caller.sendall(b"HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=answer_like_another_program, daemon=True)
        thread.start()
        found = findings(fresh)["web"]
        thread.join()
    assert found["ok"] is False
    assert "ss -ltnp" in str(found["remedy"])


def test_a_station_that_does_not_answer_is_still_found_by_its_lock(bench: Path, port: int) -> None:
    settings = load_configuration(bench / "kiosk.toml", {}).settings
    assert find_running(settings) is None
    with running(bench) as station:
        asked = find_running(settings)
        assert asked is not None
        assert asked.ready is True
        assert asked.devices["ticket-printer"]["state"] == "ready"
        station.web.stop()
        silent = find_running(settings)
        assert silent is not None
        assert silent.ready is None
        assert silent.pid == asked.pid
    assert find_running(settings) is None


def test_a_station_elsewhere_is_asked_at_this_machine(bench: Path) -> None:
    settings = load_configuration(bench / "kiosk.toml", {"KIOSK_WEB__HOST": "0.0.0.0"}).settings
    with closing(socket.socket()), running(bench):
        found = find_running(settings)
        assert found is not None
        assert found.ready is True
