"""The simulated printer's transports: a TCP port and a pty, with the faults that networks and cables have."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import serial

from kiosk.demo.printer import PrinterSimulator
from tests.fakes.clock import FakeClock
from tests.fakes.printer import ASK_PAPER, ASK_PRINTER, network_printer, process_id, serial_printer, two_part_ticket


@contextmanager
def connected(simulator: PrinterSimulator, timeout_s: float = 5) -> Iterator[socket.socket]:
    with socket.create_connection((simulator.host, simulator.port), timeout_s) as connection:
        yield connection


def test_a_job_is_printed_and_confirmed_over_tcp() -> None:
    with network_printer() as simulator, connected(simulator) as connection:
        connection.sendall(two_part_ticket() + process_id(b"0001"))
        assert connection.recv(100) == b"\x37\x220001\x00"
        assert len(simulator.paper.parts) == 2


def test_the_answer_after_new_paper_comes_to_the_open_connection() -> None:
    with network_printer() as simulator, connected(simulator) as connection:
        simulator.printer.pull_paper()
        connection.sendall(two_part_ticket() + process_id(b"0001") + ASK_PAPER)
        assert connection.recv(100) == b"\x72"
        simulator.printer.new_roll()
        assert connection.recv(100) == b"\x37\x220001\x00"


def test_a_port_that_nobody_listens_on_refuses_and_comes_back_under_the_same_number() -> None:
    with network_printer(refused=True) as simulator:
        port = simulator.port
        with pytest.raises(ConnectionRefusedError), connected(simulator):
            pass
        simulator.accept()
        assert simulator.port == port
        with connected(simulator) as connection:
            connection.sendall(ASK_PRINTER)
            assert connection.recv(1) == b"\x12"


def test_switching_it_off_closes_the_connection_and_loses_the_buffer() -> None:
    with network_printer() as simulator:
        with connected(simulator) as connection:
            simulator.printer.pull_paper()
            connection.sendall(two_part_ticket())
            assert simulator.printer.wait_for(lambda printer: printer.received == len(two_part_ticket()))
            simulator.power_off()
            assert connection.recv(1) == b""
        simulator.power_on()
        simulator.printer.new_roll()
        with connected(simulator) as connection:
            connection.sendall(ASK_PRINTER)
            assert connection.recv(1) == b"\x12"
        assert simulator.paper.parts == []


def test_a_hung_printer_accepts_the_connection_and_says_nothing_until_it_is_back() -> None:
    with network_printer(hung=True) as simulator, connected(simulator, 0.2) as connection:
        connection.sendall(ASK_PRINTER)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        simulator.hang(False)
        connection.settimeout(5)
        assert connection.recv(1) == b"\x12"


def test_the_connection_breaks_off_after_as_many_bytes_as_asked() -> None:
    job = b"line\n" * 20
    with network_printer(cut_off_after=12) as simulator, connected(simulator) as connection:
        connection.sendall(job)
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
        assert simulator.printer.received == 12
        assert simulator.paper.text == "line\nline"


def test_a_printer_that_stops_reading_takes_exactly_so_much() -> None:
    with network_printer(stop_reading_after=10) as simulator, connected(simulator) as connection:
        connection.sendall(b"line\n" * 4)
        assert simulator.printer.wait_for(lambda printer: printer.received == 10)
        simulator.stop_reading_after(None)
        assert simulator.printer.wait_for(lambda printer: printer.received == 20)


def test_a_full_buffer_holds_the_sender_up() -> None:
    with network_printer(buffer_bytes=1000) as simulator, connected(simulator, 0.3) as connection:
        simulator.printer.pull_paper()
        with pytest.raises(TimeoutError):
            connection.sendall(b"x" * 4_000_000)
        assert simulator.printer.received == 1000


def test_a_slow_line_takes_its_time(clock: FakeClock) -> None:
    with network_printer(clock=clock) as simulator, connected(simulator) as connection:
        simulator.slow_down(100)
        connection.sendall(b"x" * 30)
        assert simulator.printer.wait_for(lambda printer: printer.received == 10)
        clock.wait_until_waiting()
        clock.advance(0.1)
        assert simulator.printer.wait_for(lambda printer: printer.received == 20)
        clock.wait_until_waiting()
        clock.advance(0.1)
        assert simulator.printer.wait_for(lambda printer: printer.received == 30)


def test_mechanical_time_passes_by_the_clock(clock: FakeClock) -> None:
    with network_printer(clock=clock, speed_mm_s=37.5) as simulator, connected(simulator) as connection:
        connection.sendall(b"one\ntwo\n")
        assert simulator.printer.wait_for(lambda printer: printer.paper.text == "one")
        clock.wait_until_waiting()
        clock.advance(0.1)
        assert simulator.printer.wait_for(lambda printer: printer.paper.text == "one\ntwo")


def test_it_serves_one_connection_at_a_time() -> None:
    with network_printer() as simulator, connected(simulator) as first, connected(simulator, 0.2) as second:
        second.sendall(ASK_PRINTER)
        with pytest.raises(TimeoutError):
            second.recv(1)
        first.close()
        second.settimeout(5)
        assert second.recv(1) == b"\x12"


def test_it_may_serve_several() -> None:
    with network_printer(connections=2) as simulator, connected(simulator) as first, connected(simulator) as second:
        first.sendall(ASK_PRINTER)
        assert first.recv(1) == b"\x12"
        second.sendall(ASK_PRINTER)
        assert second.recv(1) == b"\x12"


def test_connections_can_be_dropped_both_ways() -> None:
    with network_printer() as simulator:
        with connected(simulator) as connection:
            connection.sendall(ASK_PRINTER)
            assert connection.recv(1) == b"\x12"
            simulator.drop()
            assert connection.recv(1) == b""
        with connected(simulator) as connection:
            connection.sendall(ASK_PRINTER)
            assert connection.recv(1) == b"\x12"
            simulator.drop(abort=True)
            with pytest.raises(ConnectionResetError):
                connection.recv(1)


def test_a_serial_printer_prints_and_answers(tmp_path: Path) -> None:
    with serial_printer(tmp_path) as simulator, serial.Serial(str(simulator.link), timeout=5) as port:
        port.write(two_part_ticket() + process_id(b"0001"))
        assert port.read(7) == b"\x37\x220001\x00"
        assert len(simulator.paper.parts) == 2


def test_every_byte_passes_the_serial_line_unchanged(tmp_path: Path) -> None:
    picture = bytes(range(256))
    with serial_printer(tmp_path) as simulator, serial.Serial(str(simulator.link), timeout=5) as port:
        port.write(b"\x1dv0\x00\x10\x00\x10\x00" + picture + b"\x1dr\x01")
        assert port.read(1) == b"\x00"
        assert simulator.paper.hanging.rasters[0].data == picture


def test_an_unplugged_serial_printer_comes_back_under_the_same_name(tmp_path: Path) -> None:
    with serial_printer(tmp_path) as simulator:
        with serial.Serial(str(simulator.link), timeout=5) as port:
            simulator.unplug()
            assert not simulator.link.exists()
            with pytest.raises(serial.SerialException):
                port.read(1)
        simulator.plug_in()
        with serial.Serial(str(simulator.link), timeout=5) as port:
            port.write(ASK_PRINTER)
            assert port.read(1) == b"\x12"


def test_a_taken_port_is_an_error_that_leaves_nothing_open() -> None:
    with network_printer() as simulator:
        before = len(list(Path("/proc/self/fd").iterdir()))
        with pytest.raises(OSError, match="in use"):
            PrinterSimulator(port=simulator.port)
        assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_closing_leaves_nothing_open(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    with network_printer() as simulator, connected(simulator), serial_printer(tmp_path):
        pass
    assert len(list(Path("/proc/self/fd").iterdir())) == before
