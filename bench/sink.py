"""A printer that prints nothing: a loopback socket that answers like a healthy printer and notes when what came.

Unlike the demo's simulated printer it does not interpret the bytes, so that it takes no time from what is measured.
"""

import re
import selectors
import socket
import threading
import time
from types import TracebackType
from typing import Self

# Epson ESC/POS command reference: what asks, and what a printer says when all is well.
_DLE_EOT = re.compile(rb"\x10\x04[\x01-\x04]")
_GS_R = re.compile(rb"\x1dr[\x01\x02\x31\x32]")
_GS_A = re.compile(rb"\x1da[\x01-\xff]")
_PROCESS_ID = re.compile(rb"\x1d\(H\x06\x00\x30\x30([\x20-\x7e]{4})")
_CUT = re.compile(rb"\x1dV(?:[\x00\x01\x30\x31]|[\x41\x42\x61\x62].)", re.DOTALL)

# Bytes kept from one piece to the next, so that a command cut in two is still seen; the longest is 11.
_OVERLAP = 10


class PrinterSink:
    """Listens on 127.0.0.1 in a thread of its own. *cuts* holds the time (perf_counter) of each cut received."""

    def __init__(self, *, process_id: bool = False) -> None:
        self._process_id = process_id
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.cuts: list[float] = []
        self.received = bytearray()
        self._tails: dict[socket.socket, bytes] = {}
        self._changed = threading.Condition()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._waker, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._serve, name="printer-sink")
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._waker.send(b"\0")
        self._thread.join()
        for connection in (*self._tails, self._listener, self._waker, self._woken):
            connection.close()
        self._selector.close()

    def wait_for_cuts(self, count: int, timeout_s: float = 10.0) -> float:
        """Wait until *count* cuts have come since the start and return when the last byte that came with the last one did."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.cuts) >= count, timeout_s):
                raise TimeoutError(f"{len(self.cuts)} cuts after {timeout_s} s, not {count}")
            return self.cuts[count - 1]

    def _serve(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._woken:
                    return
                if key.fileobj is self._listener:
                    connection, _ = self._listener.accept()
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._tails[connection] = b""
                    self._selector.register(connection, selectors.EVENT_READ)
                else:
                    assert isinstance(key.fileobj, socket.socket)
                    self._take(key.fileobj)

    def _take(self, connection: socket.socket) -> None:
        try:
            data = connection.recv(65536)
        except ConnectionResetError:
            data = b""
        now = time.perf_counter()
        if not data:
            self._selector.unregister(connection)
            del self._tails[connection]
            connection.close()
            return
        tail = self._tails[connection]
        seen, new = tail + data, len(tail)
        answer = b"".join(_answers(seen, new, self._process_id))
        if answer:
            connection.send(answer)
        cuts = sum(match.end() > new for match in _CUT.finditer(seen))
        self._tails[connection] = seen[-_OVERLAP:]
        with self._changed:
            self.received += data
            self.cuts += [now] * cuts
            if cuts:
                self._changed.notify_all()


def _answers(seen: bytes, new: int, process_id: bool) -> list[bytes]:
    found = [(match.end(), b"\x12") for match in _DLE_EOT.finditer(seen)]
    found += [(match.end(), b"\x00") for match in _GS_R.finditer(seen)]
    found += [(match.end(), b"\x10\x00\x00\x00") for match in _GS_A.finditer(seen)]
    if process_id:
        found += [(match.end(), b"\x37\x22" + match[1] + b"\x00") for match in _PROCESS_ID.finditer(seen)]
    return [answer for end, answer in sorted(found) if end > new]
