"""Ticket codes: made, recognised, read from what a person typed, and masked. Knows no record.

A code is 14 digits: ``8``, 12 random digits, one Luhn check digit. No EAN or UPC length has 14 digits and the check
digit catches every single wrong digit and nearly every swap of neighbours, so goods and typing errors are told apart.
"""

import random
import unicodedata

LENGTH = 14
PREFIX = "8"
_RANDOM_DIGITS = 12
_SHOWN = 4  # digits at the end that a mask leaves readable: enough to compare with the paper, useless for guessing


def new_code(rng: random.Random) -> str:
    """Return a new code; *rng* must be `secrets.SystemRandom` outside tests, a guessable code is a stolen bag."""
    body = PREFIX + f"{rng.randrange(10**_RANDOM_DIGITS):0{_RANDOM_DIGITS}d}"
    return body + luhn_digit(body)


def is_ticket_code(text: str) -> bool:
    """Whether *text* has exactly the form of a ticket code, check digit included."""
    return len(text) == LENGTH and text.isascii() and text.isdigit() and text.startswith(PREFIX) and luhn_digit(text[:-1]) == text[-1]


def normalise(text: str) -> str:
    """Return *text* without what people put between digits (spaces, hyphens), full-width digits made plain."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(char for char in plain if not char.isspace() and char not in "-\u2010\u2011\u2012\u2013\u2014\u2212")


def grouped(code: str) -> str:
    """Return *code* in groups that can be read aloud and typed: ``8123 4567 8901 23``."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def mask(code: str) -> str:
    """Return *code* with all but its first digit and last four hidden; any other text keeps at most its last four."""
    if is_ticket_code(code):
        return PREFIX + "*" * (LENGTH - len(PREFIX) - _SHOWN) + code[-_SHOWN:]
    shown = _SHOWN if len(code) >= 2 * _SHOWN else 0
    return "*" * (len(code) - shown) + code[len(code) - shown :]


def luhn_digit(digits: str) -> str:
    """Return the Luhn check digit (ISO/IEC 7812-1, annex B) of *digits*."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)
