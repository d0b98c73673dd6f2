"""Logging in by PIN and by badge, being locked out, and a second person's approval."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from kiosk.config import Security
from kiosk.db import Database
from kiosk.desk.actors import ROLE_SCOPES, SYSTEM, Role
from kiosk.desk.audit import AuditTrail
from kiosk.desk.staff import LoggedIn, StaffService
from kiosk.desk.staff.errors import LockedOut, SecondPersonNeeded, UnknownBadge, WeakPin, WrongPin
from kiosk.desk.staff.models import StaffUser
from kiosk.desk.staff.pins import PinHasher
from kiosk.errors import Denied, Invalid, Refusal, Unauthenticated
from tests.desk.staff.conftest import CHEAP, Hire
from tests.fakes.clock import FakeClock

PIN, WRONG = "482915", "195284"
BADGE = "BADGE-7Q2M9XK4T1ZR"


def fail(staff: StaffService, database: Database, user_id: int, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises((WrongPin, LockedOut)):
            staff.log_in_pin(database, user_id, WRONG)


def actions(audit: AuditTrail, database: Database) -> list[str]:
    with database.read() as session:
        return [entry.action for entry in audit.entries(session)][::-1]


def test_the_right_pin_logs_a_person_in_with_the_scopes_of_their_role(staff: StaffService, database: Database, hire: Hire) -> None:
    li = hire("Li Na", Role.SUPERVISOR)
    logged_in = staff.log_in_pin(database, li.id, PIN)
    assert logged_in.actor.label == f"user:{li.id}"
    assert logged_in.actor.name == "Li Na"
    assert logged_in.actor.scopes == ROLE_SCOPES[Role.SUPERVISOR]
    assert not logged_in.must_change_pin
    with database.read() as session:
        assert staff.actor_for_user(session, li.id, logged_in.epoch) == logged_in.actor


def test_logging_in_is_on_record(staff: StaffService, database: Database, hire: Hire, audit: AuditTrail, clock: FakeClock) -> None:
    li = hire("Li Na")
    fail(staff, database, li.id)
    logged_in = staff.log_in_pin(database, li.id, PIN)
    database.write(lambda session: staff.log_out(session, logged_in.actor))
    assert actions(audit, database) == ["staff.created", "staff.wrong-pin", "staff.logged-in", "staff.logged-out"]
    with database.read() as session:
        assert staff.get(session, li.id).last_log_in_at == clock.now()
        assert PIN not in repr(audit.entries(session))
        assert WRONG not in repr(audit.entries(session))


@pytest.mark.parametrize("pin", [WRONG, "", "4829150", "4" * 1_000_000, "４８２９１５", "\x00"])
def test_any_other_pin_is_wrong(staff: StaffService, database: Database, hire: Hire, pin: str) -> None:
    li = hire("Li Na")
    with pytest.raises(WrongPin) as refused:
        staff.log_in_pin(database, li.id, pin)
    assert not pin or pin not in str(refused.value.detail)


def test_unknown_left_and_badge_only_people_get_the_same_answer(staff: StaffService, database: Database, hire: Hire) -> None:
    known = hire("Known")
    left = hire("Left")
    badge_only = hire("Badge", pin=None, badge=BADGE)
    database.write(lambda session: staff.deactivate(session, SYSTEM, left.id))
    answers = set()
    for user_id, pin in [(known.id, WRONG), (left.id, PIN), (badge_only.id, PIN), (9999, PIN)]:
        with pytest.raises(WrongPin) as refused:
            staff.log_in_pin(database, user_id, pin)
        answers.add((str(refused.value.detail), str(refused.value.remedy)))
    assert len(answers) == 1


class CountingHasher(PinHasher):
    """Counts the hashes that were compared: each costs the same time."""

    compared = 0

    def _matches(self, pin_hash: str, pin: str) -> bool:
        self.compared += 1
        return super()._matches(pin_hash, pin)


def test_an_unknown_person_costs_as_much_time_as_a_known_one(
    security: Security, database: Database, clock: FakeClock, audit: AuditTrail, hire: Hire
) -> None:
    hasher = CountingHasher(passes=1, memory_kib=8, lanes=1)
    staff = StaffService(security, clock, audit, hasher)
    li = hire("Li Na")
    for user_id in (li.id, 9999):
        with pytest.raises(WrongPin):
            staff.log_in_pin(database, user_id, WRONG)
    assert hasher.compared == 2


def test_after_some_wrong_pins_even_the_right_one_has_to_wait(
    staff: StaffService, database: Database, hire: Hire, clock: FakeClock
) -> None:
    li = hire("Li Na")
    fail(staff, database, li.id, 2)
    with pytest.raises(LockedOut) as refused:
        staff.log_in_pin(database, li.id, WRONG)
    assert refused.value.retry_after_s == 30
    clock.advance(29)
    with pytest.raises(LockedOut) as refused:
        staff.log_in_pin(database, li.id, PIN)
    assert refused.value.retry_after_s == 1
    assert refused.value.extra == {"retry_after_s": 1}
    clock.advance(1)
    staff.log_in_pin(database, li.id, PIN)


def test_each_further_wrong_pin_doubles_the_wait_up_to_the_longest(
    staff: StaffService, database: Database, hire: Hire, clock: FakeClock
) -> None:
    li = hire("Li Na")
    fail(staff, database, li.id, 2)
    waits = []
    for _ in range(6):
        with pytest.raises(LockedOut) as refused:
            staff.log_in_pin(database, li.id, WRONG)
        waits.append(refused.value.retry_after_s)
        clock.advance(refused.value.retry_after_s)
    assert waits == [30, 60, 120, 240, 300, 300]


def test_tries_during_the_wait_do_not_prolong_it(staff: StaffService, database: Database, hire: Hire, clock: FakeClock) -> None:
    li = hire("Li Na")
    fail(staff, database, li.id, 10)
    clock.advance(30)
    staff.log_in_pin(database, li.id, PIN)


def test_the_right_pin_forgets_the_wrong_ones(staff: StaffService, database: Database, hire: Hire) -> None:
    li = hire("Li Na")
    for _ in range(3):
        fail(staff, database, li.id, 2)
        staff.log_in_pin(database, li.id, PIN)


def test_a_lock_out_survives_a_restart(
    security: Security, staff: StaffService, database_url: str, database: Database, hire: Hire, clock: FakeClock, audit: AuditTrail
) -> None:
    li = hire("Li Na")
    fail(staff, database, li.id, 3)
    database.close()
    again = Database(database_url, clock=clock)
    try:
        with pytest.raises(LockedOut):
            StaffService(security, clock, audit, CHEAP).log_in_pin(again, li.id, PIN)
    finally:
        again.close()


def test_one_persons_lock_out_is_nobody_elses(staff: StaffService, database: Database, hire: Hire) -> None:
    li, wang = hire("Li Na"), hire("Wang")
    fail(staff, database, li.id, 3)
    staff.log_in_pin(database, wang.id, PIN)


def test_guesses_at_the_same_moment_do_not_get_past_the_count(
    staff: StaffService, database: Database, hire: Hire, audit: AuditTrail
) -> None:
    li = hire("Li Na")

    def guess(_number: int) -> type[Refusal]:
        with pytest.raises(Refusal) as refused:
            staff.log_in_pin(database, li.id, WRONG)
        return refused.type

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(guess, range(16)))
    assert outcomes.count(WrongPin) == 2
    assert outcomes.count(LockedOut) == 14
    assert actions(audit, database).count("staff.wrong-pin") == 3


def test_a_clock_set_back_neither_locks_for_ever_nor_opens_at_once(
    staff: StaffService, database: Database, hire: Hire, clock: FakeClock
) -> None:
    li = hire("Li Na")
    fail(staff, database, li.id, 3)
    clock.jump(-400 * 86400)
    with pytest.raises(LockedOut) as refused:
        staff.log_in_pin(database, li.id, PIN)
    assert refused.value.retry_after_s == 30
    clock.advance(30)
    staff.log_in_pin(database, li.id, PIN)


def test_unknown_people_are_throttled_together(staff: StaffService, database: Database, hire: Hire) -> None:
    li = hire("Li Na")
    for number in (7001, 7002, 7003):
        fail(staff, database, number)
    with pytest.raises(LockedOut):
        staff.log_in_pin(database, 7004, PIN)
    staff.log_in_pin(database, li.id, PIN)


def test_a_badge_logs_its_owner_in(staff: StaffService, database: Database, hire: Hire) -> None:
    li = hire("Li Na", pin=None, badge=BADGE)
    logged_in = staff.log_in_badge(database, f" {BADGE}\n")
    assert logged_in.actor.id == li.id
    assert logged_in.actor.scopes == ROLE_SCOPES[Role.DESK]


def test_the_database_holds_no_badge_code_and_no_pin(staff: StaffService, database: Database, hire: Hire) -> None:
    li = hire("Li Na", badge=BADGE)
    with database.read() as session:
        user = session.get(StaffUser, li.id)
        assert user is not None
        stored = f"{user.badge_hash} {user.pin_hash}"
    assert BADGE not in stored
    assert "7Q2M9XK4T1ZR" not in stored
    assert PIN not in stored
    assert "$argon2id$" in stored


def test_unknown_badges_lock_badges_out_but_not_pins(staff: StaffService, database: Database, hire: Hire, clock: FakeClock) -> None:
    li = hire("Li Na", badge=BADGE)
    for number in range(2):
        with pytest.raises(UnknownBadge):
            staff.log_in_badge(database, f"BADGE-000000000{number:03}")
    with pytest.raises(LockedOut):
        staff.log_in_badge(database, "BADGE-ANOTHER12345")
    with pytest.raises(LockedOut):
        staff.log_in_badge(database, BADGE)
    staff.log_in_pin(database, li.id, PIN)
    clock.advance(30)
    staff.log_in_badge(database, BADGE)


def test_unknown_badges_of_an_hour_ago_do_not_count(staff: StaffService, database: Database, clock: FakeClock) -> None:
    for _ in range(6):
        with pytest.raises(UnknownBadge):
            staff.log_in_badge(database, "BADGE-ANOTHER12345")
        clock.advance(3601)


def test_a_revoked_badge_and_a_leavers_badge_open_nothing(staff: StaffService, database: Database, hire: Hire) -> None:
    li, wang = hire("Li Na", badge=BADGE), hire("Wang", badge="BADGE-MMMM1111AB2C")
    database.write(lambda session: staff.set_badge(session, SYSTEM, li.id, None))
    database.write(lambda session: staff.deactivate(session, SYSTEM, wang.id))
    for code in (BADGE, "BADGE-MMMM1111AB2C"):
        with pytest.raises(Unauthenticated):
            staff.log_in_badge(database, code)


def test_a_one_time_pin_allows_nothing_but_choosing_another(staff: StaffService, database: Database, hire: Hire) -> None:
    li = hire("Li Na", Role.MANAGER, one_time=True)
    first = staff.log_in_pin(database, li.id, PIN)
    assert first.must_change_pin
    assert first.actor.scopes == frozenset()
    changed = staff.change_own_pin(database, li.id, PIN, "730164")
    assert not changed.must_change_pin
    assert changed.actor.scopes == ROLE_SCOPES[Role.MANAGER]
    with database.read() as session:
        assert staff.actor_for_user(session, li.id, first.epoch) is None
        assert staff.actor_for_user(session, li.id, changed.epoch) == changed.actor
    with pytest.raises(WrongPin):
        staff.log_in_pin(database, li.id, PIN)
    assert not staff.log_in_pin(database, li.id, "730164").must_change_pin


def test_a_new_pin_must_differ_and_be_strong(staff: StaffService, database: Database, hire: Hire) -> None:
    li = hire("Li Na")
    with pytest.raises(Invalid) as refused:
        staff.change_own_pin(database, li.id, PIN, PIN)
    assert [wrong.field for wrong in refused.value.fields] == ["new_pin"]
    with pytest.raises(WeakPin) as weak:
        staff.change_own_pin(database, li.id, PIN, "123456")
    assert [(wrong.field, wrong.value) for wrong in weak.value.fields] == [("new_pin", None)]


def test_guessing_the_old_pin_is_throttled_like_a_log_in(staff: StaffService, database: Database, hire: Hire) -> None:
    li = hire("Li Na")
    for expected in (WrongPin, WrongPin, LockedOut, LockedOut):
        with pytest.raises(expected):
            staff.change_own_pin(database, li.id, WRONG, "730164")
    with pytest.raises(LockedOut):
        staff.log_in_pin(database, li.id, PIN)


@pytest.mark.parametrize("change", ["set_pin", "deactivate", "set_badge"])
def test_old_sessions_die_when_access_changes(staff: StaffService, database: Database, hire: Hire, change: str) -> None:
    li = hire("Li Na")
    before = staff.log_in_pin(database, li.id, PIN)
    prepared = staff.prepare_pin("730164")
    extra = {"set_pin": (prepared,), "deactivate": (), "set_badge": (BADGE,)}[change]
    database.write(lambda session: getattr(staff, change)(session, SYSTEM, li.id, *extra))
    with database.read() as session:
        assert staff.actor_for_user(session, li.id, before.epoch) is None


def test_a_reset_ends_a_lock_out(staff: StaffService, database: Database, hire: Hire) -> None:
    li = hire("Li Na")
    fail(staff, database, li.id, 5)
    prepared = staff.prepare_pin("730164")
    database.write(lambda session: staff.set_pin(session, SYSTEM, li.id, prepared))
    assert staff.log_in_pin(database, li.id, "730164").must_change_pin


def test_a_pin_hashed_at_other_costs_is_hashed_anew_at_log_in(
    security: Security, staff: StaffService, database: Database, hire: Hire, clock: FakeClock, audit: AuditTrail
) -> None:
    li = hire("Li Na")
    dearer = StaffService(security, clock, audit, PinHasher(passes=2, memory_kib=16, lanes=1))
    dearer.log_in_pin(database, li.id, PIN)
    with database.read() as session:
        user = session.get(StaffUser, li.id)
        assert user is not None
        assert "m=16,t=2" in str(user.pin_hash)
    assert isinstance(dearer.log_in_pin(database, li.id, PIN), LoggedIn)


def test_a_second_person_approves_by_pin_or_badge(staff: StaffService, database: Database, hire: Hire, audit: AuditTrail) -> None:
    li = staff.log_in_pin(database, hire("Li Na").id, PIN).actor
    boss = hire("Boss", Role.SUPERVISOR, badge=BADGE)
    assert staff.approve(database, li, "bags:approve", user_id=boss.id, pin=PIN).id == boss.id
    assert staff.approve(database, li, "bags:approve", badge=BADGE).id == boss.id
    with database.read() as session:
        given = audit.entries(session, action="staff.approved")
    assert [(entry.actor, entry.subject, entry.detail) for entry in given] == [
        (f"user:{boss.id}", li.label, {"scope": "bags:approve"}),
        (f"user:{boss.id}", li.label, {"scope": "bags:approve"}),
    ]


def test_nobody_approves_their_own_doing(staff: StaffService, database: Database, hire: Hire) -> None:
    boss = hire("Boss", Role.SUPERVISOR, badge=BADGE)
    actor = staff.log_in_pin(database, boss.id, PIN).actor
    with pytest.raises(SecondPersonNeeded):
        staff.approve(database, actor, "bags:approve", user_id=boss.id, pin=PIN)
    with pytest.raises(SecondPersonNeeded):
        staff.approve(database, actor, "bags:approve", badge=BADGE)


def test_a_second_person_needs_the_permission(staff: StaffService, database: Database, hire: Hire, audit: AuditTrail) -> None:
    li = staff.log_in_pin(database, hire("Li Na").id, PIN).actor
    wang, fresh = hire("Wang"), hire("Fresh", Role.SUPERVISOR, one_time=True)
    for user_id in (wang.id, fresh.id):
        with pytest.raises(Denied):
            staff.approve(database, li, "bags:approve", user_id=user_id, pin=PIN)
    assert "staff.approved" not in actions(audit, database)


def test_a_wrong_pin_at_an_approval_counts(staff: StaffService, database: Database, hire: Hire) -> None:
    li = staff.log_in_pin(database, hire("Li Na").id, PIN).actor
    boss = hire("Boss", Role.SUPERVISOR)
    for expected in (WrongPin, WrongPin, LockedOut):
        with pytest.raises(expected):
            staff.approve(database, li, "bags:approve", user_id=boss.id, pin=WRONG)
    with pytest.raises(LockedOut):
        staff.log_in_pin(database, boss.id, PIN)


def test_an_approval_without_a_person_is_no_approval(staff: StaffService, database: Database, hire: Hire) -> None:
    li = staff.log_in_pin(database, hire("Li Na").id, PIN).actor
    with pytest.raises(Invalid):
        staff.approve(database, li, "bags:approve", user_id=li.id + 1)
    with pytest.raises(UnknownBadge):
        staff.approve(database, li, "bags:approve", badge="BADGE-ANOTHER12345")
