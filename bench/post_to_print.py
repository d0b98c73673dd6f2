"""From ``POST /api/v1/bags`` to the last byte of the ticket at the printer, the record durable first; against the floor."""

import http.client
import statistics
import tempfile
import time
from pathlib import Path

from bench.floor import Floor
from bench.report import Row, median, percentile
from bench.sink import PrinterSink
from bench.station import Client, StationUnderTest, jobs_done

_ROUNDS = 150
_WARM_UP = 10
# Seconds between two tickets: the evidence of the one before has been taken in.
_PAUSE_S = 0.06
_SETTLE_S = 0.5


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as name, PrinterSink() as sink:
        folder = Path(name)
        with StationUnderTest(folder, printer_port=sink.port) as station:
            station.wait_for_device("ticket-printer")
            client = station.client()
            cuts = _cuts_of_a_ticket(client, sink)
            with Floor(sink.port) as floor:
                ours: list[float] = []
                theirs: list[float] = []
                connection = http.client.HTTPConnection("127.0.0.1", floor.port, timeout=30)
                _post(connection)
                time.sleep(_SETTLE_S)  # the floor answers when it has written, not when the sink has read
                floor_cuts = len(sink.cuts) - cuts
                before = station.cpu_s(), floor.cpu_s()
                for turn in range(_ROUNDS + _WARM_UP):
                    for figures, expected, post in ((ours, cuts, client.take_in), (theirs, floor_cuts, lambda: _post(connection))):
                        seen = len(sink.cuts)
                        began = time.perf_counter()
                        post()
                        done = sink.wait_for_cuts(seen + expected)
                        if turn >= _WARM_UP:
                            figures.append((done - began) * 1000)
                        time.sleep(_PAUSE_S)
                work, floor_work = station.cpu_s() - before[0], floor.cpu_s() - before[1]
                connection.close()
            jobs_done(client, _ROUNDS)
            client.close()
    tickets = (_ROUNDS + _WARM_UP) / 1000
    floor_median, floor_p95 = median(theirs), percentile(theirs, 95)
    return [
        Row("POST to last byte, median", median(ours), "ms", 3 * floor_median, floor_median, f"{median(ours) / floor_median:.1f} x"),
        Row("POST to last byte, p95", percentile(ours, 95), "ms", 6 * floor_p95, floor_p95, f"{percentile(ours, 95) / floor_p95:.1f} x"),
        Row("POST to last byte, mean", statistics.fmean(ours), "ms", None, statistics.fmean(theirs)),
        Row("processor time a ticket, all threads, to its confirmation", work / tickets, "ms", None, floor_work / tickets),
    ]


def _cuts_of_a_ticket(client: Client, sink: PrinterSink) -> int:
    client.take_in()
    jobs_done(client, 1)
    return len(sink.cuts)


def _post(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", "/print")
    response = connection.getresponse()
    response.read()
    if response.status != 200:
        raise RuntimeError(f"the floor answered {response.status}")
