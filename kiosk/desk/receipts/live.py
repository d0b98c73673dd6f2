"""What the desk needs of a live source of receipts: an interface, a circuit breaker, and asking them in order.

A point of sale that hangs costs its time-out a few times, and then nothing for a while: its breaker opens. When that time
is over one question is let through; its answer closes the breaker, its failure opens it for twice as long.
"""

import logging
import threading
from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

from kiosk.clock import Clock
from kiosk.config_returns import LiveSource
from kiosk.desk.receipts.views import NewReceipt

log = logging.getLogger(__name__)

# After so many times in a row the time for which a source is left alone grows no more.
_DOUBLED_AT_MOST = 10
# However often it was doubled: an hour later a person has looked after the point of sale.
_LONGEST_S = 3600.0


class SourceDown(Exception):
    """The source did not answer, or not in a way that can be read; the text says why, without secrets."""


class ReceiptSource(Protocol):
    """A point of sale that can be asked for one receipt; it is never written to. Safe in several threads."""

    @property
    def name(self) -> str:
        """The name in kiosk.toml."""
        ...

    def fetch(self, number: str, store: str) -> NewReceipt | None:
        """Return the receipt, None when the source is sure that there is none. Raises SourceDown within its time-out."""
        ...


class BreakerState(StrEnum):
    """Whether a source is asked."""

    CLOSED = "closed"  # it answers
    OPEN = "open"  # it failed too often and is left alone for now
    HALF_OPEN = "half-open"  # one question is on its way to find out


class SourceState(msgspec.Struct, frozen=True):
    """How it stands with one source, for screens and metrics."""

    name: str
    state: BreakerState
    failures: int  # in a row
    retry_in_s: float  # open: seconds until it may be asked again
    reason: str  # of the last failure; empty after an answer


class CircuitBreaker:
    """Counts failures in a row and says whether to ask at all. Safe in several threads."""

    def __init__(self, clock: Clock, *, open_after: int = 3, open_s: float = 10.0) -> None:
        self._clock, self._open_after, self._open_s = clock, open_after, open_s
        self._lock = threading.Lock()
        self._state = BreakerState.CLOSED
        self._failures = 0
        self._opened = 0  # times in a row
        self._until = 0.0
        self._reason = ""

    def admits(self) -> bool:
        """Whether a question may go out now. Whoever is admitted reports `succeeded` or `failed` afterwards."""
        with self._lock:
            if self._state is BreakerState.OPEN and self._clock.monotonic() >= self._until:
                self._state = BreakerState.HALF_OPEN
                return True
            return self._state is BreakerState.CLOSED

    def succeeded(self) -> bool:
        """Close; returns whether it was not closed."""
        with self._lock:
            was = self._state
            self._state, self._failures, self._opened, self._reason = BreakerState.CLOSED, 0, 0, ""
            return was is not BreakerState.CLOSED

    def failed(self, reason: str) -> bool:
        """Count a failure; returns whether this opened it."""
        with self._lock:
            self._failures += 1
            self._reason = reason
            if self._state is BreakerState.OPEN:  # a question that was under way when another one opened it
                return False
            if self._state is BreakerState.CLOSED and self._failures < self._open_after:
                return False
            first = self._state is BreakerState.CLOSED
            self._until = self._clock.monotonic() + min(self._open_s * 2**self._opened, max(_LONGEST_S, self._open_s))
            self._opened = min(self._opened + 1, _DOUBLED_AT_MOST)
            self._state = BreakerState.OPEN
            return first

    def state(self, name: str) -> SourceState:
        """What screens show of it under *name*."""
        with self._lock:
            wait_s = max(0.0, self._until - self._clock.monotonic()) if self._state is BreakerState.OPEN else 0.0
            return SourceState(name, self._state, self._failures, wait_s, self._reason)


class LiveSources:
    """The sources in their order, each behind a circuit breaker."""

    def __init__(self, sources: Sequence[ReceiptSource], clock: Clock, configured: Sequence[LiveSource] = ()) -> None:
        """*configured* tells, by name, when a source is left alone; one that is not there is treated as by default."""
        patience = {one.name: (one.open_after, one.open_s) for one in configured}
        self._sources: list[tuple[ReceiptSource, CircuitBreaker]] = []
        for source in sources:
            open_after, open_s = patience.get(source.name, (3, 10.0))
            self._sources.append((source, CircuitBreaker(clock, open_after=open_after, open_s=open_s)))

    def __bool__(self) -> bool:
        return bool(self._sources)

    def fetch(self, number: str, store: str) -> tuple[NewReceipt | None, str | None, list[str]]:
        """Ask one source after the other until one has the receipt.

        Returns the receipt, the name of the source that answered (None: none did), and the names of those that did not.
        """
        answered: str | None = None
        silent = []
        for source, breaker in self._sources:
            try:
                receipt = _ask(source, breaker, number, store)
            except SourceDown:
                silent.append(source.name)
                continue
            answered = source.name
            if receipt is not None:
                return receipt, answered, silent
        return None, answered, silent

    def states(self) -> list[SourceState]:
        """How it stands with each source, in their order."""
        return [breaker.state(source.name) for source, breaker in self._sources]


def _ask(source: ReceiptSource, breaker: CircuitBreaker, number: str, store: str) -> NewReceipt | None:
    if not breaker.admits():
        raise SourceDown("it is left alone for now")
    try:
        receipt = source.fetch(number, store)
    except Exception as error:  # a source that breaks in an unforeseen way is down, too; the desk goes on without it
        if not isinstance(error, SourceDown):
            log.exception("the live source %s broke", source.name)
        reason = str(error) if isinstance(error, SourceDown) else type(error).__name__
        if breaker.failed(reason):
            log.warning("the live source %s does not answer and is left alone for a while: %s", source.name, reason)
        if isinstance(error, SourceDown):
            raise
        raise SourceDown(reason) from error
    if breaker.succeeded():
        log.info("the live source %s answers again", source.name)
    return receipt
