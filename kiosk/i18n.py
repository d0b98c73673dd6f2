"""Marks texts for translation below the web layer, which alone knows the reader's language.

English is the source language: a `Message` read without a translation is complete English.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

# Compiled from the catalogues when the package is built; the web layer uses the same ones.
CATALOGUES = Path(__file__).parent / "web" / "translations"


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "mark, translate later"
    """Mark *text* for the message catalogue and return it unchanged."""
    return text


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence for a person, with named ``%(placeholders)s``, translated where it is shown."""

    text: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % self.params if self.params else self.text


def msg(text: str, **params: object) -> Message:
    """Build a `Message`; the extractor reads *text* from calls of this name."""
    return Message(text, params)


@dataclass(frozen=True, slots=True)
class OwnWords:
    """Words that the store itself wrote, by language; as a value of a `Message` each reader sees those of their language."""

    texts: Mapping[str, str]

    def of(self, language: str) -> str:
        """The words in *language*, else in any that there is."""
        return self.texts.get(language) or next((text for text in self.texts.values() if text), "")

    def __str__(self) -> str:
        return self.of("en")


def own(texts: Mapping[str, str]) -> Message:
    """A message that is the store's own words and nothing else; there is nothing to translate about it."""
    return Message("%(words)s", {"words": OwnWords(texts)})


class Speaker:
    """Says messages in a language outside of any request: to robots, by mail. The reader of a page has `kiosk.web.i18n`."""

    def __init__(self, zone: ZoneInfo, folder: Path = CATALOGUES) -> None:
        self._zone, self._folder = zone, folder
        self._catalogues: dict[str, Callable[[str], str]] = {}

    def say(self, message: Message, language: str) -> str:
        """*message* in *language*, times in the store's zone; English where that language has no such text."""
        text = self._catalogue(language)(message.text)
        if not message.params:
            return text
        return text % {name: self._shown(value, language) for name, value in message.params.items()}

    def _shown(self, value: object, language: str) -> object:
        if isinstance(value, Message):
            return self.say(value, language)
        if isinstance(value, OwnWords):
            return value.of(language)
        if isinstance(value, datetime):
            return value.astimezone(self._zone).strftime("%Y-%m-%d %H:%M")
        if isinstance(value, date):
            return value.isoformat()
        return value

    def _catalogue(self, language: str) -> Callable[[str], str]:
        if language not in self._catalogues:
            from gettext import translation  # only a station that sends messages needs it

            found = translation("messages", self._folder, [language], fallback=True)
            # The empty text is the catalogue's own header.
            self._catalogues[language] = lambda text: found.gettext(text) if text else text
        return self._catalogues[language]
