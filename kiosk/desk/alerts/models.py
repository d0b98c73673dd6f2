"""The outbox's tables: what is to be told, one row for each channel that tells it, and how fast each channel may go."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Enum, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db.base import Base, BigId, UtcDateTime
from kiosk.errors import Conflict, Invalid, NotFound
from kiosk.i18n import N_


class DeliveryState(StrEnum):
    """queued -> sent -> confirmed, or uncertain, failed, dropped."""

    QUEUED = "queued"  # the channel has not taken it: it never left this machine, or the answer said no
    SENT = "sent"  # the request may be on its way; its answer is awaited
    CONFIRMED = "confirmed"  # the channel's own answer, or a person, says that it arrived
    UNCERTAIN = "uncertain"  # it may have arrived: one person is asked
    FAILED = "failed"  # it did not arrive and will not by itself: a dead letter
    DROPPED = "dropped"  # a person withdrew it


FINAL = frozenset({DeliveryState.CONFIRMED, DeliveryState.FAILED, DeliveryState.DROPPED})
# What a person should look at.
OPEN_QUESTIONS = frozenset({DeliveryState.UNCERTAIN, DeliveryState.FAILED})

TRANSITIONS: dict[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.QUEUED: frozenset({DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.DROPPED}),
    # Back to queued with proof that it was not taken, or where the receiver knows a second copy by its id.
    DeliveryState.SENT: frozenset({DeliveryState.QUEUED, DeliveryState.CONFIRMED, DeliveryState.UNCERTAIN, DeliveryState.FAILED}),
    # By a person alone.
    DeliveryState.UNCERTAIN: frozenset({DeliveryState.QUEUED, DeliveryState.CONFIRMED, DeliveryState.DROPPED}),
    DeliveryState.FAILED: frozenset({DeliveryState.QUEUED, DeliveryState.DROPPED}),
    DeliveryState.CONFIRMED: frozenset(),
    DeliveryState.DROPPED: frozenset(),
}


class AlertRecord(Base):
    """One thing that people should know, once for each key."""

    __tablename__ = "alert"
    # A purged one's number is not given again: webhooks' receivers know messages by it.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(160), unique=True)
    station: Mapped[str] = mapped_column(String(64))
    topic: Mapped[str] = mapped_column(String(64))
    severity: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(Text)  # a Message as JSON: each channel has its own language
    lines: Mapped[str] = mapped_column(Text)  # a JSON list of Messages
    path: Mapped[str | None] = mapped_column(String(256))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Delivery(Base):
    """One alert on one channel."""

    __tablename__ = "alert_delivery"
    __table_args__ = (
        # What is next for this channel?
        Index("ix_alert_delivery_channel_state_due_at", "channel", "state", "due_at"),
        Index("ix_alert_delivery_state", "state"),
        Index("ix_alert_delivery_alert_id", "alert_id"),
        Index("ix_alert_delivery_finished_at", "finished_at"),  # what may be purged
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id"))
    station: Mapped[str] = mapped_column(String(64))  # whose alert it is; others send it only when that one does not
    channel: Mapped[str] = mapped_column(String(32))
    urgency: Mapped[int]  # 3 critical ... 0 low, for the order
    state: Mapped[DeliveryState] = mapped_column(
        Enum(DeliveryState, native_enum=False, length=16, values_callable=lambda states: [s.value for s in states])
    )
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)  # not before this
    give_up_at: Mapped[datetime] = mapped_column(UtcDateTime)
    message: Mapped[int | None] = mapped_column(BigId)  # the smallest delivery of the message that it went out in: a digest holds many
    claimed_by: Mapped[str | None] = mapped_column(String(64))  # the station that sends it now
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # beyond this that station is taken for dead
    reason: Mapped[str | None] = mapped_column(String(64))  # why it waits, is uncertain or failed: "refused", "rate-limited"
    detail: Mapped[str | None] = mapped_column(String(300))  # what the channel said
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_by: Mapped[str | None] = mapped_column(String(64))


class ChannelPace(Base):
    """How fast a channel goes: kept in the database, so that neither a restart nor a second station exceeds its limit."""

    __tablename__ = "alert_channel"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    tokens: Mapped[float]  # messages that may go out at once, as of *counted_at*
    counted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    blocked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the channel is away, or said that it has had enough
    failures: Mapped[int] = mapped_column(default=0)  # in a row, for the pause after the next one


class UnknownDelivery(NotFound):
    """There is no such message."""

    slug = "alert-not-found"
    title = N_("No such message")


class UnknownChannel(NotFound):
    """The configuration has no such channel."""

    slug = "channel-not-found"
    title = N_("No such channel")


class NotToDecide(Conflict):
    """The message is in no state in which this can be decided."""

    slug = "alert-not-to-decide"
    title = N_("This message does not wait for a decision")


class WrongAlert(Invalid):
    """An alert that the outbox cannot hold: the program's mistake, never a person's."""

    slug = "alert-wrong"
    title = N_("This message cannot be sent")


class IllegalTransition(RuntimeError):
    """The program tried to move a delivery against `TRANSITIONS`: a bug, never a person's mistake."""
