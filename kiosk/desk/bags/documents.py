"""What the bag check prints: the two-part ticket and the lost-ticket form.

The printed note is a person's text; the driver renders what its font lacks.
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from kiosk.config import Settings
from kiosk.desk.bags.codes import grouped
from kiosk.desk.paper import Paper, minute
from kiosk.devices.document import Barcode, Columns, Cut, Document, Element, Feed, Rule, Text

# The number is read across a shelf: 6 x 4 digits still fit the 32 columns of 58 mm paper, 8 x 4 fill them.
_CUSTOMER_SCALE = 6
_TAG_SCALE = 8

_TEXTS: dict[str, dict[str, str]] = {
    "zh": {
        "ticket": "存包凭证",
        "tag": "包裹牌",
        "pieces": "件数",
        "slot": "柜位",
        "time": "时间",
        "note": "备注",
        "reprint": "补打 第{count}次",
        "void": "旧凭证作废",
        "keep": "凭此票取包,请妥善保管,勿折条码。",
        "closing": "请于{closing}营业结束前取包。",
        "fee": "逾期每天收费{fee}元,{days}天后按无主物品处理。",
        "ownerless": "逾期{days}天后按无主物品处理。",
        "liability": "贵重物品请随身携带;遗失赔偿每票最高{cap}元。",
        "lost_fee": "遗失凭证收费{fee}元,须核对证件。",
        "phone": "电话",
        "form": "遗失凭证取包单",
        "description": "包裹外观",
        "contents": "包内物品",
        "identity": "已核对证件",
        "not_noted": "(不记录证件号码)",
        "handled": "经办人",
        "approved": "批准人",
        "fees": "应收费用",
        "statement": "本人确认以上包裹为本人所有,现已领取;原凭证作废。",
        "signature": "顾客签名",
        "date": "日期",
        "id-card": "身份证",
        "passport": "护照",
        "residence-permit": "居留许可",
        "driving-licence": "驾驶证",
        "social-security-card": "社保卡",
        "other": "其他证件",
    },
    "en": {
        "ticket": "Bag ticket",
        "tag": "Bag tag",
        "pieces": "Pieces",
        "slot": "Slot",
        "time": "Time",
        "note": "Note",
        "reprint": "REPRINT No. {count}",
        "void": "Earlier tickets are void",
        "keep": "Bags are given back against this ticket. Keep it safe; do not fold the code.",
        "closing": "Please collect before closing: {closing}.",
        "fee": "Overdue: CNY {fee} a day; ownerless after {days} days.",
        "ownerless": "Ownerless after {days} days.",
        "liability": "Keep valuables with you. Liability for loss: CNY {cap} a ticket at most.",
        "lost_fee": "Lost ticket: CNY {fee}, and an identity check.",
        "phone": "Telephone",
        "form": "Release without ticket",
        "description": "Bags",
        "contents": "Contents",
        "identity": "Document seen",
        "not_noted": "(its number is not recorded)",
        "handled": "Handled by",
        "approved": "Approved by",
        "fees": "Fee",
        "statement": "I confirm that these bags are mine and that I have received them. The old ticket is void.",
        "signature": "Signature",
        "date": "Date",
        "id-card": "Identity card",
        "passport": "Passport",
        "residence-permit": "Residence permit",
        "driving-licence": "Driving licence",
        "social-security-card": "Social security card",
        "other": "Other document",
    },
}

# Kinds of document by which a claimant may be known; a number is never asked for.
DOCUMENT_KINDS = ("id-card", "passport", "residence-permit", "driving-licence", "social-security-card", "other")


class TicketText(msgspec.Struct, frozen=True, kw_only=True):
    """What differs from ticket to ticket. Times are in the store's zone; *reprint* 0 means the original."""

    number: int
    code: str
    slot: str
    pieces: int
    note: str
    taken_at: datetime
    closes_at: datetime  # when the bags must be fetched, at the latest
    reprint: int


class FormText(msgspec.Struct, frozen=True, kw_only=True):
    """What differs from form to form; times are in the store's zone."""

    number: int
    slot: str
    pieces: int
    taken_at: datetime
    description: str
    contents: str
    document_kind: str
    handled_by: str
    approved_by: str
    fee_fen: int
    printed_at: datetime


