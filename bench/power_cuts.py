"""Three hundred simulated power cuts in the middle of work: is every record that was acknowledged still there?

One run is logged (every write and flush of the database's files); each cut replays the log up to a random place and keeps a
random part of the sectors that were not flushed yet. As a control, the same cuts on a card that only claims to flush.
"""

import random
import sqlite3
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.flush import Card, Operation, SlowDisk, operations
from bench.report import Row
from bench.sink import PrinterSink
from bench.station import StationUnderTest

_CUTS = 300
_CLIENTS = 4
_EACH = 20
_FLUSH_MS = 2.0
_SEED = 20260310
_DATABASE = "kiosk.db"


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A record that the station said it has. *position*: length of the log when the answer came."""

    deposit: int
    code: int
    position: int


@dataclass(frozen=True, slots=True)
class _Run:
    """What happened: acknowledgements and operations in their order, and the files as they were before."""

    records: list[Acknowledged]
    log: list[Operation]
    before: dict[str, bytes]


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        done = _work(folder)
        lost, broken = _replay(done, folder / "card", honest=True)
        control, _ = _replay(done, folder / "card", honest=False)
    return [
        Row(f"of {_CUTS} power cuts, lost an acknowledged record", lost, "", 0),
        Row(f"of {_CUTS} power cuts, damaged the database", broken, "", 0),
        # Shows that a loss would be noticed. No limit: here it is the card that is at fault.
        Row(f"of {_CUTS} power cuts, lost a record on a card that does not flush", control, "", note=f"{len(done.records)} records"),
    ]


def _work(folder: Path) -> _Run:
    """Take bags in from several clients at once, every write of the database's files logged."""
    records: list[Acknowledged] = []
    errors: list[Exception] = []
    lock = threading.Lock()
    disk = SlowDisk(folder, flush_ms=_FLUSH_MS, log_below=folder / "data")
    assert disk.log is not None
    with PrinterSink() as sink:
        station = StationUnderTest(folder, printer_port=sink.port, environment=disk.environment)
        before = {str(path): path.read_bytes() for path in station.data.iterdir() if path.is_file()}

        def work() -> None:
            client = station.client()
            try:
                for _ in range(_EACH):
                    deposit = client.take_in()
                    with lock:
                        records.append(Acknowledged(deposit["id"], int(deposit["code"]), disk.position))
            except (OSError, RuntimeError) as error:
                errors.append(error)
            finally:
                client.close()

        with station:
            station.wait_for_device("ticket-printer")
            threads = [threading.Thread(target=work) for _ in range(_CLIENTS)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            if errors:
                raise errors[0]
    return _Run(sorted(records, key=lambda record: record.position), list(operations(disk.log)), before)


def _replay(run: _Run, folder: Path, *, honest: bool) -> tuple[int, int]:
    """Cut the power at random places; return how many cuts lost a record, and how many damaged the database."""
    rng = random.Random(_SEED)
    first = run.records[0].position
    places = sorted(rng.choices([operation.end for operation in run.log if operation.end >= first], k=_CUTS))
    card = Card(run.before, honest=honest)
    rest = iter(run.log)
    at = lost = broken = 0
    for place in places:
        while at < place:
            operation = next(rest)
            card.apply(operation)
            at = operation.end
        card.cut_power(folder, rng)
        kept, sound = _read(folder / _DATABASE)
        lost += any((record.deposit, record.code) not in kept for record in run.records if record.position <= place)
        broken += not sound
    return lost, broken


def _read(path: Path) -> tuple[set[Any], bool]:
    """Open the database as the station would after the cut; return its tickets and whether it is sound."""
    connection = sqlite3.connect(path)
    try:
        sound = connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]
        return set(connection.execute("SELECT deposit_id, code FROM bag_ticket")), sound
    except sqlite3.DatabaseError:
        return set(), False
    finally:
        connection.close()
