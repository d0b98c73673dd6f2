"""Text from people: cleaned of what no screen or printer should obey, bounded, and kept free of document numbers."""

import re
import unicodedata

from kiosk.desk.bags.errors import WrongInput
from kiosk.i18n import Message, msg

# Marks that turn the reading direction would let a note rewrite the line around it. Joiners stay: emoji need them.
_DIRECTION = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
# An answer shows the beginning of an over-long text, not ten thousand characters of it.
_ECHO = 40
# GB 11643: 18 characters, the last may be X; the first generation had 15 digits. Mainland passports, Hong Kong and
# Macao and Taiwan permits: a letter (two in newer passports) and 7 to 8 digits.
_ID_NUMBER = re.compile(r"(?<!\d)(?:\d{17}[\dX]|\d{15})(?!\d)|(?<![A-Z0-9])(?:[EGDSPHMTCK]|E[A-Z])\d{7,8}(?!\d)")
# Fields as people read them, in their language; programs find the field's own name beside the message.
_NAMES = {
    "note": msg("note"),
    "slot": msg("slot"),
    "reason": msg("reason"),
    "description": msg("description"),
    "contents": msg("contents"),
    "document": msg("document"),
}
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s\-.·_/]+(?=[\dX])")


def clean(text: object, field: str, limit: int, *, required: bool = False) -> str:
    """Return *text* in NFC on one line without control characters; raises WrongInput naming field, length and limit."""
    if not isinstance(text, str):
        raise WrongInput.of(field, text, msg("%(field)s must be a text", field=_name(field)))
    one_line = " ".join("".join(filter(None, map(_kept, unicodedata.normalize("NFC", text)))).split())
    if len(one_line) > limit:
        raise WrongInput.of(
            field,
            shortened(one_line),
            msg(
                "%(field)s has %(length)s characters; at most %(limit)s are possible", field=_name(field), length=len(one_line), limit=limit
            ),
        )
    if required and not one_line:
        raise WrongInput.of(field, text[:_ECHO], msg("%(field)s must not be empty", field=_name(field)))
    return one_line


def refuse_id_number(text: str, field: str) -> None:
    """Raise WrongInput when *text* seems to hold the number of an identity document."""
    plain = _BETWEEN_DIGITS.sub("", unicodedata.normalize("NFKC", text).upper())
    if _ID_NUMBER.search(plain):
        # The value is not repeated: the answer may be logged, and this is what must not be kept.
        raise WrongInput.of(
            field,
            None,
            msg("%(field)s looks as if it holds the number of an identity document; note only the kind of document", field=_name(field)),
        )


def shortened(text: str) -> str:
    """Return the beginning of *text*, marked when it goes on."""
    return text if len(text) <= _ECHO else text[:_ECHO] + "…"


def _name(field: str) -> Message | str:
    return _NAMES.get(field, field)


def _kept(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Cc", "Zl", "Zp"):
        return " " if char.isspace() else ""
    # Lone surrogates are no text: neither database nor printer can encode them.
    return "" if category == "Cs" or char in _DIRECTION else char
