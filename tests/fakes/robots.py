"""Group robots and a webhook's receiver on the loopback interface: they take HTTP, check what the real ones check, count
what they take, and misbehave on request.

`RobotServer.chat` is what people would see. Each next request follows the next step given to `do`; without one the robot
answers by its own rules.
"""

import base64
import hashlib
import hmac
import json
import socket
import struct
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from kiosk.clock import Clock

Step = Callable[["RobotServer", socket.socket, "Request"], None]


@dataclass(frozen=True)
class Request:
    """One request; header names in lower case."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class RobotServer:
    """Listens on a port of its own until it is left; *rules* answers what no step was given for."""

    def __init__(self, rules: "Rules") -> None:
        self.rules = rules
        self.requests: list[Request] = []
        self.steps: list[Step] = []
        self.hanging = threading.Semaphore(0)
        self.over = threading.Event()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._open: set[socket.socket] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/hook?key=K"

    @property
    def chat(self) -> list[str]:
        """What people see, in order."""
        return self.rules.chat

    def do(self, *steps: Step) -> None:
        self.steps += steps

    def __enter__(self) -> "RobotServer":
        self._start(self._listen)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        with self._lock:
            for connection in self._open:
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _start(self, target: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        while not self.over.is_set():
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(connection)
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        try:
            request = _read(connection)
            if request is None:
                return
            with self._lock:
                self.requests.append(request)
                step = self.steps.pop(0) if self.steps else answer_by_rules
            step(self, connection, request)
        except OSError:  # the client or the test has had enough
            pass
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()


# -- steps


def answer_by_rules(server: RobotServer, connection: socket.socket, request: Request) -> None:
    status, document = server.rules.answer(request)
    _write(connection, status, json.dumps(document).encode())


def answering(status: int, body: bytes = b"", **headers: str) -> Step:
    """Answers so, and takes nothing; *headers* as ``retry_after="30"``."""

    def step(_server: RobotServer, connection: socket.socket, _request: Request) -> None:
        _write(connection, status, body, {name.replace("_", "-"): value for name, value in headers.items()})

    return step


def saying(code: int, text: str = "", *, key: str = "errcode") -> Step:
    """Answers 200 with the robot's own *code*."""
    return answering(200, json.dumps({key: code, "errmsg": text, "msg": text}).encode())


def hangs(server: RobotServer, _connection: socket.socket, _request: Request) -> None:
    """Reads the request and never answers."""
    server.hanging.release()
    server.over.wait(30)


def takes_it_and_hangs(server: RobotServer, _connection: socket.socket, request: Request) -> None:
    """Shows the message to people, and never answers."""
    server.rules.answer(request)
    server.hanging.release()
    server.over.wait(30)


def takes_it_and_resets(server: RobotServer, connection: socket.socket, request: Request) -> None:
    """Shows the message to people, and breaks the connection before it answers."""
    server.rules.answer(request)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def trickles(server: RobotServer, connection: socket.socket, _request: Request) -> None:
    """Answers one byte now and then, for ever."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not server.over.wait(0.02):
        connection.sendall(b"x")


def speaks_nonsense(_server: RobotServer, connection: socket.socket, _request: Request) -> None:
    """Answers in no protocol at all."""
    connection.sendall(b"\x00\xffnot http\r\n\r\n")


def answers_with_broken_headers(_server: RobotServer, connection: socket.socket, _request: Request) -> None:
    """Takes nothing, and answers with headers that are none."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n folded: x\r\nno colon\r\nConnection: close\r\n\r\n{}")


# -- what the real ones check and count


class Rules(ABC):
    """One kind of receiver: what it takes ends in `chat`."""

    def __init__(self, clock: Clock, secret: str = "", *, per_minute: int = 20) -> None:
        self.clock, self.secret, self.per_minute = clock, secret, per_minute
        self.chat: list[str] = []
        self.times: list[float] = []
        self.refused: list[Any] = []

    @abstractmethod
    def answer(self, request: Request) -> tuple[int, Any]:
        """Status and body of the answer to *request*."""

    def taken(self, text: str, span_s: float = 60.0, most: int | None = None) -> bool:
        """Count *text* and show it to people, unless that is one too many within *span_s*."""
        now = self.clock.monotonic()
        if sum(time > now - span_s for time in self.times) >= (most or self.per_minute):
            return False
        self.times.append(now)
        self.chat.append(text)
        return True

    def no(self, document: Any, status: int = 200) -> tuple[int, Any]:
        self.refused.append(document)
        return status, document


