"""The in-process bus: what happened, for screens, webhooks and the outbox.

Events are told after the record is durable: code inside a write unit calls `emit`, and the writer publishes when its
commit has returned. Subscribers are called in the publishing thread and must not block.
"""

import logging
import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

log = logging.getLogger(__name__)

_PENDING = "kiosk.events"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. *data* holds JSON values; *screen* restricts it to one browser screen."""

    id: str
    name: str
    data: Mapping[str, object]
    at: datetime
    screen: str | None = None


Subscriber = Callable[[Event], None]


class EventBus:
    """Publishes events in one order to all subscribers and remembers the last *history* of them."""

    def __init__(self, history: int = 1000) -> None:
        self._lock = threading.RLock()
        self._subscribers: list[Subscriber] = []
        self._history: deque[Event] = deque(maxlen=history)
        # Identifiers of an earlier run must not be mistaken for this run's.
        self._run = secrets.token_hex(4)
        self._sequence = 0

    def publish(self, name: str, data: Mapping[str, object], *, at: datetime, screen: str | None = None) -> Event:
        """Tell every subscriber that *name* happened and return the event with its identifier."""
        with self._lock:
            self._sequence += 1
            event = Event(f"{self._run}-{self._sequence}", name, data, at, screen)
            self._history.append(event)
            for subscriber in tuple(self._subscribers):
                try:
                    subscriber(event)
                except Exception:  # one broken listener must not silence the others
                    log.exception("event subscriber failed", extra={"event": name})
            return event

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call *subscriber* for every later event; the returned function ends that."""
        with self._lock:
            self._subscribers.append(subscriber)

        def unsubscribe() -> None:
            with self._lock:
                if subscriber in self._subscribers:
                    self._subscribers.remove(subscriber)

        return unsubscribe

    @property
    def last_id(self) -> str:
        """The identifier of the newest event; before the first one, that of nothing, which `since` understands."""
        with self._lock:
            return f"{self._run}-{self._sequence}"

    def since(self, last_id: str) -> list[Event] | None:
        """Return the events after *last_id*, or None when the gap cannot be filled (other run, too long ago)."""
        with self._lock:
            run, _, sequence = last_id.partition("-")
            if run != self._run or not sequence.isascii() or not sequence.isdigit():
                return None
            missed = self._sequence - int(sequence)
            if missed < 0 or missed > len(self._history):
                return None
            return list(self._history)[len(self._history) - missed :]


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """An event that waits for the commit of the write unit that emitted it."""

    name: str
    data: Mapping[str, object]
    screen: str | None = None


def emit(session: Session, name: str, data: Mapping[str, object], *, screen: str | None = None) -> None:
    """Have *name* published once the transaction of *session* is durable; a rolled-back unit tells nothing."""
    pending: list[PendingEvent] = session.info.setdefault(_PENDING, [])
    pending.append(PendingEvent(name, data, screen))


@contextmanager
def undone_together(session: Session) -> Iterator[None]:
    """Forget what the body emits when it raises: its work is undone by a savepoint, and was never told."""
    before = take_pending(session)
    try:
        yield
    except BaseException:
        take_pending(session)
        raise
    finally:
        session.info[_PENDING] = [*before, *take_pending(session)]


def take_pending(session: Session) -> list[PendingEvent]:
    """Return and forget what was emitted on *session*; for the writer."""
    pending: list[PendingEvent] = session.info.pop(_PENDING, [])
    return pending
