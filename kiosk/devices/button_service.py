"""Runs one button panel under the supervisor: edges become presses for a sink, lamps answer, stuck buttons are reported.

What a press means is the desk's matter. It answers by the function that came with the press, from any thread.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from kiosk.clock import Clock
from kiosk.devices.buttons import SCAN_LAMP, ButtonOptions, ButtonPanel
from kiosk.devices.debounce import Debouncer, Settled
from kiosk.devices.lamps import IN_TURN, Lamp
from kiosk.devices.state import DeviceState, Reason
from kiosk.devices.supervisor import Control

log = logging.getLogger(__name__)

# While a contact is closed, its level is compared with what the edges say this often (seconds): a lost edge is found.
_COMPARE_S = 1.0


@dataclass(frozen=True, slots=True)
class ButtonPress:
    """One press: which button of which device, and when its contact first closed."""

    device: str
    button: int
    at: datetime


# Called with True when the press is on disk, with False when it is refused.
Answer = Callable[[bool], None]
PressSink = Callable[[ButtonPress, Answer], object]


@dataclass(frozen=True, slots=True)
class ButtonStats:
    """Counts since the start: presses, spikes that were none, presses recorded, refused, and on their way now."""

    pressed: int = 0
    spikes: int = 0
    recorded: int = 0
    refused: int = 0
    waiting: int = 0

    def counts(self) -> dict[str, int]:
        """As a self-test reports them."""
        return asdict(self)


class ButtonService:
    """Implements `kiosk.devices.supervisor.Service` for any `ButtonPanel`."""

    def __init__(self, name: str, panel: Callable[[], ButtonPanel], options: ButtonOptions, sink: PressSink, clock: Clock) -> None:
        """*panel* makes a new panel for each opening; *sink* is called in the device's thread and must not block."""
        self._name, self._make, self._options, self._sink, self._clock = name, panel, options, sink, clock
        self._lock = threading.Lock()  # guards what other threads reach: the panel to interrupt, the answers, the counts
        self._panel: ButtonPanel | None = None
        self._answers: deque[tuple[int, bool]] = deque()
        self._test_wanted = False
        self._pressed = self._spikes = self._recorded = self._refused = 0
        self._contacts: dict[int, Debouncer] = {}
        # Lamps outlive a panel that is opened anew: what is on its way to the disk still is.
        self._lamps: dict[int, Lamp] = {}
        self._shown: dict[int, bool] = {}

    # -- from other threads

    def stats(self) -> ButtonStats:
        """What happened so far; may be asked from any thread."""
        with self._lock:
            waiting = self._pressed - self._recorded - self._refused
            return ButtonStats(self._pressed, self._spikes, self._recorded, self._refused, waiting)

    def signal(self, good: bool) -> None:
        """Have the scan lamp answer a scan; nothing happens on a panel without one."""
        with self._lock:
            self._answers.append((SCAN_LAMP, good))
        self.wake()

    def test(self) -> None:
        """Light the lamps in turn."""
        with self._lock:
            self._test_wanted = True
        self.wake()

    def wake(self) -> None:
        with self._lock:
            panel = self._panel
        if panel is not None:
            panel.interrupt()

    # -- the device's thread

    def open(self) -> None:
        panel = self._make()
        with self._lock:
            self._panel = panel
        panel.open()

    def close(self) -> None:
        with self._lock:
            panel, self._panel = self._panel, None
        if panel is not None:
            panel.close()

    def serve(self, control: Control) -> None:
        panel = self._panel
        if panel is None:
            raise AssertionError("a panel is served without having been opened")
        now = self._clock.monotonic()
        held = panel.closed()
        self._contacts = {button: Debouncer(self._options.debounce_ms / 1000, closed=button in held, now=now) for button in panel.buttons}
        for button in panel.lamps:
            self._lamps.setdefault(button, Lamp(self._options.led_s))
        self._shown = {}
        at_start = set(held)
        while not control.stopping:
            self._take_answers()
            now = self._clock.monotonic()
            self._show_lamps(panel, now)
            at_start = {button for button in at_start if self._contacts[button].closed}
            control.report(*self._state(at_start, now))
            edge = panel.read(self._patience_s(now), lambda: control.stopping)
            if edge is None:
                self._settle(self._clock.monotonic())
                self._compare(panel)
            else:
                # Edges come in order of time: what was due before this one has settled, however late it is handed over.
                self._settle(edge.at)
                for change in self._contacts[edge.button].edge(edge.closed, edge.at):
                    self._handle(edge.button, change)

    def _settle(self, now: float) -> None:
        """Let time decide, in the order in which the contacts came to rest."""
        due = sorted((contact.due, button) for button, contact in self._contacts.items() if contact.due is not None)
        for _, button in due:
            for change in self._contacts[button].settle(now):
                self._handle(button, change)

    def _compare(self, panel: ButtonPanel) -> None:
        """Find an edge that was lost while a contact is closed: it would seem stuck for ever."""
        if not any(contact.closed for contact in self._contacts.values()):
            return
        closed, now = panel.closed(), self._clock.monotonic()
        for button, contact in self._contacts.items():
            if contact.due is None and contact.level is not (button in closed):
                contact.edge(button in closed, now)

    def _handle(self, button: int, change: Settled) -> None:
        if not change.moved:
            with self._lock:
                self._spikes += 1
        elif change.closed:
            self._press(button, change)

    def _press(self, button: int, change: Settled) -> None:
        now = self._clock.monotonic()
        with self._lock:
            self._pressed += 1
        if button in self._lamps:
            self._lamps[button].press(now)
        press = ButtonPress(self._name, button, self._clock.now() - timedelta(seconds=max(0.0, now - change.began)))
        try:
            self._sink(press, lambda recorded: self._answer(button, recorded))
        except Exception:  # whatever the desk makes of one press, the next must still be taken
            log.exception("a press could not be handled", extra={"device": self._name})
            self._answer(button, False)

    def _answer(self, button: int, recorded: bool) -> None:
        """Called from any thread, also while the panel is closed."""
        with self._lock:
            self._recorded += recorded
            self._refused += not recorded
            self._answers.append((button, recorded))
        self.wake()

    def _take_answers(self) -> None:
        with self._lock:
            answers = list(self._answers)
            self._answers.clear()
            test, self._test_wanted = self._test_wanted, False
        now = self._clock.monotonic()
        for button, recorded in answers:
            if button in self._lamps:
                self._lamps[button].answer(recorded, now)
        if test:
            for place, button in enumerate(sorted(self._lamps)):
                self._lamps[button].show(IN_TURN, now + place * IN_TURN.lit_s)

    def _show_lamps(self, panel: ButtonPanel, now: float) -> None:
        for button, lamp in self._lamps.items():
            lit = lamp.lit(now)
            if self._shown.get(button, False) is not lit:
                panel.light(button, lit)
                self._shown[button] = lit

    def _state(self, at_start: set[int], now: float) -> tuple[DeviceState, Reason | None]:
        # A contact that was closed when it was opened counts as stuck at once: a wrong pull_up closes all of them.
        stuck = sorted(
            button
            for button, contact in self._contacts.items()
            if button in at_start or (contact.closed and now - contact.since >= self._options.stuck_s)
        )
        if stuck:
            return DeviceState.DEGRADED, Reason(
                "button-stuck", f"pressed all the time: {_names(stuck)}; check the button, its wires and pull_up"
            )
        chattering = sorted(button for button, contact in self._contacts.items() if contact.chatters(now))
        if chattering:
            return DeviceState.DEGRADED, Reason("noise", f"the contact does not come to rest: {_names(chattering)}; check wires and ground")
        return DeviceState.READY, None

    def _patience_s(self, now: float) -> float | None:
        """Seconds until something is due; None: only an edge or `wake` counts."""
        moments = [contact.due for contact in self._contacts.values()]
        moments += [lamp.next_change(now) for lamp in self._lamps.values()]
        if any(contact.closed for contact in self._contacts.values()):
            moments.append(now + _COMPARE_S)
        due = [moment for moment in moments if moment is not None]
        return max(0.0, min(due) - now) if due else None


def _names(buttons: list[int]) -> str:
    return ", ".join(f"button {button}" for button in buttons)
