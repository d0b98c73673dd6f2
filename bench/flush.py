"""An emulated slow card and its power cuts: compiles slowdisk.c, gives a child process its environment, replays its log."""

import os
import random
import shutil
import struct
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_SOURCE = Path(__file__).with_name("slowdisk.c")
# struct record in slowdisk.c
_RECORD = struct.Struct("=IIQQ")
_WRITE, _TRUNCATE, _SYNC_BEGIN, _SYNC_END, _UNLINK = 1, 2, 3, 4, 5
# Bytes that a card writes as a whole.
_SECTOR = 512


class SlowDisk:
    """The environment of a child process whose flushes take *flush_ms*, and what it did."""

    def __init__(self, folder: Path, *, flush_ms: float, log_below: Path | None = None) -> None:
        self._library = _compiled(folder)
        self._count = folder / "flushes"
        self.log = folder / "writes.log" if log_below else None
        self.environment = {
            "LD_PRELOAD": str(self._library),
            "SLOWDISK_FLUSH_US": str(round(flush_ms * 1000)),
            "SLOWDISK_COUNT": str(self._count),
        }
        if log_below is not None and self.log is not None:
            self.environment |= {"SLOWDISK_LOG": str(self.log), "SLOWDISK_FOLDER": f"{log_below}/"}

    @property
    def flushes(self) -> int:
        """Flushes so far."""
        return int.from_bytes(self._count.read_bytes(), "little") if self._count.exists() else 0

    @property
    def position(self) -> int:
        """Bytes of the log: what an acknowledgement that came now rests on."""
        return self.log.stat().st_size if self.log else 0


@dataclass(frozen=True, slots=True)
class Operation:
    """One record of the log; *end* is the position in the log after it."""

    kind: int
    path: str
    offset: int
    data: bytes
    end: int


def operations(log: Path) -> Iterator[Operation]:
    """The records of *log* in the order in which they were done."""
    with log.open("rb") as file:
        while head := file.read(_RECORD.size):
            kind, path_length, offset, length = _RECORD.unpack(head)
            path = file.read(path_length).decode()
            data = file.read(length)
            yield Operation(kind, path, offset, data, file.tell())


@dataclass(slots=True)
class _File:
    """What surely is on the card, and what was written since the last flush."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, Operation]] = field(default_factory=list)


class Card:
    """The card's contents while the log is replayed. *honest* False: it acknowledges flushes and does not do them."""

    def __init__(self, before: Mapping[str, bytes], *, honest: bool = True) -> None:
        """*before*: the files that were on the card when the log began."""
        self._honest = honest
        self._files = {path: _File(bytearray(data)) for path, data in before.items()}
        self._syncs: dict[int, int] = {}  # number of a sync under way -> count of operations before it
        self._done = 0

    def apply(self, operation: Operation) -> None:
        """Do what the log says came next."""
        self._done += 1
        file = self._files.setdefault(operation.path, _File())
        if operation.kind in (_WRITE, _TRUNCATE):
            file.pending.append((self._done, operation))
        elif operation.kind == _SYNC_BEGIN:
            self._syncs[operation.offset] = self._done
        elif operation.kind == _SYNC_END:
            # Only what was written before the flush began is surely covered by it.
            covered = self._syncs.pop(operation.offset)
            if self._honest:
                for number, pending in file.pending:
                    if number < covered:
                        _do(file.durable, pending)
                file.pending = [entry for entry in file.pending if entry[0] >= covered]
        elif operation.kind == _UNLINK:
            del self._files[operation.path]

    def cut_power(self, folder: Path, rng: random.Random) -> None:
        """Write to *folder* what the card may hold after a power cut now: of unflushed sectors a random part."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for path, file in self._files.items():
            image = bytearray(file.durable)
            for _, operation in file.pending:
                for part in _sectors(operation):
                    if rng.random() < 0.5:
                        _do(image, part)
            (folder / Path(path).name).write_bytes(image)


def _do(image: bytearray, operation: Operation) -> None:
    if operation.kind == _TRUNCATE:
        del image[operation.offset :]
    end = operation.offset + len(operation.data)
    if len(image) < end:
        image.extend(bytes(end - len(image)))
    image[operation.offset : end] = operation.data


def _sectors(operation: Operation) -> Iterator[Operation]:
    if operation.kind == _TRUNCATE:
        yield operation
        return
    start, data = operation.offset, operation.data
    while data:
        size = _SECTOR - start % _SECTOR
        yield Operation(_WRITE, operation.path, start, data[:size], operation.end)
        start, data = start + size, data[size:]


def _compiled(folder: Path) -> Path:
    library = folder / "slowdisk.so"
    compiler = os.environ.get("CC", "cc")
    if shutil.which(compiler) is None:
        raise FileNotFoundError(f"no C compiler {compiler!r}: install the package gcc, or set CC")
    subprocess.run([compiler, "-O2", "-Wall", "-shared", "-fPIC", "-o", library, _SOURCE, "-ldl", "-lpthread"], check=True)
    return library
