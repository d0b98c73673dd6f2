"""The custom robot of Feishu (飞书).

Source: open.feishu.cn/document/ukTMukTMukTM/ucTM5YjL3ETO24yNxkjN (custom robot guide: 100 messages a minute and 5 a second,
a request of at most 20 kB, full and half hours to be avoided, where 11232 is to be expected; signature: Base64 of the
HMAC-SHA256 of nothing under the key ``timestamp \\n secret``, with the timestamp in seconds, good for an hour; 9499 malformed,
19001 unknown token, 19002 message type, 19021 signature or time, 19022 address of the sender, 19024 keyword).

Messages are of type ``post``: its texts are shown as they are, so that ``<at>`` in a title mentions nobody.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from kiosk.channels.robot import Robot, coded, compact, paced
from kiosk.desk.alerts.channel import Limits, Outcome, Outgoing
from kiosk.desk.alerts.texts import cut, fit

# Of the whole request 20 kB; JSON makes at most six bytes of one that is printable.
TEXT_BYTES = 3000
TITLE_BYTES = 300
_LIMITS = Limits(per_minute=95, burst=4, dodges=True)
# 11232 sent too often, or the service is under load; 99991400 called too often.
_LIMITED = {11232: 60.0, 99991400: 60.0}
_DEAD = frozenset({9499, 19001, 19002, 19003, 19021, 19022, 19024, 19036})
_LOCALES = {"zh": "zh_cn", "en": "en_us"}


class FeishuRobot(Robot):
    """Sends to a Feishu group."""

    @property
    def limits(self) -> Limits:
        return paced(self._channel, _LIMITS)

    def request(self, message: Outgoing) -> tuple[bytes, dict[str, str], str]:
        # The title is apart: the first line of the text is the first of the lines.
        first, *others = message.lines or (message.title,)
        text = fit(first, others, "", message.more, TEXT_BYTES)
        content: list[list[dict[str, str]]] = [[{"tag": "text", "text": line}] for line in text.split("\n")]
        if message.link:
            content.append([{"tag": "a", "text": message.link, "href": message.link}])
        post = {"title": cut(message.title, TITLE_BYTES), "content": content}
        document: dict[str, Any] = {"msg_type": "post", "content": {"post": {_LOCALES[message_language(self.language)]: post}}}
        if self._channel.secret:
            stamp = str(int(self._clock.now().timestamp()))
            document |= {"timestamp": stamp, "sign": signature(stamp, self._channel.secret)}
        return compact(document), {}, ""

    def judge_code(self, said: Mapping[str, Any]) -> Outcome:
        # Older robots answer StatusCode alone.
        code = said.get("code", said.get("StatusCode"))
        return coded(code, said.get("msg", said.get("StatusMessage")), limited=_LIMITED, dead=_DEAD)


def message_language(language: str) -> str:
    """The language under which the robot files a text: Chinese for what it has no name for."""
    return language if language in _LOCALES else "zh"


def signature(stamp: str, secret: str) -> str:
    """The signature of *stamp* (seconds since 1970 as text)."""
    return base64.b64encode(hmac.digest(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256)).decode()
