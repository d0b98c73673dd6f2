"""A signed webhook: JSON for a program, which can check who sent it and knows a second copy by its id.

Headers and signature follow the Standard Webhooks specification 1.0 (standardwebhooks.com), for which receivers find
libraries in most languages; docs/alerts.md shows the check in a few lines of its own.
"""

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING

from kiosk.channels.robot import HttpChannel, compact, paced
from kiosk.desk.alerts.channel import Limits, Outcome, Outgoing, Verdict
from kiosk.errors import ConfigError

if TYPE_CHECKING:
    from kiosk.channels.http import Answer

# Secrets of the specification's own form: this and Base64.
PREFIX = "whsec_"
# Each message goes alone: a program wants records, not summaries. A copy is harmless, so what is uncertain is sent again.
_LIMITS = Limits(per_minute=120, burst=10, digests=False, idempotent=True)


class Webhook(HttpChannel):
    """Posts each message to a program."""

    @property
    def limits(self) -> Limits:
        return paced(self._channel, _LIMITS)

    def request(self, message: Outgoing) -> tuple[bytes, dict[str, str], str]:
        (item,) = message.items
        body = compact(
            {
                "id": message.id,
                "type": item.topic,
                "timestamp": item.at.isoformat(),
                "data": {"severity": item.severity, "title": item.title, "lines": list(item.lines), "link": item.link},
            }
        )
        stamp = str(int(self._clock.now().timestamp()))
        signed = signature(message.id, stamp, body, key_of(self._channel.secret))
        return body, {"Webhook-Id": message.id, "Webhook-Timestamp": stamp, "Webhook-Signature": f"v1,{signed}"}, ""

    def judge(self, answer: "Answer") -> Outcome:
        return Outcome(Verdict.DELIVERED)


def key_of(secret: str) -> bytes:
    """The key that *secret* stands for. Raises ConfigError."""
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ConfigError("alerts.channels: after whsec_ a secret is Base64") from error


def signature(ident: str, stamp: str, body: bytes, key: bytes) -> str:
    """The signature of a message: HMAC-SHA256 of ``id.timestamp.body``, in Base64."""
    return base64.b64encode(hmac.digest(key, f"{ident}.{stamp}.".encode() + body, hashlib.sha256)).decode()
