"""Custody of returned goods: gathered into lists, checked, signed for, and never without somebody who keeps them."""

import random
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.desk.actors import Actor
from kiosk.desk.audit import AuditTrail
from kiosk.desk.pickups.views import DepartmentGoods, PickupItem, PickupView
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
        self._settings, self._clock, self._jobs, self._audit = settings, clock, jobs, audit
        self._printer_name, self._rng = printer_name, rng

    def take_over(self, session: Session, actor: Actor, returned: ReturnView) -> None:
        """Keep the goods of a return at the desk, or forget them when it is voided; in the unit of that return."""
        raise AssertionError("not yet")

    def waiting(self, session: Session) -> list[DepartmentGoods]:
        """What waits at the desk, by department, the oldest first."""
        raise AssertionError("not yet")

    def gather(self, session: Session, actor: Actor, department: str) -> PickupView:
        """Put all that waits for *department* on its open list, made where there is none (scope returns:write)."""
        raise AssertionError("not yet")

    def check(self, session: Session, actor: Actor, pickup_id: int, item_id: int, *, found: Decimal, difference: str = "") -> PickupView:
        """Note what is there of one item (scope returns:approve); another quantity than returned needs *difference*."""
        raise AssertionError("not yet")

    def check_by_scan(self, session: Session, actor: Actor, pickup_id: int, code: str) -> PickupView:
        """Count one of the item whose product or bar code was scanned; never more than returned."""
        raise AssertionError("not yet")

    def sign(self, session: Session, actor: Actor, pickup_id: int, signer: Actor, strokes: Strokes) -> PickupView:
        """Hand the goods over to *signer*, who has just identified themselves by badge or PIN (scope returns:approve); prints the copy."""
        raise AssertionError("not yet")

    def get(self, session: Session, pickup_id: int) -> PickupView:
        """One list; raises UnknownPickup."""
        raise AssertionError("not yet")

    def newest(self, session: Session, *, limit: int = 50, before_id: int | None = None) -> list[PickupView]:
        """Lists, the newest first."""
        raise AssertionError("not yet")

    def by_code(self, session: Session, code: str) -> int | None:
        """The id of the list with this code."""
        raise AssertionError("not yet")

    def held(self, session: Session, *, holder: str = "", limit: int = 200) -> list[PickupItem]:
        """Who keeps what: the goods of *holder*, or all."""
        raise AssertionError("not yet")

    def unsigned(self, session: Session, before: datetime) -> Message | None:
        """Why the day cannot be closed: goods taken back before *before* that nobody signed for; None: there are none."""
        raise AssertionError("not yet")
