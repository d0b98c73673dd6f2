"""Deletes comments when their time is up: a shopper may have written anything about anybody. The press stays and counts."""

from datetime import datetime

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.orm import Session

from kiosk.db import table_of
from kiosk.desk.feedback import models

_PRESS = table_of(models.Press)
_OLD = (
    select(_PRESS.c.id)
    .where(text(models.WITH_COMMENT_SQL), _PRESS.c.at < bindparam("before"))
    .order_by(_PRESS.c.at, _PRESS.c.id)
    .limit(bindparam("most"))
)
_EMPTY = update(_PRESS).values(comment="", urgent="")


def purge(session: Session, before: datetime, limit: int) -> int:
    """Empty at most *limit* comments of presses made *before* then, the oldest first; returns how many."""
    ids = session.scalars(_OLD, {"before": before, "most": limit}).all()
    if ids:
        session.execute(_EMPTY.where(_PRESS.c.id.in_(ids)))
    return len(ids)
