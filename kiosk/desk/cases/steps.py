"""What people do with a case: acknowledge, own, work, wait, answer, resolve, call back, close, open again.

Each locks the case first, so that of two people who act at once the second sees what the first has done, and is told.
"""

from datetime import timedelta

from sqlalchemy.orm import Session

from kiosk.desk.actors import Actor
from kiosk.desk.cases import intake, terms
from kiosk.desk.cases.context import Context, already, line, locked, must_be_open, not_now, paragraph
from kiosk.desk.cases.errors import ReplyMissing, WrongCase
from kiosk.desk.cases.models import CALL_BACK_LENGTH, WAITING_LENGTH, Case
from kiosk.desk.cases.views import AT_WORK, TRANSITIONS, CaseState, no_contact_left, was_told
from kiosk.desk.staff.models import StaffUser
from kiosk.i18n import msg


def acknowledge(context: Context, session: Session, actor: Actor, case_id: int) -> None:
    """See to a new case, or to one that was passed up the ladder; whoever does so owns a case that nobody owned."""
    actor.require("cases:write")
    case = locked(session, case_id)
    if case.state is CaseState.NEW:
        _move(context, session, case, CaseState.ACKNOWLEDGED)
    elif case.escalation == 0:
        raise already(session, case, "acknowledged") if case.state in AT_WORK else not_now(session, case)
    _seen_by(context, session, case, actor)
    context.changed(session, actor, case, "acknowledged", detail={"state": case.state.value})


def assign(context: Context, session: Session, actor: Actor, case_id: int, owner_id: int | None, department: str | None) -> None:
    """Say who owns a case and which department it concerns; None for the owner takes it from whoever has it."""
    actor.require("cases:manage")
    case = locked(session, case_id)
    must_be_open(session, case)
    name = intake.owner(session, owner_id).name if owner_id is not None else ""
    case.owner_id = owner_id
    if department is not None:
        case.department = intake.department(context, department, case.department)
    context.changed(session, actor, case, "assigned", name, {"owner_id": owner_id, "department": case.department})


def start(context: Context, session: Session, actor: Actor, case_id: int) -> None:
    """Begin or go on to work on it."""
    actor.require("cases:write")
    case = locked(session, case_id)
    if case.state is CaseState.IN_PROGRESS:
        raise already(session, case, "started")
    _move(context, session, case, CaseState.IN_PROGRESS)
    _seen_by(context, session, case, actor)
    case.waiting_for = ""
    context.changed(session, actor, case, "started")


def wait(context: Context, session: Session, actor: Actor, case_id: int, waiting_for: str) -> None:
    """Say for whom it waits. Its clocks run on, see terms.py."""
    actor.require("cases:write")
    case = locked(session, case_id)
    waiting_for = line(waiting_for, "waiting_for", WAITING_LENGTH, required=True)
    if case.state is CaseState.WAITING and case.waiting_for == waiting_for:
        raise already(session, case, "waits")
    _move(context, session, case, CaseState.WAITING)
    _seen_by(context, session, case, actor)
    case.waiting_for = waiting_for
    context.changed(session, actor, case, "waits", waiting_for)


def note(context: Context, session: Session, actor: Actor, case_id: int, text: str) -> None:
    """Write something down; it changes no state and no clock."""
    actor.require("cases:write")
    case = locked(session, case_id)
    must_be_open(session, case)
    context.changed(session, actor, case, "note", _text(context, text, "text"))


def first_answer(context: Context, session: Session, actor: Actor, case_id: int, text: str) -> None:
    """Note what the customer was told first; it stops that clock, and acknowledges a new case."""
    actor.require("cases:write")
    case = locked(session, case_id)
    if case.first_answered_at is not None:
        raise already(session, case, "answered")
    if case.state not in AT_WORK:
        raise not_now(session, case)
    text = _text(context, text, "text")
    if case.state is CaseState.NEW:
        _move(context, session, case, CaseState.ACKNOWLEDGED)
    _seen_by(context, session, case, actor)
    case.first_answered_at = context.now()
    context.changed(session, actor, case, "answered", text)


