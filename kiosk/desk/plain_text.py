"""Makes text from people fit to be kept and shown: nothing in it that a screen, a printer or a database would obey."""

import unicodedata

# Marks that turn the reading direction would let a text rewrite the line around it. Joiners stay: emoji need them.
_DIRECTION = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_BREAKS = ("Zl", "Zp")
# An answer shows the beginning of an over-long text, not ten thousand characters of it.
_ECHO = 40
# Empty lines that may follow each other in a text of several lines.
_EMPTY_LINES = 1


def one_line(text: str) -> str:
    """*text* in NFC on one line, without control characters, direction marks and double spaces."""
    return " ".join(plain(text).split())


def several_lines(text: str) -> str:
    """*text* in NFC with its lines, without control characters, direction marks, and spaces and empty lines that show nothing."""
    kept: list[str] = []
    for line in plain(text).splitlines():
        line = line.rstrip()
        if line or (kept and any(kept[-_EMPTY_LINES:])):
            kept.append(line)
    return "\n".join(kept).strip()


def plain(text: str) -> str:
    """*text* in NFC; line breaks become ``\\n``, other control characters and lone surrogates go."""
    return "".join(map(_kept, unicodedata.normalize("NFC", text.replace("\r\n", "\n"))))


def shortened(text: str) -> str:
    """The beginning of *text*, marked when it goes on."""
    return text if len(text) <= _ECHO else text[:_ECHO] + "…"


def _kept(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cc" or category in _BREAKS:
        if char in "\n\r\v\f\x85" or category in _BREAKS:
            return "\n"
        return " " if char == "\t" else ""
    # Lone surrogates are no text: neither database nor printer can encode them.
    return "" if category == "Cs" or char in _DIRECTION else char
