"""The life of a device in its thread: opened, served, closed, waited for, opened again."""

import logging
import random
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from kiosk.devices.errors import DeviceAbsent, DeviceLost
from kiosk.devices.state import DeviceState, Reason
from kiosk.devices.supervisor import Control, Supervisor
from kiosk.events import Event, EventBus
from tests.fakes.clock import FakeClock


class ScriptedService:
    """Each `open` and each `serve` takes the next step of its list: an exception to raise, or None. Then it idles."""

    def __init__(self, *, opens: list[Exception | None] | None = None, serves: list[Exception | None] | None = None) -> None:
        self.opens, self.serves = opens or [], serves or []
        self.events: list[str] = []
        self.serving = threading.Event()
        self.control: Control | None = None
        self.wakes = 0
        self.breaks: Exception | None = None  # what its idling ends with at the next wake-up

    def open(self) -> None:
        self.events.append("open")
        error = self.opens.pop(0) if self.opens else None
        if error:
            raise error

    def serve(self, control: Control) -> None:
        self.events.append("serve")
        self.control = control
        control.report(DeviceState.READY)
        self.serving.set()
        error = self.serves.pop(0) if self.serves else None
        if error:
            raise error
        while not control.stopping:
            control.wait(None)
            if self.breaks:
                raise self.breaks

    def close(self) -> None:
        self.events.append("close")
        self.serving.clear()

    def wake(self) -> None:
        self.wakes += 1


class Hanging(ScriptedService):
    """Never returns from `open`, whatever is asked of it, until the test lets go."""

    def __init__(self) -> None:
        super().__init__()
        self.opening, self.let_go = threading.Event(), threading.Event()

    def open(self) -> None:
        self.opening.set()
        self.let_go.wait(30)
        raise DeviceLost("gone", "it hung")


class Told:
    """The ``device.state`` events, and a wait for one of them."""

    def __init__(self, bus: EventBus) -> None:
        self.states: list[tuple[str, str, str | None]] = []
        self._changed = threading.Condition()
        bus.subscribe(self._hear)

    def _hear(self, event: Event) -> None:
        if event.name == "device.state":
            reason = event.data["reason"]
            with self._changed:
                self.states.append((event.data["name"], event.data["state"], reason["code"] if reason else None))
                self._changed.notify_all()

    def wait_for(self, name: str, state: str, count: int = 1) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: sum(told[:2] == (name, state) for told in self.states) >= count, 10), self.states


@pytest.fixture
def told(bus: EventBus) -> Told:
    return Told(bus)


@pytest.fixture
def supervisor(clock: FakeClock, bus: EventBus, told: Told) -> Iterator[Supervisor]:
    made = Supervisor(clock, bus, random.Random(1))
    yield made
    made.stop()


