"""The forms of the policy's editor and what they stand for, there and back; whether it makes sense is the policy's to say.

The table that is being edited travels with its page as JSON: a restart of the station or a log-out costs nothing of it.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

import msgspec

from kiosk.desk import amounts
from kiosk.desk.receipts.views import ReceiptKind
from kiosk.desk.returns.policy.errors import WrongPolicy
from kiosk.desk.returns.policy.views import (
    Condition,
    LineFacts,
    Need,
    Outcome,
    Packaging,
    Policy,
    PolicyRow,
    RefundTo,
    ReturnKind,
)
from kiosk.errors import FieldError
from kiosk.i18n import Message, msg

E = TypeVar("E", bound=StrEnum)

LANGUAGES = ("zh", "en")
# Digits of a number of days or rows; the policy itself takes fewer.
_MOST_DIGITS = 6
_FLAGS = ("gift", "promotion", "weighed")
_DAYS = ("days_from", "days_to", "return_days", "exchange_days")
_PRICES = ("price_from_fen", "price_below_fen")
_SETS: dict[str, type[StrEnum]] = {"kinds": ReturnKind, "conditions": Condition, "packaging": Packaging, "needs": Need}
_WIDE_DAYS = ("return_days", "exchange_days", "per_person_days")

# Every field, as a form that came after the log-out keeps them for its screen.
FIELDS = (
    "draft",
    "based_on",
    "note",
    "do",
    "row",
    *(f"wide-{name}" for name in (*_WIDE_DAYS, "per_person_limit_fen", "no_receipt_refund")),
    *(f"row-{name}" for name in ("outcome", "categories", *_FLAGS, *_DAYS, *_PRICES, "refund_to")),
    *(f"row-reason-{language}" for language in LANGUAGES),
    *(f"row-{name}-{value.value}" for name, kind in _SETS.items() for value in kind),
)
# Characters of the table as JSON: as many as a form may have.
LONGEST = 200_000


class _Reader:
    """Reads one form; what cannot be read is collected, and said by `check` all at once."""

    def __init__(self, form: Mapping[str, str], prefix: str) -> None:
        self._form, self._prefix, self._wrong = form, prefix, list[FieldError]()

    def text(self, name: str) -> str:
        return self._form.get(self._prefix + name, "").strip()

    def ticked(self, name: str, kind: type[E]) -> list[E]:
        return [value for value in kind if self._form.get(f"{self._prefix}{name}-{value.value}")]

    def flag(self, name: str) -> bool | None:
        return {"yes": True, "no": False}.get(self.text(name))

    def whole(self, name: str) -> int | None:
        """A number; None when nothing stands there."""
        text = self.text(name)
        if not text:
            return None
        digits = text.removeprefix("-")
        if digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS:
            return int(text)
        self.wrong(name, msg("%(typed)s is no number of days.", typed=text[:20]))
        return None

    def money(self, name: str) -> int | None:
        """Yuan as fen; None when nothing stands there."""
        text = self.text(name)
        if not text:
            return None
        try:
            return amounts.fen_of_yuan(text)
        except ValueError:
            self.wrong(name, msg("%(typed)s is no amount; write it as 12.50.", typed=text[:20]))
            return None

    def one_of(self, name: str, kind: type[E]) -> E | None:
        """A choice; None when nothing is chosen."""
        text = self.text(name)
        if not text:
            return None
        try:
            return kind(text)
        except ValueError:
            self.wrong(name, msg("Choose one of the answers."))
            return None

    def needed(self, name: str, kind: type[E], otherwise: E) -> E:
        """A choice that must be made; *otherwise* stands in until `check` has said so."""
        chosen = self.one_of(name, kind)
        if chosen is None and not self.text(name):
            self.wrong(name, msg("Choose one of the answers."))
        return chosen or otherwise

    def wrong(self, name: str, said: Message) -> None:
        """Collect what is wrong with a field."""
        self._wrong.append(FieldError(self._prefix + name, self.text(name)[:40], said))

    def check(self) -> None:
        """Raise WrongPolicy when something could not be read."""
        if self._wrong:
            raise WrongPolicy(self._wrong[0].message, msg("Correct this and try again; nothing was changed."), fields=self._wrong)


def draft_of(form: Mapping[str, str]) -> Policy:
    """The table as the page carried it. Raises WrongPolicy when that was changed on its way."""
    try:
        return msgspec.json.decode(form.get("draft", "").encode("utf-8", "replace"), type=Policy)
    except (msgspec.DecodeError, RecursionError) as error:
        raise WrongPolicy(msg("The table that came with this form cannot be read."), msg("Open the return policy anew.")) from error


def packed(policy: Policy) -> str:
    """*policy* for the form."""
    return msgspec.json.encode(policy).decode()


def with_terms(policy: Policy, form: Mapping[str, str]) -> Policy:
    """*policy* with the terms for all goods from the form, where it has them. Raises WrongPolicy."""
    if "wide-return_days" not in form:
        return policy
    reader = _Reader(form, "wide-")
    days = {name: reader.whole(name) for name in _WIDE_DAYS}
    for name in [name for name, value in days.items() if value is None and not reader.text(name)]:
        reader.wrong(name, msg("Say how many days."))
    limit = reader.money("per_person_limit_fen")
    refund = reader.one_of("no_receipt_refund", RefundTo) or policy.no_receipt_refund
    reader.check()
    known = {name: value for name, value in days.items() if value is not None}
    return msgspec.structs.replace(policy, **known, per_person_limit_fen=limit, no_receipt_refund=refund)


def terms_form(policy: Policy) -> dict[str, str]:
    """The fields of `with_terms`."""
    fields = {f"wide-{name}": str(getattr(policy, name)) for name in _WIDE_DAYS}
    return fields | {
        "wide-per_person_limit_fen": _yuan(policy.per_person_limit_fen),
        "wide-no_receipt_refund": policy.no_receipt_refund.value,
    }


def row_of(form: Mapping[str, str]) -> PolicyRow:
    """The row that the row's form describes. Raises WrongPolicy."""
    reader = _Reader(form, "row-")
    row = PolicyRow(
        outcome=reader.needed("outcome", Outcome, Outcome.REFUSE),
        reason={language: text for language in LANGUAGES if (text := reader.text(f"reason-{language}"))},
        categories=_names(reader.text("categories")),
        kinds=reader.ticked("kinds", ReturnKind),
        conditions=reader.ticked("conditions", Condition),
        packaging=reader.ticked("packaging", Packaging),
        gift=reader.flag("gift"),
        promotion=reader.flag("promotion"),
        weighed=reader.flag("weighed"),
        price_from_fen=reader.money("price_from_fen"),
        price_below_fen=reader.money("price_below_fen"),
        days_from=reader.whole("days_from"),
        days_to=reader.whole("days_to"),
        return_days=reader.whole("return_days"),
        exchange_days=reader.whole("exchange_days"),
        needs=reader.ticked("needs", Need),
        refund_to=reader.one_of("refund_to", RefundTo),
    )
    reader.check()
    return row


