"""Who keeps which returned goods, and the lists on which they change hands: frozen values."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from kiosk.desk.signatures import Strokes


class PickupState(StrEnum):
    """open -> checking -> signed; an open list may be dissolved."""

    OPEN = "open"
    CHECKING = "checking"
    SIGNED = "signed"
    DISSOLVED = "dissolved"


class Holder(StrEnum):
    """Who keeps goods that no person has signed for."""

    DESK = "desk"
    CUSTOMER = "customer"  # the return was voided: they were given back
    MISSING = "missing"  # none of them was found; the difference says why


class PickupItem(msgspec.Struct, frozen=True):
    """Goods of one returned line. *holder*: "desk", or who signed for it. *found* None: not checked yet."""

    id: int
    return_id: int
    return_number: str
    product: str
    barcode: str
    name: str
    category: str
    department: str
    quantity: Decimal
    condition: str
    found: Decimal | None
    difference: str  # why *found* is another quantity
    holder: str
    taken_back_at: datetime
    pickup_id: int | None
    weighed: bool = False  # by scale: ticked, never counted by scans
    holder_label: str = ""  # the stable identity behind *holder*: "desk", "user:3"

    @property
    def counted(self) -> bool:
        """Checked, with a reason where something is missing."""
        return self.found is not None and (self.found == self.quantity or bool(self.difference))


class HandStep(msgspec.Struct, frozen=True):
    """One line of the history of goods: *action* is taken-back, gathered, checked, scanned, signed, dissolved or withdrawn."""

    at: datetime
    who: str
    action: str
    pickup_id: int | None
    found: Decimal | None
    note: str


class PickupView(msgspec.Struct, frozen=True):
    """A list of one department."""

    id: int
    number: str
    code: str
    department: str
    state: PickupState
    items: list[PickupItem]
    created_at: datetime
    created_by: str
    signed_at: datetime | None
    signed_by: str
    signature: Strokes | None
    job: int | None

    @property
    def checked(self) -> int:
        """How many of its items are checked."""
        return sum(item.counted for item in self.items)

    @property
    def differing(self) -> int:
        """How many of its items are there in part, or not at all."""
        return sum(item.counted and item.found != item.quantity for item in self.items)


class DepartmentGoods(msgspec.Struct, frozen=True):
    """What waits at the desk for one department; *open_list* is the list that it is on already, if any."""

    department: str
    items: int
    oldest: datetime
    open_list: int | None
