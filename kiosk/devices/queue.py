"""The job queue: what the desk asks for, what a person decides, and how every change of state is made and told.

All methods take the session of a write unit (look-ups: of any session), so that a job and the record it belongs to
are committed together. The spooler (`kiosk.devices.spooler`) moves print jobs on from here.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Row, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.db import table_of
from kiosk.devices.document import Document, Text, decode_document, encode_document
from kiosk.devices.jobs import FINAL, TRANSITIONS, IllegalTransition, Job, JobNotWaiting, JobState, UnknownJob
from kiosk.events import emit, undone_together
from kiosk.i18n import msg

log = logging.getLogger(__name__)

PERSON = "person"  # evidence of a job that somebody saw on paper
NOT_FOUND = "not-found"  # reason of a job whose device the configuration does not have any more
STALE = "stale"  # reason of a job that waited too long to be printed unasked
RESTART = "restart"  # reason of a job that an earlier process had begun to send
REPRINT = "reprint"  # reason of a cancelled job in whose place another one is printed

Outcome = Literal["printed", "reprint", "cancel"]

_REASON_LENGTH = 64


class JobView(msgspec.Struct, frozen=True):
    """A job as screens and programs see it. *needs_decision*: nothing happens until a person answers."""

    id: int
    device: str
    kind: str
    purpose: str
    subject: str | None
    state: JobState
    reason: str | None
    evidence: str | None
    held: bool
    attempts: int
    created_at: datetime
    sent_at: datetime | None
    finished_at: datetime | None
    needs_decision: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """The next job of a device, with its document as stored; *stale* means that it must be held, not printed."""

    view: JobView
    payload: str
    stale: bool


Observer = Callable[[Session, JobView, JobState], None]
"""Called with the job after its change, and the state before; a reprint shows as cancelled with reason `REPRINT`."""

_JOB = table_of(Job)
_VIEW_FIELDS = tuple(name for name in JobView.__struct_fields__ if name != "needs_decision")
_SHOWN = [_JOB.c[name] for name in _VIEW_FIELDS]
_ONE = select(*_SHOWN, _JOB.c.stale_at).where(_JOB.c.id == bindparam("job_id"), _JOB.c.station == bindparam("of_station"))
_ONE_LOCKED = _ONE.with_for_update()
_PAYLOAD = select(_JOB.c.payload).where(_JOB.c.id == bindparam("job_id"))
_WAITS = (_JOB.c.station == bindparam("of_station"), _JOB.c.state == JobState.QUEUED, _JOB.c.held.is_(False))
_NEXT = (
    select(*_SHOWN, _JOB.c.stale_at, _JOB.c.payload).where(*_WAITS, _JOB.c.device == bindparam("of_device")).order_by(_JOB.c.id).limit(1)
)
_WAITING_LOCKED = select(*_SHOWN).where(*_WAITS).order_by(_JOB.c.id).with_for_update()
_ADD = insert(_JOB).returning(_JOB.c.id)
_CHANGE = update(_JOB).where(_JOB.c.id == bindparam("job_id"))


class JobQueue:
    """The jobs of one station."""

    def __init__(self, station: str, clock: Clock, stale_after_s: float) -> None:
        """*stale_after_s*: seconds after which a waiting job belongs to a customer who is gone, and is asked about."""
        self._station, self._clock = station, clock
        self._stale_after = timedelta(seconds=stale_after_s)
        self._served: Collection[str] | None = None
        self._observers: defaultdict[str, list[tuple[Observer, Collection[JobState]]]] = defaultdict(list)

    def serve(self, devices: Collection[str]) -> None:
        """Only *devices* print from now on: what waits for others needs a person's decision. Until then any may."""
        self._served = devices

    # -- the desk

    def observe(self, purpose: str, observer: Observer, states: Collection[JobState] = frozenset(JobState)) -> None:
        """Have *observer* called inside the write unit of every change of a job of *purpose* to one of *states*.

        An observer that raises undoes a person's decision with its own work; the spooler's own transitions, which state
        what happened to the paper, stand all the same. A purpose with an observer also makes its own reprints.
        """
        self._observers[purpose].append((observer, states))

    def enqueue(self, session: Session, *, device: str, document: Document, purpose: str, subject: str | None = None) -> JobView:
        """Ask for *document* to be printed; the printer hears of it when the unit is committed."""
        now = self._clock.now()
        values: dict[str, Any] = {
            "device": device,
            "kind": "print",
            "purpose": purpose,
            "subject": subject,
            "state": JobState.QUEUED,
            "reason": None,
            "evidence": None,
            "held": False,
            "attempts": 0,
            "created_at": now,
            "sent_at": None,
            "finished_at": None,
        }
        stored = {"station": self._station, "payload": encode_document(document), "stale_at": now + self._stale_after}
        job_id = session.execute(_ADD, {**values, **stored}).scalar_one()
        return _tell(session, JobView(id=job_id, **values, needs_decision=False), old=None)

    def get(self, session: Session, job_id: int) -> JobView:
        """Return one job; raises UnknownJob."""
        return _view(self._load(session, job_id, lock=False))

    def resolve(self, session: Session, actor_label: str, job_id: int, outcome: Outcome) -> JobView:
        """Take a person's answer about a job that waits for one; raises JobNotWaiting for any other job.

        Uncertain: *printed* confirms it, *reprint* withdraws it and prints anew, *cancel* withdraws it. Held: *reprint*
        prints it after all (anew, when its device is gone), *cancel* withdraws it.
        """
        job = _view(self._load(session, job_id, lock=True))
        if not job.needs_decision or (outcome == "printed" and job.held):
            raise JobNotWaiting(
                msg("Print job %(id)s is %(state)s: this answer does not fit.", id=job.id, state=job.state.value),
                msg("Reload the page to see how the job stands now."),
                state=job.state.value,
            )
        session.execute(_CHANGE, {"job_id": job.id, "resolved_by": actor_label[:64]})
        if outcome == "cancel":
            return self._move(session, job, JobState.CANCELLED, reason="cancelled")
        if outcome == "printed":
            return self._move(session, job, JobState.CONFIRMED, evidence=PERSON)
        if job.held and (self._served is None or job.device in self._served):
            session.execute(_CHANGE, {"job_id": job.id, "stale_at": self._clock.now() + self._stale_after})
            return _change(session, job, held=False, reason=None)
        cancelled = self._move(session, job, JobState.CANCELLED, reason=REPRINT)
        if not self._observers[job.purpose]:
            payload = session.execute(_PAYLOAD, {"job_id": job.id}).scalar_one()
            self.enqueue(session, device=job.device, document=_marked(payload), purpose=job.purpose, subject=job.subject)
        return cancelled

    def cancel(self, session: Session, job_id: int, reason: str) -> JobView:
        """Withdraw a job that is queued or uncertain; raises JobNotWaiting for one that may be printing or is over."""
        job = _view(self._load(session, job_id, lock=True))
        if JobState.CANCELLED not in TRANSITIONS[job.state]:
            raise JobNotWaiting(
                msg("Print job %(id)s is %(state)s and cannot be cancelled.", id=job.id, state=job.state.value), state=job.state.value
            )
        return self._move(session, job, JobState.CANCELLED, reason=reason)

    def open_counts(self, session: Session) -> dict[tuple[str, JobState], int]:
        """Count the unfinished jobs by device and state, for metrics."""
        query = (
            select(Job.device, Job.state, func.count())
            .where(Job.station == self._station, Job.state.not_in(FINAL))
            .group_by(Job.device, Job.state)
        )
        return {(device, state): count for device, state, count in session.execute(query)}

    # -- the spooler

    def next_waiting(self, session: Session, device: str) -> Waiting | None:
        """Return the device's oldest job that is queued and not held, in order of asking."""
        row = session.execute(_NEXT, {"of_station": self._station, "of_device": device}).first()
        return Waiting(_view(row), row.payload, self._is_stale(row)) if row is not None else None

    def mark_sending(self, session: Session, job_id: int) -> JobView | None:
        """Record that bytes of this job may leave from now on; None when it must not be printed (withdrawn, held, stale)."""
        row = self._load(session, job_id, lock=True)
        if row.state is not JobState.QUEUED or row.held or self._is_stale(row):
            return None
        return self._move(session, _view(row), JobState.SENT, guarded=True, attempts=row.attempts + 1, sent_at=self._clock.now())

    def mark_unsent(self, session: Session, job_id: int, reason: str) -> JobView:
        """Put a job back: there is proof that not one byte left."""
        return self._settle(session, job_id, JobState.QUEUED, reason=reason)

    def mark_confirmed(self, session: Session, job_id: int, evidence: str) -> JobView:
        """Record that the job is on paper, and how we know."""
        return self._settle(session, job_id, JobState.CONFIRMED, evidence=evidence)

    def mark_uncertain(self, session: Session, job_id: int, reason: str) -> JobView:
        """Record that the job may be on paper; a person is asked."""
        return self._settle(session, job_id, JobState.UNCERTAIN, reason=reason)

    def mark_failed(self, session: Session, job_id: int, reason: str) -> JobView | None:
        """Record that a queued job cannot be printed at all; None when it was withdrawn in the meantime."""
        job = _view(self._load(session, job_id, lock=True))
        if job.state is not JobState.QUEUED:
            return None
        return self._move(session, job, JobState.FAILED, reason=reason, guarded=True)

    def note(self, session: Session, job_id: int, reason: str | None) -> JobView:
        """Record why a queued or sent job waits; nothing is written or told when that is known already."""
        job = _view(self._load(session, job_id, lock=True))
        if job.state not in (JobState.QUEUED, JobState.SENT) or job.held or job.reason == _short(reason):
            return job
        return _change(session, job, reason=_short(reason))

    # -- housekeeping

    def recover(self, session: Session, device: str | None = None, reason: str = RESTART) -> list[JobView]:
        """Ask about every job (of *device*) whose sending nobody attends to any more, oldest first."""
        query = select(*_SHOWN).where(Job.station == self._station, Job.state == JobState.SENT).order_by(Job.id).with_for_update()
        if device is not None:
            query = query.where(Job.device == device)
        found = [_view(row) for row in session.execute(query)]
        return [self._move(session, job, JobState.UNCERTAIN, reason=reason, guarded=True) for job in found]

    def hold_stale(self, session: Session, device: str | None = None) -> list[JobView]:
        """Hold every waiting job that is too old to be sprung on whoever stands at the desk now."""
        rows = [self._stale_rows()] if device is None else [self._stale_rows(), Job.device == device]
        return self._hold(session, STALE, *rows)

    def hold_unserved(self, session: Session) -> list[JobView]:
        """Hold every waiting job of a device that is gone: nobody else would ever print it."""
        return [] if self._served is None else self._hold(session, NOT_FOUND, Job.device.not_in(self._served))

    def next_stale_at(self, session: Session) -> datetime | None:
        """Return when the first of the waiting jobs becomes stale, if any waits; now, for one of unknown age."""
        waits = (Job.station == self._station, Job.state == JobState.QUEUED, Job.held.is_(False))
        first, last = session.execute(select(func.min(Job.stale_at), func.max(Job.stale_at)).where(*waits)).one()
        now = self._clock.now()
        return now if last is not None and last > self._unbelievable(now) else first

    def finished_before(self, session: Session, instant: datetime, limit: int = 500) -> list[int]:
        """Return the ids of at most *limit* jobs that were over before *instant*, for `purge`."""
        query = select(Job.id).where(Job.station == self._station, Job.finished_at < instant).order_by(Job.finished_at).limit(limit)
        return list(session.scalars(query))

    def purge(self, session: Session, job_ids: Collection[int]) -> int:
        """Delete those of *job_ids* that are over; returns how many that were."""
        gone = delete(Job).where(Job.id.in_(job_ids), Job.station == self._station, Job.state.in_(FINAL)).returning(Job.id)
        return len(session.scalars(gone).all())

    # -- inside

    def _hold(self, session: Session, reason: str, *rows: ColumnElement[bool]) -> list[JobView]:
        found = session.execute(_WAITING_LOCKED.where(*rows), {"of_station": self._station}).all()
        return [_change(session, _view(row), held=True, reason=reason) for row in found]

    def _load(self, session: Session, job_id: int, *, lock: bool) -> "Row[Any]":
        row = session.execute(_ONE_LOCKED if lock else _ONE, {"job_id": job_id, "of_station": self._station}).first()
        if row is None:
            raise UnknownJob(msg("There is no print job %(id)s at this station.", id=job_id))
        return row

    def _is_stale(self, job: "Row[Any]") -> bool:
        now = self._clock.now()
        return job.stale_at is not None and (job.stale_at <= now or job.stale_at > self._unbelievable(now))

    def _stale_rows(self) -> ColumnElement[bool]:
        now = self._clock.now()
        return or_(Job.stale_at <= now, Job.stale_at > self._unbelievable(now))

    def _unbelievable(self, now: datetime) -> datetime:
        """A job that would become stale after this was asked for before the clock was set back: its age is unknown."""
        return now + 2 * self._stale_after

    def _settle(self, session: Session, job_id: int, to: JobState, *, reason: str | None = None, evidence: str | None = None) -> JobView:
        """End the sending of a job. A writer whose answer was lost says it again: once recorded, it stays as it is, or as
        a person has decided since."""
        job = _view(self._load(session, job_id, lock=True))
        if job.state is to or (job.state is not JobState.SENT and job.state in TRANSITIONS[to]):
            return job
        changes = {"sent_at": None} if to is JobState.QUEUED else {}
        return self._move(session, job, to, reason=reason, evidence=evidence, guarded=True, **changes)

    def _move(
        self,
        session: Session,
        job: JobView,
        to: JobState,
        *,
        reason: str | None = None,
        evidence: str | None = None,
        guarded: bool = False,
        **changes: object,
    ) -> JobView:
        """Make one transition: the only place where a job's state changes."""
        old = job.state
        if to not in TRANSITIONS[old]:
            raise IllegalTransition(f"job {job.id}: {old.value} -> {to.value}")
        changes |= {"state": to, "reason": _short(reason), "held": False}
        if evidence is not None:
            changes["evidence"] = evidence
        if to in FINAL:
            changes["finished_at"] = self._clock.now()
        view = _change(session, job, **changes)
        for observer, states in self._observers[job.purpose]:
            if to not in states:
                continue
            if guarded:
                self._guarded(session, observer, view, old)
            else:
                observer(session, view, old)
        return view

    @staticmethod
    def _guarded(session: Session, observer: Observer, view: JobView, old: JobState) -> None:
        savepoint = session.begin_nested()
        try:
            with undone_together(session):
                observer(session, view, old)
                savepoint.commit()
        except Exception as error:  # what happened to the paper is recorded whatever the desk makes of it
            if isinstance(error, DBAPIError) and not isinstance(error, IntegrityError | DataError | ProgrammingError):
                raise  # the transaction itself may be broken: the writer tries again
            savepoint.rollback()
            log.exception("an observer of %s failed at job %d (%s)", view.purpose, view.id, view.state.value)

    # -- last, because its name hides the type of the same name from what follows in this class

    def list(
        self,
        session: Session,
        states: Collection[JobState] | None = None,
        device: str | None = None,
        subject: str | None = None,
        limit: int = 100,
        before_id: int | None = None,
    ) -> list[JobView]:
        """Return the newest *limit* jobs, newest first; *before_id* continues an earlier answer."""
        query = select(*_SHOWN).where(Job.station == self._station).order_by(Job.id.desc()).limit(limit)
        if states is not None:
            query = query.where(Job.state.in_(states))
        if device is not None:
            query = query.where(Job.device == device)
        if subject is not None:
            query = query.where(Job.subject == subject)
        if before_id is not None:
            query = query.where(Job.id < before_id)
        return [_view(row) for row in session.execute(query)]


