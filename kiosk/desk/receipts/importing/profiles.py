"""Which profile a file is read by, and how it is opened."""

from collections.abc import Iterator
from fnmatch import fnmatch
from itertools import chain
from pathlib import Path

from kiosk.config import Settings, did_you_mean
from kiosk.config_returns import ImportProfile
from kiosk.desk.receipts.importing.build import Builder
from kiosk.desk.receipts.importing.layout import Layout, by_keys, by_numbers, by_titles
from kiosk.desk.receipts.importing.problems import WrongFile
from kiosk.desk.receipts.importing.rows import RawRow, Rows
from kiosk.desk.receipts.importing.values import EXCEL, ISO, Values

# By suffix: files whose columns are called as our fields are need no profile.
_PLAIN = {name: ImportProfile(name="plain", format=name) for name in ("csv", "tsv", "jsonl", "xlsx")}
PLAIN_NAME = "plain"


def profile_for(settings: Settings, path: Path, name: str | None = None) -> ImportProfile:
    """The profile *name*, or the one that *path* is meant for. Raises WrongFile."""
    profiles = {profile.name: profile for profile in settings.receipts.profiles}
    if name is not None and name != PLAIN_NAME:
        if name not in profiles:
            raise WrongFile(f"there is no profile {name!r}{did_you_mean(name, profiles)}; add it as [[receipts.profiles]] to kiosk.toml")
        return profiles[name]
    own = [profile for profile in profiles.values() if suits(profile, path)]
    if name is None and len(own) == 1:
        return own[0]
    if name is None and len(own) > 1:
        names = ", ".join(profile.name for profile in own)
        raise WrongFile(f"{path}: {len(own)} profiles are for files of such a name ({names}); choose one with --profile")
    plain = _PLAIN.get(path.suffix.lower().removeprefix("."))
    if plain is None:
        raise WrongFile(
            f"{path}: no profile is for files of such a name; choose one with --profile, or name the file .csv, .tsv, .jsonl or .xlsx"
        )
    return profiles.get(PLAIN_NAME, plain)


def suits(profile: ImportProfile, path: Path) -> bool:
    """Whether *path* is called as files of *profile* are."""
    if profile.files != "*":
        return fnmatch(path.name.lower(), profile.files.lower())
    return path.suffix.lower() in {"csv": (".csv", ".txt"), "tsv": (".tsv", ".txt")}.get(profile.format, (f".{profile.format}",))


class OpenFile:
    """A file with its layout: rows, and what makes receipts of them. Close it."""

    def __init__(self, path: Path, profile: ImportProfile, settings: Settings) -> None:
        """Raises WrongFile, UnreadableFile."""
        self.rows: Rows
        if profile.format == "jsonl":
            from kiosk.desk.receipts.importing.json_rows import JsonRows

            layout = by_keys(profile)
            self.rows = JsonRows(path, profile, layout)
            self._iterator = iter(self.rows)
        else:
            self.rows = _table(path, profile)
            self._iterator = iter(self.rows)
            try:
                layout = self._read_titles(path, profile)
            except BaseException:
                self.rows.close()
                raise
        formats = [*profile.time_formats, ISO, "%Y-%m-%d", EXCEL] if profile.format == "xlsx" else profile.time_formats
        values = Values(money=profile.money, time_formats=formats, zone=settings.store.zone)
        self.layout = layout
        self.builder = Builder(profile, layout, values, profile.store or settings.store.code)

    def __iter__(self) -> Iterator[RawRow]:
        return self._iterator

    def close(self) -> None:
        self.rows.close()

    def _read_titles(self, path: Path, profile: ImportProfile) -> Layout:
        row = next((row for row in self._iterator if row[0] > profile.skip_rows), None)
        if row is None:
            raise WrongFile(f"{path}: is empty; export it anew")
        if profile.header:
            if row[2]:
                raise WrongFile(f"{path}: the row of titles {row[2]}; correct encoding of profile {profile.name} (gb18030 reads GBK, too)")
            return by_titles(path, profile, row[1])
        layout = by_numbers(path, profile, len(row[1]))
        self._iterator = chain([row], self._iterator)
        return layout


def _table(path: Path, profile: ImportProfile) -> Rows:
    # At first use: a station that reads no files does without csv, zipfile and XML.
    if profile.format == "xlsx":
        from kiosk.desk.receipts.importing.sheet_rows import SheetRows

        return SheetRows(path, profile)
    from kiosk.desk.receipts.importing.text_rows import TextRows

    return TextRows(path, profile)
