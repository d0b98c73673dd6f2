"""``kiosk device``: list, probe and test devices while the station does not hold them."""

import contextlib
import json
import sys
from collections.abc import Iterator
from typing import Any

import click

from kiosk.cli import hands
from kiosk.cli.context import config_option, driver_cache
from kiosk.cli.running import RunningStation, find_running
from kiosk.clock import SystemClock
from kiosk.config import Configuration, did_you_mean
from kiosk.devices.document import Cut, Document, Rule, Text
from kiosk.devices.printer import Evidence
from kiosk.devices.registry import DeviceConfig, build_device, check_devices
from kiosk.errors import ConfigError, KioskError

# Seconds that a person has to hold a code in front of a scanner that is probed.
_SCAN_PATIENCE_S = 15.0
_CONFIRM_S = 10.0


class DeviceTaken(KioskError):
    """The running station owns the device."""


@click.group()
def device() -> None:
    """List, probe and test devices."""


@device.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@config_option
def list_devices(configuration: Configuration, as_json: bool) -> None:
    """List the configured devices, with their states when the station runs."""
    devices = check_devices(configuration.settings.devices, configuration.locate)
    running = find_running(configuration.settings)
    states = running.devices if running else {}
    rows = [
        {
            "name": item.name,
            "kind": item.kind,
            "driver": item.driver.name,
            "required": item.required,
            "state": states.get(item.name, {}).get("state", "not running"),
            "reason": states.get(item.name, {}).get("reason"),
        }
        for item in devices
    ]
    if as_json:
        json.dump(rows, sys.stdout, ensure_ascii=False, indent=2)
        click.echo()
        return
    for row in rows:
        reason = f" ({row['reason']})" if row["reason"] else ""
        click.echo(f"{row['name']:<24} {row['kind']:<8} {row['driver']:<16} {row['state']}{reason}")
    if not rows:
        click.echo("no devices: add a [devices.NAME] table to the configuration")


@device.command()
@click.argument("name")
@config_option
def probe(configuration: Configuration, name: str) -> None:
    """Find out what device NAME can do, and say what to put into kiosk.toml."""
    with _opened(configuration, name) as (config, driver):
        if config.kind == "printer":
            report = driver.probe()
            for capability, found in report.capabilities.items():
                click.echo(f"{capability}: {found}")
            if report.slip_printed:
                click.echo("An encoding slip was printed: choose the line that reads well and set `encoding` to the name beside it.")
            click.echo(f"\nFor kiosk.toml:\n[devices.{name}]")
            for option, value in report.suggestions.items():
                click.echo(f"{option} = {json.dumps(value, ensure_ascii=False)}")
        elif config.kind == "input":
            hands.probe_buttons(driver)
        elif config.kind == "audio":
            hands.probe_audio(driver)
        else:
            click.echo(f"Scan a code within {_SCAN_PATIENCE_S:.0f} seconds...", err=True)
            scan = driver.read(_SCAN_PATIENCE_S, lambda: False)
            if scan is None:
                raise KioskError(f"{name}: nothing was read; check cable, port and baud rate ({driver.dropped} reads were noise)")
            click.echo(f"text: {scan.text!r}\nsymbology: {scan.symbology or 'not sent (turn on the AIM identifier to tell codes apart)'}")


@device.command()
@click.argument("name")
@config_option
def test(configuration: Configuration, name: str) -> None:
    """Try device NAME: print a slip and wait for the evidence, read one code, light the lamps in turn, or play a tone."""
    with _opened(configuration, name) as (config, driver):
        if config.kind == "printer":
            _test_printer(name, driver)
        elif config.kind == "input":
            hands.try_buttons(name, driver, config.options)
        elif config.kind == "audio":
            hands.try_audio(driver, config.options)
        else:
            click.echo(f"Scan a code within {_SCAN_PATIENCE_S:.0f} seconds...", err=True)
            if driver.read(_SCAN_PATIENCE_S, lambda: False) is None:
                raise KioskError(f"{name}: nothing was read")
            click.echo("ok: a code was read")


def _test_printer(name: str, printer: Any) -> None:
    status = printer.status()
    if not status.printable:
        raise KioskError(f"{name}: {', '.join(sorted(status.faults))}; remedy that, then test again")
    slip = Document((Text("测试 TEST", align="center", width=2, height=2), Rule(), Text(f"{name}  中文 English 0123456789"), Cut()))
    rendered = printer.render(slip, job=0)
    printer.send(rendered)
    missing = printer.confirm(0, timeout_s=rendered.seconds + _CONFIRM_S, keep_waiting=lambda: True)
    if printer.evidence is Evidence.NONE:
        click.echo("sent, not confirmed: this printer cannot say whether it printed; look at the paper")
    elif missing is None:
        click.echo(f"ok: printed, evidence {printer.evidence}")
    else:
        raise KioskError(f"{name}: no evidence that the slip was printed ({', '.join(sorted(missing.faults)) or 'no answer'})")


@contextlib.contextmanager
def _opened(configuration: Configuration, name: str) -> Iterator[tuple[DeviceConfig, Any]]:
    settings = configuration.settings
    devices = {item.name: item for item in check_devices(settings.devices, configuration.locate)}
    if name not in devices:
        raise ConfigError(f"no device {name!r} in the configuration{did_you_mean(name, devices)}")
    running: RunningStation | None = find_running(settings)
    if running:
        raise DeviceTaken(
            f"the station runs (process {running.pid}) and owns {name!r}; test it at /technician, "
            "or stop the station first (systemctl stop kiosk)"
        )
    with driver_cache(settings) as cache_dir:
        driver = build_device(devices[name], clock=SystemClock(), cache_dir=cache_dir)
        driver.open()
        try:
            yield devices[name], driver
        finally:
            driver.close()
