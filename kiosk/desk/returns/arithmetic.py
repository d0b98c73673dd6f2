"""What goods that come back are worth: pure rules on whole fen and thousandths, which docs/returns.md explains by example.

Everything is a function of *what has come back so far*, so that it does not matter in how many returns it came: a line is
worth its share of what was paid for it, reckoned from the beginning and less what was paid back; a deduction (a gift that
was kept, the discount of a promotion that does not hold any more) is reckoned anew each time, and the difference to what
was deducted before is taken, or paid back. Of a receipt is never paid back more than was paid for it, of a line never
more than was paid for that.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal

from kiosk.desk.amounts import MILLI, milli, share
from kiosk.desk.receipts.views import ReceiptLine, ReceiptView

# Keys of deductions; the first two name what they are about: "gift:3", "promotion:3for2".
GIFT, PROMOTION, LIMIT = "gift:", "promotion:", "limit"


@dataclass(frozen=True, slots=True)
class PaidLine:
    """Goods of one line as they were paid; a discount of the whole receipt is spread over its lines."""

    line: int
    quantity: int  # thousandths that were bought
    unit_price_fen: int
    paid_fen: int
    discount_fen: int  # what the line cost less than its price
    gift_of: int | None = None
    promotion: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """What came back of a receipt before: quantities and fen by line, deductions by key."""

    quantities: Mapping[int, int] = field(default_factory=dict)
    refunded: Mapping[int, int] = field(default_factory=dict)
    deducted: Mapping[str, int] = field(default_factory=dict)

    @property
    def net_fen(self) -> int:
        """What was given for it in all."""
        return sum(self.refunded.values()) - sum(self.deducted.values())


@dataclass(frozen=True, slots=True)
class Settlement:
    """What one more return comes to: fen of each of its pieces in their order, deductions by key (negative: paid back)."""

    pieces: list[int]
    deductions: dict[str, int]

    @property
    def net_fen(self) -> int:
        return sum(self.pieces) - sum(self.deductions.values())


def price_of(unit_price_fen: int, quantity: int) -> int:
    """The price of *quantity* thousandths, rounded half up to a fen."""
    return int((Decimal(unit_price_fen) * quantity / MILLI).quantize(Decimal(1), ROUND_HALF_UP))


def paid_lines(receipt: ReceiptView) -> dict[int, PaidLine]:
    """The lines of *receipt* that are goods, with what was really paid for each.

    What the total is less than the lines is a discount of all of them, in the measure of their amounts. The receipts of
    this desk add up when they are taken in; a total is obeyed all the same, for it is the most that can be paid back.
    """
    goods = [_as_sold(line) for line in receipt.lines if line.quantity > 0 and line.amount_fen >= 0]
    whole = sum(line.paid_fen for line in goods)
    paid, before = min(whole, max(0, receipt.total_fen)), 0
    if paid == whole:
        return {line.line: line for line in goods}
    lines: dict[int, PaidLine] = {}
    for line in goods:
        part = share(paid, before + line.paid_fen, whole) - share(paid, before, whole)
        before += line.paid_fen
        lines[line.line] = replace(line, paid_fen=part)
    return lines


def piece_refund(line: PaidLine, back: int, refunded: int, more: int) -> int:
    """What *more* thousandths of *line* are worth when *back* came before, for *refunded* fen."""
    return max(0, share(line.paid_fen, back + more, line.quantity) - refunded)


def gift_due(line: PaidLine, gift: PaidLine, back: int) -> int:
    """How many thousandths of *gift* belong to the *back* thousandths of *line* that came back."""
    return int((Decimal(gift.quantity) * min(back, line.quantity) / line.quantity).quantize(Decimal(1), ROUND_HALF_UP))


def gifts_of(lines: Mapping[int, PaidLine], number: int) -> list[PaidLine]:
    """What was given away with line *number*."""
    return [gift for gift in lines.values() if gift.gift_of == number and gift.line != number]


def deductions_due(lines: Mapping[int, PaidLine], back: Mapping[int, int]) -> dict[str, int]:
    """What the customer owes, by key, when *back* (thousandths by line) have come back in all."""
    due: dict[str, int] = {}
    for gift in lines.values():
        bought = lines.get(gift.gift_of) if gift.gift_of is not None else None
        if bought is None or bought.line == gift.line:
            continue
        missing = gift_due(bought, gift, back.get(bought.line, 0)) - back.get(gift.line, 0)
        worth = max(0, price_of(gift.unit_price_fen, gift.quantity) - gift.paid_fen)
        due[f"{GIFT}{gift.line}"] = share(worth, missing, gift.quantity) if missing > 0 else 0
    for promotion in sorted({line.promotion for line in lines.values()} - {""}):
        group = [line for line in lines.values() if line.promotion == promotion and _is_own(lines, line)]
        if group:
            broken = any(back.get(line.line, 0) for line in group)
            due[f"{PROMOTION}{promotion}"] = sum(_kept_discount(line, back.get(line.line, 0)) for line in group) if broken else 0
    return due


def settle(
    lines: Mapping[int, PaidLine], done: Done, pieces: Iterable[tuple[int, int]], already_fen: Mapping[str, int] | None = None
) -> Settlement:
    """What *pieces* (line, thousandths) come to after *done*. *already_fen*: money that went out in other ways, by key.

    The caller has made sure that no more comes back than remains.
    """
    quantities, refunded = dict(done.quantities), dict(done.refunded)
    worth: list[int] = []
    for number, more in pieces:
        refund = piece_refund(lines[number], quantities.get(number, 0), refunded.get(number, 0), more)
        quantities[number] = quantities.get(number, 0) + more
        refunded[number] = refunded.get(number, 0) + refund
        worth.append(refund)
    due = {**deductions_due(lines, quantities), **(already_fen or {})}
    changes = {key: due.get(key, 0) - done.deducted.get(key, 0) for key in sorted({*due, *done.deducted})}
    deductions = {key: fen for key, fen in changes.items() if fen < 0}
    # Nobody is asked for money: what the goods of this return do not cover is deducted from a later one.
    available = sum(worth) - sum(deductions.values())
    for key, fen in changes.items():
        if fen > 0 and available > 0:
            deductions[key] = min(fen, available)
            available -= deductions[key]
    paid = sum(line.paid_fen for line in lines.values())
    over = min(available, available - (paid - done.net_fen))
    if over > 0:
        deductions[LIMIT] = deductions.get(LIMIT, 0) + over
    return Settlement(worth, {key: fen for key, fen in deductions.items() if fen})


def split(amount_fen: int, tenders: Iterable[tuple[str, int]], refunded: Mapping[str, int]) -> list[tuple[str, int]]:
    """*amount_fen* spread over the tenders of a sale, in the measure of what each has left after *refunded*.

    What no known tender covers stands under "" and is for the point of sale to decide.
    """
    left: dict[str, int] = {}
    for kind, fen in tenders:
        left[kind] = left.get(kind, 0) + fen
    left = {kind: max(0, fen - refunded.get(kind, 0)) for kind, fen in left.items()}
    whole = sum(left.values())
    covered = min(amount_fen, whole)
    parts, before = [], 0
    for kind, fen in left.items():
        part = share(covered, before + fen, whole) - share(covered, before, whole) if whole else 0
        before += fen
        if part:
            parts.append((kind, part))
    return parts if covered == amount_fen else [*parts, ("", amount_fen - covered)]


def _as_sold(line: ReceiptLine) -> PaidLine:
    return PaidLine(
        line=line.line,
        quantity=milli(line.quantity),
        unit_price_fen=line.unit_price_fen,
        paid_fen=line.amount_fen,
        discount_fen=max(0, line.discount_fen),
        gift_of=line.gift_of,
        promotion=line.promotion,
    )


def _is_own(lines: Mapping[int, PaidLine], line: PaidLine) -> bool:
    """Whether *line* was sold for itself: a gift is reckoned as a gift, not once more as part of a promotion."""
    return line.gift_of is None or line.gift_of == line.line or line.gift_of not in lines


def _kept_discount(line: PaidLine, back: int) -> int:
    return line.discount_fen - share(line.discount_fen, back, line.quantity)
