"""Reads receipt numbers from what was scanned or typed, by the patterns of ``[[receipts.numbers]]``. Knows no record.

A scanned code is taken as it is; what a person types may have spaces, other hyphens, full-width digits or small letters,
so a few ways of reading it are tried, the plainest first. The first pattern that matches wins.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import unquote

from kiosk.config_returns import CheckDigit, NumberPattern
from kiosk.desk.bags import codes as tickets
from kiosk.desk.bags.codes import luhn_digit
from kiosk.desk.cases import codes as cases

# Longest code that is looked at: a QR code with an address ends far below, and a regular expression may be slow.
_LONGEST = 512
# Every dash that fonts, keyboards and Chinese input methods make of a hyphen.
_DASHES = dict.fromkeys(map(ord, "\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u30fc\ufe58\ufe63\uff0d"), "-")
# Symbologies that goods carry: no receipt is read from them unless a pattern names the symbology.
_OF_GOODS = frozenset({"ean13", "ean8", "upca", "upce", "isbn"})
# Lengths of the numbers of goods (GTIN-8, 12, 13), all with the same check digit.
_GTIN_LENGTHS = (8, 12, 13)


@dataclass(frozen=True, slots=True)
class ReadNumber:
    """What a code says of its receipt; "" and None where its pattern has no such group."""

    number: str
    store: str = ""
    till: str = ""
    sequence: str = ""
    day: date | None = None


class NumberReader:
    """Applies the patterns in their order; the whole code must match."""

    def __init__(self, patterns: Sequence[NumberPattern]) -> None:
        self._patterns = [
            (re.compile(pattern.regex), pattern, frozenset(name.lower() for name in pattern.symbologies)) for pattern in patterns
        ]

    def read(self, code: str, symbology: str | None = None, *, any_symbology: bool = False) -> ReadNumber | None:
        """What *code* says; None when no pattern fits, or when it is a code of this desk's own.

        Without *symbology* (typed, or a scanner that does not tell it) it may be written as people write, and patterns that
        ask for a symbology fit only with *any_symbology*: somebody says that it is a receipt.
        """
        if not code or len(code) > _LONGEST:
            return None
        for text in readings(code) if symbology is None else (code.strip(),):
            if is_own_code(text):
                return None
            for regex, pattern, symbologies in self._patterns:
                if not (any_symbology or _fits(symbology, symbologies)):
                    continue
                if (match := regex.fullmatch(text)) and (read := _read(match, pattern)):
                    return read
        return None


def canonical(number: str) -> str:
    """*number* in the form that is kept: plain digits and hyphens, without spaces and anything that no paper shows."""
    # Twice: what stood on both sides of an invisible character may belong together.
    for _ in range(2):
        plain = unicodedata.normalize("NFKC", number.translate(_DASHES)).translate(_DASHES)
        number = "".join(char for char in plain if char.isprintable() and not char.isspace())
    return number


def readings(code: str) -> list[str]:
    """The ways in which *code* may have been meant: as it is, in plain characters, in capitals, with hyphens for spaces, without either."""
    plain = canonical(code)
    spaced = canonical("-".join(unicodedata.normalize("NFKC", code).split()))
    bare = plain.replace("-", "")
    ways = (code.strip(), plain, plain.upper(), plain.lower(), spaced, spaced.upper(), bare, bare.upper())
    return [way for way in dict.fromkeys(ways) if way]


def is_own_code(text: str) -> bool:
    """Whether *text* is a code that this desk prints itself: ticket, case, return slip, pickup list, repair slip."""
    # Late: the package of returns stands upon this one.
    from kiosk.desk.returns import codes as returns

    return (
        tickets.is_ticket_code(text)
        or cases.is_case_code(text)
        or returns.is_return_code(text)
        or returns.is_pickup_code(text)
        or returns.is_repair_code(text)
    )


def is_goods_code(text: str) -> bool:
    """Whether *text* has the length and the check digit of a number of goods (EAN-8, UPC-A, EAN-13)."""
    return len(text) in _GTIN_LENGTHS and text.isascii() and text.isdigit() and ean_digit(text[:-1]) == text[-1]


def check_digit_fits(number: str, check: CheckDigit) -> bool:
    """Whether the end of *number* checks what stands before it; hyphens are passed over."""
    plain = number.replace("-", "")
    if check == "none":
        return True
    if check == "mod97":
        # ISO/IEC 7064, MOD 97-10, as in an IBAN but with nothing moved: letters count 10 to 35.
        return len(plain) > 2 and plain.isascii() and plain.isalnum() and int("".join(str(int(char, 36)) for char in plain)) % 97 == 1
    if len(plain) < 2 or not (plain.isascii() and plain.isdigit()):
        return False
    return plain[-1] == (luhn_digit(plain[:-1]) if check == "luhn" else ean_digit(plain[:-1]))


def ean_digit(digits: str) -> str:
    """The check digit of goods numbers (GS1 General Specifications, 7.9): weights 3 and 1 from the right."""
    return str(-sum(int(char) * (3 if place % 2 == 0 else 1) for place, char in enumerate(reversed(digits))) % 10)


def _fits(symbology: str | None, wanted: frozenset[str]) -> bool:
    return symbology in wanted if wanted else symbology not in _OF_GOODS


def _read(match: re.Match[str], pattern: NumberPattern) -> ReadNumber | None:
    groups = {name: value or "" for name, value in match.groupdict().items()}
    number = groups.get("number") or match[0]
    if "://" in match[0]:
        number = unquote(number)
    number = canonical(number)
    if not number or not check_digit_fits(number, pattern.check):
        return None
    day = None
    if groups.get("date"):
        try:
            day = datetime.strptime(groups["date"], pattern.date_format).date()  # noqa: DTZ007  a day, not an instant
        except ValueError:
            return None
    return ReadNumber(number, groups.get("store", ""), groups.get("till", ""), groups.get("sequence", ""), day)
