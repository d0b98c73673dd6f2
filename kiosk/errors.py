"""What can go wrong, in kinds that every layer can act on.

A `Refusal` is an answer to a person: it names what was wrong and what to do next. The web layer maps each of its
direct subclasses to an HTTP status; the command line prints it in one line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from kiosk.i18n import N_, Message


class KioskError(Exception):
    """Base of every exception that the product raises on purpose."""


class ConfigError(KioskError, ValueError):
    """The configuration cannot be used; the text names file, line, key and remedy."""


class StorageError(KioskError, OSError):
    """The database did not take a record (disk full, file gone, server away); nothing was changed."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field of a request: its path (``lines[2].quantity``), the value as received, and what is expected."""

    field: str
    value: object
    message: Message


class Refusal(KioskError):
    """A request that the desk's rules refuse. Subclass one of the kinds below, not this.

    *slug* is the stable machine name (the last part of a problem document's ``type``); *title* is the same for every
    occurrence; *detail* says what happened this time; *remedy* what the reader can do now. *extra* members (JSON
    values) go into the problem document as they are.
    """

    slug: ClassVar[str] = "refused"
    title: ClassVar[str] = N_("Refused")

    def __init__(
        self,
        detail: Message,
        remedy: Message | None = None,
        *,
        fields: Sequence[FieldError] = (),
        **extra: object,
    ) -> None:
        super().__init__(str(detail))
        self.detail = detail
        self.remedy = remedy
        self.fields = tuple(fields)
        self.extra = extra


class NotFound(Refusal, LookupError):
    """There is no such thing."""

    slug = "not-found"
    title = N_("Not found")


class Conflict(Refusal):
    """It exists, but its state does not allow this now."""

    slug = "conflict"
    title = N_("Not possible now")


class Invalid(Refusal, ValueError):
    """The request itself is wrong; `fields` names each wrong field."""

    slug = "invalid"
    title = N_("Please check the input")


class Unauthenticated(Refusal):
    """Nobody is logged in, or the token or PIN is wrong."""

    slug = "unauthenticated"
    title = N_("Please log in")


class Denied(Refusal, PermissionError):
    """The person or token is known but may not do this."""

    slug = "denied"
    title = N_("Not allowed")


class Throttled(Refusal):
    """Too many tries; *retry_after_s* seconds must pass."""

    slug = "throttled"
    title = N_("Please wait")

    def __init__(self, detail: Message, remedy: Message | None = None, *, retry_after_s: float) -> None:
        super().__init__(detail, remedy, retry_after_s=round(retry_after_s))
        self.retry_after_s = retry_after_s


class Unavailable(Refusal):
    """Something that is needed is out of order; nothing was changed."""

    slug = "unavailable"
    title = N_("Out of order")
