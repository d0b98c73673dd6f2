"""Keeps how far each file is: progress and receipts are committed together, so a killed import goes on where it stopped."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from kiosk.config_returns import ImportProfile
from kiosk.db import table_of
from kiosk.db.upsert import insert_if_missing
from kiosk.desk.receipts.importing import models
from kiosk.desk.receipts.importing.models import ImportErrorRow, ImportRun, RunState
from kiosk.desk.receipts.importing.problems import RowError, UnreadableFile
from kiosk.desk.receipts.importing.report import MOST_LISTED, Counts
from kiosk.errors import KioskError

_RUN, _ERROR = table_of(ImportRun), table_of(ImportErrorRow)
_COUNTS = Counts.__struct_fields__
# Part of what a profile means: count it up when rows of a file complete receipts in another order than before.
_READING = 1


class ImportedElsewhere(KioskError):
    """Another process brings the same file in at this moment."""


@dataclass(frozen=True, slots=True)
class FileKey:
    """What makes a file under a profile the same one."""

    digest: str
    profile_digest: str
    size_bytes: int
    mtime_ns: int
    known_at: datetime  # when it was written: what it says was so at that time


@dataclass(frozen=True, slots=True)
class Run:
    """How far a file is."""

    id: int
    done: int
    finished: bool
    counts: Counts


def key_of(path: Path, profile: ImportProfile, store: str, zone: str, *, now: datetime) -> FileKey:
    """Read *path* once and say what it is. Raises UnreadableFile."""
    try:
        status = path.stat()  # before it is read: what changes from now on shows
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableFile(f"{path}: cannot be read: {error.strerror}; name a file that this user may read") from error
    said = msgspec.json.encode([_READING, store, zone, profile], order="deterministic")
    written_at = datetime.fromtimestamp(status.st_mtime, now.tzinfo)
    return FileKey(digest, hashlib.sha256(said).hexdigest(), status.st_size, status.st_mtime_ns, min(written_at, now))


def find(session: Session, key: FileKey) -> Run | None:
    """How far the file is; None when it was never begun."""
    same = (_RUN.c.digest == key.digest, _RUN.c.profile_digest == key.profile_digest)
    row = session.execute(select(_RUN).where(*same)).one_or_none()
    if row is None:
        return None
    return Run(row.id, row.done, row.state == RunState.DONE, Counts(*(getattr(row, name) for name in _COUNTS)))


def begin(session: Session, key: FileKey, profile: str, file: str, now: datetime) -> Run:
    """Begin the file, or find how far it is; two that begin it at once begin one run."""
    insert_if_missing(
        session,
        ImportRun,
        digest=key.digest,
        profile_digest=key.profile_digest,
        profile=profile,
        file=file[-models.FILE_LENGTH :],
        size_bytes=key.size_bytes,
        state=RunState.RUNNING,
        started_at=now,
        updated_at=now,
        done=0,
        **dict.fromkeys(_COUNTS, 0),
    )
    run = find(session, key)
    assert run is not None
    return run


def advance(session: Session, run: Run, done: int, counts: Counts, problems: Sequence[RowError], now: datetime, *, finished: bool) -> None:
    """Write that *done* receipts are dealt with, *counts* of all of them; *problems* are those since *run*.

    Raises ImportedElsewhere when another process has moved the run since.
    """
    values = {name: getattr(counts, name) for name in _COUNTS}
    moved = session.execute(
        update(_RUN)
        .where(_RUN.c.id == run.id, _RUN.c.done == run.done, _RUN.c.state == RunState.RUNNING)
        .values(done=done, state=RunState.DONE if finished else RunState.RUNNING, updated_at=now, **values)
        .returning(_RUN.c.id)
    ).first()
    if moved is None:
        raise ImportedElsewhere("another process brings this file in at this moment; wait for it, or end it")
    rows = [
        {
            "import_id": run.id,
            "position": position,
            "row": one.row,
            "column": one.column[: models.COLUMN_LENGTH],
            "value": _cut(one.value, models.VALUE_LENGTH),
            "message": _cut(one.message, models.MESSAGE_LENGTH),
            "remedy": _cut(one.remedy, models.MESSAGE_LENGTH),
        }
        for position, one in enumerate(problems, run.counts.errors)
        if position < MOST_LISTED
    ]
    if rows:
        session.execute(insert(_ERROR), rows)


def problems_of(session: Session, run_id: int) -> list[RowError]:
    """What is wrong with the file of that run, in the order in which it was found."""
    columns = (_ERROR.c[name] for name in ("row", "column", "value", "message", "remedy"))
    query = select(*columns).where(_ERROR.c.import_id == run_id).order_by(_ERROR.c.position)
    return [RowError(*row) for row in session.execute(query)]


def forget(session: Session, before: datetime, limit: int = 20) -> int:
    """Delete some runs that nobody touched since *before*, with their errors; returns how many."""
    ids = list(session.scalars(select(_RUN.c.id).where(_RUN.c.updated_at < before).limit(limit)))
    if ids:
        session.execute(delete(_ERROR).where(_ERROR.c.import_id.in_(ids)))
        session.execute(delete(_RUN).where(_RUN.c.id.in_(ids)))
    return len(ids)


def _cut(text: str, length: int) -> str:
    # PostgreSQL takes no NUL in a text, and neither takes half a surrogate pair.
    text = text.replace("\x00", "").encode("utf-8", "replace").decode()
    return text if len(text) <= length else text[: length - 1] + "…"
