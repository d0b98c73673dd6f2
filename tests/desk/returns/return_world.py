"""A returns desk for tests: real services, print queue, vault and audit trail, on a database of the test."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.config import Settings
from kiosk.config_returns import Receipts, RefundExport, Returns
from kiosk.db import Database
from kiosk.desk.actors import ROLE_SCOPES, Actor, Role
from kiosk.desk.appliances.views import ApplianceTestView
from kiosk.desk.audit import AuditTrail
from kiosk.desk.contacts import ContactVault
from kiosk.desk.receipts import ReceiptService
from kiosk.desk.receipts.live import LiveSources
from kiosk.desk.receipts.views import NewLine, NewReceipt, ReceiptKind, Tender
from kiosk.desk.returns import ReturnService
from kiosk.desk.returns.policy import PolicyService
from kiosk.desk.returns.policy.views import Condition, Packaging, Policy, ReturnKind
from kiosk.desk.returns.views import Assessment, Goods, NewReturn, NewReturnLine, Override, Quote, RefundView, ReturnView
from kiosk.desk.staff.models import StaffUser
from kiosk.devices.document import Document, decode_document
from kiosk.devices.jobs import Job
from kiosk.devices.queue import JobQueue
from kiosk.errors import NotFound
from kiosk.events import Event, EventBus
from kiosk.i18n import msg
from tests.fakes.clock import FakeClock

T = TypeVar("T")

# Without rows everything may come back within the policy's days.
OPEN_POLICY = Policy(rows=[])


def person(number: int, name: str, role: Role) -> Actor:
    return Actor("user", number, name, ROLE_SCOPES[role], role)


WANG = person(1, "Wang", Role.DESK)
LIU = person(2, "Liu", Role.SUPERVISOR)
CHEN = person(3, "Chen", Role.MANAGER)
PORTER = person(4, "Porter", Role.BAG_CHECK)
POS = Actor("token", 1, "point of sale", frozenset({"refunds:write", "returns:read"}))
STAFF = (WANG, LIU, CHEN, PORTER)


def settings_with(
    returns: dict[str, object] | None = None, refunds: dict[str, object] | None = None, receipts: dict[str, object] | None = None
) -> Settings:
    """Default settings with other rules for returns, for telling the point of sale, for receipts."""
    settings = Settings()
    told = RefundExport(**(refunds or {}))  # type: ignore[arg-type]
    return msgspec.structs.replace(
        settings,
        returns=Returns(**(returns or {}), refunds=told),  # type: ignore[arg-type]
        receipts=Receipts(**(receipts or {})),  # type: ignore[arg-type]
    )


def sold(line: int = 1, quantity: str = "1", amount_fen: int = 1000, **more: Any) -> NewLine:
    """A line of a sale; its unit price follows from amount and discount."""
    number = Decimal(quantity)
    discount = more.get("discount_fen", 0)
    values: dict[str, Any] = {
        "product": f"P{line}",
        "name": f"Goods {line}",
        "unit_price_fen": int((Decimal(amount_fen + discount) / number).to_integral_value()),
        **more,
    }
    return NewLine(line=line, quantity=number, amount_fen=amount_fen, **values)


def back(line: int = 1, quantity: str = "1", **more: Any) -> NewReturnLine:
    values: dict[str, Any] = {"reason": "Not wanted", "condition": Condition.AS_NEW, "packaging": Packaging.SEALED, **more}
    return NewReturnLine(line=line, quantity=Decimal(quantity), **values)


def goods(name: str = "Kettle", quantity: str = "1", unit_price_fen: int = 1000, **more: Any) -> Goods:
    return Goods(product=more.pop("product", "K1"), name=name, quantity=Decimal(quantity), unit_price_fen=unit_price_fen, **more)


def leave(approver: Actor = LIU, reason: str = "regular customer") -> Override:
    return Override(approver, reason)


class ReturnWorld:
    """One station on one database."""

    def __init__(
        self,
        database: Database,
        clock: FakeClock,
        bus: EventBus,
        key_file: Path,
        settings: Settings | None = None,
        policy: Policy = OPEN_POLICY,
        seed: int = 7,
    ) -> None:
        self.db, self.clock, self.bus = database, clock, bus
        self.settings = settings or settings_with()
        self.printer = "ticket-printer"
        self.jobs = JobQueue(self.settings.station.name, clock, stale_after_s=180)
        self.audit = AuditTrail(self.settings.station.name, clock)
        self.contacts = ContactVault(self.settings, clock, self.audit, key_file)
        self.receipts = ReceiptService(self.settings, clock, database, self.audit, LiveSources([], clock))
        self.policy = PolicyService(self.settings, clock, self.audit)
        self.returns = ReturnService(
            self.settings, clock, self.jobs, self.audit, self.receipts, self.policy, lambda: self.printer, random.Random(seed)
        )
        self.tests: dict[int, ApplianceTestView] = {}
        self.heard: list[ReturnView] = []
        self.events: list[Event] = []
        self.returns.look_tests_up(self._test)
        self.returns.keep_photos(self.contacts)
        self.returns.on_change(lambda _session, _actor, returned: self.heard.append(returned))
        bus.subscribe(self.events.append)
        self.numbers = iter(range(1, 10_000))
        self.write(self._hire)
        self.write(self.policy.ensure_default)
        self.obey(policy)

    def _hire(self, session: Session) -> None:
        for actor in STAFF:
            if session.get(StaffUser, actor.id) is None:
                assert actor.role is not None
                session.add(
                    StaffUser(id=actor.id, name=actor.name, name_key=actor.name.casefold(), role=actor.role, created_at=self.clock.now())
                )

    def _test(self, _session: Session, test_id: int) -> ApplianceTestView:
        if test_id not in self.tests:
            raise NotFound(msg("There is no test %(id)s.", id=test_id))
        return self.tests[test_id]

    def obey(self, policy: Policy) -> None:
        """Have *policy* count from now on."""
        current = self.read(self.policy.current)
        if current.policy != policy:
            self.write(lambda session: self.policy.save(session, CHEN, policy, based_on=current.version))

    # -- the desk

    def write(self, unit: Callable[[Session], T]) -> T:
        return self.db.write(unit)

    def read(self, look: Callable[[Session], T]) -> T:
        with self.db.read() as session:
            return look(session)

    def sale(self, *lines: NewLine, number: str = "", sold_at: datetime | None = None, **more: Any) -> int:
        """A receipt of a sale an hour ago; return its id."""
        values: dict[str, Any] = {
            "number": number or f"2603100{next(self.numbers):05d}",
            "store": self.settings.store.code,
            "till": "1",
            "sold_at": sold_at or self.clock.now() - timedelta(hours=1),
            "lines": list(lines) or [sold()],
            **more,
        }
        receipt = NewReceipt(**values)

        def unit(session: Session) -> int:
            self.receipts.add_many(session, [self.receipts.check(receipt)], source="api", known_at=self.clock.now())
            return self.receipts.find(session, receipt.number, store=receipt.store).id

        return self.write(unit)

    def paid(self, *tenders: tuple[str, int]) -> list[Tender]:
        return [Tender(kind, fen) for kind, fen in tenders]

    def wanted(self, receipt_id: int | None, *lines: NewReturnLine, **more: Any) -> NewReturn:
        values: dict[str, Any] = {"kind": ReturnKind.RETURN, **more}
        return NewReturn(receipt_id=receipt_id, lines=list(lines), **values)

    def record(self, receipt_id: int | None, *lines: NewReturnLine, actor: Actor = WANG, **more: Any) -> ReturnView:
        wanted = self.wanted(receipt_id, *lines, **more)
        return self.write(lambda session: self.returns.record(session, actor, wanted))

    def quote(self, receipt_id: int | None, *lines: NewReturnLine, **more: Any) -> Quote:
        wanted = self.wanted(receipt_id, *lines, **more)
        return self.read(lambda session: self.returns.quote(session, wanted))

    def assess(self, receipt_id: int, **more: Any) -> Assessment:
        return self.read(lambda session: self.returns.assess(session, receipt_id, **more))

    def void(self, return_id: int, reason: str = "typed wrongly", actor: Actor = LIU) -> ReturnView:
        return self.write(lambda session: self.returns.void(session, actor, return_id, reason))

    def get(self, return_id: int) -> ReturnView:
        return self.read(lambda session: self.returns.get(session, return_id))

    def refunds(self) -> list[RefundView]:
        return self.read(lambda session: self.returns.refunds(session))

    def do(self, step: str, *args: Any, actor: Actor = WANG, **named: Any) -> Any:
        """Call the service's method *step* in a write unit."""
        return self.write(lambda session: getattr(self.returns, step)(session, actor, *args, **named))

    # -- what others see

    def document(self, job_id: int | None) -> Document:
        return self.read(lambda session: decode_document(session.scalars(select(Job.payload).where(Job.id == job_id)).one()))

    def told(self, name: str) -> list[dict[str, object]]:
        return [dict(event.data) for event in self.events if event.name == name]


def texts(messages: Sequence[Any]) -> list[str]:
    return [str(message) for message in messages]


__all__ = [
    "CHEN",
    "LIU",
    "OPEN_POLICY",
    "PORTER",
    "POS",
    "WANG",
    "ReceiptKind",
    "ReturnWorld",
    "back",
    "goods",
    "leave",
    "settings_with",
    "sold",
]
