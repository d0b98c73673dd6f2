"""The simulated printer on its transports: a TCP port like a network printer's 9100, and a pty like a serial port.

Faults of the transport are here (refused, hung, cut off, slow); faults of the printer itself are `VirtualPrinter`'s.
"""

import os
import selectors
import socket
import struct
import threading
from abc import abstractmethod
from pathlib import Path

from kiosk.clock import Clock, SystemClock
from kiosk.demo.escpos_machine import VirtualPrinter
from kiosk.demo.model import PrinterModel
from kiosk.demo.paper import Paper
from kiosk.demo.pty import open_raw_pty, point_symlink
from kiosk.demo.wire import Wire

_READ = selectors.EVENT_READ
_WRITE = selectors.EVENT_WRITE
_CHUNK = 4096
_SMALL_WINDOW = 4096  # bytes; a printer's TCP window is small, so that a full buffer holds the sender up soon
_ABORT = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: close with RST


class _PrinterWire(Wire):
    """What both transports share: the printer, faults of reading, and answers on their way."""

    def __init__(self, printer: VirtualPrinter | None, model: PrinterModel | None, clock: Clock | None, name: str) -> None:
        clock = clock or (printer.clock if printer else SystemClock())
        super().__init__(clock, name)
        self.printer = printer or VirtualPrinter(model, clock)
        self._hung = False
        self._cut_after: int | None = None
        self._stop_after: int | None = None
        self._rate: float | None = None
        self._read_again_at = 0.0
        self._powered = True
        self.printer.answer_to(self._send_back)
        self.printer.watch(self._printer_changed)

    @property
    def hung(self) -> bool:
        """Whether the cable is out (`hang`)."""
        return self._hung

    @property
    def paper(self) -> Paper:
        return self.printer.paper

    def hang(self, hung: bool = True) -> None:
        """Take no more bytes and give no answers, with every connection left as it is: the network cable is out."""
        self._hung = hung
        self._nudge()

    def cut_off_after(self, count: int) -> None:
        """Break the connection once *count* more bytes have been taken."""
        self._cut_after = count
        self._nudge()

    def stop_reading_after(self, count: int | None) -> None:
        """Take *count* more bytes and then none, until called with None."""
        self._stop_after = count
        self._nudge()

    @property
    def stopped_reading(self) -> bool:
        """Whether every byte that `stop_reading_after` allowed has been taken."""
        return self._stop_after is not None and self._stop_after <= 0

    def slow_down(self, bytes_per_s: float | None) -> None:
        """Take *bytes_per_s* at most, by the clock; None: as fast as they come."""
        self._rate = bytes_per_s
        self._nudge()

    @abstractmethod
    def _send_back(self, data: bytes) -> None:
        """Bring what the printer answers on its way."""

    def _printer_changed(self) -> None:
        # The wire's own thread looks again anyway; the motor has work only where time plays a part.
        if threading.current_thread() is not self._thread:
            self._wake()
        if self.printer.timed:
            self._nudged.set()

    def _allowance(self) -> int:
        """How many bytes may be read now."""
        if self._hung or self._clock.monotonic() < self._read_again_at:
            return 0
        limits = [_CHUNK, self.printer.room]
        if self._rate is not None:
            limits.append(max(int(self._rate / 10), 1))
        limits += [limit for limit in (self._cut_after, self._stop_after) if limit is not None]
        return max(min(limits), 0)

    def _taken(self, count: int) -> bool:
        """Note *count* bytes read; return whether the connection is to be cut off now."""
        if self._rate is not None:
            self._read_again_at = self._clock.monotonic() + count / self._rate
            self._nudged.set()
        if self._stop_after is not None:
            self._stop_after -= count
        if self._cut_after is None:
            return False
        self._cut_after -= count
        if self._cut_after > 0:
            return False
        self._cut_after = None
        return True

    def _advance(self) -> float | None:
        due = [seconds for seconds in (self.printer.advance(),) if seconds is not None]
        rest = self._read_again_at - self._clock.monotonic()
        if rest > 0:
            due.append(rest)
        elif self._rate is not None:
            self._wake()
        return min(due) if due else None


