"""The custom robot of DingTalk (钉钉).

Sources: open.dingtalk.com/document/orgapp/custom-robot-access (at most 20 messages a minute, then the robot is blocked
for ten minutes; a message of at most 20000 bytes), .../custom-robots-send-group-messages (error codes) and
.../customize-robot-security-settings (signature: Base64 of HMAC-SHA256 of ``timestamp \\n secret`` under the secret, as
``timestamp`` in milliseconds and ``sign`` in the address, good for an hour).
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from kiosk.channels.robot import Robot, coded, compact, paced
from kiosk.desk.alerts.channel import Limits, Outcome, Outgoing, Verdict
from kiosk.desk.alerts.texts import cut, fit

# What a chat shows with patience; the robot itself takes 20000.
TEXT_BYTES = 5000
TITLE_BYTES = 200
# Well below the documented 20: one too many costs ten minutes.
_LIMITS = Limits(per_minute=17, burst=3)
_BLOCKED_S = 600.0
# 130101 and 410100 sent too fast, 90030 and 90018 called too often.
_LIMITED = {130101: _BLOCKED_S, 410100: _BLOCKED_S, 90030: _BLOCKED_S, 90018: _BLOCKED_S}
# 310000 keyword, signature or address of the sender; 300001 and 300005 unknown token; 400013 group dissolved, 400101 unknown
# token, 400102 robot stopped, 400105 message type, 400106 no such robot; 40035 and 43004 malformed; 4301xx refused content.
_DEAD = frozenset({310000, 300001, 300005, 400013, 400101, 400102, 400105, 400106, 40035, 43004, 430101, 430102, 430103, 430104, 460101})
# Characters that mean something in the robot's Markdown.
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|>~<&])")


class DingTalkRobot(Robot):
    """Sends to a DingTalk group."""

    @property
    def limits(self) -> Limits:
        return paced(self._channel, _LIMITS)

    def request(self, message: Outgoing) -> tuple[bytes, dict[str, str], str]:
        # In Markdown one line break is a space: lines stand apart as paragraphs.
        link = f"<{message.link}>" if message.link else ""
        text = "#### " + fit(message.title, message.lines, link, message.more, TEXT_BYTES - len("#### "), escape=escaped, newline="\n\n")
        document = {"msgtype": "markdown", "markdown": {"title": cut(message.title, TITLE_BYTES), "text": text}}
        return compact(document), {}, self._signature()

    def judge_code(self, said: Mapping[str, Any]) -> Outcome:
        if said.get("errcode") is None and said.get("punish") is not None:
            # The gateway before the robot, while it is blocked: {"status":1111,"punish":"deny","wait":5,...}
            return Outcome(Verdict.REFUSED, "rate-limited", f"{said.get('status')} {said.get('punish')}", _BLOCKED_S, pause=True)
        return coded(said.get("errcode"), said.get("errmsg"), limited=_LIMITED, dead=_DEAD)

    def _signature(self) -> str:
        if not self._channel.secret:
            return ""
        stamp = str(int(self._clock.now().timestamp() * 1000))
        return urlencode({"timestamp": stamp, "sign": signature(stamp, self._channel.secret)})


def signature(stamp: str, secret: str) -> str:
    """The signature of *stamp* (milliseconds since 1970 as text)."""
    return base64.b64encode(hmac.digest(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256)).decode()


def escaped(text: str) -> str:
    """*text* as Markdown that shows it as it is."""
    return _MARKDOWN.sub(r"\\\1", text)
