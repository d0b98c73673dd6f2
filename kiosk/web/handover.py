"""Moves the sockets of event streams from waitress to `EventStreams`.

The request of a stream is answered in three steps. The view checks the caller and leaves an `Order` in the WSGI
environment; `StreamHandover`, a thin wrapper around the app, takes a duplicate of the client's socket from waitress and
gives it to `EventStreams`; waitress is told that the client has gone, so that it closes its own copy without a word.
That leans on waitress 3.0.2 (pinned): tests/web/test_streams_contract.py says on what exactly.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from kiosk.web.streams import CHANNEL, ORDER, EventStreams, Order

if TYPE_CHECKING:
    from _typeshed import OptExcInfo


class StreamHandover:
    """Wraps the app: moves the sockets of granted streams from waitress to `EventStreams`, passes on everything else."""

    def __init__(self, app: WSGIApplication, streams: EventStreams) -> None:
        self._app, self._streams = app, streams

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answered: list[tuple[str, list[tuple[str, str]]]] = []

        def note(status: str, headers: list[tuple[str, str]], exc_info: "OptExcInfo | None" = None) -> Callable[[bytes], object]:
            answered.append((status, headers))
            return start_response(status, headers, exc_info)

        body = self._app(environ, note)
        order = environ.pop(ORDER, None)
        if order is None:
            return body
        status, headers = answered[-1]
        channel = environ[CHANNEL].__self__
        # Something went wrong after the promise, or bytes of an earlier answer still wait: the order of bytes would break.
        if not status.startswith("200") or channel.total_outbufs_len:
            self._streams.withdraw()
            return body
        if hasattr(body, "close"):
            body.close()
        self._hand_over(channel, _head(status, headers), order)
        from waitress.channel import ClientDisconnected

        raise ClientDisconnected

    def _hand_over(self, channel: Any, head: bytes, order: Order) -> None:
        try:
            client = channel.socket.dup()
        except (OSError, AttributeError):  # waitress has closed it: the browser went away meanwhile
            self._streams.withdraw()
            return
        self._streams.adopt(client, head, order)


def _head(status: str, headers: list[tuple[str, str]]) -> bytes:
    # The stream ends with its connection; there is no length and nothing comes after it.
    kept = [(name, value) for name, value in headers if name.lower() not in ("content-length", "connection")]
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in kept), "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1")
