"""A button panel without pins: edges are put in by the test, the lamps keep a journal of what was lit when."""

from collections import deque
from collections.abc import Callable

from kiosk.devices.buttons import Edge
from kiosk.devices.errors import DeviceAbsent, DeviceLost
from tests.fakes.clock import FakeClock

Step = Callable[[], object]


class FakePanel:
    """Implements `kiosk.devices.buttons.ButtonPanel`. Waiting moves the clock; *script* says what happens at which second.

    A step may press (`put`), do anything else, or raise what the panel shall raise.
    """

    def __init__(self, clock: FakeClock, buttons: tuple[int, ...] = (1, 2, 3, 4, 5), lamps: frozenset[int] | None = None) -> None:
        self._clock = clock
        self.buttons = buttons
        self.lamps = frozenset(buttons) if lamps is None else lamps
        self.began = clock.monotonic()
        self.script: deque[tuple[float, Step]] = deque()
        self.journal: list[tuple[float, int, bool]] = []  # (seconds since it was made, button, lit)
        self.held: set[int] = set()
        self.absent: DeviceAbsent | None = None
        self.opened = 0
        self._edges: deque[Edge] = deque()
        self._interrupted = False

    def at(self, seconds: float, step: Step) -> None:
        """Have *step* done *seconds* after the panel was made."""
        self.script = deque(sorted([*self.script, (self.began + seconds, step)], key=lambda entry: entry[0]))

    def edge(self, seconds: float, button: int, closed: bool) -> None:
        """A contact moves at *seconds*."""
        self.at(seconds, lambda: self._move(button, closed))

    def press(self, seconds: float, button: int, hold_s: float = 0.2) -> None:
        """A clean press."""
        self.edge(seconds, button, True)
        self.edge(seconds + hold_s, button, False)

    def _move(self, button: int, closed: bool) -> None:
        (self.held.add if closed else self.held.discard)(button)
        self._edges.append(Edge(button, closed, self._clock.monotonic()))

    def lit(self, button: int) -> list[tuple[float, bool]]:
        """When the lamp of *button* was switched, and how."""
        return [(round(at, 3), on) for at, which, on in self.journal if which == button]

    # -- ButtonPanel

    def open(self) -> None:
        if self.absent is not None:
            raise self.absent
        self._edges.clear()
        self.opened += 1

    def close(self) -> None:
        for button in {which for _, which, _ in self.journal}:
            if [on for _, which, on in self.journal if which == button][-1]:
                self.journal.append((self._clock.monotonic() - self.began, button, False))
        self._edges.clear()
        self.opened = 0

    def read(self, timeout_s: float | None, stopped: Callable[[], bool]) -> Edge | None:
        if not self.opened:
            raise DeviceLost("closed", "the buttons are not open")
        deadline = None if timeout_s is None else self._clock.monotonic() + timeout_s
        while not stopped():
            if self._edges:
                return self._edges.popleft()
            if self._interrupted:
                self._interrupted = False
                return None
            now = self._clock.monotonic()
            if deadline is not None and now >= deadline:
                return None
            if not self.script and deadline is None:
                raise AssertionError("nothing will ever happen to this panel")
            moments = [moment for moment in (deadline, self.script[0][0] if self.script else None) if moment is not None]
            self._clock.advance(max(0.0, min(moments) - now))
            if self.script and self.script[0][0] <= self._clock.monotonic() + 1e-9:
                self.script.popleft()[1]()
        return None

    def closed(self) -> frozenset[int]:
        return frozenset(self.held)

    def light(self, button: int, on: bool) -> None:
        if not self.opened:
            raise DeviceLost("closed", "the buttons are not open")
        if button in self.lamps:
            self.journal.append((self._clock.monotonic() - self.began, button, on))

    def interrupt(self) -> None:
        self._interrupted = True
