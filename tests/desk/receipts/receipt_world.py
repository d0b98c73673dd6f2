"""A store's receipts in tests: the service, receipts to bring in, and a point of sale that can be asked."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from kiosk.config import Settings, Store
from kiosk.config_returns import NumberPattern, Receipts
from kiosk.db import Database
from kiosk.db.base import Base
from kiosk.desk.actors import SYSTEM, Actor
from kiosk.desk.audit import AuditTrail
from kiosk.desk.receipts import ReceiptService
from kiosk.desk.receipts.live import LiveSources, SourceDown
from kiosk.desk.receipts.views import Added, NewLine, NewReceipt, ReceiptView, Tender
from tests.fakes.clock import FakeClock

MILK = NewLine(1, "6901001", "鲜牛奶 1L", Decimal(2), 1250, 2500, category="生鲜/乳品", barcode="6901234567892")
APPLES = NewLine(2, "20017", "红富士苹果", Decimal("1.354"), 1180, 1598, category="生鲜/水果", unit="kg")
KETTLE = NewLine(3, "8800142", "电热水壶", Decimal(1), 12900, 11900, 1000, category="家电/小家电")
PLAIN_NUMBERS = [NumberPattern(r"(?P<number>\d{20})")]


def a_receipt(number: str = "20260309010100000042", **changed: object) -> NewReceipt:
    """A sale of the day before the tests' clock stands still, at 10:00 in Shanghai."""
    receipt = NewReceipt(
        number=number,
        store="S001",
        till="01",
        sold_at=datetime.fromisoformat("2026-03-09T10:00:00+08:00"),
        lines=[MILK, APPLES, KETTLE],
        cashier="1007",
        tenders=[Tender("wechat", 15998)],
        member="6210000012345678",
        total_fen=15998,
    )
    return replace(receipt, **changed)


class AskedSource:
    """A point of sale in memory. *away*: it does not answer."""

    def __init__(self, name: str = "pos") -> None:
        self.name = name
        self.away = False
        self.asked: list[tuple[str, str]] = []
        self.receipts: dict[str, NewReceipt] = {}

    def fetch(self, number: str, store: str) -> NewReceipt | None:
        self.asked.append((number, store))
        if self.away:
            raise SourceDown("no answer within 2 s")
        return self.receipts.get(number)


class ReceiptWorld:
    """A desk that knows no receipt yet."""

    def __init__(
        self,
        db: Database,
        clock: FakeClock,
        sources: Sequence[AskedSource] = (),
        receipts: Receipts | None = None,
    ) -> None:
        Base.metadata.create_all(db.engine)
        self.db, self.clock = db, clock
        self.settings = Settings(store=Store(code="S001"), receipts=receipts or Receipts(numbers=PLAIN_NUMBERS))
        self.audit = AuditTrail("desk-1", clock)
        self.service = ReceiptService(self.settings, clock, db, self.audit, LiveSources(sources, clock))

    def with_sources(self, *sources: AskedSource, receipts: Receipts | None = None) -> "ReceiptWorld":
        """The same desk with a point of sale to ask."""
        return ReceiptWorld(self.db, self.clock, sources, receipts)

    def add(self, receipt: NewReceipt, actor: Actor = SYSTEM) -> tuple[int, Added]:
        return self.db.write(lambda session: self.service.add(session, actor, receipt))

    def bring(self, *receipts: NewReceipt, source: str = "import:pos1") -> list[Added]:
        """Check and take in, as an import does."""
        checked = [self.service.check(receipt) for receipt in receipts]
        return self.db.write(lambda session: self.service.add_many(session, checked, source=source, known_at=self.clock.now()))

    def find(self, number: str, store: str | None = None) -> ReceiptView:
        with self.db.read() as session:
            return self.service.find(session, number, store=store)
