"""Records presses: each once, whatever is sent again, with its reasons, its doubts and its counts in one transaction.

This is the way that a shopper waits for and that 64 screens may go at once: a handful of statements that are built once.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import TextClause, bindparam, insert, select, text, update
from sqlalchemy.orm import Session

from kiosk.db import table_of
from kiosk.desk.actors import SYSTEM
from kiosk.desk.cases.views import CaseReceipt
from kiosk.desk.feedback import doubts, models, rollups, watch
from kiosk.desk.feedback.context import Context
from kiosk.desk.feedback.doubts import Doubt
from kiosk.desk.feedback.errors import WrongFeedback
from kiosk.desk.feedback.surveys import Asked
from kiosk.desk.feedback.views import NewPress, PressSource, Recorded, Survey
from kiosk.desk.plain_text import several_lines, shortened
from kiosk.events import emit
from kiosk.i18n import msg

# Reasons that one press may give; a screen offers six.
MOST_REASONS = 6
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
_SURVEY = re.compile(r"([a-z0-9][a-z0-9-]{0,31})(?:@([1-9]\d{0,8}))?")
_LANGUAGES = ("zh", "en")

_PRESS, _REASON, _FLAG = table_of(models.Press), table_of(models.PressReason), table_of(models.Flag)
_REQUEST = table_of(models.RatingRequest)
_ANSWER = (
    _PRESS.c.id,
    _PRESS.c.key,
    _PRESS.c.survey,
    _PRESS.c.version,
    _PRESS.c.rating,
    _PRESS.c.received_at,
    _PRESS.c.counted,
    _PRESS.c.case_receipt,
)
_FIND = select(*_ANSWER).where(_PRESS.c.key == bindparam("of_key"))
_ADD_REASON, _ADD_FLAG = insert(_REASON), insert(_FLAG)
_NOTE_URGENT = update(_PRESS).where(_PRESS.c.id == bindparam("of_press"))
_FIND_REQUEST = select(_REQUEST).where(_REQUEST.c.id == bindparam("of_request"))
_USE_REQUEST = update(_REQUEST).where(_REQUEST.c.id == bindparam("of_request"), _REQUEST.c.press_id.is_(None))


class Request(NamedTuple):
    """The rating request that a press answers."""

    id: int
    counter: str
    good: bool  # the first answer, in time, to the survey that was asked


@dataclass(frozen=True, slots=True)
class Doubts:
    """What speaks against a press, and whether it came too soon."""

    reasons: Sequence[Doubt]
    hasty: bool


@dataclass(frozen=True, slots=True)
class _Press:
    """A press as it is going to be recorded: checked, cleaned, judged."""

    key: str
    cell: rollups.Cell
    version: int
    source: str
    language: str
    pressed_at: datetime
    received_at: datetime
    at: datetime
    reasons: Sequence[str]
    comment: str
    request: Request | None
    doubts: Doubts

    @property
    def counted(self) -> bool:
        return not self.doubts.reasons

    @property
    def counter(self) -> str:
        return self.request.counter if self.request else ""


def press(context: Context, session: Session, new: NewPress, station: str | None) -> Recorded:
    """Record *new*, or answer as the first press under its key was answered. Raises WrongFeedback."""
    if not is_key(new.key):
        raise WrongFeedback.of("key", new.key[:80], msg("The key has 16 to 64 characters: letters, digits, '-' and '_'."))
    if known := find(session, new.key):
        return known
    judged = _judged(context, session, new, station or context.station)
    press_id = _stored(session, judged)
    if press_id is None:
        # Another station of this database recorded it meanwhile.
        first = find(session, new.key)
        assert first is not None
        return first
    _told(context, session, press_id, judged)
    cell = judged.cell
    return Recorded(press_id, new.key, cell.survey, judged.version, cell.rating, judged.received_at, judged.counted)


def _judged(context: Context, session: Session, new: NewPress, place: str) -> _Press:
    slug, asked = _asked(context, session, new.survey)
    survey = asked.survey
    rating = _rating(new.rating, survey)
    reasons = checked_reasons(context, session, slug, survey, new.reasons)
    comment = checked_comment(context, new.comment)
    language = checked_language(new.language)
    received_at = context.now()
    pressed_at = with_offset(new.pressed_at, "pressed_at") or received_at
    in_time = doubts.believed(pressed_at, received_at, context.settings.feedback.clock_tolerance_s)
    at = min(pressed_at, received_at) if in_time else received_at
    request = _request(session, new.rating_request, slug, at) if new.rating_request is not None else None
    local = at.astimezone(context.zone)
    return _Press(
        key=new.key,
        cell=rollups.Cell(local.date(), local.hour, place, slug, survey.scale.steps, rating),
        version=asked.version,
        source=PressSource(new.source).value,
        language=language,
        pressed_at=pressed_at,
        received_at=received_at,
        at=at,
        reasons=reasons,
        comment=comment,
        request=request,
        doubts=_doubts(context, session, place, request, at, rating, asked, in_time),
    )


def _stored(session: Session, new: _Press) -> int | None:
    """The id of the new row, which is counted and flagged; None when its key is taken."""
    values = {
        **new.cell._asdict(),
        "key": new.key,
        "version": new.version,
        "counter": new.counter,
        "source": new.source,
        "language": new.language,
        "pressed_at": new.pressed_at,
        "received_at": new.received_at,
        "at": new.at,
        "comment": new.comment,
        "urgent": "",
        "counted": new.counted,
        "hasty": new.doubts.hasty,
        "rating_request_id": new.request.id if new.request else None,
        "case_receipt": "",
    }
    press_id: int | None = session.execute(_ADD_PRESS, values).scalar()
    if press_id is None:
        return None
    rollups.count(session, new.cell, new.counted, new.reasons)
    if new.reasons:
        session.execute(_ADD_REASON, [{"press_id": press_id, "reason": reason} for reason in new.reasons])
    if new.doubts.reasons:
        session.execute(_ADD_FLAG, [_flag(press_id, reason, new.received_at) for reason in new.doubts.reasons])
    if new.request is not None and new.request.good:
        session.execute(_USE_REQUEST, {"of_request": new.request.id, "press_id": press_id})
    return press_id


def _told(context: Context, session: Session, press_id: int, new: _Press) -> None:
    """Raise the alerts of a new press, and emit its event."""
    cell = new.cell
    if new.comment and (urgent := watch.urgent(context, session, press_id, cell.station, [new.comment], "")):
        session.execute(_NOTE_URGENT, {"of_press": press_id, "urgent": urgent})
    if new.counted and not new.counter:
        watch.negatives(context, session, station=cell.station, at=new.at, steps=cell.steps, rating=cell.rating)
    told: Mapping[str, object] = {
        "id": press_id,
        "survey": cell.survey,
        # The colleague who asked for it may follow events, and is not to see single ratings.
        "rating": None if new.counter else cell.rating,
        "station": cell.station,
        "source": new.source,
        "counted": new.counted,
    }
    emit(session, "feedback.recorded", told)


def is_key(text: str) -> bool:
    """Whether *text* can be a press's key. Other text is not looked for: not every text is one that every database takes."""
    return _KEY.fullmatch(text) is not None


