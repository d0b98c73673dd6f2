"""Real channels with a receiver on the loopback interface, and messages for them."""

from datetime import datetime
from typing import Any

from kiosk.channels import build_channel
from kiosk.config_service import Channel as ChannelSettings
from kiosk.desk.alerts.channel import Channel, Item, Outgoing
from tests.fakes.clock import START, FakeClock

SECRET = "SEC-3fa9"


def channel(kind: str, url: str, clock: FakeClock, *, timeout_s: float = 5.0, **more: Any) -> Channel:
    """A channel of *kind* that speaks to *url*."""
    return build_channel(ChannelSettings(name="group", kind=kind, url=url, **more), clock, timeout_s)  # type: ignore[arg-type]


def message(
    title: str = "[high] Case K1", *lines: str, link: str | None = "http://desk/desk/cases/1", ident: str = "S001-7", at: datetime = START
) -> Outgoing:
    item = Item(7, "case.opened", "high", title, lines, link, at)
    return Outgoing(ident, "high", title, lines, "... and %(count)s more", link, (item,))
