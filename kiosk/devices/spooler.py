"""Prints a device's jobs, one after the other, and records honestly what is known of each.

The order of steps is chosen so that a crash between any two of them loses nothing and doubles nothing without a
person's word. "Restart" is a new process, or a new life of the device after an error that nobody foresaw:

====================================== ========== ================= ==================================================
killed                                 on disk    on paper          after the restart
====================================== ========== ================= ==================================================
before the desk's unit is committed    nothing    nothing           nothing: the desk has not answered "taken in" yet
job committed, not yet picked up       queued     nothing           printed in order; held for a person when stale
``sent`` committed, no byte sent       sent       nothing           uncertain "restart": a person looks and answers
while bytes are being sent             sent       nothing to all    uncertain "restart"
all bytes sent, no evidence yet        sent       probably all      uncertain "restart"
evidence came, not yet committed       sent       all               uncertain "restart": the answer is "printed"
``confirmed`` committed                confirmed  all, once         nothing is left to do
sending failed before the first byte,
``queued`` not yet committed           sent       nothing           uncertain "restart": the proof died with us
sending broke off, ``uncertain``
not yet committed                      sent       part or all       uncertain "restart"
``uncertain`` committed                uncertain  part or all       still uncertain: the question stands
a person's "reprint", not committed    uncertain  part or all       still uncertain
a person's "reprint", committed        cancelled, part or all, then the new job is printed, marked as a copy; both rows
                                       queued     the copy          are one transaction
====================================== ========== ================= ==================================================

A row says ``sent`` before the first byte leaves and until something is known. So ``queued`` proves that nothing is on
paper, and only such a job is ever sent by itself. Where the database takes no record, nothing is printed.
"""

import logging
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.db import Database
from kiosk.devices.document import decode_document
from kiosk.devices.errors import DeviceError, NoAnswer, SendFailed
from kiosk.devices.printer import Evidence, Printer, PrinterFault, PrinterStatus, Rendered
from kiosk.devices.queue import JobQueue, Waiting
from kiosk.devices.state import DeviceState, Reason
from kiosk.devices.supervisor import Control
from kiosk.errors import StorageError

log = logging.getLogger(__name__)

# Seconds between two looks at a printer: one that has a fault (a person stands before it), and an idle healthy one.
_FAULT_POLL_S = 1.5
_IDLE_CHECK_S = 10.0
# Seconds between two tries of a database that takes no record.
_STORAGE_RETRY_S = 1.0
# Seconds that a stop waits for the evidence of a job in progress; within the 5 s that the supervisor grants.
_STOP_GRACE_S = 3.0

NO_EVIDENCE = "no-evidence"
NEAR_END = "paper-near-end"
_INTERRUPTED = "interrupted"
_INTERNAL = "internal"
_STOPPED = "stopped"
_STORAGE = "storage"
_NOT_PRINTABLE = "not-printable"

# Which of several faults a person should hear of first: an open cover also reads as missing paper and as offline.
_URGENCY = (
    PrinterFault.UNRECOVERABLE,
    PrinterFault.COVER_OPEN,
    PrinterFault.PAPER_OUT,
    PrinterFault.CUTTER,
    PrinterFault.OVERHEATED,
    PrinterFault.FEEDING,
    PrinterFault.OFFLINE,
)


# Evidence that only a printer gives that executes commands: one that gave it and ceases to is stalled, however well it
# says that it is.
_EXECUTING = frozenset({Evidence.PROCESS_ID, Evidence.PROCESSED})
# Failures after which the same printer, in the same state, is still at the other end.
_STILL_THERE = frozenset({"no-answer", "write-stalled"})


