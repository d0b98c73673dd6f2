"""The devices of a station together: built from their configuration, woken by jobs, tested, counted."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from kiosk.config import Settings
from kiosk.db import Database
from kiosk.devices.errors import DeviceAbsent
from kiosk.devices.hub import SELF_TEST, DeviceDisabled, DeviceHub, DeviceOffline, UnknownDevice
from kiosk.devices.jobs import JobState
from kiosk.devices.printer import Evidence
from kiosk.devices.queue import JobQueue, JobView
from kiosk.devices.registry import BuildContext, DeviceConfig, Driver
from kiosk.devices.scanner import RawScan, Scan
from kiosk.devices.state import DeviceState
from kiosk.events import Event, EventBus
from tests.fakes.clock import FakeClock
from tests.fakes.printers import Paper, ScriptedPrinter, document


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No options."""


class FakeScanner:
    """Implements `Scanner`; `scan` is what a hand with a scanner does. Each object drops one read as noise."""

    def __init__(self) -> None:
        self._codes: list[str] = []
        self._changed = threading.Condition()
        self._interrupted = False
        self.dropped = 0

    def open(self) -> None:
        self.dropped = 1

    def close(self) -> None:
        self.interrupt()

    def read(self, timeout_s: float | None, stopped: Callable[[], bool]) -> RawScan | None:
        with self._changed:
            self._changed.wait_for(lambda: self._codes or self._interrupted)
            self._interrupted = False
            return RawScan(self._codes.pop(0)) if self._codes else None

    def interrupt(self) -> None:
        with self._changed:
            self._interrupted = True
            self._changed.notify_all()

    def scan(self, code: str) -> None:
        with self._changed:
            self._codes.append(code)
            self._changed.notify_all()


class Station:
    """A hub with one printer, one scanner and one relay, all simulated at the interface."""

    def __init__(self, database: Database, bus: EventBus, clock: FakeClock) -> None:
        self.database, self.clock = database, clock
        self.queue = JobQueue("desk-1", clock, 180)
        self.paper = Paper()
        self.printer = ScriptedPrinter(self.paper, clock)
        self.scanners: list[FakeScanner] = []
        self.scans: list[Scan] = []
        self.scanned = threading.Event()
        self._seen: list[Event] = []
        self._changed = threading.Condition()
        bus.subscribe(self._hear)
        self.plug: Callable[[], None] = lambda: None
        drivers = [
            Driver("printer", "fake-printer", Options, lambda *_: self.printer, "a printer"),
            Driver("scanner", "fake-scanner", Options, self._scanner, "a scanner"),
            Driver("relay", "fake-relay", Options, lambda *_: None, "a relay"),
        ]
        self.hub = DeviceHub(
            [DeviceConfig(driver.kind, driver, Options(), required=driver.kind == "printer") for driver in drivers],
            lambda name: BuildContext(name, clock, Path("cache")),
            settings=Settings(),
            db=database,
            bus=bus,
            clock=clock,
            jobs=self.queue,
            scan_sink=self._scan,
            monitor=self._monitor,
        )

    def _scanner(self, options: Options, context: BuildContext) -> FakeScanner:
        self.scanners.append(FakeScanner())
        return self.scanners[-1]

    def _scan(self, scan: Scan) -> None:
        self.scans.append(scan)
        self.scanned.set()

    def _monitor(self, heard: Callable[[str, str], None]) -> Callable[[], None]:
        self.plug = lambda: heard("add", "tty")
        return lambda: None

    def _hear(self, event: Event) -> None:
        with self._changed:
            self._seen.append(event)
            self._changed.notify_all()

    def wait_for(self, told: str, /, **data: object) -> None:
        def came() -> bool:
            return any(event.name == told and data.items() <= event.data.items() for event in self._seen)

        with self._changed:
            assert self._changed.wait_for(came, 10), self._seen

    def ask(self) -> JobView:
        return self.database.write(lambda s: self.queue.enqueue(s, device="printer", document=document(), purpose="test"))


@pytest.fixture
def station(sqlite_database: Database, bus: EventBus, clock: FakeClock) -> Iterator[Station]:
    made = Station(sqlite_database, bus, clock)
    yield made
    made.hub.stop()


def test_devices_start_and_are_listed_in_the_order_of_the_configuration(station: Station) -> None:
    station.hub.start()
    station.wait_for("device.state", name="printer", state="ready")
    station.wait_for("device.state", name="scanner", state="ready")
    assert [(status.name, status.state) for status in station.hub.statuses()] == [
        ("printer", DeviceState.READY),
        ("scanner", DeviceState.READY),
        ("relay", DeviceState.DISABLED),
    ]
    assert (station.hub.printers, station.hub.scanners, station.hub.required) == (("printer",), ("scanner",), ("printer",))


def test_a_job_wakes_its_printer_without_any_time_passing(station: Station, clock: FakeClock) -> None:
    station.hub.start()
    station.wait_for("device.state", name="printer", state="ready")
    job = station.ask()
    station.wait_for("job.state", id=job.id, state="confirmed")
    assert station.paper.jobs == [job.id]
    assert station.hub.job_totals() == {("printer", "queued"): 1, ("printer", "sent"): 1, ("printer", "confirmed"): 1}


