"""The words of the return policy's pages: what a row asks for, what it decides, what differs. None of it queries."""

from flask_babel import gettext as _

from kiosk.desk import amounts
from kiosk.desk.receipts.views import ReceiptKind
from kiosk.desk.returns.policy.changes import ChangeKind, RowChange
from kiosk.desk.returns.policy.examples import outcome_of, turned
from kiosk.desk.returns.policy.views import LineFacts, Outcome, Policy, PolicyRow, RefundTo, ReturnKind, Verdict
from kiosk.i18n import N_, OwnWords
from kiosk.web.i18n import language, translate
from kiosk.web.pages.return_words import CONDITIONS, NEEDS, PACKAGINGS, RECEIPT_KINDS, REFUNDS_TO

OUTCOMES: dict[Outcome, tuple[str, str]] = {
    Outcome.ALLOW: ("good", N_("May come back")),
    Outcome.REFUSE: ("bad", N_("May not come back")),
    Outcome.REPAIR_FIRST: ("ask", N_("Vendor repairs first")),
}
KINDS: dict[ReturnKind, str] = {ReturnKind.RETURN: N_("Return"), ReturnKind.EXCHANGE: N_("Exchange")}
# A flag of the goods: its name, and a row that asks for it, or for its absence.
FLAGS: dict[str, tuple[str, str, str]] = {
    "gift": (N_("Gift"), N_("given as a gift"), N_("no gift")),
    "promotion": (N_("Promotion"), N_("bought in a promotion"), N_("not in a promotion")),
    "weighed": (N_("Sold by weight"), N_("sold by weight"), N_("not sold by weight")),
}
CHANGES: dict[ChangeKind, tuple[str, str]] = {
    ChangeKind.ADDED: ("good", N_("Row added")),
    ChangeKind.REMOVED: ("bad", N_("Row taken out")),
    ChangeKind.CHANGED: ("ask", N_("Row changed")),
    ChangeKind.MOVED: ("idle", N_("Row moved")),
}
FIELD_NAMES: dict[str, str] = {
    "outcome": N_("decision"),
    "reason": N_("reason"),
    "categories": N_("categories"),
    "kinds": N_("return or exchange"),
    "conditions": N_("condition of the goods"),
    "packaging": N_("packaging"),
    "gift": N_("gift"),
    "promotion": N_("promotion"),
    "weighed": N_("weighed goods"),
    "price_from_fen": N_("lowest price"),
    "price_below_fen": N_("price below"),
    "days_from": N_("first day"),
    "days_to": N_("last day of the rule"),
    "return_days": N_("days for a return"),
    "exchange_days": N_("days for an exchange"),
    "needs": N_("what must be there"),
    "refund_to": N_("way of the money"),
    "per_person_days": N_("days of the limit per person"),
    "per_person_limit_fen": N_("limit per person"),
    "no_receipt_refund": N_("refund without receipt"),
    "examples": N_("examples"),
}
# Between things of which one is enough; a name may hold a comma.
_OR = " / "


def options(names: "dict[Outcome, tuple[str, str]] | dict[ReturnKind, str]") -> list[tuple[str, str]]:
    """Values and their names, for the choices of a form."""
    return [(value.value, translate(text if isinstance(text, str) else text[1])) for value, text in names.items()]


def refund_options() -> list[tuple[str, str]]:
    """The ways of the money, for the choices of a form."""
    return [(value.value, translate(text)) for value, text in REFUNDS_TO.items()]


def need_options() -> list[tuple[str, str]]:
    """What a row may ask to be there."""
    return [(value.value, translate(text)) for value, text in NEEDS.items()]


def outcome_name(outcome: Outcome) -> str:
    """What a row decides."""
    return translate(OUTCOMES[outcome][1])


def outcome_tone(outcome: Outcome) -> str:
    """How that looks: good, bad, ask."""
    return OUTCOMES[outcome][0]


def reason_of(row: PolicyRow) -> str:
    """Why, in the reader's language."""
    return OwnWords(row.reason).of(language())


