"""Small readers of form fields: what cannot be read becomes a value that the desk's rules refuse in their own words."""

from typing import cast

from kiosk.devices.queue import Outcome
from kiosk.errors import FieldError, Invalid
from kiosk.i18n import msg

# Digits of the largest row id of both databases, less one.
_MAX_DIGITS = 18


def whole(text: str | None, none: int = 0) -> int:
    """A whole number; *none* for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS else none


def outcome(text: str | None) -> Outcome:
    """A person's answer about a print job. Raises Invalid."""
    if text not in ("printed", "reprint", "cancel"):
        said = msg("Choose one of the answers.")
        raise Invalid(said, fields=[FieldError("outcome", text, said)])
    return cast(Outcome, text)
