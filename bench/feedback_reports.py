"""Reports over 1,000,000 presses of a year, by day, hour, reason and station; against counting the presses themselves."""

import sqlite3
import tempfile
import time
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bench.report import Row, median
from bench.station import Client, StationUnderTest

_PRESSES = 1_000_000
_DAYS = 365
_STATIONS = 4
_ROUNDS = 7
_LIMIT_MS = 300.0
# Ten days ago the year ended; the report's own span begins and ends in the middle of a day.
_LAST_DAY = date.today() - timedelta(days=10)  # noqa: DTZ011 - any year does
_FIRST_DAY = _LAST_DAY - timedelta(days=_DAYS)

# In SQLite's own engine. Each press is made from its number: spread over the year and 14 opening hours, over stations and
# ratings, each seventh with a comment, each twelfth not counted, two of three with a reason of the rating.
_FILL = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :presses),
numbered(i, day, hour, second, rating) AS (
    SELECT i, date(:first, ((i - 1) * :days / :presses) || ' days'), 8 + i * 7919 % 14, i * 104729 % 3600, 1 + i * 31 % 97 % 5 FROM n)
INSERT INTO feedback_press (id, key, survey, version, steps, rating, station, counter, source, language, pressed_at, received_at, at,
    day, hour, comment, urgent, counted, hasty, case_receipt)
SELECT i, 'bench-' || substr('0000000000' || i, -10), 'satisfaction', 1, 5, rating, 'kiosk-' || (i % :stations), '', 'kiosk', 'zh',
    at, at, at, day, hour, CASE WHEN i % 7 = 0 THEN '排队太久' ELSE '' END, '', i % 12 > 0, 0, ''
FROM (SELECT *, datetime(day || ' 00:00:00', (hour * 3600 + second - 8 * 3600) || ' seconds') || '.000000' AS at FROM numbered)
"""
_REASONS = """
INSERT INTO feedback_press_reason (press_id, reason)
SELECT id, CASE WHEN rating > 3 THEN 'good-' ELSE '' END
    || CASE id % 5 WHEN 0 THEN 'staff' WHEN 1 THEN 'quality' WHEN 2 THEN 'price' WHEN 3 THEN 'clean' ELSE 'choice' END
FROM feedback_press WHERE id % 3 > 0
"""
_CELL = "station, survey, steps, rating, counted"
_COUNTS = (
    f"INSERT INTO feedback_day (day, {_CELL}, presses) SELECT day, {_CELL}, count(*) FROM feedback_press GROUP BY day, {_CELL}",
    (
        f"INSERT INTO feedback_hour (day, hour, {_CELL}, presses)"
        f" SELECT day, hour, {_CELL}, count(*) FROM feedback_press GROUP BY day, hour, {_CELL}"
    ),
    (
        f"INSERT INTO feedback_reason_day (day, reason, {_CELL}, presses)"
        f" SELECT day, reason, {_CELL}, count(*) FROM feedback_press JOIN feedback_press_reason ON press_id = id"
        f" GROUP BY day, reason, {_CELL}"
    ),
)
# The floor: what a report costs that counts the presses of the same span when somebody asks.
_FLOORS = {
    "day": "SELECT day, rating, counted, count(*) FROM feedback_press WHERE at >= ? AND at < ? GROUP BY day, rating, counted",
    "hour": "SELECT hour, rating, counted, count(*) FROM feedback_press WHERE at >= ? AND at < ? GROUP BY hour, rating, counted",
    "reason": "SELECT reason, rating, counted, count(*) FROM feedback_press JOIN feedback_press_reason ON press_id = id"
    " WHERE at >= ? AND at < ? GROUP BY reason, rating, counted",
    "station": "SELECT station, rating, counted, count(*) FROM feedback_press WHERE at >= ? AND at < ? GROUP BY station, rating, counted",
}


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        station = StationUnderTest(Path(name))
        with station:
            pass  # the first start writes the surveys
        station.kill()
        _fill(station.database)
        since = datetime.combine(_FIRST_DAY + timedelta(days=1), datetime.min.time(), UTC).replace(hour=3, minute=17)
        until = datetime.combine(_LAST_DAY, datetime.min.time(), UTC).replace(hour=5, minute=41)
        with station, closing(sqlite3.connect(f"file:{station.database}?mode=ro", uri=True)) as database:
            client = station.client()
            rows = [_compare(client, database, by, since, until) for by in _FLOORS]
            totals = [_timed(client, f"/api/v1/feedback/totals?{_span(since, until)}") for _ in range(_ROUNDS)]
            page = [_timed(client, f"/api/v1/feedback?with_comment=true&limit=100&{_span(since, until)}") for _ in range(_ROUNDS)]
            client.close()
            size = station.database.stat().st_size / 2**20
    return [
        *rows,
        Row("totals over 1,000,000 presses", median(totals), "ms", _LIMIT_MS),
        Row("a page of 100 comments", median(page), "ms", _LIMIT_MS),
        Row("size of the database", size, "MB"),
    ]


def _compare(client: Client, database: sqlite3.Connection, by: str, since: datetime, until: datetime) -> Row:
    ours, floor = [], []
    for _ in range(_ROUNDS):
        ours.append(_timed(client, f"/api/v1/feedback/reports?by={by}&{_span(since, until)}"))
        began = time.perf_counter()
        counted = database.execute(_FLOORS[by], [f"{at:%Y-%m-%d %H:%M:%S}.000000" for at in (since, until)]).fetchall()
        floor.append((time.perf_counter() - began) * 1000)
    told = client.call("GET", f"/api/v1/feedback/reports?by={by}&{_span(since, until)}")["rows"]
    if sum(row["raw"] for row in told) != sum(row[-1] for row in counted):
        raise RuntimeError(f"the report by {by} differs from a count of the presses")
    return Row(f"report by {by}, a year of 1,000,000 presses", median(ours), "ms", _LIMIT_MS, median(floor))


def _timed(client: Client, path: str) -> float:
    began = time.perf_counter()
    client.call("GET", path)
    return (time.perf_counter() - began) * 1000


def _span(since: datetime, until: datetime) -> str:
    return f"since={since:%Y-%m-%dT%H:%M:%SZ}&until={until:%Y-%m-%dT%H:%M:%SZ}"


def _fill(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        with connection:
            first = _FIRST_DAY.isoformat()
            connection.execute(_FILL, {"presses": _PRESSES, "days": _DAYS, "stations": _STATIONS, "first": first})
            connection.execute(_REASONS)
            for statement in _COUNTS:
                connection.execute(statement)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
