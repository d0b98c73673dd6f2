"""Counts wrong codes for each actor, so that codes cannot be found by trying."""

import threading
from collections import deque

from kiosk.clock import Clock
from kiosk.desk.actors import Actor
from kiosk.desk.bags.errors import TooManyWrongCodes
from kiosk.i18n import msg

_WINDOW_S = 60.0


class WrongCodes:
    """A sliding window of one minute for each actor, in memory: a restart forgives, a write that runs twice may count twice.

    Measured on the monotonic clock: setting the wall clock neither frees nor locks anybody.
    """

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._limit = per_minute
        self._clock = clock
        self._lock = threading.Lock()
        self._wrong: dict[str, deque[float]] = {}

    def check(self, actor: Actor) -> None:
        """Raise TooManyWrongCodes when *actor* has used up this minute's tries; right codes wait as well."""
        with self._lock:
            tries = self._recent(actor.label)
            if len(tries) < self._limit:
                return
            wait_s = max(1.0, tries[0] + _WINDOW_S - self._clock.monotonic())
        raise TooManyWrongCodes(
            msg("Too many wrong codes in the last minute."),
            msg("Wait %(seconds)s seconds, then scan the customer's part of the ticket.", seconds=round(wait_s)),
            retry_after_s=wait_s,
        )

    def count(self, actor: Actor) -> None:
        """Note one wrong code of *actor*."""
        with self._lock:
            self._wrong.setdefault(actor.label, deque(maxlen=self._limit)).append(self._clock.monotonic())

    def _recent(self, label: str) -> deque[float]:
        tries = self._wrong.get(label, deque())
        while tries and tries[0] <= self._clock.monotonic() - _WINDOW_S:
            tries.popleft()
        if not tries:
            self._wrong.pop(label, None)
        return tries
