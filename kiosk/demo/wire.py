"""The thread that carries bytes between a simulated device and its transport, and sleeps while nothing happens.

`Wire` waits in one selector for the transport and for a wake-up; a second thread, the motor, waits on the device's clock
for printing time and slow reading. Subclasses say what the endpoints are.
"""

import contextlib
import selectors
import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import Self

from kiosk.clock import Clock


class Wire(ABC):
    """Runs `_ready` for each endpoint that can be read or written, until `close`."""

    def __init__(self, clock: Clock, name: str) -> None:
        self._clock = clock
        self._name = name
        self._lock = threading.RLock()
        self._stopping = False
        self._orders: list[Callable[[], None]] = []
        self._selector = selectors.DefaultSelector()
        self._waker, self._wakee = socket.socketpair()
        self._waker.setblocking(False)
        self._wakee.setblocking(False)
        self._selector.register(self._wakee, selectors.EVENT_READ, None)
        self._nudged = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"{name}-wire", daemon=True)
        self._motor = threading.Thread(target=self._turn, name=f"{name}-motor", daemon=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stop both threads and close every endpoint; harmless when closed."""
        with self._lock:
            if self._stopping:
                return
            self._stopping = True
        self._wake()
        self._nudged.set()
        for thread in (self._thread, self._motor):
            if thread.is_alive():
                thread.join(5)
        self._let_go()
        self._selector.close()
        self._waker.close()
        self._wakee.close()

    # -- for subclasses

    def _launch(self, first: Callable[[], None]) -> None:
        """Do *first*, which opens the endpoint, then start the threads; what it raises leaves nothing open."""
        try:
            first()
        except BaseException:
            self.close()
            raise
        self._thread.start()
        self._motor.start()

    def _order(self, order: Callable[[], None]) -> None:
        """Have *order* done in the wire's thread and wait for that; at once when called there."""
        if threading.current_thread() is self._thread:
            order()
            return
        done = threading.Event()

        def carry_out() -> None:
            try:
                order()
            finally:
                done.set()

        with self._lock:
            if self._stopping:
                return
            self._orders.append(carry_out)
        self._wake()
        done.wait(5)

    def _wake(self) -> None:
        # A full pipe already holds a wake-up; a closed one has nobody to wake.
        with contextlib.suppress(BlockingIOError, OSError):
            self._waker.send(b"\0")

    def _nudge(self) -> None:
        """Something has changed: look at the endpoints and at the clock again."""
        self._wake()
        self._nudged.set()

    @abstractmethod
    def _ready(self, key: selectors.SelectorKey, events: int) -> None:
        """Serve an endpoint that can be read or written."""

    @abstractmethod
    def _look(self) -> None:
        """Register what is to be waited for; runs before each wait."""

    @abstractmethod
    def _let_go(self) -> None:
        """Close the endpoints."""

    @abstractmethod
    def _advance(self) -> float | None:
        """Do what time has made due; return seconds until the next, or None."""

    # -- the threads

    def _run(self) -> None:
        while True:
            with self._lock:
                orders, self._orders = self._orders, []
            for order in orders:
                order()
            if self._stopping:
                return
            self._look()
            for key, events in self._selector.select():
                if key.fileobj is self._wakee:
                    with contextlib.suppress(BlockingIOError):
                        while self._wakee.recv(4096):
                            pass
                elif key.fd >= 0 and self._is_registered(key):
                    self._ready(key, events)

    def _is_registered(self, key: selectors.SelectorKey) -> bool:
        """Whether an earlier endpoint of the same round has not closed this one."""
        try:
            return self._selector.get_key(key.fileobj) == key
        except (KeyError, ValueError):
            return False

    def _turn(self) -> None:
        while not self._stopping:
            self._nudged.clear()
            due = self._advance()
            if due is None:
                self._nudged.wait()
            else:
                self._clock.wait(self._nudged, due)

    def _watch(self, endpoint: socket.socket | int, events: int, role: str) -> None:
        """Wait for *events* of *endpoint*; 0: for none."""
        try:
            known = self._selector.get_key(endpoint)
        except KeyError:
            known = None
        if not events:
            if known is not None:
                self._selector.unregister(endpoint)
        elif known is None:
            self._selector.register(endpoint, events, role)
        elif known.events != events:
            self._selector.modify(endpoint, events, role)
