"""Tells what a scanned code is, by the patterns of the configuration, and how much of it may be shown."""

import re
from collections.abc import Callable
from enum import StrEnum

from kiosk.config import Scans
from kiosk.desk.bags import codes
from kiosk.desk.receipts.numbers import is_goods_code
from kiosk.desk.returns.codes import is_pickup_code, is_return_code

# Characters of an unknown code that are shown, at its end: enough to compare with the paper, too few to copy it.
_SHOWN = 4
# Longest text that is shown at all; goods codes end far below.
_SHOWN_MAX = 40


class ScannedKind(StrEnum):
    """What a code is for the desk."""

    TICKET = "ticket"
    BADGE = "badge"
    RECEIPT = "receipt"
    RETURN = "return"  # the slip of goods that came back
    PICKUP = "pickup"  # the list of goods that a department fetches
    GOODS = "goods"
    UNKNOWN = "unknown"


# The number of a receipt in a code of this symbology (None: not known), by the shapes of ``[[receipts.numbers]]``.
ReceiptNumber = Callable[[str, str | None], str | None]


def _no_receipt(_text: str, _symbology: str | None) -> str | None:
    return None


class Classifier:
    """Applies ``[scans]``: the desk's own codes first, then badges, receipts, and the patterns in their order.

    The whole code must match. The desk's codes and badges come first so that no pattern, however wide, can show one of
    them as goods or as a receipt.
    """

    def __init__(self, settings: Scans, receipt_number: ReceiptNumber = _no_receipt) -> None:
        """*receipt_number* knows the shapes of receipt numbers."""
        self._receipt_number = receipt_number
        self._badge = re.compile(settings.badge_regex)
        self._patterns = [
            (ScannedKind(pattern.kind), re.compile(pattern.regex), frozenset(name.lower() for name in pattern.symbologies))
            for pattern in settings.patterns
        ]

    def kind(self, text: str, symbology: str | None = None) -> ScannedKind:
        """Return what *text* is. A pattern that asks for symbologies does not match a code whose symbology is not known."""
        if codes.is_ticket_code(text):
            return ScannedKind.TICKET
        if is_return_code(text):
            return ScannedKind.RETURN
        if is_pickup_code(text):
            return ScannedKind.PICKUP
        if self._badge.fullmatch(text):
            return ScannedKind.BADGE
        by_pattern = self._by_pattern(text, symbology)
        # One number of a plain shape in ten has by chance the check digit of goods. Where the scanner does not tell the
        # symbology, such a code is goods: a wrong receipt would be looked for with every bottle.
        if by_pattern is ScannedKind.GOODS and symbology is None and is_goods_code(text):
            return by_pattern
        return ScannedKind.RECEIPT if self._receipt_number(text, symbology) is not None else by_pattern

    def _by_pattern(self, text: str, symbology: str | None) -> ScannedKind:
        for kind, regex, symbologies in self._patterns:
            if (not symbologies or symbology in symbologies) and regex.fullmatch(text):
                return kind
        return ScannedKind.UNKNOWN


def masked(kind: ScannedKind, text: str) -> str:
    """Return what of *text* may be shown and sent to a browser."""
    if kind is ScannedKind.BADGE:
        return ""  # a badge is a key: not a character of it, nor its length
    if kind is ScannedKind.TICKET:
        return codes.mask(text)
    if kind in (ScannedKind.RETURN, ScannedKind.PICKUP):
        # Whoever has the code has the slip: its kind and its end are enough to compare with the paper.
        return text[:1] + "*" * (len(text) - 1 - _SHOWN) + text[-_SHOWN:]
    if kind is ScannedKind.UNKNOWN:
        # It may be a badge that was read wrongly, or another store's ticket: show its end, never most of it.
        end = text[-_SHOWN:] if len(text) >= 3 * _SHOWN else ""
        return "*" * _SHOWN + end
    return text if len(text) <= _SHOWN_MAX else text[: _SHOWN_MAX - 1] + "…"
