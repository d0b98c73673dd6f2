"""Takes messages out of the outbox one at a time, and records honestly what became of each.

The order of steps is chosen so that a crash between any two of them loses nothing and doubles nothing unasked:

======================================= ========= ==================== =============================================
killed                                  on disk   at the receiver      after the restart
======================================= ========= ==================== =============================================
before the alert's unit is committed    nothing   nothing              nothing: what it tells has not happened either
queued, not yet claimed                 queued    nothing              sent, alone or in a digest
``sent`` committed, no byte sent        sent      nothing              uncertain "restart": a person decides
request sent, no answer yet             sent      perhaps all          uncertain "restart"
answer came, not yet recorded           sent      all                  uncertain "restart"
outcome committed                       as it is  as it says           nothing is left to do
======================================= ========= ==================== =============================================

Where the receiver knows a second copy by its id (`Limits.idempotent`), "uncertain" is "queued" instead: the copy is
harmless. A claim carries a lease: when its station dies, another one on the same database asks the question for it.
All methods of one channel lock the channel's row first, so that two stations neither claim one message nor exceed its
limit together.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, Row, func, literal, or_, select, update
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.db import table_of
from kiosk.db.upsert import insert_if_missing
from kiosk.desk.alerts.channel import Limits, Outcome, Verdict
from kiosk.desk.alerts.compose import Queued
from kiosk.desk.alerts.models import AlertRecord, ChannelPace, Delivery, DeliveryState
from kiosk.desk.alerts.pace import after_the_rush, next_token_at, pause_after, refilled
from kiosk.desk.alerts.service import CHANGED
from kiosk.desk.alerts.store import unpack, unpack_all
from kiosk.desk.alerts.views import CRITICAL, SEVERITIES
from kiosk.events import emit

# Messages that one digest tells at most.
MOST_TOGETHER = 200
# Another station's message that is overdue by this is sent by whoever finds it.
_TAKE_OVER = timedelta(minutes=5)
# A clock that is set back by less than this lets things wait that much longer; clocks of stations differ by less.
_SET_BACK = timedelta(minutes=5)
# How long a try may take beyond the channel's own time limit until its station is taken for dead.
_LEASE_MARGIN_S = 120.0
_REASON, _DETAIL = 64, 300

GAVE_UP, RESTART, LOST, NO_CHANNEL = "gave-up", "restart", "lost", "no-channel"

_DELIVERY, _ALERT, _PACE = table_of(Delivery), table_of(AlertRecord), table_of(ChannelPace)
_QUEUED, _SENT = DeliveryState.QUEUED, DeliveryState.SENT


@dataclass(frozen=True, slots=True)
class Claim:
    """Messages that this station, and nobody else, sends now, together."""

    channel: str
    at: datetime
    queued: tuple[Queued, ...]

    @property
    def ids(self) -> list[int]:
        return [entry.delivery for entry in self.queued]


class Outbox:
    """The sending side of one station's outbox."""

    def __init__(self, station: str, clock: Clock, *, timeout_s: float, rng: random.Random | None = None) -> None:
        """*timeout_s*: the longest that a channel takes for one try."""
        self._station, self._clock = station, clock
        self._lease = timedelta(seconds=2 * timeout_s + _LEASE_MARGIN_S)
        self._rng = rng or random.Random()

    def next_at(self, session: Session, channel: str, limits: Limits) -> datetime | None:
        """When `claim` is worth a try; None while nothing waits."""
        queued = (_DELIVERY.c.channel == channel, _DELIVERY.c.state == _QUEUED)
        own, others, given_up = session.execute(
            select(
                select(func.min(_DELIVERY.c.due_at)).where(*queued, _DELIVERY.c.station == self._station).scalar_subquery(),
                select(func.min(_DELIVERY.c.due_at)).where(*queued, _DELIVERY.c.station != self._station).scalar_subquery(),
                select(func.min(_DELIVERY.c.give_up_at)).where(*queued).scalar_subquery(),
            )
        ).one()
        lease = session.scalar(select(func.min(_DELIVERY.c.lease_until)).where(_DELIVERY.c.channel == channel, _DELIVERY.c.state == _SENT))
        due = [moment for moment in (own, others + _TAKE_OVER if others else None) if moment]
        at = min(due, default=None)
        pace = session.execute(select(_PACE).where(_PACE.c.name == channel)).one_or_none()
        now = self._clock.now()
        if pace is not None and pace.counted_at > now and (at is not None or lease is not None):
            return now  # the clock was set back: `claim` puts right what was reckoned by it
        if at is not None and pace is not None:
            at = max(at, next_token_at(limits, pace.tokens, pace.counted_at), pace.blocked_until or at)
        return min((moment for moment in (at, given_up, lease) if moment is not None), default=None)

    def claim(self, session: Session, channel: str, limits: Limits) -> Claim | None:
        """Mark the next message as sent, before its first byte leaves; None when nothing may go out now."""
        now = self._clock.now()
        pace = self._lock(session, channel, limits, now)
        self._ask_about(session, limits, LOST, _DELIVERY.c.channel == channel, _DELIVERY.c.lease_until < now)
        self._give_up(session, channel, now)
        tokens = refilled(limits, pace.tokens, pace.counted_at, now)
        if tokens < 1 or (pace.blocked_until is not None and pace.blocked_until > now):
            return None
        rows = self._due(session, channel, now)
        rows = self._apart_from_the_rush(session, channel, limits, rows, now)
        chosen = _choose(rows, int(tokens), limits)
        if not chosen:
            return None
        session.execute(update(_PACE).where(_PACE.c.name == channel).values(tokens=tokens - 1, counted_at=now))
        ids = [row.id for row in chosen]
        session.execute(
            update(_DELIVERY)
            .where(_DELIVERY.c.id.in_(ids))
            .values(
                state=_SENT,
                attempts=_DELIVERY.c.attempts + 1,
                message=min(ids),
                claimed_by=self._station,
                lease_until=now + self._lease,
                sent_at=now,
            )
        )
        _tell(session, channel)
        return Claim(channel, now, tuple(_queued(row) for row in chosen))

    def record(self, session: Session, claim: Claim, limits: Limits, outcome: Outcome) -> DeliveryState:
        """Write down what became of *claim*; what a person has decided meanwhile stands. Returns the state after it."""
        now = self._clock.now()
        pace = self._lock(session, claim.channel, limits, now)
        verdict = outcome.verdict
        if verdict is Verdict.UNCERTAIN and limits.idempotent:
            verdict = Verdict.REFUSED  # a second copy is harmless there
        pauses = outcome.pause or outcome.verdict is Verdict.UNCERTAIN
        failures = pace.failures + 1 if pauses else 0 if outcome.verdict in (Verdict.DELIVERED, Verdict.DEAD) else pace.failures
        blocked_until = now + pause_after(failures, outcome.retry_after_s, self._rng) if pauses else None
        # Counted anew, so that a clock that is set back is noticed however long ago the claim was.
        tokens = refilled(limits, pace.tokens, pace.counted_at, now)
        counted = {"tokens": tokens, "counted_at": now, "failures": failures, "blocked_until": blocked_until}
        session.execute(update(_PACE).where(_PACE.c.name == claim.channel).values(**counted))
        changes: dict[str, Any] = {
            "reason": outcome.reason[:_REASON] or None,
            "detail": outcome.detail[:_DETAIL] or None,
            "claimed_by": None,
            "lease_until": None,
        }
        if verdict is Verdict.REFUSED:
            attempts = session.scalar(select(func.min(_DELIVERY.c.attempts)).where(_DELIVERY.c.id.in_(claim.ids))) or 1
            changes["due_at"] = blocked_until or now + pause_after(attempts, outcome.retry_after_s, self._rng)
            changes["message"] = None  # they may go out in other company next time
        elif verdict is not Verdict.UNCERTAIN:
            changes["finished_at"] = now
        state = _STATES[verdict]
        # A lease that ran out made the question too early: the answer that came after all is evidence.
        still = or_(_DELIVERY.c.state == _SENT, _DELIVERY.c.state == DeliveryState.UNCERTAIN)
        session.execute(
            update(_DELIVERY).where(_DELIVERY.c.id.in_(claim.ids), _DELIVERY.c.sent_at == claim.at, still).values(state=state, **changes)
        )
        _tell(session, claim.channel)
        return state

    def recover(self, session: Session, idempotent: dict[str, bool]) -> int:
        """Ask about everything that an earlier process of this station was sending; returns how many that were.

        *idempotent* says of each configured channel whether it is. What waits for one that is gone becomes a dead letter.
        """
        now = self._clock.now()
        session.execute(
            update(_DELIVERY)
            .where(_DELIVERY.c.station == self._station, _DELIVERY.c.state == _QUEUED, _DELIVERY.c.channel.not_in(list(idempotent)))
            .values(state=DeliveryState.FAILED, finished_at=now, reason=NO_CHANNEL)
        )
        safe = [name for name, known in idempotent.items() if known]
        mine = _DELIVERY.c.claimed_by == self._station
        again = self._ask_about(session, Limits(1, 1, idempotent=True), RESTART, mine, _DELIVERY.c.channel.in_(safe))
        return again + self._ask_about(session, Limits(1, 1), RESTART, mine, _DELIVERY.c.channel.not_in(safe))

    # -- inside

    def _lock(self, session: Session, channel: str, limits: Limits, now: datetime) -> "Row[Any]":
        locked = select(_PACE).where(_PACE.c.name == channel).with_for_update()
        row = session.execute(locked).one_or_none()
        if row is None:
            insert_if_missing(session, ChannelPace, name=channel, tokens=float(limits.burst), counted_at=now, failures=0)
            row = session.execute(locked).one()
        if row.counted_at > now:
            self._bring_forward(session, row, now)
            row = session.execute(locked).one()
        return row

    def _bring_forward(self, session: Session, pace: "Row[Any]", now: datetime) -> None:
        """The clock was set back: what waits for a moment of the other clock waits as long as before, not hours longer."""
        by = pace.counted_at - now
        moved: dict[str, Any] = {"counted_at": now}
        if by > _SET_BACK:
            if pace.blocked_until is not None:
                moved["blocked_until"] = pace.blocked_until - by
            of_channel = _DELIVERY.c.channel == pace.name
            later = select(_DELIVERY.c.id, _DELIVERY.c.due_at, _DELIVERY.c.give_up_at)
            later = later.where(of_channel, _DELIVERY.c.state == _QUEUED, _DELIVERY.c.due_at > now)
            for number, due_at, give_up_at in session.execute(later).all():
                times = {"due_at": max(now, due_at - by), "give_up_at": give_up_at - by}
                session.execute(update(_DELIVERY).where(_DELIVERY.c.id == number).values(**times))
            leased = (of_channel, _DELIVERY.c.state == _SENT, _DELIVERY.c.lease_until > now + self._lease)
            session.execute(update(_DELIVERY).where(*leased).values(lease_until=now + self._lease))
        session.execute(update(_PACE).where(_PACE.c.name == pace.name).values(**moved))

    def _ask_about(self, session: Session, limits: Limits, reason: str, *rows: Any) -> int:
        changes: dict[str, Any] = {"state": DeliveryState.UNCERTAIN, "reason": reason, "claimed_by": None, "lease_until": None}
        if limits.idempotent:
            changes |= {"state": _QUEUED, "due_at": self._clock.now()}
        found = session.execute(update(_DELIVERY).where(_DELIVERY.c.state == _SENT, *rows).values(**changes).returning(_DELIVERY.c.channel))
        channels = found.scalars().all()
        for channel in sorted(set(channels)):
            _tell(session, channel)
        return len(channels)

    def _give_up(self, session: Session, channel: str, now: datetime) -> None:
        given_up = (
            update(_DELIVERY)
            .where(_DELIVERY.c.channel == channel, _DELIVERY.c.state == _QUEUED, _DELIVERY.c.give_up_at <= now)
            .values(state=DeliveryState.FAILED, finished_at=now, reason=func.coalesce(_DELIVERY.c.reason, literal(GAVE_UP)))
        )
        result = session.execute(given_up)
        assert isinstance(result, CursorResult)
        if result.rowcount:
            _tell(session, channel)

    def _due(self, session: Session, channel: str, now: datetime) -> Sequence["Row[Any]"]:
        mine = or_(_DELIVERY.c.station == self._station, _DELIVERY.c.due_at <= now - _TAKE_OVER)
        query = (
            select(
                _DELIVERY.c.id,
                _DELIVERY.c.urgency,
                *(_ALERT.c[name] for name in ("topic", "severity", "title", "lines", "path", "created_at")),
            )
            .join(_ALERT, _ALERT.c.id == _DELIVERY.c.alert_id)
            .where(_DELIVERY.c.channel == channel, _DELIVERY.c.state == _QUEUED, _DELIVERY.c.due_at <= now, mine)
            .order_by(_DELIVERY.c.urgency.desc(), _DELIVERY.c.id)
            .limit(MOST_TOGETHER)
            .with_for_update(of=_DELIVERY)
        )
        return session.execute(query).all()

    def _apart_from_the_rush(
        self, session: Session, channel: str, limits: Limits, rows: Sequence["Row[Any]"], now: datetime
    ) -> Sequence["Row[Any]"]:
        """Put ordinary messages off while everybody sends; critical ones go out all the same."""
        later = after_the_rush(channel, now) if limits.dodges else None
        ordinary = [row.id for row in rows if row.urgency < CRITICAL]
        if later is None or not ordinary:
            return rows
        session.execute(update(_DELIVERY).where(_DELIVERY.c.id.in_(ordinary)).values(due_at=later))
        return [row for row in rows if row.urgency == CRITICAL]


_STATES = {
    Verdict.DELIVERED: DeliveryState.CONFIRMED,
    Verdict.REFUSED: DeliveryState.QUEUED,
    Verdict.UNCERTAIN: DeliveryState.UNCERTAIN,
    Verdict.DEAD: DeliveryState.FAILED,
}


def _choose(rows: Sequence["Row[Any]"], available: int, limits: Limits) -> Sequence["Row[Any]"]:
    """What goes out next of *rows*, the most urgent first: one alone, or all together when they exceed what may go out.

    A critical one goes out alone, in full, as long as that leaves a message for the digest of the others.
    """
    if len(rows) <= available or not limits.digests:
        return rows[:1]
    critical = sum(row.urgency == CRITICAL for row in rows)
    return rows[:1] if 0 < critical < available else rows


def _queued(row: "Row[Any]") -> Queued:
    assert row.severity in SEVERITIES
    return Queued(row.id, row.topic, row.severity, unpack(row.title), unpack_all(row.lines), row.path, row.created_at)


def _tell(session: Session, channel: str) -> None:
    emit(session, CHANGED, {"channel": channel})
