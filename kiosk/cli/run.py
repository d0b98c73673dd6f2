"""``kiosk run``: the station itself, or the demo of it."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import click
import msgspec

from kiosk import logs
from kiosk.cli.context import configuration
from kiosk.config import Configuration
from kiosk.devices.registry import check_devices
from kiosk.memory import collecting_later, limit_arenas, set_aside_what_stays


@click.command()
@click.option("--config", "config_path", type=click.Path(path_type=Path, dir_okay=False), help="Configuration file.")
@click.option("--demo", is_flag=True, help="Try the product: simulated hardware, sample data, a folder of its own.")
@click.option("--demo-folder", type=click.Path(path_type=Path, file_okay=False), help="Where the demo keeps its records.")
@click.option("--host", help="Address to listen on, instead of web.host.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on, instead of web.port; 0: any free one.")
def run(config_path: Path | None, demo: bool, demo_folder: Path | None, host: str | None, port: int | None) -> None:
    """Start the station and serve until SIGTERM or Ctrl+C."""
    limit_arenas()
    if demo and config_path is not None:
        raise click.UsageError("--demo writes its own configuration: give either --demo or --config FILE")
    if demo:
        _run_demo(demo_folder or _default_demo_folder(), host, port)
    else:
        _run_station(configuration(config_path), host, port)


def _run_station(loaded: Configuration, host: str | None, port: int | None) -> None:
    loaded = _listening(loaded, host, port)
    logs.set_up(loaded.settings.logging)
    with _until_signal() as stopped, ExitStack() as stack:
        with collecting_later():
            from kiosk.station import Station

            devices = check_devices(loaded.settings.devices, loaded.locate)
            station = stack.enter_context(Station(loaded.settings, devices))
            pin = station.open()
            station.start()
        if pin is not None:
            click.echo(f"first start: log in as technician with the one-time PIN {pin}, then choose your own")
        click.echo(f"kiosk is at {station.web.url}")
        set_aside_what_stays()
        stopped.wait()


def _run_demo(folder: Path, host: str | None, port: int | None) -> None:
    from kiosk.config import load_configuration
    from kiosk.demo import build_demo

    with contextlib.closing(build_demo(folder) if port is None else build_demo(folder, port=port)) as demo:
        loaded = _listening(load_configuration(demo.config_path), host, port)
        logs.set_up(loaded.settings.logging)
        from kiosk.station import Station

        devices = check_devices(loaded.settings.devices, loaded.locate)
        with _until_signal() as stopped, Station(loaded.settings, devices, pages=lambda services: [demo.blueprint(services)]) as station:
            station.open()
            demo.seed(station.services)
            station.start()
            set_aside_what_stays()
            url = station.web.url
            click.echo(f"demo desk:  {url}\nkiosk:      {url}feedback\ntest bench: {url}bench\nrecords:    {folder}\n\nlog in as:")
            for name, role, pin in demo.logins:
                click.echo(f"  {name:<12} {role:<12} PIN {pin}")
            click.echo("\nCtrl+C ends it.")
            stopped.wait()


def _listening(loaded: Configuration, host: str | None, port: int | None) -> Configuration:
    web = loaded.settings.web
    web = msgspec.structs.replace(web, host=web.host if host is None else host, port=web.port if port is None else port)
    return Configuration(msgspec.structs.replace(loaded.settings, web=web), loaded.locate)


def _default_demo_folder() -> Path:
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "kiosk-demo"


@contextlib.contextmanager
def _until_signal() -> Iterator[threading.Event]:
    """Yield an event that SIGTERM and SIGINT set; a second signal ends the process the hard way."""
    stopped = threading.Event()

    def on_signal(number: int, _frame: object) -> None:
        if stopped.is_set():
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        stopped.set()

    previous = {number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stopped
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
