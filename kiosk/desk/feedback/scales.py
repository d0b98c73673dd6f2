"""What a value of a scale is worth: ratings of scales with other steps are compared by their place between worst and best."""

from collections.abc import Iterable

# Steps of the longest scale, which has four negative values; the shorter ones have two.
_LONG = 10


def negative_up_to(steps: int) -> int:
    """The best rating that still counts as negative: 2 of 4 or 5, 4 of 10."""
    return 2 if steps < _LONG else 4


def index(presses: Iterable[tuple[int, int, int]]) -> float | None:
    """0 (all the worst) to 100 (all the best) over (steps, rating, presses); None without any."""
    total, worth = 0, 0.0
    for steps, rating, number in presses:
        total += number
        worth += number * (rating - 1) / (steps - 1)
    return round(100 * worth / total, 2) if total else None


def negative_share(presses: Iterable[tuple[int, int, int]]) -> float | None:
    """The share (0 to 1) of negative ones over (steps, rating, presses); None without any."""
    total = bad = 0
    for steps, rating, number in presses:
        total += number
        bad += number if rating <= negative_up_to(steps) else 0
    return round(bad / total, 4) if total else None
