"""The station dies again and again while kiosks press: each press is there once, and the counts agree."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPException
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.fakes.station_process import StationProcess
from tests.fakes.waiting import eventually
from tests.system.conftest import Start

KIOSKS = 4
PRESSES = 120
KILLS = 3


class Kiosk(Thread):
    """Sends its presses one after the other, each again under its key until it is answered, as the shopper's page does."""

    def __init__(self, number: int, station: Callable[[], StationProcess], over: Event) -> None:
        super().__init__(name=f"kiosk-{number}", daemon=True)
        self.keys = [f"kiosk-{number}-press-{press:06d}" for press in range(PRESSES // KIOSKS)]
        self.answers: dict[str, int] = {}
        self._station, self._over = station, over

    def run(self) -> None:
        for key in self.keys:
            while not self._over.is_set() and not self._sent(key):
                self._over.wait(0.05)

    def _sent(self, key: str) -> bool:
        body = {"survey": "satisfaction", "rating": 1 + len(self.answers) % 5, "key": key, "reasons": ["queue"]}
        try:
            with closing(self._station().connect()) as connection:
                connection.request("POST", "/api/v1/feedback", json.dumps(body), {"Content-Type": "application/json"})
                response = connection.getresponse()
                answer = json.loads(response.read())
        except (OSError, HTTPException, ValueError):
            return False
        if response.status != 201:
            return False
        self.answers[key] = answer["id"]
        return True


@pytest.fixture
def over() -> Iterator[Event]:
    event = Event()
    yield event
    event.set()


def test_presses_are_there_once_whenever_the_station_dies(start: Start, config: Path, over: Event) -> None:
    running = [start()]
    kiosks = [Kiosk(number, lambda: running[-1], over) for number in range(KIOSKS)]
    for kiosk in kiosks:
        kiosk.start()
    for kill in range(1, KILLS + 1):
        share = PRESSES * kill // (KILLS + 1)
        eventually(lambda share=share: sum(len(kiosk.answers) for kiosk in kiosks) >= share, 20)  # type: ignore[misc]
        running[-1].kill()
        running.append(start())
    for kiosk in kiosks:
        kiosk.join(30)
        assert len(kiosk.answers) == len(kiosk.keys), "every press was answered in the end"
    ids = [number for kiosk in kiosks for number in kiosk.answers.values()]
    assert len(set(ids)) == PRESSES
    running[-1].kill()
    with closing(sqlite3.connect(config.with_name("kiosk.db"))) as database:
        recorded = dict(database.execute("SELECT key, id FROM feedback_press"))
        assert recorded == {key: number for kiosk in kiosks for key, number in kiosk.answers.items()}, "what was answered is on disk"
        for table in ("feedback_day", "feedback_hour", "feedback_reason_day"):
            assert database.execute(f"SELECT sum(presses) FROM {table}").fetchone() == (PRESSES,)
