"""The return slip: a part for the customer and one for the shop, each with what came back, what it is worth, and the code.

Names of goods and reasons are other people's words: they are paragraphs of the document, which the driver wraps, and never
anything that a printer would obey.
"""

from datetime import datetime

import msgspec

from kiosk.config import Settings
from kiosk.desk.amounts import yuan
from kiosk.desk.paper import Paper, minute
from kiosk.desk.plain_text import one_line
from kiosk.desk.returns.codes import grouped
from kiosk.desk.returns.policy.views import RefundTo, ReturnKind
from kiosk.desk.returns.views import Goods, ReturnedLine, ReturnView
from kiosk.devices.document import Barcode, Columns, Cut, Document, Element, Feed, Rule, Text

# "R2611250007" has 11 characters: 2 x 11 fill 22 of the 32 columns of 58 mm paper.
_NUMBER_SCALE = 2

_TEXTS: dict[str, dict[str, str]] = {
    "zh": {
        "return": "退货凭证",
        "exchange": "换货凭证",
        "customer": "顾客联",
        "shop": "商店联",
        "reprint": "补打 第{count}次",
        "voided": "已作废",
        "receipt": "购物小票",
        "no_receipt": "无购物小票",
        "time": "时间",
        "back": "退回商品",
        "instead": "换取商品",
        "reason": "原因",
        "serial": "序列号",
        "deduction": "扣除",
        "repaid": "返还",
        "refund": "应退",
        "pay": "应补",
        "even": "无差额",
        "original": "由收银台按原支付方式退款;本单不是付款凭证。",
        "voucher": "以购物券退还,由收银台发放;本单不是购物券。",
        "voucher_number": "购物券号",
        "voucher_until": "有效期至",
        "staff": "经办人",
        "approved": "批准人",
        "why": "批准原因",
        "keep": "请妥善保管本单,如有疑问请出示。",
        "signature": "顾客签名",
        "phone": "电话",
    },
    "en": {
        "return": "Return",
        "exchange": "Exchange",
        "customer": "Customer's part",
        "shop": "Shop's part",
        "reprint": "REPRINT No. {count}",
        "voided": "VOID",
        "receipt": "Receipt",
        "no_receipt": "No receipt",
        "time": "Time",
        "back": "Brought back",
        "instead": "Taken instead",
        "reason": "Reason",
        "serial": "Serial number",
        "deduction": "Deducted",
        "repaid": "Paid back",
        "refund": "Refund",
        "pay": "To be paid",
        "even": "No difference",
        "original": "The till refunds it as it was paid. This slip is no proof of payment.",
        "voucher": "Refunded by a voucher, which the till issues. This slip is no voucher.",
        "voucher_number": "Voucher",
        "voucher_until": "Valid until",
        "staff": "Handled by",
        "approved": "Approved by",
        "why": "Approved because",
        "keep": "Please keep this slip and show it if you have a question.",
        "signature": "Customer's signature",
        "phone": "Telephone",
    },
}


class SlipText(msgspec.Struct, frozen=True, kw_only=True):
    """What a slip says beyond the return itself. *at* is in the store's zone; *copy* 0 means the original."""

    returned: ReturnView
    at: datetime
    copy: int
    deductions: list[tuple[str, int]]  # in the store's languages


def slip(settings: Settings, text: SlipText) -> Document:
    """The customer's part and the shop's, a cut after each."""
    paper = Paper(settings, _TEXTS)
    return Document((*_part(paper, text, "customer"), Cut(), *_part(paper, text, "shop"), Cut()))


def _part(paper: Paper, text: SlipText, part: str) -> list[Element]:
    returned = text.returned
    elements: list[Element] = [
        *paper.head(),
        *paper.lines(returned.kind.value, bold=True, align_center=True),
        Text(paper.label(part), align="center"),
    ]
    if text.copy:
        elements += paper.lines("reprint", bold=True, align_center=True, count=text.copy)
    if returned.voided_at is not None:
        elements += paper.lines("voided", bold=True, align_center=True)
    elements += [
        Text(returned.number, align="center", bold=True, width=_NUMBER_SCALE, height=_NUMBER_SCALE),
        Barcode(returned.code, caption=False),
        Text(grouped(returned.code), align="center"),  # in groups, for the day that the scanner is broken
        Columns(paper.label("time"), minute(text.at)),
    ]
    if returned.receipt:
        # A line of its own: receipt numbers are long.
        elements.append(Text(f"{paper.label('receipt')}: {returned.receipt}"))
    else:
        elements.append(Text(paper.label("no_receipt")))
    elements += [Rule(), Text(paper.label("back"), bold=True)]
    for line in returned.lines:
        elements += _returned(paper, line)
    if returned.kind is ReturnKind.EXCHANGE:
        elements += [Rule(), Text(paper.label("instead"), bold=True)]
        for goods in returned.exchange_for:
            elements += _taken(goods)
    elements += [Rule(), *_sums(paper, text), Rule()]
    elements.append(Text(f"{paper.label('staff')}: {one_line(returned.staff)}"))
    if returned.approver:
        elements.append(Text(f"{paper.label('approved')}: {one_line(returned.approver)}"))
    if part == "shop":
        if returned.override_reason:
            elements.append(Text(f"{paper.label('why')}: {one_line(returned.override_reason)}"))
        elements += [Feed(2), Text(f"{paper.label('signature')}: ____________________")]
        return elements
    elements += paper.lines("keep")
    if paper.settings.store.phone:
        elements.append(Columns(paper.label("phone"), paper.settings.store.phone))
    return elements


def _returned(paper: Paper, line: ReturnedLine) -> list[Element]:
    elements: list[Element] = [
        Text(one_line(line.name) or line.product),
        Columns(f"  {line.quantity} {one_line(line.unit)}".rstrip(), yuan(line.refund_fen)),
    ]
    if line.serial:
        elements.append(Text(f"  {paper.label('serial')}: {one_line(line.serial)}"))
    if line.reason:
        elements.append(Text(f"  {paper.label('reason')}: {one_line(line.reason)}"))
    return elements


def _taken(goods: Goods) -> list[Element]:
    return [Text(one_line(goods.name) or goods.product), Columns(f"  {goods.quantity} x", yuan(goods.unit_price_fen))]


def _sums(paper: Paper, text: SlipText) -> list[Element]:
    returned = text.returned
    elements: list[Element] = []
    for words, fen in text.deductions:
        elements += [Text(one_line(words)), Columns(f"  {paper.label('deduction' if fen > 0 else 'repaid')}", yuan(-fen))]
    if returned.pay_fen:
        elements.append(Columns(paper.label("pay"), f"CNY {yuan(returned.pay_fen)}", bold=True))
    elif returned.refund_fen or returned.kind is ReturnKind.RETURN:
        elements.append(Columns(paper.label("refund"), f"CNY {yuan(returned.refund_fen)}", bold=True))
    else:
        elements.append(Text(paper.label("even"), bold=True))
    refund = returned.refund
    if refund is None:
        return elements
    if refund.refund_to is RefundTo.VOUCHER:
        elements += [*paper.lines("voucher"), Text(f"{paper.label('voucher_number')}: {refund.voucher}")]
        if refund.voucher_until is not None:
            elements.append(Columns(paper.label("voucher_until"), refund.voucher_until.isoformat()))
        return elements
    return [*elements, *paper.lines("original")]
