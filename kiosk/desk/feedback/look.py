"""Finds presses and shows them to staff: newest first, in pages, each page in a constant number of queries."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Row, bindparam, exists, func, literal_column, or_, select
from sqlalchemy.orm import Session

from kiosk.db import table_of
from kiosk.desk.actors import Actor
from kiosk.desk.feedback import models
from kiosk.desk.feedback.context import Context
from kiosk.desk.feedback.errors import UnknownPress, WrongFeedback
from kiosk.desk.feedback.views import PressFlag, PressSource, PressView
from kiosk.i18n import msg

MOST_ROWS = 500
_LARGEST_ID = 2**63 - 1

_PRESS, _FLAG, _REASON, _REQUEST = (
    table_of(models.Press),
    table_of(models.Flag),
    table_of(models.PressReason),
    table_of(models.RatingRequest),
)
_ASKED = select(_REQUEST.c.id).where(_REQUEST.c.asked_by == bindparam("of_person")).limit(1)
# The first answer in time to each request that still counts: what `ratings.own` tells of.
_GIVEN = _REQUEST.join(_PRESS, _PRESS.c.id == _REQUEST.c.press_id)
_OWN = (_REQUEST.c.asked_by == bindparam("of_person"), _PRESS.c.counted)
_RECEIVED = select(func.count()).select_from(_GIVEN).where(*_OWN)
_NTH_RECEIVED = select(_PRESS.c.id).select_from(_GIVEN).where(*_OWN).order_by(_PRESS.c.id).offset(bindparam("before")).limit(1)


def get(context: Context, session: Session, press_id: int, viewer: Actor | None) -> PressView:
    """One press. Raises UnknownPress, also for a rating of the viewer that is still hidden from them."""
    found = _views(session, [_PRESS.c.id == press_id, *not_hidden(context, session, viewer)], 1) if 0 < press_id <= _LARGEST_ID else []
    if not found:
        raise UnknownPress(msg("There is no press %(number)s.", number=press_id), msg("Look at the list of presses."))
    return found[0]


def presses(
    context: Context,
    session: Session,
    *,
    since: datetime,
    until: datetime,
    station: str | None,
    rating: int | None,
    flagged: bool | None,
    with_comment: bool | None,
    limit: int,
    before_id: int | None,
    viewer: Actor | None,
) -> list[PressView]:
    """The newest presses at or after *since* and before *until* that meet every condition; *before_id* goes on after that one."""
    for name, value in (("since", since), ("until", until)):
        if value.tzinfo is None:
            raise WrongFeedback.of(name, value.isoformat(), msg("The time needs an offset, e.g. +08:00."))
    conditions: list[ColumnElement[bool]] = [_PRESS.c.at >= since, _PRESS.c.at < until, *not_hidden(context, session, viewer)]
    if station is not None:
        conditions.append(_PRESS.c.station == station)
    if rating is not None:
        conditions.append(_PRESS.c.rating == rating)
    if flagged is not None:
        # Written as the partial indexes are, or SQLite does not see that they answer it.
        conditions.append(_as_written(models.NOT_COUNTED_SQL) if flagged else _PRESS.c.counted)
    if with_comment is not None:
        conditions.append(_as_written(models.WITH_COMMENT_SQL) if with_comment else _PRESS.c.comment == "")
    if before_id is not None:
        last = _place(session, before_id)
        conditions += [_PRESS.c.at <= last.at, or_(_PRESS.c.at < last.at, _PRESS.c.id < last.id)]
    return _views(session, conditions, max(1, min(limit, MOST_ROWS)))


def not_hidden(context: Context, session: Session, viewer: Actor | None) -> list[ColumnElement[bool]]:
    """The condition that keeps a person's own ratings from them until enough are in; none where nothing is hidden."""
    shown = shown_up_to(context, session, viewer)
    if viewer is None or shown is None:
        return []
    own = exists().where(_REQUEST.c.id == _PRESS.c.rating_request_id, _REQUEST.c.asked_by == viewer.label)
    return [or_(_PRESS.c.id <= shown, ~own)]


def shown_up_to(context: Context, session: Session, viewer: Actor | None) -> int | None:
    """The last of the ratings asked for by *viewer* that they may see, 0 for none yet; None when they never asked for one.

    They are shown in whole steps of feedback.hidden_below: a single new one would be known by whom it came from. What is
    flagged does not count towards a step, and shows with the step after it.
    """
    if viewer is None or session.execute(_ASKED, {"of_person": viewer.label}).first() is None:
        return None
    step = context.settings.feedback.hidden_below
    whole = session.scalars(_RECEIVED, {"of_person": viewer.label}).one() // step * step
    if not whole:
        return 0
    last: int = session.scalars(_NTH_RECEIVED, {"of_person": viewer.label, "before": whole - 1}).one()
    return last


def _as_written(condition: str) -> ColumnElement[bool]:
    return literal_column(condition, Boolean())


def _place(session: Session, press_id: int) -> "Row[Any]":
    row = (
        session.execute(select(_PRESS.c.at, _PRESS.c.id).where(_PRESS.c.id == press_id)).one_or_none()
        if 0 < press_id <= _LARGEST_ID
        else None
    )
    if row is None:
        raise WrongFeedback.of("before_id", press_id, msg("before_id must be the id of a press."))
    return row


def _views(session: Session, conditions: Sequence[ColumnElement[bool]], limit: int) -> list[PressView]:
    rows = session.execute(select(_PRESS).where(*conditions).order_by(_PRESS.c.at.desc(), _PRESS.c.id.desc()).limit(limit)).all()
    ids = [row.id for row in rows]
    flags, reasons = _flags(session, ids), _reasons(session, ids)
    return [_view(row, flags[row.id], reasons[row.id]) for row in rows]


def _flags(session: Session, ids: Sequence[int]) -> defaultdict[int, list[PressFlag]]:
    found: defaultdict[int, list[PressFlag]] = defaultdict(list)
    for row in session.execute(select(_FLAG).where(_FLAG.c.press_id.in_(ids)).order_by(_FLAG.c.id)) if ids else ():
        found[row.press_id].append(
            PressFlag(
                id=row.id,
                reason=row.reason,
                at=row.at,
                by=row.by_name,
                lifted_at=row.lifted_at,
                lifted_by=row.lifted_by_name,
                lift_reason=row.lift_reason,
                text=row.text,
            )
        )
    return found


def _reasons(session: Session, ids: Sequence[int]) -> defaultdict[int, list[str]]:
    found: defaultdict[int, list[str]] = defaultdict(list)
    for row in session.execute(select(_REASON).where(_REASON.c.press_id.in_(ids)).order_by(_REASON.c.reason)) if ids else ():
        found[row.press_id].append(row.reason)
    return found


def _view(row: "Row[Any]", flags: list[PressFlag], reasons: list[str]) -> PressView:
    return PressView(
        id=row.id,
        survey=row.survey,
        version=row.version,
        rating=row.rating,
        station=row.station,
        source=PressSource(row.source),
        pressed_at=row.pressed_at,
        received_at=row.received_at,
        language=row.language,
        reasons=reasons,
        comment=row.comment,
        counted=row.counted,
        flags=flags,
        case_id=row.case_id,
        steps=row.steps,
        counter=row.counter,
        at=row.at,
        urgent=row.urgent.splitlines(),
    )
