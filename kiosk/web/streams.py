"""Server-sent events without a server thread each: one thread owns the sockets of all browsers that follow.

How a socket gets here from the web server is the affair of `kiosk.web.handover`.
"""

import logging
import selectors
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from wsgiref.types import WSGIEnvironment

import msgspec

from kiosk.clock import Clock
from kiosk.errors import Unavailable
from kiosk.events import Event, EventBus
from kiosk.i18n import N_, msg
from kiosk.web.stream_guard import StreamGuard

log = logging.getLogger(__name__)

# The environment's key under which a view leaves its order.
ORDER = "kiosk.stream_order"
# Set by waitress: a bound method of the connection's channel.
CHANNEL = "waitress.client_disconnected"

HEARTBEAT_S = 15.0
# Milliseconds after which a browser reconnects by itself.
_RETRY_MS = 1000
# Bytes that may wait for a slow reader (beyond the kernel's buffers); some 200 events.
_BUFFER = 64 * 1024
# Seconds between two looks at the clock while somebody follows.
_TICK_S = 1.0


class TooManyStreams(Unavailable):
    slug = "too-many-streams"
    title = N_("Too many screens follow events")


class NoStreams(Unavailable):
    slug = "no-streams"
    title = N_("Events are not available")


@dataclass(frozen=True, slots=True)
class Audience:
    """What a stream may see. *screen*: events for this browser alone; *trusted*: logged in, or a token with the scope."""

    screen: str | None
    trusted: bool

    def may_see(self, event: Event) -> bool:
        """Whether *event* is for this audience. Before the log-in a screen only learns that a badge was scanned at it."""
        if event.screen is not None and event.screen != self.screen:
            return False
        return self.trusted or (event.screen is not None and event.name == "scan" and event.data.get("kind") == "badge")


@dataclass(frozen=True, slots=True)
class Order:
    """A stream that a view grants: for whom, after which event, and how to find out later whether it may go on."""

    audience: Audience
    last_id: str | None = None
    still_allowed: Callable[[], bool] | None = None


@dataclass(slots=True, eq=False)
class Stream:
    """One browser that follows; touched by the streams' own thread only."""

    socket: socket.socket
    order: Order
    head: bytes
    waiting: bytearray = field(default_factory=bytearray)
    # The number of the last event that the stream got when it began: what still waits in the queue may be older.
    after: int = -1