def asks_of(row: PolicyRow) -> list[str]:
    """What a row asks for, a few words each; a row that asks for nothing holds always."""
    asks = [_("Category: %(names)s", names=_OR.join(row.categories))] if row.categories else []
    asks += [translate(KINDS[kind]) for kind in row.kinds]
    asks += [_OR.join(translate(CONDITIONS[value]) for value in row.conditions)] if row.conditions else []
    asks += [_OR.join(translate(PACKAGINGS[value]) for value in row.packaging)] if row.packaging else []
    for name, (_title, wanted, unwanted) in FLAGS.items():
        value = getattr(row, name)
        asks += [] if value is None else [translate(wanted if value else unwanted)]
    if row.price_from_fen is not None:
        asks.append(_("from ¥%(price)s", price=amounts.yuan(row.price_from_fen)))
    if row.price_below_fen is not None:
        asks.append(_("below ¥%(price)s", price=amounts.yuan(row.price_below_fen)))
    if row.days_from is not None:
        asks.append(_("from day %(day)s after the sale", day=row.days_from))
    if row.days_to is not None:
        asks.append(_("until day %(day)s after the sale", day=row.days_to))
    return asks


def effects_of(row: PolicyRow) -> list[str]:
    """What a row that takes goods back adds to that: own terms, needs, the way of the money."""
    effects = []
    if row.return_days is not None:
        effects.append(_("Return: %(days)s d", days=row.return_days))
    if row.exchange_days is not None:
        effects.append(_("Exchange: %(days)s d", days=row.exchange_days))
    effects += [translate(NEEDS[need]) for need in row.needs]
    if row.refund_to is not None:
        effects.append(translate(REFUNDS_TO[row.refund_to]))
    return effects


def verdict_outcome(verdict: Verdict) -> Outcome:
    """A verdict in the words of a row."""
    return outcome_of(verdict)


def facts_words(facts: LineFacts) -> str:
    """Goods in a row of words, as an example is told."""
    words = [translate(KINDS[facts.kind]), _("day %(day)s after the sale", day=facts.days), facts.category or _("no category")]
    words += [translate(CONDITIONS[facts.condition])] if facts.condition is not None else []
    words += [translate(PACKAGINGS[facts.packaging])] if facts.packaging is not None else []
    words += [translate(wanted) for name, (_title, wanted, _unwanted) in FLAGS.items() if getattr(facts, name)]
    words += [f"¥{amounts.yuan(facts.unit_price_fen)}"] if facts.unit_price_fen else []
    words += [translate(RECEIPT_KINDS[facts.receipt])] if facts.receipt is not ReceiptKind.SALE else []
    return " · ".join(words)


def turned_of(policy: Policy) -> dict[int, Verdict]:
    """The examples that come out otherwise, by their number from 0."""
    return {one.number: one.verdict for one in turned(policy)}


def questions_of(verdict: Verdict) -> list[str]:
    """What nobody has looked at and would make a difference."""
    return [translate(FIELD_NAMES[{"condition": "conditions"}.get(name, name)]) for name in sorted(verdict.open_questions)]


def change_words(change: RowChange) -> str:
    """What became of a row, with its numbers as people count."""
    if change.kind is ChangeKind.MOVED and change.before is not None and change.after is not None:
        return str(_("Row %(before)s is row %(after)s now", before=change.before + 1, after=change.after + 1))
    number = change.after if change.after is not None else change.before
    text = f"{translate(CHANGES[change.kind][1])}: {(number or 0) + 1}"
    return f"{text} ({field_words(change.fields)})" if change.fields else text


def field_words(names: list[str]) -> str:
    """Names of fields, in a row of words."""
    return _joined([translate(FIELD_NAMES[name]) for name in names])


def change_tone(change: RowChange) -> str:
    """How that looks."""
    return CHANGES[change.kind][0]


def term_words(policy: Policy, name: str) -> str:
    """The field *name* of the terms for all goods."""
    value = getattr(policy, name)
    if isinstance(value, RefundTo):
        return translate(REFUNDS_TO[value])
    if value is None:
        return str(_("no limit"))
    if isinstance(value, list):
        return str(len(value))
    return f"¥{amounts.yuan(value)}" if name.endswith("_fen") else str(value)


def _joined(words: list[str]) -> str:
    return ("、" if language() == "zh" else ", ").join(words)
