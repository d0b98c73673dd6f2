"""The server: its address, its end, slow clients, and what it says about itself."""

import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from kiosk.config import Web
from kiosk.db import Database
from kiosk.events import EventBus
from kiosk.web.server import PortTaken, WebServer
from tests.fakes.clock import FakeClock
from tests.fakes.waiting import eventually
from tests.fakes.web_station import WebStation


@contextmanager
def _connection(server: WebServer) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), 5) as connection:
        yield connection


def _answer(connection: socket.socket) -> bytes:
    data = b""
    # A request that is refused before it was read to its end is answered, and then reset.
    with suppress(ConnectionResetError):
        while chunk := connection.recv(65536):
            data += chunk
    return data


def _get(server: WebServer, path: str) -> bytes:
    with _connection(server) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        return _answer(connection)


def test_the_system_chooses_a_free_port_for_port_0(server: WebServer) -> None:
    assert server.url == f"http://127.0.0.1:{server.port}/"
    assert _get(server, "/healthz").startswith(b"HTTP/1.1 200")


def test_a_taken_port_is_said_with_its_remedy(station: WebStation, server: WebServer) -> None:
    second = WebServer(station.app, Web(port=server.port), station.services.streams, environ={})
    with pytest.raises(PortTaken, match=rf"127\.0\.0\.1:{server.port} cannot be listened on: .*; stop the other program .* web\.port"):
        second.bind()


def test_an_address_that_is_none_is_said_with_its_remedy(station: WebStation) -> None:
    server = WebServer(station.app, Web(host="no such host.invalid"), station.services.streams, environ={})
    with pytest.raises(PortTaken, match="is no address of this machine"):
        server.bind()


def test_the_server_does_not_say_what_it_is(server: WebServer) -> None:
    assert b"\r\nserver:" not in _get(server, "/healthz").lower()


def test_sockets_are_taken_from_systemd(station: WebStation) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    script = (
        "import os, sys, socket\n"
        "os.dup2(int(sys.argv[1]), 3)\n"
        "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1')\n"
        "from kiosk.web.server import WebServer\n"
        "from kiosk.config import Web\n"
        "from kiosk.events import EventBus\n"
        "from kiosk.clock import SystemClock\n"
        "from kiosk.web.streams import EventStreams\n"
        "server = WebServer(lambda e, s: [], Web(port=1), EventStreams(EventBus(), SystemClock()))\n"
        "server.bind()\n"
        "print(server.port)\n"
        "server.stop()\n"
    )
    import subprocess
    import sys

    found = subprocess.run(
        [sys.executable, "-c", script, str(listening.fileno())], pass_fds=[listening.fileno()], capture_output=True, text=True, timeout=60
    )
    listening.close()
    assert found.stdout.strip() == str(port), found.stderr


def test_sockets_meant_for_another_process_are_left_alone(station: WebStation) -> None:
    environ = {"LISTEN_PID": str(os.getpid() + 1), "LISTEN_FDS": "1"}
    server = WebServer(station.app, Web(port=0), station.services.streams, environ)
    server.bind()
    assert server.port != 0
    server.stop()


