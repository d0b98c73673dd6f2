"""Voids within a sale: a line with a negative quantity takes back what was rung up before it.

What stays of a receipt is what the customer carried home: a line that was taken back is gone, one that was taken back in
part is smaller, and the void itself is no line. The numbers of the other lines stay as they were printed.
"""

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from kiosk.desk.amounts import milli, share
from kiosk.desk.receipts.texts import Texts
from kiosk.desk.receipts.views import NewLine
from kiosk.i18n import msg


def take_voids(lines: list[NewLine], texts: Texts, *, may_be_empty: bool) -> list[NewLine]:
    """*lines* without voids and without what they took back; a void of what was not sold before is refused in *texts*."""
    if all(line.quantity > 0 for line in lines):
        return lines
    kept: list[NewLine] = []
    for place, line in enumerate(lines):
        if line.quantity > 0:
            kept.append(line)
            continue
        left = _taken_back(kept, line)
        if left is None:
            texts.refuse(
                f"lines[{place}].quantity",
                str(line.quantity),
                msg("takes back what no earlier line of this receipt has sold; a refund is a receipt of the kind refund"),
            )
        else:
            kept = left
    if not kept and not texts.wrong and not may_be_empty:
        texts.refuse("lines", None, msg("take each other back: nothing was sold; send the kind cancelled"))
    return kept


def _taken_back(kept: Sequence[NewLine], void: NewLine) -> list[NewLine] | None:
    """*kept* less what *void* takes back: the very line where there is one, else the newest lines of the same goods."""
    for place in range(len(kept) - 1, -1, -1):
        line = kept[place]
        if line.product == void.product and line.quantity == -void.quantity and line.amount_fen == -void.amount_fen:
            return [*kept[:place], *kept[place + 1 :]]
    left = list(kept)
    quantity, amount = -void.quantity, -void.amount_fen
    for place in range(len(kept) - 1, -1, -1):
        line = kept[place]
        if line.product != void.product:
            continue
        if line.quantity <= quantity:
            quantity, amount = quantity - line.quantity, amount - line.amount_fen
            del left[place]
        elif 0 <= amount <= line.amount_fen:
            left[place] = _less(line, quantity, amount)
            return left
        if not quantity:
            break
    return left if not quantity and not amount else None


def _less(line: NewLine, quantity: Decimal, amount: int) -> NewLine:
    rest = line.quantity - quantity
    return replace(
        line,
        quantity=rest,
        amount_fen=line.amount_fen - amount,
        discount_fen=share(line.discount_fen, milli(rest), milli(line.quantity)),
    )