def _view(row: "Row[Any]") -> JobView:
    """What the row says that `_SHOWN` begins."""
    fields: dict[str, Any] = dict(zip(_VIEW_FIELDS, row, strict=False))
    return JobView(**fields, needs_decision=_needs_decision(row.state, row.held))


def _needs_decision(state: JobState, held: bool) -> bool:
    return state is JobState.UNCERTAIN or (state is JobState.QUEUED and held)


def _change(session: Session, job: JobView, **changes: Any) -> JobView:
    """Write *changes* of fields of the view and tell them."""
    session.execute(_CHANGE, {"job_id": job.id, **changes})
    view: JobView = msgspec.structs.replace(job, **changes)
    return _tell(session, msgspec.structs.replace(view, needs_decision=_needs_decision(view.state, view.held)), old=job.state)


def _tell(session: Session, job: JobView, old: JobState | None) -> JobView:
    emit(session, "job.state", {**msgspec.to_builtins(job), "old": old.value if old else None})
    return job


def _short(reason: str | None) -> str | None:
    return reason[:_REASON_LENGTH] if reason is not None else None


def _marked(payload: str) -> Document:
    """The same document again, saying on paper that it is a copy."""
    return Document((Text("补打 · REPRINT", align="center", bold=True), *decode_document(payload).elements))
