"""What the outbox takes and gives: alerts, and deliveries as screens and programs see them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import msgspec

from kiosk.desk.alerts.models import DeliveryState
from kiosk.i18n import Message

# In the order of urgency.
SEVERITIES = ("low", "normal", "high", "critical")
CRITICAL = SEVERITIES.index("critical")

# What a person decides: it is there; send it (again); nobody needs it any more.
Resolution = Literal["arrived", "again", "drop"]


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that people outside the desk should know. It carries no personal data: chats are kept by others.

    *key* makes it one: a second alert under the same key is not sent. *path* leads to the page, ``/desk/cases/12``.
    """

    topic: str  # "case.opened", "feedback.urgent"
    severity: str  # low, normal, high, critical
    title: Message
    key: str
    lines: Sequence[Message] = field(default=())
    path: str | None = None


class DeliveryView(msgspec.Struct, frozen=True):
    """One alert on one channel. *title* is English; screens show `said` in the reader's language."""

    id: int
    alert: int
    channel: str
    topic: str
    severity: str
    title: str
    path: str | None
    state: DeliveryState
    reason: str | None
    detail: str | None
    attempts: int
    together: int | None  # deliveries of the same number went out in one message
    created_at: datetime
    due_at: datetime | None  # when it is tried (again); None when nothing is going to happen by itself
    sent_at: datetime | None
    finished_at: datetime | None
    resolved_by: str | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A delivery for a page: its title as a message, for translation."""

    view: DeliveryView
    title: Message


@dataclass(frozen=True, slots=True)
class ChannelView:
    """A configured channel for a page; never its address, which is a secret."""

    name: str
    kind: str
    language: str
    min_severity: str
    topics: tuple[str, ...]
    blocked_until: datetime | None
