"""Tells the point of sale of refunds, one after the other, and writes down honestly what became of each try.

Before the first byte leaves, the refund is marked as *told*: from then on the point of sale may have heard of it, so that a
void tells it of the void, too. What may or may not have arrived is told again under the same key, by which the receiver
knows a copy; it never counts as paid. Killed between any two steps, a refund is at most told twice:

======================================= ======== ============================================================
killed                                  told     after the restart
======================================= ======== ============================================================
before the return's unit is committed   no       nothing: no goods came back either
recorded, not yet claimed               no       told
claimed, nothing sent                   yes      told when the claim's time is over
sent, no answer yet, or not recorded    yes      told again with the same key when the claim's time is over
outcome recorded                        yes      nothing is left to do, until the point of sale says what it did
======================================= ======== ============================================================
"""

import logging
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

import msgspec
from sqlalchemy import func, or_, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.db import Database
from kiosk.desk.alerts.channel import Outcome, Verdict
from kiosk.desk.alerts.pace import pause_after
from kiosk.desk.amounts import CURRENCY
from kiosk.desk.returns import refunds, store
from kiosk.desk.returns.context import REFUND_CHANGED
from kiosk.desk.returns.models import DETAIL_LENGTH, TO_TELL_SQL, GoodsReturn, Refund
from kiosk.desk.returns.views import RefundState
from kiosk.errors import StorageError
from kiosk.events import Event, EventBus

log = logging.getLogger(__name__)

# Seconds between two looks at what nobody has woken the thread for.
LOOK_AROUND_S = 300.0
# Seconds between two tries of a database that takes no record, or gives none.
_STORAGE_RETRY_S = 5.0
# Seconds that a stop waits for the thread.
_STOP_S = 1.0
# Seconds that a try may take beyond its own time limit until it is taken for lost.
_LEASE_MARGIN_S = 30.0
# A receiver that names a later time is asked then all the same; later than twice this is due by a clock that was set back.
_LONGEST_PAUSE_S = 900.0

EventName = Literal["refund", "refund-cancelled"]


class RefundTender(msgspec.Struct, frozen=True):
    """Money that goes back the way it came; kind "" means that the point of sale chooses."""

    kind: str
    amount_fen: int


class RefundMessage(msgspec.Struct, frozen=True):
    """What the point of sale is told; docs/returns.md describes each field. *key* stays the same when the same is told again."""

    key: str
    event: EventName
    refund: str  # number of the return
    refund_id: int
    store: str
    station: str
    receipt: str
    amount_fen: int
    currency: str
    refund_to: str
    tenders: list[RefundTender]
    voucher: str
    voucher_until: str | None
    recorded_at: datetime
    recorded_by: str


class RefundSink(Protocol):
    """One way to tell the point of sale. `send` runs in one thread; `interrupt` may come from any."""

    @property
    def timeout_s(self) -> float:
        """The longest that a try takes."""
        ...

    def send(self, message: RefundMessage) -> Outcome:
        """Try once. Whatever a disk, a network or a receiver does is an outcome, never an exception."""
        ...

    def interrupt(self) -> None:
        """Break off a `send` under way."""
        ...


@dataclass(frozen=True, slots=True)
class Claim:
    """A refund that is being told now. *fresh*: no try before may have reached the point of sale."""

    message: RefundMessage
    attempt: int
    fresh: bool


class RefundQueue:
    """What one station has to tell, as its database knows it."""

    def __init__(self, station: str, clock: Clock, timeout_s: float, rng: random.Random | None = None) -> None:
        self._station, self._clock = station, clock
        self._lease = timedelta(seconds=2 * timeout_s + _LEASE_MARGIN_S)
        self._rng = rng or random.Random()

    def next_at(self, session: Session) -> datetime | None:
        """When `claim` is worth a try; None while nothing is to be told."""
        due = select(func.min(Refund.due_at), func.max(Refund.due_at)).where(text(TO_TELL_SQL), Refund.station == self._station)
        first, last = session.execute(due).one()
        if first is None:
            return None
        now = self._clock.now()
        return now if last > self._implausible(now) else max(first, now)

    def claim(self, session: Session) -> Claim | None:
        """Mark the next one as told, before its first byte leaves."""
        now = self._clock.now()
        due = or_(Refund.due_at <= now, Refund.due_at > self._implausible(now))
        query = (
            select(Refund)
            .where(text(TO_TELL_SQL), Refund.station == self._station, due)
            .order_by(Refund.due_at, Refund.id)
            .limit(1)
            .with_for_update()
        )
        refund = session.scalars(query.execution_options(populate_existing=True)).first()
        if refund is None:
            return None
        fresh = not refund.told
        refund.told, refund.attempts, refund.due_at = True, refund.attempts + 1, now + self._lease
        session.flush()
        row = session.get_one(GoodsReturn, refund.return_id)
        return Claim(_message(refund, row), refund.attempts, fresh)

    def record(self, session: Session, claim: Claim, outcome: Outcome) -> None:
        """Write down what became of *claim*, unless a void or the point of sale's own word has overtaken it."""
        refund = refunds.locked(session, claim.message.refund_id)
        if refund.due_at is None or refund.attempts != claim.attempt or _event_of(refund) != claim.message.event:
            return
        before, now = refund.state, self._clock.now()
        refund.detail = f"{outcome.reason} {outcome.detail}".strip()[:DETAIL_LENGTH]
        if outcome.verdict is Verdict.DELIVERED:
            refund.due_at = None
        elif outcome.verdict is Verdict.DEAD:
            refund.due_at = None
            if refund.state is not RefundState.CANCELLED:
                refund.state = RefundState.FAILED
        else:
            refund.due_at = now + self.pause(claim.attempt, outcome)
            if outcome.verdict is Verdict.REFUSED and claim.fresh:
                refund.told = False
        if refund.told and refund.state is RefundState.PENDING:
            refund.state = RefundState.EXPORTED
        if refund.state is not before:
            refund.changed_at = now
            refunds.tell(session, refund)
        session.flush()

    def pause(self, failures: int, outcome: Outcome) -> timedelta:
        """How long to wait after a try that did not succeed."""
        given = min(outcome.retry_after_s, _LONGEST_PAUSE_S) if outcome.retry_after_s is not None else None
        return pause_after(failures, given, self._rng)

    def _implausible(self, now: datetime) -> datetime:
        return now + max(self._lease, timedelta(seconds=2 * _LONGEST_PAUSE_S))


