"""What all papers of the desk share: the store's head, and words in the store's languages, Chinese first.

Paper text is no screen text: it follows the store's languages, not the reader's, and stands in a table beside each document.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from kiosk.config import Settings
from kiosk.devices.document import Text


class Paper:
    """The store's words on paper. *texts*: language -> key -> text with ``{placeholders}``."""

    def __init__(self, settings: Settings, texts: Mapping[str, Mapping[str, str]]) -> None:
        self.settings, self._texts = settings, texts
        self._languages = sorted(set(settings.store.languages), key=lambda language: (language != "zh", language))

    def label(self, key: str) -> str:
        """Return one short text in all of the store's languages."""
        return " ".join(self._texts[language][key] for language in self._languages)

    def lines(self, key: str, *, bold: bool = False, align_center: bool = False, **values: object) -> Iterator[Text]:
        """Yield one paragraph for each of the store's languages."""
        for language in self._languages:
            yield Text(self._texts[language][key].format(**values), align="center" if align_center else "left", bold=bold)

    def head(self) -> Iterator[Text]:
        """Yield the store's name, as configured in up to two languages."""
        store = self.settings.store
        yield Text(store.name, align="center", bold=True, width=2, height=2)
        if store.name_en:
            yield Text(store.name_en, align="center")


def minute(instant: datetime) -> str:
    """*instant*, in the store's zone already, as papers write it."""
    return instant.strftime("%Y-%m-%d %H:%M")
