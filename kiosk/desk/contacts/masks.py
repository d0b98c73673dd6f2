"""What may be shown of contact data: enough to recognise it for whoever knows it, too little to use it.

The rules: of a phone number at most the first three and the last four digits, and at least four are hidden; of a name its
first character; of an e-mail address the first character and the domain. The stars do not tell how much they hide.
"""

import re
import unicodedata

from kiosk.desk.contacts.phone import national_digits

STARS = "****"
_HEAD, _TAIL, _HIDDEN = 3, 4, 4
# Phone numbers and e-mail addresses in free text, generously: seven digits and more, with or without separators, but for the
# number of a case (K2611250007), which names nobody.
_NUMBER = re.compile(r"\bK\d{10}\b|\+?\d(?:[\s.\-()]?\d){6,}")
_ADDRESS = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")


def mask_phone(phone: str) -> str:
    """138****5678 of a number in its kept form; "" of none."""
    if not phone:
        return ""
    digits = national_digits(phone)
    tail = max(0, min(_TAIL, len(digits) - _HEAD - _HIDDEN))
    return digits[:_HEAD] + STARS + digits[len(digits) - tail :]


def mask_name(name: str) -> str:
    """王** of a Chinese name, J*** of another; "" of none."""
    name = unicodedata.normalize("NFC", name).strip()
    if not name:
        return ""
    return name[0] + ("**" if unicodedata.east_asian_width(name[0]) in ("W", "F") else "***")


def mask_email(email: str) -> str:
    """j***@example.com; "" of none."""
    local, at, domain = email.rpartition("@")
    return f"{local[:1]}***{at}{domain}" if at else ""


def without_personal_data(text: str, *known: str) -> str:
    """*text* for a record that is never deleted: numbers, addresses and the *known* values become stars."""
    text = unicodedata.normalize("NFKC", text)
    for value in sorted((value for value in known if len(value) > 1), key=len, reverse=True):
        text = re.sub(re.escape(unicodedata.normalize("NFKC", value)), STARS, text, flags=re.IGNORECASE)
    return _NUMBER.sub(lambda found: found[0] if found[0].startswith("K") else STARS, _ADDRESS.sub(STARS, text))
