"""Adding, changing and removing people."""

import pytest

from kiosk.config import Security
from kiosk.db import Database
from kiosk.desk.actors import ROLE_SCOPES, SYSTEM, Actor, Role
from kiosk.desk.audit import AuditTrail
from kiosk.desk.staff import StaffService
from kiosk.desk.staff.directory import new_badge_code
from kiosk.desk.staff.errors import BadgeTaken, LastOfRole, NameTaken, NoSuchUser
from kiosk.errors import Denied, Invalid
from tests.desk.staff.conftest import Hire

BADGE = "BADGE-7Q2M9XK4T1ZR"


def test_the_first_start_creates_one_technician_and_the_next_none(staff: StaffService, database: Database) -> None:
    pin = staff.first_technician(database)
    assert pin is not None
    assert staff.first_technician(database) is None
    with database.read() as session:
        (technician,) = staff.list_users(session)
    assert (technician.role, technician.must_change_pin) == (Role.TECHNICIAN, True)
    assert staff.log_in_pin(database, technician.id, pin).must_change_pin


def test_no_technician_is_created_where_there_are_people(staff: StaffService, database: Database, hire: Hire) -> None:
    hire("Li Na", Role.MANAGER)
    assert staff.first_technician(database) is None


def test_people_are_listed_by_name_without_secrets(staff: StaffService, database: Database, hire: Hire) -> None:
    for name in ("Wang", "li na", "Chen"):
        hire(name, badge=BADGE if name == "Chen" else None)
    with database.read() as session:
        people = staff.list_users(session)
    assert [(person.name, person.has_badge, person.has_pin) for person in people] == [
        ("Chen", True, True),
        ("li na", False, True),
        ("Wang", False, True),
    ]
    assert "argon2" not in repr(people)


def test_who_has_left_is_not_offered_for_log_in(staff: StaffService, database: Database, hire: Hire) -> None:
    li = hire("Li Na")
    hire("Wang")
    database.write(lambda session: staff.deactivate(session, SYSTEM, li.id))
    with database.read() as session:
        assert [person.name for person in staff.list_users(session, active_only=True)] == ["Wang"]
        assert [person.active for person in staff.list_users(session)] == [False, True]


@pytest.mark.parametrize("same", ["Li Na", "li na", "  LI  NA ", "Ｌｉ Ｎａ"])
def test_two_people_cannot_have_the_same_name(hire: Hire, same: str) -> None:
    hire("Li Na")
    with pytest.raises(NameTaken):
        hire(same)


