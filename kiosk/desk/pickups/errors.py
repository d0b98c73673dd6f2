"""The refusals about returned goods, each with its stable name and what the reader can do."""

from kiosk.errors import Conflict, FieldError, Invalid, NotFound
from kiosk.i18n import N_, Message, msg


class WrongPickup(Invalid):
    """A field is wrong; its message says what is expected."""

    slug = "pickup-input"
    title = N_("Please check the input")

    @classmethod
    def of(cls, field: str, message: Message) -> "WrongPickup":
        """One wrong field."""
        return cls(message, msg("Correct this and try again; nothing was changed."), fields=[FieldError(field, None, message)])


class UnknownPickup(NotFound):
    """No list has this id."""

    slug = "pickup-unknown"
    title = N_("No such pickup list")


class UnknownGoods(NotFound):
    """The list has no such item."""

    slug = "pickup-goods-unknown"
    title = N_("Not on this list")


class NothingWaits(Conflict):
    """No goods of this department are at the desk."""

    slug = "pickup-nothing-waits"
    title = N_("Nothing to gather")


class PickupEnded(Conflict):
    """The list was signed or dissolved; the answer says which."""

    slug = "pickup-ended"
    title = N_("This list is not open any more")


class AllCounted(Conflict):
    """As many were scanned as came back."""

    slug = "pickup-all-counted"
    title = N_("All of these were counted")


class TickedOnly(Conflict):
    """Goods sold by weight are ticked, not counted by scans."""

    slug = "pickup-ticked-only"
    title = N_("Sold by weight")


class NotChecked(Conflict):
    """Some items are not checked, or differ without a reason; *items* lists them."""

    slug = "pickup-not-checked"
    title = N_("Not everything is checked")


class GoodsSigned(Conflict):
    """The goods left the desk: what they belong to cannot be undone there any more."""

    slug = "pickup-goods-signed"
    title = N_("The goods were signed for")
