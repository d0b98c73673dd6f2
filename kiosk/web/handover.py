"""Moves the sockets of endless answers from waitress to those who send them: `EventStreams`, and cameras' pictures.

The request of a stream is answered in three steps. The view checks the caller and leaves an `Order`, or a `Taker`, in the
WSGI environment; `StreamHandover`, a thin wrapper around the app, takes a duplicate of the client's socket from waitress and
gives it to who will send; waitress is told that the client has gone, so that it closes its own copy without a word.
That leans on waitress 3.0.2 (pinned): tests/web/test_streams_contract.py says on what exactly.
"""

import socket
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Protocol
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from kiosk.web.streams import CHANNEL, ORDER, EventStreams, Order

if TYPE_CHECKING:
    from _typeshed import OptExcInfo


# The environment's key under which a view leaves a `Taker`.
TAKER = "kiosk.stream_taker"


class Taker(Protocol):
    """Who takes over the socket of one request."""

    def adopt(self, client: socket.socket, head: bytes) -> None:
        """Send *head* and then what follows to *client*, whose owner it is from now on."""
        ...

    def withdraw(self) -> None:
        """Nothing comes of it: the request failed, or its sender has gone."""
        ...


class _EventTaker:
    """An event stream."""

    def __init__(self, streams: EventStreams, order: Order) -> None:
        self._streams, self._order = streams, order

    def adopt(self, client: socket.socket, head: bytes) -> None:
        self._streams.adopt(client, head, self._order)

    def withdraw(self) -> None:
        self._streams.withdraw()


class StreamHandover:
    """Wraps the app: moves the sockets of granted streams from waitress to who sends them, passes on everything else."""

    def __init__(self, app: WSGIApplication, streams: EventStreams) -> None:
        self._app, self._streams = app, streams

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answered: list[tuple[str, list[tuple[str, str]]]] = []

        def note(status: str, headers: list[tuple[str, str]], exc_info: "OptExcInfo | None" = None) -> Callable[[bytes], object]:
            answered.append((status, headers))
            return start_response(status, headers, exc_info)

        body = self._app(environ, note)
        taker: Taker | None = environ.pop(TAKER, None)
        order = environ.pop(ORDER, None)
        if order is not None:
            taker = _EventTaker(self._streams, order)
        if taker is None:
            return body
        status, headers = answered[-1]
        channel = environ[CHANNEL].__self__
        # Something went wrong after the promise, or bytes of an earlier answer still wait: the order of bytes would break.
        if not status.startswith("200") or channel.total_outbufs_len:
            taker.withdraw()
            return body
        if hasattr(body, "close"):
            body.close()
        _hand_over(channel, _head(status, headers), taker)
        from waitress.channel import ClientDisconnected

        raise ClientDisconnected


def _hand_over(channel: Any, head: bytes, taker: Taker) -> None:
    try:
        client = channel.socket.dup()
    except (OSError, AttributeError):  # waitress has closed it: the browser went away meanwhile
        taker.withdraw()
        return
    taker.adopt(client, head)


def _head(status: str, headers: list[tuple[str, str]]) -> bytes:
    # The stream ends with its connection; there is no length and nothing comes after it.
    kept = [(name, value) for name, value in headers if name.lower() not in ("content-length", "connection")]
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in kept), "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1")
