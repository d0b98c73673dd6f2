"""The group robot of WeCom (企业微信).

Sources: developer.work.weixin.qq.com/document/path/91770 (group robot: a text of at most 2048 bytes in UTF-8, at most 20
messages a minute and robot, no signature: the key in the address is the secret) and /document/path/90313 (error codes).

Messages are of type ``text``, not ``markdown``: its text is shown as it is, so that no title can pretend to be a link or a
mention, and the robot's Markdown has no documented way to escape one.
"""

from collections.abc import Mapping
from typing import Any

from kiosk.channels.robot import Robot, coded, compact, paced
from kiosk.desk.alerts.channel import Limits, Outcome, Outgoing
from kiosk.desk.alerts.texts import fit

TEXT_BYTES = 2048
# One below the documented 20, for a clock at the other end that counts its minute otherwise.
_LIMITS = Limits(per_minute=19, burst=4)
# 45009 interface called too often, 45033 too many at once: both end within the minute.
_LIMITED = {45009: 60.0, 45033: 10.0}
# 93000 invalid address or key, 93004 robot withdrawn, 93008 not in the group, 40008 message type, 44004 empty text,
# 45002 text too long, 40058 parameters, 40001/40014 credentials.
_DEAD = frozenset({93000, 93004, 93008, 40008, 44004, 45002, 40058, 40001, 40014})


class WeComRobot(Robot):
    """Sends to a WeCom group."""

    @property
    def limits(self) -> Limits:
        return paced(self._channel, _LIMITS)

    def request(self, message: Outgoing) -> tuple[bytes, dict[str, str], str]:
        text = fit(message.title, message.lines, message.link or "", message.more, TEXT_BYTES)
        return compact({"msgtype": "text", "text": {"content": text}}), {}, ""

    def judge_code(self, said: Mapping[str, Any]) -> Outcome:
        return coded(said.get("errcode"), said.get("errmsg"), limited=_LIMITED, dead=_DEAD)
