"""The web server: waitress in this process, its sockets from systemd or our own, an end that loses no request."""

import logging
import os
import socket
import threading
import time
from collections.abc import Mapping
from functools import partial
from typing import Any
from wsgiref.types import WSGIApplication

from flask import Flask

from kiosk.config import Web
from kiosk.errors import KioskError
from kiosk.web.handover import StreamHandover
from kiosk.web.problems import answer_of_the_server
from kiosk.web.security import largest_body
from kiosk.web.streams import EventStreams

log = logging.getLogger(__name__)

# Seconds that running requests get to finish after a stop.
DRAIN_S = 5.0
# Seconds without a byte after which a connection without a running request is closed; browsers just connect again.
_IDLE_S = 20
# sd_listen_fds(3): the first descriptor that systemd passes.
_FIRST_FD = 3
# Bytes; a body beyond this (or beyond the largest photo) is refused before it is read (waitress), one beyond what its view
# takes with a problem document (Flask).
_MAX_BODY = 1024 * 1024
_MAX_HEADER = 32 * 1024

# With TLS a proxy on this machine stands in front: only it may say who the browser is. Without it everybody would look
# like a browser at the desk.
_PROXY: dict[str, Any] = {
    "trusted_proxy": "127.0.0.1",
    "trusted_proxy_count": 1,
    "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
}


class PortTaken(KioskError, OSError):
    """The address cannot be listened on; the text says why and what to do."""


class WebServer:
    """Serves *app* until it is stopped. `start` uses a thread of its own, `run` the caller's."""

    def __init__(self, app: WSGIApplication, settings: Web, streams: EventStreams, environ: Mapping[str, str] | None = None) -> None:
        self._app, self._settings, self._streams = StreamHandover(app, streams), settings, streams
        self._answer = partial(answer_of_the_server, app) if isinstance(app, Flask) else None
        self._max_body = max(_MAX_BODY, largest_body(app)) if isinstance(app, Flask) else _MAX_BODY
        self._environ = os.environ if environ is None else environ
        self._sockets: list[socket.socket] = []
        self._map: dict[int, Any] = {}
        self._server: Any = None
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        # Held while the trigger is pulled or closed: its descriptor's number is soon another file's.
        self._trigger_lock = threading.Lock()
        self._ended = threading.Event()

    def bind(self) -> None:
        """Take the address; raises PortTaken. Requests wait in the system's queue until `start`."""
        if self._sockets:
            return
        self._sockets = _passed_sockets(self._environ) or [_own_socket(self._settings)]

    @property
    def port(self) -> int:
        """The TCP port that is listened on, also when the system chose it."""
        return int(self._sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the station."""
        host = self._sockets[0].getsockname()[0]
        if host in ("0.0.0.0", "::"):
            host = "127.0.0.1"
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/"

    def start(self) -> None:
        """Serve in a thread; raises PortTaken."""
        self._prepare()
        self._thread = threading.Thread(target=self._serve, name="web-server", daemon=True)
        self._thread.start()

    def run(self) -> None:
        """Serve in this thread until `stop` is called from another one; raises PortTaken."""
        self._prepare()
        self._serve()

    def stop(self, drain_s: float = DRAIN_S) -> None:
        """Accept nothing more, end the streams at once, let running requests finish for up to *drain_s* seconds."""
        if self._server is None:
            self._close_sockets()
            return
        self._drain_s = drain_s
        self._stop.set()
        self._streams.stop()
        with self._trigger_lock:
            if not self._ended.is_set():
                self._trigger.pull_trigger()
        self._ended.wait(drain_s + 2.0)
        if self._thread is not None:
            self._thread.join(1.0)

    def _prepare(self) -> None:
        from waitress.server import create_server

        self.bind()
        self._drain_s = DRAIN_S
        self._streams.start()
        self._server = create_server(
            self._app,
            map=self._map,
            sockets=self._sockets,
            threads=self._settings.threads,
            connection_limit=1000,
            asyncore_use_poll=True,
            ident=None,
            channel_timeout=_IDLE_S,
            cleanup_interval=5,
            max_request_body_size=self._max_body,
            max_request_header_size=_MAX_HEADER,
            expose_tracebacks=False,
            log_socket_errors=False,
            clear_untrusted_proxy_headers=True,
            **(_PROXY if self._settings.secure_cookies else {}),
        )
        if self._answer is not None:
            from kiosk.web.refused import channel_class

            for item in self._map.values():
                if hasattr(item, "channel_class"):
                    item.channel_class = channel_class(self._answer)
        self._dispatcher = self._server.task_dispatcher
        # Each listening socket has a trigger; any of them wakes the loop.
        self._trigger = next(item for item in self._map.values() if hasattr(item, "pull_trigger") and hasattr(item, "thunks"))

    def _serve(self) -> None:
        from waitress import wasyncore

        try:
            while not self._stop.is_set():
                wasyncore.poll2(timeout=1.0, map=self._map)
            self._drain(wasyncore)
        finally:
            with self._trigger_lock:
                for item in list(self._map.values()):
                    if hasattr(item, "pull_trigger") and hasattr(item, "thunks"):
                        # An abandoned request pulls it at its end, when the descriptor's number may be another file's.
                        item.pull_trigger = _pull_nothing
                    item.close()
                self._close_sockets()
                self._ended.set()

    def _drain(self, wasyncore: Any) -> None:
        for item in list(self._map.values()):
            if getattr(item, "accepting", False):
                # Only the socket: the server object still serves its channels.
                item.del_channel(self._map)
                item.socket.close()
        # What has arrived completely is a request, even when nobody has looked at it yet.
        wasyncore.poll2(timeout=0, map=self._map)
        deadline = time.monotonic() + self._drain_s
        while self._busy() and time.monotonic() < deadline:
            wasyncore.poll2(timeout=0.05, map=self._map)
        if self._busy():
            log.warning("requests were still running after %.0f s; they are abandoned", self._drain_s)
        self._dispatcher.shutdown(cancel_pending=True, timeout=0.2)

    def _busy(self) -> bool:
        return any(getattr(item, "requests", None) or getattr(item, "total_outbufs_len", 0) for item in list(self._map.values()))

    def _close_sockets(self) -> None:
        for listening in self._sockets:
            listening.close()
        self._sockets = []


def _pull_nothing(_thunk: object = None) -> None:
    """Stands in for the trigger of a loop that has ended."""


def _own_socket(settings: Web) -> socket.socket:
    place = f"{settings.host}:{settings.port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise PortTaken(f"web.host: {settings.host!r} is no address of this machine: {error.strerror}; use 127.0.0.1 or 0.0.0.0") from error
    listening = socket.socket(family, kind, protocol)
    try:
        # Not to share the port, but to have it at once after a restart, while old connections linger.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        # Without this, two processes could both bind and only the second one's listen would fail.
        listening.listen(1024)
    except OSError as error:
        listening.close()
        remedy = "stop the other program (perhaps another kiosk), or set another web.port (--port)"
        if isinstance(error, PermissionError):
            remedy = "ports below 1024 need a socket unit of systemd; or set web.port to 8080"
        raise PortTaken(f"{place} cannot be listened on: {error.strerror}; {remedy}") from error
    return listening


def _passed_sockets(environ: Mapping[str, str]) -> list[socket.socket]:
    if environ.get("LISTEN_PID") != str(os.getpid()):
        return []
    count = int(environ.get("LISTEN_FDS", "0"))
    return [socket.socket(fileno=descriptor) for descriptor in range(_FIRST_FD, _FIRST_FD + count)]
