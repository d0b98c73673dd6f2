"""A real import is killed again and again: it goes on, and ends with exactly the right rows; a station beside it keeps working."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

from tests.fakes.waiting import eventually
from tests.system.conftest import Start

RECEIPTS, KILLS = 8000, 3
PROFILE = """
[[receipts.profiles]]
name = "pos"
"""
HEAD = "number,till,sold_at,product,name,quantity,unit_price,amount"


def _file(folder: Path) -> Path:
    path = folder / "sales.csv"
    rows = [
        f"{number},3,2026-03-09 10:00:05,{line},x,1,{number % 90 + 1}.00,{number % 90 + 1}.00"
        for number in range(RECEIPTS)
        for line in (1, 2)
    ]
    path.write_text("\n".join([HEAD, *rows, ""]), encoding="utf-8")
    return path


def _import(config: Path, path: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-W", "error", "-m", "kiosk", "receipts", "import", str(path), "--json", "--config", str(config)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KIOSK_")}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean)


def _count(database: Path, what: str) -> int:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection, suppress(sqlite3.OperationalError):
        return int(connection.execute(f"SELECT {what}").fetchone()[0] or 0)
    return 0


def test_an_import_that_is_killed_goes_on_beside_a_station_that_works(start: Start, config: Path, tmp_path: Path) -> None:
    config.write_text(config.read_text(encoding="utf-8") + PROFILE, encoding="utf-8")
    path, database = _file(tmp_path), config.with_name("kiosk.db")
    station = start()
    for kill in range(1, KILLS + 1):
        running = _import(config, path)
        share = RECEIPTS * kill // (KILLS + 2)
        eventually(lambda share=share: _count(database, "count(*) FROM receipt") >= share, 60)  # type: ignore[misc]
        began = time.monotonic()
        assert station.post("/api/v1/bags", {"pieces": 1}).status == 201
        assert time.monotonic() - began < 5, "the station's own records get their turn"
        running.send_signal(signal.SIGKILL)
        running.communicate()
        assert _count(database, "count(*) FROM receipt") == _count(database, "new FROM receipt_import"), "progress and receipts agree"
    out, err = _import(config, path).communicate(timeout=100)
    assert (f'"new": {RECEIPTS}' in out, f'"rows": {2 * RECEIPTS}' in out, '"same": 0' in out, err) == (True, True, True, "")
    assert _count(database, "count(*) FROM receipt") == RECEIPTS
    assert _count(database, "count(*) FROM receipt_line") == 2 * RECEIPTS
    assert _count(database, "sum(total_fen) FROM receipt") == sum(2 * (number % 90 + 1) * 100 for number in range(RECEIPTS))
    again, _ = _import(config, path).communicate(timeout=60)
    assert '"already": true' in again
