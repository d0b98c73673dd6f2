"""Asks a service of the point of sale for one receipt: GET, JSON, each request signed.

The signature is HMAC-SHA256 over method, path with query, time, a word that is used once, and the SHA-256 of the body (which
is empty), each on a line of its own; docs/receipts-import.md shows the check in a few lines.
"""

import contextlib
import hashlib
import hmac
import secrets
import threading
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import msgspec

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.config_returns import LiveSource
from kiosk.desk.receipts.importing.json_rows import JsonCells, NotText
from kiosk.desk.receipts.live import SourceDown
from kiosk.desk.receipts.views import NewReceipt
from kiosk.errors import ConfigError
from kiosk.pos.bounded import Bounded
from kiosk.pos.mapping import Mapping

if TYPE_CHECKING:
    import ssl

    from kiosk.channels.lifeline import Lifeline

# A receipt of a thousand lines has some 300 kB.
_MOST_READ = 1 << 20
_DECODER = msgspec.json.Decoder(float_hook=Decimal)
# The conversation itself ends a little before the thread is left.
_GRACE_S = 0.25


class HttpSource:
    """One service of a point of sale."""

    def __init__(self, source: LiveSource, settings: Settings, clock: Clock) -> None:
        """Raises ConfigError for a source that could never answer."""
        self.name = source.name
        _check(source)
        self._source, self._clock = source, clock
        self._mapping = Mapping(source, settings)
        self._layout = self._mapping.by_keys()
        self._cells = JsonCells(self._mapping.profile, self._layout)
        self._bounded = Bounded(source.name, source.timeout_s + _GRACE_S)
        self._lock = threading.Lock()
        self._tls: ssl.SSLContext | None = None

    def fetch(self, number: str, store: str) -> NewReceipt | None:
        status, body = self._bounded.ask(lambda: self._get(number, store))
        if status == 404:
            return None
        if status != 200:
            raise SourceDown(f"status {status}")
        try:
            rows = self._cells.of(_DECODER.decode(body))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, NotText) as error:
            raise SourceDown(f"its answer cannot be read: {error}") from error
        return self._mapping.receipt(self._layout, rows, number, store)

    def _get(self, number: str, store: str) -> tuple[int, bytes]:
        import urllib3

        from kiosk.channels.faults import reason_of
        from kiosk.channels.lifeline import Lifeline

        url = self._source.url.replace("{number}", quote(number, safe="")).replace("{store}", quote(store, safe=""))
        target = urllib3.util.parse_url(url)
        with Lifeline(self._source.timeout_s) as lifeline, contextlib.closing(self._pool(target, lifeline)) as pool:
            try:
                response = pool.urlopen(
                    "GET",
                    target.request_uri,
                    headers={
                        "Accept": "application/json",
                        "Connection": "close",
                        "User-Agent": "kiosk",
                        **self._signed(target.request_uri),
                    },
                    retries=False,
                    redirect=False,
                    timeout=urllib3.Timeout(connect=self._source.timeout_s, read=self._source.timeout_s),
                    preload_content=False,
                    decode_content=False,
                )
                try:
                    body = response.read(_MOST_READ + 1)
                finally:
                    response.close()
            except (urllib3.exceptions.HTTPError, OSError) as error:
                # Never the error's own text: it repeats the address, and that names the receipt.
                raise SourceDown("timeout" if lifeline.over else reason_of(error)) from None
            if lifeline.over:  # what was read ends where we cut it
                raise SourceDown("timeout")
            if len(body) > _MOST_READ:
                raise SourceDown(f"it answers with more than {_MOST_READ} bytes")
            return response.status, body

    def _pool(self, target: Any, lifeline: "Lifeline") -> Any:
        import urllib3
        from urllib3.connection import HTTPConnection, HTTPSConnection

        class Plain(HTTPConnection):
            def connect(self) -> None:
                super().connect()
                assert self.sock is not None
                lifeline.hold(self.sock)

        class Secure(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                assert self.sock is not None
                lifeline.hold(self.sock)

        pool: Any
        if target.scheme == "https":
            pool = urllib3.HTTPSConnectionPool(target.host or "", target.port or 443, ssl_context=self._context())
            pool.ConnectionCls = Secure
        else:
            pool = urllib3.HTTPConnectionPool(target.host or "", target.port or 80)
            pool.ConnectionCls = Plain
        return pool

    def _context(self) -> "ssl.SSLContext":
        import ssl

        with self._lock:  # its authorities take some milliseconds to read
            if self._tls is None:
                self._tls = ssl.create_default_context()
            return self._tls

    def _signed(self, path: str) -> dict[str, str]:
        stamp, nonce = str(int(self._clock.now().timestamp())), secrets.token_hex(16)
        return {
            "X-Kiosk-Key": self._source.key_id,
            "X-Kiosk-Timestamp": stamp,
            "X-Kiosk-Nonce": nonce,
            "X-Kiosk-Signature": signature(self._source.secret, "GET", path, stamp, nonce, b""),
        }


def signature(secret: str, method: str, path: str, stamp: str, nonce: str, body: bytes) -> str:
    """The signature of a request, in hexadecimal digits."""
    said = "\n".join((method, path, stamp, nonce, hashlib.sha256(body).hexdigest()))
    return hmac.new(secret.encode(), said.encode(), hashlib.sha256).hexdigest()


def _check(source: LiveSource) -> None:
    where = f"receipts.sources: {source.name}"
    try:
        address = urlsplit(source.url)
        usable = address.scheme in ("https", "http") and bool(address.hostname) and address.port != 0
        named = address.username is not None
    except ValueError:  # a port that is no number; the address is a secret and is not repeated
        usable = named = False
    if not usable:
        raise ConfigError(f"{where}: url must begin with https:// (or http://) and name a host")
    if named:
        raise ConfigError(f"{where}: url must not hold a user or password; the service knows us by key_id and secret")
    if "{number}" not in source.url.partition(address.netloc)[2]:
        raise ConfigError(f"{where}: url must say where the number of the receipt goes: {{number}}")
    if not source.secret or not source.key_id:
        raise ConfigError(f"{where}: a service needs key_id and secret, by which it knows us; e.g. `openssl rand -hex 32`")
    if not source.key_id.isascii() or not source.key_id.isprintable():
        raise ConfigError(f"{where}: key_id goes into a header: ASCII alone")
