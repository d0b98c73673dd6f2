"""What every part of the custody of goods shares: its dependencies, the locked rows, the history, and what is told of a change."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.db import table_of
from kiosk.desk.actors import Actor
from kiosk.desk.audit import AuditTrail
from kiosk.desk.bags.days import TradingDays
from kiosk.desk.pickups.errors import PickupEnded, UnknownGoods, UnknownPickup
from kiosk.desk.pickups.models import LABEL_LENGTH, NAME_LENGTH, KeptGoods, KeptGoodsStep, Pickup
from kiosk.desk.pickups.views import PickupState
from kiosk.devices.queue import JobQueue
from kiosk.events import emit
from kiosk.i18n import msg

OPEN_STATES = frozenset({PickupState.OPEN, PickupState.CHECKING})
CHANGED = "pickup.changed"

_ADD_STEP = insert(table_of(KeptGoodsStep))
_LARGEST_ID = 2**63 - 1


@dataclass(slots=True)
class Context:
    """One station's returned goods. *rng* makes the codes; *printer_name* names the device that prints copies now."""

    settings: Settings
    clock: Clock
    jobs: JobQueue
    audit: AuditTrail
    printer_name: Callable[[], str]
    rng: random.Random
    days: TradingDays

    def now(self) -> datetime:
        return self.clock.now()

    def local(self, at: datetime) -> datetime:
        """*at* in the store's zone."""
        return at.astimezone(self.settings.store.zone)

    def note(self, session: Session, actor: Actor, goods: KeptGoods, action: str, note: str = "") -> None:
        """Write one line of the history of *goods*, as they are now."""
        label, name = who(actor)
        session.execute(
            _ADD_STEP,
            {
                "goods_id": goods.id,
                "at": self.now(),
                "actor": label,
                "actor_name": name,
                "action": action,
                "pickup_id": goods.pickup_id,
                "found": goods.found,
                "note": note,
            },
        )

    def changed(self, session: Session, actor: Actor, pickup: Pickup, what: str, **detail: object) -> None:
        """Write *what* became of a list into the audit trail, and tell the screens."""
        self.audit.append(session, actor, f"pickup.{what}", subject(pickup.id), {"number": pickup.number, **detail})
        tell(session, pickup.department, pickup)


def tell(session: Session, department: str, pickup: Pickup | None = None) -> None:
    """Have `pickup.changed` published: of a list, or of what waits for *department*."""
    of_list = {"id": pickup.id, "number": pickup.number, "state": pickup.state.value} if pickup else {"id": None}
    emit(session, CHANGED, {**of_list, "department": department})


def subject(pickup_id: int) -> str:
    """How jobs and the audit trail name a list."""
    return f"pickup:{pickup_id}"


def who(actor: Actor) -> tuple[str, str]:
    """What a record keeps of *actor*: the stable label, and the name that a screen shows later."""
    return actor.label[:LABEL_LENGTH], actor.name[:NAME_LENGTH]


def require_hands(actor: Actor) -> None:
    """Raise Denied unless *actor* works with returned goods, at the desk or as who signs for them."""
    if not actor.may("returns:approve"):
        actor.require("returns:write")


def found(session: Session, pickup_id: int, *, lock: bool = False) -> Pickup:
    """The list as it is now; *lock*: nobody else changes it until this write unit ends. Raises UnknownPickup."""
    query = select(Pickup).where(Pickup.id == pickup_id).execution_options(populate_existing=True)
    pickup = session.scalars(query.with_for_update() if lock else query).one_or_none() if 0 < pickup_id <= _LARGEST_ID else None
    if pickup is None:
        raise UnknownPickup(msg("There is no pickup list %(id)s.", id=pickup_id), msg("Choose one from the page of pickup lists."))
    return pickup


def opened(session: Session, pickup_id: int) -> Pickup:
    """The list, locked and still open. Raises UnknownPickup, PickupEnded."""
    pickup = found(session, pickup_id, lock=True)
    if pickup.state is PickupState.SIGNED and pickup.signed_at is not None:
        raise PickupEnded(
            msg("%(name)s has signed list %(number)s, %(time)s.", name=pickup.signed_by_name, number=pickup.number, time=pickup.signed_at),
            msg("Look at the list: it says who keeps the goods."),
            state=pickup.state.value,
        )
    if pickup.state not in OPEN_STATES:
        raise PickupEnded(
            msg("List %(number)s was dissolved.", number=pickup.number),
            msg("Its goods wait at the desk: gather them again."),
            state=pickup.state.value,
        )
    return pickup


def goods_of(session: Session, pickup_id: int) -> list[KeptGoods]:
    """The items of a list, in the order in which they came back."""
    query = select(KeptGoods).where(KeptGoods.pickup_id == pickup_id).order_by(KeptGoods.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def item_of(session: Session, pickup: Pickup, item_id: int) -> KeptGoods:
    """One item of a list. Raises UnknownGoods."""
    goods = session.get(KeptGoods, item_id, populate_existing=True) if 0 < item_id <= _LARGEST_ID else None
    if goods is None or goods.pickup_id != pickup.id:
        raise UnknownGoods(msg("List %(number)s has no item %(id)s.", number=pickup.number, id=item_id), msg("Reload the list."))
    return goods
