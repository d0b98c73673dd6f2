"""Questions to a printer over one connection and their answers, kept apart from each other.

A real-time answer does not say which question it belongs to, and an answer to GS r not even which job: so questions are
counted, and an answer is believed only while the count leaves no doubt.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence

from kiosk.clock import Clock
from kiosk.devices.errors import NoAnswer
from kiosk.drivers.escpos import protocol
from kiosk.drivers.escpos.replies import AutoStatus, Processed, ProcessId, RealTime, ReplyParser
from kiosk.drivers.escpos.transport import Transport, WriteLimits

log = logging.getLogger(__name__)

_IDS_KEPT = 64
_SLICE_S = 0.25
_QUIET_S = 0.2  # after which no stray answer of an earlier connection is expected
_PROBE_ID = b"~~~~"  # the id of job 81,450,624
_PAPER_END = 0x0C  # GS r 1: without paper, commands may be executed that leave nothing on it


class Conversation:
    """One connection's questions and answers."""

    def __init__(self, transport: Transport, clock: Clock, reply_timeout_s: float, *, after_reset: bytes = b"") -> None:
        """*after_reset* is sent at once and after each ESC @: what the printer is to keep doing."""
        self.transport = transport
        self._clock = clock
        self._timeout_s = reply_timeout_s
        self._limits = WriteLimits(reply_timeout_s, reply_timeout_s)
        self._after_reset = after_reset
        self._parser = ReplyParser()
        self._real_time: deque[int] = deque()
        self._processed: deque[int] = deque()  # answers to `settle`
        self._settling = False
        self._waiting: deque[int] = deque()  # jobs whose GS r has not been answered
        self._answered: deque[int] = deque(maxlen=_IDS_KEPT)
        self.answered_late = False  # a GS r was answered that nobody waited for any more
        self._ids: deque[bytes] = deque(maxlen=_IDS_KEPT)
        self.auto_status: bytes | None = None

    def pump(self, timeout_s: float) -> bool:
        """Take in what the printer sends within *timeout_s*, returning as soon as something came; whether it did."""
        data = self.transport.read(timeout_s)
        for reply in self._parser.feed(data):
            match reply:
                case RealTime(value):
                    self._real_time.append(value)
                case Processed(value):
                    self._processed_came(value)
                case AutoStatus(frame):
                    self.auto_status = frame
                case ProcessId(id):
                    self._ids.append(id)
        return bool(data)

    def begin(self) -> None:
        """Take in what came before, and set the printer up."""
        self.drain()
        if self._after_reset:
            self.transport.write(self._after_reset, self._limits)

    def drain(self) -> None:
        """Take in everything that has already come; raises DeviceLost when the other end is gone."""
        while self.pump(0):
            pass

    def ask_real_time(self, questions: Sequence[int], *, timeout_s: float | None = None) -> dict[int, int]:
        """Ask DLE EOT for each of *questions* in one write; raises NoAnswer unless all are answered in time."""
        self.drain()
        self._real_time.clear()  # an answer that came too late belongs to no question of now
        self.transport.write(b"".join(protocol.DLE_EOT + bytes((n,)) for n in questions), self._limits)
        self._wait(lambda: len(self._real_time) >= len(questions), timeout_s)
        if len(self._real_time) < len(questions):
            raise NoAnswer(f"{len(self._real_time)} of {len(questions)} status questions were answered; is the printer switched on?")
        return dict(zip(questions, self._real_time, strict=False))

    def knock(self) -> bool:
        """Whether a real-time answer came since the last call; asks again without waiting."""
        self.drain()
        heard = bool(self._real_time)
        self._real_time.clear()
        self.transport.write(protocol.DLE_EOT + b"\x01", self._limits)
        return heard

    # -- GS r

    def expect_processed(self, job: int) -> None:
        """*job* ends with GS r 1, which is about to be sent."""
        self._waiting.append(job)

    def was_processed(self, job: int) -> bool:
        return job in self._answered

    @property
    def unanswered(self) -> int:
        """How many jobs' GS r have not been answered."""
        return len(self._waiting)

    def settle(self, *, quiet_s: float, ahead: bytes = b"", behind: bytes = b"") -> int | None:
        """Ask GS r 1 and wait until nothing older can still be answered; return the last answer, None for silence.

        With jobs unanswered, either all of them are answered along with this question, in order, or nobody can tell
        which were lost: then none counts. Without, *quiet_s* lets stray answers from before pass by.
        *ahead* and *behind* are sent around the question.
        """
        older, self._waiting = list(self._waiting), deque()
        self._processed.clear()
        self.answered_late = False
        self._settling = True
        try:
            self.transport.write(ahead + protocol.GS_TRANSMIT_PAPER + behind, self._limits)
            self._wait_for_more(0, None)
            heard = 0
            while heard < len(self._processed) and not (older and len(self._processed) > len(older)):
                heard = len(self._processed)
                self._wait_for_more(heard, quiet_s)
        finally:
            self._settling = False
        if older and len(self._processed) == len(older) + 1:
            self._answered.extend(job for job, value in zip(older, self._processed, strict=False) if not value & _PAPER_END)
        elif older:
            log.info("the printer answered %d of %d questions: jobs %s stay unproven", len(self._processed), len(older) + 1, older)
        return self._processed[-1] if self._processed else None

    # -- GS ( H and GS a

    def completed(self, job: int) -> bool:
        """Whether the printer named *job* as completed."""
        return protocol.process_id(job) in self._ids

    def names_a_mark(self, wait_s: float) -> bool:
        """Whether the printer names, within *wait_s*, a mark that is sent now: then it has executed all before it."""
        self._forget_mark()
        self.transport.write(protocol.GS_PROCESS_ID + _PROBE_ID, self._limits)
        self._wait(lambda: _PROBE_ID in self._ids, wait_s)
        return _PROBE_ID in self._ids

    def buffered_answers(self) -> tuple[bool, bool]:
        """Ask GS ( H and GS r at once and return which is answered.

        They are executed in order, so GS r also says that GS ( H was passed over, without waiting for a time-out. What a
        printer that lacks GS ( H makes of it stays in its line buffer, and the ESC @ behind clears that.
        """
        self._forget_mark()
        answer = self.settle(
            quiet_s=_QUIET_S,
            ahead=protocol.ESC_INITIALISE + protocol.GS_PROCESS_ID + _PROBE_ID,
            behind=protocol.ESC_INITIALISE + self._after_reset,
        )
        return _PROBE_ID in self._ids, answer is not None

    def wait_for_auto_status(self) -> bool:
        """Whether an automatic status comes within the reply time."""
        self._wait(lambda: self.auto_status is not None, None)
        return self.auto_status is not None

    def _processed_came(self, value: int) -> None:
        if self._settling:
            self._processed.append(value)
        elif self._waiting:
            job = self._waiting.popleft()
            if value & _PAPER_END:
                log.info("job %d was processed without paper: it stays unproven", job)
            else:
                self._answered.append(job)
        else:
            log.debug("an answer to GS r that belongs to no job")
            self.answered_late = True

    def _forget_mark(self) -> None:
        while _PROBE_ID in self._ids:
            self._ids.remove(_PROBE_ID)

    def _wait_for_more(self, heard: int, timeout_s: float | None) -> None:
        self._wait(lambda: len(self._processed) > heard, timeout_s)

    def _wait(self, met: Callable[[], bool], timeout_s: float | None) -> None:
        """Take in answers until *met*. Silence is counted as it is waited for, babble is ended by the clock."""
        left = self._timeout_s if timeout_s is None else timeout_s
        deadline = self._clock.monotonic() + left
        while not met() and left > 0 and self._clock.monotonic() < deadline:
            piece = min(left, _SLICE_S)
            if not self.pump(piece):
                left -= piece
