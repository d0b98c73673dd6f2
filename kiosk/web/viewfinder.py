"""Shows what a camera sees to the few who aim it: JPEG pictures, one after the other, in one answer (multipart/x-mixed-replace).

Each viewer has a thread of its own, which holds no thread of the web server; there are few viewers (`PreviewBoard`), and none
looks for longer than a few minutes.
"""

import contextlib
import logging
import select
import socket
import threading
from collections.abc import Callable
from wsgiref.types import WSGIEnvironment

from sqlalchemy.exc import SQLAlchemyError

from kiosk.clock import Clock
from kiosk.devices.preview import PreviewBoard
from kiosk.i18n import msg
from kiosk.web.handover import TAKER
from kiosk.web.streams import CHANNEL, NoStreams

log = logging.getLogger(__name__)

# Seconds after which a viewer is asked to look again: an open page that nobody sees would keep the camera busy for ever.
LONGEST_S = 180.0
_BOUNDARY = b"frame"
CONTENT_TYPE = f"multipart/x-mixed-replace; boundary={_BOUNDARY.decode()}"
# Seconds without a new picture until the viewer's own end is looked at, and between two questions whether it still may look.
_TICK_S = 0.5
_ASK_EVERY_S = 5.0
# Seconds that a picture may take to a slow reader.
_SEND_S = 5.0


class Viewfinder:
    """All viewers of all cameras."""

    def __init__(self, clock: Clock, *, longest_s: float = LONGEST_S) -> None:
        self._clock, self._longest_s = clock, longest_s
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._threads: set[threading.Thread] = set()

    @property
    def count(self) -> int:
        """How many look."""
        with self._lock:
            return len(self._threads)

    def grant(self, environ: WSGIEnvironment, board: PreviewBoard, allowed: Callable[[], bool]) -> None:
        """Promise the pictures of *board* for the request of *environ*, as long as *allowed* says so.

        Raises TooManyViewers, or NoStreams when the server cannot send them.
        """
        if not hasattr(environ.get(CHANNEL), "__self__"):
            raise NoStreams(msg("This server cannot send pictures."), msg("Start the station with 'kiosk run'."))
        if self._stopping.is_set():
            raise NoStreams(msg("The station is stopping."), msg("Connect again in a few seconds."), retry_after_s=2)
        board.enter()
        environ[TAKER] = _Viewer(self, board, allowed)

    def stop(self) -> None:
        """End every viewer's pictures; harmless when nobody looks."""
        self._stopping.set()
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(_TICK_S * 2)

    def begin(self, viewer: "_Viewer", client: socket.socket, head: bytes) -> None:
        """Serve *viewer* in a thread."""
        thread = threading.Thread(target=self._serve, args=(viewer, client, head), name="viewfinder", daemon=True)
        with self._lock:
            self._threads.add(thread)
        thread.start()

    def _serve(self, viewer: "_Viewer", client: socket.socket, head: bytes) -> None:
        try:
            client.settimeout(_SEND_S)
            client.sendall(head + b"--%s\r\n" % _BOUNDARY)
            self._show(viewer, client)
            client.sendall(b"\r\n--%s--\r\n" % _BOUNDARY)
        except OSError as error:  # it has gone, or is too slow
            log.debug("a viewer has gone: %s", error)
        finally:
            viewer.board.leave()
            with contextlib.suppress(OSError):
                # waitress may still hold its copy of the socket for a moment: closing ours alone would tell the browser nothing.
                client.shutdown(socket.SHUT_RDWR)
            client.close()
            with self._lock:
                self._threads.discard(threading.current_thread())

    def _show(self, viewer: "_Viewer", client: socket.socket) -> None:
        number = 0
        now = self._clock.monotonic()
        ends, ask_at = now + self._longest_s, now + _ASK_EVERY_S
        while not self._stopping.is_set() and not viewer.board.closed and now < ends and not _has_gone(client):
            picture = viewer.board.newer(number, _TICK_S)
            now = self._clock.monotonic()
            if now >= ask_at:
                ask_at = now + _ASK_EVERY_S
                if not viewer.may_look():
                    return
            if picture is not None:
                number = picture.number
                # The boundary that ends a picture goes with it: a browser shows it only then.
                client.sendall(
                    b"Content-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n--%s\r\n" % (len(picture.jpeg), picture.jpeg, _BOUNDARY)
                )


class _Viewer:
    """Somebody who looks; implements `kiosk.web.handover.Taker`."""

    def __init__(self, viewfinder: Viewfinder, board: PreviewBoard, allowed: Callable[[], bool]) -> None:
        self._viewfinder, self.board, self._allowed = viewfinder, board, allowed

    def adopt(self, client: socket.socket, head: bytes) -> None:
        self._viewfinder.begin(self, client, head)

    def withdraw(self) -> None:
        self.board.leave()

    def may_look(self) -> bool:
        try:
            return self._allowed()
        except SQLAlchemyError as error:
            # Without the database nobody knows; a few minutes more do no harm.
            log.debug("a viewer could not be checked: %s", error)
            return True


def _has_gone(client: socket.socket) -> bool:
    """Whether the browser has closed its end; it has nothing more to say."""
    # A socket with a time-out would wait for its first byte.
    ready = select.poll()
    ready.register(client, select.POLLIN)
    return bool(ready.poll(0)) and client.recv(1, socket.MSG_PEEK) == b""
