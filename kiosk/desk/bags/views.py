"""What the bag check answers: frozen values that serialise to the contract's JSON. Money is in fen."""

from datetime import date, datetime
from typing import Literal

import msgspec

from kiosk.desk.bags.models import (
    ClaimStep,
    DepositState,
    ReconciliationKind,
    SlotKind,
)
from kiosk.devices.jobs import JobState

CURRENCY = "CNY"

# What staff are to decide about a deposit: did the paper come out? / still print this old job? / there is no ticket: reprint or cancel.
Question = Literal["came-out", "print-now", "no-ticket"]


class Deposit(msgspec.Struct, frozen=True, kw_only=True):
    """A deposit with its current ticket. *code* is whole only in the answer to a take-in or reprint, else masked."""

    id: int
    number: int
    code: str
    slot: str
    pieces: int
    state: DepositState
    job: int | None  # the print job of the current ticket
    job_state: JobState | None  # none when the finished job was deleted
    job_reason: str | None
    question: Question | None
    note: str
    station: str
    reprints: int
    business_date: date
    due_on: date
    overdue: bool
    overdue_days: int
    fee_fen: int  # due now, or what was due at the release
    ownerless_on: date
    waited_s: float  # since the take-in, until now or until it ended
    taken_at: datetime
    taken_by: str
    stored_at: datetime | None
    released_at: datetime | None
    released_by: str | None
    cancelled_at: datetime | None
    lost_claim: int | None  # the open lost-ticket claim
    currency: str = CURRENCY


class Released(msgspec.Struct, frozen=True, kw_only=True):
    """A release, and what the customer owes for it."""

    deposit: Deposit
    released_at: datetime
    released_by: str
    overdue_days: int
    overdue_fee_fen: int
    lost_ticket_fee_fen: int
    fee_fen: int
    currency: str = CURRENCY


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """One slot and, on the board, what is in it."""

    label: str
    kind: SlotKind
    distance: int
    uses: int
    enabled: bool
    deposit: Deposit | None = None


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """Every slot at a glance."""

    at: datetime
    slots: tuple[Slot, ...]  # nearest first
    free: int
    disabled: int
    printing: int
    stored: int
    overdue: int
    questions: int
    longest: Deposit | None  # whose bags wait longest


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A lost-ticket claim: *step* is what comes next."""

    id: int
    deposit: Deposit
    step: ClaimStep
    description: str
    contents: str
    started_at: datetime
    started_by: str
    document_kind: str | None
    identity_at: datetime | None
    identity_by: str | None
    approved_at: datetime | None
    approved_by: str | None
    form_job: int | None
    form_job_state: JobState | None
    form_printed_at: datetime | None
    ended_at: datetime | None
    fee_fen: int  # lost ticket and overdue days together, as of now
    currency: str = CURRENCY


class ReconciliationLine(msgspec.Struct, frozen=True, kw_only=True):
    """One number of a reconciliation."""

    id: int
    deposit: int | None
    number: int
    slot: str
    expected: int
    found: int
    reason: str
    gone: bool  # given back or cancelled since the reconciliation began: its tags need not be there
    left: bool  # still there when the reconciliation was finished

    @property
    def differs(self) -> bool:
        """Whether somebody has to say why."""
        return self.found != self.expected and not (self.gone and self.found == 0)


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """Tags compared with records at the opening or closing of one trading day."""

    id: int
    business_date: date
    kind: ReconciliationKind
    started_at: datetime
    started_by: str
    finished_at: datetime | None
    finished_by: str | None
    lines: tuple[ReconciliationLine, ...]
    left: tuple[Deposit, ...]  # bags that were there when it was finished, longest waiting first
