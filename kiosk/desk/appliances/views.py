"""What a test of an appliance found: frozen values."""

from datetime import datetime
from enum import StrEnum

import msgspec

from kiosk.desk.signatures import Strokes


class TestResult(StrEnum):
    """What came out."""

    __test__ = False  # no test class of pytest

    FAULTY = "faulty"  # the fault is there
    NO_FAULT = "no-fault"
    DAMAGED = "damaged"  # by use


class ChecklistItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One item of the checklist."""

    text: str
    passed: bool
    note: str = ""


class NewTest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A test as it was done."""

    product: str
    name: str
    category: str
    serial: str
    items: list[ChecklistItem]
    result: TestResult
    receipt_id: int | None = None
    line: int | None = None
    fault: str = ""
    signature: Strokes | None = None  # the customer's


class ApplianceTestView(msgspec.Struct, frozen=True):
    """A recorded test."""

    id: int
    number: str
    product: str
    name: str
    category: str
    serial: str
    items: list[ChecklistItem]
    result: TestResult
    receipt_id: int | None
    line: int | None
    fault: str
    signature: Strokes | None
    tested_at: datetime
    tested_by: str
    job: int | None
