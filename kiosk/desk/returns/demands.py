"""Checks goods that are to come back, one line of a return after the other: quantity, verdict of the policy, what it needs."""

from collections.abc import Iterator
from decimal import Decimal

from sqlalchemy.orm import Session

from kiosk.desk.amounts import MAX_FEN
from kiosk.desk.amounts import quantity as as_quantity
from kiosk.desk.appliances.views import ApplianceTestView, TestResult
from kiosk.desk.plain_text import one_line
from kiosk.desk.receipts.models import CATEGORY_LENGTH, PRODUCT_LENGTH, PRODUCT_NAME_LENGTH
from kiosk.desk.receipts.views import ReceiptLine
from kiosk.desk.returns import returned
from kiosk.desk.returns.context import Context
from kiosk.desk.returns.models import SERIAL_LENGTH
from kiosk.desk.returns.policy.views import Condition, Need, Verdict
from kiosk.desk.returns.problems import Problem, ProblemKind
from kiosk.desk.returns.quantities import thousandths
from kiosk.desk.returns.views import Goods, NewReturnLine
from kiosk.errors import NotFound
from kiosk.i18n import Message, msg

REASON_LENGTH = 40
MOST_GOODS = 100


def checked_goods(goods: list[Goods], field: str) -> tuple[list[tuple[Goods, int]], list[Problem]]:
    """Goods that are named by hand, cleaned, with their thousandths; and what is wrong with them."""
    kept: list[tuple[Goods, int]] = []
    problems: list[Problem] = []

    def wrong(place: int, name: str, message: Message) -> None:
        problems.append(Problem(ProblemKind.INPUT, message, f"{field}[{place}].{name}", place if field == "goods" else None))

    if len(goods) > MOST_GOODS:
        return [], [Problem(ProblemKind.INPUT, msg("At most %(most)s kinds of goods are possible.", most=MOST_GOODS), field)]
    for place, one in enumerate(goods):
        texts = {
            "product": (one_line(one.product), PRODUCT_LENGTH, False),
            "name": (one_line(one.name), PRODUCT_NAME_LENGTH, True),
            "category": (one_line(one.category), CATEGORY_LENGTH, False),
            "reason": (one_line(one.reason), REASON_LENGTH, False),
        }
        for name, (text, limit, required) in texts.items():
            if message := _text_problem(text, limit, required=required):
                wrong(place, name, message)
        scaled = thousandths(one.quantity, by_the_piece=False)
        if isinstance(scaled, Message):
            wrong(place, "quantity", scaled)
        if not 0 <= one.unit_price_fen <= MAX_FEN:
            wrong(place, "unit_price_fen", msg("This is no price."))
        if isinstance(scaled, int):
            kept.append((_cleaned(one, {name: text for name, (text, _limit, _required) in texts.items()}, scaled), scaled))
    return kept, problems


def piece_problems(
    context: Context, session: Session, receipt_id: int, place: int, wanted: NewReturnLine, line: ReceiptLine, verdict: Verdict, photos: int
) -> Iterator[Problem]:
    """What stands in the way of taking back *wanted* of *line*, apart from its quantity."""
    at = f"lines[{place}]"

    def problem(kind: ProblemKind, message: Message, field: str = "") -> Problem:
        return Problem(kind, message, f"{at}.{field}" if field else at, place, wanted.line)

    if message := _text_problem(one_line(wanted.reason), REASON_LENGTH, required=True):
        yield problem(ProblemKind.INPUT, message, "reason")
    if len(one_line(wanted.serial)) > SERIAL_LENGTH:
        yield problem(ProblemKind.INPUT, msg("A serial number has at most %(limit)s characters.", limit=SERIAL_LENGTH), "serial")
    if wanted.serial.strip() and wanted.quantity != 1:
        yield problem(ProblemKind.INPUT, msg("A serial number is that of one piece; take each piece back on a line of its own."), "serial")
    if not verdict.allowed:
        yield problem(ProblemKind.APPROVAL, verdict.reason)
    test: ApplianceTestView | None = None
    if wanted.test_id is not None:
        test = _test(context, session, wanted.test_id)
        if test is None or test.product != line.product or (test.receipt_id, test.line) not in ((None, None), (receipt_id, line.line)):
            yield problem(ProblemKind.INPUT, msg("This is no test of these goods."), "test_id")
            return
        if returned.test_is_used(session, wanted.test_id):
            yield problem(ProblemKind.INPUT, msg("This test has served a return already."), "test_id")
    elif Need.APPLIANCE_TEST in verdict.needs:
        yield problem(ProblemKind.NEED, msg("These goods are tested first; record the test, then take them back."), "test_id")
    serial = serial_of(wanted, test)
    if test is not None and wanted.serial.strip() and one_line(wanted.serial).casefold() != test.serial.casefold():
        yield problem(
            ProblemKind.INPUT, msg("This serial number is not the one that was tested, %(serial)s.", serial=test.serial), "serial"
        )
    if Need.SERIAL in verdict.needs and not serial:
        yield problem(ProblemKind.NEED, msg("Scan the serial number of these goods."), "serial")
    if test is not None and test.result is TestResult.DAMAGED:
        yield problem(ProblemKind.APPROVAL, msg("The test found damage by use."))
    if test is not None and test.result is TestResult.NO_FAULT and wanted.condition is Condition.FAULTY:
        yield problem(ProblemKind.APPROVAL, msg("The test found no fault."))
    if Need.PHOTO in verdict.needs and not photos:
        yield problem(ProblemKind.NEED, msg("Take a photo of these goods."))
    if Need.SUPERVISOR in verdict.needs:
        yield problem(ProblemKind.APPROVAL, msg("A second person has to approve the return of these goods."))


def serial_of(wanted: NewReturnLine, test: ApplianceTestView | None) -> str:
    """The serial number: as scanned now, else as it was tested."""
    return one_line(wanted.serial) or (test.serial if test is not None else "")


def tested_serial(context: Context, session: Session, wanted: NewReturnLine) -> str:
    """The serial number that a return keeps."""
    return serial_of(wanted, _test(context, session, wanted.test_id) if wanted.test_id is not None else None)


def over(place: int, wanted: NewReturnLine, left: int, name: str) -> Problem:
    """Less remains than is wanted."""
    message = (
        msg(
            "Of %(name)s only %(remaining)s remain to be returned, not %(wanted)s.",
            name=name,
            remaining=plain(left),
            wanted=wanted.quantity,
        )
        if left
        else msg("All of %(name)s has come back already.", name=name)
    )
    return Problem(ProblemKind.OVER, message, f"lines[{place}].quantity", place, wanted.line, as_quantity(left))


def plain(quantity: int) -> Decimal:
    """Thousandths as people read them."""
    return as_quantity(quantity)


def _test(context: Context, session: Session, test_id: int) -> ApplianceTestView | None:
    if context.test_lookup is None:
        return None
    try:
        return context.test_lookup(session, test_id)
    except NotFound:
        return None


def _text_problem(text: str, limit: int, *, required: bool) -> Message | None:
    if len(text) > limit:
        return msg("This has %(length)s characters; at most %(limit)s are possible.", length=len(text), limit=limit)
    return msg("This must not be empty.") if required and not text else None


def _cleaned(goods: Goods, texts: dict[str, str], scaled: int) -> Goods:
    return Goods(
        product=texts["product"],
        name=texts["name"],
        quantity=as_quantity(scaled),
        unit_price_fen=goods.unit_price_fen,
        category=texts["category"],
        reason=texts["reason"],
        condition=goods.condition,
        packaging=goods.packaging,
    )
