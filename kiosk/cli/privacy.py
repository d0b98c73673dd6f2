"""``kiosk privacy``: keys of the contact data, retention, and one person's data."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kiosk.cli.context import config_option, line_of_stdin, open_database
from kiosk.config import Configuration
from kiosk.desk.actors import SYSTEM

if TYPE_CHECKING:
    from kiosk.web.context import Services


@click.group()
def privacy() -> None:
    """Rotate the keys of contact data, purge what has had its time, export or delete one person's data."""


@privacy.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@config_option
def status(configuration: Configuration, as_json: bool) -> None:
    """Print keys, retention and consent version; exit 1 when the key file does not fit the database."""
    from kiosk.cli import EXIT_FAILED

    with _services(configuration) as services, services.db.read() as session:
        state = services.privacy.state(session)
    if as_json:
        click.echo(_json(state))
    else:
        click.echo(f"key file: {state.key_file}\ncontacts: {state.contacts}\nconsent:  version {state.consent_version}")
        for key in state.keys:
            is_now = "retired" if key.retired_at else ("current" if key.current else "old, in use")
            where = "" if key.in_file else "  not in the file"
            click.echo(f"key {key.fingerprint}  made {key.created_at:%Y-%m-%d}  {is_now}  {key.contacts} contacts{where}")
        for rule in state.plan:
            ran = f"{rule.ran_at:%Y-%m-%d %H:%MZ}" if rule.ran_at else "never"
            click.echo(f"rule {rule.kind:<20}  keeps {rule.keep_days} days  ran {ran}  due {rule.due_at:%Y-%m-%d %H:%MZ}")
    if state.problem:
        click.echo(f"kiosk: {state.problem}", err=True)
        raise click.exceptions.Exit(EXIT_FAILED)


@privacy.command("rotate-keys")
@click.option("--copied", is_flag=True, help="PostgreSQL: the file with the new key has been copied to all stations of the database.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@config_option
def rotate_keys(configuration: Configuration, copied: bool, as_json: bool) -> None:
    """Add a key, encrypt all contact data and photos anew, retire the old key. The station may run meanwhile.

    Run it again when it was interrupted: it goes on. Keep the old key file as long as backups of the database from before.
    """
    from kiosk.cli import EXIT_FAILED
    from kiosk.db.traces import wipe_traces
    from kiosk.desk.contacts.rotation import Rotation

    with _services(configuration) as services:
        rotation = Rotation(services.contacts, services.db, services.clock, services.audit, SYSTEM)
        done = rotation.run(copied=copied)
        wipe_traces(services.db)
    if as_json:
        click.echo(_json(done))
    elif done.waits_for_copies:
        click.echo(
            f"added key {done.key} to {services.contacts.ring.path}; nothing uses it yet. Copy this file to every other station of the "
            "database, then run `kiosk privacy rotate-keys --copied`"
        )
    else:
        click.echo(f"key {done.key} is current; {done.renewed} values encrypted anew; retired: {', '.join(done.retired) or 'none'}")
    if done.unreadable:
        click.echo(f"kiosk: {done.unreadable} values cannot be read and were left alone, so no key was retired; see the log", err=True)
        raise click.exceptions.Exit(EXIT_FAILED)


@privacy.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@config_option
def purge(configuration: Configuration, as_json: bool) -> None:
    """Carry out every retention rule now, as the station does each night."""
    from kiosk.db.traces import wipe_traces

    with _services(configuration) as services:
        deleted = services.privacy.purger.run_now(services.db)
        wipe_traces(services.db)
    if as_json:
        click.echo(_json(deleted))
    else:
        for kind, count in deleted.items():
            click.echo(f"{kind}: {count} deleted")


@privacy.command()
@click.option(
    "--phone-stdin",
    is_flag=True,
    required=True,
    expose_value=False,
    help="Read the number from standard input: arguments end up in histories.",
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write, for you alone; else standard output.")
@config_option
def export(configuration: Configuration, output: Path | None) -> None:
    """Write everything that is kept about the person with this number, in the clear, as JSON."""
    phone = line_of_stdin("phone number")
    with _services(configuration) as services:
        found = services.db.write(lambda session: services.privacy.persons.export(session, SYSTEM, phone))
    text = _json(found) + "\n"
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        with os.fdopen(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise click.UsageError(f"{output} cannot be written: {error.strerror}; name a new file") from error
    click.echo(f"written to {output}", err=True)


@privacy.command()
@click.option(
    "--phone-stdin", is_flag=True, required=True, expose_value=False, help="Read the phone number from standard input, a line each, twice."
)
@click.option("--reason", required=True, help="Why, and how the person's identity was checked; for the audit trail.")
@config_option
def delete(configuration: Configuration, reason: str) -> None:
    """Delete everything that is kept about the person with this number; print the certificate. It cannot be undone.

    The number is read twice, and both must be the same. Open cases stay, without contact.
    """
    from kiosk.db.traces import wipe_traces

    phone, again = line_of_stdin("phone number"), line_of_stdin("second line with the phone number")
    with _services(configuration) as services:
        certificate = services.db.write(lambda session: services.privacy.persons.delete(session, SYSTEM, phone, again=again, reason=reason))
        wipe_traces(services.db)
    click.echo(_json(certificate))


@contextlib.contextmanager
def _services(configuration: Configuration) -> Iterator["Services"]:
    """Every service over the configured database, because each may keep personal data; no device, no screen."""
    from kiosk.clock import SystemClock
    from kiosk.events import EventBus
    from kiosk.wiring import build_services

    with open_database(configuration.settings) as database:
        yield build_services(configuration.settings, [], db=database, bus=EventBus(), clock=SystemClock())


def _json(value: Any) -> str:
    import msgspec

    return msgspec.json.format(msgspec.json.encode(value, enc_hook=str)).decode()
