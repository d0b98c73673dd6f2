"""Posts one request over HTTP and says which of three things happened: an answer came, nothing was sent, nobody knows.

urllib3 does the work: certificates are verified against the machine's own authorities, no redirect is followed, nothing is
retried, no proxy is used (see docs/alerts.md), and the whole exchange is bounded in time and size.
"""

import contextlib
import logging
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from kiosk.channels.faults import FAULTS, reason_of
from kiosk.channels.lifeline import Lifeline

# The library writes whole addresses into its log, also as warnings: a robot's address is its secret.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)

# urllib3's own kinds, which do not always name the system's as their cause.
_FAULTS = (
    (urllib3.exceptions.NameResolutionError, "unknown-host"),
    *FAULTS,
    (urllib3.exceptions.SSLError, "certificate"),
    (urllib3.exceptions.ReadTimeoutError, "timeout"),
    (urllib3.exceptions.ConnectTimeoutError, "unreachable"),
)
# A robot's answer has a hundred bytes; who sends more is no robot.
_MOST_READ = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver said; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NotSentError(Exception):
    """No byte of the request left: *reason* is ``refused``, ``timeout``, ``unknown-host``, ``certificate`` ..."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail


class NoAnswerError(NotSentError):
    """The request may have arrived, its answer did not."""


class Poster:
    """Posts to one address; `post` in one thread at a time, `interrupt` from any."""

    def __init__(self, url: str, timeout_s: float) -> None:
        self._url = urllib3.util.parse_url(url)
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._lifeline: Lifeline | None = None
        self._connected = False
        self._tls = ssl.create_default_context() if self._url.scheme == "https" else None

    def post(self, body: bytes, headers: Mapping[str, str], query: str = "") -> Answer:
        """Send *body*; *query* is added to the address. Raises NotSentError, NoAnswerError."""
        target = self._url.request_uri + (("&" if self._url.query else "?") + query if query else "")
        self._connected = False
        with self._conversation() as lifeline, self._pool(lifeline) as pool:
            try:
                response = pool.urlopen(
                    "POST",
                    target,
                    body=body,
                    headers={"User-Agent": "kiosk-alerts", "Connection": "close", **headers},
                    retries=False,
                    redirect=False,
                    timeout=urllib3.Timeout(connect=self._timeout_s, read=self._timeout_s),
                    preload_content=False,
                    decode_content=False,
                )
                try:
                    content = response.read(_MOST_READ)
                    if lifeline.over:  # what was read ends where we cut it
                        raise NoAnswerError("timeout", "")
                    return Answer(response.status, {name.lower(): value for name, value in response.headers.items()}, content)
                finally:
                    response.close()
            except (urllib3.exceptions.HTTPError, OSError) as error:
                kind = NoAnswerError if self._connected else NotSentError
                # Never the error's own text: it may repeat the address, which is a secret.
                raise kind("timeout" if lifeline.over else reason_of(error, _FAULTS), type(error).__name__) from None

    def interrupt(self) -> None:
        """End a post under way."""
        with self._lock:
            if self._lifeline is not None:
                self._lifeline.cut()

    @contextlib.contextmanager
    def _conversation(self) -> Iterator[Lifeline]:
        with Lifeline(self._timeout_s) as lifeline:
            with self._lock:
                self._lifeline = lifeline
            try:
                yield lifeline
            finally:
                with self._lock:
                    self._lifeline = None

    def _pool(self, lifeline: Lifeline) -> urllib3.HTTPConnectionPool:
        """A pool for one request, whose connection tells when it stands: until then nothing was sent."""

        def stands(connection: HTTPConnection) -> None:
            assert connection.sock is not None
            lifeline.hold(connection.sock)
            if lifeline.over:  # looking up the name took all the time: what is not sent is not uncertain
                raise TimeoutError
            self._connected = True

        class Plain(HTTPConnection):
            def connect(self) -> None:
                super().connect()
                stands(self)

        class Secure(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                stands(self)

        host, port = self._url.host or "", self._url.port
        pool: Any
        if self._tls is not None:
            pool = urllib3.HTTPSConnectionPool(host, port or 443, ssl_context=self._tls)
            pool.ConnectionCls = Secure
        else:
            pool = urllib3.HTTPConnectionPool(host, port or 80)
            pool.ConnectionCls = Plain
        assert isinstance(pool, urllib3.HTTPConnectionPool)
        return pool
