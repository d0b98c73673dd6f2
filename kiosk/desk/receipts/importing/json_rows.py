"""Rows of JSON lines: a whole receipt with its lines in each, or one line of a receipt in each. No number becomes a float."""

from collections.abc import Iterator
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

import msgspec

from kiosk.config_returns import ImportProfile
from kiosk.desk.receipts.importing.layout import Layout
from kiosk.desk.receipts.importing.problems import UnreadableFile
from kiosk.desk.receipts.importing.rows import RawRow

_FLOATS = Context(prec=15)
_LONGEST_LINE = 4 << 20
_DECODER = msgspec.json.Decoder(float_hook=Decimal)


class NotText(ValueError):
    """Where a text or a number is expected stands something else."""


class JsonRows:
    """The rows of one file of JSON lines; the layout's titles are keys, ``customer.card`` one within another."""

    def __init__(self, path: Path, profile: ImportProfile, layout: Layout) -> None:
        """Raises UnreadableFile."""
        self._path, self._encoding = path, profile.encoding
        self._cells = JsonCells(profile, layout)
        try:
            self._file = path.open("rb")
            self.size = path.stat().st_size
        except OSError as error:
            raise UnreadableFile(f"{path}: cannot be read: {error.strerror}; let this user read it") from error
        self.position = 0

    def close(self) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[RawRow]:
        number = 0
        while True:
            line = self._file.readline(_LONGEST_LINE)
            if not line:
                return
            number += 1
            self.position += len(line)
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if line.isspace():
                continue
            if not line.endswith(b"\n") and len(line) == _LONGEST_LINE:
                while (more := self._file.readline(_LONGEST_LINE)) and not more.endswith(b"\n"):
                    self.position += len(more)
                yield number, [], f"is longer than {_LONGEST_LINE} bytes"
                continue
            try:
                rows = self._cells.of(_DECODER.decode(line if self._encoding == "utf-8" else line.decode(self._encoding)))
            except UnicodeDecodeError:
                yield number, [], f"is not in {self._encoding}"
            except (msgspec.DecodeError, RecursionError) as error:
                yield number, [], f"is no JSON ({error})"
            except NotText as error:
                yield number, [], str(error)
            else:
                for cells in rows:
                    yield number, cells, ""


class JsonCells:
    """Makes rows of cells of what a program sent as JSON."""

    def __init__(self, profile: ImportProfile, layout: Layout) -> None:
        places = layout.places
        self._keys = [title.split(".") for title in layout.titles]
        self._lines, self._tenders = places["lines"], places["tenders"]
        self._kind = profile.columns.get("tender", "kind")
        self._amount = profile.columns.get("tender_amount", "amount")

    def of(self, document: object) -> list[list[str]]:
        """The rows of one document. Raises NotText."""
        if not isinstance(document, dict):
            raise NotText("must be an object, with a receipt or a line of one")
        lines = _found(document, self._keys[self._lines])
        if lines is None:
            return [self._row(document, {})]
        if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
            raise NotText("must have a list of objects as lines")
        if not lines:
            raise NotText("has no lines")
        return [self._row(line, document) for line in lines]

    def _row(self, line: dict[str, Any], receipt: dict[str, Any]) -> list[str]:
        row = []
        for place, keys in enumerate(self._keys):
            if place == self._lines:
                row.append("")
                continue
            value = _found(line, keys)
            if value is None:
                value = _found(receipt, keys)
            row.append(self._paid(value) if place == self._tenders else _text(value, keys))
        return row

    def _paid(self, value: object) -> str:
        """The list of payments as a cell."""
        if value is None:
            return ""
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise NotText("must have a list of objects as tenders")
        pairs = [(_text(one.get(self._kind), [self._kind]), _text(one.get(self._amount), [self._amount])) for one in value]
        pairs = [(kind, amount) for kind, amount in pairs if kind or amount]
        return msgspec.json.encode(pairs).decode() if pairs else ""


def _found(document: dict[str, Any], keys: list[str]) -> Any:
    value: Any = document
    for key in keys:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def _text(value: object, keys: list[str]) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            pass
        case int():
            return str(value)
        case Decimal() if value.is_finite() and -30 < value.adjusted() < 30:
            # A program that counts in floats writes 0.30000000000000004: 15 digits are what it means.
            return format(_FLOATS.plus(value), "f")
    raise NotText(f"must have a text or a number as {'.'.join(keys)}")
