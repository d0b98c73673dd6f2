"""The decision table of returns as data, the facts that it is asked about, and its verdict."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from kiosk.desk.receipts.views import ReceiptKind
from kiosk.i18n import Message


class Condition(StrEnum):
    """How the goods are."""

    AS_NEW = "as-new"
    OPENED = "opened"
    USED = "used"
    DAMAGED = "damaged"  # by the customer
    FAULTY = "faulty"  # of themselves


class Packaging(StrEnum):
    """What of the packaging is there."""

    SEALED = "sealed"
    OPENED = "opened"
    MISSING = "missing"


class ReturnKind(StrEnum):
    """What the customer wants."""

    RETURN = "return"
    EXCHANGE = "exchange"


class Outcome(StrEnum):
    """What a row of the table decides."""

    ALLOW = "allow"
    REFUSE = "refuse"
    REPAIR_FIRST = "repair-first"  # the vendor looks at it first


class Need(StrEnum):
    """What must be there before goods are taken back."""

    APPLIANCE_TEST = "appliance-test"
    SUPERVISOR = "supervisor"
    SERIAL = "serial"
    PHOTO = "photo"
    PACKAGING = "packaging"  # the whole packaging


class RefundTo(StrEnum):
    """Where the money goes."""

    ORIGINAL = "original"  # the tenders that it was paid with
    VOUCHER = "voucher"


class PolicyRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row; every condition that is given must hold, an empty one always holds. The first row that holds decides."""

    outcome: Outcome
    reason: dict[str, str]  # language = plain words for staff and customer, e.g. {"zh": "...", "en": "..."}
    categories: list[str] = []  # beginnings of categories
    kinds: list[ReturnKind] = []
    conditions: list[Condition] = []
    packaging: list[Packaging] = []
    gift: bool | None = None
    promotion: bool | None = None
    weighed: bool | None = None
    price_from_fen: int | None = None
    price_below_fen: int | None = None
    days_from: int | None = None  # holds only from this many days after the sale on, and
    days_to: int | None = None  # only until this many, both included; a term is no condition, these are
    return_days: int | None = None  # ALLOW: days after the sale; None: the policy's
    exchange_days: int | None = None
    needs: list[Need] = []
    refund_to: RefundTo | None = None


class LineFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the table is asked about. *condition* or *packaging* None: not looked at yet; a row that asks for it may hold later."""

    kind: ReturnKind
    days: int  # whole days of the store's calendar since the sale; negative: sold in the future
    category: str = ""
    condition: Condition | None = None
    packaging: Packaging | None = None
    gift: bool = False
    promotion: bool = False
    weighed: bool = False
    unit_price_fen: int = 0
    quantity: Decimal = Decimal(1)
    receipt: ReceiptKind = ReceiptKind.SALE
    sold_on: date | None = None  # for the words of the reason alone: with it, terms are told by their last day


class PolicyExample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Goods whose verdict must stay what it is when the table is edited."""

    facts: LineFacts
    expected: Outcome


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole policy; a change makes a new version."""

    rows: list[PolicyRow]
    return_days: int = 7
    exchange_days: int = 15
    per_person_days: int = 30  # the window of the limit per person
    per_person_limit_fen: int | None = None  # of refunds in the window; None: no limit
    no_receipt_refund: RefundTo = RefundTo.VOUCHER
    examples: list[PolicyExample] = []


class PolicyVersion(msgspec.Struct, frozen=True):
    """A saved version."""

    version: int
    policy: Policy
    saved_at: datetime
    saved_by: str
    note: str


class Verdict(msgspec.Struct, frozen=True):
    """What the table says. *row* is the row that decided, from 0; None: the policy's own days, or what no row may change.

    With *open_questions* it holds for goods as new in their sealed packaging. *days_left* is negative once the term has passed.
    """

    allowed: bool
    reason: Message
    remedy: Message | None
    needs: frozenset[Need]
    refund_to: RefundTo
    days_left: int | None  # of the term that counts; None: no term
    row: int | None
    open_questions: frozenset[str] = frozenset()  # "condition", "packaging": the answer may change the verdict
    repair_first: bool = False
