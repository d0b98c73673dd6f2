"""How the world outside is spoken to: one file a kind of channel. Only the composition root and the command line come here."""

import ipaddress
import re
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.config_service import Channel as ChannelSettings
from kiosk.desk.alerts.channel import Channel
from kiosk.errors import ConfigError

_SCHEMES = {"email": ("smtp", "smtps")}
_HTTP = ("https", "http")
# A name as the domain name system has it; one in another script is written in its form "xn--...".
_HOST = re.compile(r"(?!.{254})[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})?)*\.?")


def build_channels(settings: Settings, clock: Clock) -> list[Channel]:
    """The channels of the configuration; nothing is connected. Raises ConfigError that names channel, key and remedy."""
    return [build_channel(channel, clock, settings.alerts.timeout_s) for channel in settings.alerts.channels]


def build_channel(channel: ChannelSettings, clock: Clock, timeout_s: float) -> Channel:
    """One channel; raises ConfigError."""
    _check(channel)
    return _KINDS[channel.kind](channel, clock, timeout_s)


def check_channels(channels: Sequence[ChannelSettings]) -> None:
    """Raise ConfigError for the first channel that could never send."""
    for channel in channels:
        _check(channel)


def _check(channel: ChannelSettings) -> None:
    where = f"alerts.channels: {channel.name}"
    schemes = _SCHEMES.get(channel.kind, _HTTP)
    try:
        address = urlsplit(channel.url)
        usable = address.scheme in schemes and _is_host(address.hostname or "") and address.port != 0
        named = address.username is not None
    except ValueError:  # a port that is no number; the address itself is a secret and is not repeated
        usable = named = False
    if not usable:
        raise ConfigError(f"{where}: url must begin with {' or '.join(f'{scheme}://' for scheme in schemes)} and name a host")
    if named:
        remedy = "name them as user and secret" if channel.kind == "email" else "a webhook knows us by its signature"
        raise ConfigError(f"{where}: url must not hold a user or password, which are not sent from there; {remedy}")
    if channel.kind == "webhook":
        from kiosk.channels.webhook import key_of

        if not key_of(channel.secret):
            raise ConfigError(f"{where}: a webhook needs a secret, by which its receiver knows us; e.g. `openssl rand -hex 32`")
    if channel.kind == "email":
        if not channel.recipients:
            raise ConfigError(f"{where}: name recipients")
        for address_text in (channel.sender, *channel.recipients):
            if not _is_mailbox(address_text):
                raise ConfigError(f"{where}: {address_text!r} is no mail address; write sender and recipients as NAME@HOST")


def _is_host(text: str) -> bool:
    if _HOST.fullmatch(text):
        return True
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def _is_mailbox(text: str) -> bool:
    name, _, host = text.rpartition("@")
    return bool(name and host) and text.isascii() and text.isprintable() and not set(' ,;:<>()[]\\"') & set(text)


def _wecom(channel: ChannelSettings, clock: Clock, timeout_s: float) -> Channel:
    from kiosk.channels.wecom import WeComRobot

    return WeComRobot(channel, clock, timeout_s)


def _dingtalk(channel: ChannelSettings, clock: Clock, timeout_s: float) -> Channel:
    from kiosk.channels.dingtalk import DingTalkRobot

    return DingTalkRobot(channel, clock, timeout_s)


def _feishu(channel: ChannelSettings, clock: Clock, timeout_s: float) -> Channel:
    from kiosk.channels.feishu import FeishuRobot

    return FeishuRobot(channel, clock, timeout_s)


def _webhook(channel: ChannelSettings, clock: Clock, timeout_s: float) -> Channel:
    from kiosk.channels.webhook import Webhook

    return Webhook(channel, clock, timeout_s)


def _email(channel: ChannelSettings, clock: Clock, timeout_s: float) -> Channel:
    from kiosk.channels.email import EmailChannel

    return EmailChannel(channel, clock, timeout_s)


_KINDS: dict[str, Callable[[ChannelSettings, Clock, float], Channel]] = {
    "wecom": _wecom,
    "dingtalk": _dingtalk,
    "feishu": _feishu,
    "webhook": _webhook,
    "email": _email,
}
