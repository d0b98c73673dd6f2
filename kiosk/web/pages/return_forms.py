"""Reads the forms of returns: goods of a receipt's lines, goods named by hand, and what the customer takes instead.

A quantity is a few digits that a person entered; what a scanner could have typed is refused before it becomes a number.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from kiosk.desk.amounts import fen_of_yuan
from kiosk.desk.receipts.views import Freshness
from kiosk.desk.returns.policy.views import Condition, Packaging, ReturnKind
from kiosk.desk.returns.views import Goods, LineAnswer, NewReturn, NewReturnLine
from kiosk.errors import FieldError, Invalid
from kiosk.i18n import Message, msg
from kiosk.web.pages.forms import whole

E = TypeVar("E", bound=StrEnum)

# Rows of goods that are named by hand.
ROWS = 5
# Lines of a receipt in one form; more goods than this make a second return.
MOST_LINES = 60
# Up to four digits before the point, three behind it: no code that is read from goods or receipts is that short.
_QUANTITY = re.compile(r"([0-9]{1,4})(?:[.,]([0-9]{1,3}))?")
# Stands for a reason in a quote, which does not depend on it.
_NOT_ASKED_YET = "-"
# Fields as a form that came after the log-out keeps them for its screen.
FIELDS = ("kind", "lines", "member", "note", "override_reason")
NUMBERED = (
    "quantity",
    "condition",
    "packaging",
    "reason",
    "serial",
    "test",
    "gift",
    "product",
    "name",
    "count",
    "price",
    "category",
    "why",
)


class WrongForm(Invalid):
    """Fields of a return's form cannot be read."""

    slug = "return-form-wrong"


@dataclass(slots=True)
class Form:
    """The fields of a form; what is wrong is collected until `check`."""

    fields: Mapping[str, str]
    wrong: list[FieldError] = field(default_factory=list)

    def text(self, name: str, longest: int = 200) -> str:
        return self.fields.get(name, "").strip()[:longest]

    def quantity(self, name: str) -> Decimal:
        """A quantity; 0 for an empty field."""
        text = self.text(name)
        if not text:
            return Decimal(0)
        found = _QUANTITY.fullmatch(text)
        if found is None:
            self.refuse(name, msg("A quantity has at most four digits: 2, or 1.25 for weighed goods. A code is no quantity."))
            return Decimal(0)
        return Decimal(f"{found[1]}.{found[2] or 0}")

    def money(self, name: str) -> int:
        """An amount in yuan, as fen."""
        try:
            fen = fen_of_yuan(self.text(name) or "0")
        except ValueError:
            fen = -1
        if fen < 0:
            self.refuse(name, msg("An amount is written as 12.50."))
        return max(fen, 0)

    def one_of(self, name: str, kind: type[E]) -> E | None:
        text = self.text(name)
        return kind(text) if text in tuple(kind) else None

    def refuse(self, name: str, said: Message) -> None:
        self.wrong.append(FieldError(name, None, said))

    def check(self) -> None:
        """Raises WrongForm when any field was wrong."""
        if self.wrong:
            raise WrongForm(self.wrong[0].message if len(self.wrong) == 1 else msg("Please check the marked fields."), fields=self.wrong)


def chosen_lines(text: str) -> list[int]:
    """The numbers of lines in *text*, such as ``3,7``, each once."""
    return list(dict.fromkeys(number for part in text.split(",") if (number := whole(part.strip()))))[:MOST_LINES]


def answers_of(fields: Mapping[str, str]) -> list[LineAnswer]:
    """What was seen of the goods of each chosen line so far."""
    form = Form(fields)
    return [
        LineAnswer(number, form.one_of(f"condition-{number}", Condition), form.one_of(f"packaging-{number}", Packaging))
        for number in chosen_lines(fields.get("lines", ""))
    ]


