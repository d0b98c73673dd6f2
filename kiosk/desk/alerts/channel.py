"""What the outbox needs of a way to reach people: it sends one message and says honestly what became of it.

The ways themselves (robots, mail, webhooks) live in `kiosk.channels`, which this package never imports.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Verdict(StrEnum):
    """What is known after a try."""

    DELIVERED = "delivered"  # the receiver itself said that it took the message
    REFUSED = "refused"  # the receiver did not take it, and may take it later
    UNCERTAIN = "uncertain"  # the request may have reached the receiver; its answer did not reach us
    DEAD = "dead"  # the receiver did not take it and never will


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one try. *reason* is a stable short code; *detail* what the receiver said, without secrets."""

    verdict: Verdict
    reason: str = ""
    detail: str = ""
    retry_after_s: float | None = None  # the receiver named the time
    pause: bool = False  # it concerns the channel, not this message: everything waits


@dataclass(frozen=True, slots=True)
class Limits:
    """How a channel is to be treated.

    A bucket of *burst* messages that gains ``per_minute - burst + 1`` a minute: never more than *per_minute* leave within
    any minute. *digests*: what exceeds that may be told together. *idempotent*: the receiver knows a second copy by its
    id, so that one that may have arrived is simply sent again. *dodges*: ordinary messages stay out of the moments at
    which everybody sends (full and half hours).
    """

    per_minute: int
    burst: int
    digests: bool = True
    idempotent: bool = False
    dodges: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One alert within a message, for programs."""

    id: int
    topic: str
    severity: str
    title: str
    lines: tuple[str, ...]
    link: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message in the channel's language, every text on one line. *id* stays the same when the same is tried again."""

    id: str
    severity: str
    title: str
    lines: tuple[str, ...]
    more: str  # says in place of the lines that do not fit how many those are: "... and %(count)s more"
    link: str | None
    items: tuple[Item, ...]


class Channel(Protocol):
    """One way to reach people. `send` runs in one thread; `interrupt` may come from any."""

    @property
    def name(self) -> str:
        """The name in the configuration."""
        ...

    @property
    def language(self) -> str:
        """The language of its messages."""
        ...

    @property
    def limits(self) -> Limits:
        """How fast it may go, and what it can do."""
        ...

    def send(self, message: Outgoing) -> Outcome:
        """Try once, within a bounded time. Whatever a network or a receiver does is an outcome, never an exception."""
        ...

    def interrupt(self) -> None:
        """Break off a `send` under way: it ends at once with what is known."""
        ...
