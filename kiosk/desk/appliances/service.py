"""Records tests of appliances and prints their slips."""

from collections.abc import Callable
from datetime import datetime

import msgspec
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.desk import signatures
from kiosk.desk.actors import Actor
from kiosk.desk.appliances import serials, slips
from kiosk.desk.appliances.errors import UnknownTest, WrongTest
from kiosk.desk.appliances.models import (
    CATEGORY_LENGTH,
    FAULT_LENGTH,
    LABEL_LENGTH,
    NAME_LENGTH,
    PERSON_LENGTH,
    PRODUCT_LENGTH,
    SERIAL_LENGTH,
    SIGNED_SQL,
    ApplianceTest,
)
from kiosk.desk.appliances.views import ApplianceTestView, ChecklistItem, NewTest, TestResult
from kiosk.desk.audit import AuditTrail
from kiosk.desk.bags.days import TradingDays
from kiosk.desk.day_numbers import next_number
from kiosk.desk.plain_text import one_line
from kiosk.desk.receipts.models import Receipt, ReceiptLineRow, ReceiptProduct
from kiosk.devices.queue import JobQueue
from kiosk.events import emit
from kiosk.i18n import msg

SLIP_PURPOSE = "appliance-slip"
MOST_ITEMS = 40
_ITEM_LENGTH, _NOTE_LENGTH = 80, 200
_MAX_ROWS = 500
_SERIES = "T"


class ApplianceService:
    """What pages, API and the returns desk talk to."""

    def __init__(self, settings: Settings, clock: Clock, jobs: JobQueue, audit: AuditTrail, printer_name: Callable[[], str]) -> None:
        """*printer_name* names the printer of slips at the moment of printing, "" when there is none."""
        self._settings, self._clock, self._jobs, self._audit, self._printer_name = settings, clock, jobs, audit, printer_name
        self._days = TradingDays(settings.store, settings.bags)

    def checklist(self, category: str) -> list[str]:
        """What is tried at goods of *category*: the list of the longest beginning of it; empty where there is none."""
        known = self._settings.returns.checklists
        beginning = max((begin for begin in known if category.startswith(begin)), key=len, default=None)
        return [] if beginning is None else list(known[beginning])

    def record(self, session: Session, actor: Actor, test: NewTest) -> ApplianceTestView:
        """Keep a test (scope returns:write) and print its slip. Raises WrongTest with the field."""
        actor.require("returns:write")
        now = self._clock.now()
        row = ApplianceTest(
            station=self._settings.station.name,
            number="",
            product=_line(test.product, "product", PRODUCT_LENGTH, required=True),
            name=_line(test.name, "name", NAME_LENGTH, required=True),
            category=_line(test.category, "category", CATEGORY_LENGTH),
            serial=self._serial(session, test),
            items=msgspec.json.encode(_items(test)).decode(),
            result=test.result,
            receipt_id=test.receipt_id,
            line=test.line,
            fault=_line(test.fault, "fault", FAULT_LENGTH, required=test.result is not TestResult.NO_FAULT),
            signature=None if test.signature is None else signatures.pack(signatures.checked(test.signature)),
            tested_at=now,
            tested_by=actor.label[:LABEL_LENGTH],
            tested_by_name=actor.name[:PERSON_LENGTH],
        )
        row.number = next_number(session, _SERIES, self._days.day_of(now))
        session.add(row)
        session.flush()
        if device := self._printer_name():
            document = slips.slip(self._settings, _view(row))
            job = self._jobs.enqueue(session, device=device, document=document, purpose=SLIP_PURPOSE, subject=subject(row.id))
            row.job_id = job.id
            session.flush()
        self._audit.append(session, actor, "appliance.tested", subject(row.id), {"number": row.number, "result": test.result.value})
        emit(session, "appliance.tested", {"id": row.id, "number": row.number, "result": test.result.value})
        return _view(row)

    def get(self, session: Session, test_id: int) -> ApplianceTestView:
        """One test; raises UnknownTest."""
        row = session.get(ApplianceTest, test_id, populate_existing=True) if 0 < test_id < 2**63 else None
        if row is None:
            raise UnknownTest(msg("There is no test %(id)s.", id=test_id), msg("Choose one from the list of tests."))
        return _view(row)

    def of_line(self, session: Session, receipt_id: int, line: int) -> list[ApplianceTestView]:
        """The tests of a receipt's line, the newest first."""
        query = select(ApplianceTest).where(ApplianceTest.receipt_id == receipt_id, ApplianceTest.line == line)
        return [_view(row) for row in session.scalars(query.order_by(ApplianceTest.id.desc()).limit(_MAX_ROWS))]

    def newest(self, session: Session, *, limit: int = 50, before_id: int | None = None) -> list[ApplianceTestView]:
        """Tests, the newest first."""
        query = select(ApplianceTest).order_by(ApplianceTest.id.desc()).limit(max(0, min(limit, _MAX_ROWS)))
        if before_id is not None:
            query = query.where(ApplianceTest.id < before_id)
        return [_view(row) for row in session.scalars(query)]

    def purge(self, session: Session, before: datetime, limit: int) -> int:
        """Delete at most *limit* signatures of tests done before *before*; returns how many."""
        old = select(ApplianceTest.id).where(ApplianceTest.tested_at < before, text(SIGNED_SQL)).order_by(ApplianceTest.tested_at)
        ids = session.scalars(old.limit(limit)).all()
        session.execute(
            update(ApplianceTest).where(ApplianceTest.id.in_(ids)).values(signature=None).execution_options(synchronize_session=False)
        )
        return len(ids)

    def _serial(self, session: Session, test: NewTest) -> str:
        serial = serials.cleaned(test.serial)
        if not serial:
            raise WrongTest.of("serial", msg("Scan or type the serial number on the appliance itself."))
        if len(serial) > SERIAL_LENGTH:
            raise WrongTest.of(
                "serial", msg("This has %(length)s characters; at most %(limit)s are possible.", length=len(serial), limit=SERIAL_LENGTH)
            )
        barcode, receipt = _other_codes(session, test)
        if receipt and serial == serials.cleaned(receipt):
            raise WrongTest.of("serial", msg("This is the number of the receipt. Scan the serial number on the appliance."))
        if serials.is_goods_code(serial, test.product, barcode):
            raise WrongTest.of("serial", msg("This is the code of the product, which all of its kind carry. Scan the serial number."))
        if serials.is_slip_code(serial):
            raise WrongTest.of("serial", msg("This is the code of a slip of this desk. Scan the serial number on the appliance."))
        return serial


