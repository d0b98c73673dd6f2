"""A database of ten million receipt lines, as a store has them after 400 days; made once, by the product's own intake."""

import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from decimal import Decimal
from itertools import islice
from pathlib import Path

from kiosk.clock import SystemClock
from kiosk.config import Settings
from kiosk.db import Database
from kiosk.db.schema import HEAD, upgrade
from kiosk.desk.audit import AuditTrail
from kiosk.desk.receipts import ReceiptService
from kiosk.desk.receipts.live import LiveSources
from kiosk.desk.receipts.views import NewLine, NewReceipt, Tender

LINES = 10_000_000
DAYS = 400
# A large store: goods that it lists, tills, and the share of its customers with a card.
_GOODS, _TILLS, _MEMBERS = 30_000, 24, 0.4
_AT_ONCE = 2000
# Shares of receipts by how many lines they have: most are small, some are a week's shopping. 8 lines on average.
_SIZES, _WEIGHTS = (1, 2, 3, 5, 8, 12, 20, 35), (12, 13, 14, 18, 17, 13, 9, 4)
_CATEGORIES = ("生鲜/水果", "生鲜/蔬菜", "食品/饮料", "食品/休闲", "百货/清洁", "百货/纸品", "个护/洗发", "家电/小家电")
_WORDS = "鲜红大小特级有机精选纯香脆甜家庭装经典原味低糖高钙全脂苹果牛奶酱油纸巾洗衣液饼干茶叶大米面粉花生油"


class ManyReceipts:
    """The file in *folder*, made when it is not there; `loaded_s` is None when it was."""

    def __init__(self, folder: Path, lines: int = LINES) -> None:
        self.path = folder / f"receipts-{lines}-{HEAD}.db"
        self.loaded_s: float | None = None
        if not self.path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            began = time.perf_counter()
            unfinished = self.path.with_suffix(".part")
            unfinished.unlink(missing_ok=True)
            _load(unfinished, lines)
            unfinished.rename(self.path)
            self.loaded_s = time.perf_counter() - began


def service_over(db: Database) -> ReceiptService:
    """The receipts of *db*, without sources to ask."""
    clock = SystemClock()
    return ReceiptService(Settings(), clock, db, AuditTrail("bench", clock), LiveSources([], clock))


def _load(path: Path, lines: int) -> None:
    db = Database(f"sqlite:///{path}", clock=SystemClock())
    try:
        upgrade(db.engine)
        service, now = service_over(db), datetime.now(UTC)
        receipts = _receipts(lines, now)
        done = 0
        while batch := list(islice(receipts, _AT_ONCE)):
            db.write(lambda session, batch=batch: service.add_many(session, batch, source="import:bench", known_at=now))  # type: ignore[misc]
            done += sum(len(receipt.lines) for receipt in batch)
            print(f"\r{path.name}: {done:,} of {lines:,} lines", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
        with db.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
            connection.commit()
    finally:
        db.close()


def _receipts(lines: int, now: datetime) -> Iterator[NewReceipt]:
    """Sales of the last days in the order in which a store's files bring them: day by day, till by till."""
    rng = random.Random(7)
    goods = [_goods(rng, number) for number in range(_GOODS)]
    first = (now - timedelta(days=DAYS)).date()
    of_a_till = lines // DAYS // _TILLS
    for day in range(DAYS):
        opens = datetime.combine(first + timedelta(days=day), time_of_day(), UTC)  # 08:00 in Shanghai
        for till in range(1, _TILLS + 1):
            made, number = 0, 0
            while made < of_a_till:
                number += 1
                size = min(rng.choices(_SIZES, _WEIGHTS)[0], of_a_till - made)
                made += size
                sold = [_line(rng, goods, place) for place in range(1, size + 1)]
                total = sum(line.amount_fen for line in sold)
                yield NewReceipt(
                    number=f"{opens:%Y%m%d}{till:02d}{number:06d}",
                    store="S001",
                    till=f"{till:02d}",
                    sold_at=opens + timedelta(seconds=number * 97 % 46_000),
                    lines=sold,
                    cashier=f"{1000 + till + day % 3}",
                    tenders=[Tender(rng.choice(("wechat", "alipay", "cash")), total)],
                    member=f"62{rng.randrange(200_000):010d}" if rng.random() < _MEMBERS else "",
                    total_fen=total,
                )


def _goods(rng: random.Random, number: int) -> tuple[str, str, int, str, str]:
    name = "".join(rng.choices(_WORDS, k=rng.randrange(5, 12)))
    return (
        f"{100_000 + number}",
        f"{name} {rng.randrange(100, 2000)}g",
        rng.randrange(150, 9900),
        rng.choice(_CATEGORIES),
        f"690{number:010d}",
    )


def _line(rng: random.Random, goods: list[tuple[str, str, int, str, str]], place: int) -> NewLine:
    # Some goods are sold far more than others.
    product, name, price, category, barcode = goods[int(_GOODS * rng.random() ** 2)]
    quantity = Decimal(rng.choice((1, 1, 1, 2, 3))) if category[:2] != "生鲜" else Decimal(rng.randrange(120, 3500)).scaleb(-3)
    amount = int(price * quantity)
    discount = amount // 10 if rng.random() < 0.1 else 0
    return NewLine(place, product, name, quantity, price, amount - discount, discount, category, barcode)
