"""The commands that a technician types: one file a group, thin, each imported only when it is called."""

import importlib
import sys

import click

from kiosk import __version__
from kiosk.errors import ConfigError, KioskError

# command: (module, attribute, help in the overview); importing all of them would cost more than most commands.
_COMMANDS = {
    "run": ("kiosk.cli.run", "run", "Start the station: devices, screens, API."),
    "config": ("kiosk.cli.config", "config", "Check, show and explain the configuration."),
    "doctor": ("kiosk.cli.doctor", "doctor", "Find out what is broken and what to do about it."),
    "device": ("kiosk.cli.device", "device", "List, probe and test devices."),
    "db": ("kiosk.cli.db", "db", "Bring the database to this version's schema; show where it stands."),
    "user": ("kiosk.cli.users", "user", "Add, list and reset staff."),
    "token": ("kiosk.cli.tokens", "token", "Create, list and revoke API tokens."),
    "receipts": ("kiosk.cli.receipts", "receipts", "Bring receipts in from files of the point of sale."),
    "privacy": ("kiosk.cli.privacy", "privacy", "Rotate keys, purge, export or delete a person's data."),
    "alerts": ("kiosk.cli.alerts", "alerts", "List messages to people; test a channel."),
    "decode": ("kiosk.cli.decode", "decode", "Read the codes in picture files."),
    "audit": ("kiosk.cli.audit", "audit", "Verify the audit trail."),
}

EXIT_FAILED = 1
EXIT_USAGE = 2


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module, attribute, _help = _COMMANDS[name]
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_module, _attribute, text) in _COMMANDS.items()])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kiosk")
def root() -> None:
    """A supermarket's customer-service desk on a Raspberry Pi."""


def main() -> None:
    """Run a command; every expected failure is one line first on standard error, with exit status 1 or 2."""
    try:
        # In this mode click returns the status of an Exit, it does not raise it.
        sys.exit(root(prog_name="kiosk", standalone_mode=False))
    except click.Abort:
        click.echo("kiosk: stopped", err=True)
        sys.exit(EXIT_FAILED)
    except click.ClickException as error:
        _show_wrong_use(error)
        sys.exit(EXIT_USAGE)
    except ConfigError as error:
        click.echo(f"kiosk: {error}", err=True)
        sys.exit(EXIT_USAGE)
    except KioskError as error:
        remedy = getattr(error, "remedy", None)
        click.echo(f"kiosk: {error}" + (f" {remedy}" if remedy else ""), err=True)
        sys.exit(EXIT_FAILED)


def _show_wrong_use(error: click.ClickException) -> None:
    text = error.format_message()
    if text.startswith("Usage:"):  # a group without a command: its help is the answer
        click.echo(text, err=True)
        return
    click.echo(f"kiosk: {text}", err=True)
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        click.echo(f"{context.get_usage()}\nSee `{context.command_path} --help`.", err=True)
