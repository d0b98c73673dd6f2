"""``kiosk audit``: whether the audit trail is whole."""

import json

import click

from kiosk.cli.context import config_option, open_database
from kiosk.config import Configuration


@click.group()
def audit() -> None:
    """Verify the audit trail."""


@audit.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@config_option
def verify(configuration: Configuration, as_json: bool) -> None:
    """Check every station's chain; exit 1 and name the first broken entry when it is not whole.

    The hash that is printed stands for all entries up to there: note it elsewhere, and a rewritten chain is noticed, too.
    """
    from kiosk.cli import EXIT_FAILED
    from kiosk.clock import SystemClock
    from kiosk.desk.audit import AuditTrail

    trail = AuditTrail(configuration.settings.station.name, SystemClock())
    with open_database(configuration.settings) as database, database.read() as session:
        problems = trail.verify(session)
        heads = trail.heads(session)
    if as_json:
        answer = {
            "ok": not problems,
            "chains": [{"station": head.station, "entries": head.sequence, "hash": head.hash} for head in heads],
            "problems": [{"station": found.station, "entry": found.sequence, "message": str(found.message)} for found in problems],
        }
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        broken = {found.station for found in problems}
        for head in heads:
            if head.station not in broken:
                click.echo(f"{head.station}: ok, {head.sequence} entries, {head.hash}")
    for found in problems:
        remedy = "keep this database, compare it with the last backup"
        click.echo(f"kiosk: audit trail of {found.station}: {found.message}; {remedy}", err=True)
    if problems:
        raise click.exceptions.Exit(EXIT_FAILED)
