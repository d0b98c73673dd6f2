"""Browsers that follow server-sent events: many sockets in one thread, each event with the time of its arrival."""

import json
import selectors
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Received:
    """One event. *at* is perf_counter, *wall* Unix time of its last byte."""

    browser: int
    name: str
    data: dict[str, Any]
    at: float
    wall: float


class Browsers:
    """*count* streams, opened on entering and closed on leaving; each sends *header*, e.g. ``Cookie: ...``."""

    def __init__(self, port: int, header: str, count: int = 1) -> None:
        self._port, self._header, self._count = port, header, count
        self.events: list[Received] = []
        self._changed = threading.Condition()
        self._selector = selectors.DefaultSelector()
        self._sockets: list[socket.socket] = []
        self._buffers: dict[socket.socket, bytes] = {}
        self._closing = False

    def __enter__(self) -> Self:
        for _ in range(self._count):
            stream = socket.create_connection(("127.0.0.1", self._port), timeout=10)
            request = f"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n{self._header}\r\nAccept: text/event-stream\r\n\r\n"
            stream.sendall(request.encode())
            head = stream.recv(65536)
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"no event stream: {head[:200]!r}")
            self._sockets.append(stream)
            self._buffers[stream] = head.partition(b"\r\n\r\n")[2]
            self._selector.register(stream, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._read, name="browsers")
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._closing = True
        self._thread.join()
        for stream in self._sockets:
            stream.close()
        self._selector.close()

    @property
    def open(self) -> int:
        """How many streams the station has not ended."""
        return len(self._buffers)

    def wait(self, met: Callable[[list[Received]], bool], timeout_s: float = 10.0) -> list[Received]:
        """Wait until the events received so far are as wished, and return them."""
        with self._changed:
            if not self._changed.wait_for(lambda: met(self.events), timeout_s):
                raise TimeoutError(f"only {len(self.events)} events in {timeout_s} s")
            return list(self.events)

    def _read(self) -> None:
        while not self._closing and self._buffers:
            for key, _ in self._selector.select(0.2):
                assert isinstance(key.fileobj, socket.socket)
                self._take(key.fileobj)

    def _take(self, stream: socket.socket) -> None:
        data = stream.recv(65536)
        at, wall = time.perf_counter(), time.time()
        if not data:
            self._selector.unregister(stream)
            del self._buffers[stream]
            return
        *blocks, rest = (self._buffers[stream] + data).split(b"\n\n")
        self._buffers[stream] = rest
        number = self._sockets.index(stream)
        found = [Received(number, *event, at, wall) for block in blocks if (event := _parse(block))]
        with self._changed:
            self.events += found
            self._changed.notify_all()


def _parse(block: bytes) -> tuple[str, dict[str, Any]] | None:
    fields = dict(line.split(": ", 1) for line in block.decode().split("\n") if ": " in line and not line.startswith(":"))
    if "event" not in fields:
        return None
    return fields["event"], json.loads(fields.get("data", "{}"))
