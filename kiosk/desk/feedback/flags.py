"""Flags by hand, and lifting any flag: the press stays, the counts follow in the same transaction.

A rating that is still hidden from a person is unknown to them here, too: nobody judges what is said of themselves unseen.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from kiosk.db import table_of
from kiosk.desk.actors import Actor
from kiosk.desk.contacts.masks import without_personal_data
from kiosk.desk.feedback import look, models, rollups
from kiosk.desk.feedback.context import Context
from kiosk.desk.feedback.doubts import Doubt
from kiosk.desk.feedback.errors import AlreadyFlagged, FlagLifted, UnknownFlag, UnknownPress, WrongFeedback
from kiosk.desk.plain_text import one_line, shortened
from kiosk.events import emit
from kiosk.i18n import msg

_PRESS, _FLAG, _REASON = table_of(models.Press), table_of(models.Flag), table_of(models.PressReason)
_LOCK_PRESS = select(_PRESS).where(_PRESS.c.id == bindparam("of_press")).with_for_update()
_STANDING = select(func.count()).where(_FLAG.c.press_id == bindparam("of_press"), _FLAG.c.lifted_at.is_(None))
_STANDING_MANUAL = _STANDING.where(_FLAG.c.reason == Doubt.MANUAL.value)
_FIND_FLAG = select(_FLAG.c.press_id, _FLAG.c.lifted_at, _FLAG.c.lifted_by_name).where(_FLAG.c.id == bindparam("of_flag"))
_LIFT = update(_FLAG).where(_FLAG.c.id == bindparam("of_flag"))
_ADD = insert(_FLAG)
_COUNTED = update(_PRESS).where(_PRESS.c.id == bindparam("of_press"))
_REASONS = select(_REASON.c.reason).where(_REASON.c.press_id == bindparam("of_press"))
_LARGEST_ID = 2**63 - 1


def flag(context: Context, session: Session, actor: Actor, press_id: int, text: str) -> None:
    """Flag a press by hand. Raises UnknownPress, AlreadyFlagged, WrongFeedback (field ``reason``), Denied."""
    actor.require("feedback:write")
    text = _reason(text)
    look.get(context, session, press_id, actor)
    row = lock(session, press_id)
    if session.scalars(_STANDING_MANUAL, {"of_press": press_id}).one():
        raise AlreadyFlagged(msg("Press %(number)s is flagged by hand already.", number=press_id), msg("Lift that flag first."))
    now = context.now()
    session.execute(
        _ADD,
        {"press_id": press_id, "reason": Doubt.MANUAL.value, "text": text, "at": now, "by": actor.label, "by_name": actor.name},
    )
    context.audit.append(session, actor, "press.flagged", f"press:{press_id}", {"reason": without_personal_data(text)})
    _follow(session, row)


def lift(context: Context, session: Session, actor: Actor, flag_id: int, text: str) -> int:
    """Lift a flag; returns the press's id. Raises UnknownFlag, FlagLifted, WrongFeedback (field ``reason``), Denied."""
    actor.require("feedback:write")
    text = _reason(text)
    known = _find(session, flag_id)
    look.get(context, session, known.press_id, actor)
    row = lock(session, known.press_id)
    known = _find(session, flag_id)  # as it is now that nobody else can lift it
    if known.lifted_at is not None:
        raise FlagLifted(
            msg("%(name)s lifted this flag %(time)s.", name=known.lifted_by_name, time=known.lifted_at), msg("There is nothing left to do.")
        )
    lifted = {"lifted_at": context.now(), "lifted_by": actor.label, "lifted_by_name": actor.name, "lift_reason": text}
    session.execute(_LIFT, {"of_flag": flag_id, **lifted})
    context.audit.append(session, actor, "press.flag-lifted", f"press:{row.id}", {"flag": flag_id, "reason": without_personal_data(text)})
    _follow(session, row)
    press_id: int = row.id
    return press_id


def lock(session: Session, press_id: int) -> "Row[Any]":
    """The press, for a change of it. Raises UnknownPress."""
    row = session.execute(_LOCK_PRESS, {"of_press": press_id}).one_or_none() if 0 < press_id <= _LARGEST_ID else None
    if row is None:
        raise UnknownPress(msg("There is no press %(number)s.", number=press_id), msg("Look at the list of presses."))
    return row


def reasons_of(session: Session, press_id: int) -> Sequence[str]:
    """The reasons of one press."""
    return session.scalars(_REASONS, {"of_press": press_id}).all()


def _follow(session: Session, row: "Row[Any]") -> None:
    """Bring `counted` and the counts to what the flags say."""
    counted = session.scalars(_STANDING, {"of_press": row.id}).one() == 0
    if counted != row.counted:
        session.execute(_COUNTED, {"of_press": row.id, "counted": counted})
        cell = rollups.Cell(row.day, row.hour, row.station, row.survey, row.steps, row.rating)
        rollups.move(session, cell, reasons_of(session, row.id), counted=counted)
    emit(session, "feedback.judged", {"id": row.id, "counted": counted})


def _find(session: Session, flag_id: int) -> "Row[Any]":
    row = session.execute(_FIND_FLAG, {"of_flag": flag_id}).one_or_none() if 0 < flag_id <= _LARGEST_ID else None
    if row is None:
        raise UnknownFlag(msg("There is no flag %(number)s.", number=flag_id), msg("Look at the press again."))
    return row


def _reason(text: str) -> str:
    cleaned = one_line(text)
    if not cleaned:
        raise WrongFeedback.of("reason", shortened(text), msg("Say why; it stays on record."))
    if len(cleaned) > models.REASON_TEXT_LENGTH:
        said = msg(
            "The reason has %(length)s characters; at most %(limit)s are possible.", length=len(cleaned), limit=models.REASON_TEXT_LENGTH
        )
        raise WrongFeedback.of("reason", shortened(cleaned), said)
    return cleaned
