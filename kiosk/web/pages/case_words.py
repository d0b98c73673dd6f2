"""What a case is in a person's words: kind, state, severity, how long it has been here, and what is due next."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from flask_babel import format_date, format_timedelta
from flask_babel import gettext as _

from kiosk.desk.cases.terms import ClockKind
from kiosk.desk.cases.views import AT_WORK, CaseSource, CaseState, CaseView, Severity
from kiosk.i18n import N_
from kiosk.web.context import current_services
from kiosk.web.pages.words import ASK, BAD, GOOD, IDLE

STATE_TONES: dict[CaseState, str] = {CaseState.NEW: ASK, CaseState.RESOLVED: GOOD, CaseState.CLOSED: IDLE}
SEVERITY_TONES: dict[Severity, str] = {Severity.HIGH: ASK, Severity.CRITICAL: BAD}
# As the beginning of a sentence; what the domain's messages call them stands in their middle.
CLOCK_NAMES: dict[ClockKind, str] = {
    ClockKind.FIRST_ANSWER: N_("First answer"),
    ClockKind.SOLUTION: N_("Solution"),
    ClockKind.CALL_BACK: N_("Call-back"),
    ClockKind.REPLY: N_("Written reply"),
    ClockKind.ACCEPT: N_("12315: accept or refuse"),
    ClockKind.MEDIATION: N_("12315: mediation"),
}
SOURCE_NAMES: dict[CaseSource, str] = {
    CaseSource.KIOSK: N_("the feedback kiosk"),
    CaseSource.PHONE: N_("the customer's phone"),
    CaseSource.DESK: N_("the desk"),
    CaseSource.API: N_("a program"),
}
# Seconds before a due time from which it is no longer just a date.
_SOON_S = 3600.0


@dataclass(frozen=True, slots=True)
class Due:
    """What must happen next. *tone* is good, idle, ask or bad; *text* says the same in words."""

    tone: str
    icon: str
    text: str
    at: datetime | date | None = None


def due_of(case: CaseView) -> Due:
    """What is due next for *case*, in the reader's language."""
    if case.state is CaseState.CLOSED:
        return Due(IDLE, "check-circle", _("Closed"), case.closed_at)
    now = current_services().clock.now()
    terms = sorted(_terms(case), key=lambda term: term[0])
    if not terms and case.state is CaseState.RESOLVED:
        return Due(ASK, "check-circle", _("To be closed"))
    if not terms:
        return Due(BAD, "exclamation-triangle", _("Overdue")) if case.overdue else Due(IDLE, "hourglass-split", _("Nothing is due"))
    end, what, shown = terms[0]
    left = (end - now).total_seconds()
    when = _when(shown, end, now)
    if left < 0:
        return Due(BAD, "exclamation-triangle", _("%(what)s was due %(when)s", what=_(what), when=when), shown)
    if case.overdue:
        return Due(BAD, "exclamation-triangle", _("Overdue; %(what)s due %(when)s", what=_(what), when=when), shown)
    tone, icon = (ASK, "hourglass-split") if left <= _SOON_S else (GOOD, "clock-history")
    return Due(tone, icon, _("%(what)s due %(when)s", what=_(what), when=when), shown)


def ago(instant: datetime) -> str:
    """How long ago, or in how long: ``3 hours ago``."""
    return str(format_timedelta(instant - current_services().clock.now(), add_direction=True))


def _terms(case: CaseView) -> Iterator[tuple[datetime, str, datetime | date]]:
    """The terms that still run: when each ends, what it is for, and how it is written (an instant or a day)."""
    at_work = case.state in AT_WORK
    if at_work and case.first_answer_due and not case.first_answered_at:
        yield case.first_answer_due, CLOCK_NAMES[ClockKind.FIRST_ANSWER], case.first_answer_due
    if case.call_back_at:
        yield case.call_back_at, CLOCK_NAMES[ClockKind.CALL_BACK], case.call_back_at
    if at_work and case.solution_due:
        yield case.solution_due, CLOCK_NAMES[ClockKind.SOLUTION], case.solution_due
    if case.reply_due and not case.reply_sent_at:
        yield end_of(case.reply_due), CLOCK_NAMES[ClockKind.REPLY], case.reply_due
    if case.accept_due and not case.mediation_due:
        yield end_of(case.accept_due), CLOCK_NAMES[ClockKind.ACCEPT], case.accept_due
    if at_work and case.mediation_due:
        yield end_of(case.mediation_due), CLOCK_NAMES[ClockKind.MEDIATION], case.mediation_due


def end_of(day: date) -> datetime:
    """The last instant of *day* in the store's zone."""
    return datetime.combine(day, time.max, current_services().settings.store.zone)


def _when(shown: datetime | date, end: datetime, now: datetime) -> str:
    """An instant as a distance; of a day, which has no hour, its date unless it is today."""
    if isinstance(shown, datetime):
        return str(format_timedelta(end - now, add_direction=True))
    return _("today") if now.astimezone(end.tzinfo).date() == shown else str(format_date(shown, "medium"))
