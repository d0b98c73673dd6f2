"""Feedback's part in a person's rights: comments of presses that became a case with a contact. The press stays and counts."""

from collections.abc import Sequence

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from kiosk.db import table_of
from kiosk.desk.feedback import models

_SUBJECT = "case:"
_PRESS = table_of(models.Press)


def export(session: Session, subjects: Sequence[str]) -> list[dict[str, object]]:
    """What the person tapped and wrote before it became these cases."""
    columns = (_PRESS.c.case_id, _PRESS.c.survey, _PRESS.c.rating, _PRESS.c.pressed_at, _PRESS.c.language, _PRESS.c.comment)
    rows = session.execute(select(*columns).where(_PRESS.c.case_id.in_(_cases(subjects))).order_by(_PRESS.c.id))
    return [
        {
            "subject": f"{_SUBJECT}{row.case_id}",
            "survey": row.survey,
            "rating": row.rating,
            "pressed_at": row.pressed_at.isoformat(),
            "language": row.language,
            "comment": row.comment,
        }
        for row in rows
    ]


def delete(session: Session, subjects: Sequence[str]) -> int:
    """Empty those comments; returns how many."""
    commented = select(_PRESS.c.id).where(text(models.WITH_COMMENT_SQL), _PRESS.c.case_id.in_(_cases(subjects)))
    ids = session.scalars(commented).all()
    if ids:
        session.execute(update(_PRESS).where(_PRESS.c.id.in_(ids)).values(comment="", urgent=""))
    return len(ids)


def _cases(subjects: Sequence[str]) -> list[int]:
    return [int(name.removeprefix(_SUBJECT)) for name in subjects if name.startswith(_SUBJECT)]
