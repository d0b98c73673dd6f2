"""The printer that all three ESC/POS drivers build: documents in, evidence out, over any transport.

What is known of a job, strongest first: the printer names it as completed (GS ( H), the printer executed a command that
stood behind it (GS r), or the printer was healthy before and after the time that the job takes (DLE EOT). Silence never
counts as any of these.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from kiosk.clock import Clock
from kiosk.devices.document import Document
from kiosk.devices.errors import DeviceAbsent, DeviceError, DeviceLost, NoAnswer, SendFailed
from kiosk.devices.printer import Evidence, PrinterStatus, ProbeReport, Rendered
from kiosk.devices.registry import BuildContext
from kiosk.drivers.escpos import protocol, status
from kiosk.drivers.escpos.conversation import Conversation
from kiosk.drivers.escpos.encoder import Encoder
from kiosk.drivers.escpos.options import PrinterOptions
from kiosk.drivers.escpos.transport import Transport, WriteLimits

_UNKNOWN = PrinterStatus(known=False)
_SLICE_S = 0.1  # how often a waiting `confirm` looks whether it may go on
_LOOK_S = 0.5  # how often it asks how the printer is
_QUIET_S = 0.2  # beyond the mechanical time of what may still be printing
_JOBS_KEPT = 16
_STALLED = "the printer is healthy but has stopped executing commands; switch it off and on"
_WRITE_MARGIN = 3.0  # times the least duration that a whole job may take to be handed over


@dataclass(frozen=True, slots=True)
class _Ticketed(Rendered):
    """What `render` made for *job*; *asks* is the evidence whose question ends it."""

    job: int
    asks: Evidence


@dataclass(slots=True)
class _Sent:
    """A job that was handed over on this connection."""

    asks: Evidence
    done_at: float  # by the monotonic clock, at the earliest
    seconds: float
    faulted: bool = False  # a fault was seen since: health proves nothing any more


class EscposPrinter:
    """Implements `kiosk.devices.printer.Printer`. *make_transport* imports what it needs, at the first `open`."""

    def __init__(self, options: PrinterOptions, context: BuildContext, make_transport: Callable[[], Transport]) -> None:
        self._options = options
        self._clock: Clock = context.clock
        self._name = context.name
        self._make_transport = make_transport
        self._encoder = Encoder(options)
        self._talk: Conversation | None = None
        self._owner: int | None = None
        self._questions: tuple[int, ...] = ()  # the DLE EOT n that it answers
        self._one_by_one = False  # it loses questions that come in one write
        self._evidence: Evidence | None = None  # None: not yet found out, because it cannot print now
        self._status = _UNKNOWN
        self._sent: dict[int, _Sent] = {}

    # -- Printer

    def open(self) -> None:
        self.close()
        transport = self._make_transport()
        transport.connect()
        self._owner = threading.get_ident()
        after_reset = protocol.GS_AUTO_STATUS if self._options.automatic_status else b""
        self._talk = Conversation(transport, self._clock, self._options.reply_timeout_s, after_reset=after_reset)
        self._evidence = None
        try:
            self._talk.begin()
            self._questions = self._answered_questions(self._talk)
            self._one_by_one = not self._takes_all_at_once(self._talk)
            self._status = self._look(self._talk)
            self._find_evidence(self._talk)
        except DeviceLost as error:
            self.close()
            if isinstance(error, SendFailed):
                raise DeviceAbsent(error.code, error.detail) from error
            raise
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        talk, self._talk = self._talk, None
        self._sent.clear()
        self._owner = None
        if talk is not None:
            talk.transport.close()

    @property
    def evidence(self) -> Evidence:
        if self._evidence is not None:
            return self._evidence
        return _WANTED.get(self._options.confirmation, Evidence.HEALTH if self._questions else Evidence.NONE)

    def status(self) -> PrinterStatus:
        talk = self._open_talk()
        talk.drain()
        if self._evidence is Evidence.NONE and not self._questions and self._options.confirmation == "auto" and talk.knock():
            # It was silent when it was opened, perhaps switched off, and can answer after all.
            self._questions = self._answered_questions(talk)
            self._one_by_one = not self._takes_all_at_once(talk)
            self._evidence = None
        elif self._evidence is Evidence.HEALTH and self._options.confirmation == "auto" and talk.answered_late:
            self._evidence = None  # it was busy when it was asked, and does execute GS r
        self._status = self._look(talk)
        if not self._status.printable:
            for sent in self._sent.values():
                sent.faulted = True
        elif self._evidence is None:
            self._find_evidence(talk)
        return self._status

    def render(self, document: Document, *, job: int) -> Rendered:
        asks = self.evidence
        question = {
            Evidence.PROCESS_ID: protocol.GS_PROCESS_ID + protocol.process_id(job),
            Evidence.PROCESSED: protocol.GS_TRANSMIT_PAPER,
        }.get(asks, b"")
        data, seconds = self._encoder.encode(document, question)
        if self._talk is not None:
            seconds = max(seconds, self._talk.transport.wire_seconds(len(data)))
        return _Ticketed(data, seconds, job, asks)

    def send(self, rendered: Rendered) -> None:
        talk = self._open_talk()
        assert isinstance(rendered, _Ticketed), "what is sent comes from render()"
        try:
            talk.drain()  # a peer that has closed is noticed here, before the job is trusted to it
            if talk.unanswered:
                self._settle_earlier(talk)
            self._see_executing(talk)
        except DeviceError as error:
            raise SendFailed(error.code, error.detail, bytes_sent=0) from error
        if rendered.asks is Evidence.PROCESSED:
            talk.expect_processed(rendered.job)
        longest = self._options.write_timeout_s + _WRITE_MARGIN * max(rendered.seconds, talk.transport.wire_seconds(len(rendered.data)))
        limits = WriteLimits(self._options.write_timeout_s, longest)
        talk.transport.write(rendered.data, limits)
        if rendered.asks in (Evidence.HEALTH, Evidence.NONE):
            # Without a word from the printer itself, at least nothing of the job may be left on this side.
            self._see_taken(talk, rendered, limits)
        self._sent[rendered.job] = _Sent(rendered.asks, self._clock.monotonic() + rendered.seconds, rendered.seconds)
        while len(self._sent) > _JOBS_KEPT:
            del self._sent[next(iter(self._sent))]

    def confirm(self, job: int, *, timeout_s: float, keep_waiting: Callable[[], bool]) -> PrinterStatus | None:
        talk = self._open_talk()
        deadline = self._clock.monotonic() + timeout_s
        look_at = self._clock.monotonic() + _LOOK_S
        talk.drain()
        while not self._is_shown(talk, job):
            now = self._clock.monotonic()
            if self._cannot_come(job):
                return self.status()
            if now >= deadline:
                return self._final_status(talk, job)
            if not keep_waiting():
                return self._status
            if now >= look_at or self._reports_fault(talk):
                look_at = now + _LOOK_S
                if not self.status().printable:
                    return None if self._is_shown(talk, job) else self._status
            sent = self._sent.get(job)
            due = deadline if sent is None or sent.asks is not Evidence.HEALTH else min(deadline, sent.done_at)
            talk.pump(min(_SLICE_S, max(0.0, due - self._clock.monotonic())))
        return None

    def probe(self, *, print_slip: bool = True) -> ProbeReport:
        """Find out what the printer can, and print the slip of encodings to choose from; needs to be open."""
        from kiosk.drivers.escpos.probe import probe

        return probe(self._open_talk(), self._options, self._questions, print_slip=print_slip)

    # -- evidence

    def _is_shown(self, talk: Conversation, job: int) -> bool:
        """Whether the evidence of *job* is there; a health check that is due is made here."""
        if talk.completed(job) or talk.was_processed(job):
            return True
        sent = self._sent.get(job)
        if sent is None or sent.asks is not Evidence.HEALTH or sent.faulted or self._clock.monotonic() < sent.done_at:
            return False
        healthy = self.status()
        return healthy.known and healthy.printable

    def _cannot_come(self, job: int) -> bool:
        """Whether no answer of the printer can show *job* any more."""
        sent = self._sent.get(job)
        if sent is None:  # handed over on an earlier connection, if at all
            return self.evidence is not Evidence.PROCESS_ID
        return sent.asks is Evidence.NONE or (sent.asks is Evidence.HEALTH and sent.faulted)

    def _final_status(self, talk: Conversation, job: int) -> PrinterStatus | None:
        current = self.status()
        return None if self._is_shown(talk, job) else current

    def _reports_fault(self, talk: Conversation) -> bool:
        """Whether an automatic status has told of a fault that is not known yet."""
        return talk.auto_status is not None and self._status.printable and not status.from_auto_status(talk.auto_status).printable

    def _settle_earlier(self, talk: Conversation) -> None:
        """Let the answers of earlier jobs come before a new job, so that none is taken for the new job's."""
        quiet_s = _QUIET_S + max((sent.seconds for sent in self._sent.values()), default=0.0)
        if talk.settle(quiet_s=quiet_s) is None:
            raise NoAnswer(_STALLED)

    def _see_executing(self, talk: Conversation) -> None:
        """Put no job behind one that is not named as completed, unless the printer names a mark: it has passed that job by."""
        unnamed = [job for job, sent in self._sent.items() if sent.asks is Evidence.PROCESS_ID and not talk.completed(job)]
        if not unnamed:
            return
        if not talk.names_a_mark(self._options.reply_timeout_s + max(self._sent[job].seconds for job in unnamed)):
            raise NoAnswer(_STALLED)
        for job in unnamed:
            del self._sent[job]

    def _see_taken(self, talk: Conversation, rendered: Rendered, limits: WriteLimits) -> None:
        count = len(rendered.data)
        try:
            taken = talk.transport.drain(limits)
            talk.drain()
        except DeviceError as error:
            raise SendFailed(error.code, error.detail, bytes_sent=count) from error
        if not taken:
            raise SendFailed("write-stalled", "the printer did not take the whole job; check paper and cover", bytes_sent=count)

    # -- finding out

    def _answered_questions(self, talk: Conversation) -> tuple[int, ...]:
        """The DLE EOT n that the printer answers. One that answers neither 1 nor 4 is not asked the rest."""
        answered: list[int] = []
        for n in (1, 4, 2, 3):
            if n in (2, 3) and not answered:
                break
            try:
                talk.ask_real_time((n,))
            except NoAnswer:
                continue
            answered.append(n)
        return tuple(sorted(answered))

    def _takes_all_at_once(self, talk: Conversation) -> bool:
        """Whether all questions may go out in one write: one round trip before each job instead of four."""
        if len(self._questions) < 2:
            return True
        try:
            talk.ask_real_time(self._questions)
        except NoAnswer:
            return False
        return True

    def _look(self, talk: Conversation) -> PrinterStatus:
        if self._questions:
            rounds = [(n,) for n in self._questions] if self._one_by_one else [self._questions]
            answers: dict[int, int] = {}
            for questions in rounds:
                answers |= talk.ask_real_time(questions)
            talk.auto_status = None  # older than what was just heard
            return status.from_real_time(answers)
        if self._evidence is Evidence.PROCESSED and not talk.unanswered:
            answer = talk.settle(quiet_s=0)
            if answer is None:
                raise NoAnswer("the printer has stopped answering: no paper, cover open, or switched off")
            return status.from_processed(answer)
        if talk.auto_status is not None:
            return status.from_auto_status(talk.auto_status)
        return _UNKNOWN

    def _find_evidence(self, talk: Conversation) -> None:
        """Find the strongest evidence that the printer gives; put off while it cannot execute commands."""
        confirmation = self._options.confirmation
        if confirmation == "ask":
            self._evidence = Evidence.NONE
            return
        if confirmation == "health":
            if not self._questions:
                raise NoAnswer("the printer does not answer status questions (DLE EOT), which confirmation = health needs")
            self._evidence = Evidence.HEALTH
            return
        if not self._status.printable:
            return
        found = self._buffered_evidence(talk)
        if found is None and not self._questions and confirmation != "auto":
            raise NoAnswer("the printer does not answer; is it switched on?")
        if confirmation == "auto":
            self._evidence = found or (Evidence.HEALTH if self._questions else Evidence.NONE)
        elif confirmation == "process-id" and found is not Evidence.PROCESS_ID:
            raise NoAnswer("the printer does not answer GS ( H, which confirmation = process-id needs")
        elif confirmation == "processed" and found is None:
            raise NoAnswer("the printer does not answer GS r, which confirmation = processed needs")
        else:
            self._evidence = _WANTED[confirmation]

    def _buffered_evidence(self, talk: Conversation) -> Evidence | None:
        named, processed = talk.buffered_answers()
        return Evidence.PROCESS_ID if named else Evidence.PROCESSED if processed else None

    def _open_talk(self) -> Conversation:
        """The connection, for its owner: bytes of two threads would interleave on paper."""
        if self._talk is None:
            raise SendFailed("not-open", f"{self._name} is not open", bytes_sent=0)
        if self._owner != threading.get_ident():
            raise RuntimeError(f"{self._name} is used by two threads; a printer belongs to the thread that opened it")
        return self._talk


_WANTED = {
    "process-id": Evidence.PROCESS_ID,
    "processed": Evidence.PROCESSED,
    "health": Evidence.HEALTH,
    "ask": Evidence.NONE,
}
