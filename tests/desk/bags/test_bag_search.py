"""Lists, search and the board, and that none of them slows down with the years."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from kiosk.desk.bags import BagService, look, models
from kiosk.desk.bags.errors import WrongInput
from kiosk.desk.bags.models import DepositState, live
from kiosk.desk.bags.search import taken_between
from tests.desk.bags.bag_world import CHEN, WANG, BagWorld
from tests.fakes.clock import START


def found(world: BagWorld, text: str = "", **conditions: object) -> list[int]:
    """The numbers of the deposits found."""
    return [deposit.number for deposit in world.read(lambda session: world.bags.search(session, text, **conditions))]  # type: ignore[arg-type]


@pytest.fixture
def shelf(world: BagWorld) -> BagWorld:
    """Number 1 given back, 2 stored with a note, 3 printing, an hour apart."""
    world.release(world.stored(note="blue bag").code)
    world.clock.advance(3600)
    world.stored(note="红色箱子 50%", slot="A04")
    world.clock.advance(3600)
    world.take_in(3)
    return world


def test_one_field_finds_code_number_slot_and_note(shelf: BagWorld) -> None:
    code = shelf.stored(note="Blue umbrella").code

    assert found(shelf, code) == [4]
    assert found(shelf, f"{code[:4]} {code[4:]}") == [4]
    assert found(shelf, "2") == [2]
    assert found(shelf, "a04") == [2]
    assert found(shelf, "红色") == [2]
    assert found(shelf, "BLUE") == [4, 1]
    assert found(shelf, "nothing like it") == []
    assert found(shelf) == [4, 3, 2, 1]


def test_signs_that_a_database_understands_are_only_text(shelf: BagWorld) -> None:
    assert found(shelf, note="50%") == [2]
    assert found(shelf, note="%") == [2]
    assert found(shelf, note="_") == []
    assert found(shelf, "' OR 1=1 --") == []
    assert found(shelf, "\x00") == [3, 2, 1]


def test_conditions_are_combined(shelf: BagWorld) -> None:
    now = shelf.clock.now()

    assert found(shelf, since=now - timedelta(minutes=90)) == [3, 2]
    assert found(shelf, since=now - timedelta(minutes=90), until=now) == [2]
    assert found(shelf, slot="A04", state="stored") == [2]
    assert found(shelf, number=1, state=DepositState.RELEASED) == [1]
    assert found(shelf, number=1, state="live") == []


def test_a_time_without_offset_is_not_guessed(shelf: BagWorld) -> None:
    with pytest.raises(WrongInput, match="needs an offset"):
        found(shelf, since=datetime(2026, 3, 10))  # noqa: DTZ001 - that is the mistake
    with pytest.raises(WrongInput, match="no slot Z9"):
        found(shelf, slot="Z9")
    with pytest.raises(WrongInput, match="state must be one of"):
        found(shelf, state="lost")
    with pytest.raises(WrongInput, match="number must be"):
        found(shelf, number=0)


def test_old_notes_are_found_in_the_span_that_is_asked_for(world: BagWorld) -> None:
    world.stored(note="umbrella")
    began = world.clock.now()
    world.clock.advance(400 * 86400)

    assert found(world, "umbrella") == []
    assert found(world, "umbrella", since=began) == [1]


def test_lists_go_by_state_and_continue(shelf: BagWorld) -> None:
    def numbers(state: str | None, **rest: object) -> list[int]:
        return [deposit.number for deposit in shelf.read(lambda session: shelf.bags.list(session, state, **rest))]  # type: ignore[arg-type]

    assert numbers(None) == [3, 2, 1]
    assert numbers("stored") == [2]
    assert numbers("live") == [3, 2]
    assert numbers(None, limit=2) == [3, 2]
    second = shelf.read(lambda session: shelf.bags.list(session))[1]
    assert numbers(None, before_id=second.id) == [1]
    with pytest.raises(WrongInput):
        numbers(None, before_id=10**30)


def test_the_board_shows_every_slot_and_who_waits_longest(shelf: BagWorld) -> None:
    shelf.write(lambda session: shelf.bags.change_slot(session, CHEN, "A06", enabled=False))
    board = shelf.read(shelf.bags.board)

    assert [(slot.label, slot.deposit.number if slot.deposit else None) for slot in board.slots] == [
        ("A01", None),
        ("A02", 3),
        ("A03", None),
        ("A04", 2),
        ("A05", None),
        ("A06", None),
    ]
    assert (board.free, board.disabled, board.stored, board.printing, board.questions, board.overdue) == (3, 1, 1, 1, 0, 0)
    assert board.longest is not None
    assert (board.longest.number, board.longest.waited_s) == (2, 3600)


def test_the_board_counts_questions(world: BagWorld) -> None:
    world.goes_silent(world.take_in().job)

    assert world.read(world.bags.board).questions == 1
    assert world.read(world.bags.board).at == world.clock.now()


def test_an_empty_board_has_nobody_waiting(world: BagWorld) -> None:
    board = world.read(world.bags.board)

    assert (board.free, board.longest) == (6, None)


@contextmanager
def statements(session: Session) -> Iterator[list[str]]:
    said: list[str] = []
    engine = session.get_bind()

    def listen(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    sa.event.listen(engine, "before_cursor_execute", listen)
    try:
        yield said
    finally:
        sa.event.remove(engine, "before_cursor_execute", listen)


LOOK_UPS: dict[str, Callable[[BagService, Session], object]] = {
    "board": lambda bags, session: bags.board(session),
    "list": lambda bags, session: bags.list(session),
    "search": lambda bags, session: bags.search(session, "3"),
}


@pytest.mark.parametrize("look_up", LOOK_UPS.values(), ids=LOOK_UPS)
def test_the_number_of_queries_does_not_grow_with_the_bags(desk: BagWorld, look_up: Callable[[BagService, Session], object]) -> None:
    def count() -> int:
        with desk.db.read() as session, statements(session) as said:
            look_up(desk.bags, session)
            return len(said)

    desk.stored()
    before = count()
    for _ in range(5):
        desk.stored()
    assert count() == before <= 3


_SLOT_1_FREE = sa.select(models.Slot.id).where(~sa.exists().where(models.Deposit.slot_id == models.Slot.id, live()))


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (_SLOT_1_FREE, "uq_bag_deposit_live_slot"),
        (sa.select(models.Deposit.id).where(live(), models.Deposit.number == 7), "uq_bag_deposit_live_number"),
        (look.query(models.Deposit.state == DepositState.STORED).order_by(models.Deposit.id.desc()), "ix_bag_deposit_state_id"),
        (look.query(models.Deposit.number == 7).order_by(models.Deposit.id.desc()).limit(50), "ix_bag_deposit_number_id"),
        (look.query(models.Deposit.slot_id == 7).order_by(models.Deposit.id.desc()).limit(50), "ix_bag_deposit_slot_id_id"),
        (look.query(taken_between(START, START + timedelta(days=1))).order_by(models.Deposit.id.desc()), "ix_bag_deposit_taken_at"),
        (sa.select(models.Ticket.id).where(models.Ticket.code == 81234567890124), "uq_bag_ticket_code"),
        (sa.select(models.Ticket.id).where(models.Ticket.job_id == 7), "ix_bag_ticket_job_id"),
        (sa.select(models.LostClaim.id).where(models.LostClaim.form_job_id == 7, models.open_claim()), "ix_bag_lost_claim_form_job_id"),
    ],
)
def test_queries_of_the_counter_use_the_index_that_is_meant_for_them(world: BagWorld, query: sa.Select[tuple[int]], index: str) -> None:
    def plan(session: Session) -> str:
        dialect = session.get_bind().dialect
        statement = str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
        if dialect.name == "postgresql":
            session.execute(sa.text("SET LOCAL enable_seqscan = off"))  # the tables of this test are tiny
            session.execute(sa.text("SET LOCAL enable_bitmapscan = off"))
        explain = "EXPLAIN QUERY PLAN " if dialect.name == "sqlite" else "EXPLAIN "
        return "\n".join(str(tuple(row)) for row in session.execute(sa.text(explain + statement.replace(":", r"\:"))))

    said = world.write(plan)
    if world.db.url.get_backend_name() == "sqlite" and index == "uq_bag_ticket_code":
        index = "(code=?)"  # SQLite numbers the indexes of unique columns itself
    assert index in said


PAST = 20_000
_FIRST_PAST = 1000  # ids before it belong to the bags of the test itself


def _a_long_past(world: BagWorld) -> None:
    """Released deposits with their tickets, straight into the tables."""

    def fill(session: Session) -> None:
        slot_ids = list(session.scalars(sa.select(models.Slot.id)))
        taken_at = world.clock.now() - timedelta(days=300)
        session.execute(
            sa.insert(models.Deposit),
            [
                {
                    "id": _FIRST_PAST + row,
                    "station": "desk-1",
                    "number": row % 999 + 1,
                    "slot_id": slot_ids[row % len(slot_ids)],
                    "pieces": 1,
                    "note": "",
                    "state": DepositState.RELEASED,
                    "ticket_sequence": 0,
                    "business_date": taken_at.date(),
                    "due_on": taken_at.date(),
                    "overdue": False,
                    "taken_at": taken_at + timedelta(seconds=row),
                    "taken_by": "user:1",
                    "taken_by_name": "Wang",
                    "released_at": taken_at + timedelta(hours=1, seconds=row),
                }
                for row in range(1, PAST + 1)
            ],
        )
        session.execute(
            sa.insert(models.Ticket),
            [
                {
                    "code": row,
                    "deposit_id": _FIRST_PAST + row,
                    "sequence": 0,
                    "state": models.TicketState.USED,
                    "job_id": -row,
                    "created_at": taken_at,
                }
                for row in range(1, PAST + 1)
            ],
        )

    world.write(fill)


class _Steps:
    """Counts what SQLite's virtual machine does: the same on every machine, unlike seconds."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> int:
        self.count += 1
        return 0