def read_return(fields: Mapping[str, str], receipt_id: int, freshness: Freshness, *, complete: bool) -> NewReturn:
    """What the form of a receipt's return says.

    *complete*: to be recorded; otherwise what is not answered yet is taken as it comes best, for a first quote.
    Raises WrongForm that names each wrong field.
    """
    form = Form(fields)
    lines = [line for number in chosen_lines(fields.get("lines", "")) if (line := _line(form, number, complete)) is not None]
    if complete and not lines and not form.wrong:
        form.refuse("lines", msg("Nothing is to come back: choose a quantity."))
    kind = form.one_of("kind", ReturnKind) or ReturnKind.RETURN
    wanted = NewReturn(
        kind=kind,
        receipt_id=receipt_id,
        lines=lines,
        exchange_for=list(_goods(form, complete)) if kind is ReturnKind.EXCHANGE else [],
        gifts_back=[number for name, said in fields.items() if said == "yes" and (number := _gift(name))],
        member=form.text("member", 64),
        freshness=freshness,
        note=form.text("note"),
    )
    if complete and kind is ReturnKind.EXCHANGE and not wanted.exchange_for and not form.wrong:
        form.refuse("name-1", msg("What does the customer take instead?"))
    form.check()
    return wanted


def read_without_receipt(fields: Mapping[str, str], *, complete: bool) -> NewReturn:
    """What the form of goods without a receipt says. Raises WrongForm."""
    form = Form(fields)
    goods = list(_goods(form, complete, returned=True))
    if complete and not goods and not form.wrong:
        form.refuse("name-1", msg("Which goods does the customer bring back?"))
    form.check()
    return NewReturn(kind=ReturnKind.RETURN, goods=goods, member=form.text("member", 64), note=form.text("note"))


def _gift(name: str) -> int:
    stem, _, number = name.partition("-")
    return whole(number) if stem == "gift" else 0


def _line(form: Form, number: int, complete: bool) -> NewReturnLine | None:
    quantity = form.quantity(f"quantity-{number}")
    if quantity <= 0:
        return None
    condition = form.one_of(f"condition-{number}", Condition)
    packaging = form.one_of(f"packaging-{number}", Packaging)
    reason = form.text(f"reason-{number}")
    if complete and condition is None:
        form.refuse(f"condition-{number}", msg("How are the goods?"))
    if complete and packaging is None:
        form.refuse(f"packaging-{number}", msg("What of the packaging is there?"))
    if complete and not reason:
        form.refuse(f"reason-{number}", msg("Why do the goods come back?"))
    return NewReturnLine(
        line=number,
        quantity=quantity,
        reason=reason or ("" if complete else _NOT_ASKED_YET),
        condition=condition or Condition.AS_NEW,
        packaging=packaging or Packaging.OPENED,
        serial=form.text(f"serial-{number}", 64),
        test_id=whole(form.text(f"test-{number}")) or None,
    )


def _goods(form: Form, complete: bool, *, returned: bool = False) -> Iterator[Goods]:
    for row in range(1, ROWS + 1):
        name, product = form.text(f"name-{row}"), form.text(f"product-{row}", 64)
        if not (name or product):
            continue
        quantity, price = form.quantity(f"count-{row}"), form.money(f"price-{row}")
        if quantity <= 0 and complete:
            form.refuse(f"count-{row}", msg("How many?"))
        if not name and complete:
            form.refuse(f"name-{row}", msg("What is it called?"))
        if quantity <= 0 or not name:
            continue
        condition = form.one_of(f"condition-{row}", Condition)
        if returned and complete and condition is None:
            form.refuse(f"condition-{row}", msg("How are the goods?"))
        yield Goods(
            product=product,
            name=name,
            quantity=quantity,
            unit_price_fen=price,
            category=form.text(f"category-{row}", 64),
            reason=form.text(f"why-{row}"),
            condition=condition or Condition.OPENED,
            packaging=form.one_of(f"packaging-{row}", Packaging) or Packaging.OPENED,
        )
