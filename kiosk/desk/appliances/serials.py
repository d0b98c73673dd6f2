"""Serial numbers as scanners and people give them: cleaned, and kept apart from the other codes on the same box."""

import unicodedata

from kiosk.desk.bags.codes import is_ticket_code
from kiosk.desk.cases.codes import is_case_code
from kiosk.desk.returns.codes import is_pickup_code, is_repair_code, is_return_code

LONGEST = 64
_GTIN_LENGTHS = (8, 12, 13, 14)


def cleaned(text: str) -> str:
    """*text* as serial numbers are compared: plain capitals and digits, without spaces and what cannot be seen."""
    plain = unicodedata.normalize("NFKC", text).upper()
    return "".join(char for char in plain if char.isprintable() and not char.isspace())


def is_goods_code(serial: str, *codes: str) -> bool:
    """Whether *serial* is one of *codes* (product and bar code of the goods), leading zeros of a GTIN aside."""
    return any(code.strip() and _same_goods(cleaned(code)) == _same_goods(serial) for code in codes)


def is_slip_code(serial: str) -> bool:
    """Whether *serial* is the code of a paper of the desk: somebody scanned the slip, not the appliance."""
    checks = (is_ticket_code, is_case_code, is_return_code, is_pickup_code, is_repair_code)
    return any(check(serial) for check in checks)


def _same_goods(code: str) -> str:
    if code.isascii() and code.isdigit() and len(code) in _GTIN_LENGTHS:
        return code.lstrip("0") or code
    return code
