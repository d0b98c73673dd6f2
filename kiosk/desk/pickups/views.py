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
        return sum(item.found is not None for item in self.items)


class DepartmentGoods(msgspec.Struct, frozen=True):
    """What waits at the desk for one department; *open_list* is the list that it is on already, if any."""

    department: str
    items: int
    oldest: datetime
    open_list: int | None
