"""What every part of the complaint desk shares: its dependencies, the locked row, the history, and what is told of a change."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.db import table_of
from kiosk.desk.actors import Actor
from kiosk.desk.alerts import AlertService
from kiosk.desk.audit import AuditTrail
from kiosk.desk.bags.days import TradingDays
from kiosk.desk.cases import terms
from kiosk.desk.cases.errors import AlreadyDone, NotNow, UnknownCase, WrongCase
from kiosk.desk.cases.models import LABEL_LENGTH, NAME_LENGTH, Case, CaseStep
from kiosk.desk.cases.throttle import CaseCodes
from kiosk.desk.cases.views import AT_WORK, OPEN_STATES, CaseState
from kiosk.desk.cases.words import NAMELESS, STATE_NAMES
from kiosk.desk.contacts import ContactVault
from kiosk.desk.hours import BusinessHours
from kiosk.desk.plain_text import one_line, several_lines
from kiosk.devices.document import Document
from kiosk.devices.queue import JobQueue, JobView
from kiosk.errors import Refusal
from kiosk.events import emit
from kiosk.i18n import Message, msg

SLIP_PURPOSE = "case-slip"
REASON_LENGTH = 200

# The urgent words of a store in a text, in the order of its list.
FindWords = Callable[[Session, str], Sequence[str]]

_ADD_STEP = insert(table_of(CaseStep))
_LARGEST_ID = 2**63 - 1
# Actions of the history that bring a case into another state.
_MOVES = ("opened", "acknowledged", "answered", "started", "waits", "resolved", "closed", "reopened")


def _no_words(_session: Session, _text: str) -> Sequence[str]:
    return ()


@dataclass(slots=True)
class Context:
    """One station's complaint desk. *rng* makes the codes; *printer_name* names the device that prints slips now."""

    settings: Settings
    clock: Clock
    jobs: JobQueue
    audit: AuditTrail
    alerts: AlertService
    contacts: ContactVault
    hours: BusinessHours
    printer_name: Callable[[], str]
    rng: random.Random
    days: TradingDays
    wrong_codes: CaseCodes
    find_words: FindWords = field(default=_no_words)

    def now(self) -> datetime:
        return self.clock.now()

    def today(self) -> date:
        """The day of the store's calendar."""
        return self.local(self.now()).date()

    def local(self, at: datetime) -> datetime:
        """*at* in the store's zone."""
        return at.astimezone(self.settings.store.zone)

    def print(self, session: Session, document: Document, case_id: int) -> JobView | None:
        """Queue a slip in this write unit; None when there is no printer."""
        device = self.printer_name()
        if not device:
            return None
        return self.jobs.enqueue(session, device=device, document=document, purpose=SLIP_PURPOSE, subject=subject(case_id))

    def changed(
        self, session: Session, actor: Actor, case: Case, action: str, text: str = "", detail: Mapping[str, object] | None = None
    ) -> None:
        """Write *action* into history and audit trail, reckon terms and alarms anew, and tell the screens.

        *text* is a person's and stays out of the audit trail, which is never deleted; so must *detail*.
        """
        self.note_step(session, actor, case, action, text, detail)
        self.audit.append(session, actor, f"case.{action}", subject(case.id), detail)
        terms.refresh(self.settings, self.hours, session, case, self.now())
        session.flush()
        self.tell(session, case)

    def note_step(
        self, session: Session, actor: Actor, case: Case, action: str, text: str = "", detail: Mapping[str, object] | None = None
    ) -> None:
        """Write one line of history and no more."""
        label, name = who(actor)
        values = {"case_id": case.id, "at": self.now(), "actor": label, "actor_name": name, "action": action, "text": text}
        session.execute(_ADD_STEP, {**values, "detail": msgspec.json.encode(detail or {}).decode()})

    def tell(self, session: Session, case: Case) -> None:
        """Have `case.changed` published: without content and contact, for every screen may see it."""
        emit(
            session,
            "case.changed",
            {
                "id": case.id,
                "number": case.number,
                "state": case.state.value,
                "severity": case.severity.value,
                "owner_id": case.owner_id,
            },
        )


def subject(case_id: int) -> str:
    """How jobs, contacts and the audit trail name a case."""
    return f"case:{case_id}"


