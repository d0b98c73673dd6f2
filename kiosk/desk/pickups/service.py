"""Custody of returned goods: gathered into lists, checked, signed for, and never without somebody who keeps them."""

import random
import secrets
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.desk.actors import Actor
from kiosk.desk.audit import AuditTrail
from kiosk.desk.bags.days import TradingDays
from kiosk.desk.pickups import custody, lists, look, signing
from kiosk.desk.pickups.context import Context
from kiosk.desk.pickups.views import DepartmentGoods, HandStep, PickupItem, PickupView
from kiosk.desk.returns.views import ReturnView
from kiosk.desk.signatures import Strokes
from kiosk.devices.queue import JobQueue
from kiosk.i18n import Message


class PickupService:
    """What pages and API talk to. Changing methods take the session of a write unit first."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        jobs: JobQueue,
        audit: AuditTrail,
        printer_name: Callable[[], str],
        rng: random.Random | None = None,
    ) -> None:
        """*printer_name* names the printer of copies at the moment of printing, "" when there is none; *rng* makes codes."""
        self._context = Context(
            settings=settings,
            clock=clock,
            jobs=jobs,
            audit=audit,
            printer_name=printer_name,
            rng=rng or secrets.SystemRandom(),
            days=TradingDays(settings.store, settings.bags),
        )

    # -- changes: in a write unit

    def take_over(self, session: Session, actor: Actor, returned: ReturnView) -> None:
        """Keep the goods of a return at the desk, or forget them when it is voided; in the unit of that return.

        Raises GoodsSigned when a voided return's goods have left the desk: then nothing of it may be undone.
        """
        custody.take_over(self._context, session, actor, returned)

    def gather(self, session: Session, actor: Actor, department: str) -> PickupView:
        """Put all that waits for *department* on its open list, made where there is none (scope returns:write)."""
        return self.get(session, lists.gather(self._context, session, actor, department))

    def check(self, session: Session, actor: Actor, pickup_id: int, item_id: int, *, found: Decimal, difference: str = "") -> PickupView:
        """Note what is there of one item (scope returns:write or returns:approve); another quantity than returned needs *difference*.

        Whoever stands at the screen notes it; who answers for it is who signs.
        """
        lists.check(self._context, session, actor, pickup_id, item_id, found, difference)
        return self.get(session, pickup_id)

    def check_by_scan(self, session: Session, actor: Actor, pickup_id: int, code: str) -> PickupView:
        """Count one of the item whose product or bar code was scanned; never more than returned."""
        lists.check_by_scan(self._context, session, actor, pickup_id, code)
        return self.get(session, pickup_id)

    def count_scan(self, session: Session, actor: Actor, pickup_id: int, code: str) -> PickupItem:
        """The same, for a screen that says which item it was."""
        return look.one(session, lists.check_by_scan(self._context, session, actor, pickup_id, code))

    def dissolve(self, session: Session, actor: Actor, pickup_id: int) -> PickupView:
        """Give an open list up: its goods wait at the desk again (scope returns:write)."""
        lists.dissolve(self._context, session, actor, pickup_id)
        return self.get(session, pickup_id)

    def sign(self, session: Session, actor: Actor, pickup_id: int, signer: Actor, strokes: Strokes) -> PickupView:
        """Hand the goods over to *signer*, who has just identified themselves by badge or PIN (scope returns:approve); prints the copy."""
        signing.sign(self._context, session, actor, pickup_id, signer, strokes)
        return self.get(session, pickup_id)

    def purge(self, session: Session, before: datetime, limit: int) -> int:
        """Delete at most *limit* signatures given before *before*; returns how many."""
        return signing.purge(session, before, limit)

    # -- look-ups: in any session

    def waiting(self, session: Session) -> list[DepartmentGoods]:
        """What waits at the desk, by department, the oldest first."""
        return look.waiting(session)

    def get(self, session: Session, pickup_id: int) -> PickupView:
        """One list; raises UnknownPickup."""
        return look.get(session, pickup_id)

    def newest(self, session: Session, *, limit: int = 50, before_id: int | None = None) -> list[PickupView]:
        """Lists, the newest first."""
        return look.newest(session, limit, before_id)

    def by_code(self, session: Session, code: str) -> int | None:
        """The id of the list with this code."""
        return look.by_code(session, code)

    def held(self, session: Session, *, holder: str = "", limit: int = 200) -> list[PickupItem]:
        """Who keeps what: the goods of *holder*, or all."""
        return look.held(session, holder, limit)

    def item(self, session: Session, item_id: int) -> PickupItem:
        """One item, wherever it is; raises UnknownGoods."""
        return look.one(session, item_id)

    def history(self, session: Session, item_id: int) -> list[HandStep]:
        """Through whose hands an item went, the oldest first."""
        return look.history(session, item_id)

    def unsigned(self, session: Session, before: datetime) -> Message | None:
        """Why the day cannot be closed: goods taken back before *before* that nobody signed for; None: there are none."""
        return look.unsigned(session, before)
