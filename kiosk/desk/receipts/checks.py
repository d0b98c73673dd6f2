"""Checks a receipt that comes in and brings it into the form that is kept; every wrong field is named at once.

What a till does as a matter of course is understood: a void within the sale takes back what was rung up before it, a total
rounded to the tenth of a yuan is a discount, change is taken off the money given. What cannot be so is refused: a receipt
that is half right would let goods come back that were never bought, or at a price that was never paid.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from kiosk.clock import Clock
from kiosk.desk.amounts import MAX_FEN, MAX_MILLI, milli
from kiosk.desk.amounts import quantity as quantity_of
from kiosk.desk.receipts import models
from kiosk.desk.receipts.errors import WrongReceipt
from kiosk.desk.receipts.texts import Texts
from kiosk.desk.receipts.views import NewLine, NewReceipt, ReceiptKind, Tender
from kiosk.desk.receipts.voids import take_voids
from kiosk.i18n import msg

# More than a household's trolley and a wholesaler's too: beyond this it is a file that was read wrongly.
MAX_LINES = 1000
MAX_TENDERS = 50
_LAST_LINE = 32_767  # of a small whole number in the database
# Clocks of tills differ from ours; a receipt further ahead has a wrong date.
FUTURE_GRACE = timedelta(minutes=15)
_OLDEST = timedelta(days=3660)
# Totals are rounded by less than a yuan: to the jiao, or to the yuan.
_ROUNDING_FEN = 100


def checked(receipt: NewReceipt, clock: Clock) -> NewReceipt:
    """*receipt* as it is kept. Raises WrongReceipt with every wrong field."""
    texts = Texts()
    number = texts.number("number", receipt.number)
    store = texts.code("store", receipt.store, models.STORE_LENGTH, required=True)
    till = texts.code("till", receipt.till, models.TILL_LENGTH)
    cashier = texts.code("cashier", receipt.cashier, models.CASHIER_LENGTH)
    member = texts.code("member", receipt.member, models.MEMBER_LENGTH)
    sold_at = _sold_at(receipt.sold_at, clock.now(), texts)
    # A point of sale writes money given back with a minus; kept is how much it was.
    backwards = receipt.kind is not ReceiptKind.SALE and _all_negative(receipt)
    lines = _lines(_turned(receipt.lines) if backwards else receipt.lines, texts)
    total = -receipt.total_fen if backwards and receipt.total_fen is not None else receipt.total_fen
    tenders = _tenders(receipt.tenders, texts, -1 if backwards else 1)
    if not receipt.lines and receipt.kind is not ReceiptKind.CANCELLED:
        texts.refuse("lines", None, msg("must hold at least one line"))
    if len(receipt.lines) > MAX_LINES:
        texts.refuse("lines", len(receipt.lines), msg("must hold at most %(count)s lines", count=MAX_LINES))
    if not texts.wrong:
        lines = take_voids(lines, texts, may_be_empty=receipt.kind is ReceiptKind.CANCELLED)
        _check_gifts(receipt.lines, lines, texts)
    if not texts.wrong:
        lines, total = _balanced(receipt.kind, lines, total, tenders, texts)
    if texts.wrong:
        raise WrongReceipt.of(texts.wrong)
    return NewReceipt(number, store, till, sold_at, lines, cashier, tenders, member, receipt.kind, total)


def _sold_at(sold_at: datetime, now: datetime, texts: Texts) -> datetime:
    if sold_at.tzinfo is None:
        texts.refuse("sold_at", sold_at.isoformat(), msg("A time needs its offset, as in 2026-03-10T14:00:00+08:00."))
    elif sold_at > now + FUTURE_GRACE:
        texts.refuse("sold_at", sold_at.isoformat(), msg("lies in the future; compare the clocks of the till and of this station"))
    elif sold_at < now - _OLDEST:
        texts.refuse("sold_at", sold_at.isoformat(), msg("is more than ten years ago; check the year"))
    # One source tells parts of a second and another does not: without them both tell the same.
    return sold_at.replace(microsecond=0)


def _all_negative(receipt: NewReceipt) -> bool:
    amounts = [line.amount_fen for line in receipt.lines]
    return bool(amounts) and all(amount <= 0 for amount in amounts) and all(line.quantity <= 0 for line in receipt.lines)


def _turned(lines: Sequence[NewLine]) -> list[NewLine]:
    return [
        replace(
            line,
            quantity=-line.quantity,
            amount_fen=-line.amount_fen,
            discount_fen=abs(line.discount_fen),
            unit_price_fen=abs(line.unit_price_fen),
        )
        for line in lines
    ]


def _lines(lines: Sequence[NewLine], texts: Texts) -> list[NewLine]:
    kept: list[NewLine] = []
    seen: set[int] = set()
    for place, line in enumerate(lines[:MAX_LINES]):
        path = f"lines[{place}]."
        if not 0 < line.line <= _LAST_LINE:
            texts.refuse(path + "line", line.line, msg("must be a whole number from %(low)s to %(high)s", low=1, high=_LAST_LINE))
        elif line.line in seen:
            texts.refuse(path + "line", line.line, msg("is the number of another line of this receipt"))
        seen.add(line.line)
        quantity = _quantity(path, line.quantity, texts)
        kept.append(
            NewLine(
                line.line,
                texts.code(path + "product", line.product, models.PRODUCT_LENGTH, required=True),
                texts.name(path + "name", line.name, models.PRODUCT_NAME_LENGTH, required=True),
                quantity,
                _fen(path + "unit_price_fen", line.unit_price_fen, texts),
                _amount(path, line.amount_fen, quantity, texts),
                _discount(path, line.discount_fen, quantity, texts),
                texts.name(path + "category", line.category, models.CATEGORY_LENGTH),
                texts.code(path + "barcode", line.barcode, models.BARCODE_LENGTH),
                texts.name(path + "unit", line.unit, models.UNIT_LENGTH),
                line.gift_of,
                texts.code(path + "promotion", line.promotion, models.PROMOTION_LENGTH),
            )
        )
    return kept


def _quantity(path: str, value: Decimal, texts: Texts) -> Decimal:
    try:
        thousandths = milli(value)
    except ValueError:
        texts.refuse(
            path + "quantity",
            str(value)[:40],
            msg("must be a quantity up to %(high)s with three decimals at most", high=MAX_MILLI // 1000),
        )
        return Decimal(1)
    if thousandths == 0:
        texts.refuse(path + "quantity", str(value)[:40], msg("must not be zero: leave a line out that sold nothing"))
    return quantity_of(thousandths)


def _fen(field: str, value: int, texts: Texts, *, least: int = 0) -> int:
    if not least <= value <= MAX_FEN:
        texts.refuse(field, value, msg("must be a whole number from %(low)s to %(high)s", low=least, high=MAX_FEN))
        return 0
    return value


def _amount(path: str, amount: int, quantity: Decimal, texts: Texts) -> int:
    """Of a void the amount is negative, or 0 for goods that cost nothing; of anything sold it is not."""
    if quantity < 0 < amount:
        texts.refuse(path + "amount_fen", amount, msg("must not be positive while the quantity is negative"))
        return 0
    if amount < 0 < quantity:
        said = msg("must not be negative: a discount belongs to the lines that it was given on (discount_fen)")
        texts.refuse(path + "amount_fen", amount, said)
        return 0
    return _fen(path + "amount_fen", amount, texts, least=-MAX_FEN)


def _discount(path: str, discount: int, quantity: Decimal, texts: Texts) -> int:
    # Of a void it is written with either sign; it goes with the line that is taken back.
    return _fen(path + "discount_fen", abs(discount) if quantity < 0 else discount, texts)


def _check_gifts(sent: Sequence[NewLine], kept: Sequence[NewLine], texts: Texts) -> None:
    """A gift was given away with goods that the customer has: not with none, and not with goods that were taken back."""
    gifts = {line.line: line.gift_of for line in kept if line.gift_of is not None}
    if not gifts:
        return
    numbers = {line.line for line in kept}
    for place, line in enumerate(sent):
        target = gifts.get(line.line)
        if target == line.line:
            texts.refuse(f"lines[{place}].gift_of", target, msg("must not be the line itself"))
        elif target is not None and target not in numbers:
            texts.refuse(f"lines[{place}].gift_of", target, msg("must be the number of a line of this receipt that was sold"))


def _tenders(tenders: Sequence[Tender], texts: Texts, sign: int) -> list[Tender]:
    """What was paid by each way: change is taken off what was given."""
    paid: dict[str, int] = {}
    if len(tenders) > MAX_TENDERS:
        texts.refuse("tenders", len(tenders), msg("must hold at most %(count)s ways of paying", count=MAX_TENDERS))
    for place, tender in enumerate(tenders[:MAX_TENDERS]):
        kind = texts.code(f"tenders[{place}].kind", tender.kind, models.TENDER_LENGTH, required=True)
        paid[kind] = paid.get(kind, 0) + sign * _fen(f"tenders[{place}].amount_fen", tender.amount_fen, texts, least=-MAX_FEN)
    for kind, amount in paid.items():
        if amount < 0:
            texts.refuse(
                "tenders", amount, msg("must not be negative for %(kind)s: give change under the way in which it was given back", kind=kind)
            )
    return [Tender(kind, amount) for kind, amount in paid.items() if amount]


def _balanced(
    kind: ReceiptKind, lines: list[NewLine], total: int | None, tenders: Sequence[Tender], texts: Texts
) -> tuple[list[NewLine], int]:
    """Lines and total that agree with each other and with the tenders; a rounding becomes part of the dearest line."""
    of_lines = sum(line.amount_fen for line in lines)
    if kind is ReceiptKind.CANCELLED:
        # Nobody paid it: tills write its total as zero, or leave it as it was.
        return lines, _fen("total_fen", abs(of_lines if total is None else total), texts)
    if total is None:
        total = of_lines
        paid = sum(tender.amount_fen for tender in tenders)
        if tenders and 0 < abs(paid - of_lines) < _ROUNDING_FEN:
            total = paid
    if not 0 <= total <= MAX_FEN or of_lines > MAX_FEN or abs(total - of_lines) >= _ROUNDING_FEN:
        texts.refuse(
            "total_fen",
            total,
            msg("must be the sum of the lines, %(sum)s: give a discount on the whole receipt as discount of its lines", sum=of_lines),
        )
    elif total != of_lines:
        lines = _rounded(lines, total - of_lines)
    if tenders and (paid := sum(tender.amount_fen for tender in tenders)) != total:
        texts.refuse("tenders", paid, msg("must add up to the total, %(total)s", total=total))
    return lines, total


def _rounded(lines: Sequence[NewLine], difference: int) -> list[NewLine]:
    """*lines* with the rounding in the dearest of them, or, of a sale of some fen, in as many as it takes."""
    kept = list(lines)
    for place in sorted(range(len(kept)), key=lambda place: -kept[place].amount_fen):
        line = kept[place]
        part = max(difference, -line.amount_fen)
        kept[place] = replace(line, amount_fen=line.amount_fen + part, discount_fen=max(0, line.discount_fen - part))
        difference -= part
        if not difference:
            break
    return kept
