"""How fast and how soon: the bucket of a channel, the pauses after failures, and the moments at which everybody sends."""

import random
from datetime import datetime, timedelta
from zlib import crc32

from kiosk.desk.alerts.channel import Limits

# Seconds of the first pause, and of the longest: a robot that is away for hours is asked four times an hour.
_FIRST_PAUSE_S = 5.0
_LONGEST_PAUSE_S = 900.0
# A receiver that names a later time than this is asked then all the same.
_LONGEST_GIVEN_S = 24 * 3600.0
# Seconds after a full or half hour that ordinary messages keep free, and those over which they are spread afterwards.
_RUSH_S = 30.0
_SPREAD_S = 30


def refilled(limits: Limits, tokens: float, counted_at: datetime, now: datetime) -> float:
    """How many messages may go out now; a clock that was set back gives nothing and takes nothing."""
    passed = max(0.0, (now - counted_at).total_seconds())
    return min(float(limits.burst), tokens + passed * _per_second(limits))


def next_token_at(limits: Limits, tokens: float, counted_at: datetime) -> datetime:
    """When there is a whole token, to the microsecond above: a moment too early would find none."""
    missing = max(0.0, 1.0 - tokens)
    return counted_at + timedelta(seconds=missing / _per_second(limits), microseconds=1 if missing else 0)


def pause_after(failures: int, given_s: float | None, rng: random.Random) -> timedelta:
    """How long to wait after the *failures*-th failure in a row; what the receiver named (*given_s*) goes first.

    Spread at random, so that stations that failed together do not come back together.
    """
    if given_s is not None:
        return timedelta(seconds=min(max(given_s, 1.0), _LONGEST_GIVEN_S) * rng.uniform(1.0, 1.1))
    longest = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** min(max(failures, 1) - 1, 16))
    return timedelta(seconds=longest * rng.uniform(0.5, 1.0))


def after_the_rush(channel: str, now: datetime) -> datetime | None:
    """When an ordinary message of *channel* may go out, if *now* is too near after a full or half hour; else None.

    Each channel has its own second, so that this does not merely move the rush.
    """
    begun = now.replace(minute=now.minute - now.minute % 30, second=0, microsecond=0)
    if (now - begun).total_seconds() >= _RUSH_S:
        return None
    return begun + timedelta(seconds=_RUSH_S + crc32(channel.encode()) % _SPREAD_S)


def _per_second(limits: Limits) -> float:
    return (limits.per_minute - limits.burst + 1) / 60
