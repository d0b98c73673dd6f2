"""``kiosk config``: check, show and explain the configuration."""

import json
import re
import sys
from typing import Any

import click
import msgspec

from kiosk.cli.context import config_option
from kiosk.config import Configuration, schema
from kiosk.devices.registry import check_devices, driver_names, find_driver

_SECRET = "********"  # what is shown instead of a secret
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


@click.group()
def config() -> None:
    """Check, show and explain the configuration."""


@config.command()
@config_option
def check(configuration: Configuration) -> None:
    """Check the file and every device's options; says nothing but "ok" when all is well."""
    from kiosk.channels import check_channels
    from kiosk.clock import SystemClock
    from kiosk.db.engine import database_url
    from kiosk.pos.refunds import build_refund_sink

    database_url(configuration.settings.database.url)
    check_channels(configuration.settings.alerts.channels)
    build_refund_sink(configuration.settings, SystemClock())
    devices = check_devices(configuration.settings.devices, configuration.locate)
    click.echo(f"ok: {len(devices)} device{'' if len(devices) == 1 else 's'}")


@config.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of TOML.")
@config_option
def show(configuration: Configuration, as_json: bool) -> None:
    """Show every setting as it is in force, defaults and environment included; secrets masked."""
    devices = check_devices(configuration.settings.devices, configuration.locate)
    shown: dict[str, Any] = msgspec.to_builtins(configuration.settings)
    shown["database"]["url"] = masked_url(configuration.settings.database.url)
    for channel in shown["alerts"]["channels"]:
        # A robot's address is all that it takes to speak in its name.
        channel["url"] = _SECRET
        channel["secret"] = _SECRET if channel["secret"] else ""
    for way in (shown["returns"]["refunds"], *shown["receipts"]["sources"]):
        # So are those of the point of sale; a database's address may hold a password.
        way["url"], way["secret"] = (_SECRET if way[name] else "" for name in ("url", "secret"))
    shown["devices"] = {
        device.name: {
            "kind": device.kind,
            "driver": device.driver.name,
            "required": device.required,
            **{key: value for key, value in msgspec.to_builtins(device.options).items() if value is not None},
        }
        for device in devices
    }
    if as_json:
        json.dump(shown, sys.stdout, ensure_ascii=False, indent=2)
        click.echo()
    else:
        click.echo("\n".join(_toml(shown)))


@config.command("schema")
def show_schema() -> None:
    """Print the JSON Schema of the file, with the options of every installed driver under $defs."""
    document = schema()
    for name in sorted(driver_names()):
        driver = find_driver(name)
        document.setdefault("$defs", {})[f"driver:{name}"] = {
            **msgspec.json.schema(driver.options),
            "title": f"{driver.kind}: {driver.summary}",
        }
    json.dump(document, sys.stdout, ensure_ascii=False, indent=2)
    click.echo()


def masked_url(url: str) -> str:
    """Return a database address without its password."""
    head, at, tail = url.rpartition("@")
    user, colon, _password = head.rpartition(":")
    return f"{user}:{_SECRET}@{tail}" if at and colon and "//" in user else url


def _toml(tables: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    for name, table in tables.items():
        nested = {key: value for key, value in table.items() if isinstance(value, dict)}
        plain = {key: value for key, value in table.items() if not isinstance(value, dict)}
        if plain:
            lines.append(f"[{name}]")
            lines += [f"{_toml_key(key)} = {_toml_value(value)}" for key, value in plain.items()]
            lines.append("")
        lines += _toml({f"{name}.{_toml_key(key)}": value for key, value in nested.items()})
    return lines


def _toml_key(key: str) -> str:
    """*key* as TOML writes it: quoted unless it is bare (TOML 1.0, "Keys")."""
    return key if _BARE_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def _toml_value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_toml_key(key)} = {_toml_value(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_toml_value(inner) for inner in value) + "]"
    # JSON's booleans, numbers and strings are TOML's as well.
    return json.dumps(value, ensure_ascii=False)
