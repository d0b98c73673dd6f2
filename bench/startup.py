"""From exec to /readyz, memory of the idle station, and what an idle station costs of the processor."""

import tempfile
import time
from pathlib import Path

from bench.report import Row, median
from bench.sink import PrinterSink
from bench.station import StationUnderTest

_ROUNDS = 7
_SETTLE_S = 3.0
_IDLE_S = 20.0
_LIMIT_START_S = 1.2
_LIMIT_MB = 60.0
_LIMIT_CPU_PERCENT = 1.0


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as name, PrinterSink() as sink:
        station = StationUnderTest(Path(name), printer_port=sink.port)
        starts, work = [], []
        for _ in range(_ROUNDS):
            starts.append(station.start())
            work.append(station.cpu_s())
            station.stop()
        with station:
            station.wait_for_device("ticket-printer")
            client = station.client()
            client.take_in()
            client.close()
            time.sleep(_SETTLE_S)
            before = station.cpu_s()
            time.sleep(_IDLE_S)
            used = station.cpu_s() - before
            memory = station.resident_mb()
    return [
        Row("start to ready, median", median(starts), "s", _LIMIT_START_S),
        Row("start to ready, best", min(starts), "s"),
        Row("start to ready, processor time alone", median(work), "s"),
        Row("memory after a ticket, idle", memory, "MB", _LIMIT_MB),
        Row("processor, idle with a printer", used / _IDLE_S * 100, "%", _LIMIT_CPU_PERCENT),
    ]
