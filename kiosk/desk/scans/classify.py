"""Tells what a scanned code is, by the patterns of the configuration, and how much of it may be shown."""

import re
from enum import StrEnum

from kiosk.config import Scans
from kiosk.desk.bags import codes

# Characters of an unknown code that are shown, at its end: enough to compare with the paper, too few to copy it.
_SHOWN = 4
# Longest text that is shown at all; goods codes end far below.
_SHOWN_MAX = 40


class ScannedKind(StrEnum):
    """What a code is for the desk."""

    TICKET = "ticket"
    BADGE = "badge"
    RECEIPT = "receipt"
    GOODS = "goods"
    UNKNOWN = "unknown"


class Classifier:
    """Applies ``[scans]``: tickets first, then badges, then the patterns in their order; the whole code must match.

    Tickets and badges come first so that no pattern, however wide, can show one of them as goods.
    """

    def __init__(self, settings: Scans) -> None:
        self._badge = re.compile(settings.badge_regex)
        self._patterns = [
            (ScannedKind(pattern.kind), re.compile(pattern.regex), frozenset(name.lower() for name in pattern.symbologies))
            for pattern in settings.patterns
        ]

    def kind(self, text: str, symbology: str | None = None) -> ScannedKind:
        """Return what *text* is. A pattern that asks for symbologies does not match a code whose symbology is not known."""
        if codes.is_ticket_code(text):
            return ScannedKind.TICKET
        if self._badge.fullmatch(text):
            return ScannedKind.BADGE
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
    if kind is ScannedKind.UNKNOWN:
        # It may be a badge that was read wrongly, or another store's ticket: show its end, never most of it.
        end = text[-_SHOWN:] if len(text) >= 3 * _SHOWN else ""
        return "*" * _SHOWN + end
    return text if len(text) <= _SHOWN_MAX else text[: _SHOWN_MAX - 1] + "…"