@pytest.mark.parametrize("name", ["", "   ", "x" * 33, "a\x00b", "evil\u202egnp"])
def test_a_name_is_short_and_printable(hire: Hire, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        hire(name)
    assert [wrong.field for wrong in refused.value.fields] == ["name"]


def test_chinese_names_are_names(staff: StaffService, database: Database, hire: Hire) -> None:
    li = hire("李娜")
    with database.read() as session:
        assert staff.find_by_name(session, "李娜") == li


def test_nobody_is_added_without_a_way_in(hire: Hire) -> None:
    with pytest.raises(Invalid):
        hire("Li Na", pin=None)


def test_a_badge_belongs_to_one_person_until_it_is_revoked(staff: StaffService, database: Database, hire: Hire) -> None:
    li, wang = hire("Li Na", badge=BADGE), hire("Wang")
    with pytest.raises(BadgeTaken):
        database.write(lambda session: staff.set_badge(session, SYSTEM, wang.id, BADGE))
    with pytest.raises(BadgeTaken):
        hire("Chen", badge=BADGE)
    database.write(lambda session: staff.set_badge(session, SYSTEM, li.id, BADGE))
    database.write(lambda session: staff.set_badge(session, SYSTEM, li.id, None))
    database.write(lambda session: staff.set_badge(session, SYSTEM, wang.id, BADGE))
    assert staff.log_in_badge(database, BADGE).actor.id == wang.id


@pytest.mark.parametrize(
    "code", ["", "BADGE-1", "BADGE-000000000000", "BADGE-ABABABABABAB", "X" * 65, "BADGE-ÄÖ12345678XY", "BADGE-123\x00456789"]
)
def test_a_badge_that_could_be_guessed_or_not_be_printed_is_refused(hire: Hire, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        hire("Li Na", badge=code)
    assert [(wrong.field, wrong.value) for wrong in refused.value.fields] == [("badge", None)]


def test_badges_that_we_make_differ_and_are_accepted(hire: Hire) -> None:
    codes = {new_badge_code() for _ in range(5)}
    assert len(codes) == 5
    for number, code in enumerate(codes):
        assert hire(f"Person {number}", badge=code).has_badge


@pytest.mark.parametrize("role", [Role.MANAGER, Role.TECHNICIAN])
def test_the_last_manager_and_the_last_technician_stay(staff: StaffService, database: Database, hire: Hire, role: Role) -> None:
    first = hire("First", role)
    with pytest.raises(LastOfRole):
        database.write(lambda session: staff.deactivate(session, SYSTEM, first.id))
    with pytest.raises(LastOfRole):
        database.write(lambda session: staff.set_role(session, SYSTEM, first.id, Role.DESK))
    second = hire("Second", role)
    database.write(lambda session: staff.deactivate(session, SYSTEM, first.id))
    with pytest.raises(LastOfRole):
        database.write(lambda session: staff.deactivate(session, SYSTEM, second.id))


def test_anybody_else_may_leave_and_come_back(staff: StaffService, database: Database, hire: Hire, audit: AuditTrail) -> None:
    li = hire("Li Na", badge=BADGE)
    left = database.write(lambda session: staff.deactivate(session, SYSTEM, li.id))
    assert (left.active, left.has_badge) == (False, False)
    database.write(lambda session: staff.deactivate(session, SYSTEM, li.id))
    prepared = staff.prepare_pin("730164")
    back = database.write(lambda session: staff.reactivate(session, SYSTEM, li.id, prepared))
    assert back.active
    assert staff.log_in_pin(database, li.id, "730164").must_change_pin
    with database.read() as session:
        recorded = [entry.action for entry in audit.entries(session, subject=f"user:{li.id}")][::-1]
    assert recorded == ["staff.created", "staff.deactivated", "staff.reactivated", "staff.pin-reset", "staff.logged-in"]


def test_a_role_changes_what_a_session_may_do_at_once(staff: StaffService, database: Database, hire: Hire) -> None:
    li = hire("Li Na")
    logged_in = staff.log_in_pin(database, li.id, "482915")
    database.write(lambda session: staff.set_role(session, SYSTEM, li.id, Role.SUPERVISOR))
    with database.read() as session:
        actor = staff.actor_for_user(session, li.id, logged_in.epoch)
    assert actor is not None
    assert actor.scopes == ROLE_SCOPES[Role.SUPERVISOR]


def test_only_who_may_manage_staff_does(staff: StaffService, database: Database, hire: Hire) -> None:
    li = hire("Li Na")
    desk = Actor("user", 99, "Desk", ROLE_SCOPES[Role.DESK], Role.DESK)
    prepared = staff.prepare_pin("730164")
    for change in (
        lambda session: staff.create_user(session, desk, name="X", role=Role.DESK, pin=prepared),
        lambda session: staff.set_pin(session, desk, li.id, prepared),
        lambda session: staff.set_badge(session, desk, li.id, BADGE),
        lambda session: staff.set_role(session, desk, li.id, Role.MANAGER),
        lambda session: staff.deactivate(session, desk, li.id),
        lambda session: staff.reactivate(session, desk, li.id, prepared),
    ):
        with pytest.raises(Denied):
            database.write(change)


def test_unknown_people_are_said_to_be_unknown(staff: StaffService, database: Database) -> None:
    with database.read() as session:
        with pytest.raises(NoSuchUser):
            staff.get(session, 1)
        with pytest.raises(NoSuchUser, match="Nobody"):
            staff.find_by_name(session, "Nobody")


def test_made_up_pins_have_the_configured_length(staff: StaffService, security: Security) -> None:
    pins = {staff.random_pin() for _ in range(20)}
    assert len(pins) > 10
    assert {len(pin) for pin in pins} == {security.pin_min_length}
