"""What the case service answers: frozen values, masked, as JSON and pages show them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import msgspec

from kiosk.desk.contacts import ContactData, MaskedContact

# What closing a case notes in place of a call-back.
NO_CONTACT_LEFT = "no contact left"
# How a call-back begins that several tries did not bring about.
NOT_REACHED = "could not be reached"


class CaseKind(StrEnum):
    """What a shopper wants."""

    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    ENQUIRY = "enquiry"  # a question that could not be answered at once: a call-back with owner and time
    PRAISE = "praise"


class CaseState(StrEnum):
    """new -> acknowledged -> in progress <-> waiting -> resolved -> closed; reopened from resolved or closed."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in-progress"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"


# Cases that somebody still works on, and cases that are not over.
AT_WORK = frozenset({CaseState.NEW, CaseState.ACKNOWLEDGED, CaseState.IN_PROGRESS, CaseState.WAITING})
OPEN_STATES = AT_WORK | {CaseState.RESOLVED}

TRANSITIONS: dict[CaseState, frozenset[CaseState]] = {
    CaseState.NEW: frozenset({CaseState.ACKNOWLEDGED}),
    CaseState.ACKNOWLEDGED: frozenset({CaseState.IN_PROGRESS, CaseState.WAITING, CaseState.RESOLVED}),
    CaseState.IN_PROGRESS: frozenset({CaseState.WAITING, CaseState.RESOLVED}),
    # Waiting again: for somebody else.
    CaseState.WAITING: frozenset({CaseState.WAITING, CaseState.IN_PROGRESS, CaseState.RESOLVED}),
    # Back to acknowledged: whoever opens a case again has seen it.
    CaseState.RESOLVED: frozenset({CaseState.CLOSED, CaseState.ACKNOWLEDGED}),
    CaseState.CLOSED: frozenset({CaseState.ACKNOWLEDGED}),
}


class Severity(StrEnum):
    """How bad; raised by rule and by hand, lowered by hand alone."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for low to 3 for critical."""
        return tuple(Severity).index(self)

    def raised(self, steps: int) -> "Severity":
        """The severity *steps* above this one, critical at most."""
        return tuple(Severity)[min(self.rank + steps, len(Severity) - 1)]


class CaseSource(StrEnum):
    """Where a case came in."""

    KIOSK = "kiosk"
    PHONE = "phone"  # the shopper's phone, by the kiosk's link
    DESK = "desk"
    API = "api"


class NewCase(msgspec.Struct, frozen=True):
    """What intake knows. *severity* None: by rule."""

    kind: CaseKind
    content: str
    source: CaseSource
    severity: Severity | None = None
    contact: ContactData | None = None
    consent_version: str = ""
    occurred_at: datetime | None = None
    department: str = ""
    product: str = ""
    receipt: str = ""
    written: bool = False  # a written complaint: cannot close without the written reply
    statutory: bool = False  # marked 12315: statutory clocks
    call_back_at: datetime | None = None  # enquiries
    owner_id: int | None = None
    language: str = "zh"
    press_id: int | None = None
    print_slip: bool = True


class CaseChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is corrected later; None leaves a field as it is. *call_back_at* may be taken away: there None says so."""

    department: str | None = None
    product: str | None = None
    receipt: str | None = None
    written: bool | None = None
    statutory: bool | None = None
    call_back_at: datetime | msgspec.UnsetType | None = msgspec.UNSET
    contact: ContactData | None = None  # replaces what was known
    consent_version: str = ""


class CaseReceipt(msgspec.Struct, frozen=True):
    """What a shopper gets: a number, and a code that shows the state alone. *job* prints the slip; None: no printer, or not asked."""

    id: int
    number: str
    code: str
    job: int | None


class CaseView(msgspec.Struct, frozen=True):
    """A case as staff see it. Its contact is masked."""

    id: int
    number: str
    code: str
    kind: CaseKind
    state: CaseState
    severity: Severity
    severity_reason: str  # "" or the rule's word, "manual"
    content: str
    source: CaseSource
    department: str
    product: str
    receipt: str
    written: bool
    statutory: bool
    language: str
    contact: MaskedContact | None
    owner_id: int | None
    owner: str  # name, "" without one
    waiting_for: str
    outcome: str
    call_back: str  # how the call-back went, or "no contact left"
    occurred_at: datetime
    opened_at: datetime
    first_answer_due: datetime | None
    first_answered_at: datetime | None
    solution_due: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    call_back_at: datetime | None
    accept_due: date | None
    mediation_due: date | None
    reply_due: date | None
    escalation: int  # steps of the ladder that were climbed since the last acknowledgement
    overdue: bool
    photos: int
    reply_id: int | None
    reply_sent_at: datetime | None
    story_released: bool


class CaseEntry(msgspec.Struct, frozen=True):
    """One line of a case's history."""

    id: int
    at: datetime
    actor: str
    action: str  # "opened", "acknowledged", "note" ...
    text: str
    detail: dict[str, Any]


class PublicState(msgspec.Struct, frozen=True):
    """What the code on the slip shows: no name, no content."""

    number: str
    state: CaseState
    opened_at: datetime
    changed_at: datetime


class Story(msgspec.Struct, frozen=True):
    """ "You said, we did", released by the manager for the attract screen."""

    id: int
    said: dict[str, str]  # language -> text
    did: dict[str, str]
    released_at: datetime


class PhotoView(msgspec.Struct, frozen=True):
    """A photo of a case, without the picture."""

    id: int
    width: int
    height: int
    size: int  # bytes of the JPEG
    added_at: datetime
    added_by: str


class Reply(msgspec.Struct, frozen=True):
    """A written reply to the customer."""

    id: int
    text: str
    language: str
    written_at: datetime
    written_by: str
    sent_at: datetime | None
    how: str  # how it was sent


class CaseCounts(msgspec.Struct, frozen=True):
    """How much there is to do."""

    open: int
    overdue: int
    call_backs: int  # whose time has come


def no_contact_left(call_back: str) -> bool:
    """Whether *call_back* says that the customer left no contact: `NO_CONTACT_LEFT`, and what was noted beside it."""
    return call_back.casefold().startswith(NO_CONTACT_LEFT)


def was_told(call_back: str) -> bool:
    """Whether the customer knows the outcome, as far as *call_back* says."""
    return not call_back.casefold().startswith((NO_CONTACT_LEFT, NOT_REACHED))
