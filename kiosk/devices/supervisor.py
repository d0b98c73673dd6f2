"""Gives every device a thread, a state with a reason, and a life: open, serve, on any fault close, back off, reopen."""

import logging
import random
import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from kiosk.clock import Clock
from kiosk.devices.errors import DeviceError
from kiosk.devices.state import OPERATIONAL, DeviceState, DeviceStatus, Reason
from kiosk.events import EventBus

log = logging.getLogger(__name__)

# Seconds before the first and before the last of ever longer waits; a quarter of each is left to chance, so that the
# longest is 30 s and devices that failed together (one switch, one USB hub) do not come back in step.
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 24.0
_JITTER = 0.25
# A device that answers and fails again within this time has not recovered: its waits go on growing.
_HEALTHY_AFTER_S = 30.0


class Control(Protocol):
    """What the supervisor hands to a service: how it is stopped, woken, and reports."""

    @property
    def stopping(self) -> bool: ...

    def wait(self, timeout_s: float | None) -> bool:
        """Sleep until woken (`wake`, a stop) or *timeout_s* passed; return whether woken. Clears the wake-up."""
        ...

    def report(self, state: DeviceState, reason: Reason | None = None) -> None:
        """Say how the device is; only differences are passed on and logged."""
        ...


class Service(Protocol):
    """One device's work. All methods but `wake` are called in the device's own thread.

    A service makes a new driver object in each `open` and drops it in `close`: what an object remembers of a device
    that failed is not trusted.
    """

    def open(self) -> None:
        """Open the device; raises DeviceError."""
        ...

    def serve(self, control: Control) -> None:
        """Report the device as ready, then work until ``control.stopping``; raises DeviceError when it is lost."""
        ...

    def close(self) -> None:
        """Let go of the device; harmless when not open; never raises."""
        ...

    def wake(self) -> None:
        """Called from any thread after the control was woken: break off a blocking read, if there is one."""
        ...


@dataclass(frozen=True, slots=True)
class DeviceCounts:
    """Since the start: how often the device was opened, and how often opening or serving it failed."""

    opened: int = 0
    failed: int = 0