def until(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(2000):
        if condition():
            return
        pause.wait(0.005)
    raise AssertionError("it did not come to pass")


def test_a_device_starts_and_is_ready(supervisor: Supervisor, told: Told) -> None:
    supervisor.add("scanner", "scanner", "serial", ScriptedService())
    assert supervisor.status("scanner").state is DeviceState.STARTING
    supervisor.start()
    told.wait_for("scanner", "ready")
    assert told.states == [("scanner", "ready", None)]


def test_a_device_that_cannot_be_opened_is_offline_with_reason_and_next_try(supervisor: Supervisor, told: Told, clock: FakeClock) -> None:
    service = ScriptedService(opens=[DeviceAbsent("refused", "nobody listens")])
    supervisor.add("printer", "printer", "escpos-network", service)
    supervisor.start()
    told.wait_for("printer", "offline")
    clock.wait_until_waiting()
    status = supervisor.status("printer")
    assert status.reason == Reason("refused", "nobody listens")
    assert status.next_try_at is not None
    assert timedelta(seconds=0.5) <= status.next_try_at - clock.now() <= timedelta(seconds=0.63)
    assert service.events == ["open", "close"]
    clock.advance(0.7)
    told.wait_for("printer", "ready")
    assert supervisor.status("printer").next_try_at is None


def test_waits_grow_from_half_a_second_to_thirty(supervisor: Supervisor, told: Told, clock: FakeClock) -> None:
    service = ScriptedService(opens=[DeviceAbsent("refused", "")] * 10)
    supervisor.add("printer", "printer", "escpos-network", service)
    supervisor.start()
    waits = []
    for tries in range(1, 10):
        until(lambda tries=tries: service.events.count("close") == tries and clock.waiting == 1)
        next_try = supervisor.status("printer").next_try_at
        assert next_try is not None
        waits.append((next_try - clock.now()).total_seconds())
        clock.advance(waits[-1] + 0.001)  # next_try_at is exact to a microsecond only
    for expected, wait in zip([0.5, 1, 2, 4, 8, 16, 24, 24, 24], waits, strict=True):
        assert expected <= wait <= expected * 1.25 <= 30
    assert len({round(wait / base, 6) for wait, base in zip(waits, [0.5, 1, 2, 4, 8, 16, 24, 24, 24], strict=True)}) > 1


def test_only_a_healthy_time_makes_the_waits_short_again(supervisor: Supervisor, clock: FakeClock) -> None:
    lost = DeviceLost("unplugged", "")
    service = ScriptedService(serves=[lost, lost, lost, None])
    supervisor.add("scanner", "scanner", "serial", service)
    supervisor.start()

    def next_wait(times: int) -> float:
        until(lambda: service.events.count("close") == times and clock.waiting == 1)
        next_try = supervisor.status("scanner").next_try_at
        assert next_try is not None
        return (next_try - clock.now()).total_seconds()

    for times, expected in [(1, 0.5), (2, 1), (3, 2)]:
        wait = next_wait(times)
        assert expected <= wait <= expected * 1.25
        clock.advance(wait + 0.001)
    until(service.serving.is_set)
    clock.wait_until_waiting()
    clock.advance(31)
    service.breaks = lost
    supervisor.wake("scanner")
    assert next_wait(4) <= 0.63


def test_a_request_ends_the_wait_at_once(supervisor: Supervisor, told: Told, clock: FakeClock) -> None:
    service = ScriptedService(opens=[DeviceAbsent("refused", "")])
    supervisor.add("printer", "printer", "escpos-network", service)
    supervisor.start()
    told.wait_for("printer", "offline")
    clock.wait_until_waiting()
    supervisor.wake("printer")
    told.wait_for("printer", "ready")
    assert service.wakes == 1


def test_new_hardware_wakes_only_what_is_offline(supervisor: Supervisor, told: Told, clock: FakeClock) -> None:
    away, well = ScriptedService(opens=[DeviceAbsent("not-found", "")]), ScriptedService()
    supervisor.add("away", "scanner", "serial", away)
    supervisor.add("well", "scanner", "serial", well)
    supervisor.start()
    told.wait_for("away", "offline")
    told.wait_for("well", "ready")
    clock.wait_until_waiting(2)
    supervisor.wake_offline()
    told.wait_for("away", "ready")
    assert (away.wakes, well.wakes) == (1, 0)


def test_an_error_that_nobody_foresaw_is_an_internal_fault_of_that_device_alone(
    supervisor: Supervisor, told: Told, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    bug = ZeroDivisionError("division by zero")
    supervisor.add("odd", "scanner", "serial", ScriptedService(serves=[bug]))
    supervisor.add("well", "scanner", "serial", ScriptedService())
    supervisor.start()
    told.wait_for("odd", "offline")
    told.wait_for("well", "ready")
    assert supervisor.status("odd").reason == Reason("internal", "ZeroDivisionError: division by zero")
    assert "Traceback" in caplog.text
    clock.wait_until_waiting(2)
    clock.advance(1)
    told.wait_for("odd", "ready", 2)


def test_a_service_that_ends_unasked_is_started_again(supervisor: Supervisor, told: Told, clock: FakeClock) -> None:
    class Ending(ScriptedService):
        def serve(self, control: Control) -> None:
            control.report(DeviceState.READY)

    supervisor.add("odd", "scanner", "serial", Ending())
    supervisor.start()
    told.wait_for("odd", "offline")
    assert supervisor.status("odd").reason == Reason("internal", "its service ended unasked")


def test_a_close_that_breaks_its_promise_does_not_end_the_thread(
    supervisor: Supervisor, told: Told, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    class Stubborn(ScriptedService):
        def close(self) -> None:
            super().close()
            raise OSError("bad file descriptor")

    supervisor.add("odd", "scanner", "serial", Stubborn(serves=[DeviceLost("unplugged", "")]))
    supervisor.start()
    told.wait_for("odd", "offline")
    clock.wait_until_waiting()
    clock.advance(1)
    told.wait_for("odd", "ready", 2)
    assert "could not be closed" in caplog.text


def test_a_hundred_failed_tries_are_one_event_and_one_line(
    supervisor: Supervisor, told: Told, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="kiosk.devices.supervisor")
    service = ScriptedService(opens=[DeviceAbsent("refused", "nobody listens")] * 100)
    supervisor.add("printer", "printer", "escpos-network", service)
    supervisor.start()
    for tries in range(1, 101):
        until(lambda tries=tries: service.events.count("close") >= tries and clock.waiting == 1)
        clock.advance(30)
    told.wait_for("printer", "ready")
    assert [state for _, state, _ in told.states] == ["offline", "ready"]
    assert len(caplog.records) == 2


def test_the_same_report_twice_is_told_once(supervisor: Supervisor, told: Told, clock: FakeClock) -> None:
    service = ScriptedService()
    supervisor.add("printer", "printer", "escpos-network", service)
    supervisor.start()
    until(service.serving.is_set)
    assert service.control is not None
    for _ in range(3):
        service.control.report(DeviceState.DEGRADED, Reason("paper-out"))
    clock.advance(60)
    service.control.report(DeviceState.DEGRADED, Reason("cover-open"))
    assert told.states[1:] == [("printer", "degraded", "paper-out"), ("printer", "degraded", "cover-open")]
    since = supervisor.status("printer").since
    assert since is not None
    assert clock.now() - since == timedelta(seconds=60)


def test_a_device_that_hangs_delays_neither_the_others_nor_the_stop(
    clock: FakeClock, bus: EventBus, told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    supervisor = Supervisor(clock, bus, random.Random(1))
    hanging, well = Hanging(), ScriptedService()
    supervisor.add("hanging", "printer", "escpos-usb", hanging)
    supervisor.add("well", "scanner", "serial", well)
    supervisor.start()
    told.wait_for("well", "ready")
    assert hanging.opening.wait(10)
    stopping = threading.Thread(target=supervisor.stop)
    stopping.start()
    until(lambda: well.events[-1] == "close" and clock.waiting == 1)
    clock.advance(5)
    stopping.join(10)
    assert not stopping.is_alive()
    assert "abandoned: hanging" in caplog.text
    assert told.states[-1] == ("well", "offline", "stopped")
    hanging.let_go.set()
    told.wait_for("hanging", "offline")


def test_a_stop_ends_serving_and_waiting_devices_at_once(supervisor: Supervisor, told: Told, clock: FakeClock) -> None:
    serving, waiting = ScriptedService(), ScriptedService(opens=[DeviceAbsent("refused", "")])
    supervisor.add("serving", "scanner", "serial", serving)
    supervisor.add("waiting", "scanner", "serial", waiting)
    supervisor.start()
    told.wait_for("serving", "ready")
    told.wait_for("waiting", "offline")
    before = clock.monotonic()
    supervisor.stop()
    assert clock.monotonic() == before
    assert serving.events == ["open", "serve", "close"]
    assert {status.reason for status in supervisor.statuses()} == {Reason("stopped")}


def test_a_stop_before_the_start_is_harmless(clock: FakeClock, bus: EventBus) -> None:
    supervisor = Supervisor(clock, bus, random.Random(1))
    supervisor.add("scanner", "scanner", "serial", ScriptedService())
    supervisor.stop()


def test_a_disabled_device_is_listed_and_left_alone(supervisor: Supervisor) -> None:
    supervisor.add_disabled("relay", "relay", "gpio", Reason("unsupported", "no service"))
    supervisor.start()
    supervisor.wake("relay")
    assert [(status.name, status.state) for status in supervisor.statuses()] == [("relay", DeviceState.DISABLED)]


def test_openings_and_failures_are_counted(supervisor: Supervisor, told: Told, clock: FakeClock) -> None:
    supervisor.add("printer", "printer", "escpos-network", ScriptedService(opens=[DeviceAbsent("refused", "")]))
    supervisor.start()
    told.wait_for("printer", "offline")
    supervisor.wake("printer")
    told.wait_for("printer", "ready")
    counts = supervisor.counts("printer")
    assert (counts.opened, counts.failed) == (1, 1)
