"""The one writer: durable before told, grouped, and each unit on its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from kiosk.db import Base, Database
from kiosk.errors import Conflict, StorageError
from kiosk.events import Event, EventBus, emit
from kiosk.i18n import msg
from tests.fakes.clock import FakeClock


class Note(Base):
    __tablename__ = "test_note"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(sa.String(32), unique=True)


@pytest.fixture(autouse=True)
def _note_table(database: Database) -> None:
    Note.__table__.create(database.engine, checkfirst=True)  # type: ignore[attr-defined]


def add(text: str) -> Callable[[Session], int]:
    def unit(session: Session) -> int:
        note = Note(text=text)
        session.add(note)
        session.flush()
        emit(session, "note.added", {"text": text})
        return note.id

    return unit


def texts(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(sa.select(Note.text).order_by(Note.id)))


def hold_writer(database: Database) -> tuple[threading.Event, ThreadPoolExecutor]:
    """Occupy the writer, so that what is submitted meanwhile forms one batch."""
    entered, release = threading.Event(), threading.Event()

    def unit(_session: Session) -> None:
        entered.set()
        release.wait(5)

    pool = ThreadPoolExecutor(8)
    pool.submit(database.write, unit)
    entered.wait(5)
    return release, pool


def test_a_result_is_returned_after_the_record_is_readable(database: Database) -> None:
    assert database.write(add("one")) == 1
    assert texts(database) == ["one"]


def test_what_a_unit_raises_reaches_its_caller_and_changes_nothing(database: Database) -> None:
    def unit(session: Session) -> None:
        session.add(Note(text="half done"))
        session.flush()
        raise Conflict(msg("no"))

    with pytest.raises(Conflict):
        database.write(unit)
    assert texts(database) == []


def test_in_a_batch_one_refusal_does_not_touch_the_others(database: Database) -> None:
    def refuse(session: Session) -> None:
        session.add(Note(text="refused"))
        session.flush()
        raise Conflict(msg("no"))

    release, pool = hold_writer(database)
    with pool:
        first, bad, last = pool.submit(database.write, add("a")), pool.submit(database.write, refuse), pool.submit(database.write, add("b"))
        release.set()
        assert first.result(5)
        assert last.result(5)
        assert isinstance(bad.exception(5), Conflict)
    assert sorted(texts(database)) == ["a", "b"]


def test_in_a_batch_a_broken_constraint_belongs_to_its_unit_alone(database: Database) -> None:
    database.write(add("taken"))
    release, pool = hold_writer(database)
    with pool:
        good, bad = pool.submit(database.write, add("new")), pool.submit(database.write, add("taken"))
        release.set()
        assert good.result(5)
        assert isinstance(bad.exception(5), sa.exc.IntegrityError)
    assert texts(database) == ["taken", "new"]


def test_waiting_units_are_committed_together(database: Database) -> None:
    commits: list[object] = []
    sa.event.listen(database.engine, "commit", commits.append)
    release, pool = hold_writer(database)
    with pool:
        futures = [pool.submit(database.write, add(f"n{n}")) for n in range(7)]
        release.set()
        for future in futures:
            future.result(5)
    # The occupying unit is one commit; the seven that waited are at most two more (one may arrive late).
    assert len(commits) <= 3
    assert len(texts(database)) == 7


def test_events_are_told_after_the_commit_and_in_its_order(database: Database, bus: EventBus) -> None:
    seen: list[tuple[object, list[str]]] = []

    def listen(event: Event) -> None:
        seen.append((event.data["text"], texts(database)))

    bus.subscribe(listen)
    database.write(add("first"))
    database.write(add("second"))
    assert seen == [("first", ["first"]), ("second", ["first", "second"])]


def test_a_unit_that_failed_tells_no_events(database: Database, bus: EventBus) -> None:
    seen: list[Event] = []
    bus.subscribe(seen.append)

    def unit(session: Session) -> None:
        emit(session, "note.added", {})
        raise Conflict(msg("no"))

    with pytest.raises(Conflict):
        database.write(unit)
    database.write(add("good"))
    assert [event.data for event in seen] == [{"text": "good"}]


def test_a_reader_cannot_write(database: Database) -> None:
    with database.read() as session:
        session.add(Note(text="sneaked in"))
        with pytest.raises(sa.exc.DBAPIError):
            session.flush()
    assert texts(database) == []


def test_a_unit_cannot_write_through_a_second_unit(database: Database) -> None:
    with pytest.raises(RuntimeError, match="pass its session on"):
        database.write(lambda _session: database.write(add("nested")))


def test_after_closing_a_write_is_refused_and_not_forgotten(database: Database) -> None:
    database.write(add("before"))
    database.close()
    with pytest.raises(StorageError):
        database.write(add("after"))


def test_a_full_disk_is_told_and_later_writes_go_on(sqlite_database: Database) -> None:
    Note.__table__.create(sqlite_database.engine, checkfirst=True)  # type: ignore[attr-defined]
    with sqlite_database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        # SQLite answers a full disk and a full page budget with the same error.
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    def fill(session: Session) -> None:
        session.add_all(Note(text=f"{n:032d}") for n in range(2000))

    with pytest.raises(StorageError, match="full"):
        sqlite_database.write(fill)
    with sqlite_database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    sqlite_database.write(add("room again"))
    assert texts(sqlite_database) == ["room again"]


def test_sqlite_is_durable_and_checks_references(sqlite_database: Database) -> None:
    with sqlite_database.engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_an_instant_needs_its_offset(database: Database, clock: FakeClock) -> None:
    from kiosk.db import UtcDateTime

    column = UtcDateTime()
    with pytest.raises(ValueError, match="offset"):
        column.process_bind_param(clock.now().replace(tzinfo=None), sa.create_engine("sqlite://").dialect)
