"""``kiosk receipts``: files of the point of sale."""

import contextlib
import gc
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kiosk.cli.context import config_option, open_database
from kiosk.config import Configuration

if TYPE_CHECKING:
    from kiosk.desk.receipts.importing.importer import Progress
    from kiosk.desk.receipts.importing.report import Report

# Mistakes that are shown on the screen; --errors lists all of them.
_SHOWN = 10
_BAR_STEPS = 1000


@click.group()
def receipts() -> None:
    """Bring receipts in from files."""


@receipts.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--profile", "profile_name", metavar="NAME", help="Mapping profile of [[receipts.profiles]]; else the one for files of such a name."
)
@click.option("--dry-run", is_flag=True, help="Say what would become of the file, and change nothing.")
@click.option(
    "--errors", "errors_file", type=click.Path(path_type=Path, dir_okay=False), help="Write what is wrong, by row, into this CSV file."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@config_option
def import_(
    configuration: Configuration, file: Path, profile_name: str | None, dry_run: bool, errors_file: Path | None, as_json: bool
) -> None:
    """Bring the receipts of FILE in (CSV, TSV, JSON lines, XLSX), with a station at work on the same database or without.

    A file that is in already is left alone, and an import that was broken off goes on where it stopped.
    Exit status: 0 everything is in, 1 some rows were refused, 2 wrong use, profile or file.
    """
    from kiosk.cli import EXIT_FAILED
    from kiosk.cli.running import lock_owner
    from kiosk.clock import SystemClock
    from kiosk.desk.audit import AuditTrail
    from kiosk.desk.receipts import ReceiptService
    from kiosk.desk.receipts.importing.importer import Importer
    from kiosk.desk.receipts.importing.profiles import profile_for
    from kiosk.desk.receipts.live import LiveSources

    settings, clock = configuration.settings, SystemClock()
    profile = profile_for(settings, file, profile_name)
    with open_database(settings) as database:
        audit = AuditTrail(settings.station.name, clock)
        service = ReceiptService(settings, clock, database, audit, LiveSources([], clock))
        importer = Importer(settings, clock, database, service, audit, gentle=lock_owner(settings) is not None)
        with _bar() as progress, _few_collections():
            report = importer.run(file, profile, dry_run=dry_run, progress=progress)
    if errors_file is not None:
        _write_errors(errors_file, report)
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
    else:
        _tell(report)
    if report.counts.good:
        return
    _complain(file, report, errors_file)
    raise click.exceptions.Exit(EXIT_FAILED)


@contextlib.contextmanager
def _bar() -> Iterator["Progress | None"]:
    """What draws a progress bar on standard error; None where that is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=_BAR_STEPS, label="Receipts", file=sys.stderr) as bar:
        shown = 0

        def draw(position: int, size: int) -> None:
            nonlocal shown
            steps = _BAR_STEPS * position // max(1, size)
            bar.update(steps - shown)
            shown = steps

        yield draw


@contextlib.contextmanager
def _few_collections() -> Iterator[None]:
    """Collect garbage seldom: rows come and go by the million and hold no cycles; looking for some took a tenth of the time."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(200_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _tell(report: "Report") -> None:
    counts = report.counts
    if report.already:
        click.echo(f"{report.file}: is in already, nothing was done. When it came in:")
    elif report.dry_run:
        click.echo(f"{report.file}: dry run, nothing was changed. It would be:")
    elif report.resumed:
        click.echo(f"{report.file}: went on behind {report.resumed} receipts of an earlier try. Of the whole file:")
    else:
        click.echo(f"{report.file}: brought in by profile {report.profile}.")
    click.echo(f"rows      {counts.rows:>9}\nnew       {counts.new:>9}\nknown     {counts.same:>9}\nchanged   {counts.changed:>9}")
    click.echo(f"differing {counts.conflicts:>9}\nrefused   {counts.refused:>9}  ({counts.refused_rows} rows)")


def _complain(file: Path, report: "Report", errors_file: Path | None) -> None:
    counts = report.counts
    where = str(errors_file) if errors_file is not None else "--errors FILE"
    click.echo(
        f"kiosk: {file}: {counts.refused} receipts ({counts.refused_rows} rows) were refused, "
        f"{counts.conflicts} differ from what is known; see {where}, correct the rows, and import the corrected file",
        err=True,
    )
    for one in report.problems[:_SHOWN]:
        click.echo(f"  {one}", err=True)
    if counts.errors > _SHOWN:
        click.echo(f"  and {counts.errors - _SHOWN} more", err=True)


def _write_errors(path: Path, report: "Report") -> None:
    from kiosk.desk.receipts.importing.report import write_problems
    from kiosk.errors import ConfigError

    try:
        write_problems(path, report.problems)
    except OSError as error:
        raise ConfigError(f"{path}: the list of errors cannot be written: {error.strerror}; the import itself is done") from error