class RefundExporter:
    """The thread that tells the point of sale; without a sink there is none, and the API alone offers refunds."""

    def __init__(self, sink: RefundSink | None, queue: RefundQueue, *, db: Database, bus: EventBus, clock: Clock) -> None:
        self._sink, self._queue, self._db, self._bus, self._clock = sink, queue, db, bus, clock
        self._stopped, self._woken = threading.Event(), threading.Event()
        self._failing = False
        self._failures = 0
        self._held_until: float = 0.0  # monotonic: what one refund failed by would fail all others, too
        self._thread: threading.Thread | None = None
        self._unsubscribe: Callable[[], None] = lambda: None

    def start(self) -> None:
        if self._sink is None:
            return
        self._unsubscribe = self._bus.subscribe(self._hear)
        self._thread = threading.Thread(target=self._run, name="refunds", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread within a second, also while the point of sale stalls; harmless when nothing was started."""
        self._unsubscribe()
        self._stopped.set()
        self._woken.set()
        if self._sink is not None:
            self._sink.interrupt()
        if self._thread is not None:
            self._thread.join(_STOP_S)
            if self._thread.is_alive():
                log.warning("telling the point of sale of refunds did not stop in time; what it was telling is told again")

    def step(self) -> float:
        """Tell of the next refund if one is due; return the seconds until the next step is."""
        assert self._sink is not None
        held_s = self._held_until - self._clock.monotonic()
        if held_s > 0:
            return held_s
        with self._db.read() as session:
            at = self._queue.next_at(session)
        if at is None:
            return LOOK_AROUND_S
        wait_s = (at - self._clock.now()).total_seconds()
        if wait_s > 0:
            return min(wait_s, LOOK_AROUND_S)
        claim = self._db.write(self._queue.claim)
        if claim is None:
            return 0.0
        outcome = self._send(claim)
        self._note(claim, outcome)
        self._record(lambda session: self._queue.record(session, claim, outcome))
        return 0.0

    def _send(self, claim: Claim) -> Outcome:
        assert self._sink is not None
        try:
            return self._sink.send(claim.message)
        except Exception:  # whatever broke: it may have been told
            log.exception("refund %s could not be told", claim.message.refund)
            return Outcome(Verdict.UNCERTAIN, "internal")

    def _note(self, claim: Claim, outcome: Outcome) -> None:
        if outcome.verdict in (Verdict.DELIVERED, Verdict.DEAD):
            if outcome.verdict is Verdict.DEAD:
                log.error("the point of sale does not take %s: %s %s", claim.message.key, outcome.reason, outcome.detail)
            elif self._failures:
                log.info("the point of sale takes refunds again")
            self._failures = 0
            return
        self._failures += 1
        if self._failures == 1:
            log.warning("the point of sale does not take refunds now: %s %s", outcome.reason, outcome.detail)
        self._held_until = self._clock.monotonic() + self._queue.pause(self._failures, outcome).total_seconds()

    def _record(self, unit: Callable[[Session], object]) -> None:
        """Write what happened, however long the database takes; a stop ends the tries, and the claim's time runs out."""
        while True:
            try:
                self._db.write(unit)
            except StorageError as error:
                if self._stopped.is_set():
                    return
                self._storage_fails(error)
                self._clock.wait(self._stopped, _STORAGE_RETRY_S)
            else:
                self._failing = False
                return

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._woken.clear()
            try:
                wait_s = self.step()
                self._failing = False
            except (StorageError, SQLAlchemyError) as error:
                if self._stopped.is_set():
                    return
                self._storage_fails(error)
                wait_s = _STORAGE_RETRY_S
            if wait_s > 0 and not self._stopped.is_set():
                self._clock.wait(self._woken, wait_s)

    def _storage_fails(self, error: Exception) -> None:
        if not self._failing:
            log.error("refunds wait for the database: %s", error)
        self._failing = True

    def _hear(self, event: Event) -> None:
        if event.name == REFUND_CHANGED:
            self._woken.set()


def _event_of(refund: Refund) -> EventName:
    return "refund-cancelled" if refund.state is RefundState.CANCELLED else "refund"


def _message(refund: Refund, row: GoodsReturn) -> RefundMessage:
    event = _event_of(refund)
    return RefundMessage(
        key=row.number if event == "refund" else f"{row.number}-cancelled",
        event=event,
        refund=row.number,
        refund_id=refund.id,
        store=row.store,
        station=row.station,
        receipt=row.receipt,
        amount_fen=refund.amount_fen,
        currency=CURRENCY,
        refund_to=refund.refund_to.value,
        tenders=[RefundTender(kind, fen) for kind, fen in store.tenders(refund.tenders)],
        voucher=refund.voucher,
        voucher_until=refund.voucher_until.isoformat() if refund.voucher_until else None,
        recorded_at=row.recorded_at,
        recorded_by=row.staff,
    )
