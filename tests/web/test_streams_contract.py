"""What the event streams lean on inside waitress: a newer waitress has to pass this before it is pinned."""

import socket
import threading
from importlib.metadata import version

from waitress.channel import ClientDisconnected
from waitress.server import create_server

from kiosk.web.server import WebServer
from tests.fakes.web_station import Follower, WebStation


def test_the_pinned_version_is_the_one_that_was_read() -> None:
    assert version("waitress") == "3.0.2"


class Bare:
    """waitress alone, with an app that shows what an application gets to see."""

    def __init__(self) -> None:
        self.channel: object = None
        self.copies: list[socket.socket] = []
        self._map: dict[int, object] = {}
        self.server = create_server(self._app, map=self._map, host="127.0.0.1", port=0, threads=2, asyncore_use_poll=True)
        self._stop = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _app(self, environ: dict[str, object], start_response: object) -> list[bytes]:
        self.channel = environ["waitress.client_disconnected"].__self__  # type: ignore[attr-defined]
        self.copies.append(self.channel.socket.dup())
        assert callable(start_response)
        start_response("200 OK", [("Content-Type", "text/plain")])
        raise ClientDisconnected

    def _run(self) -> None:
        from waitress import wasyncore

        while not self._stop:
            wasyncore.poll2(timeout=0.02, map=self._map)

    def close(self) -> None:
        self._stop = True
        self._thread.join()
        for copy in self.copies:
            copy.close()
        self.server.task_dispatcher.shutdown()
        for item in list(self._map.values()):
            item.close()  # type: ignore[attr-defined]


def test_a_connection_can_be_taken_over_and_waitress_writes_nothing_into_it() -> None:
    bare = Bare()
    try:
        with socket.create_connection(("127.0.0.1", int(bare.server.effective_port)), 5) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            for _ in range(500):
                if bare.copies and bare.channel.socket is None:  # type: ignore[attr-defined]
                    break
                threading.Event().wait(0.01)
            # waitress has closed its own copy, and the connection still stands: what is sent now is ours alone.
            assert bare.channel.socket is None  # type: ignore[attr-defined]
            bare.copies[0].sendall(b"ours")
            assert client.recv(100) == b"ours"
            client.sendall(b"theirs")
            bare.copies[0].settimeout(5)
            bare.copies[0].setblocking(True)
            assert bare.copies[0].recv(100) == b"theirs"
    finally:
        bare.close()


def test_a_channel_has_what_the_hand_over_reads(station: WebStation, server: WebServer) -> None:
    channels = []
    inner = station.app.wsgi_app

    def looking(environ: dict[str, object], start_response: object) -> object:
        channels.append(environ["waitress.client_disconnected"].__self__)  # type: ignore[attr-defined]
        return inner(environ, start_response)  # type: ignore[arg-type]

    station.app.wsgi_app = looking  # type: ignore[method-assign,assignment]
    with socket.create_connection(("127.0.0.1", server.port), 5) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(100)
    (channel,) = channels
    assert isinstance(channel.total_outbufs_len, int)
    assert isinstance(channel.requests, list)


def test_a_stream_on_a_connection_that_served_a_page_before_begins_cleanly(station: WebStation, server: WebServer) -> None:
    with Follower(server.port, {"Authorization": f"Bearer {station.token()}"}) as follower:
        follower.head()
    with socket.create_connection(("127.0.0.1", server.port), 5) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = b""
        while not answer.endswith(b"}"):
            answer += client.recv(4096)
        client.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {station.token()}\r\n\r\n".encode())
        assert client.recv(4096).startswith(b"HTTP/1.1 200 OK\r\n")
