"""The refusals of receipts, each with its stable name and what the reader can do."""

from collections.abc import Sequence

from kiosk.desk.plain_text import shortened
from kiosk.errors import Conflict, FieldError, Invalid, NotFound
from kiosk.i18n import N_, msg

# Wrong fields that an answer names: a receipt that is all wrong is no reason to answer at length.
MOST_NAMED = 20


class UnknownReceipt(NotFound):
    """Neither this desk nor a source that it asked knows the receipt."""

    slug = "receipt-unknown"
    title = N_("No such receipt")

    @classmethod
    def of(cls, number: str) -> "UnknownReceipt":
        """The refusal for a *number* that nobody knows."""
        return cls(
            msg("No receipt %(number)s is known here.", number=shortened(number)),
            msg("Compare the number with the paper, or look for the receipt by its day, till, amount or goods."),
        )


class WrongReceipt(Invalid):
    """A receipt that cannot be so; `fields` names each wrong field (``lines[2].quantity``)."""

    slug = "receipt-input"
    title = N_("This receipt cannot be right")

    @classmethod
    def of(cls, wrong: Sequence[FieldError]) -> "WrongReceipt":
        """The refusal that names *wrong*."""
        named = list(wrong[:MOST_NAMED])
        return cls(
            msg("%(count)s field(s) of the receipt are wrong: %(names)s", count=len(wrong), names=", ".join(one.field for one in named)),
            msg("Correct them at the point of sale or in its export, and send the receipt again; nothing was changed."),
            fields=named,
        )


class ReceiptDiffers(Conflict):
    """Another content under a number that is known; the first is kept."""

    slug = "receipt-differs"
    title = N_("This number is known with another content")


class TooLittleToSearch(Invalid):
    """Too little of the receipt is known, or too much would have to be looked through."""

    slug = "receipt-search"
    title = N_("Please say more about the receipt")
