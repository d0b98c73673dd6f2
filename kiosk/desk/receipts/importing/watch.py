"""Wakes a thread when files of a folder change (inotify), when it is told to, or when its time is up."""

import contextlib
import logging
import os
import select
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a file. *lost*: so much happened that the kernel forgot some of it, or the folder itself went."""

    name: str
    closed: bool
    lost: bool = False


class FolderWatch:
    """One folder. Close it; `wake` from any thread."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError when there is no such folder."""
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        self._poll = select.poll()
        self._poll.register(self._wake_read, select.POLLIN)
        self._inotify: Any = None
        self.problem = ""
        try:
            self._inotify = _opened(folder)
            self._poll.register(self._inotify.fileno(), select.POLLIN)
        except ImportError:
            self.problem = "inotify is not available: the package inotify_simple is missing"
        except OSError as error:
            if not folder.is_dir():
                self.close()
                raise
            # The kernel lets a user have only so many (fs.inotify.max_user_instances, max_user_watches).
            self.problem = f"inotify is not available: {error.strerror}"

    def close(self) -> None:
        if self._inotify is not None:
            self._inotify.close()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def wake(self) -> None:
        """End a wait under way, or the next one."""
        with contextlib.suppress(BlockingIOError):  # it is awake anyway
            os.write(self._wake_write, b"x")

    def wait(self, timeout_s: float | None) -> Iterator[Change]:
        """Wait for changes for *timeout_s* seconds, or until something happens; what happened."""
        ready = {handle for handle, _ in self._poll.poll(None if timeout_s is None else max(0, round(timeout_s * 1000)))}
        if self._wake_read in ready:
            os.read(self._wake_read, 4096)
        if self._inotify is None or self._inotify.fileno() not in ready:
            return
        from inotify_simple import flags

        for event in self._inotify.read(timeout=0):
            lost = bool(event.mask & (flags.Q_OVERFLOW | flags.DELETE_SELF | flags.MOVE_SELF | flags.UNMOUNT | flags.IGNORED))
            if not event.mask & flags.ISDIR:
                yield Change(event.name, bool(event.mask & (flags.CLOSE_WRITE | flags.MOVED_TO)), lost)


def _opened(folder: Path) -> Any:
    from inotify_simple import INotify, flags

    inotify = INotify()
    wanted = flags.CLOSE_WRITE | flags.MOVED_TO | flags.CREATE | flags.MODIFY | flags.DELETE_SELF | flags.MOVE_SELF | flags.ONLYDIR
    try:
        inotify.add_watch(folder, wanted)
    except OSError:
        inotify.close()
        raise
    return inotify
