"""Presses of face buttons: recorded once and in order, kept in memory while the database is away, told to the screen."""

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kiosk.db import Database
from kiosk.desk.button_presses import ButtonPresses
from kiosk.desk.feedback.views import NewPress, PressSource, Recorded
from kiosk.devices.button_service import ButtonPress
from kiosk.errors import StorageError
from kiosk.events import Event, EventBus
from tests.fakes.clock import FakeClock
from tests.fakes.waiting import eventually
from tests.fakes.web_station import WebStation

STATION = "desk-1"


class Gate:
    """A feedback service in front of the real one, whose database can be away."""

    def __init__(self, station: WebStation) -> None:
        self._real = station.services.feedback
        self.away = False
        self.fault: Exception | None = None
        self.tries = 0
        self.open = threading.Event()
        self.open.set()
        self.pressed: list[NewPress] = []

    def press(self, session: Any, new: NewPress, *, station: str) -> Recorded:
        self.tries += 1
        assert self.open.wait(10)
        if self.away:
            raise StorageError("disk I/O error")
        if self.fault is not None:
            raise self.fault
        self.pressed.append(new)
        return self._real.press(session, new, station=station)


class Rig:
    """The sink of a station with the default surveys, and what it answered."""

    def __init__(self, database: Database, bus: EventBus, clock: FakeClock, folder: Path, *, most: int = 2000) -> None:
        self.clock, self.db = clock, database
        self.station = WebStation(database, bus, clock, folder)
        self.services = self.station.services
        database.write(self.services.feedback.ensure_defaults)
        self.gate = Gate(self.station)
        gate: Any = self.gate
        self.sink = ButtonPresses(database, gate, self.services.surveys, clock, STATION, most=most)
        self.answers: list[tuple[int, bool]] = []
        self.events: list[Event] = []
        bus.subscribe(self.events.append)

    def press(self, button: int) -> None:
        self.sink.take(ButtonPress("faces", button, self.clock.now()), lambda recorded: self.answers.append((button, recorded)))

    def until(self, true: Callable[[], bool]) -> None:
        eventually(true)

    def retried(self, true: Callable[[], bool]) -> None:
        """Let time pass until a later try has done it."""

        def look() -> bool:
            self.clock.advance(5)
            return true()

        eventually(look)

    def recorded(self) -> list[tuple[int, PressSource]]:
        with self.db.read() as session:
            found = self.services.feedback.presses(
                session, since=self.clock.now() - timedelta(days=1), until=self.clock.now() + timedelta(days=1), limit=100, before_id=None
            )
        return [(press.rating, press.source) for press in reversed(found)]

    def told(self) -> list[Event]:
        return [event for event in self.events if event.name == "button.pressed"]


@pytest.fixture
def rig(database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path) -> Iterator[Rig]:
    made = Rig(database, bus, clock, tmp_path)
    yield made
    made.gate.away = False
    made.sink.stop()


@pytest.fixture
def small(sqlite_database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path) -> Iterator[Rig]:
    """A sink that holds two presses."""
    made = Rig(sqlite_database, bus, clock, tmp_path, most=2)
    yield made
    made.sink.stop()


def test_a_press_is_recorded_answered_and_told_to_the_stations_screen_alone(rig: Rig) -> None:
    rig.press(4)
    rig.until(lambda: rig.answers == [(4, True)])
    assert rig.recorded() == [(4, PressSource.BUTTON)]
    (event,) = rig.told()
    assert event.screen == f"kiosk:{STATION}"
    assert event.data == {"key": rig.gate.pressed[0].key, "rating": 4, "survey": "satisfaction", "version": 1}


def test_every_press_has_a_key_of_its_own_that_cannot_be_guessed(rig: Rig) -> None:
    for _ in range(3):
        rig.press(5)
    rig.until(lambda: len(rig.answers) == 3)
    keys = {press.key for press in rig.gate.pressed}
    assert len(keys) == 3
    assert all(len(key) == 22 for key in keys)  # 128 bits in 6-bit letters


def test_presses_wait_in_order_while_the_database_is_away_and_the_screen_is_not_told_of_old_ones(rig: Rig) -> None:
    rig.gate.away = True
    for button in (1, 2, 3):
        rig.press(button)
    rig.until(lambda: rig.gate.tries > 0)
    assert (rig.answers, rig.sink.waiting) == ([], 3)
    rig.clock.advance(60)
    rig.gate.away = False
    rig.retried(lambda: len(rig.answers) == 3)
    assert rig.answers == [(1, True), (2, True), (3, True)]
    assert [rating for rating, _ in rig.recorded()] == [1, 2, 3]
    assert rig.told() == []