def ticket(settings: Settings, text: TicketText) -> Document:
    """The customer's part, then one tag for each piece, a cut after each."""
    paper = Paper(settings, _TEXTS)
    elements = [*_customer_part(paper, text), Cut()]
    for piece in range(1, text.pieces + 1):
        elements += [*_tag(paper, text, piece), Cut()]
    return Document(tuple(elements))


def lost_form(settings: Settings, text: FormText) -> Document:
    """The form that a customer without ticket signs."""
    paper = Paper(settings, _TEXTS)
    elements: list[Element] = [
        *paper.head(),
        *paper.lines("form", bold=True, align_center=True),
        Text(str(text.number), align="center", bold=True, width=_CUSTOMER_SCALE, height=_CUSTOMER_SCALE),
        Columns(paper.label("slot"), text.slot, bold=True),
        Columns(paper.label("pieces"), str(text.pieces)),
        Columns(paper.label("time"), minute(text.taken_at)),
        Rule(),
        Text(f"{paper.label('description')}: {text.description}"),
        Text(f"{paper.label('contents')}: {text.contents}"),
        Text(f"{paper.label('identity')}: {paper.label(text.document_kind)}"),
        *paper.lines("not_noted"),
        Text(f"{paper.label('handled')}: {text.handled_by}"),
        Text(f"{paper.label('approved')}: {text.approved_by}"),
        Columns(paper.label("fees"), f"CNY {_yuan(text.fee_fen)}", bold=True),
        Rule(),
        *paper.lines("statement"),
        Feed(2),
        Text(f"{paper.label('signature')}: ____________________"),
        Columns(paper.label("date"), minute(text.printed_at)),
        Cut(),
    ]
    return Document(tuple(elements))


def _reprint(paper: Paper, count: int) -> Iterator[Text]:
    """Yield what marks a copy; nothing for an original."""
    if count:
        yield from paper.lines("reprint", bold=True, align_center=True, count=count)
        yield from paper.lines("void", align_center=True)


def _customer_part(paper: Paper, text: TicketText) -> list[Element]:
    store, bags = paper.settings.store, paper.settings.bags
    rules: list[Element] = [*paper.lines("keep"), *paper.lines("closing", closing=minute(text.closes_at))]
    if bags.overdue_fee_fen_per_day:
        rules += paper.lines("fee", fee=_yuan(bags.overdue_fee_fen_per_day), days=bags.ownerless_after_days)
    else:
        rules += paper.lines("ownerless", days=bags.ownerless_after_days)
    rules += paper.lines("liability", cap=_yuan(bags.liability_cap_fen))
    if bags.lost_ticket_fee_fen:
        rules += paper.lines("lost_fee", fee=_yuan(bags.lost_ticket_fee_fen))
    rules += [Text(rule) for rule in bags.extra_rules]
    if store.phone:
        rules.append(Columns(paper.label("phone"), store.phone))
    return [
        *paper.head(),
        Text(paper.label("ticket"), align="center"),
        *_reprint(paper, text.reprint),
        Text(str(text.number), align="center", bold=True, width=_CUSTOMER_SCALE, height=_CUSTOMER_SCALE),
        Barcode(text.code, caption=False),
        Text(grouped(text.code), align="center"),  # in groups, for the day that the scanner is broken
        Columns(paper.label("pieces"), str(text.pieces), bold=True),
        Columns(paper.label("time"), minute(text.taken_at)),
        Rule(),
        *rules,
    ]


def _tag(paper: Paper, text: TicketText, piece: int) -> list[Element]:
    note = [Text(f"{paper.label('note')}: {text.note}")] if text.note else []
    return [
        Text(paper.label("tag"), align="center"),
        *_reprint(paper, text.reprint),
        Text(str(text.number), align="center", bold=True, width=_TAG_SCALE, height=_TAG_SCALE),
        Text(text.slot, align="center", bold=True, width=3, height=3),
        Text(f"{piece}/{text.pieces}", align="center", bold=True, width=2, height=2),
        Columns(paper.label("time"), minute(text.taken_at)),
        *note,
        Barcode(text.code, height_mm=8.0, caption=False),
        Text(grouped(text.code), align="center"),
    ]


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}" if fen % 100 else str(fen // 100)