class EventStreams:
    """All streams of the station and the thread that serves them."""

    def __init__(self, bus: EventBus, clock: Clock, *, max_streams: int = 100, heartbeat_s: float = HEARTBEAT_S) -> None:
        self._bus, self._clock = bus, clock
        self._limit, self._heartbeat_s = max_streams, heartbeat_s
        self._lock = threading.Lock()
        self._inbox: deque[Callable[[], None]] = deque()
        self._granted = 0
        self._streams: set[Stream] = set()
        self._thread: threading.Thread | None = None
        self._unsubscribe: Callable[[], None] | None = None
        self._stopping = False
        self._next_heartbeat = 0.0
        self.dropped = 0
        self._guard = StreamGuard(clock, self._guarded, self.end)

    @property
    def count(self) -> int:
        """How many streams are open or about to be."""
        with self._lock:
            return self._granted

    def start(self) -> None:
        """Begin to serve; called by the web server before its first request."""
        with self._lock:
            if self._thread is not None:
                return
            self._stopping, self._granted = False, 0
            self._selector = selectors.DefaultSelector()
            self._waker, self._woken = socket.socketpair()
            self._waker.setblocking(False)
            self._woken.setblocking(False)
            self._selector.register(self._woken, selectors.EVENT_READ)
            self._next_heartbeat = self._clock.monotonic() + self._heartbeat_s
            self._thread = threading.Thread(target=self._serve, name="event-streams", daemon=True)
        self._unsubscribe = self._bus.subscribe(self._publish)
        self._thread.start()
        self._guard.start()

    def stop(self) -> None:
        """Close every stream at once and end the thread."""
        with self._lock:
            thread = self._thread
        if thread is None:
            return
        if self._unsubscribe is not None:
            self._unsubscribe()
        self._guard.stop()
        with self._lock:
            self._stopping = True
            self._wake()
        thread.join()
        with self._lock:
            self._thread = None
            self._granted = 0

    def grant(self, environ: WSGIEnvironment, order: Order) -> None:
        """Promise a stream for the request of *environ*. Raises TooManyStreams, or NoStreams when the server cannot."""
        if not hasattr(environ.get(CHANNEL), "__self__"):
            raise NoStreams(msg("This server cannot send events."), msg("Start the station with 'kiosk run'."))
        with self._lock:
            if self._thread is None or self._stopping:
                raise NoStreams(msg("The station is stopping."), msg("Connect again in a few seconds."), retry_after_s=2)
            if self._granted >= self._limit:
                raise TooManyStreams(
                    msg("%(count)s screens follow events already.", count=self._granted),
                    msg("Close pages that are not needed, or raise web.max_event_streams in kiosk.toml."),
                    retry_after_s=5,
                )
            self._granted += 1
        environ[ORDER] = order

    def adopt(self, client: socket.socket, head: bytes, order: Order) -> None:
        """Send *head* and then events to *client*, whose owner is this object from now on."""
        client.setblocking(False)
        if not self._call(lambda: self._begin(Stream(client, order, head))):
            client.close()
            self.withdraw()

    def withdraw(self) -> None:
        """Take back a promise that `adopt` did not follow."""
        with self._lock:
            self._granted -= 1

    def end_screen(self, screen: str) -> None:
        """End the streams of one browser: its person changed; it connects again with its new rights."""
        self._call(lambda: self._close_all(stream for stream in self._streams if stream.order.audience.screen == screen))

    def end(self, streams: Iterable[Stream]) -> None:
        """End *streams*; from any thread."""
        self._call(lambda: self._close_all(streams))

    def _publish(self, event: Event) -> None:
        # A stream that is granted after this look finds the event in the bus's history: it need not wake the thread.
        if self.count:
            self._call(lambda: self._send_event(event))

    def _call(self, work: Callable[[], None]) -> bool:
        """Have the streams' thread do *work*; returns False when there is none any more."""
        with self._lock:
            if self._thread is None or self._stopping:
                return False
            self._inbox.append(work)
            if len(self._inbox) == 1:
                self._wake()
            return True

    def _wake(self) -> None:
        try:
            self._waker.send(b"\0")
        except BlockingIOError:
            log.debug("the streams' thread is already being woken")

    # -- everything below runs in the streams' own thread

    def _serve(self) -> None:
        while not self._stopping:
            for key, events in self._selector.select(_TICK_S if self._streams else None):
                if key.data is None:
                    self._woken.recv(4096)
                    continue
                if events & selectors.EVENT_READ:
                    self._look_for_end(key.data)
                if events & selectors.EVENT_WRITE and key.data in self._streams:
                    self._flush(key.data)
            self._work_off()
            self._beat()
        self._work_off()
        self._close_all(self._streams)
        self._selector.close()
        self._waker.close()
        self._woken.close()

    def _work_off(self) -> None:
        while True:
            with self._lock:
                if not self._inbox:
                    return
                works = list(self._inbox)
                self._inbox.clear()
            for work in works:
                work()

    def _begin(self, stream: Stream) -> None:
        self._streams.add(stream)
        self._selector.register(stream.socket, selectors.EVENT_READ, stream)
        if self._stopping:
            return
        last_id = stream.order.last_id
        missed = self._bus.since(last_id) if last_id else []
        newest = missed[-1].id if missed else self._bus.last_id
        stream.after = _number(newest)
        lines = [stream.head, b"retry: %d\n" % _RETRY_MS]
        if missed is None:
            # Too much was missed to fill in: the page looks everything up again.
            lines.append(b"event: resync\nid: %s\ndata: {}\n\n" % newest.encode())
        elif missed:
            lines.append(b"\n")
            lines += [_encode(event) for event in missed if stream.order.audience.may_see(event)]
        # An id alone, without data, is no event for the page, but what a reconnect will ask to follow.
        lines.append(b"id: %s\n\n" % newest.encode())
        self._send(stream, b"".join(lines))

    def _send_event(self, event: Event) -> None:
        data, number = _encode(event), _number(event.id)
        for stream in tuple(self._streams):
            if number > stream.after and stream.order.audience.may_see(event):
                self._send(stream, data)

    def _send(self, stream: Stream, data: bytes) -> None:
        if len(stream.waiting) + len(data) > _BUFFER + len(stream.head):
            self.dropped += 1
            self._close(stream)
            return
        idle = not stream.waiting
        stream.waiting += data
        if idle:
            self._flush(stream)

    def _flush(self, stream: Stream) -> None:
        try:
            sent = stream.socket.send(stream.waiting)
        except BlockingIOError:
            sent = 0
        except OSError:  # the browser has gone
            self._close(stream)
            return
        del stream.waiting[:sent]
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if stream.waiting else 0)
        if self._selector.get_key(stream.socket).events != wanted:
            self._selector.modify(stream.socket, wanted, stream)

    def _look_for_end(self, stream: Stream) -> None:
        try:
            received = stream.socket.recv(4096)
        except BlockingIOError:
            return
        except OSError:  # reset by the browser
            received = b""
        if not received:
            self._close(stream)

    def _beat(self) -> None:
        if self._clock.monotonic() >= self._next_heartbeat:
            self._next_heartbeat = self._clock.monotonic() + self._heartbeat_s
            for stream in tuple(self._streams):
                self._send(stream, b": still here\n\n")

    def _guarded(self) -> list[Stream]:
        found: list[Stream] = []
        done = threading.Event()

        def look() -> None:
            found.extend(self._streams)
            done.set()

        self._call(look)
        done.wait(1.0)
        return found

    def _close_all(self, streams: Iterable[Stream]) -> None:
        for stream in tuple(streams):
            self._close(stream)

    def _close(self, stream: Stream) -> None:
        if stream not in self._streams:
            return
        self._streams.discard(stream)
        self._selector.unregister(stream.socket)
        try:
            # waitress may still hold its copy of the socket for a moment: closing ours alone would tell the browser nothing.
            stream.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            log.debug("a stream was closed by its browser")
        stream.socket.close()
        with self._lock:
            self._granted -= 1


def _encode(event: Event) -> bytes:
    data = {**event.data, "at": event.at}
    # JSON has no raw line feeds: one data line holds it.
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (event.id.encode(), event.name.encode(), msgspec.json.encode(data, enc_hook=str))


def _number(event_id: str) -> int:
    return int(event_id.rpartition("-")[2])
