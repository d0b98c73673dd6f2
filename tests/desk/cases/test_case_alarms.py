"""Reminders, the ladder, call-backs and statutory warnings: at their time, in opening hours, each once."""

from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec
from sqlalchemy import select

from kiosk.config_service import LadderStep
from kiosk.db import Database
from kiosk.desk.cases.models import Case
from kiosk.desk.cases.views import CaseChanges, CaseKind, CaseState, Severity
from kiosk.events import EventBus
from tests.desk.cases.case_world import CHEN, LI_HUA, LIU, CaseWorld, complaint, settings_with
from tests.fakes.clock import FakeClock


def test_a_case_that_nobody_touches_is_reminded_of_and_climbs_the_ladder(world: CaseWorld) -> None:
    # Tuesday 14:00; first answer due Wednesday 12:00, solution Saturday 16:00.
    case_id = world.open().id
    world.go_to(20, 18)

    assert world.told("case.reminder") == [
        ("Wed 11:00", "Case K2603100001: first answer due 2026-03-11 12:00:00+08:00"),
        ("Sat 15:00", "Case K2603100001: solution due 2026-03-14 16:00:00+08:00"),
    ]
    # The last step falls on closing time: it is for whoever comes in the morning.
    steps = [when for when, _what in world.told("case.escalated")]
    assert steps == ["Wed 12:30", "Wed 13:00", "Wed 14:00", "Sat 16:30", "Sat 17:00", "Sun 08:00"]
    assert [entry.detail["to"] for entry in world.history(case_id) if entry.action == "escalated"] == 2 * ["desk", "supervisor", "manager"]
    assert world.get(case_id).escalation == 6


def test_each_step_of_the_ladder_speaks_louder(desk: CaseWorld) -> None:
    desk.open()
    desk.go_to(12, 18)
    assert [alert.severity for alert in desk.alert_records() if alert.topic == "case.escalated"] == ["high", "critical", "critical"]


def test_an_acknowledgement_stops_the_ladder_where_it_stands(world: CaseWorld) -> None:
    case_id = world.open().id
    world.go_to(11, 12, 45)
    assert world.get(case_id).escalation == 1
    assert world.do("acknowledge", case_id).escalation == 0
    world.go_to(13, 18)
    assert len(world.told("case.escalated")) == 1


def test_a_case_acknowledged_in_good_time_and_then_forgotten_still_climbs(world: CaseWorld) -> None:
    case_id = world.open().id
    world.do("acknowledge", case_id)
    world.go_to(11, 13, 15)
    assert len(world.told("case.escalated")) == 2
    # Whoever acts on it has seen it: that is an acknowledgement, too.
    world.do("first_answer", case_id, "We are sorry.", actor=LIU)
    world.go_to(14, 15, 59)
    assert len(world.told("case.escalated")) == 2


def test_a_case_in_work_that_climbed_can_be_acknowledged(world: CaseWorld) -> None:
    case_id = world.brought_to(CaseState.IN_PROGRESS).id
    world.go_to(11, 12, 30)
    seen = world.do("acknowledge", case_id, actor=LIU)
    assert (seen.state, seen.escalation) == (CaseState.IN_PROGRESS, 0)


def test_nothing_is_given_outside_opening_hours(desk: CaseWorld) -> None:
    desk.clock.advance(timedelta(hours=3.5).total_seconds())  # 17:30
    desk.open("Somebody was hurt.")  # due in an hour: 08:30
    desk.go_to(12, 7, 59)
    assert [when for when, _what in desk.told("case.escalated")] == ["Wed 09:00", "Wed 09:30", "Wed 10:30"]
    times = [record.created_at.astimezone(desk.settings.store.zone) for record in desk.alert_records()]
    assert all(8 <= at.hour < 18 for at in times)


def test_what_came_due_while_the_station_was_off_is_given_once_at_the_next_opening(world: CaseWorld) -> None:
    case_id = world.open().id
    world.sleep_to(11, 22)
    world.restart()
    assert world.told("case.escalated") == []
    world.go_to(12, 9)
    # The reminder came too late for its time and is given all the same; of the ladder every step tells others.
    assert {when for when, _what in world.told("case.escalated") + world.told("case.reminder")} == {"Thu 08:00"}
    assert world.get(case_id).escalation == 3
    for _ in range(3):
        world.restart()
        world.agenda.run_due()
    assert world.get(case_id).escalation == 3
    assert len(world.told("case.escalated")) == 3


