"""What every scanner that is read from a descriptor does alike, whatever is on the other end of its cable."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.clock import SystemClock
from kiosk.devices.errors import DeviceAbsent, DeviceLost
from kiosk.devices.scanner import RawScan, Scanner
from tests.drivers.scanner_rigs import RIGS, Rig
from tests.fakes.clock import FakeClock

# Longer than anything here takes; it ends a test that would hang.
PATIENCE_S = 5.0


def running() -> bool:
    return False


@pytest.fixture(params=RIGS, ids=lambda kind: kind.__name__)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    rig = request.param(tmp_path)
    yield rig
    rig.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def scanner(rig: Rig, clock: FakeClock) -> Iterator[Scanner]:
    scanner = rig.scanner(clock)
    scanner.open()
    yield scanner
    scanner.close()


def read(scanner: Scanner) -> RawScan | None:
    """Read one code; a reader that hangs is interrupted and gives None."""
    rescue = threading.Timer(PATIENCE_S, scanner.interrupt)
    rescue.start()
    try:
        return scanner.read(None, running)
    finally:
        rescue.cancel()
        rescue.join()


def test_codes_come_out_in_order(rig: Rig, scanner: Scanner) -> None:
    for number in range(5):
        rig.send(f"8012345678901{number}")
    assert [read(scanner) for _ in range(5)] == [RawScan(f"8012345678901{number}") for number in range(5)]
    assert scanner.dropped == 0


def test_a_code_that_arrives_in_parts_is_one_code(rig: Rig, scanner: Scanner) -> None:
    rig.send("8012", end=False)
    assert scanner.read(0.0, running) is None
    rig.send("345678")
    assert read(scanner) == RawScan("8012345678")


def test_a_read_waits_for_the_code(rig: Rig, scanner: Scanner) -> None:
    found: list[RawScan | None] = []
    reader = threading.Thread(target=lambda: found.append(read(scanner)))
    reader.start()
    rig.send("81234")
    reader.join(PATIENCE_S)
    assert found == [RawScan("81234")]


def test_noise_is_dropped_and_counted_and_the_next_code_is_read(rig: Rig, scanner: Scanner) -> None:
    rig.send_noise()
    assert read(scanner) is None, "so that its owner can look at the count"
    rig.send("81234")
    assert read(scanner) == RawScan("81234")
    assert scanner.dropped == 1


def test_half_a_code_grows_stale_and_does_not_spoil_the_next(rig: Rig, scanner: Scanner, clock: FakeClock) -> None:
    rig.send("8012", end=False)
    assert scanner.read(0.0, running) is None
    clock.advance(2)
    assert scanner.read(0.0, running) is None
    assert scanner.dropped == 1
    rig.send("85678")
    assert read(scanner) == RawScan("85678")


def test_a_read_gives_up_after_its_time_out(rig: Rig) -> None:
    scanner = rig.scanner(SystemClock())
    scanner.open()
    try:
        assert scanner.read(0.01, running) is None
    finally:
        scanner.close()


def test_interrupt_ends_a_blocking_read_at_once(scanner: Scanner) -> None:
    found: list[RawScan | None] = []
    reader = threading.Thread(target=lambda: found.append(scanner.read(None, running)))
    reader.start()
    scanner.interrupt()
    reader.join(PATIENCE_S)
    assert found == [None]


def test_an_interrupt_before_the_read_is_not_lost(rig: Rig, scanner: Scanner) -> None:
    scanner.interrupt()
    assert scanner.read(None, running) is None
    rig.send("81234")
    assert read(scanner) == RawScan("81234")


def test_a_read_that_was_stopped_returns_at_once(scanner: Scanner) -> None:
    assert scanner.read(None, lambda: True) is None


def test_a_closed_scanner_cannot_be_read_and_closing_or_interrupting_it_again_does_nothing(scanner: Scanner) -> None:
    scanner.close()
    scanner.interrupt()
    scanner.close()
    with pytest.raises(DeviceLost):
        scanner.read(None, running)


def test_a_plug_pulled_during_a_blocking_read_is_noticed(rig: Rig, scanner: Scanner) -> None:
    found: list[str] = []

    def wait() -> None:
        try:
            read(scanner)
        except DeviceLost as error:
            found.append(error.code)

    reader = threading.Thread(target=wait)
    reader.start()
    rig.pull()
    reader.join(PATIENCE_S)
    assert found == ["unplugged"]


def test_a_scanner_works_again_when_it_is_put_back_and_half_a_code_from_before_is_forgotten(rig: Rig, clock: FakeClock) -> None:
    scanner = rig.scanner(clock)
    scanner.open()
    rig.send("8012", end=False)
    assert scanner.read(0.0, running) is None
    rig.pull()
    with pytest.raises(DeviceLost):
        read(scanner)
    scanner.close()
    with pytest.raises(DeviceAbsent) as absent:
        scanner.open()
    assert absent.value.code == "not-found"
    rig.put_in()
    again = rig.scanner(clock)
    again.open()
    try:
        rig.send("85678")
        assert read(again) == RawScan("85678")
    finally:
        again.close()


def test_what_was_sent_before_opening_is_not_read(rig: Rig) -> None:
    rig.send("stale")
    scanner = rig.scanner(FakeClock())
    scanner.open()
    try:
        rig.send("81234")
        assert read(scanner) == RawScan("81234")
    finally:
        scanner.close()


def test_a_second_reader_cannot_take_the_scanner_until_the_first_lets_go(rig: Rig, scanner: Scanner) -> None:
    second = rig.scanner(FakeClock())
    with pytest.raises(DeviceAbsent) as refused:
        second.open()
    assert refused.value.code == "taken"
    scanner.close()
    second.open()
    second.close()


def test_opening_and_closing_a_hundred_times_keeps_no_file_open(rig: Rig) -> None:
    scanner = rig.scanner(FakeClock())
    scanner.open()
    scanner.close()
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - the descriptor of the listing itself counts both times
    for _ in range(100):
        scanner.open()
        scanner.close()
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