class WeComRules(Rules):
    """2048 bytes of text, 20 a minute."""

    def answer(self, request: Request) -> tuple[int, Any]:
        document = request.json
        if request.query.get("key") != "K":
            return self.no({"errcode": 93000, "errmsg": "invalid webhook url"})
        if document.get("msgtype") != "text":
            return self.no({"errcode": 40008, "errmsg": "invalid message type"})
        text = document["text"]["content"]
        if len(text.encode()) > 2048:
            return self.no({"errcode": 45002, "errmsg": "content exceed max length"})
        if not self.taken(text):
            return self.no({"errcode": 45009, "errmsg": "api freq out of limit"})
        return 200, {"errcode": 0, "errmsg": "ok"}


class DingTalkRules(Rules):
    """A signature no older than an hour, 20 a minute, else ten minutes of silence."""

    blocked_until = float("-inf")

    def answer(self, request: Request) -> tuple[int, Any]:
        if self.clock.monotonic() < self.blocked_until:
            return self.no({"status": 1111, "wait": 5, "source": "x5", "punish": "deny"})
        if self.secret:
            stamp = request.query.get("timestamp", "0")
            expected = base64.b64encode(hmac.digest(self.secret.encode(), f"{stamp}\n{self.secret}".encode(), hashlib.sha256)).decode()
            if request.query.get("sign") != expected or abs(int(stamp) / 1000 - self.clock.now().timestamp()) > 3600:
                return self.no({"errcode": 310000, "errmsg": "sign not match"})
        document = request.json
        if len(request.body) > 20000 or document.get("msgtype") != "markdown":
            return self.no({"errcode": 40035, "errmsg": "invalid parameter"})
        if not self.taken(document["markdown"]["text"]):
            self.blocked_until = self.clock.monotonic() + 600
            return self.no({"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"})
        return 200, {"errcode": 0, "errmsg": "ok"}


class FeishuRules(Rules):
    """A signature no older than an hour, 20 kB, 100 a minute and 5 a second."""

    def answer(self, request: Request) -> tuple[int, Any]:
        document = request.json
        if self.secret:
            stamp = document.get("timestamp", "0")
            expected = base64.b64encode(hmac.digest(f"{stamp}\n{self.secret}".encode(), b"", hashlib.sha256)).decode()
            if document.get("sign") != expected or abs(int(stamp) - self.clock.now().timestamp()) > 3600:
                return self.no({"code": 19021, "msg": "sign match fail or timestamp is not within one hour from current time"})
        if len(request.body) > 20 * 1024 or document.get("msg_type") != "post":
            return self.no({"code": 9499, "msg": "Bad Request", "data": {}})
        (post,) = document["content"]["post"].values()
        parts = [post["title"], *("".join(part["text"] for part in line) for line in post["content"])]
        if sum(time > self.clock.monotonic() - 1 for time in self.times) >= 5 or not self.taken("\n".join(parts), most=100):
            return self.no({"code": 11232, "msg": "frequency limited"})
        return 200, {"code": 0, "msg": "success", "data": {}, "StatusCode": 0, "StatusMessage": "success"}


class WebhookRules(Rules):
    """Checks the signature as docs/alerts.md shows it, and shows each id once."""

    def __init__(self, clock: Clock, secret: str = "") -> None:
        super().__init__(clock, secret, per_minute=10_000)
        self.ids: list[str] = []

    def answer(self, request: Request) -> tuple[int, Any]:
        ident, stamp = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        signed = hmac.digest(self.secret.encode(), f"{ident}.{stamp}.".encode() + request.body, hashlib.sha256)
        expected = "v1," + base64.b64encode(signed).decode()
        if not hmac.compare_digest(request.headers["webhook-signature"], expected):
            return self.no({}, 401)
        if abs(int(stamp) - self.clock.now().timestamp()) > 300:
            return self.no({}, 400)
        if ident not in self.ids:
            self.ids.append(ident)
            self.taken(request.json["data"]["title"])
        return 200, {}


def _read(connection: socket.socket) -> Request | None:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return None
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        chunk = connection.recv(65536)
        if not chunk:
            return None
        body += chunk
    target = urlsplit(first.split(" ")[1])
    return Request(target.path, {name: values[0] for name, values in parse_qs(target.query).items()}, headers, body)


def _write(connection: socket.socket, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", "Content-Type: application/json", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
