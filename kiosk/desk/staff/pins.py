"""PINs: which are strong enough, and how they are kept."""

import secrets
import threading
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from kiosk.config import Security
from kiosk.desk.staff.errors import WeakPin
from kiosk.errors import FieldError
from kiosk.i18n import Message, msg

if TYPE_CHECKING:
    from argon2 import PasswordHasher

# RFC 9106 section 4 recommends, where memory is short, Argon2id with 3 passes over 64 MiB in 4 lanes. A Pi with 1 GB also
# runs the browser: the passes stay, the memory is a quarter, one lane leaves the other cores alone. That is above the
# OWASP floor of 3 passes over 12 MiB; some 25 ms on a desktop PC, an estimated 0.1-0.3 s on a Pi.
_PASSES = 3
_MEMORY_KIB = 16 * 1024
_LANES = 1
# Hashes that may run at once, so that eight people who log in together do not take eight times the memory.
_AT_ONCE = 2

PIN_MAX_LENGTH = 12
_ROW = "0123456789"  # a sequence may run past its end: 890123


@dataclass(frozen=True, slots=True)
class PreparedPin:
    """A PIN that is strong enough, hashed outside of the writer thread, which must not wait for that."""

    hash: str = field(repr=False)


class PinHasher:
    """Hashes and verifies PINs with Argon2id."""

    def __init__(self, *, passes: int = _PASSES, memory_kib: int = _MEMORY_KIB, lanes: int = _LANES) -> None:
        """The defaults are for the product; tests pay less."""
        self._costs = (passes, memory_kib, lanes)
        self._slots = threading.BoundedSemaphore(_AT_ONCE)
        # Verified against when there is nothing to verify against, so that the time tells nobody which names exist.
        self._nobody: str | None = None

    @cached_property
    def _argon2(self) -> "PasswordHasher":
        # Nobody logs in before the station is up: its start need not load this.
        from argon2 import PasswordHasher, Type

        passes, memory_kib, lanes = self._costs
        return PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=lanes, type=Type.ID)

    def hash(self, pin: str) -> str:
        with self._slots:
            return self._argon2.hash(pin)

    def matches(self, pin_hash: str | None, pin: str) -> bool:
        """Tell whether *pin* is the one of *pin_hash*; takes the same time when there is no hash."""
        if pin_hash is None:
            if self._nobody is None:
                self._nobody = self.hash(secrets.token_hex(8))
            self._matches(self._nobody, pin)
            return False
        return self._matches(pin_hash, pin)

    def needs_rehash(self, pin_hash: str) -> bool:
        """Tell whether *pin_hash* was made with other costs than today's."""
        return self._argon2.check_needs_rehash(pin_hash)

    def _matches(self, pin_hash: str, pin: str) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError

        with self._slots:
            try:
                # A stored PIN has at most twelve digits; hashing a megabyte of text would be a gift to an attacker.
                return self._argon2.verify(pin_hash, pin[: PIN_MAX_LENGTH + 1])
            except (VerificationError, InvalidHashError):
                return False


def check_strength(pin: str, security: Security, *, field: str = "pin") -> None:
    """Raise WeakPin, which names *field* and the reason but never repeats the PIN."""
    if reason := _weakness(pin, security.pin_min_length):
        raise WeakPin(reason, msg("Choose digits that nobody guesses."), fields=[FieldError(field, None, reason)])


def random_pin(security: Security) -> str:
    """Return a strong enough PIN of the shortest length, from a cryptographic source."""
    while True:
        pin = "".join(secrets.choice("0123456789") for _ in range(security.pin_min_length))
        if _weakness(pin, security.pin_min_length) is None:
            return pin


def _weakness(pin: str, min_length: int) -> Message | None:
    if not (pin.isascii() and pin.isdigit()):
        return msg("A PIN has digits only.")
    if not min_length <= len(pin) <= PIN_MAX_LENGTH:
        return msg("A PIN has %(min)s to %(max)s digits.", min=min_length, max=PIN_MAX_LENGTH)
    if len(set(pin)) == 1:
        return msg("A PIN of one repeated digit is too easy.")
    rows = _ROW * 3
    if pin in rows or pin in rows[::-1]:
        return msg("Digits in a row are too easy.")
    return None
