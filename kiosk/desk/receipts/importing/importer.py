"""Brings one file in: reads it, checks each receipt, writes them a batch at a time together with how far it is.

It uses whatever database it is given: the station's own, or one that a command opened beside a running station.
"""

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.config_returns import ImportProfile
from kiosk.db import Database
from kiosk.desk.audit import AuditTrail
from kiosk.desk.receipts import ReceiptService
from kiosk.desk.receipts.importing import runs
from kiosk.desk.receipts.importing.assemble import Gathered, Gatherer
from kiosk.desk.receipts.importing.layout import Layout
from kiosk.desk.receipts.importing.problems import ChangedFile, RowError
from kiosk.desk.receipts.importing.profiles import OpenFile
from kiosk.desk.receipts.importing.report import Report
from kiosk.desk.receipts.importing.runs import FileKey
from kiosk.desk.receipts.importing.sinks import Batch, Means, Sink, Stored, Tried
from kiosk.errors import Invalid

# Rows of one commit. Larger ones are hardly quicker; in a running station somebody waits behind them.
BATCH_ROWS = 5000
GENTLE_ROWS = 500
# Seconds between two batches in which the station's own records get their turn: SQLite's waiting writers look again
# after 1, 2, 5, 10, 15, 20, 25 ... milliseconds, and whoever comes back at once is always quicker.
_GENTLE_PAUSE_S = 0.03
_PATH = re.compile(r"lines\[(\d+)\]\.?(.*)")

Progress = Callable[[int, int], None]  # position and size, in the same unit


class Stopped(Exception):
    """The import was asked to stop between two batches; what is in is in."""


class Importer:
    """Brings files in, one at a time."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        db: Database,
        receipts: ReceiptService,
        audit: AuditTrail,
        *,
        gentle: bool = False,
        stop: threading.Event | None = None,
    ) -> None:
        """*gentle*: a station works on the same database, and people wait for it. *stop* ends an import between two batches."""
        self._settings, self._clock, self._db, self._receipts = settings, clock, db, receipts
        self._gentle, self._stop = gentle, stop or threading.Event()
        self._means = Means(db, clock, receipts, audit, self._stop)

    def run(self, path: Path, profile: ImportProfile, *, dry_run: bool = False, progress: Progress | None = None) -> Report:
        """Bring *path* in; with *dry_run* say what would become of it and change nothing.

        Raises WrongFile, UnreadableFile, ChangedFile, StorageError, ImportedElsewhere, Stopped.
        """
        began, now = self._clock.monotonic(), self._clock.now()
        key = runs.key_of(path, profile, self._settings.store.code, self._settings.store.timezone, now=now)
        with self._db.read() as session:
            known = runs.find(session, key)
        if known is not None and known.finished and not dry_run:
            with self._db.read() as session:
                problems = runs.problems_of(session, known.id)
            return Report(path.name, profile.name, known.counts, False, True, 0, self._clock.monotonic() - began, problems)
        file = OpenFile(path, profile, self._settings)
        try:
            sink: Sink = Tried(self._means, profile, key) if dry_run else Stored(self._means, profile, key, path.name)
            resumed = sink.run.done
            for batch in self._batches(file, profile, resumed, progress):
                sink.take(batch)
            _unchanged(path, key)
            sink.finish()
        finally:
            file.close()
        return Report(path.name, profile.name, sink.run.counts, dry_run, False, resumed, self._clock.monotonic() - began, sink.problems())

    def _batches(self, file: OpenFile, profile: ImportProfile, skip: int, progress: Progress | None) -> Iterator[Batch]:
        batch, most = Batch(), GENTLE_ROWS if self._gentle else BATCH_ROWS
        for place, gathered in enumerate(_gathered(file, profile)):
            if place < skip:
                continue
            self._add(batch, file, gathered)
            if batch.counts.rows >= most:
                yield batch
                if progress is not None:
                    progress(file.rows.position, file.rows.size)
                batch = Batch()
                # Waits for nothing but a stop when no station is at sink.
                if self._clock.wait(self._stop, _GENTLE_PAUSE_S if self._gentle else 0):
                    raise Stopped
        yield batch
        if progress is not None:
            progress(file.rows.size, file.rows.size)

    def _add(self, batch: Batch, file: OpenFile, gathered: Gathered) -> None:
        receipt, problems = file.builder.build(gathered)
        if receipt is not None:
            try:
                receipt = self._receipts.check(receipt)
            except Invalid as error:
                problems = _refused(error, gathered, file.layout)
                receipt = None
        batch.items += 1
        batch.counts.rows += len(gathered.rows)
        if receipt is not None:
            batch.receipts.append(receipt)
            batch.rows_of.append(gathered.rows[0])
            return
        batch.counts.refused += 1
        batch.counts.refused_rows += len(gathered.rows)
        batch.problems += problems


def _gathered(file: OpenFile, profile: ImportProfile) -> Iterator[Gathered]:
    gatherer = Gatherer(profile, file.layout)
    for row in file:
        yield from gatherer.take(row)
    yield from gatherer.rest()


def _refused(error: Invalid, gathered: Gathered, layout: Layout) -> list[RowError]:
    """What the checks of a receipt say, by row and column of the file."""
    found = []
    for wrong in error.fields:
        inner = _PATH.fullmatch(wrong.field)
        place = int(inner[1]) if inner else 0
        name = (inner[2] if inner else wrong.field.partition("[")[0]).removesuffix("_fen")
        row = gathered.rows[place] if place < len(gathered.rows) else gathered.rows[0]
        value = "" if wrong.value is None else str(wrong.value)
        found.append(RowError(row, layout.title(name), value, str(wrong.message), "correct it at the point of sale or in the file"))
    return found or [RowError(gathered.rows[0], "", gathered.number, str(error.detail), str(error.remedy or ""))]


def _unchanged(path: Path, key: FileKey) -> None:
    """Raise ChangedFile when the file grew or changed while it was read."""
    try:
        status = path.stat()
    except OSError as error:
        raise ChangedFile(f"{path}: went away while it was read: {error.strerror}; give it again") from error
    if (status.st_size, status.st_mtime_ns) != (key.size_bytes, key.mtime_ns):
        raise ChangedFile(f"{path}: changed while it was read; give it again when it is complete")
