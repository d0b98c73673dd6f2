"""``kiosk token``: keys for programs that use the API."""

from typing import TYPE_CHECKING

import click

from kiosk.cli.context import config_option, open_database
from kiosk.config import Configuration
from kiosk.desk.actors import SYSTEM

if TYPE_CHECKING:
    from kiosk.desk.staff import TokenService


@click.group()
def token() -> None:
    """Create, list and revoke API tokens."""


@token.command()
@click.option("--name", required=True, help="What the token is for, e.g. the program that gets it.")
@click.option("--scope", "scopes", multiple=True, required=True, metavar="SCOPE", help="A permission, e.g. bags:write; may be repeated.")
@config_option
def create(configuration: Configuration, name: str, scopes: tuple[str, ...]) -> None:
    """Create a token and print it, alone, on standard output. It is shown this once."""
    tokens = _service(configuration)
    with open_database(configuration.settings) as database:
        created = database.write(lambda session: tokens.create(session, SYSTEM, name, scopes))
    click.echo(created.text)


@token.command("list")
@click.option("--all", "with_revoked", is_flag=True, help="Revoked ones, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@config_option
def list_(configuration: Configuration, with_revoked: bool, as_json: bool) -> None:
    """List the tokens: name, permissions, when created, when last used (to the hour)."""
    import msgspec

    with open_database(configuration.settings) as database, database.read() as session:
        found = _service(configuration).list(session, with_revoked=with_revoked)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    for view in found:
        used = f"{view.last_used_at:%Y-%m-%d %H:%MZ}" if view.last_used_at else "never"
        revoked = f"  revoked {view.revoked_at:%Y-%m-%d}" if view.revoked_at else ""
        click.echo(f"{view.id:>4}  {view.name:<24}  created {view.created_at:%Y-%m-%d}  used {used:<17}  {' '.join(view.scopes)}{revoked}")


@token.command()
@click.argument("name")
@config_option
def revoke(configuration: Configuration, name: str) -> None:
    """Make the token called NAME worthless at once."""
    tokens = _service(configuration)
    with open_database(configuration.settings) as database:
        view = database.write(lambda session: tokens.revoke_by_name(session, SYSTEM, name))
    click.echo(f"revoked {view.name}", err=True)


def _service(configuration: Configuration) -> "TokenService":
    from kiosk.clock import SystemClock
    from kiosk.desk.audit import AuditTrail
    from kiosk.desk.staff import TokenService

    clock = SystemClock()
    return TokenService(clock, AuditTrail(configuration.settings.station.name, clock))
