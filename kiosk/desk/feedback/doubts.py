"""Doubts about a press, decided at the moment it is recorded: too soon after another, one value in a row, a burst at a shift change.

A doubtful press is kept and flagged; whoever may judge flags can lift it. Presses that came too soon are part of no
pattern: ten taps of a child must not make the next shopper's press look like the eleventh of a run.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from kiosk.config_service import Feedback
from kiosk.db import table_of
from kiosk.desk.feedback import models

# A screen that was cut off delivers what it queued when the station is back. What claims to be older comes from a clock
# that is wrong: a Raspberry Pi without a battery for its clock wakes up in the past.
OLDEST_QUEUED = timedelta(hours=48)


class Doubt(StrEnum):
    """Why a press is flagged."""

    INTERVAL = "interval"  # nearer than feedback.press_interval_s to another press at the same place
    RUN = "run"  # at least the feedback.run_length-th press of one value in a row, on one day
    SHIFT_BURST = "shift-burst"  # at least the feedback.burst_presses-th around a change of shifts
    CLOCK = "clock"  # the screen's clock is ahead, or more than OLDEST_QUEUED behind
    ENDED = "ended"  # its survey had ended
    REQUEST = "request"  # the rating was asked for by somebody, but was given already, or its time was over
    MANUAL = "manual"  # flagged by hand


_PRESS = table_of(models.Press)
_HERE = (_PRESS.c.station == bindparam("of_station"), _PRESS.c.counter == bindparam("of_counter"))
_NEAR = select(_PRESS.c.id).where(*_HERE, _PRESS.c.at > bindparam("low"), _PRESS.c.at < bindparam("high")).limit(1)
_LATEST = (
    select(_PRESS.c.rating)
    .where(*_HERE, _PRESS.c.at >= bindparam("low"), _PRESS.c.at <= bindparam("high"), ~_PRESS.c.hasty)
    .order_by(_PRESS.c.at.desc())
    .limit(bindparam("most"))
)
_AROUND = (
    select(func.count())
    .select_from(_PRESS)
    .where(*_HERE, _PRESS.c.at >= bindparam("low"), _PRESS.c.at <= bindparam("high"), ~_PRESS.c.hasty)
)


def believed(pressed_at: datetime, received_at: datetime, tolerance_s: float) -> bool:
    """Whether a screen's clock may have been right about *pressed_at*."""
    return received_at - OLDEST_QUEUED <= pressed_at <= received_at + timedelta(seconds=tolerance_s)


def is_hasty(session: Session, rules: Feedback, station: str, counter: str, at: datetime) -> bool:
    """Whether another press of the same place lies nearer to *at* than the interval, before or after: queues arrive late."""
    if not rules.press_interval_s:
        return False
    reach = timedelta(seconds=rules.press_interval_s)
    near = {"of_station": station, "of_counter": counter, "low": at - reach, "high": at + reach}
    return session.execute(_NEAR, near).first() is not None


def ends_a_run(session: Session, rules: Feedback, station: str, counter: str, at: datetime, midnight: datetime, rating: int) -> bool:
    """Whether a press of *rating* at *at* is the latest of a run of one value since *midnight*."""
    latest = {"of_station": station, "of_counter": counter, "low": midnight, "high": at, "most": rules.run_length - 1}
    before = session.scalars(_LATEST, latest).all()
    return len(before) == rules.run_length - 1 and set(before) == {rating}


def is_burst(session: Session, rules: Feedback, station: str, counter: str, at: datetime, changes: Sequence[time], zone: ZoneInfo) -> bool:
    """Whether a press at *at* is one of too many around a change of shifts."""
    reach = timedelta(minutes=rules.burst_window_min)
    for change in _near_changes(at, changes, zone, reach):
        around = {"of_station": station, "of_counter": counter, "low": change - reach, "high": at}
        if session.scalars(_AROUND, around).one() + 1 >= rules.burst_presses:
            return True
    return False


def _near_changes(at: datetime, changes: Sequence[time], zone: ZoneInfo, reach: timedelta) -> list[datetime]:
    today = at.astimezone(zone).date()
    days: list[date] = [today - timedelta(days=1), today, today + timedelta(days=1)]
    found = (datetime.combine(day, change, zone).astimezone(at.tzinfo) for day in days for change in changes)
    return [change for change in found if abs(change - at) <= reach]
