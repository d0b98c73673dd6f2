"""Bounds a conversation over a socket: its time runs out, or another thread cuts it, and whoever reads wakes up."""

import contextlib
import os
import socket
import threading
from types import TracebackType


class Lifeline:
    """Use it around one conversation; give it the socket as soon as there is one."""

    def __init__(self, seconds: float) -> None:
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None
        self._over = False
        self._timer = threading.Timer(seconds, self.cut)
        self._timer.daemon = True

    def __enter__(self) -> "Lifeline":
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._timer.cancel()
        with self._lock:
            if self._handle is not None:
                self._handle.close()
                self._handle = None
        self._timer.join()

    @property
    def over(self) -> bool:
        """Whether the conversation was cut."""
        with self._lock:
            return self._over

    def hold(self, conversation: socket.socket) -> None:
        """Watch over *conversation* from now on; one that is over already ends at once."""
        with self._lock:
            # A handle of our own: the number of a socket that its owner closes may belong to another one a moment later.
            if self._handle is not None:
                self._handle.close()
            self._handle = socket.socket(fileno=os.dup(conversation.fileno()))
            over = self._over
        if over:
            self.cut()

    def cut(self) -> None:
        """End the conversation; harmless when it has ended."""
        with self._lock:
            self._over = True
            if self._handle is not None:
                with contextlib.suppress(OSError):  # the other side was quicker
                    self._handle.shutdown(socket.SHUT_RDWR)