def who(actor: Actor) -> tuple[str, str]:
    """What a record keeps of *actor*: the stable label, and the name that a screen shows later."""
    return actor.label[:LABEL_LENGTH], actor.name[:NAME_LENGTH]


def found(session: Session, case_id: int) -> Case:
    """The case as it is now. Raises UnknownCase."""
    case = session.get(Case, case_id, populate_existing=True) if 0 < case_id <= _LARGEST_ID else None
    if case is None:
        raise UnknownCase(msg("There is no case %(id)s.", id=case_id), msg("Look for it in the list of cases."))
    return case


def locked(session: Session, case_id: int) -> Case:
    """The case, and nobody else changes it until this write unit ends. Raises UnknownCase."""
    if 0 < case_id <= _LARGEST_ID:
        query = select(Case).where(Case.id == case_id).with_for_update().execution_options(populate_existing=True)
        case = session.scalars(query).one_or_none()
        if case is not None:
            return case
    return found(session, case_id)


def must_be_open(session: Session, case: Case) -> None:
    """Raises NotNow for a closed case."""
    if case.state not in OPEN_STATES:
        raise not_now(session, case)


def not_now(session: Session, case: Case, to: CaseState | None = None) -> Refusal:
    """Why nothing can be done, or why the case cannot become *to*: its state, who brought it there, and what comes first."""
    kind = AlreadyDone if case.state is CaseState.CLOSED else NotNow
    name, at, action = last_step(session, case)
    return kind(
        msg(
            "Case %(number)s is %(state)s: %(name)s has changed it, %(time)s.",
            number=case.number,
            state=Message(STATE_NAMES[case.state]),
            name=_shown(name),
            time=at,
        ),
        _what_comes_first(case, to),
        state=case.state.value,
        by=name,
        at=at.isoformat(),
        action=action,
    )


def _what_comes_first(case: Case, to: CaseState | None) -> Message:
    if case.state is CaseState.NEW and to is not None:
        return msg("Acknowledge the case first.")
    if case.state not in AT_WORK:
        return msg("Look what was done; to work on the case, open it again.")
    if to is CaseState.CLOSED:
        return msg("Resolve the case first.")
    return msg("Reload the case and look what was done.")


def already(session: Session, case: Case, action: str) -> AlreadyDone:
    """Somebody did *action* before: who, and when."""
    name, at, _action = last_step(session, case, action)
    return AlreadyDone(
        msg("%(name)s has done this for case %(number)s already, %(time)s.", name=_shown(name), number=case.number, time=at),
        msg("Reload the case and look what was done."),
        state=case.state.value,
        by=name,
        at=at.isoformat(),
        action=action,
    )


def _shown(name: str) -> str | Message:
    return Message(NAMELESS[name]) if name in NAMELESS else name


def last_step(session: Session, case: Case, action: str | None = None) -> tuple[str, datetime, str]:
    """Who did the newest *action*, when, and which; without one, who brought the case into its state."""
    steps = (
        select(CaseStep.actor_name, CaseStep.at, CaseStep.action).where(CaseStep.case_id == case.id).order_by(CaseStep.id.desc()).limit(1)
    )
    row = session.execute(steps.where(CaseStep.action == action)).one_or_none() if action else None
    row = row or session.execute(steps.where(CaseStep.action.in_(_MOVES))).one_or_none()
    return (row.actor_name, row.at, row.action) if row else ("", case.changed_at, "")


def line(text: str, field: str, limit: int, *, required: bool = False) -> str:
    """*text* on one line. Raises WrongCase (*field*) when it is empty but required, or too long."""
    return _checked(one_line(text), field, limit, required)


def paragraph(text: str, field: str, limit: int, *, required: bool = False) -> str:
    """*text* with its lines. Raises WrongCase likewise."""
    return _checked(several_lines(text), field, limit, required)


def _checked(text: str, field: str, limit: int, required: bool) -> str:
    if len(text) > limit:
        raise WrongCase.of(field, msg("This has %(length)s characters; at most %(limit)s are possible.", length=len(text), limit=limit))
    if required and not text:
        raise WrongCase.of(field, msg("This must not be empty."))
    return text
