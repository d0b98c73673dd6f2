"""What the returns desk takes and answers: frozen values; money in fen, quantities with three decimals at most."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from kiosk.desk.actors import Actor
from kiosk.desk.receipts.views import Freshness, ReceiptLine
from kiosk.desk.returns.policy.views import Condition, Packaging, RefundTo, ReturnKind, Verdict
from kiosk.i18n import Message


class ReturnState(StrEnum):
    """A return is recorded; a wrong one is voided, never deleted."""

    RECORDED = "recorded"
    VOIDED = "voided"


class RefundState(StrEnum):
    """What is known of the money; only the point of sale moves it."""

    PENDING = "pending"  # not told to the point of sale yet
    EXPORTED = "exported"  # told; whether it paid is not known
    CONFIRMED = "confirmed"  # the point of sale, or a person, says that it paid
    FAILED = "failed"  # it says that it did not
    CANCELLED = "cancelled"  # the return was voided before anything was paid


class LineAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What staff saw of the goods of one line, to ask again with."""

    line: int
    condition: Condition | None = None
    packaging: Packaging | None = None


class LineAssessment(msgspec.Struct, frozen=True):
    """One line: what of it may come back, and why not."""

    line: ReceiptLine
    bought: Decimal
    returned: Decimal
    remaining: Decimal
    refundable_fen: int  # for all that remains, after discounts and what was refunded
    verdict: Verdict
    verdict_exchange: Verdict
    gifts: list[int] = []  # lines that were given away with it, and would have to come back or be paid


class Assessment(msgspec.Struct, frozen=True):
    """A receipt as the desk sees it for a return."""

    receipt_id: int
    number: str
    lines: list[LineAssessment]
    notices: list[Message]  # what concerns the whole receipt: another store's, cancelled, from the future, how old the knowledge is
    blocked: bool  # nothing of it may come back, whatever its lines say
    needs_supervisor: bool
    earlier: list[int] = []  # ids of returns of this receipt


class NewReturnLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Goods of one line that come back."""

    line: int
    quantity: Decimal
    reason: str
    condition: Condition
    packaging: Packaging = Packaging.OPENED
    serial: str = ""
    test_id: int | None = None  # the appliance test, where the policy needs one


class Goods(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Goods that are named without a receipt: brought back without one, or given in exchange."""

    product: str
    name: str
    quantity: Decimal
    unit_price_fen: int
    category: str = ""
    reason: str = ""
    condition: Condition = Condition.OPENED
    packaging: Packaging = Packaging.OPENED


class Override(msgspec.Struct, frozen=True):
    """A second person's leave for what the policy does not allow, or for goods without a receipt.

    *approver* has just identified themselves, by badge or PIN.
    """

    approver: Actor
    reason: str


class NewReturn(msgspec.Struct, frozen=True):
    """What is taken back. Either *receipt_id* with *lines*, or *goods* with an *override*."""

    kind: ReturnKind
    receipt_id: int | None = None
    lines: list[NewReturnLine] = []
    goods: list[Goods] = []
    exchange_for: list[Goods] = []  # EXCHANGE: what the customer takes instead
    gifts_back: list[int] = []  # gift lines that came back with their goods; the others are deducted
    member: str = ""  # whose limit counts, where the receipt names nobody
    override: Override | None = None
    freshness: Freshness = Freshness.STORED
    note: str = ""
    photos: list[bytes] = []  # as `prepare_photo` made them, where the policy needs one


class QuoteLine(msgspec.Struct, frozen=True):
    """What one line of a return is worth."""

    line: int
    refund_fen: int
    problem: Message | None = None  # why it cannot be taken back as asked


class Quote(msgspec.Struct, frozen=True):
    """What a return would come to, before it is recorded."""

    lines: list[QuoteLine]
    deductions: list[tuple[Message, int]]  # gifts not brought back, promotions that do not hold any more; in fen
    refund_fen: int  # what is paid back; 0 when the customer pays
    pay_fen: int  # EXCHANGE: what the customer pays on top
    refund_to: RefundTo
    problems: list[Message]  # empty: it may be recorded
    needs_supervisor: bool


class ReturnedLine(msgspec.Struct, frozen=True):
    """Goods that came back."""

    id: int
    line: int | None
    product: str
    name: str
    category: str
    quantity: Decimal
    refund_fen: int
    reason: str
    condition: Condition
    packaging: Packaging
    serial: str
    barcode: str = ""
    unit: str = ""


class RefundView(msgspec.Struct, frozen=True):
    """Money that the point of sale has to pay, and what is known of it."""

    id: int
    return_id: int
    return_number: str
    receipt: str
    amount_fen: int
    refund_to: RefundTo
    tenders: list[tuple[str, int]]
    voucher: str  # its number, for refunds as voucher
    state: RefundState
    changed_at: datetime
    detail: str
    voucher_until: date | None = None
    told: bool = False  # the point of sale may have heard of it
    attempts: int = 0  # to tell it, where that did not succeed yet


class ReturnPhotoView(msgspec.Struct, frozen=True):
    """A photo of a return, without the picture."""

    id: int
    width: int
    height: int
    size: int  # bytes
    added_at: datetime
    added_by: str


class ReturnView(msgspec.Struct, frozen=True):
    """A return as it was recorded."""

    id: int
    number: str
    code: str
    kind: ReturnKind
    state: ReturnState
    receipt_id: int | None
    receipt: str  # its number; "": without receipt
    store: str
    lines: list[ReturnedLine]
    exchange_for: list[Goods]
    deductions: list[tuple[Message, int]]
    refund_fen: int
    pay_fen: int
    refund: RefundView | None
    recorded_at: datetime
    staff: str
    approver: str
    override_reason: str
    policy_version: int
    note: str
    voided_at: datetime | None
    void_reason: str
    job: int | None  # prints the slip; None: no printer
    voided_by: str = ""
    photos: int = 0


class FlagKind(StrEnum):
    """What deserves a look; none of them says that anybody did wrong."""

    REPEAT_MEMBER = "repeat-member"
    OWN_RECEIPT = "own-receipt"  # whoever sold it takes it back, or the member is a member of staff
    WITHOUT_RECEIPT = "without-receipt"
    NEAR_LIMIT = "near-limit"


class FlagView(msgspec.Struct, frozen=True):
    """Something for supervisor and manager to look at."""

    id: int
    kind: FlagKind
    return_id: int
    return_number: str
    detail: Message
    raised_at: datetime
    seen_by: str
    seen_at: datetime | None
    note: str
