"""When what is due for a case: first answer, solution, call-back, written reply, and the statutory terms.

All of it in opening hours, or in days of the calendar; none of it depends on who works at the desk. While a case waits
the clock of its solution runs on: the shopper waits just as long whoever the desk waits for, and a case that could be
parked would be. Reminders then say that it waits, and its history says for whom.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.config import Settings
from kiosk.desk.cases.models import Case, CaseAlarm
from kiosk.desk.cases.views import AT_WORK, CaseState
from kiosk.desk.hours import BusinessHours


class ClockKind(StrEnum):
    """What a clock of a case measures."""

    FIRST_ANSWER = "first-answer"
    SOLUTION = "solution"
    CALL_BACK = "call-back"
    REPLY = "reply"
    ACCEPT = "accept"  # 12315: accept the complaint, or refuse it
    MEDIATION = "mediation"  # 12315


STATUTORY = frozenset({ClockKind.ACCEPT, ClockKind.MEDIATION})
# Working days before the end of a term in days at which it is warned of; 0 is its last day.
WARNINGS: dict[ClockKind, tuple[int, ...]] = {
    ClockKind.REPLY: (1, 0),
    ClockKind.ACCEPT: (2, 1, 0),
    ClockKind.MEDIATION: (10, 3, 1, 0),
}


@dataclass(frozen=True, slots=True)
class Running:
    """A clock that runs. *day* is the last day of a term in days, None of one in hours."""

    kind: ClockKind
    due: datetime
    day: date | None = None

    @property
    def name(self) -> str:
        """Names this clock with its due time: a term that was moved is reminded of again."""
        return f"{self.kind}:{self.day.isoformat() if self.day else self.due.strftime('%Y%m%dT%H%M%S')}"


class Act(StrEnum):
    """What an alarm does."""

    REMIND = "remind"
    CLIMB = "climb"  # a step of the escalation ladder
    WARN = "warn"  # of a statutory term


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that happens at a time, once: *key* is its name. *step* is the place on the ladder, from 0."""

    at: datetime
    key: str
    act: Act
    clock: Running
    step: int = 0
    over: bool = False  # a warning that the term has run out


def running(hours: BusinessHours, case: Case) -> Iterator[Running]:
    """The clocks of *case* that run now."""
    if case.state is CaseState.CLOSED:
        return
    at_work = case.state in AT_WORK
    if at_work and case.first_answer_due and not case.first_answered_at:
        yield Running(ClockKind.FIRST_ANSWER, case.first_answer_due)
    if at_work and case.solution_due:
        yield Running(ClockKind.SOLUTION, case.solution_due)
    if case.call_back_at:
        yield Running(ClockKind.CALL_BACK, case.call_back_at)
    if case.reply_due and not case.reply_sent_at:
        yield Running(ClockKind.REPLY, _end_of(hours, case.reply_due), case.reply_due)
    if case.statutory and case.accept_due and not case.accepted_on:
        yield Running(ClockKind.ACCEPT, _end_of(hours, case.accept_due), case.accept_due)
    if case.statutory and at_work and case.mediation_due:
        yield Running(ClockKind.MEDIATION, _end_of(hours, case.mediation_due), case.mediation_due)


def alarms(settings: Settings, hours: BusinessHours, case: Case) -> list[Alarm]:
    """Every alarm of *case*, given or not, in the order of time and moved into opening hours."""
    found: list[Alarm] = []
    for clock in running(hours, case):
        found += _reminders(settings, hours, case, clock)
        if clock.kind in STATUTORY:
            found.append(Alarm(clock.due, f"{clock.name}:over", Act.WARN, clock, over=True))
        elif case.acknowledged_at is None or case.acknowledged_at < clock.due:
            # An acknowledgement after the term has run out stops the ladder; one before it knew of no delay.
            found += [
                Alarm(hours.add(clock.due, timedelta(minutes=step.after_min)), f"{clock.name}:step{index}", Act.CLIMB, clock, index)
                for index, step in enumerate(settings.cases.ladder)
            ]
    moved = [Alarm(hours.next_open(a.at) or a.at, a.key, a.act, a.clock, a.step, a.over) for a in found]
    return sorted(moved, key=lambda alarm: (alarm.at, alarm.clock.kind, alarm.step))


def set_due_times(settings: Settings, hours: BusinessHours, case: Case) -> None:
    """Reckon the due times that the severity decides, from the intake or from when the case was opened again; a clock that
    was stopped stays as it is."""
    cases = settings.cases
    if case.first_answered_at is None:
        case.first_answer_due = hours.add(case.solution_from, _hours(cases.first_answer_h[case.severity.value]))
    if case.resolved_at is None:
        case.solution_due = hours.add(case.solution_from, _hours(cases.solution_h[case.severity.value]))


def refresh(settings: Settings, hours: BusinessHours, session: Session, case: Case, now: datetime) -> None:
    """Reckon what lists and agenda look for: the earliest term that runs, and the next alarm that was not given yet."""
    case.due_at = min((clock.due for clock in running(hours, case)), default=None)
    given = given_alarms(session, case.id)
    pending = [alarm.at for alarm in alarms(settings, hours, case) if alarm.key not in given]
    case.alarm_at = min(pending, default=None)
    if case.alarm_at is not None and case.alarm_at < now:
        case.alarm_at = hours.next_open(now) or now


def given_alarms(session: Session, case_id: int) -> set[str]:
    """The keys of the alarms that were given."""
    return set(session.scalars(select(CaseAlarm.key).where(CaseAlarm.case_id == case_id)))


def _reminders(settings: Settings, hours: BusinessHours, case: Case, clock: Running) -> Iterator[Alarm]:
    if clock.day is not None:
        act = Act.WARN if clock.kind in STATUTORY else Act.REMIND
        for days in WARNINGS[clock.kind]:
            at = hours.day_begins(hours.subtract_working_days(clock.day, days))
            # What a term so short would say at its very beginning, the case's own opening has said.
            if at > case.opened_at or days == 0:
                yield Alarm(at, f"{clock.name}:{days}", act, clock)
    elif clock.kind is ClockKind.CALL_BACK:
        yield Alarm(clock.due, f"{clock.name}:remind", Act.REMIND, clock)
    else:
        at = hours.subtract(clock.due, timedelta(minutes=settings.cases.remind_before_min))
        if at > case.solution_from:
            yield Alarm(at, f"{clock.name}:remind", Act.REMIND, clock)


def _end_of(hours: BusinessHours, day: date) -> datetime:
    return hours.day_begins(day + timedelta(days=1))


def _hours(count: float) -> timedelta:
    return timedelta(hours=count)
