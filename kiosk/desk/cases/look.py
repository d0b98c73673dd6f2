"""Looks cases up and turns them into views, in a constant number of queries whatever the number of rows."""

import re
from collections.abc import Collection, Sequence
from datetime import UTC, datetime

import msgspec
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from kiosk.desk.cases.codes import is_case_code, normalise
from kiosk.desk.cases.context import Context, found
from kiosk.desk.cases.errors import UnknownCaseCode
from kiosk.desk.cases.models import Case, CaseStep
from kiosk.desk.cases.views import OPEN_STATES, CaseCounts, CaseEntry, CaseState, CaseView, PublicState, Severity
from kiosk.desk.contacts import MaskedContact
from kiosk.desk.plain_text import one_line
from kiosk.desk.staff.models import StaffUser
from kiosk.i18n import msg

MAX_ROWS = 500
_QUERY_LENGTH = 100
_NUMBER = re.compile(r"[Kk]\d{1,22}")
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


def get(context: Context, session: Session, case_id: int) -> CaseView:
    """One case. Raises UnknownCase."""
    return _views(context, session, [found(session, case_id)])[0]


def list_cases(
    context: Context,
    session: Session,
    *,
    states: Collection[CaseState] | None,
    owner_id: int | None,
    department: str | None,
    severity: Severity | None,
    overdue: bool | None,
    query: str,
    limit: int,
    before_id: int | None,
    unowned: bool,
) -> list[CaseView]:
    """The newest cases that meet every condition; *overdue* looks among those that are open."""
    conditions: list[ColumnElement[bool]] = []
    if states is not None:
        conditions.append(Case.state.in_(sorted(states)))
    if owner_id is not None:
        conditions.append(Case.owner_id == owner_id)
    if unowned:
        conditions.append(Case.owner_id.is_(None))
    if department is not None:
        conditions.append(Case.department == department)
    if severity is not None:
        conditions.append(Case.severity == severity)
    if overdue is not None:
        late = Case.due_at < context.now()
        conditions.append(late if overdue else Case.state.in_(sorted(OPEN_STATES)) & or_(Case.due_at.is_(None), ~late))
    if words := one_line(query)[:_QUERY_LENGTH]:
        conditions.append(_matches(words))
    if before_id is not None:
        conditions.append(Case.id < before_id)
    rows = select(Case).where(*conditions).order_by(Case.id.desc()).limit(max(1, min(limit, MAX_ROWS)))
    return _views(context, session, session.scalars(rows).all())


def call_backs(context: Context, session: Session, limit: int) -> list[CaseView]:
    """The open cases whose customers were promised a call, the earliest first."""
    promised = select(Case).where(Case.call_back_at >= _FIRST, Case.state.in_(sorted(OPEN_STATES)))
    rows = promised.order_by(Case.call_back_at, Case.id).limit(max(1, min(limit, MAX_ROWS)))
    return _views(context, session, session.scalars(rows).all())


def history(session: Session, case_id: int) -> list[CaseEntry]:
    """What happened to a case, oldest first. Raises UnknownCase."""
    found(session, case_id)
    rows = session.scalars(select(CaseStep).where(CaseStep.case_id == case_id).order_by(CaseStep.id))
    return [CaseEntry(row.id, row.at, row.actor_name, row.action, row.text, msgspec.json.decode(row.detail)) for row in rows]


def state_of(context: Context, session: Session, code: str, address: str) -> PublicState:
    """The state that the code on a slip shows; wrong codes of *address* are counted and throttled."""
    context.wrong_codes.check(address)
    digits = normalise(code[:64])
    row = None
    if is_case_code(digits):
        row = session.execute(
            select(Case.number, Case.state, Case.opened_at, Case.changed_at).where(Case.code == int(digits))
        ).one_or_none()
    if row is None:
        context.wrong_codes.count(address)
        raise UnknownCaseCode(msg("No case has this code."), msg("Read the 12 digits from the slip once more, or ask at the service desk."))
    return PublicState(row.number, row.state, row.opened_at, row.changed_at)


def counts(context: Context, session: Session) -> CaseCounts:
    """How much there is to do."""
    now = context.now()

    def count(*conditions: ColumnElement[bool]) -> int:
        return session.scalar(select(func.count()).select_from(Case).where(*conditions)) or 0

    is_open = Case.state.in_(sorted(OPEN_STATES))
    return CaseCounts(
        open=count(is_open),
        # Closed cases have no due time.
        overdue=count(Case.due_at >= _FIRST, Case.due_at < now),
        call_backs=count(is_open, Case.call_back_at >= _FIRST, Case.call_back_at <= now),
    )


def _matches(words: str) -> ColumnElement[bool]:
    """A number or its beginning, a code, or part of content, product or receipt.

    Free text has no index: 100,000 cases, of many years, are read through in a tenth of a second.
    """
    digits = normalise(words)
    if is_case_code(digits):
        return Case.code == int(digits)
    if _NUMBER.fullmatch(words):
        # Digits follow: a letter ends the range in every collation, and both engines find it by the index of numbers.
        return Case.number.between(words.upper(), f"{words.upper()}Z")
    return or_(*(column.icontains(words, autoescape=True) for column in (Case.content, Case.product, Case.receipt, Case.number)))


def _views(context: Context, session: Session, rows: Sequence[Case]) -> list[CaseView]:
    owner_ids = {row.owner_id for row in rows if row.owner_id is not None}
    names: dict[int, str] = {}
    if owner_ids:
        names = {row.id: row.name for row in session.execute(select(StaffUser.id, StaffUser.name).where(StaffUser.id.in_(owner_ids)))}
    contact_ids = [row.contact_id for row in rows if row.contact_id is not None]
    contacts = context.contacts.masked_many(session, contact_ids) if contact_ids else {}
    now = context.now()
    return [_view(row, names, contacts, now) for row in rows]


def _view(row: Case, names: dict[int, str], contacts: dict[int, MaskedContact], now: datetime) -> CaseView:
    return CaseView(
        id=row.id,
        number=row.number,
        code=f"{row.code:012d}",
        kind=row.kind,
        state=row.state,
        severity=row.severity,
        severity_reason=row.severity_reason,
        content=row.content,
        source=row.source,
        department=row.department,
        product=row.product,
        receipt=row.receipt,
        written=row.written,
        statutory=row.statutory,
        language=row.language,
        contact=contacts.get(row.contact_id) if row.contact_id is not None else None,
        owner_id=row.owner_id,
        owner=names.get(row.owner_id, "") if row.owner_id is not None else "",
        waiting_for=row.waiting_for,
        outcome=row.outcome,
        call_back=row.call_back,
        occurred_at=row.occurred_at,
        opened_at=row.opened_at,
        first_answer_due=row.first_answer_due,
        first_answered_at=row.first_answered_at,
        solution_due=row.solution_due,
        resolved_at=row.resolved_at,
        closed_at=row.closed_at,
        call_back_at=row.call_back_at,
        accept_due=row.accept_due,
        mediation_due=row.mediation_due,
        reply_due=row.reply_due,
        escalation=row.escalation,
        overdue=row.due_at is not None and row.due_at < now,
        photos=row.photos,
        reply_id=row.reply_id,
        reply_sent_at=row.reply_sent_at,
        story_released=row.story_at is not None,
    )
