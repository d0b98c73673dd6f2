"""``kiosk doctor``: what is broken, and what to do about it, within a minute."""

import json
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from kiosk.cli import EXIT_FAILED
from kiosk.cli.context import config_file, driver_cache
from kiosk.cli.running import RunningStation, find_running
from kiosk.clock import SystemClock
from kiosk.config import Settings
from kiosk.devices.audio import AudioOptions
from kiosk.devices.registry import BuildContext, DeviceConfig, build_device, check_devices, find_driver
from kiosk.devices.speech import SpeechOptions
from kiosk.errors import ConfigError, KioskError

# Below this the journal and the database can fill the card within a bad day.
_MIN_FREE_MB = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. *ok* None: it works, with a warning."""

    check: str
    ok: bool | None
    detail: str
    remedy: str = ""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--config", "config_path", type=click.Path(path_type=Path, dir_okay=False), help="Configuration file.")
def doctor(config_path: Path | None, as_json: bool) -> None:
    """Look at configuration, storage, database, web server and devices; exit 1 when something is broken."""
    findings = list(examine(config_path))
    if as_json:
        json.dump([asdict(finding) for finding in findings], sys.stdout, ensure_ascii=False, indent=2)
        click.echo()
    else:
        for finding in findings:
            mark = {True: "ok   ", None: "warn ", False: "FAIL "}[finding.ok]
            click.echo(f"{mark} {finding.check}: {finding.detail}")
            if finding.remedy and finding.ok is not True:
                click.echo(f"      -> {finding.remedy}")
    if any(finding.ok is False for finding in findings):
        raise click.exceptions.Exit(EXIT_FAILED)


def examine(config_path: Path | None) -> Iterator[Finding]:
    """Yield one finding after another; each check stands alone, so that one failure hides no other."""
    from kiosk.cli.context import configuration
    from kiosk.db.engine import database_url

    path = config_file(config_path)
    try:
        loaded = configuration(config_path)
        devices = check_devices(loaded.settings.devices, loaded.locate)
        database_url(loaded.settings.database.url)
    except KioskError as error:
        yield Finding("configuration", False, str(error), "mend the file, then `kiosk config check`")
        return
    yield Finding("configuration", True, f"{path}, {len(devices)} devices")
    settings = loaded.settings
    running = find_running(settings)
    yield _guarded("state folder", _state_folder, settings)
    yield _guarded("disk", _disk, settings)
    database = _guarded("database", _database, settings)
    yield database
    if database.ok:
        yield _guarded("contact keys", _contact_keys, settings)
    if settings.alerts.channels:
        yield _guarded("alerts", _alerts, settings)
    yield _guarded("web", lambda settings: _web(settings, running), settings)
    yield _guarded("fonts", _fonts, settings)
    for device in devices:
        yield _device(device, settings, running)
        if isinstance(device.options, AudioOptions) and device.options.speech:
            yield _speech(device.name, device.options, settings)


def _guarded(check: str, look: Callable[[Settings], Finding], settings: Settings) -> Finding:
    try:
        return look(settings)
    except (KioskError, OSError) as error:
        return Finding(check, False, str(error))


def _state_folder(settings: Settings) -> Finding:
    folder = Path(settings.station.state_dir)
    if not folder.is_dir():
        return Finding("state folder", False, f"{folder} does not exist", f"sudo install -d -o kiosk -m 0700 {folder}")
    if not os.access(folder, os.W_OK | os.X_OK):
        return Finding("state folder", False, f"{folder} is not writable for this user", f"sudo chown kiosk {folder}, or run as its owner")
    return Finding("state folder", True, str(folder))


def _disk(settings: Settings) -> Finding:
    folder = Path(settings.station.state_dir)
    free = shutil.disk_usage(folder if folder.exists() else Path("/")).free // 2**20
    if free < _MIN_FREE_MB:
        return Finding(
            "disk", False, f"{free} MB free", "free some space: old journals (`journalctl --vacuum-size=100M`), packages, backups"
        )
    return Finding("disk", True, f"{free} MB free")


def _database(settings: Settings) -> Finding:
    from kiosk.db import Database
    from kiosk.db.engine import NoDatabase
    from kiosk.db.schema import HEAD, current_revision

    try:
        database = Database(settings.database.url, clock=SystemClock(), create=False)
    except NoDatabase as error:
        return Finding("database", None, str(error))
    try:
        revision = current_revision(database.engine)
    finally:
        database.close()
    if revision != HEAD:
        return Finding("database", False, f"revision {revision or 'none'}, this version needs {HEAD}", "kiosk db upgrade")
    return Finding("database", True, f"{database.url.render_as_string()}, revision {revision}")


def _contact_keys(settings: Settings) -> Finding:
    """Whether the key file of contact data is there, and fits the database."""
    from kiosk.cli.context import open_database
    from kiosk.desk.audit import AuditTrail
    from kiosk.desk.contacts import ContactVault
    from kiosk.desk.contacts.privacy import PrivacyService
    from kiosk.wiring import contact_key_file

    clock = SystemClock()
    audit = AuditTrail(settings.station.name, clock)
    vault = ContactVault(settings, clock, audit, contact_key_file(settings))
    with open_database(settings) as database, database.read() as session:
        state = PrivacyService(settings, clock, audit, vault).state(session)
    if not state.keys:
        return Finding("contact keys", True, "none yet; the station makes them when it starts")
    if state.problem:
        return Finding("contact keys", False, state.problem, 'see docs/privacy.md, "The key file"')
    return Finding("contact keys", True, f"{state.key_file}, {state.contacts} contacts")


def _alerts(settings: Settings) -> Finding:
    """Whether messages to people arrive; what the channels themselves say is on the page."""
    from kiosk.channels import check_channels
    from kiosk.cli.context import open_database
    from kiosk.desk.alerts import AlertService
    from kiosk.desk.audit import AuditTrail

    check_channels(settings.alerts.channels)
    clock = SystemClock()
    service = AlertService(settings, clock, AuditTrail(settings.station.name, clock))
    try:
        with open_database(settings) as database, database.read() as session:
            counts = service.counts(session)
    except ConfigError:  # missing or old: the finding about the database says so
        return Finding("alerts", None, f"{len(settings.alerts.channels)} channels; the database is not ready")
    if not counts:
        return Finding("alerts", True, f"{len(settings.alerts.channels)} channels, nothing waits")
    told = ", ".join(f"{channel}: {count} {state.value}" for (channel, state), count in sorted(counts.items()))
    return Finding("alerts", None, told, "see /manage/alerts, or `kiosk alerts test CHANNEL`")


def _web(settings: Settings, running: RunningStation | None) -> Finding:
    address = f"{settings.web.host}:{settings.web.port}"
    if running and running.ready is not None:
        if running.ready:
            return Finding("web", True, f"the station answers at {address} and is ready")
        return Finding("web", None, f"the station answers at {address}, a required device is missing", "see the devices below")
    if running:
        return Finding(
            "web", False, f"the station runs (process {running.pid}) but does not answer at {address}", "journalctl -u kiosk -n 50"
        )
    family = socket.AF_INET6 if ":" in settings.web.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.web.host, settings.web.port))
        except OSError as error:
            return Finding(
                "web", False, f"{address}: {error.strerror}", "another program uses the port: `ss -ltnp`, or choose another web.port"
            )
    return Finding("web", None, f"the station does not run; {address} is free", "systemctl start kiosk")


def _fonts(_settings: Settings) -> Finding:
    names = ("wqy-microhei.ttc", "NotoSansCJK-Regular.ttc", "unifont.otf")
    for root in (Path("/usr/share/fonts"), Path("/usr/local/share/fonts")):
        for name in names:
            found = next(root.rglob(name), None) if root.is_dir() else None
            if found is not None:
                return Finding("fonts", True, str(found))
    return Finding("fonts", None, "no Chinese font: rare characters print as a mark", "sudo apt-get install fonts-wqy-microhei")


def _speech(name: str, options: AudioOptions, settings: Settings) -> Finding:
    """Whether the engine is there, and which voice it has for each language of the screens."""
    check = f"speech of {name}"
    try:
        driver = find_driver(options.speech, "speech")
        with driver_cache(settings) as cache_dir:
            engine = driver.build(SpeechOptions(wpm=options.speech_wpm), BuildContext(name, SystemClock(), cache_dir))
            voices = [engine.fingerprint(language) for language in settings.store.languages]
    except KioskError as error:
        return Finding(check, None, f"does not speak: {error}", 'sudo apt-get install espeak-ng, or set speech = "" for this device')
    return Finding(check, True, "; ".join(voices))


def _device(device: DeviceConfig, settings: Settings, running: RunningStation | None) -> Finding:
    check = f"device {device.name}"
    told = running.devices.get(device.name) if running else None
    if told is not None:
        state, reason = str(told.get("state")), told.get("reason") or ""
        ok = {"ready": True, "degraded": None, "starting": None, "disabled": None}.get(state, False)
        return Finding(check, ok, f"{state}{f': {reason}' if reason else ''}", "see /technician, or docs/hardware.md")
    if running:
        return Finding(check, None, "the running station holds it and could not be asked", "see /technician")
    with driver_cache(settings) as cache_dir:
        return _tried(check, device, build_device(device, clock=SystemClock(), cache_dir=cache_dir))


def _tried(check: str, device: DeviceConfig, driver: Any) -> Finding:
    try:
        driver.open()
        if device.kind != "printer":
            return Finding(check, True, f"{device.driver.name} opens")
        status = driver.status()
    except KioskError as error:
        return Finding(check, False, str(error), "check cable, power and address; docs/hardware.md has a list")
    finally:
        driver.close()
    if not status.known:
        return Finding(check, None, "opens, but cannot tell its state", "print a slip: `kiosk device test`")
    if not status.printable:
        return Finding(check, False, ", ".join(sorted(status.faults)), "remedy that at the printer")
    if status.paper_near_end:
        return Finding(check, None, "paper is near its end", "put a new roll beside it")
    return Finding(check, True, f"answers; evidence of printing: {driver.evidence}")