class PrinterService:
    """One printer's work (a `kiosk.devices.supervisor.Service`); the only one that sends to it."""

    def __init__(
        self, name: str, factory: Callable[[], Printer], queue: JobQueue, db: Database, clock: Clock, *, confirm_timeout_s: float
    ) -> None:
        """*factory* makes a fresh driver object; *confirm_timeout_s*: wait for evidence beyond the mechanical time."""
        self._name, self._factory, self._queue, self._db, self._clock = name, factory, queue, db, clock
        self._confirm_timeout_s = confirm_timeout_s
        self._printer: Printer | None = None
        self._settled = False
        self._last_status: PrinterStatus | None = None
        self._evidence: Evidence | None = None
        self._note_fails = False
        self._has_executed = False  # since it was last away: then another printer may stand in its place

    @property
    def last_status(self) -> PrinterStatus | None:
        """What the printer last said of itself, if it was ever asked; safe from any thread."""
        return self._last_status

    @property
    def evidence(self) -> Evidence | None:
        """The strongest evidence that the printer gives, as last found out; None before it was first opened."""
        return self._evidence

    # -- Service

    def open(self) -> None:
        self._printer = self._factory()
        self._settled = False
        try:
            self._printer.open()
        except DeviceError as error:
            self._failed(error)
            raise

    def serve(self, control: Control) -> None:
        try:
            while not control.stopping:
                control.wait(self.step(control))
        except DeviceError as error:
            self._failed(error)
            raise

    def _failed(self, error: DeviceError) -> None:
        if error.code not in _STILL_THERE:
            self._has_executed = False
        self._note_next(error.code)

    def close(self) -> None:
        printer, self._printer = self._printer, None
        if printer is not None:
            printer.close()

    def wake(self) -> None:
        """Nothing to break off: every call of a printer is bounded, and the control ends the waits between them."""

    # -- one step

    def step(self, control: Control) -> float:
        """Look at queue and printer, print at most one job; return the seconds to wait unless woken."""
        printer = self._printer
        assert printer is not None, "step() belongs between open() and close()"
        try:
            waiting = self._pick()
        except StorageError as error:
            return self._storage_fails(control, error)
        status = printer.status()
        if status.printable:
            self._see_evidence(printer)
        fault = self._look(control, status)
        if fault is not None:
            if waiting is not None:
                self._note(waiting.view.id, waiting.view.reason, fault.value)
            return _FAULT_POLL_S
        if waiting is None:
            return _IDLE_CHECK_S
        return self._print(printer, waiting, control)

    def _pick(self) -> Waiting | None:
        """Return the next job; whatever is stale is held, and what an earlier life left half-done is asked about."""
        if not self._settled:
            self._db.write(lambda session: self._queue.recover(session, self._name, _INTERRUPTED))
            self._settled = True
        waiting = self._next()
        if waiting is not None and waiting.stale:
            self._db.write(lambda session: self._queue.hold_stale(session, self._name))
            waiting = self._next()
        return waiting if waiting is not None and not waiting.stale else None

    def _next(self) -> Waiting | None:
        try:
            with self._db.read() as session:
                return self._queue.next_waiting(session, self._name)
        except SQLAlchemyError as error:
            raise StorageError(f"the database cannot be read: {error}") from error

    def _look(self, control: Control, status: PrinterStatus) -> PrinterFault | None:
        """Remember and report what the printer says; return the fault that a person should remedy first."""
        self._last_status = status
        fault = next((fault for fault in _URGENCY if fault in status.faults), None)
        if fault is not None:
            others = ", ".join(sorted(other.value for other in status.faults if other is not fault))
            control.report(DeviceState.DEGRADED, Reason(fault.value, others))
        elif status.paper_near_end:
            control.report(DeviceState.DEGRADED, Reason(NEAR_END))
        else:
            control.report(DeviceState.READY)
        return fault

    def _see_evidence(self, printer: Printer) -> None:
        """Remember what a printer that could print now can show; one that was opened without paper could not yet show all.

        Raises NoAnswer when it cannot show any more that it executes commands.
        """
        evidence = printer.evidence
        if evidence in _EXECUTING:
            self._has_executed = True
        elif self._has_executed:
            raise NoAnswer("the printer has stopped executing commands; switch it off and on (if it was exchanged: restart the station)")
        if evidence is Evidence.NONE and self._evidence is not Evidence.NONE:
            log.warning("the printer cannot tell what it printed: a person will be asked about each job", extra={"device": self._name})
        self._evidence = evidence

    def _print(self, printer: Printer, waiting: Waiting, control: Control) -> float:
        job_id = waiting.view.id
        try:
            rendered = printer.render(decode_document(waiting.payload), job=job_id)
        except Exception:  # whatever is wrong with one document must not keep the ones behind it from printing
            log.exception("job %d cannot be printed", job_id, extra={"device": self._name})
            self._record(control, lambda session: self._queue.mark_failed(session, job_id, _NOT_PRINTABLE))
            return 0.0
        try:
            claimed = self._db.write(lambda session: self._queue.mark_sending(session, job_id))
        except StorageError as error:
            self._settled = False  # the mark may have been taken though its answer was lost
            return self._storage_fails(control, error)
        if claimed is None:
            return 0.0  # withdrawn or held in the meantime
        evidence = printer.evidence  # what this job asks for; the printer may learn of a stronger one meanwhile
        self._send(printer, job_id, rendered, control)
        if evidence is Evidence.NONE:
            self._uncertain(control, job_id, NO_EVIDENCE)
        else:
            self._await_evidence(printer, job_id, rendered, evidence, control)
        return 0.0

    def _send(self, printer: Printer, job_id: int, rendered: Rendered, control: Control) -> None:
        try:
            printer.send(rendered)
        except SendFailed as error:
            reason = error.code
            if error.bytes_sent == 0:
                self._record(control, lambda session: self._queue.mark_unsent(session, job_id, reason))
            else:
                self._uncertain(control, job_id, reason)
            raise
        except Exception as error:  # whatever broke: without a count of zero, bytes may have left
            self._uncertain(control, job_id, error.code if isinstance(error, DeviceError) else _INTERNAL)
            raise

    def _await_evidence(self, printer: Printer, job_id: int, rendered: Rendered, evidence: Evidence, control: Control) -> None:
        """Wait until the job is known to be on paper, or until that cannot be known any more."""
        patience = _Patience(control, self._clock)
        fault: PrinterFault | None = None
        try:
            while True:
                # After a remedy the budget starts afresh: all of the job may still have to be printed.
                status = printer.confirm(job_id, timeout_s=rendered.seconds + self._confirm_timeout_s, keep_waiting=patience.lasts)
                standing = self._look(control, status) if status is not None else None
                if standing is None:
                    break
                fault = self._wait_for_remedy(printer, job_id, standing, control)
                if control.stopping:
                    break
        except Exception as error:  # the connection or the driver broke: what is on paper stays unknown
            self._uncertain(control, job_id, error.code if isinstance(error, DeviceError) else _INTERNAL)
            raise
        # Healthy before and after proves little when in between somebody had the printer open, or switched it off.
        if status is None and not (fault is not None and evidence is Evidence.HEALTH):
            self._record(control, lambda session: self._queue.mark_confirmed(session, job_id, evidence.value))
            return
        unknown = fault.value if fault is not None else NO_EVIDENCE if patience.lasts() else _STOPPED
        self._uncertain(control, job_id, unknown)

    def _wait_for_remedy(self, printer: Printer, job_id: int, fault: PrinterFault, control: Control) -> PrinterFault:
        """Wait, as long as it takes, until the printer reports no fault or the station stops; return the last fault."""
        standing: PrinterFault | None = fault
        known: str | None = None
        while standing is not None and not control.stopping:
            fault = standing
            known = self._note(job_id, known, fault.value)
            control.wait(_FAULT_POLL_S)
            standing = self._look(control, printer.status())
        self._note(job_id, known, None)
        return fault

    # -- records

    def _uncertain(self, control: Control, job_id: int, reason: str) -> None:
        log.warning("job %d may or may not be on paper: %s", job_id, reason, extra={"device": self._name})
        self._record(control, lambda session: self._queue.mark_uncertain(session, job_id, reason))

    def _record(self, control: Control, unit: Callable[[Session], object]) -> None:
        """Write what happened, however long the database takes to accept it.

        A stop ends the tries: then the row still says ``sent``, and the next start asks about it.
        """
        while True:
            try:
                self._db.write(unit)
            except StorageError as error:
                wait_s = self._storage_fails(control, error)
                if control.stopping:
                    return
                control.wait(wait_s)
            else:
                return

    def _storage_fails(self, control: Control, error: StorageError) -> float:
        control.report(DeviceState.DEGRADED, Reason(_STORAGE, str(error)))
        return _STORAGE_RETRY_S

    def _note(self, job_id: int, known: str | None, reason: str | None) -> str | None:
        """Say on the job why it waits, when that is not what is *known*; return what is known now.

        Only people read it: a database that does not take it is logged, and holds nothing up.
        """
        if known == reason:
            return known
        try:
            self._db.write(lambda session: self._queue.note(session, job_id, reason))
        except StorageError as error:
            if not self._note_fails:
                log.warning("job %d waits (%s), which could not be recorded: %s", job_id, reason, error, extra={"device": self._name})
            self._note_fails = True
            return known
        self._note_fails = False
        return reason

    def _note_next(self, code: str) -> None:
        """Say on the next job that the device is away, so that whoever waits for it can see why."""
        try:
            waiting = self._next()
        except StorageError as error:
            log.warning("the next job could not be told that the printer is away (%s): %s", code, error, extra={"device": self._name})
            return
        if waiting is not None:
            self._note(waiting.view.id, waiting.view.reason, code)


class _Patience:
    """Lasts until the station stops, and a short grace beyond that for the job in progress."""

    def __init__(self, control: Control, clock: Clock) -> None:
        self._control, self._clock = control, clock
        self._until: float | None = None

    def lasts(self) -> bool:
        if not self._control.stopping:
            return True
        if self._until is None:
            self._until = self._clock.monotonic() + _STOP_GRACE_S
        return self._clock.monotonic() < self._until
