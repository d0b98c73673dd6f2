"""Many hands, one piece: simultaneous returns of one station and of two stations with one database."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kiosk.config import Station
from kiosk.db import Database
from kiosk.desk.returns.errors import AlreadyVoided, NotEligible, OverReturn
from kiosk.desk.returns.policy.views import Policy
from kiosk.desk.returns.views import ReturnView
from kiosk.errors import Refusal
from kiosk.events import EventBus
from tests.desk.returns.return_world import ReturnWorld, back, settings_with, sold
from tests.fakes.clock import FakeClock

HANDS = 50


@pytest.fixture
def stations(database_url: str, clock: FakeClock, tmp_path: Path) -> Iterator[list[ReturnWorld]]:
    """Two processes' worth of desk on one database."""
    databases = [Database(database_url, clock=clock, bus=EventBus()) for _ in range(2)]
    yield [
        ReturnWorld(
            database,
            clock,
            EventBus(),
            tmp_path / "contact.keys",
            msgspec.structs.replace(settings_with(), station=Station(name=f"desk-{number}")),
            seed=number,
        )
        for number, database in enumerate(databases)
    ]
    for database in databases:
        database.close()


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Make all *calls* at the same moment, each in its own thread; return results and refusals in their order."""
    barrier = threading.Barrier(len(calls))
    outcomes: list[Any] = [None] * len(calls)

    def run(place: int, call: Callable[[], Any]) -> None:
        barrier.wait(timeout=30)
        try:
            outcomes[place] = call()
        except Refusal as refusal:
            outcomes[place] = refusal

    threads = [threading.Thread(target=run, args=(place, call)) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()
    return outcomes


def test_of_fifty_returns_of_one_piece_one_wins(stations: list[ReturnWorld]) -> None:
    receipt_id = stations[0].sale()
    calls = [lambda world=stations[number % 2]: world.record(receipt_id, back()) for number in range(HANDS)]  # type: ignore[misc]
    outcomes = at_once(*calls)
    [won] = [one for one in outcomes if isinstance(one, ReturnView)]
    assert sum(isinstance(one, OverReturn) for one in outcomes) == HANDS - 1
    assert won.refund_fen == 1000
    assert [one.id for one in stations[0].read(lambda session: stations[0].returns.newest(session))] == [won.id]
    for world in stations:
        assert world.read(world.audit.verify) == []


def test_parallel_parts_of_a_line_add_up_to_what_was_paid(stations: list[ReturnWorld]) -> None:
    receipt_id = stations[0].sale(sold(1, "7", 1000))
    calls = [lambda world=stations[number % 2]: world.record(receipt_id, back()) for number in range(12)]  # type: ignore[misc]
    outcomes = at_once(*calls)
    won = [one for one in outcomes if isinstance(one, ReturnView)]
    assert len(won) == 7
    assert sum(one.refund_fen for one in won) == 1000
    assert len({one.number for one in won}) == 7


def test_parallel_returns_of_one_person_keep_to_the_limit(stations: list[ReturnWorld]) -> None:
    stations[0].obey(Policy(rows=[], per_person_limit_fen=3000))
    receipts = [stations[0].sale(member="13900001111") for _ in range(6)]
    calls = [
        lambda world=stations[place % 2], receipt_id=receipt_id: world.record(receipt_id, back())  # type: ignore[misc]
        for place, receipt_id in enumerate(receipts)
    ]
    outcomes = at_once(*calls)
    assert sum(isinstance(one, ReturnView) for one in outcomes) == 3
    assert sum(isinstance(one, NotEligible) for one in outcomes) == 3


def test_a_return_is_voided_once(stations: list[ReturnWorld]) -> None:
    returned = stations[0].record(stations[0].sale(), back())
    outcomes = at_once(*[lambda world=world: world.void(returned.id) for world in stations * 3])  # type: ignore[misc]
    assert sum(isinstance(one, ReturnView) for one in outcomes) == 1
    assert sum(isinstance(one, AlreadyVoided) for one in outcomes) == 5