def row_form(row: PolicyRow) -> dict[str, str]:
    """The fields of `row_of`."""
    fields = {"row-outcome": row.outcome.value, "row-categories": "，".join(row.categories)}
    fields |= {f"row-reason-{language}": text for language, text in row.reason.items()}
    fields |= {f"row-{name}-{value}": "1" for name in _SETS for value in getattr(row, name)}
    fields |= {f"row-{name}": {True: "yes", False: "no"}.get(getattr(row, name), "") for name in _FLAGS}
    fields |= {f"row-{name}": "" if getattr(row, name) is None else str(getattr(row, name)) for name in _DAYS}
    fields |= {f"row-{name}": _yuan(getattr(row, name)) for name in _PRICES}
    return fields | {"row-refund_to": row.refund_to.value if row.refund_to is not None else ""}


def facts_of(form: Mapping[str, str]) -> LineFacts:
    """The goods that are tried out. Raises WrongPolicy."""
    reader = _Reader(form, "try-")
    facts = LineFacts(
        kind=reader.one_of("kind", ReturnKind) or ReturnKind.RETURN,
        days=reader.whole("days") or 0,
        category=reader.text("category"),
        condition=reader.one_of("condition", Condition),
        packaging=reader.one_of("packaging", Packaging),
        gift=bool(reader.text("gift")),
        promotion=bool(reader.text("promotion")),
        weighed=bool(reader.text("weighed")),
        unit_price_fen=reader.money("price") or 0,
        receipt=reader.one_of("receipt", ReceiptKind) or ReceiptKind.SALE,
    )
    reader.check()
    return facts


def moved(rows: Sequence[PolicyRow], place: int, by: int) -> list[PolicyRow]:
    """*rows* with the one at *place* moved up (-1) or down (1); at an end it stays."""
    target = min(max(place + by, 0), len(rows) - 1)
    kept = [*rows[:place], *rows[place + 1 :]]
    return [*kept[:target], rows[place], *kept[target:]]


def _names(text: str) -> list[str]:
    """Categories as people list them: divided by commas of either script, or one a line."""
    for mark in ("，", "、", ";", "；", "\n"):
        text = text.replace(mark, ",")
    return [name for part in text.split(",") if (name := part.strip())]


def _yuan(fen: int | None) -> str:
    return "" if fen is None else amounts.yuan(fen)
