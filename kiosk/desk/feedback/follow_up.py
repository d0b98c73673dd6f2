"""Adds to a press what its shopper says next: reasons, a comment, a complaint that becomes a case."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from kiosk.db import table_of
from kiosk.desk.actors import SHOPPER
from kiosk.desk.cases.views import CaseKind, CaseReceipt, CaseSource, NewCase
from kiosk.desk.feedback import models, record, rollups, watch
from kiosk.desk.feedback.context import Context
from kiosk.desk.feedback.errors import FollowUpOver, UnknownPress, WrongFeedback
from kiosk.desk.feedback.views import Complaint, FollowUp, PressSource, Recorded, Survey
from kiosk.desk.plain_text import shortened
from kiosk.i18n import msg

# How much later than it was said an addition may arrive: a kiosk that was cut off keeps it for a shop's longest holidays.
LATEST_DELIVERY = timedelta(days=30)
# A shopper's screen and phone may each add a comment; this bounds what a program may pile up.
_MOST_COMMENTS = 4

_PRESS, _REASON = table_of(models.Press), table_of(models.PressReason)
_LOCK = select(_PRESS).where(_PRESS.c.key == bindparam("of_key")).with_for_update()
_CHANGE = update(_PRESS).where(_PRESS.c.id == bindparam("of_press"))
_REASONS = select(_REASON.c.reason).where(_REASON.c.press_id == bindparam("of_press"))
_DROP_REASONS = delete(_REASON).where(_REASON.c.press_id == bindparam("of_press"))
_ADD_REASON = insert(_REASON)


def follow_up(context: Context, session: Session, key: str, added: FollowUp, source: PressSource | None) -> Recorded:
    """Change the press under *key*. The same again changes nothing; a second complaint is added to the first one's case.

    Late reasons and comments are refused, a complaint never is: whoever has the key has made the press.

    Raises UnknownPress, FollowUpOver, WrongFeedback, and what opening a case refuses.
    """
    row = session.execute(_LOCK, {"of_key": key}).one_or_none() if record.is_key(key) else None
    if row is None:
        raise UnknownPress(msg("No press has this key."), msg("Send the press first, then what belongs to it."))
    minutes = context.settings.feedback.follow_up_min
    in_time = _in_time(context.now(), row, record.with_offset(added.said_at, "said_at"), timedelta(minutes=minutes))
    if added.complaint is None and not in_time:
        raise FollowUpOver(
            msg("Reasons and a comment may follow a press for %(minutes)s minutes.", minutes=minutes),
            msg("Press again, or talk to the service desk."),
        )
    asked = context.surveys.asked(session, row.survey, row.version)
    assert asked is not None
    reasons = _changed_reasons(context, session, row, asked.survey, added.reasons)
    comment = _joined(context, row.comment, added.comment)
    language = row.language if added.language is None else record.checked_language(added.language)
    changes: dict[str, object] = {"comment": comment, "language": language}
    said = [comment, added.complaint.content if added.complaint else ""]
    changes["urgent"] = watch.urgent(context, session, row.id, row.station, said, row.urgent)
    if added.complaint is not None and row.case_id:
        complaint = added.complaint
        context.cases.said_again(session, SHOPPER, row.case_id, complaint.content, complaint.contact, complaint.consent_version)
    elif added.complaint is not None:
        receipt = _open_case(context, session, row, added.complaint, comment, reasons, asked.survey, language, source)
        changes |= {"case_id": receipt.id, "case_receipt": msgspec.json.encode(receipt).decode()}
    session.execute(_CHANGE, {"of_press": row.id, **changes})
    answer = record.find(session, key)
    assert answer is not None
    return answer


def _in_time(now: datetime, row: "Row[Any]", said_at: datetime | None, window: timedelta) -> bool:
    """Whether an addition was said within *window* of its press, by the screen's one clock for both, whatever that clock shows."""
    if now <= row.received_at + window:
        return True
    return said_at is not None and said_at - row.pressed_at <= window and now <= row.received_at + LATEST_DELIVERY


def _joined(context: Context, before: str, given: str | None) -> str:
    """The comment with what is said now below what was said before; the same again adds nothing. Raises WrongFeedback."""
    new = record.checked_comment(context, given or "")
    if not new or f"\n{new}\n" in f"\n{before}\n":
        return before
    limit = _MOST_COMMENTS * context.settings.feedback.comment_max_length
    joined = f"{before}\n{new}" if before else new
    if len(joined) > limit:
        said = msg("The comment has %(length)s characters; at most %(limit)s are possible.", length=len(joined), limit=limit)
        raise WrongFeedback.of("comment", shortened(new), said)
    return joined


def _changed_reasons(context: Context, session: Session, row: "Row[Any]", survey: Survey, given: Sequence[str] | None) -> list[str]:
    before = list(session.scalars(_REASONS, {"of_press": row.id}))
    if given is None:
        return before
    reasons = record.checked_reasons(context, session, row.survey, survey, given)
    if set(reasons) != set(before):
        cell = rollups.Cell(row.day, row.hour, row.station, row.survey, row.steps, row.rating)
        rollups.count_reasons(session, cell, row.counted, before, -1)
        rollups.count_reasons(session, cell, row.counted, reasons, 1)
        session.execute(_DROP_REASONS, {"of_press": row.id})
        if reasons:
            session.execute(_ADD_REASON, [{"press_id": row.id, "reason": reason} for reason in reasons])
    return reasons


def _open_case(
    context: Context,
    session: Session,
    row: "Row[Any]",
    complaint: Complaint,
    comment: str,
    reasons: Sequence[str],
    survey: Survey,
    language: str,
    source: PressSource | None,
) -> CaseReceipt:
    content = complaint.content or comment or _told_by_reasons(survey, reasons, language)
    if not content.strip():
        raise WrongFeedback.of("complaint.content", "", msg("Say in a few words what the complaint is about."))
    by_phone = (source or PressSource(row.source)) is PressSource.PHONE
    case = NewCase(
        kind=CaseKind(complaint.kind),
        content=content,
        source=CaseSource.PHONE if by_phone else CaseSource.KIOSK,
        contact=complaint.contact,
        consent_version=complaint.consent_version,
        occurred_at=row.at,
        language=language,
        press_id=row.id,
        # The slip comes out beside the kiosk's screen; who goes on by phone has left it.
        print_slip=not by_phone,
    )
    return context.cases.open(session, SHOPPER, case)


def _told_by_reasons(survey: Survey, reasons: Sequence[str], language: str) -> str:
    texts = [reason.text for reason in survey.reasons if reason.id in reasons]
    return "; ".join(text.get("zh" if language == "zh" else "en") or next(iter(text.values()), "") for text in texts)
