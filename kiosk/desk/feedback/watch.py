"""Tells people at once: too many negative presses in a window, or an urgent word."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import bindparam, case, func, select
from sqlalchemy.orm import Session

from kiosk.db import table_of
from kiosk.db.upsert import dialect_of, insert_of
from kiosk.desk.alerts.service import Alert
from kiosk.desk.feedback import models, words
from kiosk.desk.feedback.context import Context
from kiosk.desk.feedback.scales import negative_up_to
from kiosk.i18n import msg

_PRESS, _RAISED = table_of(models.Press), table_of(models.NegativeAlert)
_IS_NEGATIVE = _PRESS.c.rating <= case((_PRESS.c.steps < 10, 2), else_=4)
# Ratings at counters tell of one person, who is not to be known by an alert.
_SHARE = select(func.count(), func.coalesce(func.sum(case((_IS_NEGATIVE, 1), else_=0)), 0)).where(
    _PRESS.c.station == bindparam("of_station"),
    _PRESS.c.counter == "",
    _PRESS.c.at > bindparam("low"),
    _PRESS.c.at <= bindparam("high"),
    _PRESS.c.counted,
)
_LAST = select(_RAISED.c.raised_at).where(_RAISED.c.station == bindparam("of_station")).with_for_update()


def negatives(context: Context, session: Session, *, station: str, at: datetime, steps: int, rating: int) -> None:
    """After a counted press: raise an alert when the window's share of negatives is too large, once a window."""
    rules, now = context.settings.feedback, context.now()
    window = timedelta(minutes=rules.alert_window_min)
    if rating > negative_up_to(steps) or at <= now - window:
        return
    total, bad = session.execute(_SHARE, {"of_station": station, "low": now - window, "high": max(at, now)}).one()
    if total < rules.alert_min_presses or bad < rules.alert_share * total:
        return
    last = session.scalar(_LAST, {"of_station": station})
    if last is not None and now < last + window:
        return
    statement = insert_of(dialect_of(session))(_RAISED).values(station=station, raised_at=now)
    session.execute(statement.on_conflict_do_update(index_elements=["station"], set_={"raised_at": statement.excluded.raised_at}))
    title = msg(
        "%(bad)s of %(total)s ratings of the last %(minutes)s minutes are bad",
        bad=bad,
        total=total,
        minutes=rules.alert_window_min,
    )
    key = f"feedback.negative:{station}:{now:%Y%m%dT%H%M%S.%f}"
    lines = [msg("Station: %(station)s", station=station)]
    context.alerts.raise_alert(session, Alert("feedback.negative", "high", title, key, lines, "/manage/feedback"))


def urgent(context: Context, session: Session, press_id: int, station: str, texts: Iterable[str], known: str) -> str:
    """Raise an alert for urgent words in *texts* that are not *known* yet; return all that are known now, one a line."""
    text = "\n".join(filter(None, texts))
    if not text:
        return known
    before = known.splitlines()
    fresh = [word for word in words.found(text, words.load(session)) if word not in before]
    if not fresh:
        return known
    title = msg("Urgent word at the feedback kiosk: %(words)s", words=", ".join(fresh))
    key = f"feedback.urgent:{press_id}:{len(before)}"
    lines = [msg("Station: %(station)s", station=station), msg("Press: %(number)s", number=press_id)]
    context.alerts.raise_alert(session, Alert("feedback.urgent", "critical", title, key, lines, f"/manage/feedback/presses/{press_id}"))
    return "\n".join([*before, *fresh])
