"""``kiosk user``: who may log in at the desk."""

from typing import TYPE_CHECKING

import click

from kiosk.cli.context import config_option, line_of_stdin, open_database
from kiosk.config import Configuration
from kiosk.desk.actors import SYSTEM, Role

if TYPE_CHECKING:
    from kiosk.desk.staff import StaffService


@click.group()
def user() -> None:
    """Add, list and reset staff."""


@user.command()
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True, help="The person's job.")
@click.option("--pin-stdin", is_flag=True, help="Read the PIN from the first line of standard input; else one is made up and printed.")
@click.option("--badge-stdin", is_flag=True, help="Read a badge's code from the next line of standard input: scan it.")
@config_option
def add(configuration: Configuration, name: str, role: str, pin_stdin: bool, badge_stdin: bool) -> None:
    """Add a person. Prints a one-time PIN, to be changed at the first log-in, unless PIN or badge are given."""
    staff = _service(configuration)
    typed = line_of_stdin("PIN") if pin_stdin else None
    badge = line_of_stdin("badge code") if badge_stdin else None
    one_time = staff.random_pin() if typed is None and badge is None else None
    text = typed or one_time
    prepared = None if text is None else staff.prepare_pin(text)
    with open_database(configuration.settings) as database:
        added = database.write(
            lambda session: staff.create_user(
                session, SYSTEM, name=name, role=Role(role), pin=prepared, badge=badge, must_change_pin=one_time is not None
            )
        )
    click.echo(f"added {added.name} ({added.role.value}) as number {added.id}", err=True)
    if one_time is not None:
        click.echo(one_time)


@user.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@config_option
def list_(configuration: Configuration, as_json: bool) -> None:
    """List everybody, those who have left included."""
    import msgspec

    with open_database(configuration.settings) as database, database.read() as session:
        people = _service(configuration).list_users(session)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(people)).decode())
        return
    for person in people:
        ways = [way for way, has in (("pin", person.has_pin), ("badge", person.has_badge)) if has]
        state = "active" if person.active else "deactivated"
        changes = ", must change the PIN" if person.must_change_pin else ""
        click.echo(f"{person.id:>4}  {person.name:<24}  {person.role.value:<10}  {state:<11}  {'+'.join(ways) or 'no way in'}{changes}")


@user.command()
@click.argument("name")
@click.option("--pin-stdin", is_flag=True, help="Read the new PIN from standard input; else one is made up and printed.")
@config_option
def reset(configuration: Configuration, name: str, pin_stdin: bool) -> None:
    """Give NAME a one-time PIN, to be changed at the next log-in; ends a lock-out, and their sessions."""
    staff = _service(configuration)
    text = line_of_stdin("PIN") if pin_stdin else staff.random_pin()
    prepared = staff.prepare_pin(text)
    with open_database(configuration.settings) as database:
        person = database.write(lambda session: staff.set_pin(session, SYSTEM, staff.find_by_name(session, name).id, prepared))
    click.echo(f"reset {person.name}", err=True)
    if not pin_stdin:
        click.echo(text)


def _service(configuration: Configuration) -> "StaffService":
    from kiosk.clock import SystemClock
    from kiosk.desk.audit import AuditTrail
    from kiosk.desk.staff import StaffService

    clock = SystemClock()
    return StaffService(configuration.settings.security, clock, AuditTrail(configuration.settings.station.name, clock))