def test_a_try_whose_answer_was_lost_is_the_same_press(rig: Rig) -> None:
    class Lost(Gate):
        def press(self, session: Any, new: NewPress, *, station: str) -> Recorded:
            recorded = super().press(session, new, station=station)
            session.commit()  # it is on disk, and then the connection breaks
            if len(self.pressed) == 1:
                raise StorageError("server closed the connection")
            return recorded

    lost: Any = Lost(rig.station)
    sink = ButtonPresses(rig.db, lost, rig.services.surveys, rig.clock, STATION)
    answers: list[bool] = []
    sink.take(ButtonPress("faces", 2, rig.clock.now()), answers.append)
    rig.retried(lambda: answers == [True])
    sink.stop()
    assert len({press.key for press in lost.pressed}) == 1
    assert [rating for rating, _ in rig.recorded()] == [2]


def test_a_press_too_many_is_refused_and_said(caplog: pytest.LogCaptureFixture, small: Rig) -> None:
    small.gate.away = True
    with caplog.at_level(logging.ERROR):
        for button in (1, 2, 3):
            small.press(button)
    assert (3, False) in small.answers
    assert "refused" in caplog.text
    small.gate.away = False
    small.retried(lambda: len(small.answers) == 3)
    assert [rating for rating, _ in small.recorded()] == [1, 2]


def test_without_a_survey_the_press_is_refused(small: Rig) -> None:
    small.db.write(lambda session: small.services.surveys.end(session, small_manager(), "satisfaction"))
    small.press(4)
    small.until(lambda: small.answers == [(4, False)])
    assert small.recorded() == []


def small_manager() -> Any:
    from kiosk.desk.actors import ROLE_SCOPES, Actor, Role

    return Actor("user", 900, "test manager", ROLE_SCOPES[Role.MANAGER], Role.MANAGER)


def test_a_button_beyond_the_surveys_faces_is_refused(small: Rig) -> None:
    small.press(7)
    small.until(lambda: small.answers == [(7, False)])


def test_a_press_that_breaks_is_logged_and_does_not_hold_up_the_next(caplog: pytest.LogCaptureFixture, small: Rig) -> None:
    small.gate.fault = LookupError("a bug")
    with caplog.at_level(logging.ERROR):
        small.press(1)
        small.until(lambda: small.answers == [(1, False)])
    small.gate.fault = None
    small.press(2)
    small.until(lambda: (2, True) in small.answers)
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 1


def test_the_storage_is_reported_once_while_it_is_away(caplog: pytest.LogCaptureFixture, small: Rig) -> None:
    small.gate.away = True
    with caplog.at_level(logging.WARNING, logger="kiosk.desk.button_presses"):
        small.press(1)
        small.retried(lambda: small.gate.tries > 3)
    assert len(caplog.records) == 1


def test_a_stop_records_what_waits_when_the_database_is_back(small: Rig) -> None:
    small.gate.away = True
    small.press(1)
    small.until(lambda: small.gate.tries > 0)
    small.gate.away = False
    small.sink.stop()
    assert small.answers == [(1, True)]


def test_a_stop_counts_what_is_lost(caplog: pytest.LogCaptureFixture, small: Rig) -> None:
    small.gate.away = True
    small.press(1)
    with caplog.at_level(logging.ERROR):
        small.sink.stop()
    assert small.answers == [(1, False)]
    assert "1 button presses are lost" in caplog.text
    small.press(2)
    assert small.answers[-1] == (2, False)


def test_a_press_whose_commit_outlasts_the_stop_is_answered_once(caplog: pytest.LogCaptureFixture, small: Rig) -> None:
    small.gate.open.clear()
    small.press(1)
    small.until(lambda: small.gate.tries == 1)
    small.sink.stop(timeout_s=0.01)
    assert small.answers == [(1, False)]
    small.gate.open.set()
    small.until(lambda: "was recorded after all" in caplog.text)
    small.sink.stop()
    assert small.answers == [(1, False)]
    assert len(small.recorded()) == 1


def test_a_station_without_buttons_has_no_thread_for_them(small: Rig) -> None:
    assert not any(thread.name == "button-presses" for thread in threading.enumerate())