def resolve(context: Context, session: Session, actor: Actor, case_id: int, outcome: str) -> None:
    """Note what was done about it. Where a contact was left, somebody is to call back within the time of a first answer."""
    actor.require("cases:write")
    case = locked(session, case_id)
    if case.state is CaseState.RESOLVED:
        raise already(session, case, "resolved")
    outcome = _text(context, outcome, "outcome")
    _move(context, session, case, CaseState.RESOLVED)
    _seen_by(context, session, case, actor)
    now = context.now()
    case.outcome, case.resolved_at, case.waiting_for = outcome, now, ""
    if case.contact_id is not None and (case.call_back_at is None or case.call_back_at < now):
        case.call_back_at = context.hours.add(now, timedelta(hours=context.settings.cases.first_answer_h[case.severity.value]))
    context.changed(session, actor, case, "resolved", outcome)


def close(context: Context, session: Session, actor: Actor, case_id: int, call_back: str) -> None:
    """End a case: the customer knows the outcome, or left no contact; a written complaint was answered in writing."""
    actor.require("cases:write")
    case = locked(session, case_id)
    if case.state is CaseState.CLOSED:
        raise already(session, case, "closed")
    call_back = line(call_back, "call_back", CALL_BACK_LENGTH, required=True)
    if no_contact_left(call_back) and case.contact_id is not None:
        raise WrongCase.of("call_back", msg("The customer left a contact: call back, and note how it went."))
    if case.state is CaseState.RESOLVED and case.written and case.reply_sent_at is None:
        raise ReplyMissing(
            msg("Case %(number)s is a written complaint, and no written reply was sent.", number=case.number),
            msg("Write the reply, send it, and note that it was sent."),
        )
    _move(context, session, case, CaseState.CLOSED)
    case.call_back, case.closed_at, case.escalation = call_back, context.now(), 0
    if was_told(call_back) and case.first_answered_at is None:
        case.first_answered_at = case.closed_at  # nobody has told the customer anything before
    context.changed(session, actor, case, "closed", call_back, {"contact": not no_contact_left(call_back)})


def reopen(context: Context, session: Session, actor: Actor, case_id: int, reason: str) -> None:
    """Take a case up again: it was not good enough. The clock of the solution begins anew, that of a first answer that was
    never given as well; the answers given stay given."""
    actor.require("cases:write")
    case = locked(session, case_id)
    if case.state in AT_WORK:
        raise already(session, case, "reopened") if case.solution_from > case.opened_at else not_now(session, case)
    reason = _text(context, reason, "reason")
    _move(context, session, case, CaseState.ACKNOWLEDGED)
    case.solution_from = context.now()
    case.resolved_at = case.closed_at = case.call_back_at = None
    case.outcome = case.call_back = ""
    _seen_by(context, session, case, actor)
    terms.set_due_times(context.settings, context.hours, case)
    context.changed(session, actor, case, "reopened", reason)


def _move(context: Context, session: Session, case: Case, to: CaseState) -> None:
    if to not in TRANSITIONS[case.state]:
        raise not_now(session, case, to)
    case.state, case.changed_at = to, context.now()


def _seen_by(context: Context, session: Session, case: Case, actor: Actor) -> None:
    """Whoever acts on a case has seen it: the ladder stops, and a case that nobody owned is theirs."""
    case.acknowledged_at, case.escalation = context.now(), 0
    if case.owner_id is None and actor.kind == "user" and session.get(StaffUser, actor.id) is not None:
        case.owner_id = actor.id
    intake.accept(context, case)


def _text(context: Context, text: str, field: str) -> str:
    return paragraph(text, field, context.settings.cases.content_max_length, required=True)