def test_a_long_past_costs_the_counter_nothing(desk: BagWorld) -> None:
    def cost(do: Callable[[Session], object]) -> int:
        def counted(session: Session) -> int:
            steps = _Steps()
            connection = session.connection().connection.driver_connection
            assert connection is not None
            connection.set_progress_handler(steps, 10)  # called every ten instructions
            try:
                do(session)
            finally:
                connection.set_progress_handler(None, 0)
            return steps.count

        return desk.write(counted)

    def costs() -> dict[str, int]:
        code = desk.stored().code
        return {
            "take in": cost(lambda session: desk.bags.take_in(session, WANG, pieces=1)),
            "release": cost(lambda session: desk.bags.release(session, WANG, code=code)),
            "board": cost(desk.bags.board),
            "live": cost(lambda session: desk.bags.list(session, "live")),
        }

    before = costs()
    _a_long_past(desk)
    after = costs()

    for name, steps in after.items():
        # One more live deposit than before is on the shelf, and trees are a level deeper.
        assert steps <= 1.5 * before[name] + 20, (name, before, after)
    assert cost(lambda session: desk.bags.search(session, number=7)) < PAST / 10


def test_slots_that_are_called_by_a_number_are_found_by_it(world: BagWorld) -> None:
    world.write(lambda session: world.bags.ensure_slots(session, ["3", "b7"]))
    number_1 = world.stored(slot="b7")
    number_2 = world.stored(slot="3")
    number_3 = world.stored(slot="A01")

    assert (number_1.number, number_2.number, number_3.number) == (1, 2, 3)
    assert found(world, "3") == [3, 2], "number 3, and what is in slot 3"
    assert found(world, "2") == [2]
    assert found(world, "b7") == found(world, "B7") == [1]
