"""Receipts among ten million lines: look-up by number, bytes a line, and from the scanner's wire to the whole receipt page.

The database is made once, in the folder that KIOSK_BENCH_FOLDER names (``build/bench`` without it), and used again.
"""

import http.client
import os
import random
import shutil
import sqlite3
import tempfile
import time
import tty
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from datetime import date, timedelta
from pathlib import Path

from msgspec.structs import replace

from bench.many_receipts import LINES, ManyReceipts, service_over
from bench.report import Row, median, percentile
from bench.sink import PrinterSink
from bench.station import StationUnderTest
from bench.streams import Browsers
from kiosk.clock import SystemClock
from kiosk.db import Database
from kiosk.desk.receipts.search import MOST_DAYS
from kiosk.desk.receipts.views import ReceiptSearch

_LOOK_UPS = 3000
_SCANS = 150
_SEARCHES = 10
_WARM_UP = 5
_LIMIT_P99_MS = 5.0
_LIMIT_PAGE_P95_MS = 150.0
_FLOOR = "SELECT * FROM receipt WHERE number = ? AND store = 'S001'"
_FLOOR_LINES = "SELECT * FROM receipt_line l JOIN receipt_product p ON p.id = l.product_id WHERE l.receipt_id = ? ORDER BY l.line"


def run() -> list[Row]:
    made = ManyReceipts(Path(os.environ.get("KIOSK_BENCH_FOLDER", "build/bench")))
    numbers, size, lines = _about(made.path)
    rows = [Row("size of the database a line, with its receipt, tenders and indexes", size / lines, "bytes", note=f"{size / 2**20:.0f} MB")]
    if made.loaded_s is not None:
        rows.append(Row("bringing 10,000,000 lines in by the product's own intake, a million", made.loaded_s / LINES * 1e6, "s"))
    return rows + _look_ups(made.path, numbers) + _searches(made.path) + _pages(made.path, numbers)


def _about(path: Path) -> tuple[list[str], int, int]:
    """Numbers of receipts from all days, in no order; bytes of the file; lines in it."""
    rng = random.Random(11)
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        (highest,) = connection.execute("SELECT max(id) FROM receipt").fetchone()
        (lines,) = connection.execute("SELECT count(*) FROM receipt_line").fetchone()
        ids = rng.sample(range(1, highest + 1), _LOOK_UPS)
        numbers = [connection.execute("SELECT number FROM receipt WHERE id = ?", (one,)).fetchone()[0] for one in ids]
    return numbers, path.stat().st_size, lines


def _look_ups(path: Path, numbers: Sequence[str]) -> list[Row]:
    """In turns, so that a busy machine slows both; each number once, so that nothing is found in a cache of answers."""
    db = Database(f"sqlite:///{path}", clock=SystemClock())
    with closing(sqlite3.connect(path)) as plain:
        try:
            service = service_over(db)

            def floor(number: str) -> None:
                (receipt_id, *_), *_ = plain.execute(_FLOOR, (number,)).fetchall()
                plain.execute(_FLOOR_LINES, (receipt_id,)).fetchall()

            def ours(number: str) -> None:
                assert service.look_up(number).receipt is not None

            figures = _in_turns(numbers, ours, floor)
        finally:
            db.close()
    took, least = figures
    return [
        Row("look-up by number among 10,000,000 lines, median", median(took), "ms", None, median(least), "floor: two queries of sqlite3"),
        Row("look-up by number among 10,000,000 lines, p99", percentile(took, 99), "ms", _LIMIT_P99_MS, percentile(least, 99)),
    ]


def _searches(path: Path) -> list[Row]:
    """A damaged receipt is looked for in a month: by goods, and by part of its number."""
    db = Database(f"sqlite:///{path}", clock=SystemClock())
    figures: dict[str, list[float]] = {"goods": [], "part of the number": []}
    try:
        service = service_over(db)
        with db.read() as session:
            for turn in range(_SEARCHES):
                day = date.today() - timedelta(days=40 + 30 * turn)  # noqa: DTZ011 - any days do
                span = ReceiptSearch(day=day, until=day + timedelta(days=MOST_DAYS - 1))
                for name, wanted in (("goods", {"product": "苹果"}), ("part of the number", {"number_part": "000042"})):
                    began = time.perf_counter()
                    service.search(session, replace(span, **wanted))
                    figures[name].append((time.perf_counter() - began) * 1000)
    finally:
        db.close()
    return [Row(f"search of {MOST_DAYS} days by {name}, median", median(times), "ms") for name, times in figures.items()]


def _in_turns(numbers: Sequence[str], *calls: Callable[[str], None]) -> list[list[float]]:
    figures: list[list[float]] = [[] for _ in calls]
    for turn, number in enumerate(numbers):
        # Whoever asks first finds the pages cold: they take turns in that, too.
        order = range(len(calls)) if turn % 2 else reversed(range(len(calls)))
        for place in order:
            began = time.perf_counter()
            calls[place](number)
            figures[place].append((time.perf_counter() - began) * 1000)
    return [times[_WARM_UP:] for times in figures]


def _pages(path: Path, numbers: Sequence[str]) -> list[Row]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=path.parent)))
        master, slave = os.openpty()
        stack.callback(os.close, master)
        stack.callback(os.close, slave)
        tty.setraw(slave)
        (folder / "data").mkdir()
        shutil.copy(path, folder / "data" / "kiosk.db")
        sink = stack.enter_context(PrinterSink())
        station = StationUnderTest(folder, printer_port=sink.port, scanner=Path(os.ttyname(slave)), more=_CONFIGURATION)
        stack.enter_context(station)
        station.wait_for_device("desk-scanner")
        cookie = station.log_in()
        browser = stack.enter_context(Browsers(station.port, f"Cookie: {cookie}"))
        page = http.client.HTTPConnection("127.0.0.1", station.port, timeout=30)
        stack.callback(page.close)
        pages, events = [], []
        for number in numbers[: _SCANS + _WARM_UP]:
            event_ms, page_ms = _scan(master, browser, page, cookie, number)
            events.append(event_ms)
            pages.append(page_ms)
    return [
        Row("scan on the wire to the event, among 10,000,000 lines, p95", percentile(events[_WARM_UP:], 95), "ms"),
        Row("scan on the wire to the whole receipt page, median", median(pages[_WARM_UP:]), "ms"),
        Row("scan on the wire to the whole receipt page, p95", percentile(pages[_WARM_UP:], 95), "ms", _LIMIT_PAGE_P95_MS),
    ]


_CONFIGURATION = ("[[receipts.numbers]]", r"regex = '(?P<date>\d{8})(?P<till>\d{2})(?P<sequence>\d{6})'")


def _scan(master: int, browser: Browsers, page: http.client.HTTPConnection, cookie: str, number: str) -> tuple[float, float]:
    """Milliseconds from the code on the wire to the event, and to the last byte of the page that it leads to."""
    seen = sum(event.name == "scan" for event in browser.events)
    began = time.perf_counter()
    os.write(master, f"{number}\r".encode())
    events = browser.wait(lambda events: sum(event.name == "scan" for event in events) > seen)
    arrived = [event for event in events if event.name == "scan"][-1]
    page.request("GET", arrived.data["target"], headers={"Cookie": cookie, "Accept": "text/html"})
    answer = page.getresponse()
    text = answer.read().decode()
    took = (time.perf_counter() - began) * 1000
    if answer.status != 200 or number not in text:
        raise RuntimeError(f"{arrived.data['target']}: {answer.status}, not the page of receipt {number}")
    time.sleep(0.01)
    return (arrived.at - began) * 1000, took
