"""The station is killed ten times while 1,000 presses are on their way: is each of them recorded exactly once?

Clients are kiosks that keep a press until it is answered and send it again under its key, as the product's own page does.
"""

import http.client
import json
import queue
import random
import secrets
import sqlite3
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

from bench.report import Row, median
from bench.station import StationUnderTest

_PRESSES = 1_000
_KILLS = 10
_CLIENTS = 8
# Milliseconds between two tries of a client that was not answered.
_PAUSE_S = 0.05


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        station = StationUnderTest(Path(name))
        with station:
            # Killed after equal shares of the presses, somewhere in the midst of the ones under way.
            waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
            keys = [secrets.token_urlsafe(16) for _ in range(_PRESSES)]
            for key in keys:
                waiting.put(key)
            answered: list[str] = []
            stopped = threading.Event()
            threads = [threading.Thread(target=_kiosk, args=(station.port, waiting, answered, stopped)) for _ in range(_CLIENTS)]
            for thread in threads:
                thread.start()
            starts, killed_in_flight = [], 0
            for kill in range(1, _KILLS + 1):
                _wait_for(answered, _PRESSES * kill // (_KILLS + 1))
                time.sleep(random.uniform(0, 0.01))
                station.kill()
                killed_in_flight += len(answered) < _PRESSES
                starts.append(station.start())
            for thread in threads:
                thread.join()
            stopped.set()
        recorded, distinct, counted, whole = _recorded(station.database)
        lost = len(set(answered) - distinct)
    return [
        Row("presses recorded of 1,000", float(len(distinct & set(keys))), "", None, note="all" if len(distinct) == _PRESSES else ""),
        Row("lost, though answered", lost, "", 0),
        Row("missing", _PRESSES - len(distinct & set(keys)), "", 0),
        Row("doubled", recorded - len(distinct), "", 0),
        Row("counts that differ from the records", abs(counted - recorded), "", 0),
        Row("kills while presses were on their way", killed_in_flight, ""),
        Row("damage of the database", 0 if whole else 1, "", 0),
        Row("start after a kill, median", median(starts), "s"),
    ]


def _kiosk(port: int, waiting: "queue.SimpleQueue[str]", answered: list[str], stopped: threading.Event) -> None:
    while True:
        try:
            key = waiting.get_nowait()
        except queue.Empty:
            return
        while not _send(port, key):
            stopped.wait(_PAUSE_S)
        answered.append(key)


def _send(port: int, key: str) -> bool:
    body = json.dumps({"survey": "satisfaction", "rating": 1 + len(key) % 5, "key": key, "reasons": ["queue"]})
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
            connection.request("POST", "/api/v1/feedback", body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            response.read()
            return response.status == 201
    except (OSError, http.client.HTTPException):
        return False


def _wait_for(answered: list[str], count: int, timeout_s: float = 120.0) -> None:
    deadline = time.monotonic() + timeout_s
    while len(answered) < count:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(answered)} of {count} presses were answered after {timeout_s} s")
        time.sleep(0.002)


def _recorded(database: Path) -> tuple[int, set[str], int, bool]:
    """Rows, distinct keys, the sum of the kept counts, and whether SQLite finds its file whole."""
    with closing(sqlite3.connect(database)) as connection:
        keys = [key for (key,) in connection.execute("SELECT key FROM feedback_press")]
        counted = connection.execute("SELECT coalesce(sum(presses), 0) FROM feedback_hour").fetchone()[0]
        whole = connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    return len(keys), set(keys), counted, whole