def test_a_running_request_is_finished_before_the_end_and_no_new_one_is_taken(station: WebStation) -> None:
    server = station.serve()
    port = server.port
    with _connection(server) as connection:
        connection.sendall(b"GET /probe/slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert station.probe.arrived.acquire(timeout=5)
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        eventually(lambda: _refused(port))
        station.probe.gate.set()
        assert _answer(connection).endswith(b"done")
        stopping.join(5)
        assert not stopping.is_alive()


def test_a_request_that_never_ends_does_not_hold_up_the_stop_for_ever(station: WebStation) -> None:
    server = station.serve()
    with _connection(server) as connection:
        connection.sendall(b"GET /probe/slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert station.probe.arrived.acquire(timeout=5)
        before = time.monotonic()
        server.stop(drain_s=0.2)
        assert time.monotonic() - before < 2.0
        station.probe.gate.set()


def test_idle_connections_do_not_hold_up_the_stop(station: WebStation) -> None:
    server = station.serve()
    with _connection(server), _connection(server) as half:
        half.sendall(b"GET /healthz HT")
        before = time.monotonic()
        server.stop()
        assert time.monotonic() - before < 1.0


def test_two_hundred_slow_clients_leave_the_station_usable(
    sqlite_database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path
) -> None:
    station = WebStation(sqlite_database, bus, clock, tmp_path, threads=2)
    server = station.serve()
    slow = [socket.create_connection(("127.0.0.1", server.port), 5) for _ in range(200)]
    try:
        for connection in slow:
            connection.sendall(b"POST /api/v1/bags HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
        assert _get(server, "/healthz").startswith(b"HTTP/1.1 200")
    finally:
        for connection in slow:
            connection.close()
        server.stop()


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        (b"NONSENSE\r\n\r\n", b"400"),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 40_000 + b"\r\n\r\n", b"431"),
        (b"POST /api/v1/bags HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n", b"413"),
    ],
)
def test_broken_http_is_refused(server: WebServer, request_text: bytes, status: bytes) -> None:
    with _connection(server) as connection:
        connection.sendall(request_text)
        assert connection.recv(4096).split()[1] == status


@pytest.mark.parametrize(("accept", "kind"), [(b"text/html", b"text/html"), (b"*/*", b"application/problem+json")])
@pytest.mark.parametrize(
    ("head", "status", "slug"),
    [
        (b"Content-Length: x", b"400 Bad Request", b"bad-request"),
        (b"Transfer-Encoding: gzip", b"501 Not Implemented", b"bad-request"),
        (b"Content-Length: 99999999", b"413 Request Entity Too Large", b"too-large"),
        (b"X: " + b"y" * 40_000, b"431 Request Header Fields Too Large", b"bad-request"),
    ],
)
def test_what_the_server_refuses_itself_is_answered_in_the_readers_words(
    server: WebServer, accept: bytes, kind: bytes, head: bytes, status: bytes, slug: bytes
) -> None:
    with _connection(server) as connection:
        connection.sendall(b"POST /desk HTTP/1.1\r\nHost: x\r\nAccept: " + accept + b"\r\n" + head + b"\r\n\r\n")
        answer = _answer(connection)
    top, _, body = answer.partition(b"\r\n\r\n")
    assert top.partition(b" ")[2].startswith(status)
    assert b"Content-Security-Policy: default-src 'none'" in top
    assert b"generated by" not in answer
    if b"y" not in head:  # nothing of endless headers is read, so that nobody knows what the caller accepts
        assert b"Content-Type: " + kind in top
    if b"problem+json" in top:
        problem = json.loads(body)
        assert problem["type"] == f"/problems/{slug.decode()}"
        assert problem["status"] == int(status[:3])
    else:
        assert "<h1>" in body.decode()
    assert "请" in body.decode()


def _metrics_through_a_proxy(server: WebServer) -> bytes:
    with _connection(server) as connection:
        forwarded = b"X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n"
        connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + forwarded + b"\r\n")
        return _answer(connection)


def test_behind_a_tls_proxy_a_browser_elsewhere_is_not_taken_for_one_at_the_desk(
    sqlite_database: Database, bus: EventBus, clock: FakeClock, tmp_path: Path
) -> None:
    server = WebStation(sqlite_database, bus, clock, tmp_path, secure_cookies=True).serve()
    answer = _metrics_through_a_proxy(server)
    server.stop()
    assert not answer.startswith(b"HTTP/1.1 200")
    assert b"Strict-Transport-Security" in answer


def test_without_a_proxy_nobody_may_say_who_they_are(server: WebServer) -> None:
    assert _metrics_through_a_proxy(server).startswith(b"HTTP/1.1 200")


def test_a_server_that_was_never_started_can_be_stopped(station: WebStation) -> None:
    WebServer(station.app, Web(port=0), station.services.streams, environ={}).stop()


def _refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except ConnectionRefusedError:
        return True
    return False
