"""The words, tones and figures of receipts and returns that their templates are built from. None of it queries."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum

from flask.sansio.app import App
from flask_babel import gettext as _

from kiosk.desk import amounts
from kiosk.desk.bags.codes import grouped
from kiosk.desk.receipts.views import ReceiptKind
from kiosk.desk.returns.policy.views import Condition, Need, Packaging, RefundTo, ReturnKind, Verdict
from kiosk.desk.returns.views import LineAssessment, Quote, RefundState, ReturnState
from kiosk.i18n import N_, Message
from kiosk.web.i18n import translate

CONDITIONS: dict[Condition, str] = {
    Condition.AS_NEW: N_("As new"),
    Condition.OPENED: N_("Unpacked"),
    Condition.USED: N_("Used"),
    Condition.FAULTY: N_("Faulty by itself"),
    Condition.DAMAGED: N_("Damaged by the customer"),
}
PACKAGINGS: dict[Packaging, str] = {
    Packaging.SEALED: N_("Packaging sealed"),
    Packaging.OPENED: N_("Packaging open, complete"),
    Packaging.MISSING: N_("Packaging missing"),
}
NEEDS: dict[Need, str] = {
    Need.APPLIANCE_TEST: N_("Test of the appliance"),
    Need.SUPERVISOR: N_("A second person"),
    Need.SERIAL: N_("Serial number"),
    Need.PHOTO: N_("A photo"),
    Need.PACKAGING: N_("The whole packaging"),
}
RETURN_KINDS: dict[ReturnKind, str] = {ReturnKind.RETURN: N_("Goods returned"), ReturnKind.EXCHANGE: N_("Goods exchanged")}
RETURN_STATES: dict[ReturnState, str] = {ReturnState.RECORDED: N_("recorded"), ReturnState.VOIDED: N_("voided")}
RECEIPT_KINDS: dict[ReceiptKind, str] = {
    ReceiptKind.SALE: N_("Sale"),
    ReceiptKind.REFUND: N_("Refund"),
    ReceiptKind.CANCELLED: N_("Cancelled sale"),
}
REFUNDS_TO: dict[RefundTo, str] = {RefundTo.ORIGINAL: N_("as it was paid"), RefundTo.VOUCHER: N_("as a voucher")}
# What the desk knows of money that it never moves itself.
REFUND_STATES: dict[RefundState, tuple[str, str]] = {
    RefundState.PENDING: ("ask", N_("not told to the point of sale yet")),
    RefundState.EXPORTED: ("ask", N_("told to the point of sale")),
    RefundState.CONFIRMED: ("good", N_("paid, the point of sale says")),
    RefundState.FAILED: ("bad", N_("not paid, the point of sale says")),
    RefundState.CANCELLED: ("idle", N_("not to be paid")),
}
TENDERS: dict[str, str] = {
    "cash": N_("Cash"),
    "wechat": N_("WeChat Pay"),
    "alipay": N_("Alipay"),
    "card": N_("Card"),
    "voucher": N_("Voucher"),
}


def set_up_return_templates(app: App) -> None:
    """Give *app*'s templates the functions and filters of receipts and returns."""
    app.jinja_env.globals.update(
        condition_options=lambda: _options(CONDITIONS),
        packaging_options=lambda: _options(PACKAGINGS),
        condition_name=lambda value: translate(CONDITIONS[value]),
        packaging_name=lambda value: translate(PACKAGINGS[value]),
        need_name=lambda need: translate(NEEDS[need]),
        needs_of=needs_of,
        return_kind_name=lambda kind: translate(RETURN_KINDS[kind]),
        return_state_name=lambda state: translate(RETURN_STATES[state]),
        receipt_kind_name=lambda kind: translate(RECEIPT_KINDS[kind]),
        refund_to_name=lambda to: translate(REFUNDS_TO[to]),
        refund_state_name=lambda state: translate(REFUND_STATES[state][1]),
        refund_state_tone=lambda state: REFUND_STATES[state][0],
        refund_states=tuple(RefundState),
        tender_name=lambda kind: translate(TENDERS[kind]) if kind in TENDERS else kind,
        line_tone=line_tone,
        other_problems=other_problems,
        days_words=days_words,
    )
    app.jinja_env.filters.update(pieces=pieces, yuan=amounts.yuan, grouped=grouped)


def pieces(quantity: Decimal) -> str:
    """A quantity as people write it: without needless zeros and without an exponent."""
    text = f"{quantity:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def needs_of(verdict: Verdict) -> list[Need]:
    """What *verdict* asks for, always in the same order."""
    return [need for need in Need if need in verdict.needs]


def line_tone(line: LineAssessment) -> str:
    """How a line looks: good may come back, ask needs something first, bad may not, idle is back already."""
    if line.remaining <= 0:
        return "idle"
    verdict = line.verdict if line.verdict.allowed or not line.verdict_exchange.allowed else line.verdict_exchange
    if verdict.repair_first:
        return "ask"
    if not verdict.allowed:
        return "bad"
    return "ask" if verdict.needs or not line.verdict.allowed else "good"


def other_problems(quote: Quote) -> list[Message]:
    """The problems of *quote* that belong to none of its lines: those stand beside their lines."""
    beside = {str(line.problem) for line in quote.lines if line.problem is not None}
    return [problem for problem in quote.problems if str(problem) not in beside]


def days_words(days: int | None) -> str:
    """How much of a term is left."""
    if days is None or days < 0:
        return ""
    return str(_("last day") if days == 0 else _("%(count)s d left", count=days))


def _options(names: Mapping[StrEnum, str] | Mapping[Condition, str] | Mapping[Packaging, str]) -> Iterable[tuple[str, str]]:
    return [(value.value, translate(text)) for value, text in names.items()]
