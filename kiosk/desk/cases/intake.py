"""Takes cases in, corrects what was taken down, and judges how bad they are."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kiosk.db.upsert import insert_if_missing
from kiosk.desk.actors import ROLE_SCOPES, Actor
from kiosk.desk.alerts import Alert
from kiosk.desk.cases import slips, terms
from kiosk.desk.cases.codes import new_code
from kiosk.desk.cases.context import REASON_LENGTH, Context, already, line, locked, must_be_open, paragraph, subject
from kiosk.desk.cases.errors import WrongCase
from kiosk.desk.cases.models import DEPARTMENT_LENGTH, PRODUCT_LENGTH, RECEIPT_LENGTH, Case, CaseDay, CaseStep
from kiosk.desk.cases.views import AT_WORK, CaseChanges, CaseKind, CaseReceipt, CaseState, NewCase, Severity
from kiosk.desk.cases.words import KIND_NAMES, SEVERITY_NAMES
from kiosk.desk.contacts import ContactData
from kiosk.desk.staff.models import StaffUser
from kiosk.i18n import Message, msg

BY_HAND, STATUTORY = "manual", "12315"
_BY_KIND = {
    CaseKind.COMPLAINT: Severity.NORMAL,
    CaseKind.ENQUIRY: Severity.NORMAL,
    CaseKind.SUGGESTION: Severity.LOW,
    CaseKind.PRAISE: Severity.LOW,
}
# A call-back lies ahead; a form that took a minute to fill in may name the minute in which it was begun.
_GRACE = timedelta(minutes=5)
# Further off is a slip of the finger in the year.
_CALL_BACK_WITHIN = timedelta(days=366)
_HAPPENED_WITHIN = timedelta(days=3660)


def open_case(context: Context, session: Session, actor: Actor, new: NewCase) -> CaseReceipt:
    """Take a case in: record, contact, due times, slip and alert in one transaction."""
    if not actor.may("cases:open"):
        actor.require("cases:write")
    now = context.now()
    content = paragraph(new.content, "content", context.settings.cases.content_max_length, required=True)
    severity, reason = _judged(context, session, new, content)
    owner_id = _first_owner(session, actor, new)
    case = Case(
        station=context.settings.station.name,
        number=_next_number(context, session),
        code=_unused_code(context, session),
        kind=new.kind,
        state=CaseState.NEW,
        severity=severity,
        severity_reason=reason,
        content=content,
        source=new.source,
        language=new.language if new.language in ("zh", "en") else context.settings.store.languages[0],
        department=department(context, new.department),
        product=line(new.product, "product", PRODUCT_LENGTH),
        receipt=line(new.receipt, "receipt", RECEIPT_LENGTH),
        written=new.written,
        statutory=new.statutory,
        owner_id=owner_id,
        press_id=new.press_id,
        occurred_at=_occurred(context, new.occurred_at),
        opened_at=now,
        changed_at=now,
        solution_from=now,
        call_back_at=_ahead(context, new.call_back_at),
    )
    _set_terms(context, case)
    if new.kind is CaseKind.ENQUIRY and new.contact is not None and case.call_back_at is None:
        # A question that was not answered at once is a call that somebody owes: no later than any other first answer.
        case.call_back_at = case.first_answer_due
    session.add(case)
    session.flush()
    if new.contact is not None:
        case.contact_id = context.contacts.store(session, new.contact, subject=subject(case.id), consent_version=new.consent_version)
    job = slips.print_slip(context, session, case, copy=0) if new.print_slip else None
    detail: dict[str, object] = {"number": case.number, "kind": case.kind.value, "severity": severity.value, "source": case.source.value}
    context.changed(session, actor, case, "opened", detail=detail)
    context.alerts.raise_alert(session, _opened_alert(case))
    return CaseReceipt(id=case.id, number=case.number, code=f"{case.code:012d}", job=job)


def said_again(
    context: Context, session: Session, actor: Actor, case_id: int, text: str, contact: ContactData | None, consent_version: str
) -> None:
    """Note what the shopper adds to their own case, whatever its state; the same again adds nothing."""
    if not actor.may("cases:open"):
        actor.require("cases:write")
    case = locked(session, case_id)
    text = paragraph(text, "content", context.settings.cases.content_max_length)
    detail: dict[str, object] = {}
    if contact is not None and case.contact_id is None:
        case.contact_id = context.contacts.store(session, contact, subject=subject(case.id), consent_version=consent_version)
        detail["fields"] = ["contact_id"]
    said = select(CaseStep.id).where(CaseStep.case_id == case.id, CaseStep.action == "note", CaseStep.text == text).limit(1)
    if text == case.content or (text and session.scalar(said) is not None):
        text = ""
    if not text and not detail:
        return
    if text and case.severity.rank < Severity.CRITICAL.rank and case.kind is not CaseKind.PRAISE:
        for word in context.find_words(session, text):
            _raise_by_rule(context, case, Severity.CRITICAL, word[:64])
            detail["severity"] = case.severity.value
            break
    context.changed(session, actor, case, "note" if text else "changed", text, detail)


def change(context: Context, session: Session, actor: Actor, case_id: int, changes: CaseChanges) -> None:
    """Correct what intake took down."""
    actor.require("cases:write")
    case = locked(session, case_id)
    must_be_open(session, case)
    before = _corrected(case)
    if changes.department is not None:
        case.department = department(context, changes.department, case.department)
    if changes.product is not None:
        case.product = line(changes.product, "product", PRODUCT_LENGTH)
    if changes.receipt is not None:
        case.receipt = line(changes.receipt, "receipt", RECEIPT_LENGTH)
    if (case.written and changes.written is False) or (case.statutory and changes.statutory is False):
        # Either mark binds the store to something; whoever works on the case must not take it off alone.
        actor.require("cases:manage")
    if changes.written is not None:
        case.written = changes.written
    if changes.statutory is not None:
        case.statutory = changes.statutory
    if not isinstance(changes.call_back_at, msgspec.UnsetType) and changes.call_back_at != case.call_back_at:
        case.call_back_at = _ahead(context, changes.call_back_at)
    if changes.contact is not None:
        old = case.contact_id
        case.contact_id = context.contacts.store(
            session, changes.contact, subject=subject(case.id), consent_version=changes.consent_version
        )
        if old is not None:
            context.contacts.forget(session, [old])
    fields = [name for name, value in _corrected(case).items() if value != before[name]]
    if not fields:
        return
    _set_terms(context, case)
    detail: dict[str, object] = {"fields": fields}
    if case.statutory and case.severity.rank < Severity.HIGH.rank:
        _raise_by_rule(context, case, Severity.HIGH, STATUTORY)
        detail["severity"] = case.severity.value
    context.changed(session, actor, case, "changed", detail=detail)


def set_severity(context: Context, session: Session, actor: Actor, case_id: int, severity: Severity, reason: str) -> None:
    """Say by hand how bad a case is; lowering it needs a reason."""
    actor.require("cases:write")
    case = locked(session, case_id)
    must_be_open(session, case)
    if case.severity is severity:
        raise (
            already(session, case, "severity")
            if case.severity_reason == BY_HAND
            else WrongCase.of("severity", msg("The severity is %(severity)s already.", severity=Message(SEVERITY_NAMES[severity])))
        )
    reason = line(reason, "reason", REASON_LENGTH, required=severity.rank < case.severity.rank)
    detail: dict[str, object] = {"from": case.severity.value, "to": severity.value}
    case.severity, case.severity_reason = severity, BY_HAND
    terms.set_due_times(context.settings, context.hours, case)
    context.changed(session, actor, case, "severity", reason, detail)


def department(context: Context, text: str, kept: str = "") -> str:
    """*text* when it is a department of the configuration, or the one that the case has (*kept*). Raises WrongCase."""
    name = line(text, "department", DEPARTMENT_LENGTH)
    if name and name != kept and name not in context.settings.cases.departments:
        names = ", ".join(context.settings.cases.departments)
        raise WrongCase.of("department", msg("There is no such department; choose one of: %(names)s", names=names))
    return name


def owner(session: Session, user_id: int) -> StaffUser:
    """The person who is to own a case. Raises WrongCase unless they are there and may work on cases."""
    user = session.get(StaffUser, user_id) if 0 < user_id < 2**63 else None
    if user is None or not user.active or "cases:write" not in ROLE_SCOPES[user.role]:
        raise WrongCase.of("owner_id", msg("Choose a person who works on cases."))
    return user


def _first_owner(session: Session, actor: Actor, new: NewCase) -> int | None:
    """Whoever was named; an enquiry is otherwise owned by whoever took it and could not answer it."""
    if new.owner_id is not None:
        return owner(session, new.owner_id).id
    if new.kind is CaseKind.ENQUIRY and actor.kind == "user" and session.get(StaffUser, actor.id) is not None:
        return actor.id
    return None


def _judged(context: Context, session: Session, new: NewCase, content: str) -> tuple[Severity, str]:
    """The severity by rule or, where that is more, by hand; and why."""
    by_rule, why = _BY_KIND[new.kind], ""
    for severity, reason in _rules(context, session, new, content):
        if severity.rank > by_rule.rank:
            by_rule, why = severity, reason
    if new.severity is None or (why and by_rule.rank > new.severity.rank):
        return by_rule, why
    return new.severity, BY_HAND


def _rules(context: Context, session: Session, new: NewCase, content: str) -> Iterator[tuple[Severity, str]]:
    if new.kind is not CaseKind.PRAISE:
        for word in context.find_words(session, content):
            yield Severity.CRITICAL, word[:64]
            break
    if new.statutory:
        yield Severity.HIGH, STATUTORY


def _raise_by_rule(context: Context, case: Case, severity: Severity, reason: str) -> None:
    case.severity, case.severity_reason = severity, reason
    terms.set_due_times(context.settings, context.hours, case)


def _set_terms(context: Context, case: Case) -> None:
    """Due times and terms in days; those that were set stay, so that no correction makes a day later."""
    hours, cases, today = context.hours, context.settings.cases, context.today()
    terms.set_due_times(context.settings, hours, case)
    if case.written and case.reply_due is None:
        case.reply_due = hours.add_working_days(context.local(case.opened_at).date(), cases.written_answer_days)
    elif not case.written and case.reply_sent_at is None:
        case.reply_due = None
    if case.statutory and case.accept_due is None:
        # Marked later, the authority's letter came later: its term begins with the mark.
        case.accept_due = hours.add_working_days(today, cases.accept_days)
        if case.state in AT_WORK - {CaseState.NEW}:
            accept(context, case)
    elif not case.statutory:
        case.accept_due = case.accepted_on = case.mediation_due = None


def accept(context: Context, case: Case) -> None:
    """Note that a 12315 case was accepted: the days of its mediation begin."""
    if case.statutory and case.accepted_on is None:
        case.accepted_on = context.today()
        case.mediation_due = case.accepted_on + timedelta(days=context.settings.cases.mediation_days)


def _corrected(case: Case) -> dict[str, object]:
    return {
        name: getattr(case, name) for name in ("department", "product", "receipt", "written", "statutory", "call_back_at", "contact_id")
    }


def _occurred(context: Context, at: datetime | None) -> datetime:
    if at is None:
        return context.now()
    if at.tzinfo is None:
        raise WrongCase.of("occurred_at", msg("A time needs its offset, as in 2026-03-10T14:00:00+08:00."))
    if at > context.now() + timedelta(days=1):
        raise WrongCase.of("occurred_at", msg("This lies ahead."))
    if at < context.now() - _HAPPENED_WITHIN:
        raise WrongCase.of("occurred_at", msg("This is more than ten years ago; check the year."))
    return min(at, context.now())


def _ahead(context: Context, at: datetime | None) -> datetime | None:
    if at is None:
        return None
    if at.tzinfo is None:
        raise WrongCase.of("call_back_at", msg("A time needs its offset, as in 2026-03-10T14:00:00+08:00."))
    if at < context.now() - _GRACE:
        raise WrongCase.of("call_back_at", msg("This time has passed; choose one to come."))
    if at > context.now() + _CALL_BACK_WITHIN:
        raise WrongCase.of("call_back_at", msg("This is more than a year ahead; check the year."))
    return at


def _next_number(context: Context, session: Session) -> str:
    day = context.days.day_of(context.now())
    insert_if_missing(session, CaseDay, day=day, value=0)
    raised = update(CaseDay).where(CaseDay.day == day).values(value=CaseDay.value + 1).returning(CaseDay.value)
    value = session.execute(raised.execution_options(synchronize_session=False)).scalar_one()
    return f"K{day:%y%m%d}{value:04d}"


def _unused_code(context: Context, session: Session) -> int:
    while True:
        code = int(new_code(context.rng))
        if session.scalar(select(Case.id).where(Case.code == code)) is None:
            return code


def _opened_alert(case: Case) -> Alert:
    lines = [msg("%(kind)s, severity: %(severity)s", kind=Message(KIND_NAMES[case.kind]), severity=Message(SEVERITY_NAMES[case.severity]))]
    if case.department:
        lines.append(msg("Department: %(department)s", department=case.department))
    if case.severity_reason not in ("", BY_HAND):
        lines.append(msg("Because of: %(reason)s", reason=case.severity_reason))
    return Alert(
        topic="case.opened",
        severity=case.severity.value,
        title=msg("New case %(number)s", number=case.number),
        key=f"case:{case.id}:opened",
        lines=lines,
        path=f"/desk/cases/{case.id}",
    )