def subject(test_id: int) -> str:
    """How jobs and the audit trail name a test."""
    return f"appliance-test:{test_id}"


def _other_codes(session: Session, test: NewTest) -> tuple[str, str]:
    """What else carries a code on the counter: the goods' bar code and the receipt's number, "" where they are not known."""
    if test.receipt_id is None or test.line is None:
        return "", ""
    query = (
        select(ReceiptProduct.barcode, Receipt.number)
        .select_from(ReceiptLineRow)
        .join(ReceiptProduct, ReceiptProduct.id == ReceiptLineRow.product_id)
        .join(Receipt, Receipt.id == ReceiptLineRow.receipt_id)
        .where(ReceiptLineRow.receipt_id == test.receipt_id, ReceiptLineRow.line == test.line)
    )
    row = session.execute(query).one_or_none()
    return (row.barcode, row.number) if row else ("", "")


def _items(test: NewTest) -> list[ChecklistItem]:
    if len(test.items) > MOST_ITEMS:
        raise WrongTest.of("items", msg("At most %(count)s things are tried.", count=MOST_ITEMS))
    return [
        ChecklistItem(_line(item.text, "items", _ITEM_LENGTH, required=True), item.passed, _line(item.note, "items", _NOTE_LENGTH))
        for item in test.items
    ]


def _line(text: str, field: str, limit: int, *, required: bool = False) -> str:
    plain = one_line(text)
    if len(plain) > limit:
        raise WrongTest.of(field, msg("This has %(length)s characters; at most %(limit)s are possible.", length=len(plain), limit=limit))
    if required and not plain:
        raise WrongTest.of(field, msg("This must not be empty."))
    return plain


def _view(row: ApplianceTest) -> ApplianceTestView:
    return ApplianceTestView(
        id=row.id,
        number=row.number,
        product=row.product,
        name=row.name,
        category=row.category,
        serial=row.serial,
        items=msgspec.json.decode(row.items, type=list[ChecklistItem]),
        result=row.result,
        receipt_id=row.receipt_id,
        line=row.line,
        fault=row.fault,
        signature=signatures.unpack(row.signature),
        tested_at=row.tested_at,
        tested_by=row.tested_by_name,
        job=row.job_id,
    )
