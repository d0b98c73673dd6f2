"""A million past deposits in the database: do take-in, release and board take longer than in an empty one?"""

import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.report import Row, median
from bench.sink import PrinterSink
from bench.station import Client, StationUnderTest

_PAST = 1_000_000
_ROUNDS = 80
_WARM_UP = 5
_LIMIT = 1.5
# A desk's shelf; the board shows each place.
_SLOTS = ("A01-A20", "B01-B20")

# All in SQLite's own engine, a few seconds each. Codes are spread as random ones are: a multiple, modulo a prime, is
# different for each row and in no order.
_DEPOSITS = """
WITH RECURSIVE past(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM past WHERE i < :past)
INSERT INTO bag_deposit
    (id, station, number, slot_id, pieces, note, state, ticket_sequence, business_date, due_on, overdue,
     taken_at, taken_by, taken_by_name, stored_at, released_at, released_by, released_by_name, fee_fen)
SELECT i, 'bench', i % 999 + 1, i % 40 + 1, i % 3 + 1, '', 'released', 0, date('2024-01-01', (i / 2000) || ' days'),
    date('2024-01-01', (i / 2000) || ' days'), 0, datetime('2024-01-01', (i * 43) || ' seconds') || '.000000', 'user:1', 'Bench',
    datetime('2024-01-01', (i * 43 + 5) || ' seconds') || '.000000', datetime('2024-01-01', (i * 43 + 3600) || ' seconds') || '.000000',
    'user:1', 'Bench', 0
FROM past
"""
_TICKETS = """
INSERT INTO bag_ticket (code, deposit_id, sequence, state, job_id, created_at, live_at)
SELECT 80000000000000 + id * 982451653 % 9999999999971, id, 0, 'used', -id, taken_at, stored_at FROM bag_deposit
"""
_AUDIT = """
INSERT INTO audit_entry (station, sequence, at, actor, action, subject, detail, previous, hash)
SELECT 'bench', :head + 2 * id - part, taken_at, 'user:1', CASE part WHEN 1 THEN 'bag.taken-in' ELSE 'bag.released' END,
    'deposit:' || id, '{"number":38,"pieces":1,"slot":"A01"}', lower(hex(randomblob(32))), lower(hex(randomblob(32)))
FROM bag_deposit, (SELECT 1 AS part UNION ALL SELECT 0)
"""
_HEAD = """
UPDATE audit_head SET sequence = (SELECT max(sequence) FROM audit_entry WHERE station = 'bench'),
    hash = (SELECT hash FROM audit_entry WHERE station = 'bench' ORDER BY sequence DESC LIMIT 1)
WHERE station = 'bench'
"""


def run() -> list[Row]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sink = stack.enter_context(PrinterSink())
        empty, full = (StationUnderTest(folder / name, printer_port=sink.port, slots=_SLOTS) for name in ("empty", "full"))
        _fill(full.database)
        clients = []
        for station in (empty, full):
            stack.enter_context(station)
            station.wait_for_device("ticket-printer")
            clients.append(station.client())
            stack.callback(clients[-1].close)
        figures: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in ("take-in", "release", "board")}
        for turn in range(_ROUNDS + _WARM_UP):
            for number, client in enumerate(clients):
                for name, took in _round(client).items():
                    if turn >= _WARM_UP:
                        figures[name][number].append(took)
        size = full.database.stat().st_size / 2**20
    return [
        Row(f"{name} with a million past deposits", median(slow), "ms", _LIMIT * median(fast), median(fast), _ratio(slow, fast))
        for name, (fast, slow) in figures.items()
    ] + [Row("size of the database", size, "MB")]


def _round(client: Client) -> dict[str, float]:
    deposit, take_in_ms = _timed(client.take_in)
    client.wait_until_stored(deposit["id"])
    _, board_ms = _timed(lambda: client.call("GET", "/api/v1/bags/board"))
    _, release_ms = _timed(lambda: client.release(deposit["code"]))
    return {"take-in": take_in_ms, "release": release_ms, "board": board_ms}


def _timed(call: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    answer = call()
    return answer, (time.perf_counter() - began) * 1000


def _ratio(slow: list[float], fast: list[float]) -> str:
    return f"{median(slow) / median(fast):.2f} x"


def _fill(database: Path) -> None:
    connection = sqlite3.connect(database)
    try:
        connection.execute("PRAGMA synchronous = OFF")
        with connection:
            head = connection.execute("SELECT sequence FROM audit_head WHERE station = 'bench'").fetchone()[0]
            connection.execute(_DEPOSITS, {"past": _PAST})
            connection.execute(_TICKETS)
            connection.execute(_AUDIT, {"head": head})
            # The chain's end mark only moves one entry at a time; here it has to jump.
            triggers = connection.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_head'"
            ).fetchall()
            for trigger, _ in triggers:
                connection.execute(f'DROP TRIGGER "{trigger}"')
            connection.execute(_HEAD)
            for _, statement in triggers:
                connection.execute(statement)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
