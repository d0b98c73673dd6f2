"""The drop folder: files that the point of sale puts there are brought in and moved to ``done`` or ``failed``.

A file is dealt with once, whatever happens: what became of it is in the database before it is moved, so a file that is
still there after a crash is known and only moved.
"""

import logging
import threading
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.db import Database
from kiosk.desk.alerts import Alert, AlertService
from kiosk.desk.audit import AuditTrail
from kiosk.desk.receipts import ReceiptService
from kiosk.desk.receipts.importing import runs
from kiosk.desk.receipts.importing.importer import Importer, Stopped
from kiosk.desk.receipts.importing.inbox import Inbox, free_name
from kiosk.desk.receipts.importing.problems import ChangedFile, RowError, UnreadableFile, WrongFile
from kiosk.desk.receipts.importing.profiles import profile_for
from kiosk.desk.receipts.importing.report import Report, write_problems
from kiosk.desk.receipts.importing.runs import ImportedElsewhere
from kiosk.desk.receipts.importing.watch import FolderWatch
from kiosk.errors import StorageError
from kiosk.i18n import msg

log = logging.getLogger(__name__)

TOPIC = "receipts.import"
DONE, FAILED = "done", "failed"
# Seconds between two looks where the kernel does not tell of changes, and until a folder or a database is tried again.
_LOOK_S, _RETRY_S = 30.0, 30.0
# A look now and then in any case: what arrives over a network file system wakes nobody.
_IDLE_S = 300.0


class LastFile(msgspec.Struct, frozen=True):
    """What became of the last file."""

    name: str
    at: datetime
    good: bool
    said: str


class FolderStatus(msgspec.Struct, frozen=True):
    """How it stands with the drop folder, for screens."""

    folder: str
    watching: bool  # changes are noticed from now on
    problem: str  # empty: all is well
    waiting: int  # files that are not complete yet
    last: LastFile | None