def find(session: Session, key: str) -> Recorded | None:
    """The answer of the press under *key*, if there is one."""
    row = session.execute(_FIND, {"of_key": key}).one_or_none() if is_key(key) else None
    if row is None:
        return None
    receipt = msgspec.json.decode(row.case_receipt, type=CaseReceipt) if row.case_receipt else None
    return Recorded(row.id, row.key, row.survey, row.version, row.rating, row.received_at, row.counted, receipt)


def checked_reasons(context: Context, session: Session, slug: str, survey: Survey, given: Sequence[str]) -> list[str]:
    """*given* without doubles. A reason that another version of the survey had is accepted: screens may be behind."""
    reasons = list(dict.fromkeys(given))
    if len(reasons) > MOST_REASONS:
        raise WrongFeedback.of("reasons", len(reasons), msg("At most %(limit)s reasons can be given.", limit=MOST_REASONS))
    offered = {reason.id for reason in survey.reasons}
    if any(reason not in offered for reason in reasons):
        ever = context.surveys.reasons_ever(session, slug)
        for number, reason in enumerate(reasons):
            if reason not in ever:
                said = msg("This survey has no reason %(reason)s.", reason=shortened(reason))
                raise WrongFeedback.of(f"reasons[{number}]", shortened(reason), said)
    return reasons


