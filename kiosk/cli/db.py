"""``kiosk db``: the schema of the database."""

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
@config_option
def status(configuration: Configuration) -> None:
    """Print the address (without password), the revision and what this version needs; exit 1 when they differ."""
    from kiosk.cli import EXIT_FAILED
    from kiosk.db import Database
    from kiosk.db.schema import HEAD, current_revision

    database = Database(configuration.settings.database.url, clock=SystemClock())
    try:
        revision = current_revision(database.engine)
    finally:
        database.close()
    click.echo(f"database: {database.url.render_as_string()}\nrevision: {revision or 'none'}\nneeded:   {HEAD}")
    if revision != HEAD:
        click.echo("remedy:   kiosk db upgrade")
        raise click.exceptions.Exit(EXIT_FAILED)
