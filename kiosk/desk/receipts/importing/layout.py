"""Where the fields of a receipt stand in the rows of one file, by the profile and the titles of the file."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.config import did_you_mean
from kiosk.config_returns import LINE_FIELDS, RECEIPT_FIELDS, ImportProfile
from kiosk.desk.receipts.importing.problems import WrongFile

# The cell of a field that the file does not have: each row gets an empty text at its end.
NOWHERE = -1
_FIELDS = RECEIPT_FIELDS + LINE_FIELDS
_NEEDED = ("number", "quantity")
_ONE_OF = (("sold_at", "date"), ("product", "barcode", "name"), ("amount", "unit_price"))


@dataclass(frozen=True, slots=True)
class Layout:
    """The place of each field, from 0; `NOWHERE` for one that the file does not have."""

    places: dict[str, int]
    titles: list[str]
    tenders: list[tuple[int, str]] = field(default_factory=list)  # place of an amount, kind of payment

    @property
    def width(self) -> int:
        """Cells that a row has."""
        return len(self.titles)

    def title(self, name: str) -> str:
        """What the file calls the field *name*; the field's own name where the file does not have it."""
        place = self.places.get(name, NOWHERE)
        return self.titles[place] if place != NOWHERE else name

    def has(self, name: str) -> bool:
        """Whether the file has that field."""
        return self.places.get(name, NOWHERE) != NOWHERE


def by_titles(path: Path, profile: ImportProfile, titles: Sequence[str]) -> Layout:
    """The layout of a file whose first row is *titles*. Raises WrongFile that names what is missing."""
    named = [title.strip().lstrip("\ufeff").strip() for title in titles]
    wanted = profile.columns or {name: name for name in _FIELDS if name in named}
    places = {name: _place(path, profile, named, title) for name, title in wanted.items()}
    tenders = [(_place(path, profile, named, title), kind) for title, kind in profile.tenders.items()]
    _check(path, profile, places, named)
    return Layout(dict.fromkeys(_FIELDS, NOWHERE) | places, named, tenders)


def by_numbers(path: Path, profile: ImportProfile, width: int) -> Layout:
    """The layout of a file without titles whose first row has *width* cells. Raises WrongFile."""
    places = {name: int(number) - 1 for name, number in profile.columns.items()}
    tenders = [(int(number) - 1, kind) for number, kind in profile.tenders.items()]
    last = max((*places.values(), *(place for place, _ in tenders)), default=0)
    if last >= width:
        raise WrongFile(
            f"{path}: the first row has {width} cells, but profile {profile.name} looks for number {last + 1}; "
            "correct columns or delimiter of the profile"
        )
    titles = [f"column {number}" for number in range(1, width + 1)]
    _check(path, profile, places, titles)
    return Layout(dict.fromkeys(_FIELDS, NOWHERE) | places, titles, tenders)


def by_keys(profile: ImportProfile) -> Layout:
    """The layout of the rows that are made of JSON lines: each field at a place of its own, called by its key."""
    titles = [profile.columns.get(name, name) for name in _FIELDS]
    tenders = [(len(_FIELDS) + number, kind) for number, kind in enumerate(profile.tenders.values())]
    return Layout({name: place for place, name in enumerate(_FIELDS)}, [*titles, *profile.tenders], tenders)


def _place(path: Path, profile: ImportProfile, titles: Sequence[str], title: str) -> int:
    found = [place for place, one in enumerate(titles) if one == title]
    if len(found) == 1:
        return found[0]
    if len(found) > 1:
        raise WrongFile(f"{path}: {len(found)} columns are called {title!r}; name it by its number in columns of profile {profile.name}")
    if title.isdecimal() and 0 < int(title) <= len(titles):
        return int(title) - 1
    raise WrongFile(
        f"{path}: there is no column {title!r}{did_you_mean(title, [one for one in titles if one])}; "
        f"correct columns, encoding or delimiter of profile {profile.name}"
    )


def _check(path: Path, profile: ImportProfile, places: dict[str, int], titles: Sequence[str]) -> None:
    missing = [name for name in _NEEDED if name not in places]
    missing += [" or ".join(names) for names in _ONE_OF if not any(name in places for name in names)]
    if missing:
        shown = ", ".join(title for title in titles if title)[:200]
        raise WrongFile(
            f"{path}: no column for {', '.join(missing)}; say in columns of profile {profile.name} which it is. The file has: {shown}"
        )