def checked_comment(context: Context, given: str) -> str:
    """*given* as it is kept. Raises WrongFeedback when it is too long."""
    if not given:
        return ""
    comment, limit = several_lines(given), context.settings.feedback.comment_max_length
    if len(comment) > limit:
        said = msg("The comment has %(length)s characters; at most %(limit)s are possible.", length=len(comment), limit=limit)
        raise WrongFeedback.of("comment", shortened(comment), said)
    return comment


def checked_language(given: str) -> str:
    if given not in _LANGUAGES:
        raise WrongFeedback.of("language", shortened(given), msg("Languages are zh and en."))
    return given


def _asked(context: Context, session: Session, named: str) -> tuple[str, Asked]:
    parts = _SURVEY.fullmatch(named)
    asked = context.surveys.asked(session, parts[1], int(parts[2]) if parts[2] else None) if parts else None
    if parts is None or asked is None:
        raise WrongFeedback.of("survey", shortened(named), msg("There is no survey %(name)s.", name=shortened(named)))
    return parts[1], asked


def _rating(given: int, survey: Survey) -> int:
    if not 1 <= given <= survey.scale.steps:
        said = msg("The rating must be from 1 to %(steps)s.", steps=survey.scale.steps)
        raise WrongFeedback.of("rating", given, said)
    return given


def with_offset(given: datetime | None, field: str) -> datetime | None:
    """*given* in UTC. Raises WrongFeedback for a time without offset or outside of the calendar."""
    if given is None:
        return None
    if given.tzinfo is None:
        raise WrongFeedback.of(field, given.isoformat(), msg("The time needs an offset, e.g. +08:00."))
    try:
        return given.astimezone(UTC)
    except OverflowError as error:
        raise WrongFeedback.of(field, given.isoformat(), msg("The time is outside of the calendar.")) from error


def _request(session: Session, request_id: int, slug: str, at: datetime) -> Request:
    row = session.execute(_FIND_REQUEST, {"of_request": request_id}).one_or_none() if abs(request_id) < 2**63 else None
    if row is None:
        raise WrongFeedback.of("rating_request", request_id, msg("Nobody asked for this rating."))
    return Request(row.id, row.counter, row.press_id is None and at <= row.expires_at and row.survey == slug)


def _doubts(
    context: Context, session: Session, place: str, request: Request | None, at: datetime, rating: int, asked: Asked, in_time: bool
) -> Doubts:
    rules = context.settings.feedback
    found = [] if in_time else [Doubt.CLOCK]
    if asked.ended_at is not None and at >= asked.ended_at:
        found.append(Doubt.ENDED)
    if request is not None:
        # Asked for by a colleague, once for each customer: the patterns of an open kiosk say nothing here.
        return Doubts(found if request.good else [*found, Doubt.REQUEST], hasty=False)
    if doubts.is_hasty(session, rules, place, "", at):
        return Doubts([*found, Doubt.INTERVAL], hasty=True)
    midnight = at.astimezone(context.zone).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(at.tzinfo)
    if doubts.ends_a_run(session, rules, place, "", at, midnight, rating):
        found.append(Doubt.RUN)
    if doubts.is_burst(session, rules, place, "", at, context.settings.hours.changes, context.zone):
        found.append(Doubt.SHIFT_BURST)
    return Doubts(found, hasty=False)


def _flag(press_id: int, reason: Doubt, at: datetime) -> dict[str, object]:
    return {"press_id": press_id, "reason": reason.value, "text": "", "at": at, "by": SYSTEM.label, "by_name": SYSTEM.name}


def _adding() -> TextClause:
    # Written out: SQLAlchemy builds a statement with ON CONFLICT anew for each press, which costs more than running it.
    columns = [column for column in _PRESS.columns if column.name not in ("id", "case_id")]
    names = ", ".join(column.name for column in columns)
    values = ", ".join(f":{column.name}" for column in columns)
    statement = text(f"INSERT INTO {_PRESS.name} ({names}) VALUES ({values}) ON CONFLICT (key) DO NOTHING RETURNING id")
    return statement.bindparams(*(bindparam(column.name, type_=column.type) for column in columns))


_ADD_PRESS = _adding()
