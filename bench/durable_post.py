"""Take-ins by eight clients at once on a card whose flush takes 5 ms; against the same with one commit a request."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.flush import SlowDisk
from bench.load import writers
from bench.report import Row, median, percentile
from bench.sink import PrinterSink
from bench.station import StationUnderTest

_CLIENTS = 8
_EACH = 50
_WARM_UP = 2
# Seconds between two posts of one client: eight people, not eight loops, but far faster than people.
_PAUSE_S = 0.1
_FLUSH_MS = 5.0
_LIMIT_P99_MS = 30.0


def run() -> list[Row]:
    ours, flushes = _measure(("-m", "kiosk"))
    theirs, their_flushes = _measure(("-m", "bench.one_commit"))
    posts = _CLIENTS * _EACH
    return [
        Row("durable POST, 8 clients, 5 ms flush, median", median(ours), "ms", None, median(theirs)),
        Row("durable POST, 8 clients, 5 ms flush, p99", percentile(ours, 99), "ms", _LIMIT_P99_MS, percentile(theirs, 99)),
        Row("flushes per 1000 tickets (record, sent, confirmed)", flushes * 1000 / posts, "", None, their_flushes * 1000 / posts),
    ]


def _measure(program: Sequence[str]) -> tuple[list[float], int]:
    with tempfile.TemporaryDirectory() as name, PrinterSink() as sink:
        folder = Path(name)
        disk = SlowDisk(folder, flush_ms=_FLUSH_MS)
        with StationUnderTest(folder, printer_port=sink.port, environment=disk.environment, program=program) as station:
            station.wait_for_device("ticket-printer")
            with writers(station, _CLIENTS, each=_WARM_UP):
                pass
            before = disk.flushes
            with writers(station, _CLIENTS, each=_EACH, pause_s=_PAUSE_S) as load:
                pass
            return load.posts, disk.flushes - before
