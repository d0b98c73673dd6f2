"""Cases in a station as it is built: the store's urgent words judge them, the agenda keeps their appointments."""

from pathlib import Path

import msgspec
import sqlalchemy as sa

from kiosk.config import Settings, Station
from kiosk.db import Database
from kiosk.desk.actors import SYSTEM
from kiosk.desk.cases.models import Case
from kiosk.desk.cases.views import Severity
from kiosk.events import EventBus
from kiosk.wiring import build_services
from tests.desk.cases.case_world import LI_HUA, CaseWorld, complaint
from tests.fakes.clock import FakeClock


def test_the_words_of_the_feedback_kiosk_judge_cases_and_the_agenda_climbs_their_ladder(
    sqlite_database: Database, clock: FakeClock, bus: EventBus, tmp_path: Path
) -> None:
    settings = msgspec.structs.replace(Settings(), station=Station(state_dir=str(tmp_path)))
    services = build_services(settings, [], db=sqlite_database, bus=bus, clock=clock)
    sqlite_database.write(lambda session: services.feedback.set_words(session, SYSTEM, ["splinters"]))
    receipt = sqlite_database.write(lambda session: services.cases.open(session, SYSTEM, complaint("Splinters in the bread.")))

    with sqlite_database.read() as session:
        case = services.cases.get(session, receipt.id)
    assert (case.severity, case.severity_reason) == (Severity.CRITICAL, "splinters")
    clock.advance(3600 + 1800)  # due in an hour; half an hour later its owner is told, or the desk
    services.agenda.run_due()
    with sqlite_database.read() as session:
        assert services.cases.get(session, receipt.id).escalation == 1


def test_a_persons_data_is_exported_and_deleted_by_their_phone_number(
    sqlite_database: Database, clock: FakeClock, bus: EventBus, tmp_path: Path
) -> None:
    settings = msgspec.structs.replace(Settings(), station=Station(state_dir=str(tmp_path)))
    services = build_services(settings, [], db=sqlite_database, bus=bus, clock=clock)
    people, phone = services.privacy.persons, LI_HUA.phone
    new = complaint("The milk was sour, says Li Hua.", contact=LI_HUA)
    receipt = sqlite_database.write(lambda session: services.cases.open(session, SYSTEM, new))

    told = sqlite_database.write(lambda session: people.export(session, SYSTEM, phone))
    assert "says Li Hua" in str(msgspec.to_builtins(told))
    sqlite_database.write(lambda session: people.delete(session, SYSTEM, phone, again=phone, reason="she asked for it"))
    with sqlite_database.read() as session:
        case = services.cases.get(session, receipt.id)
    assert (case.content, case.contact) == ("", None)


def test_what_the_agenda_and_the_lists_ask_is_answered_by_an_index(desk: CaseWorld) -> None:
    now = desk.clock.now()
    asked = {
        "alarm_at": sa.select(sa.func.min(Case.alarm_at)),
        "alarm_at ": sa.select(Case.id).where(Case.alarm_at <= now).order_by(Case.alarm_at, Case.id).limit(5),
        "due_at": sa.select(sa.func.count()).where(Case.due_at < now),
        "code": sa.select(Case.id).where(Case.code == 712345678903),
        "number": sa.select(Case.id).where(Case.number == "K2603100001"),
        "owner_id": sa.select(Case.id).where(Case.owner_id == 1).order_by(Case.id.desc()).limit(50),
        "department": sa.select(Case.id).where(Case.department == "x").order_by(Case.id.desc()).limit(50),
        "severity": sa.select(Case.id).where(Case.severity == Severity.HIGH).order_by(Case.id.desc()).limit(50),
        "closed_at": sa.select(Case.id).where(Case.closed_at < now),
    }
    for column, query in asked.items():
        compiled = str(query.compile(desk.db.engine, compile_kwargs={"literal_binds": True}))
        plan = desk.read(lambda session, text=compiled: session.execute(sa.text(f"EXPLAIN QUERY PLAN {text}")).all())
        steps = " ".join(str(step[-1]) for step in plan)
        assert "INDEX" in steps, (column, steps)
        assert "TEMP B-TREE" not in steps, (column, steps)
