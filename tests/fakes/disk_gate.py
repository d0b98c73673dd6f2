"""Stops another process at a chosen commit, or fills its disk; disk_gate.c is its other half."""

import contextlib
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Literal

# Of a commit to the log: "write" is before its first byte is written, "sync" before it is flushed (a killed process has
# committed by then, a power cut would not have), "synced" after that and before anybody is told.
Point = Literal["write", "sync", "synced"]

_LEAVE = b"."
_FULL = b"!"


class DiskGate:
    """Lets every write and flush pass until `hold` names one; `held` waits for it, `open` lets it and all others pass."""

    def __init__(self, library: Path, place: Path) -> None:
        self._library = library
        self._place = place
        self._changed = threading.Condition()
        self._wanted: tuple[Point, int] | None = None
        self._commits = 0  # seen since `hold`
        self._held: socket.socket | None = None
        self._full = False
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(place))
        self._listener.listen(16)
        self._thread = threading.Thread(target=self._serve, name="disk-gate", daemon=True)
        self._thread.start()

    def __enter__(self) -> "DiskGate":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.open()
        # A connection of our own ends the wait for the next one.
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as last:
            last.connect(str(self._place))
            last.sendall(b"end\n")
            self._thread.join(5)
        self._listener.close()

    @property
    def environment(self) -> dict[str, str]:
        """What the process to be stopped needs in its environment."""
        return {"LD_PRELOAD": str(self._library), "DISK_GATE": str(self._place)}

    def hold(self, point: Point, commit: int = 1) -> None:
        """Hold the process at *point* of the *commit*-th commit from now."""
        with self._changed:
            self._wanted, self._commits = (point, commit), 0

    def held(self, timeout_s: float = 10.0) -> bool:
        """Wait until the process stands at the point that `hold` named; return whether it does."""
        with self._changed:
            return self._changed.wait_for(lambda: self._held is not None, timeout_s)

    def fill_disk(self, full: bool = True) -> None:
        """Let every write fail as on a full disk, from now on or, with False, no more."""
        with self._changed:
            self._full = full

    def open(self) -> None:
        """Let everything pass, what is held first."""
        with self._changed:
            self._wanted = None
            held, self._held = self._held, None
            answer = self._answer()
        if held is not None:
            _send(held, answer)

    def _serve(self) -> None:
        while True:
            caller, _ = self._listener.accept()
            point = caller.recv(16).decode().strip()
            if point == "end":
                caller.close()
                return
            with self._changed:
                here = self._wanted is not None and self._wanted == (point, self._commits + 1)
                if point == "synced":
                    self._commits += 1
                if here:
                    self._wanted, self._held = None, caller
                    self._changed.notify_all()
                answer = self._answer()
            if not here:
                _send(caller, answer)

    def _answer(self) -> bytes:
        return _FULL if self._full else _LEAVE


def _send(caller: socket.socket, answer: bytes) -> None:
    with caller, contextlib.suppress(ConnectionError):  # the process may have been killed meanwhile
        caller.sendall(answer)
