"""The scanner's service: repeats, a sink that fails, noise, unplug; with a scanner that reads from a list."""

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from kiosk.devices.errors import DeviceLost
from kiosk.devices.scanner import RawScan, Scan
from kiosk.devices.scanner_service import ScannerService, ScannerStats
from kiosk.devices.state import DeviceState, Reason
from tests.fakes.clock import FakeClock

DONE = object()


class ListScanner:
    """Implements `Scanner`: reads what a test has put in, and stops its reader at the end."""

    def __init__(self, control: "FakeControl") -> None:
        self._control = control
        self._steps: queue.SimpleQueue[object] = queue.SimpleQueue()
        self.dropped = 0
        self.opened = 0

    def put(self, *steps: object) -> None:
        for step in steps:
            self._steps.put(step)

    def open(self) -> None:
        self.opened += 1

    def close(self) -> None:
        self.opened -= 1

    def read(self, timeout_s: float | None, stopped: Callable[[], bool]) -> RawScan | None:
        step = self._steps.get(timeout=5)
        if isinstance(step, RawScan):
            return step
        if isinstance(step, Exception):
            raise step
        if step is DONE:
            self._control.stopping = True
        elif isinstance(step, int):
            self.dropped += step
        elif callable(step):
            step()
        return None

    def interrupt(self) -> None:
        self.put(DONE)


@dataclass
class FakeControl:
    stopping: bool = False
    reports: list[tuple[DeviceState, Reason | None]] = field(default_factory=list)

    def wait(self, timeout_s: float | None) -> bool:
        return True

    def report(self, state: DeviceState, reason: Reason | None = None) -> None:
        if not self.reports or self.reports[-1] != (state, reason):
            self.reports.append((state, reason))


class Rig:
    """One scanner, its service, and what came out."""

    def __init__(self) -> None:
        self.control = FakeControl()
        self.clock = FakeClock()
        self.scanner = ListScanner(self.control)
        self.scans: list[Scan] = []
        self.service = ScannerService("desk-scanner", self.scanner, self.scans.append, self.clock, 1.5)

    def serve(self, *steps: object) -> list[str]:
        self.control.stopping = False
        self.scanner.put(*steps, DONE)
        self.service.serve(self.control)
        return [scan.text for scan in self.scans]

    def later(self, seconds: float) -> Callable[[], None]:
        return lambda: self.clock.advance(seconds)


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_a_code_reaches_the_sink_with_device_time_and_symbology(rig: Rig) -> None:
    rig.serve(RawScan("81234", "code128"))
    assert rig.scans == [Scan("81234", "desk-scanner", rig.clock.now(), "code128")]
    assert rig.control.reports == [(DeviceState.READY, None)]


def test_the_same_code_within_the_window_counts_once(rig: Rig) -> None:
    again = RawScan("81234")
    assert rig.serve(again, again, rig.later(1.4), again) == ["81234"]
    assert rig.service.stats() == ScannerStats(dropped=0, read=1, repeated=2, last_at=rig.scans[0].at)


def test_the_same_code_after_the_window_counts_again(rig: Rig) -> None:
    again = RawScan("81234")
    assert rig.serve(again, rig.later(1.5), again) == ["81234", "81234"]


def test_a_wall_clock_that_jumps_does_not_change_the_window(rig: Rig) -> None:
    again = RawScan("81234")
    assert rig.serve(again, lambda: rig.clock.jump(-3600), again, lambda: rig.clock.jump(7200), again) == ["81234"]


def test_another_code_in_between_does_not_make_a_repeat_count(rig: Rig) -> None:
    assert rig.serve(RawScan("one"), RawScan("two"), RawScan("one")) == ["one", "two"]


def test_two_scanners_do_not_know_of_each_other(rig: Rig) -> None:
    other = Rig()
    assert rig.serve(RawScan("81234")) == other.serve(RawScan("81234")) == ["81234"]


def test_without_a_window_every_read_counts(rig: Rig) -> None:
    rig.service = ScannerService("desk-scanner", rig.scanner, rig.scans.append, rig.clock, 0)
    assert rig.serve(RawScan("one"), RawScan("one")) == ["one", "one"]


def test_a_sink_that_fails_is_logged_without_the_code_and_the_next_code_is_read(caplog: pytest.LogCaptureFixture, rig: Rig) -> None:
    def sink(scan: Scan) -> None:
        if scan.text.startswith("BADGE"):
            raise LookupError("nobody")
        rig.scans.append(scan)

    rig.service = ScannerService("desk-scanner", rig.scanner, sink, rig.clock, 1.5)
    with caplog.at_level(logging.ERROR):
        assert rig.serve(RawScan("BADGE-0123456789AB"), RawScan("81234")) == ["81234"]
    assert len(caplog.records) == 1
    assert "0123456789AB" not in caplog.text
    assert rig.service.stats().read == 2


def test_noise_again_and_again_makes_the_scanner_degraded_until_a_code_is_read(rig: Rig) -> None:
    rig.serve(1, 1, 1, RawScan("81234"))
    states = [(state, reason.code if reason else None) for state, reason in rig.control.reports]
    assert states == [(DeviceState.READY, None), (DeviceState.DEGRADED, "noise"), (DeviceState.READY, None)]
    assert rig.service.stats().dropped == 3


def test_a_spoilt_read_now_and_then_is_nothing(rig: Rig) -> None:
    rig.serve(1, RawScan("one"), 1, RawScan("two"), 1, RawScan("three"))
    assert rig.control.reports == [(DeviceState.READY, None)]


def test_a_lost_scanner_is_the_supervisors_matter_and_the_counts_stay(rig: Rig) -> None:
    rig.scanner.put(RawScan("one"), DeviceLost("unplugged", "gone"))
    rig.service.open()
    with pytest.raises(DeviceLost):
        rig.service.serve(rig.control)
    rig.service.close()
    assert rig.scanner.opened == 0
    rig.service.open()
    assert rig.serve(RawScan("two")) == ["one", "two"]
    assert rig.service.stats().read == 2


def test_waking_ends_a_blocking_read(rig: Rig) -> None:
    thread = threading.Thread(target=rig.service.serve, args=(rig.control,))
    thread.start()
    rig.service.wake()
    thread.join(5)
    assert not thread.is_alive()
