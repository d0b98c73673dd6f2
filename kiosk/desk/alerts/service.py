"""Alerts: written to the outbox in the transaction of what they tell, delivered later by the dispatcher."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.desk.audit import AuditTrail
from kiosk.i18n import Message


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


class AlertService:
    """The outbox: what is to be told to whom, what was delivered, what could not be."""

    def __init__(self, settings: Settings, clock: Clock, audit: AuditTrail) -> None:
        self._settings, self._clock, self._audit = settings, clock, audit

    def raise_alert(self, session: Session, alert: Alert) -> int:
        """Queue *alert* for every channel that carries it; return how many. Call in the write unit of what it tells."""
        raise AssertionError("not yet")
