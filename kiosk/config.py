"""kiosk.toml -> Settings: every key typed, documented, with its unit.

Drivers declare their own options, so a ``[devices.NAME]`` table is only split here into kind, driver and the rest;
`kiosk.devices.registry` checks the rest against the driver.
"""

import difflib
import re
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

import msgspec
from msgspec import Meta

from kiosk.config_returns import Receipts, Returns
from kiosk.config_service import SECRET, Alerts, Cases, Feedback, Hours, Privacy
from kiosk.config_source import FromEnvironment, Locator, Source, apply_environment
from kiosk.errors import ConfigError

DEFAULT_PATH = Path("/etc/kiosk/kiosk.toml")

S = TypeVar("S", bound=msgspec.Struct)


class Store(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The store that this station stands in."""

    code: Annotated[str, Meta(min_length=1, max_length=16, description="Short code of the store, e.g. S001.")] = "S001"
    name: Annotated[str, Meta(min_length=1, max_length=64, description="Name as printed on tickets, in the first language.")] = "超市"
    name_en: Annotated[str, Meta(max_length=64, description="Name in English, printed below; empty: none.")] = ""
    phone: Annotated[str, Meta(max_length=32, description="Telephone of the service desk, printed on tickets; empty: none.")] = ""
    timezone: Annotated[str, Meta(description="IANA time zone of the store, e.g. Asia/Shanghai.")] = "Asia/Shanghai"
    languages: Annotated[
        list[Literal["zh", "en"]], Meta(min_length=1, description="Languages of the screens; the first is the default.")
    ] = msgspec.field(default_factory=lambda: ["zh", "en"])

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)


class Station(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """This Raspberry Pi."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$", description="Name of the station: a-z, 0-9 and '-'.")] = "desk-1"
    state_dir: Annotated[str, Meta(description="Folder for the database's neighbours: session key, locks, caches.")] = "/var/lib/kiosk"
    screens: Annotated[
        list[str], Meta(description="Addresses of browsers that stand at this desk; only there can a badge scan log in.")
    ] = msgspec.field(default_factory=lambda: ["127.0.0.1", "::1"])


class DatabaseSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the records are."""

    url: Annotated[str, Meta(description="sqlite:////PATH or postgresql+psycopg://USER:PASSWORD@HOST/NAME.", extra=SECRET)] = (
        "sqlite:////var/lib/kiosk/kiosk.db"
    )


class Web(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The web server."""

    host: Annotated[str, Meta(description="Address to listen on; 0.0.0.0 for the store's network.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="TCP port; 0 lets the system choose.")] = 8080
    threads: Annotated[int, Meta(ge=2, le=64, description="Request threads.")] = 8
    secure_cookies: Annotated[bool, Meta(description="Send cookies over HTTPS only; set it when a TLS proxy stands in front.")] = False
    max_event_streams: Annotated[int, Meta(ge=1, le=1000, description="Browsers that may follow events at once.")] = 100


class Security(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Logging in."""

    pin_min_length: Annotated[int, Meta(ge=4, le=12, description="Digits that a new PIN needs at least.")] = 6
    idle_logout_min: Annotated[int, Meta(ge=1, le=720, description="Minutes without a touch until a person is logged out.")] = 10
    lockout_after: Annotated[int, Meta(ge=3, le=20, description="Wrong PINs in a row until a person must wait.")] = 5
    lockout_first_s: Annotated[int, Meta(ge=1, le=3600, description="Seconds of the first wait; each further wrong PIN doubles it.")] = 30
    lockout_max_s: Annotated[int, Meta(ge=1, le=86400, description="Longest wait in seconds.")] = 3600
    wrong_codes_per_min: Annotated[int, Meta(ge=1, le=600, description="Wrong ticket codes a minute until more are refused.")] = 20


class Bags(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """House rules of the bag check."""

    printer: Annotated[str, Meta(description="Device that prints tickets; empty: the only printer.")] = ""
    slots: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=35)]],
        Meta(min_length=1, max_length=200, description="Labels of the shelf places, nearest first; A01-A20 stands for twenty."),
    ] = msgspec.field(default_factory=lambda: ["A01-A20", "B01-B20"])
    closing_time: Annotated[
        str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="HH:MM, store time: bags must be fetched by then.")
    ] = "22:00"
    closing_begins_min: Annotated[
        int, Meta(ge=15, le=1440, description="Minutes before closing time from which on the day may be closed.")
    ] = 180
    liability_cap_fen: Annotated[int, Meta(ge=0, description="Most that the store pays for a lost bag, in fen.")] = 20_000
    overdue_fee_fen_per_day: Annotated[int, Meta(ge=0, description="Fee for each day after the first closing, in fen.")] = 500
    lost_ticket_fee_fen: Annotated[int, Meta(ge=0, description="Fee for a lost ticket, in fen.")] = 1_000
    ownerless_after_days: Annotated[int, Meta(ge=1, description="Days after which a bag counts as ownerless.")] = 3
    extra_rules: Annotated[list[str], Meta(max_length=6, description="Further lines for the customer's part of the ticket.")] = (
        msgspec.field(default_factory=list)
    )
    note_max_length: Annotated[int, Meta(ge=10, le=1000, description="Characters that a note may have.")] = 200
    number_max: Annotated[int, Meta(ge=99, le=9999, description="Ticket numbers count from 1 to this and start again.")] = 999

    @property
    def closing(self) -> time:
        return time.fromisoformat(self.closing_time)


class Printing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The print spooler."""

    stale_after_s: Annotated[int, Meta(ge=10, le=86400, description="Seconds after which a waiting job is not printed unasked.")] = 180
    confirm_timeout_s: Annotated[float, Meta(gt=0, le=120, description="Seconds to wait for evidence beyond the mechanical time.")] = 5.0
    keep_days: Annotated[int, Meta(ge=1, le=3650, description="Days that finished jobs are kept.")] = 30


ScanKind = Literal["receipt", "goods"]


class ScanPattern(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way to recognise a scanned code; the first that matches wins, after tickets and badges."""

    kind: Annotated[ScanKind, Meta(description="What the code is.")]
    regex: Annotated[str, Meta(description="Python regular expression that the whole code must match.")]
    symbologies: Annotated[list[str], Meta(description="Only for these symbologies, e.g. ean13; empty: any.")] = msgspec.field(
        default_factory=list
    )


class Scans(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What scanned codes are."""

    badge_regex: Annotated[str, Meta(description="Python regular expression of staff badges.")] = r"BADGE-[A-Z0-9]{12,40}"
    repeat_window_s: Annotated[float, Meta(ge=0, le=60, description="Seconds in which the same code of one scanner counts once.")] = 1.5
    beeper: Annotated[str, Meta(description="Audio device that answers each scan with a sound; empty: none.")] = ""
    patterns: Annotated[list[ScanPattern], Meta(description="Receipts and goods.")] = msgspec.field(
        default_factory=lambda: [ScanPattern("goods", r"\d{8}|\d{12,13}")]
    )


class Logging(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Structured logs on standard error."""

    level: Annotated[Literal["debug", "info", "warning", "error"], Meta(description="Least severe level that is logged.")] = "info"
    format: Annotated[Literal["text", "json"], Meta(description="text for people, json for collectors.")] = "text"


class DeviceSettings(msgspec.Struct, frozen=True):
    """One ``[devices.NAME]`` table before its driver has seen it."""

    kind: str
    driver: str
    options: dict[str, Any]
    required: bool = False


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole configuration."""

    store: Store = msgspec.field(default_factory=Store)
    station: Station = msgspec.field(default_factory=Station)
    database: DatabaseSettings = msgspec.field(default_factory=DatabaseSettings)
    web: Web = msgspec.field(default_factory=Web)
    security: Security = msgspec.field(default_factory=Security)
    bags: Bags = msgspec.field(default_factory=Bags)
    printing: Printing = msgspec.field(default_factory=Printing)
    scans: Scans = msgspec.field(default_factory=Scans)
    hours: Hours = msgspec.field(default_factory=Hours)
    feedback: Feedback = msgspec.field(default_factory=Feedback)
    cases: Cases = msgspec.field(default_factory=Cases)
    alerts: Alerts = msgspec.field(default_factory=Alerts)
    privacy: Privacy = msgspec.field(default_factory=Privacy)
    receipts: Receipts = msgspec.field(default_factory=Receipts)
    returns: Returns = msgspec.field(default_factory=Returns)
    logging: Logging = msgspec.field(default_factory=Logging)
    devices: dict[str, DeviceSettings] = msgspec.field(default_factory=dict)


SECTIONS: dict[str, type[msgspec.Struct]] = {
    field.name: field.type for field in msgspec.structs.fields(Settings) if field.name != "devices"
}


@dataclass(frozen=True, slots=True)
class Configuration:
    """Checked settings, and where each of their keys stands."""

    settings: Settings
    locate: Callable[..., Locator]


def load_configuration(path: Path | None, environ: Mapping[str, str] | None = None) -> Configuration:
    """Read *path* (None: defaults alone), apply ``KIOSK_SECTION__KEY`` variables, check everything.

    Raises ConfigError whose text has one line for each mistake.
    """
    source = Source.read(path)
    tables = source.tables
    apply_environment(tables, environ)
    values: dict[str, Any] = {}
    known = (*SECTIONS, "devices")
    problems = [f"{source.at(name)}: unknown section [{name}]{did_you_mean(name, known)}" for name in tables if name not in known]
    for name, section in SECTIONS.items():
        try:
            values[name] = convert_table(tables.get(name, {}), section, source.locator(name))
        except ConfigError as error:
            problems.append(str(error))
    values["devices"] = _devices(tables.get("devices", {}), source, problems)
    if not problems:
        problems.extend(_cross_checks(values, source))
    if problems:
        raise ConfigError("\n".join(problems))
    return Configuration(Settings(**values), source.locator)


def convert_table(table: object, struct: type[S], where: Locator) -> S:
    """Convert one TOML table to *struct*; raises ConfigError that names place, key, value and the nearest known key."""
    if not isinstance(table, Mapping):
        raise ConfigError(f"{where('')}: must be a table, not {table!r}")
    problems = []
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in fields:
            problems.append(f"{where(key, value)}: unknown key {key!r}{did_you_mean(key, fields)}")
            continue
        try:
            values[key] = _converted(value, fields[key].type)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            shown = "" if _is_secret(fields[key]) else f" = {value!r}"
            problems.append(f"{where(key, value)}: {key}{shown}: {_plain(error)}")
    for key, field in fields.items():
        if field.required and key not in table:
            problems.append(f"{where('')}: {key} is missing{_described(field)}")
    if problems:
        raise ConfigError("\n".join(problems))
    try:
        return msgspec.convert(values, struct, from_attributes=True)
    except msgspec.ValidationError as error:  # a check of the struct's own __post_init__
        raise ConfigError(f"{where('')}: {_plain(error)}") from error


def did_you_mean(name: str, known: Any) -> str:
    """Return ``; did you mean 'x'?``, or the known names (``; there is none``) when nothing is near."""
    names = sorted(known)
    if not names:
        return "; there is none"
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(names)}"


def schema() -> dict[str, Any]:
    """The JSON Schema of the configuration file (driver options are listed by `kiosk config schema` beside it)."""
    return msgspec.json.schema(Settings)


def _converted(value: object, kind: Any) -> Any:
    if not isinstance(value, FromEnvironment):
        return msgspec.convert(value, kind)
    if value.lstrip().startswith(("[", "{")) and get_origin(get_args(kind)[0] if get_origin(kind) is Annotated else kind) is list:
        # A list is written as in the file: TOML's lists of texts and numbers are JSON's.
        return msgspec.json.decode(value.encode("utf-8", "surrogatepass"), type=kind)
    # From the environment everything is text; strict=False reads numbers and booleans out of it.
    return msgspec.convert(str(value), kind, strict=False)


def _devices(tables: object, source: Source, problems: list[str]) -> dict[str, DeviceSettings]:
    devices: dict[str, DeviceSettings] = {}
    if not isinstance(tables, Mapping):
        problems.append(f"{source.at('devices')}: must hold tables: [devices.NAME]")
        return devices
    for name, table in tables.items():
        where = source.locator("devices", name)
        if not isinstance(table, Mapping):
            problems.append(f"{where('')}: must be a table: [devices.{name}]")
            continue
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", name):
            problems.append(f"{where('')}: a device name has a-z, 0-9 and '-', at most 32, not {name!r}")
        options = dict(table)
        head = {key: options.pop(key) for key in ("kind", "driver", "required") if key in options}
        try:
            checked = convert_table(head, _DeviceHead, where)
        except ConfigError as error:
            problems.append(str(error))
        else:
            devices[name] = DeviceSettings(checked.kind, checked.driver, options, checked.required)
    return devices


class _DeviceHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: Literal["printer", "scanner", "relay", "audio", "locks", "camera", "input"]
    driver: str
    required: bool = False


def _cross_checks(values: Mapping[str, Any], source: Source) -> list[str]:
    problems = []
    try:
        zoneinfo.ZoneInfo(values["store"].timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        problems.append(
            f"{source.at('store', 'timezone')}: timezone = {values['store'].timezone!r} is not a known IANA time zone, e.g. Asia/Shanghai"
        )
    scans: Scans = values["scans"]
    for key, regex in [("badge_regex", scans.badge_regex), *(("patterns", pattern.regex) for pattern in scans.patterns)]:
        try:
            re.compile(regex)
        except re.error as error:
            problems.append(f"{source.at('scans', key)}: {regex!r} is not a regular expression: {error}")
    printer = values["bags"].printer
    if printer and printer not in values["devices"]:
        problems.append(f"{source.at('bags', 'printer')}: no device {printer!r}{did_you_mean(printer, values['devices'])}")
    elif printer and values["devices"][printer].kind != "printer":
        problems.append(f"{source.at('bags', 'printer')}: {printer!r} is a {values['devices'][printer].kind}, not a printer")
    return problems


def _plain(error: Exception) -> str:
    text = str(error).replace("`", "")
    return text[0].lower() + text[1:]


def _is_secret(field: msgspec.structs.FieldInfo) -> bool:
    return any(isinstance(part, Meta) and part.extra == SECRET for part in getattr(field.type, "__metadata__", ()))


def _described(field: msgspec.structs.FieldInfo) -> str:
    for part in getattr(field.type, "__metadata__", ()):
        if isinstance(part, Meta) and part.description:
            return f": {part.description}"
    return ""
