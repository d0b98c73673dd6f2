"""Events to twenty browsers while others write: from publishing to arrival, and no server thread held by a stream."""

import tempfile
import time
from datetime import datetime
from pathlib import Path

from bench.load import writers
from bench.report import Row, median, percentile
from bench.sink import PrinterSink
from bench.station import StationUnderTest
from bench.streams import Browsers

_BROWSERS = 20
# As many tickets as four busy desks make, many times over.
_WRITERS = 4
_PAUSE_S = 0.25
_SECONDS = 10.0
_LIMIT_P99_MS = 10.0
# Room for every ticket of a run; nothing is given back.
_SLOTS = ("A001-A400", "B001-B400")


def run() -> list[Row]:
    with (
        tempfile.TemporaryDirectory() as name,
        PrinterSink() as sink,
        StationUnderTest(Path(name), printer_port=sink.port, slots=_SLOTS) as station,
    ):
        station.wait_for_device("ticket-printer")
        threads = _threads(station.pid)
        with Browsers(station.port, f"Authorization: Bearer {station.token}", _BROWSERS) as browsers:
            held = _threads(station.pid) - threads
            with writers(station, _WRITERS, pause_s=_PAUSE_S):
                time.sleep(_SECONDS)
            time.sleep(0.5)
            events = list(browsers.events)
    # One machine, one clock: the event says when it was published.
    delays = [(event.wall - datetime.fromisoformat(event.data["at"]).timestamp()) * 1000 for event in events if "at" in event.data]
    counts = {sum(event.browser == number for event in events) for number in range(_BROWSERS)}
    if len(counts) != 1 or not delays:
        raise RuntimeError(f"the browsers did not get the same events: {sorted(counts)}")
    return [
        Row("event to 20 browsers beside 4 writers, median", median(delays), "ms"),
        Row("event to 20 browsers beside 4 writers, p99", percentile(delays, 99), "ms", _LIMIT_P99_MS, note=f"{counts.pop()} events each"),
        Row("server threads held by 20 streams", max(held, 0), "", 0),
    ]


def _threads(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/task").iterdir())
