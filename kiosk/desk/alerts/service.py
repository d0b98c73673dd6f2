"""Alerts: written to the outbox in the transaction of what they tell, delivered later by the dispatcher."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from sqlalchemy import Row, Select, delete, func, insert, select, update
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.config_service import Channel
from kiosk.db import Database, table_of
from kiosk.db.upsert import insert_if_missing
from kiosk.desk.actors import Actor
from kiosk.desk.alerts.models import (
    FINAL,
    OPEN_QUESTIONS,
    TRANSITIONS,
    AlertRecord,
    ChannelPace,
    Delivery,
    DeliveryState,
    NotToDecide,
    UnknownChannel,
    UnknownDelivery,
    WrongAlert,
)
from kiosk.desk.alerts.store import pack, pack_all, unpack
from kiosk.desk.alerts.views import SEVERITIES, Alert, ChannelView, DeliveryView, Listed, Resolution
from kiosk.desk.audit import AuditTrail
from kiosk.events import emit
from kiosk.i18n import Message, msg

__all__ = ["CHANGED", "Alert", "AlertService"]

TEST_TOPIC = "alert.test"
CHANGED = "alert.changed"  # the event that wakes the dispatcher and freshens pages
QUEUED = DeliveryState.QUEUED

_DELIVERY, _ALERT, _PACE = table_of(Delivery), table_of(AlertRecord), table_of(ChannelPace)
_ADD = insert(_DELIVERY).returning(_DELIVERY.c.id)
_SHOWN: Select[Any] = select(
    *(column for column in _DELIVERY.c if column.name not in ("urgency", "give_up_at", "claimed_by", "lease_until")),
    *(_ALERT.c[name] for name in ("topic", "severity", "title", "path")),
).join(_ALERT, _ALERT.c.id == _DELIVERY.c.alert_id)
# Rows deleted in one unit: few enough that a customer's ticket beside them does not notice.
_PURGE_BATCH = 200
_MAX_KEY = 160

_TARGET: dict[Resolution, DeliveryState] = {
    "arrived": DeliveryState.CONFIRMED,
    "again": DeliveryState.QUEUED,
    "drop": DeliveryState.DROPPED,
}


class AlertService:
    """The outbox: what is to be told to whom, what was delivered, what could not be."""

    def __init__(self, settings: Settings, clock: Clock, audit: AuditTrail) -> None:
        self._settings, self._clock, self._audit = settings, clock, audit
        self._channels = {channel.name: channel for channel in settings.alerts.channels}

    def raise_alert(self, session: Session, alert: Alert) -> int:
        """Queue *alert* for every channel that carries it; return how many. Call in the write unit of what it tells."""
        if alert.severity not in SEVERITIES or not 0 < len(alert.key) <= _MAX_KEY:
            raise WrongAlert(msg("The alert %(key)s has no known severity or no usable key.", key=alert.key[:_MAX_KEY]))
        return len(self._queue(session, alert, [channel for channel in self._channels.values() if carries(channel, alert)]))

    def is_carried(self, alert: Alert) -> bool:
        """Whether any channel carries alerts such as *alert*."""
        return any(carries(channel, alert) for channel in self._channels.values())

    def is_known(self, session: Session, alert: Alert) -> bool:
        """Whether an alert was raised under the same key."""
        return session.scalar(select(_ALERT.c.id).where(_ALERT.c.key == alert.key)) is not None

    def send_test(self, session: Session, actor: Actor, channel: str) -> Listed:
        """Queue a test message for *channel* alone. Raises UnknownChannel."""
        actor.require("alerts:write")
        if channel not in self._channels:
            raise UnknownChannel(msg("There is no channel %(name)s in the configuration.", name=channel))
        now = self._clock.now()
        title, lines = test_words(self._settings.station.name, channel)
        key = f"{TEST_TOPIC}:{channel}:{actor.label}:{now.timestamp()}"
        test = Alert(TEST_TOPIC, "high", title, key, lines, "/manage/alerts")
        found = self._queue(session, test, [self._channels[channel]])
        if not found:  # pressed twice within the same tick: the first one is on its way
            return self._of_key(session, test.key)
        self._audit.append(session, actor, "alert.tested", f"delivery:{found[0]}", {"channel": channel})
        return self.get(session, found[0])

    def resolve(self, session: Session, actor: Actor, delivery_id: int, outcome: Resolution) -> Listed:
        """Take a person's decision about an undelivered message; those that went out with it are decided alike.

        *arrived*: it is there. *again*: send it, at once. *drop*: nobody needs it any more. Raises UnknownDelivery,
        NotToDecide.
        """
        actor.require("alerts:write")
        one = select(_DELIVERY).where(_DELIVERY.c.id == delivery_id)
        row = session.execute(one).one_or_none()
        if row is None:
            raise UnknownDelivery(msg("There is no message %(id)s.", id=delivery_id))
        # The channel's row first, as the sending side does: two that lock in different orders wait for each other.
        session.execute(select(_PACE.c.name).where(_PACE.c.name == row.channel).with_for_update())
        row = session.execute(one.with_for_update()).one()
        state, target = DeliveryState(row.state), _TARGET[outcome]
        waits = state is QUEUED and outcome != "arrived"
        if not waits and (target not in TRANSITIONS[state] or state is DeliveryState.SENT):
            raise NotToDecide(
                msg("Message %(id)s does not wait for this decision.", id=delivery_id),
                msg("Look at the list again: somebody may have decided meanwhile, or it was delivered."),
                state=state.value,
            )
        same = [_DELIVERY.c.id == delivery_id]
        if state is DeliveryState.UNCERTAIN and row.message is not None:
            same = [_DELIVERY.c.message == row.message, _DELIVERY.c.channel == row.channel, _DELIVERY.c.state == state]
        now = self._clock.now()
        changes: dict[str, Any] = {"state": target, "resolved_by": actor.label}
        if target is QUEUED:
            changes |= {"due_at": now, "give_up_at": now + self._patience, "attempts": 0, "finished_at": None}
        else:
            changes["finished_at"] = now
        decided = session.execute(update(_DELIVERY).where(*same).values(**changes).returning(_DELIVERY.c.id)).scalars().all()
        if target is QUEUED:  # a person who says "now" does not mean "after the pause"
            session.execute(update(_PACE).where(_PACE.c.name == row.channel, _PACE.c.failures > 0).values(blocked_until=None))
        detail = {"channel": row.channel, "outcome": outcome, "was": state.value, "messages": sorted(decided)}
        self._audit.append(session, actor, "alert.resolved", f"delivery:{delivery_id}", detail)
        _tell(session, row.channel)
        return self.get(session, delivery_id)

    def get(self, session: Session, delivery_id: int) -> Listed:
        """One message on one channel. Raises UnknownDelivery."""
        row = session.execute(_SHOWN.where(_DELIVERY.c.id == delivery_id)).one_or_none()
        if row is None:
            raise UnknownDelivery(msg("There is no message %(id)s.", id=delivery_id))
        return _listed(row)

    def counts(self, session: Session) -> dict[tuple[str, DeliveryState], int]:
        """How many messages of each channel are in each state that is not over; dead letters count among these."""
        unsettled = DeliveryState.QUEUED, DeliveryState.SENT, *OPEN_QUESTIONS
        query = (
            select(_DELIVERY.c.channel, _DELIVERY.c.state, func.count())
            .where(_DELIVERY.c.state.in_(unsettled))
            .group_by(_DELIVERY.c.channel, _DELIVERY.c.state)
        )
        return {(channel, DeliveryState(state)): count for channel, state, count in session.execute(query)}

    def open_questions(self, session: Session) -> int:
        """How many messages wait for a person: uncertain ones and dead letters."""
        return session.scalar(select(func.count()).select_from(_DELIVERY).where(_DELIVERY.c.state.in_(OPEN_QUESTIONS))) or 0

    def channels(self, session: Session) -> list[ChannelView]:
        """The configured channels, and until when each one pauses."""
        now = self._clock.now()
        blocked = {name: until for name, until in session.execute(select(_PACE.c.name, _PACE.c.blocked_until)) if until and until > now}
        return [
            ChannelView(c.name, c.kind, c.language, c.min_severity, tuple(c.topics), blocked.get(c.name)) for c in self._channels.values()
        ]

    def purge(self, db: Database) -> int:
        """Delete what was over `keep_days` ago, a little at a time; returns how many deliveries that were."""
        before, gone = self._clock.now() - timedelta(days=self._settings.alerts.keep_days), 0
        while count := db.write(lambda session: _purge(session, before)):
            gone += count
        return gone

    @property
    def _patience(self) -> timedelta:
        return timedelta(hours=self._settings.alerts.give_up_h)

    def _queue(self, session: Session, alert: Alert, channels: Collection[Channel]) -> list[int]:
        """Write *alert* and a delivery for each of *channels*; nothing when its key is known."""
        if not channels:
            return []
        now = self._clock.now()
        new = insert_if_missing(
            session,
            AlertRecord,
            key=alert.key,
            station=self._settings.station.name,
            topic=alert.topic,
            severity=alert.severity,
            title=pack(alert.title),
            lines=pack_all(alert.lines),
            path=alert.path,
            created_at=now,
        )
        if not new:
            return []
        alert_id = session.execute(select(_ALERT.c.id).where(_ALERT.c.key == alert.key)).scalar_one()
        found = []
        for channel in channels:
            values = {
                "alert_id": alert_id,
                "station": self._settings.station.name,
                "channel": channel.name,
                "urgency": SEVERITIES.index(alert.severity),
                "state": QUEUED,
                "attempts": 0,
                "due_at": now,
                "give_up_at": now + self._patience,
                "created_at": now,
            }
            found.append(session.execute(_ADD, values).scalar_one())
            _tell(session, channel.name)
        return found

    def _of_key(self, session: Session, key: str) -> Listed:
        return _listed(session.execute(_SHOWN.where(_ALERT.c.key == key)).one())

    # -- last, because its name hides the type of the same name from what follows in this class

    def list(
        self,
        session: Session,
        *,
        states: Collection[DeliveryState] | None = None,
        channel: str | None = None,
        limit: int = 50,
        before_id: int | None = None,
    ) -> list[Listed]:
        """The newest *limit* messages, newest first; *before_id* continues an earlier answer."""
        query = _SHOWN.order_by(_DELIVERY.c.id.desc()).limit(limit)
        if states is not None:
            query = query.where(_DELIVERY.c.state.in_(states))
        if channel is not None:
            query = query.where(_DELIVERY.c.channel == channel)
        if before_id is not None:
            query = query.where(_DELIVERY.c.id < before_id)
        return [_listed(row) for row in session.execute(query)]


def test_words(station: str, channel: str) -> tuple[Message, Sequence[Message]]:
    """Title and lines of a test message."""
    return msg("Test message of %(station)s", station=station), [msg("If you can read this, the channel %(name)s works.", name=channel)]


def carries(channel: Channel, alert: Alert) -> bool:
    """Whether *channel* is for alerts such as *alert*."""
    topics = not channel.topics or any(fnmatchcase(alert.topic, pattern) for pattern in channel.topics)
    return topics and SEVERITIES.index(alert.severity) >= SEVERITIES.index(channel.min_severity)


def _tell(session: Session, channel: str) -> None:
    emit(session, CHANGED, {"channel": channel})


def _purge(session: Session, before: datetime) -> int:
    """Delete a batch of deliveries that were over before *before*, and alerts that have none left."""
    over = select(_DELIVERY.c.id).where(_DELIVERY.c.finished_at < before, _DELIVERY.c.state.in_(FINAL)).limit(_PURGE_BATCH)
    gone = session.execute(delete(_DELIVERY).where(_DELIVERY.c.id.in_(over)).returning(_DELIVERY.c.alert_id)).scalars().all()
    if gone:
        left = select(_DELIVERY.c.id).where(_DELIVERY.c.alert_id == _ALERT.c.id)
        session.execute(delete(_ALERT).where(_ALERT.c.id.in_(set(gone)), ~left.exists()))
    return len(gone)


def _listed(row: "Row[Any]") -> Listed:
    title = unpack(row.title)
    state = DeliveryState(row.state)
    view = DeliveryView(
        id=row.id,
        alert=row.alert_id,
        channel=row.channel,
        topic=row.topic,
        severity=row.severity,
        title=str(title),
        path=row.path,
        state=state,
        reason=row.reason,
        detail=row.detail,
        attempts=row.attempts,
        together=row.message,
        created_at=row.created_at,
        due_at=row.due_at if state is QUEUED else None,
        sent_at=row.sent_at,
        finished_at=row.finished_at,
        resolved_by=row.resolved_by,
    )
    return Listed(view, title)
