"""``kiosk alerts``: messages to people, and whether the channels work."""

from typing import TYPE_CHECKING

import click

from kiosk.cli.context import config_option, open_database
from kiosk.config import Configuration
from kiosk.desk.alerts.models import DeliveryState

if TYPE_CHECKING:
    from kiosk.config_service import Channel as ChannelSettings
    from kiosk.desk.alerts.channel import Outgoing


@click.group()
def alerts() -> None:
    """List messages to people; test a channel."""


@alerts.command("list")
@click.option("--state", type=click.Choice([state.value for state in DeliveryState]), help="Only messages in this state.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="Most messages.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@config_option
def list_(configuration: Configuration, state: str | None, limit: int, as_json: bool) -> None:
    """List the newest messages: number, state, channel, title, and why it was not delivered."""
    import msgspec

    from kiosk.clock import SystemClock
    from kiosk.desk.alerts import AlertService
    from kiosk.desk.audit import AuditTrail

    settings, clock = configuration.settings, SystemClock()
    service = AlertService(settings, clock, AuditTrail(settings.station.name, clock))
    with open_database(settings) as database, database.read() as session:
        found = [listed.view for listed in service.list(session, states=[DeliveryState(state)] if state else None, limit=limit)]
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    for view in found:
        why = " ".join(part for part in (view.reason, view.detail) if part)
        click.echo(
            f"{view.id:>6}  {view.state.value:<9}  {view.created_at:%Y-%m-%d %H:%MZ}  {view.channel:<16}  {view.title}"
            + (f"  ({why})" if why else "")
        )


@alerts.command()
@click.argument("channel")
@config_option
def test(configuration: Configuration, channel: str) -> None:
    """Send a test message on CHANNEL now, past the queue; exit 1 and say why when it was not taken."""
    from kiosk.channels import build_channel
    from kiosk.clock import SystemClock
    from kiosk.config import did_you_mean
    from kiosk.desk.alerts.channel import Verdict
    from kiosk.errors import ConfigError, KioskError

    settings = configuration.settings
    known = {found.name: found for found in settings.alerts.channels}
    if channel not in known:
        raise ConfigError(f"alerts.channels: there is no channel {channel!r}{did_you_mean(channel, known)}")
    outcome = build_channel(known[channel], SystemClock(), settings.alerts.timeout_s).send(_message(configuration, known[channel]))
    said = " ".join(part for part in (outcome.reason, outcome.detail) if part)
    if outcome.verdict is Verdict.UNCERTAIN:
        raise KioskError(f"{channel}: it may or may not have arrived ({said}); look there")
    if outcome.verdict is not Verdict.DELIVERED:
        raise KioskError(f"{channel}: not delivered ({said}); docs/alerts.md explains what the codes mean")
    click.echo(f"{channel}: delivered" + (f" ({said})" if said else ""))


def _message(configuration: Configuration, channel: "ChannelSettings") -> "Outgoing":
    from datetime import UTC, datetime

    from kiosk.desk.alerts.compose import Origin, Queued, compose
    from kiosk.desk.alerts.service import TEST_TOPIC, test_words
    from kiosk.i18n import Speaker

    store, station = configuration.settings.store, configuration.settings.station.name
    origin = Origin(store.code, store.name, store.name_en, station, configuration.settings.alerts.base_url)
    now = datetime.now(UTC)
    title, lines = test_words(station, channel.name)
    # A number of its own each time: receivers that know copies by their id must not take the second test for one.
    queued = Queued(-int(now.timestamp() * 1000), TEST_TOPIC, "high", title, lines, "/manage/alerts", now)
    return compose([queued], origin, channel.language, Speaker(store.zone).say)
