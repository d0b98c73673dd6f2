"""``kiosk db``: the schema of the database."""

import json

import click

from kiosk.cli.context import config_option
from kiosk.clock import SystemClock
from kiosk.config import Configuration


@click.group()
def db() -> None:
    """Bring the database to this version's schema; show where it stands."""


@db.command()
@config_option
def upgrade(configuration: Configuration) -> None:
    """Apply the migrations that are missing. `kiosk run` does so too."""
    from kiosk.db import Database
    from kiosk.db.schema import HEAD
    from kiosk.db.schema import upgrade as upgrade_schema

    database = Database(configuration.settings.database.url, clock=SystemClock())
    try:
        changed = upgrade_schema(database.engine)
    finally:
        database.close()
    click.echo(f"upgraded to {HEAD}" if changed else f"already at {HEAD}")


@db.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@config_option
def status(configuration: Configuration, as_json: bool) -> None:
    """Print the address (without password), the revision and what this version needs; exit 1 when they differ."""
    from kiosk.cli import EXIT_FAILED
    from kiosk.db import Database
    from kiosk.db.schema import HEAD, current_revision

    database = Database(configuration.settings.database.url, clock=SystemClock(), create=False)
    try:
        revision = current_revision(database.engine)
    finally:
        database.close()
    address = database.url.render_as_string()
    if as_json:
        click.echo(json.dumps({"database": address, "revision": revision, "needed": HEAD, "ok": revision == HEAD}, indent=2))
    else:
        click.echo(f"database: {address}\nrevision: {revision or 'none'}\nneeded:   {HEAD}")
    if revision != HEAD:
        click.echo(f"kiosk: database {address}: it is at revision {revision or 'none'}, not {HEAD}; run `kiosk db upgrade`", err=True)
        raise click.exceptions.Exit(EXIT_FAILED)
