"""What the lamp of a button says, and when it changes: dark, waiting, recorded, refused."""

from dataclasses import dataclass, replace

# No change is nearer than this (seconds): a sum of binary fractions may come out a trifle before its time.
_LEAST_S = 0.001


@dataclass(frozen=True, slots=True)
class Pattern:
    """*count* times dark for *dark_s*, then lit for *lit_s*; *count* None: until something else is shown."""

    dark_s: float
    lit_s: float
    count: int | None = None

    def lit(self, since: float, now: float) -> bool:
        """Whether the lamp is lit at *now*, when the pattern began at *since*."""
        if self.over(since, now):
            return False
        return (now - since) % self._period >= self.dark_s

    def over(self, since: float, now: float) -> bool:
        """Whether the pattern has ended."""
        return self.count is not None and now - since >= self.count * self._period

    def next_change(self, since: float, now: float) -> float:
        """The next moment after *now* at which `lit` may differ, or the pattern ends."""
        periods, phase = divmod(now - since, self._period)
        begun = since + periods * self._period
        change = begun + (self.dark_s if phase < self.dark_s else self._period)
        return max(change, now + _LEAST_S)

    @property
    def _period(self) -> float:
        return self.dark_s + self.lit_s


# Begins dark: a press that is recorded at once shows one steady light, and no light before it is on disk.
WAITING = Pattern(dark_s=0.25, lit_s=0.25)
RECORDED = Pattern(dark_s=0.0, lit_s=1.5, count=1)
REFUSED = Pattern(dark_s=0.1, lit_s=0.1, count=5)
IN_TURN = Pattern(dark_s=0.0, lit_s=0.4, count=1)  # the self-test


class Lamp:
    """One lamp: what it answers to presses, and `WAITING` beneath that while presses are on their way to the disk."""

    def __init__(self, recorded_s: float) -> None:
        self._recorded = replace(RECORDED, lit_s=recorded_s)
        self._waiting = 0
        self._base_since = 0.0
        self._shown: tuple[Pattern, float] | None = None

    def press(self, now: float) -> None:
        """A press is on its way to the disk."""
        if not self._waiting:
            self._base_since = now
        self._waiting += 1
        self._shown = None

    def answer(self, recorded: bool, now: float) -> None:
        """A press is on disk, or was refused."""
        self._waiting = max(0, self._waiting - 1)
        self.show(self._recorded if recorded else REFUSED, now)

    def show(self, pattern: Pattern, since: float) -> None:
        """Show *pattern* once, from *since* on, which may lie ahead."""
        self._shown = (pattern, since)

    def lit(self, now: float) -> bool:
        """Whether it is lit at *now*."""
        pattern, since = self._showing(now)
        return pattern is not None and now >= since and pattern.lit(since, now)

    def next_change(self, now: float) -> float | None:
        """When it has to be looked at again; None: it stays as it is."""
        pattern, since = self._showing(now)
        if pattern is None:
            return None
        return since if now < since else pattern.next_change(since, now)

    def _showing(self, now: float) -> tuple[Pattern | None, float]:
        if self._shown is not None:
            pattern, since = self._shown
            if now < since or not pattern.over(since, now):
                return self._shown
            self._shown = None
            self._base_since = now
        return (WAITING, self._base_since) if self._waiting else (None, 0.0)