def test_a_job_asked_for_after_the_look_at_the_queue_is_not_waited_for(station: Station) -> None:
    station.printer.do("status", lambda: station.ask())  # the queue was found empty a moment ago; then the printer was asked
    station.hub.start()
    station.wait_for("job.state", state="confirmed")  # the clock stands still: nobody waits ten seconds for the next look


def test_a_customer_does_not_wait_for_the_next_try_of_a_printer_that_is_back(station: Station) -> None:
    station.printer.do("open", DeviceAbsent("refused", "off"))
    station.hub.start()
    station.wait_for("device.state", name="printer", state="offline")
    job = station.ask()
    station.wait_for("job.state", id=job.id, state="confirmed")


def test_a_persons_answer_wakes_the_printer(station: Station, clock: FakeClock) -> None:
    job = station.ask()
    clock.advance(180)
    station.hub.start()
    station.wait_for("device.state", name="printer", state="ready")
    assert station.paper.jobs == []
    station.database.write(lambda s: station.queue.resolve(s, "user:1", job.id, "reprint"))
    station.wait_for("job.state", id=job.id, state="confirmed")


def test_the_start_asks_about_what_was_being_sent_though_the_printer_is_away(station: Station) -> None:
    job = station.ask()
    station.database.write(lambda s: station.queue.mark_sending(s, job.id))
    station.printer.do("open", *[DeviceAbsent("refused", "off")] * 9)
    station.hub.start()
    with station.database.read() as session:
        asked = station.queue.get(session, job.id)
    assert (asked.state, asked.reason) == (JobState.UNCERTAIN, "restart")


def test_the_start_asks_about_what_waits_for_a_printer_that_is_gone_or_is_none_any_more(station: Station) -> None:
    def ask(device: str) -> JobView:
        return station.database.write(lambda s: station.queue.enqueue(s, device=device, document=document(), purpose="test"))

    jobs = [ask("old-printer"), ask("scanner")]
    station.hub.start()
    for job in jobs:
        station.wait_for("job.state", id=job.id, needs_decision=True, reason="not-found")


def test_plugged_hardware_is_opened_at_once_with_a_fresh_object(station: Station) -> None:
    station.printer.do("open", DeviceAbsent("not-found", "unplugged"))
    station.hub.start()
    station.wait_for("device.state", name="printer", state="offline")
    station.plug()
    station.wait_for("device.state", name="printer", state="ready")
    assert station.printer.calls[:2] == ["open", "close"]


def test_scans_reach_the_desk_and_counts_outlive_the_scanners_objects(station: Station, clock: FakeClock) -> None:
    station.hub.start()
    station.wait_for("device.state", name="scanner", state="ready")
    station.scanners[0].scan("80123456789012")
    assert station.scanned.wait(10)
    (scan,) = station.scans
    assert (scan.text, scan.device, scan.at) == ("80123456789012", "scanner", clock.now())
    station.hub.stop()
    stats = station.hub.scanner_stats("scanner")
    assert stats is not None
    assert (stats.read, stats.dropped) == (1, 1)


def test_the_self_test_of_a_printer_is_a_slip_on_paper(station: Station) -> None:
    station.hub.start()
    report = station.database.write(lambda s: station.hub.test(s, "printer"))
    assert report.job is not None
    assert report.job.purpose == SELF_TEST
    station.wait_for("job.state", id=report.job.id, state="confirmed")
    assert "PRINTER TEST" in station.paper.texts[0]


def test_the_self_test_of_a_scanner_tells_its_counts(station: Station) -> None:
    report = station.database.write(lambda s: station.hub.test(s, "scanner"))
    assert report.counts == {"read": 0, "repeated": 0, "dropped": 0}


def test_what_cannot_be_tested_says_why(station: Station) -> None:
    with pytest.raises(UnknownDevice):
        station.database.write(lambda s: station.hub.test(s, "nothing"))
    with pytest.raises(DeviceDisabled):
        station.database.write(lambda s: station.hub.test(s, "relay"))
    with pytest.raises(UnknownDevice):
        station.hub.wake("nothing")


def test_an_offline_printer_is_not_given_a_test_slip_for_later(station: Station) -> None:
    station.printer.do("open", *[DeviceAbsent("refused", "off")] * 9)
    station.hub.start()
    station.wait_for("device.state", name="printer", state="offline")
    with pytest.raises(DeviceOffline) as refused:
        station.database.write(lambda s: station.hub.test(s, "printer"))
    assert refused.value.extra == {"reason": "refused"}
    with station.database.read() as session:
        assert station.queue.list(session) == []


def test_what_the_printer_last_said_is_known_to_the_board(station: Station) -> None:
    assert station.hub.printer_status("printer") is None
    station.printer.near_end = True
    station.hub.start()
    station.wait_for("device.state", name="printer", state="degraded")
    status = station.hub.printer_status("printer")
    assert status is not None
    assert status.paper_near_end
    assert station.hub.printer_evidence("printer") is Evidence.PROCESSED
    assert station.hub.printer_status("scanner") is None
    assert station.hub.device_counts()["printer"].opened == 1
