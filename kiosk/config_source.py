"""Reads kiosk.toml and the environment, and remembers where each key stands, for the texts about mistakes."""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kiosk.errors import ConfigError

_PREFIX = "KIOSK_"
# Environment variables of the command line itself, not of the configuration.
_NOT_SETTINGS = frozenset({"KIOSK_CONFIG"})


class Locator:
    """Names the place of a key: file and line, or the environment variable."""

    def __init__(self, source: "Source", *section: str) -> None:
        self._source, self._section = source, section

    def __call__(self, key: str, value: object = None) -> str:
        """The place of *key*, whose *value* tells whether it came from the environment."""
        if isinstance(value, FromEnvironment):
            return f"environment variable {value.variable}"
        return self._source.at(*self._section, *([key] if key else []))


class FromEnvironment(str):
    """A value that came from an environment variable."""

    variable: str

    @classmethod
    def of(cls, variable: str, text: str) -> "FromEnvironment":
        made = cls(text)
        made.variable = variable
        return made


class Source:
    """The parsed file, and the line of each of its keys (tomllib keeps none)."""

    def __init__(self, path: Path | None, tables: dict[str, Any], lines: dict[tuple[str, ...], int]) -> None:
        self._path, self.tables, self._lines = path, tables, lines

    @classmethod
    def read(cls, path: Path | None) -> "Source":
        if path is None:
            return cls(None, {}, {})
        try:
            text = path.read_text(encoding="utf-8-sig")  # some editors begin a file with a byte order mark
        except OSError as error:
            raise ConfigError(f"{path}: cannot be read: {error.strerror}; give another file with --config") from error
        except UnicodeDecodeError as error:
            raise ConfigError(f"{path}: is not UTF-8 (byte {error.start}); save it as UTF-8") from error
        try:
            tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{path}: is not TOML: {error}") from error
        return cls(path, tables, _line_numbers(text))

    def locator(self, *section: str) -> Locator:
        return Locator(self, *section)

    def at(self, *keys: str) -> str:
        name = ".".join(keys)
        if self._path is None:
            return name
        for length in range(len(keys), 0, -1):
            if line := self._lines.get(keys[:length]):
                return f"{self._path}:{line}: [{'.'.join(keys[:-1]) or name}]"
        return f"{self._path}: [{name}]"


_HEADER = re.compile(r"^\s*\[\[?\s*([^\]]+?)\s*\]\]?")
_KEY = re.compile(r"^\s*([A-Za-z0-9_\-.\"']+)\s*=")


def _line_numbers(text: str) -> dict[tuple[str, ...], int]:
    lines: dict[tuple[str, ...], int] = {}
    section: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            section = tuple(part.strip().strip("\"'") for part in header[1].split("."))
            lines.setdefault(section, number)
        elif key := _KEY.match(line):
            lines.setdefault((*section, *(part.strip("\"'") for part in key[1].split("."))), number)
    return lines


def apply_environment(tables: dict[str, Any], environ: Mapping[str, str] | None) -> None:
    """Put ``KIOSK_SECTION__KEY`` variables of *environ* (None: this process) into *tables*."""
    environ = os.environ if environ is None else environ
    for variable, text in environ.items():
        if not variable.startswith(_PREFIX) or variable in _NOT_SETTINGS or "__" not in variable:
            continue
        keys = variable.removeprefix(_PREFIX).lower().split("__")
        table = tables
        for key in keys[:-1]:
            # A shell cannot name "ticket-printer": an underscore stands for the hyphen of an existing name.
            name = next((known for known in table if known.replace("-", "_") == key), key)
            table = table.setdefault(name, {})
            if not isinstance(table, dict):
                raise ConfigError(f"environment variable {variable}: {name!r} is a value, not a section")
        table[keys[-1]] = FromEnvironment.of(variable, text)
