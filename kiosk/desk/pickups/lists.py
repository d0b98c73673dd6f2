"""Lists of returned goods: gathered by department, checked item by item, dissolved when they were a mistake."""

from decimal import Decimal

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from kiosk.db.upsert import insert_if_missing
from kiosk.desk.actors import Actor
from kiosk.desk.amounts import MILLI, milli, quantity
from kiosk.desk.day_numbers import next_number
from kiosk.desk.pickups.context import Context, goods_of, item_of, opened, require_hands, who
from kiosk.desk.pickups.errors import AllCounted, NothingWaits, TickedOnly, UnknownGoods, WrongPickup
from kiosk.desk.pickups.models import DIFFERENCE_LENGTH, OPEN_SQL, KeptGoods, Pickup
from kiosk.desk.pickups.views import Holder, PickupState
from kiosk.desk.plain_text import one_line
from kiosk.desk.returns.codes import new_pickup_code
from kiosk.i18n import msg

_SERIES = "P"
# Lengths of the numbers that GS1 prints as bars; the same goods may carry one with zeros in front (UPC-A as EAN-13).
_GTIN_LENGTHS = (8, 12, 13, 14)


def gather(context: Context, session: Session, actor: Actor, department: str) -> int:
    """Put all that waits for *department* on its open list, made where there is none; return the list's id."""
    actor.require("returns:write")
    pickup = _open_list(session, department)
    waiting = _waiting(session, department)
    if not waiting:
        if pickup is None:
            raise NothingWaits(
                msg("Nothing waits at the desk for %(department)s.", department=department or "–"),
                msg("Reload the page: somebody may have gathered it, or a return was voided."),
            )
        return pickup.id
    if pickup is None:
        pickup = _new_list(context, session, actor, department)
        waiting = _waiting(session, department)  # another station may have gathered while this one waited for its turn
    for goods in waiting:
        goods.pickup_id = pickup.id
        context.note(session, actor, goods, "gathered")
    session.flush()
    context.changed(session, actor, pickup, "gathered", items=len(waiting))
    return pickup.id


def check(context: Context, session: Session, actor: Actor, pickup_id: int, item_id: int, found: Decimal, difference: str) -> None:
    """Note what is there of one item; another quantity than returned needs *difference*."""
    require_hands(actor)
    pickup = opened(session, pickup_id)
    goods = item_of(session, pickup, item_id)
    there = _there(goods, found)
    reason = one_line(difference)
    if len(reason) > DIFFERENCE_LENGTH:
        raise WrongPickup.of(
            "difference",
            msg("This has %(length)s characters; at most %(limit)s are possible.", length=len(reason), limit=DIFFERENCE_LENGTH),
        )
    if there != goods.quantity and not reason:
        raise WrongPickup.of("difference", msg("Write down why something is missing."))
    goods.found, goods.difference = there, reason if there != goods.quantity else ""
    context.note(session, actor, goods, "checked", goods.difference)
    _begun(context, session, actor, pickup, goods, "checked")


def check_by_scan(context: Context, session: Session, actor: Actor, pickup_id: int, code: str) -> int:
    """Count one piece of the item whose product or bar code was scanned; return the item's id."""
    require_hands(actor)
    pickup = opened(session, pickup_id)
    wanted = gtin(code)
    same = [goods for goods in goods_of(session, pickup.id) if wanted in (gtin(goods.product), gtin(goods.barcode))] if wanted else []
    if not same:
        raise UnknownGoods(
            msg("These goods are not on list %(number)s.", number=pickup.number),
            msg("Put them aside: they belong to another list, or did not come back at this desk."),
        )
    by_piece = [goods for goods in same if not goods.weighed]
    if not by_piece:
        raise TickedOnly(
            msg("%(goods)s is sold by weight: compare what is there, and tick it.", goods=same[0].name or same[0].product),
            msg("Touch its line on the list."),
        )
    goods = next((item for item in by_piece if (item.found or 0) < item.quantity), None)
    if goods is None:
        raise AllCounted(
            msg(
                "All of %(goods)s were counted: %(count)s.",
                goods=by_piece[0].name or by_piece[0].product,
                count=quantity(sum(item.quantity for item in by_piece)),
            ),
            msg("One more than came back: see where it belongs."),
        )
    # One scan is one piece: no code, however it is read, can say how many there are.
    goods.found = min((goods.found or 0) + MILLI, goods.quantity)
    goods.difference = "" if goods.found == goods.quantity else goods.difference
    context.note(session, actor, goods, "scanned")
    _begun(context, session, actor, pickup, goods, "scanned")
    return goods.id


def dissolve(context: Context, session: Session, actor: Actor, pickup_id: int) -> None:
    """Give a list up: its goods wait at the desk again, unchecked."""
    actor.require("returns:write")
    pickup = opened(session, pickup_id)
    for goods in goods_of(session, pickup.id):
        context.note(session, actor, goods, "dissolved")
        goods.pickup_id, goods.found, goods.difference = None, None, ""
    pickup.state = PickupState.DISSOLVED
    session.flush()
    context.changed(session, actor, pickup, "dissolved")


def gtin(code: str) -> str:
    """*code* in the form in which the same goods always have the same one: GS1's numbers without zeros in front."""
    plain = code.strip()
    if plain.isascii() and plain.isdigit() and len(plain) in _GTIN_LENGTHS:
        return plain.lstrip("0") or plain
    return plain


def _there(goods: KeptGoods, found: Decimal) -> int:
    """*found* in thousandths. Raises WrongPickup unless it lies between nothing and what came back."""
    try:
        there = milli(found)
    except ValueError:
        raise WrongPickup.of("found", msg("This is no quantity; weights have three decimals at most.")) from None
    if not 0 <= there <= goods.quantity:
        raise WrongPickup.of("found", msg("%(limit)s came back: there cannot be more.", limit=quantity(goods.quantity)))
    if not goods.weighed and there % MILLI:
        raise WrongPickup.of("found", msg("These goods are counted by the piece."))
    return there


def _begun(context: Context, session: Session, actor: Actor, pickup: Pickup, goods: KeptGoods, what: str) -> None:
    pickup.state = PickupState.CHECKING
    session.flush()
    detail = {"item": goods.id, "found": str(quantity(goods.found or 0)), "of": str(quantity(goods.quantity))}
    context.changed(session, actor, pickup, what, **detail)


def _open_list(session: Session, department: str) -> Pickup | None:
    query = select(Pickup).where(Pickup.department == department, text(OPEN_SQL)).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def _waiting(session: Session, department: str) -> list[KeptGoods]:
    query = select(KeptGoods).where(
        KeptGoods.holder == Holder.DESK.value, KeptGoods.department == department, KeptGoods.pickup_id.is_(None)
    )
    return list(session.scalars(query.order_by(KeptGoods.id).with_for_update().execution_options(populate_existing=True)))


def _new_list(context: Context, session: Session, actor: Actor, department: str) -> Pickup:
    now = context.now()
    label, name = who(actor)
    insert_if_missing(
        session,
        Pickup,
        station=context.settings.station.name,
        number=next_number(session, _SERIES, context.days.day_of(now)),
        code=_unused_code(context, session),
        department=department,
        state=PickupState.OPEN,
        created_at=now,
        created_by=label,
        created_by_name=name,
        signed_by="",
        signed_by_name="",
    )
    pickup = _open_list(session, department)
    assert pickup is not None  # made here, or by a station that was faster
    return pickup


def _unused_code(context: Context, session: Session) -> int:
    while True:
        code = int(new_pickup_code(context.rng))
        if session.scalar(select(Pickup.id).where(Pickup.code == code)) is None:
            return code
