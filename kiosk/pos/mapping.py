"""Makes a receipt of what a live source answers, by the same rules as of the rows of a file."""

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

from kiosk.config import Settings
from kiosk.config_returns import ImportProfile, LiveSource
from kiosk.desk.receipts.importing.assemble import Gathered
from kiosk.desk.receipts.importing.build import Builder
from kiosk.desk.receipts.importing.layout import Layout, by_keys, by_titles
from kiosk.desk.receipts.importing.problems import WrongFile
from kiosk.desk.receipts.importing.values import ISO, Values
from kiosk.desk.receipts.live import SourceDown
from kiosk.desk.receipts.numbers import readings
from kiosk.desk.receipts.views import NewReceipt

# ISO 8601 with and without offset, as databases and programs write it; parts of a second are of no interest.
_ISO = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f%z", ISO)
MOST_ROWS = 1000


class Mapping:
    """How one source's answers are read."""

    def __init__(self, source: LiveSource, settings: Settings) -> None:
        # The number was asked for, so an answer need not repeat it.
        columns = {"number": "number", **source.columns} if source.columns else {}
        self.profile = ImportProfile(
            name=source.name, columns=columns, money=source.money, kinds=source.kinds, tender_kinds=source.tender_kinds, format="jsonl"
        )
        self._settings = settings
        self._values = Values(money=source.money, time_formats=(*source.time_formats, *_ISO), zone=settings.store.zone)

    def by_titles(self, titles: Sequence[str]) -> Layout:
        """The layout of rows with *titles*. Raises SourceDown that names what is missing."""
        try:
            return by_titles(Path("the query"), self.profile, titles)
        except WrongFile as error:
            raise SourceDown(str(error)) from error

    def by_keys(self) -> Layout:
        """The layout of rows that are made of JSON."""
        return by_keys(self.profile)

    def receipt(self, layout: Layout, rows: Sequence[list[str]], number: str, store: str) -> NewReceipt:
        """The receipt *number* that *rows* tell of. Raises SourceDown for rows that are none, or another's."""
        if len(rows) > MOST_ROWS:
            raise SourceDown(f"it answers with more than {MOST_ROWS} rows")
        for cells in rows:
            told, at = cells[layout.places["number"]].strip(), cells[layout.places["store"]].strip() if layout.has("store") else ""
            if told and told not in readings(number):
                raise SourceDown("it answers with another receipt than it was asked for")
            if at and store and at != store:
                raise SourceDown("it answers with a receipt of another store than it was asked for")
        told = rows[0][layout.places["number"]].strip() if rows else ""
        gathered = Gathered(told or number, _store(layout, rows) or store, list(range(1, len(rows) + 1)), [[*cells, ""] for cells in rows])
        receipt, errors = Builder(self.profile, layout, self._values, store or self._settings.store.code).build(gathered)
        if receipt is None:
            raise SourceDown(f"its answer cannot be read: {errors[0] if errors else 'it is empty'}")
        return receipt


def _store(layout: Layout, rows: Sequence[list[str]]) -> str:
    """The store that the rows name; empty: none."""
    return rows[0][layout.places["store"]].strip() if rows and layout.has("store") else ""


def text_of(value: object) -> str:
    """A database's value as a cell; no float is taken for more than its 15 digits."""
    match value:
        case None:
            return ""
        case str():
            return value
        case datetime():
            return value.replace(microsecond=0).isoformat(" ")
        case date():
            return value.isoformat()
        case time():
            return value.isoformat("seconds")
        case Decimal() if value.is_finite():
            return format(value, "f")
        case float():
            return f"{value:.15g}"
        case bytes():
            return value.decode("utf-8", "replace")
    return str(value)
