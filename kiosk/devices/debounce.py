"""Turns the bouncing edges of one contact into presses, by the times of the edges alone.

A contact counts once it has kept its level for the settling time. So a train of bounces is one press, a spike shorter
than the settling time is none, and edges that are handed over late, all at once, are judged as if they had come in time.
"""

from dataclasses import dataclass

# Sums of decimal fractions may come out a trifle late (seconds); nobody shall wait a second time for that.
_TRIFLE_S = 1e-6
# A contact that chatters this long without settling is broken, or its wire loose (seconds).
CHATTER_S = 1.0


@dataclass(frozen=True, slots=True)
class Settled:
    """The contact has settled. *began* is when the first edge of its movement came, *at* when it counted.

    *moved* False: it came to rest where it was before; what moved it was a spike.
    """

    closed: bool
    moved: bool
    began: float
    at: float


class Debouncer:
    """One contact. Times are seconds of one monotonic clock and never go backwards."""

    def __init__(self, settle_s: float, *, closed: bool, now: float) -> None:
        """*closed* is the level at *now*: it counts as settled, and not as a press."""
        self._settle_s = settle_s
        self._closed = closed  # as settled
        self._level = closed  # as it is, bounces included
        self._moved_at = now  # the last edge
        self._began: float | None = None  # the first edge since it was settled; None: it is settled
        self._since = now

    @property
    def closed(self) -> bool:
        """The settled level."""
        return self._closed

    @property
    def level(self) -> bool:
        """The level after the last edge."""
        return self._level

    @property
    def since(self) -> float:
        """When the settled level began."""
        return self._since

    @property
    def due(self) -> float | None:
        """When `settle` has something to find out; None: only an edge changes anything."""
        return None if self._began is None else self._moved_at + self._settle_s

    def chatters(self, now: float) -> bool:
        """Whether it has been bouncing for longer than any good contact does."""
        return self._began is not None and now - self._began >= CHATTER_S

    def edge(self, closed: bool, at: float) -> list[Settled]:
        """Take an edge; return what had settled before it came."""
        at = max(at, self._moved_at)
        settled = self.settle(at)
        if closed is not self._level:
            self._level = closed
            self._moved_at = at
            if self._began is None:
                self._began = at
        return settled

    def settle(self, now: float) -> list[Settled]:
        """Return the press, the release or the spike that has settled by *now*: one at most."""
        due = self.due
        if due is None or self._began is None or now < due - _TRIFLE_S:
            return []
        began, self._began = self._began, None
        moved = self._level is not self._closed
        if moved:
            self._closed, self._since = self._level, began
        return [Settled(self._closed, moved, began, due)]
