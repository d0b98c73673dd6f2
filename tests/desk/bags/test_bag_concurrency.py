"""Two hands, one bag: simultaneous units of one station and of two stations with one database."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from kiosk.config import Station
from kiosk.db import Database
from kiosk.desk.bags.errors import AlreadyReleased, ReportedLost, ShelvesFull, TicketStillPrinting
from kiosk.desk.bags.models import DepositState
from kiosk.desk.bags.views import Deposit, Released
from kiosk.devices.queue import JobNotWaiting
from kiosk.errors import Refusal
from kiosk.events import EventBus
from tests.desk.bags.bag_world import CHEN, LIU, WANG, BagWorld, settings_with
from tests.fakes.clock import FakeClock

STATIONS = ("desk-1", "desk-2")


@pytest.fixture
def stations(database_url: str, clock: FakeClock) -> Iterator[list[BagWorld]]:
    """Two processes' worth of desk on one database."""
    databases = [Database(database_url, clock=clock, bus=EventBus()) for _ in STATIONS]
    yield [
        BagWorld(database, clock, EventBus(), msgspec.structs.replace(settings_with(), station=Station(name=name)))
        for database, name in zip(databases, STATIONS, strict=True)
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


def test_two_scans_at_the_same_moment_give_exactly_one_release(world: BagWorld) -> None:
    for _ in range(4):
        code = world.stored().code
        outcomes = at_once(*[lambda code=code, actor=actor: world.release(code, actor) for actor in (WANG, LIU, CHEN, WANG)])  # type: ignore[misc]

        winners = [outcome for outcome in outcomes if isinstance(outcome, Released)]
        losers = [outcome for outcome in outcomes if isinstance(outcome, AlreadyReleased)]
        assert (len(winners), len(losers)) == (1, 3)
        assert {loser.extra["released_by"] for loser in losers} == {winners[0].released_by}


def test_two_stations_scan_the_same_ticket_and_one_gives_back(stations: list[BagWorld]) -> None:
    first, second = stations
    for _ in range(5):
        deposit = first.stored()
        outcomes = at_once(lambda code=deposit.code: first.release(code, WANG), lambda code=deposit.code: second.release(code, LIU))  # type: ignore[misc]

        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyReleased", "Released"]
        assert first.actions(deposit.id).count("bag.released") == 1


def test_a_release_and_a_reprint_at_two_stations_never_both_use_the_old_code(stations: list[BagWorld]) -> None:
    first, second = stations
    for _ in range(5):
        deposit = first.stored()
        released, reprinted = at_once(
            lambda code=deposit.code: first.release(code),  # type: ignore[misc]
            lambda wanted=deposit.id: second.reprint(wanted),  # type: ignore[misc]
        )

        assert isinstance(released, Released) != isinstance(reprinted, Deposit)
        if isinstance(reprinted, Deposit):
            second.comes_out(reprinted.job)
            second.release(reprinted.code)
        assert first.get(deposit.id).state is DepositState.RELEASED


def test_two_stations_never_use_a_slot_or_a_number_twice(stations: list[BagWorld]) -> None:
    for world in stations:
        world.write(lambda session, world=world: world.bags.ensure_slots(session, ["A01-A12"]))  # type: ignore[misc]
    outcomes = at_once(*[world.take_in for world in stations for _ in range(8)])

    taken = [outcome for outcome in outcomes if isinstance(outcome, Deposit)]
    assert len(taken) == 12
    assert len({deposit.slot for deposit in taken}) == len({deposit.number for deposit in taken}) == 12
    assert len({deposit.code for deposit in taken}) == 12
    assert sum(isinstance(outcome, ShelvesFull) for outcome in outcomes) == 4


def test_a_ticket_that_waits_at_another_stations_printer_is_decided_there(stations: list[BagWorld]) -> None:
    first, second = stations
    deposit = first.take_in()

    for change in (second.reprint, second.cancel):
        with pytest.raises(TicketStillPrinting, match="desk-1"):
            change(deposit.id)
    first.comes_out(deposit.job)
    again = second.reprint(deposit.id)
    second.comes_out(again.job)
    assert first.release(again.code).deposit.id == deposit.id


def test_every_station_keeps_its_own_chain_of_the_trail(stations: list[BagWorld]) -> None:
    at_once(*[world.stored for world in stations for _ in range(2)])

    for world in stations:
        assert world.read(world.audit.verify) == []


def test_two_stations_begin_the_same_closing_and_share_it(stations: list[BagWorld]) -> None:
    stations[0].stored(pieces=2)
    for kind in ("opening", "closing"):
        views = at_once(
            *[
                lambda world=world, kind=kind: world.write(  # type: ignore[misc]
                    lambda session: world.bags.reconciliations.start(session, CHEN, kind)
                )
                for world in stations
                for _ in range(2)
            ]
        )

        assert len({view.id for view in views}) == 1
        assert [[line.expected for line in view.lines] for view in views] == [[2]] * 4


def test_two_stations_make_the_same_slots_once(stations: list[BagWorld]) -> None:
    labels = ["C01-C30"]
    make = [lambda world=world: world.write(lambda session: world.bags.ensure_slots(session, labels)) for world in stations]  # type: ignore[misc]
    made = at_once(*make)

    assert sorted(made) == [0, 30]


def test_two_stations_report_the_same_ticket_lost_and_one_claim_is_open(stations: list[BagWorld]) -> None:
    deposit = stations[0].stored()
    outcomes = at_once(*[lambda world=world: world.claim(deposit.number) for world in stations])  # type: ignore[misc]

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Claim", "ClaimExists"]
    assert len(stations[1].read(stations[1].bags.lost.open)) == 1


def test_two_people_answer_the_same_question_differently_and_the_first_counts(world: BagWorld) -> None:
    for outcome in ("reprint", "cancel"):
        deposit = world.take_in()
        world.goes_silent(deposit.job)
        outcomes = at_once(
            lambda job=deposit.job: world.answer(job, "printed"),
            lambda job=deposit.job, said=outcome: world.answer(job, said),
        )

        assert sum(isinstance(answer, JobNotWaiting) for answer in outcomes) == 1
        seen = isinstance(outcomes[1], JobNotWaiting)
        assert (world.get(deposit.id).state is DepositState.STORED) == seen
        if seen:
            world.release(deposit.code)


def test_a_claim_left_open_at_one_station_goes_on_at_another(stations: list[BagWorld]) -> None:
    """As after a restart: the steps are in the database, nothing of them in memory."""
    first, second = stations
    deposit = first.stored()
    claim = first.claim(deposit.number)
    first.identity(claim.id)
    with pytest.raises(ReportedLost):
        second.release(deposit.code)
    second.approve(claim.id)
    second.comes_out(second.form(claim.id).form_job)

    assert second.signed(claim.id).lost_ticket_fee_fen > 0
    assert first.get(deposit.id).state is DepositState.RELEASED