class PrinterSimulator(_PrinterWire):
    """A network printer on 127.0.0.1. *port* 0 lets the system choose; later starts use the same port.

    *connections* at once are served; as with most printers the next one is accepted by the network stack and hears nothing.
    """

    host = "127.0.0.1"

    def __init__(
        self,
        printer: VirtualPrinter | None = None,
        *,
        model: PrinterModel | None = None,
        clock: Clock | None = None,
        port: int = 0,
        connections: int = 1,
    ) -> None:
        super().__init__(printer, model, clock, "printer")
        self._connections = connections
        self._open: dict[socket.socket, bytearray] = {}
        self._listener: socket.socket | None = None
        self.port = port
        self.accepted = 0  # connections since the start
        self._launch(self._listen)

    @property
    def connected(self) -> int:
        """How many connections are being served."""
        return len(self._open)

    def refuse(self) -> None:
        """Listen no more and drop every connection: the next connect is refused."""
        self._order(self._stop_listening)

    def accept(self) -> None:
        """Listen again on the same port."""
        self._order(self._listen)
        self.hang(False)

    def drop(self, *, abort: bool = False) -> None:
        """Close the connections: an orderly FIN, or with *abort* a reset."""
        self._order(lambda: self._drop_all(abort=abort))

    def power_off(self) -> None:
        """Pull the plug: the buffer is lost and the next connect is refused."""
        self.printer.power_off()
        self.refuse()

    def power_on(self) -> None:
        self.printer.power_on()
        self.accept()

    # -- inside, in the wire's thread

    def _listen(self) -> None:
        if self._listener is not None:
            return
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_WINDOW)
            listener.setblocking(False)
            listener.bind((self.host, self.port))
            listener.listen(16)
        except OSError:
            listener.close()
            raise
        self.port = listener.getsockname()[1]
        self._listener = listener

    def _stop_listening(self) -> None:
        if self._listener is not None:
            self._watch(self._listener, 0, "")
            self._listener.close()
            self._listener = None
        self._drop_all(abort=False)

    def _drop_all(self, *, abort: bool) -> None:
        for connection in tuple(self._open):
            self._drop(connection, abort=abort)

    def _drop(self, connection: socket.socket, *, abort: bool = False) -> None:
        self._watch(connection, 0, "")
        with self._lock:
            del self._open[connection]
        if abort:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
        connection.close()

    def _let_go(self) -> None:
        self._stop_listening()

    def _look(self) -> None:
        if self._listener is not None:
            free = len(self._open) < self._connections and not self._hung
            self._watch(self._listener, _READ if free else 0, "listener")
        reading = _READ if self._allowance() else 0
        for connection, waiting in self._open.items():
            writing = _WRITE if waiting and not self._hung else 0
            self._watch(connection, reading | writing, "connection")

    def _ready(self, key: selectors.SelectorKey, events: int) -> None:
        if key.data == "listener":
            self._accept()
            return
        connection = key.fileobj
        assert isinstance(connection, socket.socket)
        try:
            if events & _WRITE:
                self._write(connection)
            if events & _READ:
                self._read(connection)
        except OSError:
            # Reset by the peer: a printer only notices that the connection is gone.
            if connection in self._open:
                self._drop(connection)

    def _accept(self) -> None:
        assert self._listener is not None
        connection, _ = self._listener.accept()
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._open[connection] = bytearray()
        self.accepted += 1

    def _read(self, connection: socket.socket) -> None:
        size = self._allowance()
        if not size:
            return
        data = connection.recv(size)
        if not data:
            self._drop(connection)
            return
        self.printer.feed(data)
        if self._taken(len(data)):
            self._drop(connection, abort=True)

    def _write(self, connection: socket.socket) -> None:
        with self._lock:
            waiting = self._open[connection]
            sent = connection.send(waiting)
            del waiting[:sent]

    def _send_back(self, data: bytes) -> None:
        with self._lock:
            for waiting in self._open.values():
                waiting += data
        if threading.current_thread() is not self._thread:
            self._wake()


class PtyPrinter(_PrinterWire):
    """A serial printer on a pty; *link* is a path that stays the same over unplugging, as /dev/serial/by-id does."""

    def __init__(
        self,
        link: Path,
        printer: VirtualPrinter | None = None,
        *,
        model: PrinterModel | None = None,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(printer, model, clock, "pty-printer")
        self.link = link
        self._pty: tuple[int, int] | None = None
        self._waiting = bytearray()
        self._launch(self._plug)

    def unplug(self) -> None:
        """Pull the cable: the port is gone, the reader gets an error; the printer keeps its power and its buffer."""
        self._order(self._unplug)

    def plug_in(self) -> None:
        self._order(self._plug)

    def power_off(self) -> None:
        """A USB serial printer without power is unplugged as well, and its buffer is lost."""
        self.printer.power_off()
        self.unplug()

    def power_on(self) -> None:
        self.printer.power_on()
        self.plug_in()

    # -- inside, in the wire's thread

    def _plug(self) -> None:
        if self._pty is None:
            self._pty = open_raw_pty()
            os.set_blocking(self._pty[0], False)
            point_symlink(self.link, os.ttyname(self._pty[1]))

    def _unplug(self) -> None:
        if self._pty is None:
            return
        self._watch(self._pty[0], 0, "")
        pty, self._pty = self._pty, None
        with self._lock:
            self._waiting.clear()
        self.link.unlink(missing_ok=True)
        for descriptor in pty:
            os.close(descriptor)

    def _let_go(self) -> None:
        self._unplug()

    def _look(self) -> None:
        if self._pty is not None:
            writing = _WRITE if self._waiting and not self._hung else 0
            self._watch(self._pty[0], (_READ if self._allowance() else 0) | writing, "pty")

    def _ready(self, key: selectors.SelectorKey, events: int) -> None:
        if events & _WRITE:
            with self._lock:
                sent = os.write(key.fd, self._waiting)
                del self._waiting[:sent]
        size = self._allowance()
        if events & _READ and size:
            data = os.read(key.fd, size)
            self.printer.feed(data)
            if self._taken(len(data)):
                self._unplug()

    def _send_back(self, data: bytes) -> None:
        with self._lock:
            if self._pty is not None:
                self._waiting += data
        if threading.current_thread() is not self._thread:
            self._wake()
