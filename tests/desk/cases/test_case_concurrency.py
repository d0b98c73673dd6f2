"""Two people, one case: simultaneous units of one station and of two stations with one database."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from kiosk.config import Station
from kiosk.db import Database
from kiosk.desk.cases.errors import AlreadyDone, NotNow
from kiosk.desk.cases.views import CaseState, CaseView
from kiosk.events import EventBus
from tests.desk.bags.test_bag_concurrency import at_once
from tests.desk.cases.case_world import LIU, WANG, CaseWorld, settings_with
from tests.fakes.clock import FakeClock


@pytest.fixture
def stations(database_url: str, clock: FakeClock, tmp_path: Path) -> Iterator[list[CaseWorld]]:
    """Two processes' worth of desk on one database, with one key file."""
    databases = [Database(database_url, clock=clock, bus=EventBus()) for _ in range(2)]
    yield [
        CaseWorld(
            database,
            clock,
            EventBus(),
            tmp_path / "contact.keys",
            msgspec.structs.replace(settings_with(), station=Station(name=f"desk-{number}")),
        )
        for number, database in enumerate(databases, 1)
    ]
    for database in databases:
        database.close()


def test_of_two_who_acknowledge_at_once_one_is_told_who_was_first(stations: list[CaseWorld]) -> None:
    one, two = stations
    for _ in range(4):
        case_id = one.open().id
        outcomes = at_once(
            lambda case_id=case_id: one.do("acknowledge", case_id, actor=WANG),  # type: ignore[misc]
            lambda case_id=case_id: two.do("acknowledge", case_id, actor=LIU),  # type: ignore[misc]
        )
        [first] = [outcome for outcome in outcomes if isinstance(outcome, CaseView)]
        [late] = [outcome for outcome in outcomes if isinstance(outcome, AlreadyDone)]
        assert late.extra["by"] == first.owner
        assert late.extra["action"] == "acknowledged"
        assert first.owner in str(late.detail)


def test_of_two_who_resolve_and_wait_at_once_neither_undoes_the_other(stations: list[CaseWorld]) -> None:
    one, two = stations
    for _ in range(4):
        case_id = one.brought_to(CaseState.IN_PROGRESS).id
        outcomes = at_once(
            lambda case_id=case_id: one.do("resolve", case_id, "Exchanged.", actor=WANG),  # type: ignore[misc]
            lambda case_id=case_id: two.do("wait", case_id, "the supplier", actor=LIU),  # type: ignore[misc]
        )
        case = one.get(case_id)
        assert case.state is CaseState.RESOLVED  # a case that waits can be resolved, a resolved one cannot wait
        for late in outcomes:
            if isinstance(late, NotNow):
                assert late.extra == {"state": "resolved", "by": "Wang", "at": late.extra["at"], "action": "resolved"}


def test_numbers_and_codes_are_given_once_whoever_opens_at_the_same_time(stations: list[CaseWorld]) -> None:
    receipts = at_once(*(station.open for station in stations for _ in range(4)))
    assert sorted(receipt.number for receipt in receipts) == [f"K26031000{number:02d}" for number in range(1, 9)]
    assert len({receipt.code for receipt in receipts}) == 8


def test_two_agendas_at_the_same_moment_climb_one_step(stations: list[CaseWorld]) -> None:
    case_id = stations[0].open().id
    stations[0].sleep_to(11, 12, 31)
    at_once(*(station.agenda.run_due for station in stations for _ in range(2)))
    assert stations[0].get(case_id).escalation == 1
    assert len(stations[0].told("case.escalated")) == 1
