"""The serial scanner over real pseudo-terminals: what is written on the wire comes out as codes, and nothing else."""

import fcntl
import os
import struct
import termios
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.clock import SystemClock
from kiosk.config import convert_table
from kiosk.devices.errors import DeviceAbsent, DeviceLost
from kiosk.devices.registry import BuildContext
from kiosk.devices.scanner import RawScan
from kiosk.drivers.scanner_serial import DRIVER, SerialScanner, SerialScannerOptions
from kiosk.errors import ConfigError
from tests.fakes.clock import FakeClock

# asm-generic/ioctls.h: "get exclusive mode"; the termios module has no name for it.
TIOCGEXCL = 0x80045440

# Longer than anything here takes; it ends a test that would hang.
PATIENCE_S = 5.0


def running() -> bool:
    return False


class Plug:
    """A scanner's end of the cable: a pty behind a link that stays, as /dev/serial/by-id does."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.master = -1

    def put_in(self) -> None:
        self.master, slave = os.openpty()
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(slave))
        os.close(slave)

    def send(self, data: bytes) -> None:
        os.write(self.master, data)

    def pull(self) -> None:
        os.close(self.master)
        self.master = -1


@pytest.fixture
def plug(tmp_path: Path) -> Iterator[Plug]:
    plug = Plug(tmp_path / "scanner")
    plug.put_in()
    yield plug
    if plug.master >= 0:
        plug.pull()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def make(plug: Plug, clock: FakeClock) -> Iterator[Callable[..., SerialScanner]]:
    made: list[SerialScanner] = []

    def make(**options: Any) -> SerialScanner:
        scanner = SerialScanner(SerialScannerOptions(port=str(plug.path), **options), clock)
        scanner.open()
        made.append(scanner)
        return scanner

    yield make
    for scanner in made:
        scanner.close()


def read(scanner: SerialScanner) -> RawScan | None:
    """Read one code; a reader that hangs is interrupted and gives None."""
    rescue = threading.Timer(PATIENCE_S, scanner.interrupt)
    rescue.start()
    try:
        return scanner.read(None, running)
    finally:
        rescue.cancel()
        rescue.join()


def texts(scanner: SerialScanner, count: int) -> list[str | None]:
    return [code.text if (code := read(scanner)) else None for _ in range(count)]


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_a_code_ends_with_carriage_return_line_feed_or_both(make: Callable[..., SerialScanner], plug: Plug, end: bytes) -> None:
    scanner = make()
    plug.send(b"81234" + end + b"85678" + end)
    assert texts(scanner, 2) == ["81234", "85678"]
    assert scanner.dropped == 0


def test_the_line_feed_after_a_carriage_return_is_no_empty_code(make: Callable[..., SerialScanner], plug: Plug) -> None:
    scanner = make()
    plug.send(b"one\r")
    assert texts(scanner, 1) == ["one"]
    plug.send(b"\n")
    plug.send(b"two\r")
    assert texts(scanner, 1) == ["two"]


def test_a_code_between_stx_and_etx_comes_out_without_them(make: Callable[..., SerialScanner], plug: Plug) -> None:
    scanner = make(framing="stx-etx")
    plug.send(b"\x02one\x03\r\n\x02two\x03")
    assert texts(scanner, 2) == ["one", "two"]
    assert scanner.dropped == 0


def test_silence_ends_a_code_with_gap_framing(make: Callable[..., SerialScanner], plug: Plug, clock: FakeClock) -> None:
    scanner = make(framing="gap", gap_ms=20)
    found: list[RawScan | None] = []
    reader = threading.Thread(target=lambda: found.append(read(scanner)))
    reader.start()
    plug.send(b"12")
    plug.send(b"34")
    reader.join(0.2)
    assert found == [], "the clock stands still: no gap has passed"
    clock.advance(0.02)
    reader.join(PATIENCE_S)
    assert found == [RawScan("1234")]


def test_gap_framing_works_by_the_real_clock(plug: Plug) -> None:
    scanner = SerialScanner(SerialScannerOptions(port=str(plug.path), framing="gap", gap_ms=5), SystemClock())
    scanner.open()
    try:
        for code in ("one", "two"):
            plug.send(code.encode())
            assert texts(scanner, 1) == [code]
    finally:
        scanner.close()


def test_bytes_that_arrive_one_by_one_make_one_code(make: Callable[..., SerialScanner], plug: Plug) -> None:
    scanner = make()
    found: list[RawScan | None] = []
    reader = threading.Thread(target=lambda: found.append(read(scanner)))
    reader.start()
    for byte in b"80123456789015\r":
        plug.send(bytes((byte,)))
    reader.join(PATIENCE_S)
    assert found == [RawScan("80123456789015")]


def test_several_codes_in_one_burst_come_out_in_order(make: Callable[..., SerialScanner], plug: Plug) -> None:
    scanner = make()
    plug.send(b"".join(b"%d\r\n" % number for number in range(100)))
    assert texts(scanner, 100) == [str(number) for number in range(100)]


def test_the_aim_identifier_becomes_the_symbology(make: Callable[..., SerialScanner], plug: Plug) -> None:
    scanner = make(aim_prefix=True)
    plug.send(b"]C080123456789015\r]E06901234567892\r")
    assert read(scanner) == RawScan("80123456789015", "code128")
    assert read(scanner) == RawScan("6901234567892", "ean13")


@pytest.mark.parametrize("noise", [b"12\x0034", b"\x1b[A", b"\x7f", b"\xff\xfe\xff", b"\x80", b"12\x0b"])
def test_noise_is_dropped_and_counted_and_the_next_code_is_read(make: Callable[..., SerialScanner], plug: Plug, noise: bytes) -> None:
    scanner = make()
    plug.send(noise + b"\r81234\r")
    assert read(scanner) == RawScan("81234")
    assert scanner.dropped == 1


def test_a_reader_returns_after_noise_so_that_its_owner_can_look(make: Callable[..., SerialScanner], plug: Plug) -> None:
    scanner = make()
    plug.send(b"\x00\x01\r")
    assert read(scanner) is None
    assert scanner.dropped == 1


@pytest.mark.parametrize(
    ("framing", "start", "end"),
    [("line", b"", b"\r"), ("stx-etx", b"\x02", b"\x03")],
)
def test_an_over_long_code_is_dropped_up_to_its_end(
    make: Callable[..., SerialScanner], plug: Plug, framing: str, start: bytes, end: bytes
) -> None:
    scanner = make(framing=framing, max_length=8)
    plug.send(start + b"123456789" * 50 + end + start + b"12345678" + end)
    assert read(scanner) == RawScan("12345678")
    assert scanner.dropped == 1


def test_half_a_code_grows_stale_and_does_not_spoil_the_next(make: Callable[..., SerialScanner], plug: Plug, clock: FakeClock) -> None:
    scanner = make()
    plug.send(b"8012")
    assert scanner.read(0.0, running) is None
    clock.advance(2)
    assert scanner.read(0.0, running) is None
    assert scanner.dropped == 1
    plug.send(b"85678\r")
    assert read(scanner) == RawScan("85678")


def test_a_read_gives_up_after_its_time_out(plug: Plug) -> None:
    scanner = SerialScanner(SerialScannerOptions(port=str(plug.path)), SystemClock())
    scanner.open()
    try:
        assert scanner.read(0.01, running) is None
    finally:
        scanner.close()


def test_interrupt_ends_a_blocking_read_at_once(make: Callable[..., SerialScanner]) -> None:
    scanner = make()
    found: list[RawScan | None] = []
    reader = threading.Thread(target=lambda: found.append(scanner.read(None, running)))
    reader.start()
    scanner.interrupt()
    reader.join(PATIENCE_S)
    assert found == [None]


def test_an_interrupt_before_the_read_is_not_lost(make: Callable[..., SerialScanner], plug: Plug) -> None:
    scanner = make()
    scanner.interrupt()
    assert scanner.read(None, running) is None
    plug.send(b"81234\r")
    assert read(scanner) == RawScan("81234")


def test_a_read_that_was_stopped_returns_at_once(make: Callable[..., SerialScanner]) -> None:
    assert make().read(None, lambda: True) is None


def test_an_interrupt_of_a_closed_scanner_does_nothing(make: Callable[..., SerialScanner]) -> None:
    scanner = make()
    scanner.close()
    scanner.interrupt()
    scanner.close()


def test_a_closed_scanner_cannot_be_read(make: Callable[..., SerialScanner]) -> None:
    scanner = make()
    scanner.close()
    with pytest.raises(DeviceLost):
        scanner.read(None, running)


def test_a_pulled_plug_is_noticed_and_the_scanner_works_again_when_put_back(make: Callable[..., SerialScanner], plug: Plug) -> None:
    scanner = make()
    plug.send(b"8012")
    assert scanner.read(0.0, running) is None
    plug.pull()
    with pytest.raises(DeviceLost) as lost:
        read(scanner)
    assert lost.value.code == "unplugged"
    scanner.close()
    with pytest.raises(DeviceAbsent) as absent:
        scanner.open()
    assert absent.value.code == "not-found"
    plug.put_in()
    scanner.open()
    plug.send(b"85678\r")
    assert read(scanner) == RawScan("85678"), "half a code from before is forgotten"


def test_a_plug_pulled_during_a_blocking_read_is_noticed(make: Callable[..., SerialScanner], plug: Plug) -> None:
    scanner = make()
    found: list[str] = []

    def wait() -> None:
        try:
            read(scanner)
        except DeviceLost as error:
            found.append(error.code)

    reader = threading.Thread(target=wait)
    reader.start()
    plug.pull()
    reader.join(PATIENCE_S)
    assert found == ["unplugged"]


def test_what_was_sent_before_opening_is_not_read(plug: Plug) -> None:
    scanner = SerialScanner(SerialScannerOptions(port=str(plug.path)), FakeClock())
    plug.send(b"stale\r")
    scanner.open()
    try:
        plug.send(b"81234\r")
        assert read(scanner) == RawScan("81234")
    finally:
        scanner.close()


def test_a_second_program_cannot_take_the_scanner(make: Callable[..., SerialScanner], plug: Plug) -> None:
    make()
    second = SerialScanner(SerialScannerOptions(port=str(plug.path)), FakeClock())
    with pytest.raises(DeviceAbsent) as refused:
        second.open()
    assert refused.value.code == "taken"


def test_the_port_is_marked_exclusive_while_open_and_free_afterwards(make: Callable[..., SerialScanner], plug: Plug) -> None:
    slave = os.open(plug.path, os.O_RDWR | os.O_NOCTTY)
    try:
        scanner = make()
        assert _exclusive(slave)
        scanner.close()
        assert not _exclusive(slave)
    finally:
        os.close(slave)


def _exclusive(fd: int) -> bool:
    answer: int = struct.unpack("i", fcntl.ioctl(fd, TIOCGEXCL, b"\0\0\0\0"))[0]
    return answer != 0


def test_the_configured_speed_reaches_the_port(make: Callable[..., SerialScanner], plug: Plug) -> None:
    slave = os.open(plug.path, os.O_RDWR | os.O_NOCTTY)
    try:
        make(baudrate=19200, stopbits=2)
        _, _, control, local, speed_in, speed_out, _ = termios.tcgetattr(slave)
        assert (speed_in, speed_out) == (termios.B19200, termios.B19200)
        assert control & termios.CSTOPB
        assert not local & (termios.ICANON | termios.ECHO), "raw: the terminal changes no byte"
    finally:
        os.close(slave)


@pytest.mark.parametrize(("make_path", "code"), [("missing", "not-found"), ("file", "not-a-serial-port")])
def test_a_port_that_cannot_be_opened_says_why(tmp_path: Path, make_path: str, code: str) -> None:
    path = tmp_path / make_path
    if make_path == "file":
        path.write_bytes(b"")
    scanner = SerialScanner(SerialScannerOptions(port=str(path)), FakeClock())
    with pytest.raises(DeviceAbsent) as absent:
        scanner.open()
    assert absent.value.code == code
    assert str(path) in absent.value.detail


def test_opening_and_closing_a_hundred_times_keeps_no_file_open(plug: Plug) -> None:
    scanner = SerialScanner(SerialScannerOptions(port=str(plug.path)), FakeClock())
    scanner.open()
    scanner.close()
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - the descriptor of the listing itself counts both times
    for _ in range(100):
        scanner.open()
        scanner.close()
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_options_are_checked_with_the_key_named(tmp_path: Path) -> None:
    def where(key: str, _value: object = None) -> str:
        return f"kiosk.toml: {key}"

    options = convert_table({"port": "/dev/ttyUSB0", "framing": "stx-etx", "parity": "even"}, DRIVER.options, where)
    assert isinstance(DRIVER.build(options, BuildContext("desk-scanner", FakeClock(), tmp_path)), SerialScanner)
    with pytest.raises(ConfigError, match="did you mean 'baudrate'"):
        convert_table({"port": "/dev/ttyUSB0", "baud_rate": 9600}, DRIVER.options, where)
    with pytest.raises(ConfigError, match="framing"):
        convert_table({"port": "/dev/ttyUSB0", "framing": "tab"}, DRIVER.options, where)
