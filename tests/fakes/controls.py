"""What the supervisor is to a service, without a thread: waiting moves the clock."""

from collections import deque
from collections.abc import Callable

from kiosk.devices.state import DeviceState, Reason
from tests.fakes.clock import FakeClock


class FakeControl:
    """Implements `kiosk.devices.supervisor.Control`. Each wait runs the next of *during_waits*, then time has passed."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.stopping = False
        self.reports: list[tuple[DeviceState, str | None]] = []
        self.waits: list[float | None] = []
        self.during_waits: deque[Callable[[], None]] = deque()

    def wait(self, timeout_s: float | None) -> bool:
        if len(self.waits) > 10_000:
            raise AssertionError("the service waits for ever")
        self.waits.append(timeout_s)
        if self.during_waits:
            self.during_waits.popleft()()
        if timeout_s is not None:
            self._clock.advance(timeout_s)
        return self.stopping

    def report(self, state: DeviceState, reason: Reason | None = None) -> None:
        report = (state, reason.code if reason else None)
        if not self.reports or self.reports[-1] != report:
            self.reports.append(report)

    def stop(self) -> None:
        self.stopping = True
