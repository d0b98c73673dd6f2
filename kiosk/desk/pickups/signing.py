"""The supervisor signs for a list: the goods change hands, and a copy with the signature prints."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from kiosk.config import Settings
from kiosk.desk import signatures
from kiosk.desk.actors import Actor
from kiosk.desk.amounts import quantity
from kiosk.desk.paper import Paper, minute
from kiosk.desk.pickups.context import Context, goods_of, opened, require_hands, subject, who
from kiosk.desk.pickups.errors import NotChecked, WrongPickup
from kiosk.desk.pickups.models import SIGNED_SQL, KeptGoods, Pickup
from kiosk.desk.pickups.views import Holder, PickupState
from kiosk.desk.signatures import Strokes
from kiosk.devices.document import Barcode, Columns, Cut, Document, Element, Feed, Rule, Text
from kiosk.i18n import msg

COPY_PURPOSE = "pickup-copy"

_TEXTS: dict[str, dict[str, str]] = {
    "zh": {
        "title": "退货交接单",
        "department": "部门",
        "handed": "交出",
        "signer": "接收",
        "time": "时间",
        "found": "实收",
        "difference": "差异:{text}",
        "statement": "以上商品已逐项核对并接收。",
    },
    "en": {
        "title": "Returned goods handed over",
        "department": "Department",
        "handed": "Handed over by",
        "signer": "Taken by",
        "time": "Time",
        "found": "there",
        "difference": "Difference: {text}",
        "statement": "Each of these goods was checked and taken over.",
    },
}


def sign(context: Context, session: Session, actor: Actor, pickup_id: int, signer: Actor, strokes: Strokes) -> None:
    """Hand the goods over to *signer*, who has just identified themselves."""
    require_hands(actor)
    signer.require("returns:approve")
    strokes = signatures.checked(strokes)
    pickup = opened(session, pickup_id)
    items = goods_of(session, pickup.id)
    _all_checked(pickup, items)
    now = context.now()
    pickup.state, pickup.signed_at, pickup.signature = PickupState.SIGNED, now, signatures.pack(strokes)
    pickup.signed_by, pickup.signed_by_name = who(signer)
    for goods in items:
        if goods.found:
            goods.holder, goods.holder_name = who(signer)
        else:
            goods.holder = Holder.MISSING.value
        context.note(session, signer, goods, "signed", goods.difference)
    if device := context.printer_name():
        document = copy(context.settings, pickup, items, strokes, actor.name, minute(context.local(now)))
        job = context.jobs.enqueue(session, device=device, document=document, purpose=COPY_PURPOSE, subject=subject(pickup.id))
        pickup.job_id = job.id
    session.flush()
    differences = sum(goods.found != goods.quantity for goods in items)
    context.changed(session, signer, pickup, "signed", items=len(items), differences=differences, handed_over_by=actor.label)


def copy(settings: Settings, pickup: Pickup, items: list[KeptGoods], strokes: Strokes, handed_by: str, when: str) -> Document:
    """The paper that goes with the goods."""
    paper = Paper(settings, _TEXTS)
    elements: list[Element] = [
        *paper.head(),
        *paper.lines("title", bold=True, align_center=True),
        Text(pickup.number, align="center", bold=True, width=2, height=2),
        Columns(paper.label("department"), pickup.department),
        Columns(paper.label("time"), when),
        Rule(),
    ]
    for goods in items:
        elements.append(Text(goods.name or goods.product))
        count = f"{quantity(goods.quantity)}"
        if goods.found != goods.quantity:
            count = f"{paper.label('found')} {quantity(goods.found or 0)} / {count}"
        elements.append(Columns(f"  {goods.product}  {goods.return_number}", count))
        if goods.difference:
            elements += paper.lines("difference", text=goods.difference)
    elements += [
        Rule(),
        *paper.lines("statement"),
        Columns(paper.label("handed"), handed_by),
        Columns(paper.label("signer"), pickup.signed_by_name),
        signatures.drawing(strokes),
        Barcode(f"{pickup.code:016d}"),
        Feed(1),
        Cut(),
    ]
    return Document(tuple(elements))


def purge(session: Session, before: datetime, limit: int) -> int:
    """Delete at most *limit* signatures that were given before *before*; the lists say for ever who signed them."""
    old = select(Pickup).where(Pickup.signed_at < before, sql(SIGNED_SQL)).order_by(Pickup.signed_at).limit(limit)
    pickups = session.scalars(old.with_for_update().execution_options(populate_existing=True)).all()
    for pickup in pickups:
        pickup.signature = None
    session.flush()
    return len(pickups)


def _all_checked(pickup: Pickup, items: list[KeptGoods]) -> None:
    if not items:
        raise WrongPickup.of("items", msg("There is nothing on list %(number)s.", number=pickup.number))
    open_items = [goods for goods in items if goods.found is None or (goods.found != goods.quantity and not goods.difference)]
    if open_items:
        raise NotChecked(
            msg("%(count)s lines of list %(number)s are not checked.", count=len(open_items), number=pickup.number),
            msg("Scan or tick them, or write down what is missing and why."),
            items=[goods.id for goods in open_items],
        )
