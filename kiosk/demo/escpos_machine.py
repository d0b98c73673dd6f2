"""A receipt printer without its transport: takes bytes, prints them on `Paper`, answers as the manuals say.

Real-time commands are executed as they come in, even when printing has stopped. All others wait in the buffer and are
executed in order only while there is paper, the cover is closed and nothing is jammed: after new paper, what the buffer
holds is printed, as a real printer does. Independent of the product's encoder on purpose.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

from kiosk.clock import Clock, SystemClock
from kiosk.demo import escpos_status
from kiosk.demo.escpos_commands import Command, ends_between_commands, needed, next_command
from kiosk.demo.escpos_status import Condition
from kiosk.demo.model import DOTS_PER_MM, PrinterModel
from kiosk.demo.paper import Paper
from kiosk.demo.print_head import PrintHead
from kiosk.demo.real_time import RealTime, RealTimeScanner, clears_buffers

_PROCESS_ID = 48  # GS ( H fn 48 with m 48: report when printing up to here is complete
_IDENTITY = {65: "1.00", 66: "KIOSK", 67: "", 68: "0001", 69: "CHINA GB18030"}  # GS I n, transmitted as text


class VirtualPrinter:
    """One printer of *model*. Thread-safe; time passes by *clock* and `advance`."""

    def __init__(self, model: PrinterModel | None = None, clock: Clock | None = None) -> None:
        self.model = model or PrinterModel()
        self.clock = clock or SystemClock()
        self.paper = Paper(self.model.dots)
        self.unknown: list[Command] = []
        self.received = 0  # bytes since the start, for tests and the bench
        self.changed = threading.Condition(threading.RLock())
        self.version = 0
        self._head = PrintHead(self.model, self.paper)
        self._scanner = RealTimeScanner()
        self._buffer = bytearray()
        self._condition = Condition()
        self._powered = True
        self._deaf = False
        self._answer_delay_s = 0.0
        self._lines_left: int | None = None
        self._busy_until = 0.0
        self._asb = 0
        self._answers: deque[tuple[float, bytes]] = deque()
        self._sink: Callable[[bytes], None] | None = None
        self._watchers: list[Callable[[], None]] = []

    # -- the wire

    def feed(self, data: bytes) -> bytes:
        """Take bytes from the wire; return the answers that are due, unless `answer_to` takes them."""
        with self.changed:
            if not self._powered:
                return b""
            self.received += len(data)
            for byte in data:
                self._buffer.append(byte)
                command = self._scanner.push(byte)
                if command is not None:
                    self._real_time(command)
            self._run()
            self._tell()
            return self.take_answers()

    def take_answers(self) -> bytes:
        """Return the answers that are due and were not handed to a sink."""
        with self.changed:
            if self._sink is not None:
                return b""
            return self._due_answers()

    def answer_to(self, sink: Callable[[bytes], None] | None) -> None:
        """Hand every further answer to *sink*, which must not block; None: keep them for `take_answers`."""
        with self.changed:
            self._sink = sink

    @property
    def room(self) -> int:
        """Bytes that the receive buffer still takes; a transport stops reading at 0 and so holds the sender up."""
        with self.changed:
            # A command longer than the buffer is printed in strips by a real printer; here it is let in whole.
            return max(self.model.buffer_bytes, needed(self._buffer)) - len(self._buffer)

    @property
    def waiting(self) -> bytes:
        """What is in the buffer and not yet executed."""
        with self.changed:
            return bytes(self._buffer)

    # -- time

    def advance(self) -> float | None:
        """Do what has become due; return seconds until something else is, or None when nothing waits for time."""
        with self.changed:
            now = self.clock.monotonic()
            if self._run() or (self._sink is not None and self._answers and self._answers[0][0] <= now):
                self._tell()
            due = [at for at, _ in self._answers]
            if self._buffer and self._printable() and self._busy_until > now:
                due.append(self._busy_until)
            return max(min(due) - now, 0.0) if due else None

    @property
    def timed(self) -> bool:
        """Whether something may wait for time to pass, so that `advance` has to be called."""
        with self.changed:
            return bool(self._answers or (self._buffer and self.model.speed_mm_s))

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call *watcher* after every change; it must not block."""
        with self.changed:
            self._watchers.append(watcher)

    def wait_for(self, met: Callable[["VirtualPrinter"], bool], *, timeout_s: float = 5.0) -> bool:
        """Block until *met*, for a test or a page that waits for paper; real seconds, without polling."""
        with self.changed:
            return self.changed.wait_for(lambda: met(self), timeout_s)

    # -- what a person does to it

    @property
    def condition(self) -> Condition:
        """How it is, whether or not it would say so."""
        with self.changed:
            return replace(self._condition, offline=self._condition.offline or not self._printable())

    @property
    def powered(self) -> bool:
        with self.changed:
            return self._powered

    def pull_paper(self) -> None:
        """The roll ends, or somebody takes it out: printing stops where it is."""
        self._change(paper_end=True)

    def end_paper_after(self, lines: int) -> None:
        """The roll ends when *lines* more lines have been printed."""
        with self.changed:
            self._lines_left = lines

    def near_end(self, near: bool = True) -> None:
        """What the near-end sensor at the roll sees."""
        self._change(paper_near_end=near)

    def new_roll(self) -> None:
        """Put a new roll in; what waits in the buffer is printed."""
        with self.changed:
            self._lines_left = None
        self._change(paper_end=False, paper_near_end=False)

    def open_cover(self) -> None:
        self._change(cover_open=True)

    def close_cover(self) -> None:
        self._change(cover_open=False)

    def jam_cutter(self) -> None:
        """The blade is stuck: an error until `free_cutter`."""
        self._change(cutter_error=True)

    def free_cutter(self) -> None:
        self._change(cutter_error=False)

    def overheat(self, hot: bool = True) -> None:
        self._change(overheated=hot)

    def fail(self, failed: bool = True) -> None:
        """An unrecoverable error, e.g. a burnt head."""
        self._change(unrecoverable=failed)

    def press_feed(self, pressed: bool = True) -> None:
        """Hold the feed button, or let it go; held, it prints nothing else."""
        self._change(feeding=pressed)

    def take_offline(self) -> None:
        """Press the online key: it takes data and does not print."""
        self._change(offline=True)

    def put_online(self) -> None:
        self._change(offline=False)

    def fall_silent(self, silent: bool = True) -> None:
        """Print, but answer nothing, as with a broken return line."""
        with self.changed:
            self._deaf = silent

    def delay_answers(self, seconds: float) -> None:
        with self.changed:
            self._answer_delay_s = seconds

    def power_off(self) -> None:
        """Buffer, settings and the unprinted line are lost."""
        with self.changed:
            self._powered = False
            self._forget()
            self._tell()

    def power_on(self) -> None:
        with self.changed:
            self._powered = True
            self._tell()

    def become(self, model: PrinterModel) -> None:
        """Put another kind of printer in its place, empty and freshly powered."""
        with self.changed:
            self.model = model
            self._forget()
            self.paper.start(model.dots)
            self._head = PrintHead(model, self.paper)
            self._tell()

    def run_at(self, speed_mm_s: float) -> None:
        """Print *speed_mm_s* fast from now on; 0: instantly."""
        with self.changed:
            self.model = replace(self.model, speed_mm_s=speed_mm_s)
            self._busy_until = 0.0
            self._run()
            self._tell()

    def announce(self) -> None:
        """Tell those who watch that something around the printer (a cable, another device) has changed."""
        with self.changed:
            self._tell()

    @property
    def refused(self) -> list[tuple[str, str]]:
        """Commands with data that it would not print, each with the reason."""
        return self._head.refused

    # -- inside; the lock is held

    def _change(self, **values: bool) -> None:
        with self.changed:
            self._condition = replace(self._condition, **values)
            self._report_change()
            self._run()
            self._tell()

    def _tell(self) -> None:
        self._hand_over()
        self.version += 1
        self.changed.notify_all()
        for watcher in self._watchers:
            watcher()

    def _forget(self) -> None:
        self._buffer.clear()
        self._scanner.reset()
        self._answers.clear()
        self._head.reset()
        self._asb = 0
        self._busy_until = 0.0

    def _printable(self) -> bool:
        state = self._condition
        return self._powered and not (state.offline or state.cover_open or state.feeding or state.paper_end or state.error)

    def _answer(self, data: bytes) -> None:
        if data and not self._deaf:
            self._answers.append((self.clock.monotonic() + self._answer_delay_s, data))

    def _due_answers(self) -> bytes:
        now = self.clock.monotonic()
        due = bytearray()
        while self._answers and self._answers[0][0] <= now:
            due += self._answers.popleft()[1]
        return bytes(due)

    def _hand_over(self) -> None:
        if self._sink is not None and (data := self._due_answers()):
            self._sink(data)

    def _real_time(self, command: RealTime) -> None:
        if not self._printable():
            # A stopped printer is asked again and again: the questions must not fill its buffer. Inside the data of another
            # command the same bytes are data as well.
            before = self._buffer[: -2 - len(command.data)]
            if ends_between_commands(before, self.model.encoding, chinese=self._head.look.chinese):
                self._buffer = before
        if command.name == "DLE EOT" and self.model.answers_dle_eot:
            self._answer(escpos_status.dle_eot(command.data[0], self.condition))
        elif clears_buffers(command):
            self._buffer.clear()
            self._head.reset()

    def _run(self) -> bool:
        """Execute the buffer as far as the printer can now; return whether anything was executed."""
        executed = False
        while self._printable() and self._busy_until <= self.clock.monotonic():
            command = next_command(self._buffer, self._head.character_size, knows_sized=self.model.knows_sized)
            if command is None:
                break
            del self._buffer[: command.size]
            self._execute(command)
            executed = True
        return executed

    def _execute(self, command: Command) -> None:
        own = self._OWN.get(command.name)
        if own is not None:
            own(self, command)
            return
        lines = self._head.lines
        moved = self._head.execute(command) if command.known else None
        if moved is None:
            self.unknown.append(command)
            return
        if moved and self.model.speed_mm_s:
            self._busy_until = self.clock.monotonic() + moved / DOTS_PER_MM / self.model.speed_mm_s
        self._use_up(self._head.lines - lines)

    def _use_up(self, lines: int) -> None:
        if self._lines_left is None or not lines:
            return
        self._lines_left -= lines
        if self._lines_left <= 0:
            self._lines_left = None
            self._condition = replace(self._condition, paper_end=True)
            self._report_change()

    def _report_change(self) -> None:
        if self._asb:
            self._answer(escpos_status.asb(self.condition))

    def _initialize(self, _: Command) -> None:
        self._head.reset()
        if self.model.init_ends_asb:
            self._asb = 0

    def _set_asb(self, command: Command) -> None:
        if self.model.answers_asb:
            self._asb = command.data[0]
            self._report_change()

    def _transmit_status(self, command: Command) -> None:
        if self.model.answers_gs_r:
            self._answer(escpos_status.gs_r(command.data[0], self.condition))

    def _transmit_identity(self, command: Command) -> None:
        n = command.data[0]
        if not self.model.answers_identity:
            return
        if n in _IDENTITY:
            self._answer(b"_" + (_IDENTITY[n] or self.model.name).encode("ascii") + b"\x00")
        elif n in (1, 2, 3, 49, 50, 51):
            self._answer(b"\x02")

    def _transmit_process_id(self, command: Command) -> None:
        """``GS ( H 06 00 30 30 d1 d2 d3 d4`` answers ``37 22 d1 d2 d3 d4 00``."""
        if not self.model.answers_process_id or len(command.data) != 6 or command.data[0] != _PROCESS_ID:
            self.unknown.append(command)
            return
        self._answer(b"\x37\x22" + command.data[2:] + b"\x00")

    def _select_device(self, command: Command) -> None:
        """``ESC =``: bit 0 selects the printer. Deselecting it is not used by anybody and is only noted."""
        if not command.data[0] & 1:
            self.unknown.append(command)

    def _skip(self, _: Command) -> None:
        """A real-time command whose time was when it came in."""

    _OWN: ClassVar[dict[str, Callable[[Any, Command], None]]] = {
        "DLE": _skip,
        "ESC @": _initialize,
        "ESC =": _select_device,
        "GS a": _set_asb,
        "GS r": _transmit_status,
        "GS I": _transmit_identity,
        "GS ( H": _transmit_process_id,
    }
