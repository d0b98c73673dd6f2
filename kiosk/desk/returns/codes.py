"""The codes on the slips of returns, pickup lists and repairs: made, and recognised. Knows no record.

16 digits: ``6`` for a return, ``5`` for a pickup list, ``4`` for a repair, 14 random ones, one Luhn check digit. Neither
tickets (14), cases (12) nor goods (8, 12, 13, and 14 in GTIN-14) have that length. A database keeps them as whole numbers.
"""

import random

from kiosk.desk.bags.codes import grouped, luhn_digit, normalise

LENGTH = 16
RETURN, PICKUP, REPAIR = "6", "5", "4"
_RANDOM_DIGITS = 14

__all__ = [
    "LENGTH",
    "grouped",
    "is_pickup_code",
    "is_repair_code",
    "is_return_code",
    "new_pickup_code",
    "new_repair_code",
    "new_return_code",
    "normalise",
]


def new_return_code(rng: random.Random) -> str:
    """A new code of a return slip; *rng* must be `secrets.SystemRandom` outside tests."""
    return _new(RETURN, rng)


def new_pickup_code(rng: random.Random) -> str:
    """A new code of a pickup list; *rng* as above."""
    return _new(PICKUP, rng)


def new_repair_code(rng: random.Random) -> str:
    """A new code of a repair slip; *rng* as above."""
    return _new(REPAIR, rng)


def is_return_code(text: str) -> bool:
    """Whether *text* has exactly the form of a return slip's code, check digit included."""
    return _is(RETURN, text)


def is_pickup_code(text: str) -> bool:
    """Whether *text* has exactly the form of a pickup list's code."""
    return _is(PICKUP, text)


def is_repair_code(text: str) -> bool:
    """Whether *text* has exactly the form of a repair slip's code."""
    return _is(REPAIR, text)


def _new(prefix: str, rng: random.Random) -> str:
    body = prefix + f"{rng.randrange(10**_RANDOM_DIGITS):0{_RANDOM_DIGITS}d}"
    return body + luhn_digit(body)


def _is(prefix: str, text: str) -> bool:
    return len(text) == LENGTH and text.isascii() and text.isdigit() and text.startswith(prefix) and luhn_digit(text[:-1]) == text[-1]
