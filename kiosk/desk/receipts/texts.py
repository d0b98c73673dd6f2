"""The texts of a receipt in the form that is kept: codes without anything hidden in them, names on one line."""

import unicodedata
from functools import lru_cache

from kiosk.desk.plain_text import one_line, shortened
from kiosk.desk.receipts import models
from kiosk.desk.receipts.numbers import canonical
from kiosk.errors import FieldError
from kiosk.i18n import Message, msg


class Texts:
    """Checks texts one after the other and gathers what is wrong."""

    def __init__(self) -> None:
        self.wrong: list[FieldError] = []

    def refuse(self, field: str, value: object, message: Message) -> None:
        """Note that *field* is wrong; of a long text only the beginning is told."""
        self.wrong.append(FieldError(field, shortened(_safe(value)) if isinstance(value, str) else value, message))

    def number(self, field: str, text: str) -> str:
        """The number of the receipt: plain digits and hyphens, no spaces."""
        if hidden(text.strip()):
            self.refuse(field, text, msg("must not contain control characters"))
            return ""
        return self._of_length(field, canonical(text), models.NUMBER_LENGTH, required=True)

    def code(self, field: str, text: str, limit: int, *, required: bool = False) -> str:
        """A code (till, product, member ...): kept as it is, so nothing in it may be invisible."""
        plain = _stripped(text)
        if hidden(plain):
            self.refuse(field, text, msg("must not contain control characters"))
            return ""
        return self._of_length(field, plain, limit, required=required)

    def name(self, field: str, text: str, limit: int, *, required: bool = False) -> str:
        """A text for people: tabs, line breaks and the like become spaces."""
        return self._of_length(field, _one_line(text), limit, required=required)

    def _of_length(self, field: str, text: str, limit: int, *, required: bool) -> str:
        if len(text) > limit:
            self.refuse(field, text, msg("must be text of %(low)s to %(high)s characters", low=int(required), high=limit))
        elif required and not text:
            self.refuse(field, text, msg("must not be empty"))
        return text


def hidden(text: str) -> bool:
    """Whether *text* contains what no paper shows: control characters, direction marks, lone surrogates."""
    return not text.isprintable() and any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in text)


# The same goods are sold again and again: most of an import's texts have been seen a moment before.
@lru_cache(maxsize=8192)
def _one_line(text: str) -> str:
    return one_line(text)


@lru_cache(maxsize=8192)
def _stripped(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def _safe(text: str) -> str:
    """*text* for an answer: what cannot be shown is written out."""
    return text.encode("utf-8", "backslashreplace").decode()
