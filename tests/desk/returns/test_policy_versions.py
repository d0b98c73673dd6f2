"""Versions of the return policy: kept for ever, one counts, and nobody overwrites what they have not seen."""

import threading
from collections.abc import Callable

import msgspec
import pytest

from kiosk.config import Settings
from kiosk.db import Database
from kiosk.desk.actors import ROLE_SCOPES, Actor, Role
from kiosk.desk.audit import AuditTrail
from kiosk.desk.returns.policy import PolicyService, defaults
from kiosk.desk.returns.policy.errors import ExamplesTurned, PolicyMoved, UnknownPolicy, WrongPolicy
from kiosk.desk.returns.policy.examples import turned
from kiosk.desk.returns.policy.views import Outcome, Policy, PolicyRow, PolicyVersion
from kiosk.errors import Denied
from kiosk.events import Event, EventBus
from tests.fakes.clock import FakeClock

MANAGER = Actor("user", 1, "Zhao", ROLE_SCOPES[Role.MANAGER], Role.MANAGER)
SUPERVISOR = Actor("user", 2, "Chen", ROLE_SCOPES[Role.SUPERVISOR], Role.SUPERVISOR)
SHORT = Policy(rows=[PolicyRow(Outcome.REFUSE, {"zh": "不退。", "en": "No."}, categories=["生鲜"])], return_days=3)

Save = Callable[..., PolicyVersion]


@pytest.fixture
def policy(database: Database, clock: FakeClock) -> PolicyService:
    service = PolicyService(Settings(), clock, AuditTrail("desk-1", clock))
    database.write(service.ensure_default)
    return service


@pytest.fixture
def save(policy: PolicyService, database: Database) -> Save:
    def saved(wanted: Policy, based_on: int, actor: Actor = MANAGER, note: str = "") -> PolicyVersion:
        return database.write(lambda session: policy.save(session, actor, wanted, based_on=based_on, note=note))

    return saved


def current(policy: PolicyService, database: Database) -> PolicyVersion:
    with database.read() as session:
        return policy.current(session)


def test_a_store_begins_with_the_product_s_policy_once(policy: PolicyService, database: Database) -> None:
    first = current(policy, database)
    assert (first.version, first.policy, first.saved_by) == (1, defaults.POLICY, "system")
    database.write(policy.ensure_default)
    assert current(policy, database) == first
    with database.read() as session:
        assert len(policy.versions(session)) == 1


def test_without_any_policy_it_is_said_what_is_missing(database: Database, clock: FakeClock) -> None:
    service = PolicyService(Settings(), clock, AuditTrail("desk-1", clock))
    with database.read() as session, pytest.raises(UnknownPolicy):
        service.current(session)


def test_a_saved_policy_counts_and_the_earlier_ones_stay(
    policy: PolicyService, database: Database, save: Save, clock: FakeClock, bus: EventBus
) -> None:
    told: list[Event] = []
    bus.subscribe(told.append)
    clock.advance(60)
    second = save(SHORT, 1, note=" Fresh goods\nonly ")
    assert (second.version, second.saved_by, second.note, second.saved_at) == (2, "Zhao", "Fresh goods only", clock.now())
    assert current(policy, database) == second
    with database.read() as session:
        assert [version.version for version in policy.versions(session)] == [2, 1]
        assert [version.version for version in policy.versions(session, limit=1)] == [2]
        assert policy.version(session, 1).policy == defaults.POLICY
    assert [(event.name, event.data) for event in told] == [("return-policy.changed", {"version": 2})]


def test_a_version_that_does_not_exist_is_not_found(policy: PolicyService, database: Database) -> None:
    with database.read() as session:
        for number in (0, -1, 2, 2**40, 2**63, 10**30):
            with pytest.raises(UnknownPolicy):
                policy.version(session, number)


def test_what_changes_nothing_makes_no_version(save: Save, policy: PolicyService, database: Database) -> None:
    assert save(defaults.POLICY, 1).version == 1
    untidy = msgspec.structs.replace(defaults.POLICY, rows=[msgspec.structs.replace(row, needs=row.needs * 2) for row in defaults.ROWS])
    assert save(untidy, 1).version == 1
    assert current(policy, database).version == 1


def test_whoever_changed_an_older_version_is_told_who_was_first(save: Save) -> None:
    save(SHORT, 1)
    other = msgspec.structs.replace(SHORT, return_days=4)
    with pytest.raises(PolicyMoved) as refused:
        save(other, 1)
    assert str(refused.value.detail) == "Version 2 was saved by Zhao meanwhile."
    assert refused.value.extra == {"version": 2}
    assert save(other, 2).version == 3


def test_two_who_save_at_once_make_one_version(save: Save, policy: PolicyService, database: Database) -> None:
    outcomes: list[object] = []
    start = threading.Barrier(4)

    def saving(days: int) -> None:
        start.wait(10)
        try:
            outcomes.append(save(msgspec.structs.replace(SHORT, return_days=days), 1).version)
        except PolicyMoved as refusal:
            outcomes.append(refusal)

    threads = [threading.Thread(target=saving, args=(days,)) for days in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert [outcome for outcome in outcomes if not isinstance(outcome, PolicyMoved)] == [2]
    assert len(outcomes) == 4
    assert current(policy, database).version == 2


def test_only_a_manager_saves(save: Save, policy: PolicyService, database: Database) -> None:
    with pytest.raises(Denied):
        save(SHORT, 1, actor=SUPERVISOR)
    assert current(policy, database).version == 1


def test_a_policy_that_makes_no_sense_is_not_saved(save: Save, policy: PolicyService, database: Database) -> None:
    with pytest.raises(WrongPolicy):
        save(Policy(rows=[PolicyRow(Outcome.REFUSE, {})]), 1)
    assert current(policy, database).version == 1


def test_a_save_that_turns_an_example_over_is_meant_or_refused(save: Save, policy: PolicyService, database: Database) -> None:
    longer = msgspec.structs.replace(defaults.POLICY, return_days=90)
    with pytest.raises(ExamplesTurned) as refused:
        save(longer, 1)
    assert [(field.field, field.value) for field in refused.value.fields] == [("examples[1]", "allow")]
    assert current(policy, database).version == 1
    saved = database.write(lambda session: policy.save(session, MANAGER, longer, based_on=1, turn_examples=True))
    assert [example.expected for example in saved.policy.examples[:2]] == [Outcome.ALLOW, Outcome.ALLOW]
    assert turned(saved.policy) == []


def test_each_save_stands_in_the_audit_trail(save: Save, database: Database, clock: FakeClock) -> None:
    save(SHORT, 1)
    with database.read() as session:
        entries = AuditTrail("desk-1", clock).entries(session, action="return-policy.saved")
    assert [(entry.actor, entry.subject) for entry in entries] == [("user:1", "return-policy:2"), ("system:0", "return-policy:1")]
