"""What the commands share: the ``--config`` option, the settings it leads to, and the database."""

import contextlib
import functools
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from kiosk.config import DEFAULT_PATH, Configuration, Settings, load_configuration
from kiosk.errors import ConfigError


def config_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give *command* a ``--config`` option and call it with a `Configuration` as first argument."""

    @click.option(
        "--config",
        "config_path",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Configuration file; else $KIOSK_CONFIG, else /etc/kiosk/kiosk.toml.",
    )
    @functools.wraps(command)
    def with_configuration(*args: Any, config_path: Path | None, **kwargs: Any) -> Any:
        return command(configuration(config_path), *args, **kwargs)

    return with_configuration


def configuration(path: Path | None) -> Configuration:
    """Load the configuration from *path*, ``$KIOSK_CONFIG`` or the default place. Raises ConfigError."""
    found = config_file(path)
    if found is None:
        raise ConfigError(
            f"no configuration: {DEFAULT_PATH} does not exist; name a file with --config FILE or KIOSK_CONFIG, "
            "or try the product with `kiosk run --demo`"
        )
    return load_configuration(found)


def config_file(path: Path | None) -> Path | None:
    """Return the file that `configuration` would read; None when there is none."""
    if path is not None:
        return path
    if named := os.environ.get("KIOSK_CONFIG"):
        return Path(named)
    return DEFAULT_PATH if DEFAULT_PATH.exists() else None


def line_of_stdin(what: str) -> str:
    """The next line of standard input: for what must not stand in a list of processes or a shell's history."""
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise click.UsageError(f"standard input has no {what}: pipe it in, one line")
    return line


@contextlib.contextmanager
def open_database(settings: Settings) -> Iterator[Any]:
    """Yield the `kiosk.db.Database` of *settings* at the current schema, closed afterwards.

    It may be used beside a running station: writers take turns. Raises ConfigError and StorageError.
    """
    from kiosk.clock import SystemClock
    from kiosk.db import Database
    from kiosk.db.faults import storage_faults
    from kiosk.db.schema import HEAD, current_revision

    database = Database(settings.database.url, clock=SystemClock(), readers=1, create=False)
    try:
        revision = current_revision(database.engine)
        if revision != HEAD:
            state = "has no tables yet" if revision is None else f"is at revision {revision}, this version needs {HEAD}"
            raise ConfigError(f"database {database.url.render_as_string()}: it {state}; run `kiosk db upgrade`")
        with storage_faults(database.url):
            yield database
    finally:
        database.close()


@contextlib.contextmanager
def driver_cache(settings: Settings) -> Iterator[Path]:
    """Yield the folder for what drivers keep: the station's own, or one that is gone afterwards where another user owns that."""
    state_dir = Path(settings.station.state_dir)
    if state_dir.is_dir() and state_dir.stat().st_uid == os.geteuid():
        yield state_dir / "cache"
        return
    with tempfile.TemporaryDirectory(prefix="kiosk-") as folder:
        yield Path(folder)
