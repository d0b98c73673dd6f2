"""Tables of the bag check: slots, deposits, tickets, lost-ticket claims, reconciliations.

A store keeps its past deposits, so every look-up at the desk goes through an index that is small (over live deposits
alone) or narrow (one equality and the newest first). Beside each index stands the query that it serves.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Date,
    Enum,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    literal_column,
)
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db.base import Base, BigId, UtcDateTime, table_of
from kiosk.db.partial import partial_index

# People and tokens: the label is the stable identity ("user:3"), the name is what a screen shows years later.
LABEL_LENGTH = 64
NAME_LENGTH = 120


class DepositState(StrEnum):
    """printing -> stored -> released; cancelled ends a deposit that was never stored."""

    PRINTING = "printing"  # taken in (or ticket replaced); no evidence yet that the current ticket printed
    STORED = "stored"  # the current ticket is live
    RELEASED = "released"  # given back
    CANCELLED = "cancelled"  # withdrawn before a ticket came out; the customer kept the bags


LIVE_STATES = frozenset({DepositState.PRINTING, DepositState.STORED})

DEPOSIT_TRANSITIONS: dict[DepositState, frozenset[DepositState]] = {
    # Released from printing only by a completed lost-ticket claim: the bags are on the shelf, no ticket is.
    DepositState.PRINTING: frozenset({DepositState.STORED, DepositState.CANCELLED, DepositState.RELEASED}),
    # Back to printing while a replaced ticket is on its way out.
    DepositState.STORED: frozenset({DepositState.RELEASED, DepositState.PRINTING}),
    DepositState.RELEASED: frozenset(),
    DepositState.CANCELLED: frozenset(),
}


class TicketState(StrEnum):
    """printing -> live -> used; void from printing or live, and never back."""

    PRINTING = "printing"
    LIVE = "live"
    USED = "used"
    VOID = "void"


class VoidReason(StrEnum):
    """Why a code is no longer good."""

    REPRINTED = "reprinted"  # a newer ticket replaces it
    LOST = "lost"  # the bag was given back without it
    CANCELLED = "cancelled"  # its print, or the whole deposit, was withdrawn


class SlotKind(StrEnum):
    """What a slot is."""

    SHELF = "shelf"


class ClaimStep(StrEnum):
    """The next step of a lost-ticket claim, in this order; the last two end it."""

    IDENTITY = "identity"  # described; the claimant's document is to be looked at
    APPROVAL = "approval"  # identity checked; a second person is to approve
    FORM = "form"  # approved; the form is to be printed
    SIGNATURE = "signature"  # form under way or on paper; to be signed, then the bags are given back
    RELEASED = "released"
    WITHDRAWN = "withdrawn"  # the ticket was found, or the claim was wrong


OPEN_STEPS = (ClaimStep.IDENTITY, ClaimStep.APPROVAL, ClaimStep.FORM, ClaimStep.SIGNATURE)


class ReconciliationKind(StrEnum):
    """When tags are compared with the records."""

    OPENING = "opening"
    CLOSING = "closing"


def _values(enum: type[StrEnum]) -> Enum:
    return Enum(enum, native_enum=False, length=16, values_callable=lambda states: [state.value for state in states])


# SQLite uses a partial index only for a query that repeats its condition literally: no bound parameters here.
_LIVE_SQL = "state IN ('printing', 'stored')"
_OPEN_SQL = "step IN ('identity', 'approval', 'form', 'signature')"


class Slot(Base):
    """A place for the bags of one deposit. A store has tens to hundreds: the table is read whole."""

    __tablename__ = "bag_slot"

    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(String(16), unique=True)  # as written on the shelf
    kind: Mapped[SlotKind] = mapped_column(_values(SlotKind), default=SlotKind.SHELF)
    distance: Mapped[int] = mapped_column(default=0)  # places to walk from the counter; 0 is nearest
    uses: Mapped[int] = mapped_column(default=0)  # deposits ever put here: the wear
    enabled: Mapped[bool] = mapped_column(default=True)


class Counter(Base):
    """A durable counter; its row is locked first, so that stations sharing a database take in one after the other."""

    __tablename__ = "bag_counter"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    value: Mapped[int] = mapped_column(default=0)


class Deposit(Base):
    """Bags taken in together under one ticket."""

    __tablename__ = "bag_deposit"
    __table_args__ = (
        # At most one live deposit in a slot. Serves: the free slot of a take-in; the board.
        partial_index("uq_bag_deposit_live_slot", "slot_id", unique=True, where=_LIVE_SQL),
        # A number names one live deposit. Serves: the next free number; a bag looked up by number; what is due at closing.
        partial_index("uq_bag_deposit_live_number", "number", unique=True, where=_LIVE_SQL),
        # Lists by one state, newest first.
        Index("ix_bag_deposit_state_id", "state", "id"),
        # Search in the past by number and by slot, newest first.
        Index("ix_bag_deposit_number_id", "number", "id"),
        Index("ix_bag_deposit_slot_id_id", "slot_id", "id"),
        # Search by time; the note is searched only inside a span of time.
        Index("ix_bag_deposit_taken_at", "taken_at"),
        CheckConstraint("pieces BETWEEN 1 AND 9", name="pieces"),
        CheckConstraint("number >= 1", name="number"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    station: Mapped[str] = mapped_column(String(64))
    number: Mapped[int]
    slot_id: Mapped[int] = mapped_column(ForeignKey("bag_slot.id"))
    pieces: Mapped[int]
    note: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[DepositState] = mapped_column(_values(DepositState), default=DepositState.PRINTING)
    # Names the current ticket together with the id, so that one conditional update both checks and spends it.
    ticket_sequence: Mapped[int] = mapped_column(default=0)
    # The open lost-ticket claim: while there is one, a scanned ticket does not open the slot.
    open_claim_id: Mapped[int | None] = mapped_column(BigInteger)

    business_date: Mapped[date] = mapped_column(Date)  # the store's trading day of the take-in
    due_on: Mapped[date] = mapped_column(Date)  # to be fetched by closing of this trading day
    overdue: Mapped[bool] = mapped_column(default=False)
    overdue_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ownerless_on: Mapped[date | None] = mapped_column(Date)  # set with overdue

    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_by: Mapped[str] = mapped_column(String(LABEL_LENGTH))
    taken_by_name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    stored_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # first time that a ticket was live
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    released_by: Mapped[str | None] = mapped_column(String(LABEL_LENGTH))
    released_by_name: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    fee_fen: Mapped[int | None]  # what was due at the release
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancel_reason: Mapped[str | None] = mapped_column(String(200))


class Ticket(Base):
    """One printed code of a deposit; the newest (by sequence) is current, all older ones are void."""

    __tablename__ = "bag_ticket"
    __table_args__ = (
        # The current ticket of a deposit.
        UniqueConstraint("deposit_id", "sequence"),
        # The ticket of a job that changed its state.
        Index("ix_bag_ticket_job_id", "job_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code: Mapped[int] = mapped_column(BigInteger, unique=True)  # 14 digits; every scan looks here
    deposit_id: Mapped[int] = mapped_column(ForeignKey("bag_deposit.id"))
    sequence: Mapped[int]  # 0 the original, n the n-th reprint
    state: Mapped[TicketState] = mapped_column(_values(TicketState), default=TicketState.PRINTING)
    void_reason: Mapped[VoidReason | None] = mapped_column(_values(VoidReason))
    reason: Mapped[str | None] = mapped_column(String(200))  # why a reprint was asked for
    job_id: Mapped[int] = mapped_column(BigInteger)  # no foreign key: finished jobs are deleted after a time
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    live_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    void_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LostClaim(Base):
    """The steps of giving bags back without their ticket. Never holds the number of anybody's document."""

    __tablename__ = "bag_lost_claim"
    __table_args__ = (
        # One open claim for a deposit. Serves: the claim that a release by number goes on with.
        partial_index("uq_bag_lost_claim_open", "deposit_id", unique=True, where=_OPEN_SQL),
        Index("ix_bag_lost_claim_deposit_id", "deposit_id"),
        Index("ix_bag_lost_claim_form_job_id", "form_job_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    deposit_id: Mapped[int] = mapped_column(ForeignKey("bag_deposit.id"))
    step: Mapped[ClaimStep] = mapped_column(_values(ClaimStep))
    description: Mapped[str] = mapped_column(Text)
    contents: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_by: Mapped[str] = mapped_column(String(LABEL_LENGTH))
    started_by_name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    document_kind: Mapped[str | None] = mapped_column(String(32))
    identity_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    identity_by: Mapped[str | None] = mapped_column(String(LABEL_LENGTH))
    identity_by_name: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved_by: Mapped[str | None] = mapped_column(String(LABEL_LENGTH))
    approved_by_name: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    form_job_id: Mapped[int | None] = mapped_column(BigInteger)
    form_printed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[str | None] = mapped_column(String(LABEL_LENGTH))
    reason: Mapped[str | None] = mapped_column(String(200))  # why without a ticket, or why withdrawn


class Reconciliation(Base):
    """One comparison of tags and records; at most one of a kind for a trading day."""

    __tablename__ = "bag_reconciliation"
    __table_args__ = (UniqueConstraint("business_date", "kind"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    business_date: Mapped[date] = mapped_column(Date)
    kind: Mapped[ReconciliationKind] = mapped_column(_values(ReconciliationKind))
    station: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_by: Mapped[str] = mapped_column(String(LABEL_LENGTH))
    started_by_name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_by: Mapped[str | None] = mapped_column(String(LABEL_LENGTH))
    finished_by_name: Mapped[str | None] = mapped_column(String(NAME_LENGTH))


class ReconciliationLine(Base):
    """One number: how many of its tags should be there and how many are."""

    __tablename__ = "bag_reconciliation_line"
    __table_args__ = (Index("ix_bag_reconciliation_line_reconciliation_id", "reconciliation_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    reconciliation_id: Mapped[int] = mapped_column(ForeignKey("bag_reconciliation.id"))
    deposit_id: Mapped[int | None] = mapped_column(ForeignKey("bag_deposit.id"))  # none: a tag that no record explains
    number: Mapped[int]
    slot: Mapped[str] = mapped_column(String(16))  # where it should be, as labelled then
    expected: Mapped[int]  # tags that should be there; 0 for one that should not
    found: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(Text, default="")  # required where found differs from expected
    left: Mapped[bool] = mapped_column(default=False)  # its bags were there when the reconciliation was finished


def live() -> ColumnElement[bool]:
    """The condition of a live deposit, written so that both databases see that the partial indexes answer it."""
    return table_of(Deposit).c.state.in_([literal_column(f"'{state}'") for state in (DepositState.PRINTING, DepositState.STORED)])


def open_claim() -> ColumnElement[bool]:
    """The condition of an open lost-ticket claim, for its partial index."""
    return LostClaim.step.in_([literal_column(f"'{step}'") for step in OPEN_STEPS])
