"""The code on a shopper's slip: made, and recognised. Knows no record.

12 digits: ``7``, ten random ones, one Luhn check digit. It shows the state of one case and nothing else; its length
alone keeps it apart from bag tickets, which have 14.
"""

import random

from kiosk.desk.bags.codes import luhn_digit, normalise

LENGTH = 12
PREFIX = "7"
_RANDOM_DIGITS = 10

__all__ = ["LENGTH", "is_case_code", "new_code", "normalise"]


def new_code(rng: random.Random) -> str:
    """Return a new code; *rng* must be `secrets.SystemRandom` outside tests."""
    body = PREFIX + f"{rng.randrange(10**_RANDOM_DIGITS):0{_RANDOM_DIGITS}d}"
    return body + luhn_digit(body)


def is_case_code(text: str) -> bool:
    """Whether *text* has exactly the form of a case's code, check digit included."""
    return len(text) == LENGTH and text.isascii() and text.isdigit() and text.startswith(PREFIX) and luhn_digit(text[:-1]) == text[-1]