class DropFolder:
    """Watches the folder in a thread of its own."""

    def __init__(
        self, settings: Settings, clock: Clock, db: Database, receipts: ReceiptService, audit: AuditTrail, alerts: AlertService
    ) -> None:
        self._settings, self._clock, self._db, self._alerts = settings, clock, db, alerts
        self._folder = Path(settings.receipts.drop_folder)
        self._stopped = threading.Event()
        self._importer = Importer(settings, clock, db, receipts, audit, gentle=True, stop=self._stopped)
        self._inbox = Inbox(self._folder, settings.receipts.settle_s)
        self._lock = threading.Lock()  # of what follows
        self._watch: FolderWatch | None = None
        self._problem = ""
        self._last: LastFile | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; without a folder in the configuration there is nothing to do."""
        if self._settings.receipts.drop_folder:
            self._thread = threading.Thread(target=self._run, name="drop-folder", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End; an import under way ends after its batch and goes on at the next start."""
        self._stopped.set()
        self.wake()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def wake(self) -> None:
        """Look through the folder now."""
        with self._lock:
            if self._watch is not None:
                self._watch.wake()

    def status(self) -> FolderStatus | None:
        """How it stands; None where no folder is configured."""
        if not self._settings.receipts.drop_folder:
            return None
        with self._lock:
            return FolderStatus(str(self._folder), self._watch is not None, self._problem, self._inbox.waiting, self._last)

    def forget(self) -> None:
        """Delete what is known of files that came in longer ago than receipts are kept; a batch at a time. Raises StorageError."""
        before = self._clock.now() - timedelta(days=self._settings.receipts.keep_days)
        while self._db.write(lambda session: runs.forget(session, before)):
            pass

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._prepare()
                self._work()
            except OSError as error:
                self._say(f"{error.filename or self._folder}: {error.strerror}; let this user read and write there")
                self._clock.wait(self._stopped, _RETRY_S)

    def _prepare(self) -> None:
        for folder in (self._folder, self._folder / DONE, self._folder / FAILED):
            folder.mkdir(parents=True, exist_ok=True)

    def _work(self) -> None:
        """Take files until the stop, or until the folder must be opened anew. Raises OSError."""
        watch = FolderWatch(self._folder)
        try:
            with self._lock:
                self._watch = watch
            self._say(watch.problem and f"{watch.problem}; the folder is looked through every {_LOOK_S:.0f} s instead")
            lost = False
            while not self._stopped.is_set() and not lost:
                pause_s = self._take_all()
                if self._stopped.is_set():
                    return
                if watch.problem:
                    pause_s = min(pause_s, _LOOK_S)
                for change in watch.wait(pause_s):
                    lost = lost or change.lost
                    if change.closed:
                        self._inbox.closed(change.name)
                    else:
                        self._inbox.touched(change.name)
        finally:
            with self._lock:
                self._watch = None
            watch.close()

    def _take_all(self) -> float:
        """Take every file that is complete; seconds until the next look."""
        pause_s = _IDLE_S
        for path in self._inbox.complete(self._clock.monotonic()):
            if self._stopped.is_set():
                break
            try:
                self._take(path)
            except Stopped:
                break
            except (StorageError, SQLAlchemyError, ImportedElsewhere) as error:
                log.warning("drop folder: %s waits: %s", path.name, error)
                pause_s = _RETRY_S
        next_look_s = self._inbox.next_look_s(self._clock.monotonic())
        return pause_s if next_look_s is None else min(pause_s, next_look_s)

    def _take(self, path: Path) -> None:
        try:
            report = self._importer.run(path, profile_for(self._settings, path))
        except ChangedFile as error:
            log.info("drop folder: %s", error)
            self._inbox.again(path.name)
            return
        except UnreadableFile as error:
            self._inbox.leave(path.name)
            self._say(str(error))
            return
        except WrongFile as error:
            self._failed(
                path, str(error), [RowError(0, "", "", str(error), "correct the file or the profile, and put the file here again")]
            )
            return
        except (StorageError, SQLAlchemyError, ImportedElsewhere, Stopped):
            raise
        except Exception as error:  # a file that breaks the import must not be tried for ever
            log.exception("drop folder: %s broke the import", path.name)
            reason = f"the import broke ({type(error).__name__})"
            self._failed(path, reason, [RowError(0, "", "", reason, "keep the file and tell whoever looks after this program")])
            return
        if report.counts.good:
            self._move(path, self._folder / DONE / free_name(self._folder / DONE, path.name))
            self._note(path.name, good=True, said=_said(report))
        else:
            self._failed(path, _said(report), report.problems)

    def _failed(self, path: Path, said: str, problems: list[RowError]) -> None:
        """Tell of it, list what is wrong beside the file, and move that away: in this order, so that a crash forgets nothing."""
        log.warning("drop folder: %s: %s", path.name, said)
        target = self._folder / FAILED / free_name(self._folder / FAILED, path.name)
        report = target.with_name(f"{target.name}.errors.csv")
        looks = path.stat()
        alert = Alert(
            TOPIC,
            "high",
            msg("The file %(file)s of receipts could not be brought in as a whole", file=path.name),
            f"{TOPIC}:{path.name[-80:]}:{looks.st_size}:{looks.st_mtime_ns}",
            [msg("What is wrong is listed in %(file)s.", file=str(report))],
        )
        self._db.write(lambda session: self._alerts.raise_alert(session, alert))
        try:
            write_problems(report, problems)
        except OSError as error:
            self._say(f"{report}: cannot be written: {error.strerror}; let this user write there")
        self._move(path, target)
        self._note(path.name, good=False, said=said)

    def _move(self, path: Path, target: Path) -> None:
        """Move *path* away; where that is not possible, it is left alone until it changes."""
        try:
            path.rename(target)
        except OSError as error:
            self._inbox.leave(path.name)
            self._say(f"{path} cannot be moved to {target.parent}: {error.strerror}; let this user write in both folders")

    def _note(self, name: str, *, good: bool, said: str) -> None:
        log.info("drop folder: %s: %s", name, said)
        with self._lock:
            self._last = LastFile(name, self._clock.now(), good, said)

    def _say(self, problem: str) -> None:
        with self._lock:
            changed, self._problem = problem != self._problem, problem
        if changed and problem:
            log.error("drop folder: %s", problem)


def _said(report: Report) -> str:
    counts = report.counts
    return (
        f"{counts.rows} rows: {counts.new} new, {counts.same} known, {counts.changed} changed, "
        f"{counts.conflicts} differing, {counts.refused} refused ({counts.refused_rows} rows)"
    )
