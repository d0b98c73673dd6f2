"""Take-ins by eight clients at once on a card whose flush takes 5 ms; against the same with one commit a request."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.flush import SlowDisk
from bench.load import writers
from bench.report import Row, median, percentile
from bench.sink import PrinterSink
from bench.station import StationUnderTest, jobs_done

_CLIENTS = 8
_EACH = 40
_WARM_UP = 2
# Seconds between two posts of one client: eight people, though far faster than people; and none at all.
_PAUSE_S = 0.25
_FLUSH_MS = 5.0
# Room for every ticket of a run; nothing is given back.
_SLOTS = ("A001-A400", "B001-B400")
_LIMIT_P99_MS = 30.0


@dataclass(frozen=True, slots=True)
class _Figures:
    """Milliseconds of each POST, with pauses and without; flushes of the former."""

    paced: list[float]
    flat_out: list[float]
    flushes: int


def run() -> list[Row]:
    ours = _measure(("-m", "kiosk"))
    theirs = _measure(("-m", "bench.one_commit"))
    tickets = _CLIENTS * _EACH / 1000
    return [
        Row("POST, 8 clients, 5 ms flush, median", median(ours.paced), "ms", None, median(theirs.paced)),
        Row("POST, 8 clients, 5 ms flush, p99", percentile(ours.paced, 99), "ms", _LIMIT_P99_MS, percentile(theirs.paced, 99)),
        Row("the same without pauses, median", median(ours.flat_out), "ms", None, median(theirs.flat_out)),
        Row("the same without pauses, p99", percentile(ours.flat_out, 99), "ms", None, percentile(theirs.flat_out, 99)),
        Row("flushes for 1000 tickets (taken in, sent, confirmed)", ours.flushes / tickets, "", None, theirs.flushes / tickets),
    ]


def _measure(program: Sequence[str]) -> _Figures:
    with tempfile.TemporaryDirectory() as name, PrinterSink() as sink:
        folder = Path(name)
        disk = SlowDisk(folder, flush_ms=_FLUSH_MS)
        with StationUnderTest(folder, printer_port=sink.port, environment=disk.environment, program=program, slots=_SLOTS) as station:
            station.wait_for_device("ticket-printer")
            client = station.client()
            with writers(station, _CLIENTS, each=_WARM_UP):
                pass
            jobs_done(client, _CLIENTS * _WARM_UP)
            before = disk.flushes
            with writers(station, _CLIENTS, each=_EACH, pause_s=_PAUSE_S) as paced:
                pass
            jobs_done(client, _CLIENTS * (_WARM_UP + _EACH))
            flushes = disk.flushes - before
            with writers(station, _CLIENTS, each=_EACH) as flat_out:
                pass
            client.close()
            return _Figures(paced.posts, flat_out.posts, flushes)