def test_two_stations_of_one_store_give_each_alarm_once(world: CaseWorld, tmp_path: Path) -> None:
    other = CaseWorld(world.db, world.clock, world.bus, tmp_path / "contact.keys", world.settings)
    case_id = world.open().id
    world.go_to(11, 12, 29)
    world.clock.advance(60)
    world.agenda.run_due()
    other.agenda.run_due()
    assert world.get(case_id).escalation == 1
    assert len(world.told("case.escalated")) == 1


def test_a_new_ladder_holds_for_the_cases_that_are_open_at_the_start(
    sqlite_database: Database, clock: FakeClock, bus: EventBus, tmp_path: Path
) -> None:
    desk = CaseWorld(sqlite_database, clock, bus, tmp_path / "contact.keys")
    desk.open()
    hasty = settings_with(remind_before_min=240, ladder=[LadderStep(5, "desk")])
    desk = CaseWorld(sqlite_database, clock, bus, tmp_path / "contact.keys", hasty)
    desk.go_to(11, 14)
    assert [when for when, _what in desk.told("case.reminder") + desk.told("case.escalated")] == ["Wed 08:00", "Wed 12:05"]


def test_every_open_case_is_reckoned_anew_after_a_start_however_many_there_are(desk: CaseWorld) -> None:
    desk.write(lambda session: [desk.cases.open(session, LIU, complaint(print_slip=False)) for _each in range(201)])
    later = msgspec.structs.replace(desk.settings.cases, remind_before_min=120)
    desk.settings = msgspec.structs.replace(desk.settings, cases=later)
    desk.restart()
    desk.agenda.run_due()
    reminders = {desk.local(at) for at in desk.read(lambda session: session.scalars(select(Case.alarm_at)).all()) if at}
    assert reminders == {"Wed 10:00"}
    desk.go_to(11, 10)
    desk.agenda.run_due()
    assert desk.told("case.reminder")


