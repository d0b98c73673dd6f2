"""Ways to tell the point of sale of refunds: a folder that it reads, or a signed webhook. Built from the configuration."""

import logging
import os
import threading
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.config_returns import RefundExport
from kiosk.desk.alerts.channel import Outcome, Verdict
from kiosk.desk.returns.exports import RefundMessage, RefundSink
from kiosk.errors import ConfigError

if TYPE_CHECKING:
    from kiosk.channels.http import Answer, Poster

log = logging.getLogger(__name__)

# Bytes of what a receiver said that are kept.
_DETAIL = 200
# The request was too early, or too much at once (RFC 9110 15.5.9, RFC 8470 5.2, RFC 6585 4): it was not taken.
_LATER = frozenset({408, 425, 429})


def build_refund_sink(settings: Settings, clock: Clock) -> RefundSink | None:
    """The way of [returns.refunds]; None: the API alone. Raises ConfigError for one that could never tell anything."""
    export = settings.returns.refunds
    if export.kind == "file":
        if not export.folder:
            raise ConfigError("returns.refunds.folder: name the folder that the point of sale reads")
        return RefundFolder(Path(export.folder))
    if export.kind == "webhook":
        _check(export)
        return RefundWebhook(export, clock)
    return None


class RefundFolder:
    """Writes each refund as one JSON file, whole or not at all: a reader that lists ``*.json`` never sees a half one."""

    # A disk has no time limit; one that hangs this long is lost.
    timeout_s = 30.0

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: RefundMessage) -> Outcome:
        # The folder is never made here: where a network drive is not mounted, it would hide what should be told.
        written, target = self._folder / f".{message.key}.part", self._folder / f"{message.key}.json"
        try:
            with written.open("wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(message), indent=2) + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            return Outcome(Verdict.REFUSED, "folder", f"{error.strerror}: {self._folder}")
        try:
            written.replace(target)
        except OSError as error:
            written.unlink(missing_ok=True)
            return Outcome(Verdict.REFUSED, "folder", f"{error.strerror}: {self._folder}")
        try:
            _sync(self._folder)
        except OSError as error:
            return Outcome(Verdict.UNCERTAIN, "folder", f"{error.strerror}: {self._folder}")
        return Outcome(Verdict.DELIVERED)

    def interrupt(self) -> None:
        """Writing a file ends by itself."""


class RefundWebhook:
    """Posts each refund, signed as the Standard Webhooks specification 1.0 says, with its key as the id of the message."""

    def __init__(self, export: RefundExport, clock: Clock) -> None:
        self._export, self._clock = export, clock
        self._lock = threading.Lock()
        self._poster: Poster | None = None

    @property
    def timeout_s(self) -> float:
        return self._export.timeout_s

    def send(self, message: RefundMessage) -> Outcome:
        from kiosk.channels.http import NoAnswerError, NotSentError
        from kiosk.channels.webhook import key_of, signature

        body = msgspec.json.encode(message)
        stamp = str(int(self._clock.now().timestamp()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "kiosk-refunds",
            "Idempotency-Key": message.key,
            "Webhook-Id": message.key,
            "Webhook-Timestamp": stamp,
            "Webhook-Signature": f"v1,{signature(message.key, stamp, body, key_of(self._export.secret))}",
        }
        try:
            answer = self._ready().post(body, headers)
        except NoAnswerError as error:
            return Outcome(Verdict.UNCERTAIN, error.reason, error.detail)
        except NotSentError as error:
            return Outcome(Verdict.REFUSED, error.reason, error.detail)
        return self._judge(answer)

    def interrupt(self) -> None:
        with self._lock:
            poster = self._poster
        if poster is not None:
            poster.interrupt()

    def _ready(self) -> "Poster":
        with self._lock:
            if self._poster is None:
                from kiosk.channels.http import Poster  # urllib3 takes 65 ms: only a store that tells by webhook pays

                self._poster = Poster(self._export.url, self._export.timeout_s)
            return self._poster

    def _judge(self, answer: "Answer") -> Outcome:
        status = answer.status
        if 200 <= status < 300:
            return Outcome(Verdict.DELIVERED)
        detail = f"HTTP {status} {self._shown(answer.body)}".strip()
        if status in _LATER or status == 503:
            return Outcome(Verdict.REFUSED, "busy", detail, self._retry_after(answer.headers.get("retry-after", "")))
        if status >= 500:
            # A server that broke may have paid before it did; the key keeps the next try from being paid twice.
            return Outcome(Verdict.UNCERTAIN, "server-error", detail)
        return Outcome(Verdict.DEAD, "redirected" if 300 <= status < 400 else "rejected", detail)

    def _shown(self, body: bytes) -> str:
        """The beginning of what the receiver said, on one line, without the secrets that an echo may hold."""
        text = body[:_DETAIL].decode("utf-8", "replace")
        address = urlsplit(self._export.url)
        for secret in sorted({self._export.secret, address.path.strip("/"), address.query} - {""}, key=len, reverse=True):
            text = text.replace(secret, "***")
        return " ".join("".join(char if char.isprintable() else " " for char in text).split())

    def _retry_after(self, text: str) -> float | None:
        """Seconds that the receiver asks for (RFC 9110, 10.2.3: a number, or a date)."""
        text = text.strip()
        if text.isascii() and text.isdigit():
            return float(text[:9])
        try:
            return max(0.0, (parsedate_to_datetime(text) - self._clock.now()).total_seconds())
        except (ValueError, TypeError):  # no date, or one without a zone
            return None


def _check(export: RefundExport) -> None:
    try:
        address = urlsplit(export.url)
        usable = address.scheme in ("https", "http") and bool(address.hostname) and address.port != 0 and address.username is None
    except ValueError:  # a port that is no number; the address itself is a secret and is not repeated
        usable = False
    if not usable:
        raise ConfigError("returns.refunds.url: it must begin with https:// or http:// and name a host, without user or password")
    from kiosk.channels.webhook import key_of

    try:
        key = key_of(export.secret)
    except ConfigError as error:
        raise ConfigError("returns.refunds.secret: after whsec_ a secret is Base64") from error
    if not key:
        raise ConfigError("returns.refunds.secret: a webhook needs one, by which its receiver knows us; e.g. `openssl rand -hex 32`")


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
