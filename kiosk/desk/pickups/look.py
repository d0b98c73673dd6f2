"""Look-ups of returned goods and their lists: what waits, what is on a list, who keeps what, through whose hands it went."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, or_, select, text
from sqlalchemy.orm import Session

from kiosk.desk import signatures
from kiosk.desk.amounts import quantity
from kiosk.desk.pickups.context import found
from kiosk.desk.pickups.errors import UnknownGoods
from kiosk.desk.pickups.models import AT_DESK_SQL, KeptGoods, KeptGoodsStep, Pickup
from kiosk.desk.pickups.views import DepartmentGoods, HandStep, Holder, PickupItem, PickupView
from kiosk.desk.returns.codes import is_pickup_code, normalise
from kiosk.i18n import Message, msg

_MAX_ROWS = 500


def get(session: Session, pickup_id: int) -> PickupView:
    """One list; raises UnknownPickup."""
    return _views(session, [found(session, pickup_id)])[0]


def newest(session: Session, limit: int, before_id: int | None) -> list[PickupView]:
    """Lists, the newest first."""
    query = select(Pickup).order_by(Pickup.id.desc()).limit(max(0, min(limit, _MAX_ROWS)))
    if before_id is not None:
        query = query.where(Pickup.id < before_id)
    return _views(session, session.scalars(query.execution_options(populate_existing=True)).all())


def by_code(session: Session, code: str) -> int | None:
    """The id of the list with this code."""
    plain = normalise(code)
    return session.scalar(select(Pickup.id).where(Pickup.code == int(plain))) if is_pickup_code(plain) else None


def waiting(session: Session) -> list[DepartmentGoods]:
    """What waits at the desk, by department, the oldest first."""
    query = (
        select(KeptGoods.department, func.count().label("items"), func.min(KeptGoods.taken_back_at), func.max(KeptGoods.pickup_id))
        .where(text(AT_DESK_SQL))
        .group_by(KeptGoods.department)
    )
    found_goods = [DepartmentGoods(*row) for row in session.execute(query).tuples()]
    return sorted(found_goods, key=lambda goods: (goods.oldest, goods.department))


def held(session: Session, holder: str, limit: int) -> list[PickupItem]:
    """Who keeps what, the newest first: the goods of *holder* (a label or a name), or all."""
    query = select(KeptGoods).where(KeptGoods.holder != Holder.CUSTOMER.value)
    if holder:
        query = query.where(or_(KeptGoods.holder == holder, KeptGoods.holder_name == holder))
    query = query.order_by(KeptGoods.id.desc()).limit(max(0, min(limit, _MAX_ROWS)))
    return [item_view(goods) for goods in session.scalars(query.execution_options(populate_existing=True))]


def history(session: Session, item_id: int) -> list[HandStep]:
    """Through whose hands goods went, the oldest first; raises UnknownGoods."""
    query = select(KeptGoodsStep).where(KeptGoodsStep.goods_id == item_id).order_by(KeptGoodsStep.id)
    steps = [
        HandStep(
            at=step.at,
            who=step.actor_name,
            action=step.action,
            pickup_id=step.pickup_id,
            found=None if step.found is None else quantity(step.found),
            note=step.note,
        )
        for step in (session.scalars(query) if 0 < item_id < 2**63 else ())
    ]
    if not steps:
        raise UnknownGoods(msg("There are no goods %(id)s.", id=item_id), msg("Choose them from the list of goods that are kept."))
    return steps


def one(session: Session, item_id: int) -> PickupItem:
    """One item wherever it is; raises UnknownGoods."""
    goods = session.get(KeptGoods, item_id, populate_existing=True) if 0 < item_id < 2**63 else None
    if goods is None:
        raise UnknownGoods(msg("There are no goods %(id)s.", id=item_id), msg("Choose them from the list of goods that are kept."))
    return item_view(goods)


def unsigned(session: Session, before: datetime) -> Message | None:
    """Why the day cannot be closed: goods taken back before *before* that nobody signed for; None: there are none."""
    query = (
        select(KeptGoods.department, func.count())
        .where(text(AT_DESK_SQL), KeptGoods.taken_back_at < before)
        .group_by(KeptGoods.department)
        .order_by(KeptGoods.department)
    )
    rows = session.execute(query).tuples().all()
    if not rows:
        return None
    goods = ", ".join(f"{department}: {count}" for department, count in rows)
    return msg("Nobody has signed for returned goods. They wait at the desk for %(goods)s.", goods=goods)


def item_view(goods: KeptGoods) -> PickupItem:
    """The frozen value of a row."""
    return PickupItem(
        id=goods.id,
        return_id=goods.return_id,
        return_number=goods.return_number,
        product=goods.product,
        barcode=goods.barcode,
        name=goods.name,
        category=goods.category,
        department=goods.department,
        quantity=quantity(goods.quantity),
        condition=goods.condition,
        found=None if goods.found is None else quantity(goods.found),
        difference=goods.difference,
        holder=goods.holder_name or goods.holder,
        taken_back_at=goods.taken_back_at,
        pickup_id=goods.pickup_id,
        weighed=goods.weighed,
        holder_label=goods.holder,
    )


def _views(session: Session, pickups: Sequence[Pickup]) -> list[PickupView]:
    items: defaultdict[int, list[PickupItem]] = defaultdict(list)
    for goods in _goods(session, [pickup.id for pickup in pickups]):
        assert goods.pickup_id is not None
        items[goods.pickup_id].append(item_view(goods))
    return [
        PickupView(
            id=pickup.id,
            number=pickup.number,
            code=f"{pickup.code:016d}",
            department=pickup.department,
            state=pickup.state,
            items=items[pickup.id],
            created_at=pickup.created_at,
            created_by=pickup.created_by_name,
            signed_at=pickup.signed_at,
            signed_by=pickup.signed_by_name,
            signature=signatures.unpack(pickup.signature),
            job=pickup.job_id,
        )
        for pickup in pickups
    ]


def _goods(session: Session, pickup_ids: list[int]) -> Iterable[KeptGoods]:
    query = select(KeptGoods).where(KeptGoods.pickup_id.in_(pickup_ids)).order_by(KeptGoods.pickup_id, KeptGoods.id)
    return session.scalars(query.execution_options(populate_existing=True))