def test_a_desk_that_is_closed_for_good_is_reminded_by_the_clock_alone(
    sqlite_database: Database, clock: FakeClock, bus: EventBus, tmp_path: Path
) -> None:
    never = {day: [] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    settings = settings_with()
    settings = msgspec.structs.replace(settings, hours=msgspec.structs.replace(settings.hours, **never))
    desk = CaseWorld(sqlite_database, clock, bus, tmp_path / "contact.keys", settings)
    desk.open(written=True, statutory=True, call_back_at=clock.now() + timedelta(days=2))
    desk.go_to(30, 12)
    assert {"case.reminder", "case.escalated", "case.callback", "case.statutory"} <= {alert.topic for alert in desk.alert_records()}


def test_a_raised_severity_brings_its_reminders_forward(desk: CaseWorld) -> None:
    case_id = desk.open().id
    desk.go_to(11, 10)
    desk.do("set_severity", case_id, Severity.HIGH, "")  # four hours from Tuesday 14:00: it was due on Tuesday at 18:00
    desk.agenda.run_due()
    assert desk.get(case_id).overdue
    assert desk.get(case_id).escalation == 3


def test_a_case_that_waits_is_reminded_of_and_its_history_says_for_whom(world: CaseWorld) -> None:
    case_id = world.brought_to(CaseState.WAITING).id
    world.go_to(14, 15, 30)
    reminded = [entry for entry in world.history(case_id) if entry.action == "reminded"]
    assert [(entry.text, entry.detail["clock"]) for entry in reminded] == [("the supplier", "first-answer"), ("the supplier", "solution")]
    assert "It is waiting" in world.alert_text()
    assert "supplier" not in world.alert_text()


def test_an_enquiry_is_a_call_back_with_an_owner_and_a_time(world: CaseWorld) -> None:
    at = datetime(2026, 3, 11, 10, 15, tzinfo=world.settings.store.zone)
    case = world.opened("When do the mooncakes come?", kind=CaseKind.ENQUIRY, call_back_at=at, owner_id=LIU.id, contact=LI_HUA)
    assert (case.owner, case.call_back_at) == ("Liu", at)
    world.go_to(11, 10, 20)
    assert world.told("case.callback") == [("Wed 10:15", "Case K2603100001: call-back due 2026-03-11 10:15:00+08:00")]
    assert world.read(world.cases.counts).call_backs == 1

    later = at + timedelta(hours=5)
    world.change(case.id, call_back_at=later)
    world.go_to(11, 15, 16)
    assert [when for when, _what in world.told("case.callback")] == ["Wed 10:15", "Wed 15:15"]
    world.change(case.id, call_back_at=None)
    assert world.get(case.id).call_back_at is None
    assert not [what for _when, what in world.told("case.escalated") if "call-back" in what]


def test_a_call_back_that_is_missed_climbs_the_ladder(desk: CaseWorld) -> None:
    case_id = desk.brought_to(CaseState.RESOLVED, contact=LI_HUA).id
    desk.go_to(11, 12, 31)
    assert [when for when, _what in desk.told("case.callback")] == ["Wed 12:00"]
    assert desk.get(case_id).escalation == 1


def statutory_world(database: Database, clock: FakeClock, bus: EventBus, folder: Path) -> CaseWorld:
    """12315 with a public holiday on Monday 16th and work on Saturday 14th instead."""
    settings = settings_with(ladder=[])
    hours = msgspec.structs.replace(settings.hours, public_holidays=["2026-03-16"], makeup_workdays=["2026-03-14"])
    return CaseWorld(database, clock, bus, folder / "contact.keys", msgspec.structs.replace(settings, hours=hours))


def test_a_12315_case_is_warned_of_before_its_seven_working_days_run_out(
    sqlite_database: Database, clock: FakeClock, bus: EventBus, tmp_path: Path
) -> None:
    desk = statutory_world(sqlite_database, clock, bus, tmp_path)
    case = desk.opened(statutory=True)
    # From Tuesday 10th: 11, 12, 13, 14 (made up), 17, 18, 19; the 15th is a Sunday, the 16th free.
    assert case.accept_due == date(2026, 3, 19)
    assert case.mediation_due is None
    desk.go_to(21, 12)
    assert desk.told("case.statutory") == [
        ("Tue 08:00", "Case K2603100001: 12315: accept or refuse due 2026-03-19"),
        ("Wed 08:00", "Case K2603100001: 12315: accept or refuse due 2026-03-19"),
        ("Thu 08:00", "Case K2603100001: 12315: accept or refuse due 2026-03-19"),
        ("Fri 08:00", "Case K2603100001: 12315: accept or refuse has run out, 2026-03-19"),
    ]


def test_mediation_begins_when_the_case_is_accepted(sqlite_database: Database, clock: FakeClock, bus: EventBus, tmp_path: Path) -> None:
    desk = statutory_world(sqlite_database, clock, bus, tmp_path)
    case_id = desk.open(statutory=True).id
    desk.go_to(12, 10)
    accepted = desk.do("acknowledge", case_id, actor=CHEN)
    assert accepted.mediation_due == date(2026, 4, 26)
    desk.go_to(31, 18)
    assert desk.told("case.statutory") == []
    desk.clock.advance(timedelta(days=30).total_seconds())
    desk.agenda.run_due()  # 18:00: closed
    desk.clock.advance(timedelta(hours=14).total_seconds())
    desk.agenda.run_due()
    # Off for a month: of the warnings that it slept through, the last one says it all.
    assert [what for _when, what in desk.told("case.statutory")] == ["Case K2603100001: 12315: mediation has run out, 2026-04-26"]


def test_a_case_marked_12315_later_has_its_term_from_then_on(desk: CaseWorld) -> None:
    case_id = desk.brought_to(CaseState.IN_PROGRESS).id
    desk.sleep_to(13, 9)
    marked = desk.change(case_id, statutory=True)
    assert marked.accept_due == date(2026, 3, 24)
    assert marked.mediation_due == date(2026, 4, 27)
    assert desk.do("update", case_id, CaseChanges(statutory=False), actor=CHEN).accept_due is None


def test_a_written_complaint_is_reminded_of_until_its_letter_is_sent(world: CaseWorld) -> None:
    case = world.brought_to(CaseState.RESOLVED, written=True)
    assert case.reply_due == date(2026, 3, 17)
    world.go_to(17, 9)
    assert [(when, what) for when, what in world.told("case.reminder") if "written reply" in what] == [
        ("Mon 08:00", "Case K2603100001: written reply due 2026-03-17"),
        ("Tue 08:00", "Case K2603100001: written reply due 2026-03-17"),
    ]
    world.do("write_reply", case.id, "We are sorry.")
    world.do("mark_reply_sent", case.id, "by post")
    world.go_to(20, 9)
    assert world.told("case.escalated") == []
    assert not world.get(case.id).overdue


def test_closed_cases_are_left_in_peace(desk: CaseWorld) -> None:
    desk.brought_to(CaseState.CLOSED)
    before = desk.alert_records()
    assert desk.read(desk.cases.next_alarm) is None
    desk.go_to(31, 18)
    assert len(desk.alert_records()) == len(before)
