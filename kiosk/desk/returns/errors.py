"""The refusals of the returns desk, each with its stable name and what the reader can do."""

from kiosk.errors import Conflict, FieldError, Invalid, NotFound, Unavailable
from kiosk.i18n import N_, Message, msg


class WrongReturn(Invalid):
    """A field is wrong; its message says what is expected."""

    slug = "return-input"
    title = N_("Please check the input")

    @classmethod
    def of(cls, field: str, message: Message, value: object = None) -> "WrongReturn":
        """One wrong field."""
        return cls(message, msg("Correct this and try again; nothing was changed."), fields=[FieldError(field, value, message)])


class OverReturn(Conflict):
    """Less remains of a line than is to come back; the answer says how much, by line."""

    slug = "over-return"
    title = N_("Less remains than is to come back")


class NotEligible(Invalid):
    """The policy, or what is known of the receipt, does not allow it; the answer gives the reasons by line."""

    slug = "not-eligible"
    title = N_("This cannot be taken back")


class UnknownReturn(NotFound):
    """No return has this id."""

    slug = "return-unknown"
    title = N_("No such return")


class AlreadyVoided(Conflict):
    """Somebody voided it before; the answer says who and when."""

    slug = "return-already-voided"
    title = N_("This return was voided already")


class CannotVoid(Conflict):
    """Its goods are signed for, or its money was paid."""

    slug = "return-cannot-be-voided"
    title = N_("This return cannot be voided any more")


class UnknownRefund(NotFound):
    """No refund has this id."""

    slug = "refund-unknown"
    title = N_("No such refund")


class RefundSettled(Conflict):
    """The point of sale has said something else about it before."""

    slug = "refund-settled"
    title = N_("This refund was settled otherwise before")


class UnknownFlag(NotFound):
    """No flag has this id."""

    slug = "return-flag-unknown"
    title = N_("No such note")


class UnknownReturnPhoto(NotFound):
    """The return has no such photo (any more)."""

    slug = "return-photo-unknown"
    title = N_("No such photo")


class TooManyReturnPhotos(Conflict):
    """The return has as many photos as the configuration allows."""

    slug = "return-photos-full"
    title = N_("No more photos")


class NoSlipPrinter(Unavailable):
    """No printer is configured for slips."""

    slug = "return-no-printer"
    title = N_("No printer")
