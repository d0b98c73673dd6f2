"""Takes the goods of returns into the desk's keeping, and forgets what a voided return gives back to its customer."""

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.config import Settings
from kiosk.desk.actors import Actor
from kiosk.desk.amounts import milli
from kiosk.desk.pickups.context import Context, found, goods_of, require_hands, tell
from kiosk.desk.pickups.errors import GoodsSigned
from kiosk.desk.pickups.models import DEPARTMENT_LENGTH, KeptGoods
from kiosk.desk.pickups.views import Holder, PickupState
from kiosk.desk.receipts.models import ReceiptLineRow, ReceiptProduct
from kiosk.desk.receipts.views import ReceiptLine
from kiosk.desk.returns.views import ReturnedLine, ReturnState, ReturnView
from kiosk.i18n import msg


def department_of(settings: Settings, category: str) -> str:
    """The department that takes goods of *category* back: the one of the longest beginning of it."""
    known = settings.returns.departments
    beginning = max((begin for begin in known if category.startswith(begin)), key=len, default=None)
    return (settings.returns.other_department if beginning is None else known[beginning])[:DEPARTMENT_LENGTH]


def take_over(context: Context, session: Session, actor: Actor, returned: ReturnView) -> None:
    """Keep the goods of a return at the desk, or give up those of a voided one; in the unit of that return."""
    require_hands(actor)
    if returned.state is ReturnState.VOIDED:
        _give_up(context, session, actor, returned)
    else:
        _keep(context, session, actor, returned)


def _keep(context: Context, session: Session, actor: Actor, returned: ReturnView) -> None:
    known = set(session.scalars(select(KeptGoods.line_id).where(KeptGoods.return_id == returned.id)))
    labels = _labels(session, returned)
    departments = set()
    for line in returned.lines:
        if line.id in known:
            continue  # the unit runs again, or the return tells of itself twice
        barcode, unit = labels.get(line.line, ("", ""))
        goods = KeptGoods(
            line_id=line.id,
            return_id=returned.id,
            return_number=returned.number,
            product=line.product,
            barcode=barcode,
            name=line.name,
            category=line.category,
            department=department_of(context.settings, line.category),
            quantity=milli(line.quantity),
            weighed=_weighed(line, unit),
            condition=line.condition.value,
            holder=Holder.DESK.value,
            taken_back_at=returned.recorded_at,
        )
        session.add(goods)
        session.flush()
        context.note(session, actor, goods, "taken-back")
        departments.add(goods.department)
    for department in sorted(departments):
        tell(session, department)


def _give_up(context: Context, session: Session, actor: Actor, returned: ReturnView) -> None:
    query = select(KeptGoods).where(KeptGoods.return_id == returned.id, KeptGoods.holder != Holder.CUSTOMER.value).order_by(KeptGoods.id)
    # The lists first, as everybody who changes them does: two that lock in different orders wait for each other.
    lists = {goods.pickup_id for goods in session.scalars(query) if goods.pickup_id is not None}
    pickups = [found(session, pickup_id, lock=True) for pickup_id in sorted(lists)]
    kept = list(session.scalars(query.execution_options(populate_existing=True)))
    signed = next((goods for goods in kept if goods.holder != Holder.DESK.value), None)
    if signed is not None:
        raise GoodsSigned(
            msg(
                "The goods of return %(number)s have left the desk: %(goods)s.",
                number=returned.number,
                goods=signed.name or signed.product,
            ),
            msg("Ask whoever signed for them; the list of returned goods says who that is."),
            holder=signed.holder,
        )
    for goods in kept:
        goods.holder, goods.pickup_id, goods.found, goods.difference = Holder.CUSTOMER.value, None, None, ""
        context.note(session, actor, goods, "withdrawn")
    session.flush()
    for pickup in pickups:
        if not goods_of(session, pickup.id):
            pickup.state = PickupState.DISSOLVED
            session.flush()
        context.changed(session, actor, pickup, "reduced", return_number=returned.number)
    for department in sorted({goods.department for goods in kept}):
        tell(session, department)


def _labels(session: Session, returned: ReturnView) -> Mapping[int | None, tuple[str, str]]:
    """Bar code and unit of each line, as the receipt names them."""
    if returned.receipt_id is None:
        return {}
    query = (
        select(ReceiptLineRow.line, ReceiptProduct.barcode, ReceiptProduct.unit)
        .join(ReceiptProduct, ReceiptProduct.id == ReceiptLineRow.product_id)
        .where(ReceiptLineRow.receipt_id == returned.receipt_id)
    )
    return {row.line: (row.barcode, row.unit) for row in session.execute(query)}


def _weighed(line: ReturnedLine, unit: str) -> bool:
    """Whether these are sold by weight or length; the receipt's own view of a line knows how units are written."""
    bought = ReceiptLine(1, "", "", Decimal(line.quantity), 0, 0, 0, "", "", unit, None, "")
    return bought.weighed
