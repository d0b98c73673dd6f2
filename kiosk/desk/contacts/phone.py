"""Brings a phone number, as people type it, into the one form under which it is kept and found.

The form is E.164 (``+8613812345678``), with an extension as RFC 3966 writes it (``+862152345678;ext=801``). Mainland numbers
are checked against the numbering plan (mobile 1[3-9] and nine digits; area codes 010 and 02x with eight digits, 03xx to
09xx with seven or eight; 400 and 800 services), others by E.164's lengths alone.
"""

import re
import unicodedata

from kiosk.desk.contacts.errors import WrongContact
from kiosk.i18n import Message, msg

# Longer text is no phone number, whatever it normalises to.
_MAX_TYPED = 40
_SEPARATORS = re.compile(r"[\s().·/\-\u2010-\u2015\u2212~]+")
_EXTENSION = re.compile(r"(?:转|轉|分机|ext\.?|x|#|;ext=)(\d{1,6})$", re.IGNORECASE)
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"(?:10|2\d)[2-8]\d{7}|[3-9]\d{2}[2-8]\d{6,7}")  # without the trunk prefix 0
_SERVICE = re.compile(r"[48]00\d{7}")
_FOREIGN = re.compile(r"[1-9]\d{6,14}")
_CHINA = "86"


def normalise_phone(text: str, field: str = "phone") -> str:
    """Return the kept form of *text*. Raises WrongContact for *field*, without repeating *text*."""
    if len(text) > _MAX_TYPED:
        raise WrongContact.of((field, _EXPECTED))
    typed = "".join(_plain(character) for character in unicodedata.normalize("NFKC", text))
    extension = ""
    if found := _EXTENSION.search(_SEPARATORS.sub("", typed)):
        extension = f";ext={found[1]}"
    digits = _SEPARATORS.sub("", typed)[: found.start() if found else None]
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    if not re.fullmatch(r"\+?\d+", digits, re.ASCII):
        raise WrongContact.of((field, _EXPECTED))
    number = _foreign_or_mainland(digits[1:], field) if digits.startswith("+") else _mainland(digits, field)
    return f"+{number}{extension}"


def national_digits(phone: str) -> str:
    """The digits of a kept number as people here read them: 13812345678, 01052345678; abroad with the country's code."""
    digits = phone.partition(";")[0].removeprefix("+")
    if not digits.startswith(_CHINA):
        return digits
    national = digits.removeprefix(_CHINA)
    return national if _MOBILE.fullmatch(national) or _SERVICE.fullmatch(national) else f"0{national}"


_EXPECTED: Message = msg("Please enter a phone number: a mobile number, or area code and number, or + and the country's code.")


def _plain(character: str) -> str:
    """A digit of any script as ASCII; nothing for marks that cannot be seen."""
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    return "" if unicodedata.category(character) in ("Cf", "Cc", "Mn") else character


def _foreign_or_mainland(digits: str, field: str) -> str:
    if digits.startswith(_CHINA):
        return _mainland(digits.removeprefix(_CHINA), field)
    if not _FOREIGN.fullmatch(digits):
        raise WrongContact.of((field, _EXPECTED))
    return digits


def _mainland(digits: str, field: str) -> str:
    """*digits* with the country's code; they have no sign that a foreign number would need."""
    if len(digits) == 13 and digits.startswith(_CHINA):
        digits = digits.removeprefix(_CHINA)
    if _MOBILE.fullmatch(digits):
        return _CHINA + digits
    if digits.startswith("0") and _LANDLINE.fullmatch(digits[1:]):
        return _CHINA + digits[1:]
    if _LANDLINE.fullmatch(digits) and len(digits) >= 10:
        return _CHINA + digits
    if _SERVICE.fullmatch(digits):
        return _CHINA + digits
    if re.fullmatch(r"[2-8]\d{6,7}", digits):
        raise WrongContact.of((field, msg("Please enter the area code, too.")))
    raise WrongContact.of((field, _EXPECTED))
