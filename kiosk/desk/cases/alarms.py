"""Gives the reminders, statutory warnings and steps of the escalation ladder that are due; called by the agenda."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk.db.upsert import insert_if_missing
from kiosk.desk.actors import SYSTEM
from kiosk.desk.alerts import Alert
from kiosk.desk.cases import terms
from kiosk.desk.cases.context import Context, subject
from kiosk.desk.cases.models import Case, CaseAlarm
from kiosk.desk.cases.terms import Act, Alarm, ClockKind
from kiosk.desk.cases.views import OPEN_STATES, CaseState, Severity
from kiosk.desk.cases.words import AUDIENCES, CLOCK_NAMES, SEVERITY_NAMES
from kiosk.i18n import Message, msg

# Cases in one write unit, which takes milliseconds for each: shoppers press meanwhile. Its own event wakes the agenda again.
_AT_ONCE = 5
# Open cases that are reckoned anew in one write unit after a start: a fraction of a millisecond for each.
_RECKONED_AT_ONCE = 200

_TOPICS = {Act.REMIND: "case.reminder", Act.CLIMB: "case.escalated", Act.WARN: "case.statutory"}


class Alarms:
    """The appointments of all cases."""

    def __init__(self, context: Context) -> None:
        self._context = context
        # The newest of the open cases that this process has reckoned by its own configuration; None: it has done all.
        self._reckoned_to: int | None = 0

    def next_due(self, session: Session) -> datetime | None:
        """When `run` has something to do; None when no case waits for anything."""
        if self._reckoned_to is not None:
            return self._context.now()
        return session.scalar(select(func.min(Case.alarm_at)))

    def run(self, session: Session) -> None:
        """Give what is due, each once; nothing outside opening hours. A write unit."""
        context, now = self._context, self._context.now()
        if self._reckoned_to is not None:
            self._reckoned_to = self._reckon(session, self._reckoned_to, now)
        due = select(Case).where(Case.alarm_at <= now).order_by(Case.alarm_at, Case.id).limit(_AT_ONCE)
        for case in session.scalars(due.with_for_update().execution_options(populate_existing=True)).all():
            if context.hours.is_open(now) or context.hours.next_open(now) is None:
                self._give(session, case, now)
            terms.refresh(context.settings, context.hours, session, case, now)
        session.flush()

    def _reckon(self, session: Session, after: int, now: datetime) -> int | None:
        """Reckon the open cases behind the case *after*: ladder and hours are configuration, and may have changed."""
        some = select(Case).where(Case.state.in_(OPEN_STATES), Case.id > after).order_by(Case.id).limit(_RECKONED_AT_ONCE)
        cases = session.scalars(some.with_for_update().execution_options(populate_existing=True)).all()
        for case in cases:
            terms.refresh(self._context.settings, self._context.hours, session, case, now)
        session.flush()
        return cases[-1].id if len(cases) == _RECKONED_AT_ONCE else None

    def _give(self, session: Session, case: Case, now: datetime) -> None:
        context = self._context
        given = terms.given_alarms(session, case.id)
        due = [alarm for alarm in terms.alarms(context.settings, context.hours, case) if alarm.at <= now and alarm.key not in given]
        # After a long sleep one reminder of a clock says it all; of the ladder every step is climbed, each tells others.
        newest = {alarm.clock.kind: alarm for alarm in due if alarm.act is not Act.CLIMB}
        for alarm in due:
            if not insert_if_missing(session, CaseAlarm, case_id=case.id, key=alarm.key, at=now):
                continue
            if alarm.act is Act.CLIMB:
                case.escalation += 1
            elif newest[alarm.clock.kind] is not alarm:
                continue
            self._tell(session, case, alarm)
        if due:
            context.tell(session, case)

    def _tell(self, session: Session, case: Case, alarm: Alarm) -> None:
        context = self._context
        name = Message(CLOCK_NAMES[alarm.clock.kind])
        # A chat of others' keeps what it is told: no name, no text of a shopper, and of whom it waits for that it does.
        lines = [
            msg("Severity: %(severity)s", severity=Message(SEVERITY_NAMES[case.severity])),
            msg("For: %(whom)s", whom=Message(AUDIENCES[self._audience(case, alarm)])),
        ]
        if case.department:
            lines.append(msg("Department: %(department)s", department=case.department))
        if case.state is CaseState.WAITING:
            lines.append(msg("It is waiting; the case says for whom."))
        action = {Act.REMIND: "reminded", Act.CLIMB: "escalated", Act.WARN: "warned"}[alarm.act]
        detail: dict[str, object] = {"clock": alarm.clock.kind.value, "due": (alarm.clock.day or alarm.clock.due).isoformat()}
        if alarm.act is Act.CLIMB:
            detail |= {"step": alarm.step + 1, "to": self._audience(case, alarm)}
        waits = case.waiting_for if case.state is CaseState.WAITING else ""
        context.note_step(session, SYSTEM, case, action, waits, detail)
        context.audit.append(session, SYSTEM, f"case.{action}", subject(case.id), detail)
        context.alerts.raise_alert(
            session,
            Alert(
                topic="case.callback" if alarm.clock.kind is ClockKind.CALL_BACK and alarm.act is Act.REMIND else _TOPICS[alarm.act],
                severity=self._severity(case, alarm).value,
                title=self._title(case, alarm, name),
                key=f"case:{case.id}:{alarm.key}",
                lines=lines,
                path=f"/desk/cases/{case.id}",
            ),
        )

    def _audience(self, case: Case, alarm: Alarm) -> str:
        if alarm.act is Act.WARN:
            return "manager"
        to = self._context.settings.cases.ladder[alarm.step].to if alarm.act is Act.CLIMB else "owner"
        return "desk" if to == "owner" and case.owner_id is None else to

    def _severity(self, case: Case, alarm: Alarm) -> Severity:
        if alarm.act is Act.CLIMB:
            return case.severity.raised(alarm.step + 1)
        if alarm.act is Act.WARN:
            return Severity.CRITICAL if alarm.over else Severity.HIGH
        return case.severity

    def _title(self, case: Case, alarm: Alarm, name: Message) -> Message:
        due: object = alarm.clock.day or self._context.local(alarm.clock.due)
        if alarm.over:
            return msg("Case %(number)s: %(clock)s has run out, %(due)s", number=case.number, clock=name, due=due)
        if alarm.act is Act.CLIMB:
            return msg(
                "Case %(number)s: %(clock)s is overdue since %(due)s, and nobody has acknowledged it",
                number=case.number,
                clock=name,
                due=due,
            )
        return msg("Case %(number)s: %(clock)s due %(due)s", number=case.number, clock=name, due=due)
