"""A vendor repair and its states: frozen values."""

from datetime import datetime
from enum import StrEnum

import msgspec

from kiosk.desk.contacts import ContactData, MaskedContact


class RepairState(StrEnum):
    """received -> sent -> back -> handed back; replaced or refunded instead of repaired; cancelled while it is here."""

    RECEIVED = "received"
    SENT = "sent"  # at the vendor
    BACK = "back"  # repaired, waits for the customer
    REPLACED = "replaced"  # the vendor sent a new one, waits for the customer
    UNREPAIRABLE = "unrepairable"  # the vendor gives up: it may be returned
    HANDED_BACK = "handed-back"
    CANCELLED = "cancelled"


TRANSITIONS: dict[RepairState, frozenset[RepairState]] = {
    RepairState.RECEIVED: frozenset({RepairState.SENT, RepairState.CANCELLED}),
    RepairState.SENT: frozenset({RepairState.BACK, RepairState.REPLACED, RepairState.UNREPAIRABLE}),
    RepairState.BACK: frozenset({RepairState.HANDED_BACK, RepairState.SENT}),
    RepairState.REPLACED: frozenset({RepairState.HANDED_BACK}),
    RepairState.UNREPAIRABLE: frozenset({RepairState.HANDED_BACK}),
    RepairState.HANDED_BACK: frozenset(),
    RepairState.CANCELLED: frozenset(),
}


# The goods are with the store or its vendor and not ready for the customer: the due time runs.
RUNNING = frozenset({RepairState.RECEIVED, RepairState.SENT})
# Ready: somebody has to tell the customer, and hand the goods over.
READY = frozenset({RepairState.BACK, RepairState.REPLACED, RepairState.UNREPAIRABLE})
OVER = frozenset(state for state, following in TRANSITIONS.items() if not following)


class NewRepair(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What comes in for repair."""

    product: str
    name: str
    category: str
    serial: str
    fault: str
    vendor: str
    receipt_id: int | None = None
    line: int | None = None
    test_id: int | None = None
    contact: ContactData | None = None
    consent_version: str = ""


class RepairStep(msgspec.Struct, frozen=True):
    """One entry of its history."""

    at: datetime
    who: str
    state: RepairState
    note: str


class RepairView(msgspec.Struct, frozen=True):
    """A repair."""

    id: int
    number: str
    code: str
    state: RepairState
    product: str
    name: str
    category: str
    serial: str
    fault: str
    vendor: str
    receipt_id: int | None
    line: int | None
    test_id: int | None
    contact: MaskedContact | None
    due_at: datetime | None
    overdue: bool
    opened_at: datetime
    opened_by: str
    history: list[RepairStep]
    job: int | None
