"""Which files of a drop folder are complete: closed by their writer, moved in, or unchanged for long enough."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

# What programs call a file that they are still writing.
_UNFINISHED = (".part", ".tmp", ".partial", ".crdownload", ".filepart", ".swp")
# Between two looks at a file that nobody has closed.
_LOOK_S = 1.0


@dataclass(slots=True)
class _Waiting:
    """A file that is not known to be complete: what it looked like, and since when it has looked so."""

    looks: tuple[int, int]  # size, time of the last change
    since: float


class Inbox:
    """Keeps watch over the files of one folder; the caller tells it what happened and what time it is."""

    def __init__(self, folder: Path, settle_s: float) -> None:
        self._folder, self._settle_s = folder, settle_s
        self._closed: set[str] = set()
        self._waiting: dict[str, _Waiting] = {}
        self._left: dict[str, tuple[int, int]] = {}  # files that could not be moved away, as they were

    @property
    def waiting(self) -> int:
        """Files that are not complete yet."""
        return len(self._waiting)

    def closed(self, name: str) -> None:
        """The writer of *name* has closed it, or moved it here whole."""
        if is_file_name(name):
            self._closed.add(name)

    def touched(self, name: str) -> None:
        """*name* is being written: a close that was seen before was not the last."""
        self._closed.discard(name)

    def leave(self, name: str) -> None:
        """Do not give *name* again before it has changed."""
        if (looks := _looks(self._folder / name)) is not None:
            self._left[name] = looks

    def again(self, name: str) -> None:
        """Wait anew until *name* has settled: it changed while it was read."""
        self._closed.discard(name)
        self._waiting.pop(name, None)

    def complete(self, now: float) -> list[Path]:
        """Look through the folder; the files that are complete, the oldest first. Raises OSError."""
        ready: list[tuple[int, str]] = []
        present = {}
        for path in self._folder.iterdir():
            if is_file_name(path.name) and (looks := _looks(path)) is not None:
                present[path.name] = looks
        for name, looks in present.items():
            if self._left.get(name) == looks:
                continue
            self._left.pop(name, None)
            if name in self._closed or self._settled(name, looks, now):
                ready.append((looks[1], name))
        for gone in self._waiting.keys() - present.keys():
            del self._waiting[gone]
        self._closed &= present.keys()
        for _, name in ready:
            self._waiting.pop(name, None)
        return [self._folder / name for _, name in sorted(ready)]

    def next_look_s(self, now: float) -> float | None:
        """Seconds until a file may have settled; None when nothing waits."""
        if not self._waiting:
            return None
        return max(_LOOK_S, min(one.since + self._settle_s - now for one in self._waiting.values()))

    def _settled(self, name: str, looks: tuple[int, int], now: float) -> bool:
        before = self._waiting.get(name)
        if before is None or before.looks != looks:
            before = self._waiting[name] = _Waiting(looks, now)
        return now - before.since >= self._settle_s


def is_file_name(name: str) -> bool:
    """Whether a file of that name is meant for us: hidden ones and those of programs at work are not."""
    return bool(name) and not name.startswith((".", "~$")) and not name.lower().endswith(_UNFINISHED)


def free_name(folder: Path, name: str, taken: Iterable[str] = ()) -> str:
    """*name*, or *name* with a number before its suffix where there is such a file in *folder*."""
    path = Path(name)
    number = 1
    while name in taken or (folder / name).exists():
        number += 1
        name = f"{path.stem}-{number}{path.suffix}"
    return name


def _looks(path: Path) -> tuple[int, int] | None:
    """Size and time of the last change; None for what is no file, or gone."""
    try:
        status = path.lstat()
    except OSError:
        return None
    # Links are left alone: whoever may write here must not have other files of ours read.
    return (status.st_size, status.st_mtime_ns) if status.st_mode & 0o170000 == 0o100000 else None
