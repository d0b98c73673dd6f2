"""The audit trail: nothing in it can be changed, and what is changed in spite of that is found."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from kiosk.db import Database
from kiosk.desk.actors import SYSTEM, Actor
from kiosk.desk.audit import GENESIS, AuditEntry, AuditProblem, AuditTrail
from tests.fakes.audit_triggers import install_triggers, remove_triggers
from tests.fakes.clock import FakeClock

LI = Actor("user", 3, "Li Na")


@pytest.fixture
def audit(clock: FakeClock) -> AuditTrail:
    return AuditTrail("desk-1", clock)


def fill(audit: AuditTrail, database: Database, count: int = 5) -> None:
    for number in range(count):
        database.write(lambda session, number=number: audit.append(session, LI, "bag.stored", f"deposit:{number}", {"pieces": number}))


def problems(audit: AuditTrail, database: Database) -> list[AuditProblem]:
    with database.read() as session:
        return audit.verify(session)


def tamper(database: Database, statement: str, **values: object) -> None:
    """Change the tables as somebody with the database in hand would: without the triggers."""
    with database.engine.begin() as connection:
        remove_triggers(connection)
        connection.execute(sa.text(statement), values)
        install_triggers(connection)


def test_an_empty_trail_is_whole(audit: AuditTrail, database: Database) -> None:
    assert problems(audit, database) == []


def test_entries_say_who_did_what_when_and_newest_first(audit: AuditTrail, database: Database, clock: FakeClock) -> None:
    at = clock.now()
    numbers = [database.write(lambda session: audit.append(session, LI, "bag.stored", "deposit:1", {"slot": "架1", "pieces": 2}))]
    clock.advance(60)
    numbers.append(database.write(lambda session: audit.append(session, SYSTEM, "station.started")))
    assert numbers == [1, 2]
    with database.read() as session:
        newest, oldest = audit.entries(session)
    assert (newest.actor, newest.action, newest.subject, newest.detail) == ("system:0", "station.started", None, {})
    assert (oldest.actor, oldest.subject, oldest.at) == ("user:3", "deposit:1", at)
    assert oldest.detail == {"slot": "架1", "pieces": 2}
    assert newest.at - oldest.at == timedelta(seconds=60)


def test_entries_are_filtered_and_continued(audit: AuditTrail, database: Database) -> None:
    fill(audit, database)
    database.write(lambda session: audit.append(session, SYSTEM, "bag.released", "deposit:1"))
    with database.read() as session:
        assert len(audit.entries(session, actor="user:3")) == 5
        assert [entry.sequence for entry in audit.entries(session, subject="deposit:1")] == [6, 2]
        assert [entry.sequence for entry in audit.entries(session, action="bag.released")] == [6]
        page = audit.entries(session, limit=2)
        rest = audit.entries(session, before_id=page[-1].id)
    assert [entry.sequence for entry in [*page, *rest]] == [6, 5, 4, 3, 2, 1]


def test_an_untouched_chain_is_whole_however_long(audit: AuditTrail, database: Database) -> None:
    database.write(lambda session: [audit.append(session, LI, "bag.stored", None, {"number": number}) for number in range(1003)])
    assert problems(audit, database) == []
    with database.read() as session:
        (head,) = audit.heads(session)
    assert (head.station, head.sequence, len(head.hash)) == ("desk-1", 1003, 64)


def test_what_is_rolled_back_leaves_no_gap(audit: AuditTrail, database: Database) -> None:
    def failing(session: Session) -> None:
        audit.append(session, LI, "bag.stored")
        raise ValueError("refused")

    fill(audit, database, 2)
    with pytest.raises(ValueError, match="refused"):
        database.write(failing)
    fill(audit, database, 1)
    assert problems(audit, database) == []
    with database.read() as session:
        assert [entry.sequence for entry in audit.entries(session)] == [3, 2, 1]


def test_every_station_has_a_chain_of_its_own(audit: AuditTrail, database: Database, clock: FakeClock) -> None:
    other = AuditTrail("desk-2", clock)
    fill(audit, database, 2)
    fill(other, database, 3)
    fill(audit, database, 2)
    with database.read() as session:
        assert [(head.station, head.sequence) for head in audit.heads(session)] == [("desk-1", 4), ("desk-2", 3)]
    assert problems(other, database) == []
    tamper(database, "UPDATE audit_entry SET action = 'x' WHERE station = 'desk-2' AND sequence = 2")
    assert [(found.station, found.sequence) for found in problems(audit, database)] == [("desk-2", 2)]


def test_two_processes_of_one_station_keep_one_chain(audit: AuditTrail, database: Database, database_url: str, clock: FakeClock) -> None:
    second = Database(database_url, clock=clock)
    try:
        for _ in range(3):
            fill(audit, second, 1)
            fill(audit, database, 1)
    finally:
        second.close()
    assert problems(audit, database) == []


def test_entries_that_are_added_while_the_chain_is_read_are_no_problem(audit: AuditTrail, database: Database) -> None:
    fill(audit, database)
    with database.read() as session:
        assert len(audit.heads(session)) == 1
        fill(audit, database)
        assert audit.verify(session) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET action = 'x'",
        "UPDATE audit_entry SET detail = detail",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_entry WHERE sequence = 5",
        "DELETE FROM audit_head",
        "UPDATE audit_head SET sequence = sequence - 1",
        "UPDATE audit_head SET sequence = 99",
        "UPDATE audit_head SET hash = 'x'",
        "UPDATE audit_head SET station = 'other', sequence = sequence + 1",
    ],
)
def test_the_database_itself_refuses_changes(audit: AuditTrail, database: Database, statement: str) -> None:
    fill(audit, database)
    with pytest.raises(IntegrityError):
        database.write(lambda session: session.execute(sa.text(statement)))
    assert problems(audit, database) == []


def test_sqlite_refuses_to_replace_an_entry(audit: AuditTrail, sqlite_database: Database) -> None:
    fill(audit, sqlite_database)
    columns = "station, sequence, at, actor, action, subject, detail, previous, hash"
    for key in ("id, ", "NULL, "):
        copy = f"INSERT OR REPLACE INTO audit_entry (id, {columns}) SELECT {key}{columns} FROM audit_entry WHERE sequence = 3"
        with pytest.raises(IntegrityError, match="never replaced"):
            sqlite_database.write(lambda session, copy=copy: session.execute(sa.text(copy)))
    assert problems(audit, sqlite_database) == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite knows no TRUNCATE
def test_postgresql_refuses_to_truncate(audit: AuditTrail, database: Database) -> None:
    fill(audit, database)
    for table in ("audit_entry", "audit_head"):
        with pytest.raises(DBAPIError, match="append-only"):
            database.write(lambda session, table=table: session.execute(sa.text(f"TRUNCATE {table}")))


TAMPERINGS = [
    ("UPDATE audit_entry SET action = 'bag.released' WHERE sequence = 3", 3, "changed"),
    ("UPDATE audit_entry SET detail = '{\"pieces\": 2}' WHERE sequence = 3", 3, "changed"),
    ("UPDATE audit_entry SET subject = NULL WHERE sequence = 1", 1, "changed"),
    ("UPDATE audit_entry SET hash = upper(hash) WHERE sequence = 2", 2, "changed"),
    ("UPDATE audit_entry SET previous = hash WHERE sequence = 4", 4, "does not follow"),
    ("UPDATE audit_entry SET station = 'desk-9' WHERE sequence = 5", 5, "cut off"),
    ("UPDATE audit_entry SET sequence = 77 WHERE sequence = 5", 5, "missing"),
    ("UPDATE audit_entry SET id = 1000 WHERE sequence = 3", 4, "moved"),
    ("DELETE FROM audit_entry WHERE sequence = 1", 1, "missing"),
    ("DELETE FROM audit_entry WHERE sequence = 3", 3, "missing"),
    ("DELETE FROM audit_entry WHERE sequence = 5", 5, "entries 5 to 5 were cut off"),
    ("DELETE FROM audit_entry WHERE sequence > 2", 3, "entries 3 to 5 were cut off"),
    ("DELETE FROM audit_entry", 1, "entries 1 to 5 were cut off"),
    ("DELETE FROM audit_head", 5, "end mark is missing"),
    ("UPDATE audit_head SET sequence = 4", 4, "end mark was changed"),
    ("UPDATE audit_head SET hash = 'x'", 5, "end mark was changed"),
    ("UPDATE audit_head SET sequence = 9", 6, "entries 6 to 9 were cut off"),
]


@pytest.mark.parametrize(("statement", "sequence", "text"), TAMPERINGS)
def test_the_first_broken_entry_is_named(audit: AuditTrail, database: Database, statement: str, sequence: int, text: str) -> None:
    fill(audit, database)
    tamper(database, statement)
    found = next(problem for problem in problems(audit, database) if problem.station == "desk-1")
    assert found.sequence == sequence
    assert text in str(found.message)


def test_a_time_that_is_none_is_found_on_sqlite(audit: AuditTrail, sqlite_database: Database) -> None:
    fill(audit, sqlite_database)
    tamper(sqlite_database, "UPDATE audit_entry SET at = 'noon' WHERE sequence = 3")
    (found,) = problems(audit, sqlite_database)
    assert (found.sequence, str(found.message)) == (3, "entry 3 cannot be read")


def test_an_entry_added_by_hand_is_found(audit: AuditTrail, database: Database) -> None:
    fill(audit, database)
    tamper(
        database,
        "INSERT INTO audit_entry (id, station, sequence, at, actor, action, detail, previous, hash) "
        "SELECT 99, station, 6, at, actor, action, detail, hash, hash FROM audit_entry WHERE sequence = 5",
    )
    (found,) = problems(audit, database)
    assert found.sequence == 6


_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "sequence": st.integers(-(2**62), 2**62),
    "at": st.datetimes(timezones=st.timezones(), allow_imaginary=False),
    "actor": _TEXT,
    "action": _TEXT,
    "subject": st.none() | _TEXT,
    "detail": _TEXT,
    "previous": _TEXT | st.just(GENESIS),
    "hash": _TEXT,
    "station": _TEXT,
}
# Several columns at once, to values of any kind.
_CHANGES = st.dictionaries(st.sampled_from(sorted(_VALUES)), st.none(), min_size=1).flatmap(
    lambda names: st.fixed_dictionaries({name: _VALUES[name] for name in names})
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(1, 5), changes=_CHANGES)
def test_any_change_of_any_field_is_found(audit: AuditTrail, sqlite_database: Database, position: int, changes: dict[str, Any]) -> None:
    with sqlite_database.read() as session:
        if not audit.heads(session):
            fill(audit, sqlite_database)
    table = AuditEntry.__table__
    row = table.c.sequence == position
    with sqlite_database.engine.connect() as connection:
        remove_triggers(connection)
        before = connection.execute(sa.select(table).where(row)).one()
        if sequence_is_taken(changes.get("sequence"), position):
            del changes["sequence"]
        if changes:
            connection.execute(sa.update(table).where(row).values(**changes))
        after = connection.execute(sa.select(table).where(table.c.id == before.id)).one()
        with Session(connection) as session:
            found = audit.verify(session)
        connection.rollback()
    assert bool(found) == (before != after)


def sequence_is_taken(number: int | None, position: int) -> bool:
    return number is not None and 1 <= number <= 5 and number != position


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    details=st.lists(
        st.dictionaries(_TEXT, st.recursive(st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _TEXT, st.lists, max_leaves=5)),
        max_size=4,
    )
)
def test_any_json_is_kept_as_it_is(audit: AuditTrail, sqlite_database: Database, details: list[dict[str, Any]]) -> None:
    for detail in details:
        sqlite_database.write(lambda session, detail=detail: audit.append(session, LI, "test", None, detail))
    with sqlite_database.read() as session:
        assert [entry.detail for entry in audit.entries(session, limit=max(1, len(details)))][: len(details)] == details[::-1]
        assert audit.verify(session) == []


def test_the_order_of_keys_does_not_matter(audit: AuditTrail, database: Database) -> None:
    orders: list[Callable[[], dict[str, int]]] = [lambda: {"a": 1, "b": 2}, lambda: {"b": 2, "a": 1}]
    for order in orders:
        database.write(lambda session, order=order: audit.append(session, LI, "test", None, order()))
    with database.read() as session:
        first, second = session.scalars(sa.select(AuditEntry.detail))
    assert first == second == '{"a":1,"b":2}'
