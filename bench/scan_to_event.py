"""From the code on the scanner's wire to the event in the browser of the person who is logged in."""

import os
import tempfile
import time
import tty
from pathlib import Path

from bench.report import Row, median, percentile
from bench.sink import PrinterSink
from bench.station import StationUnderTest
from bench.streams import Browsers

_ROUNDS = 200
_LIMIT_P95_MS = 50.0


def run() -> list[Row]:
    master, slave = os.openpty()
    tty.setraw(slave)
    try:
        with (
            tempfile.TemporaryDirectory() as name,
            PrinterSink() as sink,
            StationUnderTest(Path(name), printer_port=sink.port, scanner=Path(os.ttyname(slave))) as station,
        ):
            station.wait_for_device("desk-scanner")
            client = station.client()
            code = client.take_in()["code"]
            cookie = station.log_in()
            with Browsers(station.port, f"Cookie: {cookie}") as browser:
                figures = [_scan(master, browser, code) for _ in range(_ROUNDS)]
            client.close()
    finally:
        os.close(master)
        os.close(slave)
    return [
        Row("scan on the wire to event in the browser, median", median(figures), "ms"),
        Row("scan on the wire to event in the browser, p95", percentile(figures, 95), "ms", _LIMIT_P95_MS),
    ]


def _scan(master: int, browser: Browsers, code: str) -> float:
    seen = sum(event.name == "scan" for event in browser.events)
    began = time.perf_counter()
    os.write(master, f"{code}\r".encode())
    events = browser.wait(lambda events: sum(event.name == "scan" for event in events) > seen)
    arrived = [event for event in events if event.name == "scan"][-1]
    if not arrived.data["target"].startswith("/desk/bags/"):
        raise RuntimeError(f"the scan led to {arrived.data['target']}")
    time.sleep(0.01)
    return (arrived.at - began) * 1000
