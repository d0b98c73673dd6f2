"""The written reply to a customer: written, printed as a letter, sent."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.desk.actors import Actor
from kiosk.desk.cases import letter
from kiosk.desk.cases.context import Context, already, found, line, locked, must_be_open, paragraph, who
from kiosk.desk.cases.errors import NoReply
from kiosk.desk.cases.models import HOW_LENGTH, Case, CaseReply
from kiosk.desk.cases.views import Reply
from kiosk.i18n import msg

# A letter of twenty pages is no letter.
TEXT_LENGTH = 20_000


def write(context: Context, session: Session, actor: Actor, case_id: int, text: str) -> int:
    """Keep the text of a letter, the newest of which counts; return its number."""
    actor.require("cases:write")
    case = locked(session, case_id)
    must_be_open(session, case)
    label, name = who(actor)
    row = CaseReply(
        case_id=case.id,
        text=paragraph(text, "text", TEXT_LENGTH, required=True),
        language=case.language,
        written_at=context.now(),
        written_by=label,
        written_by_name=name,
    )
    session.add(row)
    session.flush()
    case.reply_id = row.id
    context.changed(session, actor, case, "reply-written", detail={"reply": row.id})
    return row.id


def mark_sent(context: Context, session: Session, actor: Actor, case_id: int, how: str) -> None:
    """Note that the newest letter went out, and how. It is an answer: where none was noted yet, that clock stops."""
    actor.require("cases:write")
    case = locked(session, case_id)
    must_be_open(session, case)
    reply = _newest(session, case)
    if reply.sent_at is not None:
        raise already(session, case, "reply-sent")
    reply.how = line(how, "how", HOW_LENGTH, required=True)
    reply.sent_at = case.reply_sent_at = context.now()
    if case.first_answered_at is None:
        case.first_answered_at = reply.sent_at
    context.changed(session, actor, case, "reply-sent", reply.how, {"reply": reply.id})


def pdf(context: Context, session: Session, case_id: int) -> bytes:
    """The newest letter on A4. Raises NoReply, NoLetterFont."""
    case = found(session, case_id)
    reply = _newest(session, case)
    return letter.as_pdf(
        context.settings.store,
        letter.Letter(
            number=case.number,
            language=reply.language,
            day=context.local(reply.written_at).date(),
            about=context.local(case.occurred_at).date(),
            text=reply.text,
        ),
    )


def views(session: Session, case_id: int) -> list[Reply]:
    """Every letter of a case, oldest first."""
    found(session, case_id)
    rows = session.scalars(select(CaseReply).where(CaseReply.case_id == case_id).order_by(CaseReply.id))
    return [Reply(row.id, row.text, row.language, row.written_at, row.written_by_name, row.sent_at, row.how) for row in rows]


def _newest(session: Session, case: Case) -> CaseReply:
    reply = session.get(CaseReply, case.reply_id, populate_existing=True) if case.reply_id is not None else None
    if reply is None:
        raise NoReply(msg("No reply was written for case %(number)s.", number=case.number), msg("Write it first."))
    return reply
