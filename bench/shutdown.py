"""SIGTERM while twenty browsers follow and a client writes: how long until the process has ended."""

import tempfile
from pathlib import Path

from bench.report import Row, median
from bench.sink import PrinterSink
from bench.station import StationUnderTest
from bench.streams import Browsers

_ROUNDS = 5
_STREAMS = 20
_LIMIT_S = 1.0


def run() -> list[Row]:
    figures = []
    with tempfile.TemporaryDirectory() as name, PrinterSink() as sink:
        station = StationUnderTest(Path(name), printer_port=sink.port)
        for _ in range(_ROUNDS):
            with station:
                station.wait_for_device("ticket-printer")
                with Browsers(station.port, f"Authorization: Bearer {station.token}", _STREAMS) as browsers:
                    client = station.client()
                    client.take_in()
                    client.close()
                    if browsers.open != _STREAMS:
                        raise RuntimeError(f"{browsers.open} streams are open, not {_STREAMS}")
                    figures.append(station.stop())
    return [
        Row("SIGTERM to end with 20 streams, median", median(figures), "s"),
        Row("SIGTERM to end with 20 streams, worst of 5", max(figures), "s", _LIMIT_S),
    ]
