"""What the group robots of WeCom, DingTalk and Feishu have in common: JSON over HTTP, and a code in an answer of status 200.

Each has its own module with its protocol, its limits and the meaning of its codes.
"""

import json
import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from kiosk.clock import Clock
from kiosk.config_service import Channel
from kiosk.desk.alerts.channel import Limits, Outcome, Outgoing, Verdict

if TYPE_CHECKING:
    from kiosk.channels.http import Answer, Poster

log = logging.getLogger(__name__)

# Bytes of what a receiver said that are kept.
_DETAIL = 200
# Gateways that could not tell what the machine behind them did: the message may be through.
_NOBODY_KNOWS = frozenset({502, 504})
_LATER = frozenset({408, 425, 429})
# Shorter parts of an address ("bot", "v2") are no secrets, and stand in many a text.
_SECRET_LENGTH = 8


class HttpChannel(ABC):
    """One address that takes a POST for each message."""

    def __init__(self, channel: Channel, clock: Clock, timeout_s: float) -> None:
        self._channel, self._clock, self._timeout_s = channel, clock, timeout_s
        self._lock = threading.Lock()
        self._poster: Poster | None = None

    @property
    def name(self) -> str:
        return self._channel.name

    @property
    def language(self) -> str:
        return self._channel.language

    @property
    @abstractmethod
    def limits(self) -> Limits:
        """How fast it may go, and what it can do."""

    @abstractmethod
    def request(self, message: Outgoing) -> tuple[bytes, dict[str, str], str]:
        """Body, headers and what is added to the address's query."""

    @abstractmethod
    def judge(self, answer: "Answer") -> Outcome:
        """What an answer of status 2xx says."""

    def send(self, message: Outgoing) -> Outcome:
        from kiosk.channels.http import NoAnswerError, NotSentError

        body, headers, query = self.request(message)
        try:
            answer = self._ready().post(body, {"Content-Type": "application/json; charset=utf-8", **headers}, query)
        except NoAnswerError as error:
            return Outcome(Verdict.UNCERTAIN, error.reason, error.detail)
        except NotSentError as error:
            return Outcome(Verdict.REFUSED, error.reason, error.detail, pause=True)
        outcome = self.judge(answer) if 200 <= answer.status < 300 else self._judge_status(answer)
        # A server's page about an error may repeat the address.
        return replace(outcome, detail=_without(outcome.detail, self._secrets())) if outcome.detail else outcome

    def interrupt(self) -> None:
        with self._lock:
            poster = self._poster
        if poster is not None:
            poster.interrupt()

    def _secrets(self) -> list[str]:
        address = urlsplit(self._channel.url)
        parts = [*address.path.split("/"), address.query, *(value for _name, value in parse_qsl(address.query)), self._channel.secret]
        return sorted((part for part in parts if len(part) >= _SECRET_LENGTH), key=len, reverse=True)

    def _ready(self) -> "Poster":
        with self._lock:
            if self._poster is None:
                from kiosk.channels.http import Poster  # urllib3 takes 65 ms: only a station that has something to say pays

                self._poster = Poster(self._channel.url, self._timeout_s)
            return self._poster

    def _judge_status(self, answer: "Answer") -> Outcome:
        status, detail = answer.status, f"HTTP {answer.status} {shown(answer.body)}".strip()
        if status in _NOBODY_KNOWS:
            return Outcome(Verdict.UNCERTAIN, "gateway", detail)
        if status in _LATER or status == 503:
            wait_s = self._retry_after(answer.headers)
            return Outcome(Verdict.REFUSED, "rate-limited" if status == 429 else "busy", detail, wait_s, pause=True)
        if status >= 500:
            return Outcome(Verdict.REFUSED, "server-error", detail, self._retry_after(answer.headers))
        if 300 <= status < 400:
            return Outcome(Verdict.DEAD, "redirected", detail)
        return Outcome(Verdict.DEAD, "rejected", detail)

    def _retry_after(self, headers: Mapping[str, str]) -> float | None:
        """Seconds that a receiver asks for (RFC 9110, 10.2.3: a number, or a date)."""
        text = headers.get("retry-after", "").strip()
        if text.isascii() and text.isdigit():
            return float(text[:9])
        try:
            return max(0.0, (parsedate_to_datetime(text) - self._clock.now()).total_seconds())
        except (ValueError, TypeError):  # no date, or one without a zone
            return None


class Robot(HttpChannel):
    """A group robot: its answer says by a code whether it took the message."""

    def judge(self, answer: "Answer") -> Outcome:
        try:
            said = msgspec.json.decode(answer.body, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return Outcome(Verdict.UNCERTAIN, "garbled", shown(answer.body))
        return self.judge_code(said)

    @abstractmethod
    def judge_code(self, said: Mapping[str, Any]) -> Outcome:
        """What the robot's JSON says."""


def compact(document: object) -> bytes:
    """*document* as JSON in UTF-8 without spaces."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def shown(body: bytes) -> str:
    """The beginning of what a receiver said, on one line."""
    text = body[:_DETAIL].decode("utf-8", "replace")
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _without(text: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def coded(
    code: object,
    text: object,
    *,
    limited: Mapping[int, float],
    dead: frozenset[int],
) -> Outcome:
    """What *code* says: 0 taken; one of *limited* too fast, with the seconds to wait; one of *dead* never.

    Any other code: the robot did not take it, and may later. An answer without a code says nothing.
    """
    if isinstance(code, bool) or not isinstance(code, int):
        return Outcome(Verdict.UNCERTAIN, "garbled", shown(str(text or "").encode()))
    detail = f"{code} {shown(str(text or '').encode())}".strip()
    if code == 0:
        return Outcome(Verdict.DELIVERED)
    if code in limited:
        return Outcome(Verdict.REFUSED, "rate-limited", detail, limited[code], pause=True)
    if code in dead:
        return Outcome(Verdict.DEAD, "rejected", detail)
    return Outcome(Verdict.REFUSED, "robot-error", detail)


def paced(channel: Channel, own: Limits) -> Limits:
    """*own* limits of a kind, slower when the configuration says so (never faster: the robot would only refuse)."""
    wanted = min(channel.per_minute or own.per_minute, own.per_minute)
    return Limits(wanted, min(own.burst, max(1, wanted // 4)), own.digests, own.idempotent, own.dodges)