class Supervisor:
    """Keeps every device alive in a thread of its own; no device waits for another.

    A ``device.state`` event tells each difference of state or reason.
    """

    def __init__(self, clock: Clock, bus: EventBus, rng: random.Random) -> None:
        self._clock, self._bus, self._rng = clock, bus, rng
        self._devices: dict[str, _Device] = {}

    def add(self, name: str, kind: str, driver_name: str, service: Service) -> None:
        """Take on a device; call before `start`."""
        self._devices[name] = _Device(
            DeviceStatus(name, kind, driver_name, DeviceState.STARTING, since=self._clock.now()), service, self._clock, self._bus, self._rng
        )

    def add_disabled(self, name: str, kind: str, driver_name: str, reason: Reason) -> None:
        """List a device that cannot be used as long as this process runs, and why."""
        self._devices[name] = _Device(
            DeviceStatus(name, kind, driver_name, DeviceState.DISABLED, reason, since=self._clock.now()),
            None,
            self._clock,
            self._bus,
            self._rng,
        )
        log.warning("device %s is disabled: %s %s", name, reason.code, reason.detail, extra={"device": name})

    def start(self) -> None:
        """Start all threads; returns at once, whatever the devices do."""
        for device in self._devices.values():
            device.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Ask all threads to end and wait *timeout_s* for them together.

        A thread that hangs in its driver is named in the log and left behind: it is a daemon and ends with the process.
        """
        for device in self._devices.values():
            device.stop()
        deadline = self._clock.monotonic() + timeout_s
        for device in self._devices.values():
            device.join(max(0.0, deadline - self._clock.monotonic()))
        hanging = [name for name, device in self._devices.items() if device.alive]
        if hanging:
            log.error("these devices did not stop within %g s and are abandoned: %s", timeout_s, ", ".join(hanging))

    def statuses(self) -> list[DeviceStatus]:
        """All devices, in the order of the configuration."""
        return [device.status for device in self._devices.values()]

    def status(self, name: str) -> DeviceStatus:
        """One device; raises KeyError for an unknown name."""
        return self._devices[name].status

    def counts(self, name: str) -> DeviceCounts:
        """How the device has fared since the start; raises KeyError for an unknown name."""
        return self._devices[name].counts

    def wake(self, name: str) -> None:
        """Have the device look for work, or be opened again, at once; raises KeyError for an unknown name."""
        self._devices[name].wake()

    def wake_offline(self) -> None:
        """Have every device that is offline be opened again at once: some hardware was plugged in."""
        for device in self._devices.values():
            if device.status.state is DeviceState.OFFLINE:
                device.wake()


class _Device:
    """One device's thread; the `Control` of its service."""

    def __init__(self, status: DeviceStatus, service: Service | None, clock: Clock, bus: EventBus, rng: random.Random) -> None:
        self._status, self._service, self._clock, self._bus, self._rng = status, service, clock, bus, rng
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._stopped = threading.Event()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._counts = DeviceCounts()

    # -- from other threads

    @property
    def status(self) -> DeviceStatus:
        with self._lock:
            return self._status

    @property
    def counts(self) -> DeviceCounts:
        with self._lock:
            return self._counts

    @property
    def alive(self) -> bool:
        return self._thread is not None and not self._ended.is_set()

    def start(self) -> None:
        if self._service is None or self._thread is not None:
            return
        self._thread = threading.Thread(target=self._run, args=(self._service,), name=f"device-{self._status.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self.wake()

    def join(self, timeout_s: float) -> None:
        if self._thread is not None and self._clock.wait(self._ended, timeout_s):
            self._thread.join()

    def wake(self) -> None:
        self._woken.set()
        if self._service is not None:
            self._service.wake()

    # -- from the service: `Control`

    @property
    def stopping(self) -> bool:
        return self._stopped.is_set()

    def wait(self, timeout_s: float | None) -> bool:
        if self.stopping:
            return True
        woken = self._clock.wait(self._woken, timeout_s)
        # A wake-up between these two lines is not lost: whoever waited looks for work now in either case.
        self._woken.clear()
        return woken

    def report(self, state: DeviceState, reason: Reason | None = None) -> None:
        self._report(state, reason, next_try_at=None)

    # -- the thread

    def _run(self, service: Service) -> None:
        failures = 0
        try:
            while not self.stopping:
                began = self._clock.monotonic()
                reason = self._live(service)
                if reason is None:
                    break
                if self._clock.monotonic() - began >= _HEALTHY_AFTER_S and self.status.state in OPERATIONAL:
                    failures = 0
                self._count(failed=1)
                wait_s = min(_FIRST_WAIT_S * 2**failures, _LONGEST_WAIT_S) * (1 + _JITTER * self._rng.random())
                self._report(DeviceState.OFFLINE, reason, next_try_at=self._clock.now() + timedelta(seconds=wait_s))
                if not self.wait(wait_s):
                    failures = min(failures + 1, 16)  # a try that somebody asked for is no reason to wait longer next time
                self._forget_next_try()
            self._report(DeviceState.OFFLINE, Reason("stopped"), next_try_at=None)
        finally:
            self._ended.set()

    def _live(self, service: Service) -> Reason | None:
        """Open and serve once; return why that ended, None for a stop."""
        try:
            service.open()
            self._count(opened=1)
            service.serve(self)
            reason = Reason("internal", "its service ended unasked")
        except DeviceError as error:
            reason = Reason(error.code, error.detail)
        except Exception as error:  # a bug in one driver is that device's fault, never the end of its thread
            reason = Reason("internal", f"{type(error).__name__}: {error}")
            if self.status.reason != reason:
                log.exception("device %s failed unexpectedly", self._status.name, extra={"device": self._status.name})
        finally:
            self._close(service)
        return None if self.stopping else reason

    def _close(self, service: Service) -> None:
        try:
            service.close()
        except Exception:  # it promised not to; the next open makes a new object anyway
            log.exception("device %s could not be closed", self._status.name, extra={"device": self._status.name})

    def _count(self, *, opened: int = 0, failed: int = 0) -> None:
        with self._lock:
            self._counts = DeviceCounts(self._counts.opened + opened, self._counts.failed + failed)

    def _forget_next_try(self) -> None:
        with self._lock:
            self._status = replace(self._status, next_try_at=None)

    def _report(self, state: DeviceState, reason: Reason | None, *, next_try_at: datetime | None) -> None:
        with self._lock:
            old = self._status
            since = self._clock.now() if state is not old.state else old.since
            new = self._status = replace(old, state=state, reason=reason, since=since, next_try_at=next_try_at)
        if (old.state, old.reason) == (new.state, new.reason):
            return
        if (old.state, old.reason and old.reason.code) != (new.state, new.reason and new.reason.code):
            level = logging.INFO if state is DeviceState.READY or self.stopping else logging.WARNING
            why = f": {reason.code} {reason.detail}".rstrip() if reason else ""
            log.log(level, "device %s is %s%s", new.name, state.value, why, extra={"device": new.name})
        # Outside the lock: a subscriber may ask for our status, and the bus has a lock of its own.
        self._bus.publish("device.state", status_data(new), at=self._clock.now())


def status_data(status: DeviceStatus) -> dict[str, object]:
    """A device's status as JSON values: what the ``device.state`` event carries."""
    reason = status.reason
    return {
        "name": status.name,
        "kind": status.kind,
        "driver": status.driver,
        "state": status.state.value,
        "reason": {"code": reason.code, "detail": reason.detail} if reason else None,
        "since": status.since.isoformat() if status.since else None,
        "next_try_at": status.next_try_at.isoformat() if status.next_try_at else None,
    }
