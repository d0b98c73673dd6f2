"""Counter ratings: asked for by a colleague after a transaction, bound to counter and shift, hidden from that colleague at first."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.orm import Session

from kiosk.db import table_of
from kiosk.desk.actors import Actor
from kiosk.desk.feedback import models, scales
from kiosk.desk.feedback.context import Context
from kiosk.desk.feedback.errors import NothingToAsk, UnknownCounter
from kiosk.desk.feedback.views import OwnRatings, RatingCount, RatingRequest
from kiosk.events import emit
from kiosk.i18n import msg

_PRESS, _REQUEST = table_of(models.Press), table_of(models.RatingRequest)
_ADD = insert(_REQUEST).returning(_REQUEST.c.id)
_AT_COUNTER = (_REQUEST.c.station == bindparam("of_station"), _REQUEST.c.counter == bindparam("of_counter"))
_NEWEST = select(_REQUEST).where(*_AT_COUNTER).order_by(_REQUEST.c.id.desc()).limit(1)
_END_OPEN = update(_REQUEST).where(*_AT_COUNTER, _REQUEST.c.press_id.is_(None), _REQUEST.c.expires_at > bindparam("now"))
_OWN = (
    select(_PRESS.c.steps, _PRESS.c.rating)
    .select_from(_REQUEST.join(_PRESS, _PRESS.c.id == _REQUEST.c.press_id))
    .where(_REQUEST.c.asked_by == bindparam("of_person"), _PRESS.c.counted)
    .order_by(_PRESS.c.id)
)


def ask(context: Context, session: Session, actor: Actor, counter: str) -> RatingRequest:
    """Have the customer's screen of *counter* ask for a rating; an open request there is over.

    Raises UnknownCounter, NothingToAsk, Denied.
    """
    actor.require("feedback:ask")
    if counter not in context.settings.feedback.counters:
        raise UnknownCounter(
            msg("There is no counter %(name)s.", name=counter[:40]), msg("Name it in the configuration: feedback.counters.")
        )
    version = context.surveys.current(session, station=context.station, counter=True)
    if version is None:
        raise NothingToAsk(msg("No survey for counters is asked now."), msg("A manager can make one, or change its hours."))
    now = context.now()
    day, shift = context.hours.shift_of(now)
    here = {"of_station": context.station, "of_counter": counter}
    session.execute(_END_OPEN, {**here, "now": now, "expires_at": now})
    values = {
        "station": context.station,
        "counter": counter,
        "asked_by": actor.label,
        "asked_by_name": actor.name,
        "shift_day": day,
        "shift": shift,
        "survey": version.survey.slug,
        "version": version.version,
        "asked_at": now,
        "expires_at": now + timedelta(seconds=context.settings.feedback.rating_request_s),
    }
    session.execute(_ADD, values).one()
    request = _view(session.execute(_NEWEST, here).one())
    told = {
        "id": request.id,
        "counter": counter,
        "survey": request.survey,
        "version": request.version,
        "expires_at": request.expires_at.isoformat(),
    }
    emit(session, "rating.requested", told)
    return request


def open_request(context: Context, session: Session, counter: str) -> RatingRequest | None:
    """What the customer's screen of *counter* asks now; None when nothing."""
    row = session.execute(_NEWEST, {"of_station": context.station, "of_counter": counter}).one_or_none()
    if row is None or row.press_id is not None or row.expires_at <= context.now():
        return None
    return _view(row)


def own(context: Context, session: Session, actor: Actor) -> OwnRatings:
    """What *actor* may know of the ratings that they asked for. Raises Denied."""
    actor.require("feedback:ask")
    presses = session.execute(_OWN, {"of_person": actor.label}).all()
    needed = context.settings.feedback.hidden_below
    # In whole steps: after each single rating the difference to the figures before would give it away.
    over = len(presses) // needed * needed
    if not over:
        return OwnRatings(len(presses), needed, None, None, None, None)
    valued = [(row.steps, row.rating, 1) for row in presses[:over]]
    numbers: dict[tuple[int, int], int] = {}
    for steps, rating, _ in valued:
        numbers[steps, rating] = numbers.get((steps, rating), 0) + 1
    by_rating = [RatingCount(steps, rating, number, number) for (steps, rating), number in sorted(numbers.items())]
    return OwnRatings(len(presses), needed, over, scales.index(valued), scales.negative_share(valued), by_rating)


def _view(row: "Row[Any]") -> RatingRequest:
    return RatingRequest(row.id, row.counter, row.survey, row.version, row.asked_at, row.expires_at, row.press_id is not None)
