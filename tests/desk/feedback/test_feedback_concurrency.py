"""Two stations on one database, many screens at once: one key is one press, one complaint one case, and the counts hold."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kiosk.db import Database
from kiosk.desk.feedback.views import Complaint, FollowUp, NewPress, PressSource, Recorded
from kiosk.errors import Refusal
from kiosk.events import EventBus
from tests.desk.feedback.feedback_world import ZHAO, FeedbackWorld
from tests.fakes.clock import FakeClock
from tests.fakes.postgres import PostgresServer


@pytest.fixture
def stations(postgres: PostgresServer, clock: FakeClock, tmp_path: Path) -> Iterator[tuple[FeedbackWorld, FeedbackWorld]]:
    with postgres.fresh_database() as url:
        buses = EventBus(), EventBus()
        databases = [Database(url, clock=clock, bus=bus) for bus in buses]
        # One key file for the store.
        first = FeedbackWorld(databases[0], clock, buses[0], tmp_path, "desk-1")
        (tmp_path / "desk-2").mkdir()
        (tmp_path / "desk-2" / "contact.keys").write_bytes((tmp_path / "desk-1" / "contact.keys").read_bytes())
        (tmp_path / "desk-2" / "contact.keys").chmod(0o600)
        yield first, FeedbackWorld(databases[1], clock, buses[1], tmp_path, "desk-2")
        for database in databases:
            database.close()


def test_one_key_sent_to_two_stations_at_once_is_one_press(stations: tuple[FeedbackWorld, FeedbackWorld]) -> None:
    def press(station: FeedbackWorld, key: str) -> Recorded:
        new = NewPress(key, "satisfaction", 1 + stations.index(station), PressSource.KIOSK)
        return station.write(lambda session: station.feedback.press(session, new))

    with ThreadPoolExecutor(16) as pool:
        keys = [f"the-same-key-{number:06d}" for number in range(40)]
        answers = [(key, pool.submit(press, station, key)) for key in keys for station in stations]
        ids: dict[str, set[tuple[int, int]]] = {}
        for key, answer in answers:
            ids.setdefault(key, set()).add((answer.result().id, answer.result().rating))
    assert all(len(found) == 1 for found in ids.values()), "both screens got the first answer"
    assert stations[0].totals().raw == len(keys)
    stations[0].assert_counts_are_right()


def test_flags_lifted_at_one_station_while_another_records_leave_right_counts(stations: tuple[FeedbackWorld, FeedbackWorld]) -> None:
    here, there = stations
    presses = [here.press(after_s=1) for _ in range(20)]

    def press(number: int) -> None:
        new = NewPress(f"while-judging-{number:04d}", "satisfaction", 5, PressSource.KIOSK, reasons=("good-staff",))
        here.write(lambda session: here.feedback.press(session, new))

    def judge(press_id: int) -> None:
        there.write(lambda session: there.feedback.flag(session, ZHAO, press_id, "tried out"))
        for flag in there.get(press_id).flags:
            there.lift(flag.id)

    with ThreadPoolExecutor(8) as pool:
        work = [pool.submit(press, number) for number in range(40)] + [pool.submit(judge, each.id) for each in presses]
        for done in work:
            done.result()
    assert here.totals().raw == 60
    assert all(here.get(each.id).counted for each in presses)
    here.assert_counts_are_right()


def test_a_complaint_sent_to_two_stations_at_once_is_one_case(stations: tuple[FeedbackWorld, FeedbackWorld]) -> None:
    here, _ = stations
    pressed = here.press(1)

    def complain(station: FeedbackWorld) -> Recorded:
        added = FollowUp(complaint=Complaint(content="No change given"))
        return station.write(lambda session: station.feedback.follow_up(session, pressed.key, added))

    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(complain, station) for station in stations * 4]
        receipts = {answer.result().case for answer in answers}
    assert len(receipts) == 1
    assert len(here.read(lambda session: here.services.cases.list(session))) == 1


def test_many_screens_of_one_station_lose_and_double_nothing(world: FeedbackWorld) -> None:
    def press(number: int) -> int:
        new = NewPress(f"screen-{number % 100:012d}", "satisfaction", 1 + number % 5, PressSource.KIOSK)
        return world.write(lambda session: world.feedback.press(session, new)).id

    with ThreadPoolExecutor(32) as pool:
        ids = list(pool.map(press, range(300)))
    assert len(set(ids)) == 100
    assert world.totals().raw == 100
    world.assert_counts_are_right()


def test_two_managers_lift_one_flag_once(world: FeedbackWorld) -> None:
    recorded = world.press()
    [flag] = world.flag(recorded.id).flags

    def lift(_: int) -> bool:
        try:
            world.lift(flag.id)
        except Refusal:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lift, range(8))) == 1
    world.assert_counts_are_right()
