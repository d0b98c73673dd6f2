"""64 kiosks press at once for 30 seconds: is each press there once, and how long does one wait until it is on disk?"""

import http.client
import json
import secrets
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from bench.report import Row, median, percentile
from bench.station import StationUnderTest

_CLIENTS = 64
_SECONDS = 30.0
_WARM_UP_S = 2.0
_LIMIT_P99_MS = 250.0
# The same without a pause between the answer and the next press: more than any people press.
_FLAT_OUT_S = 10.0
# Seconds from one press to the next of a client: a shopper each second at each of 64 screens.
_EVERY_S = 1.0


@dataclass
class _Presses:
    """What the clients sent and were answered. *waits* are milliseconds."""

    waits: list[float] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as name, StationUnderTest(Path(name)) as station:
        _press(station, _WARM_UP_S, _EVERY_S)
        paced = _press(station, _SECONDS, _EVERY_S)
        flat_out = _press(station, _FLAT_OUT_S, 0.0)
        lost, doubled = _compare(station.database, [*paced.keys, *flat_out.keys])
        rate = len(flat_out.waits) / _FLAT_OUT_S
    return [
        Row("press, 64 clients, one a second each, median", median(paced.waits), "ms"),
        Row("press, 64 clients, one a second each, p99", percentile(paced.waits, 99), "ms", _LIMIT_P99_MS),
        Row("the same without pauses, median", median(flat_out.waits), "ms"),
        Row("the same without pauses, p99", percentile(flat_out.waits, 99), "ms", _LIMIT_P99_MS, note=f"{rate:.0f} presses/s"),
        Row("presses lost", lost + len(paced.failed) + len(flat_out.failed), "", 0),
        Row("presses doubled", doubled, "", 0),
    ]


def _press(station: StationUnderTest, seconds: float, every_s: float) -> _Presses:
    presses, until = _Presses(), time.monotonic() + seconds
    threads = [threading.Thread(target=_client, args=(station.port, presses, until, every_s, number)) for number in range(_CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return presses


def _client(port: int, presses: _Presses, until: float, every_s: float, number: int) -> None:
    waits, keys = [], []
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        for due in _times(every_s, number, until):
            if (wait := due - time.monotonic()) > 0:
                time.sleep(wait)
            key = secrets.token_urlsafe(16)
            body = json.dumps({"survey": "satisfaction", "rating": len(keys) % 5 + 1, "key": key})
            began = time.perf_counter()
            connection.request("POST", "/api/v1/feedback", body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            text = response.read()
            waits.append((time.perf_counter() - began) * 1000)
            if response.status == 201:
                keys.append(key)
            else:
                presses.failed.append(text.decode(errors="replace")[:200])
    with presses.lock:
        presses.waits += waits
        presses.keys += keys


def _times(every_s: float, number: int, until: float) -> Iterator[float]:
    due = time.monotonic() + every_s * number / _CLIENTS
    while due < until and time.monotonic() < until:
        yield due
        due = due + every_s if every_s else time.monotonic()


def _compare(database: Path, keys: list[str]) -> tuple[int, int]:
    """How many of *keys* are not recorded, and how many more than once in records or counts."""
    with closing(sqlite3.connect(database)) as connection:
        recorded = [key for (key,) in connection.execute("SELECT key FROM feedback_press")]
        counted = connection.execute("SELECT sum(presses) FROM feedback_day").fetchone()[0]
    return len(set(keys) - set(recorded)), len(recorded) - len(set(recorded)) + abs(counted - len(recorded))
