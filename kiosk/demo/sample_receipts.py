"""What the sample store sold in the last weeks: a receipt for every kind of answer that the returns desk can give."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from kiosk.desk.actors import SYSTEM
from kiosk.desk.amounts import MILLI, milli, share
from kiosk.desk.receipts.views import NewLine, NewReceipt, ReceiptKind, ReceiptSearch, Tender
from kiosk.i18n import N_

if TYPE_CHECKING:
    from kiosk.web.context import Services

# R, the day, the till, and the number of the sale: as the demo's kiosk.toml says.
NUMBER_REGEX = r"R(?P<date>\d{6})(?P<till>\d{2})(?P<sequence>\d{4})"
NUMBER_DATE = "%y%m%d"


@dataclass(frozen=True, slots=True)
class _Product:
    name: str
    category: str
    price_fen: int
    unit: str = ""


# By their codes of goods.
_PRODUCTS = {
    "6901234500016": _Product("红富士苹果", "生鲜/水果", 1180, "kg"),
    "6901234500023": _Product("鲜牛奶 950ml", "食品/乳品", 1590),
    "6901234500030": _Product("东北大米 5kg", "食品/粮油", 4990),
    "6901234500047": _Product("陶瓷马克杯", "百货/家居", 2990),
    "6901234500054": _Product("杯垫（赠品）", "百货/家居", 500),
    "6901234500061": _Product("电热水壶 1.7L", "家电/小家电", 12900),
    "6901234500078": _Product("电饭煲 4L", "家电/小家电", 29900),
    "6901234500085": _Product("纯棉T恤 L", "服装/上衣", 5990),
    "6901234500092": _Product("电动牙刷头", "个护/口腔", 3990),
    "6901234500108": _Product("洗发水 750ml", "百货/洗护", 3900),
    "6901234500115": _Product("生日蛋糕（定制）", "定制/烘焙", 16800),
    "6901234500122": _Product("收纳箱 50L", "百货/家居", 3590),
}


@dataclass(frozen=True, slots=True)
class _Line:
    product: str
    quantity: str = "1"
    discount_fen: int = 0
    gift_of: int | None = None
    promotion: str = ""


@dataclass(frozen=True, slots=True)
class _Sale:
    """A sale of *days* ago at the *hour*; *caption* names it on the bench page, where it is to be tried out."""

    days: int
    hour: int
    till: int
    sequence: int
    lines: tuple[_Line, ...]
    caption: str = ""
    cashier: str = "周敏"
    member: str = ""
    kind: ReceiptKind = ReceiptKind.SALE
    store: str = ""
    paid_by: str = "wechat"


_SALES = (
    _Sale(
        2,
        10,
        3,
        17,
        (
            _Line("6901234500016", "1.356"),
            _Line("6901234500023", "2"),
            _Line("6901234500047", "3", 900),
            _Line("6901234500054", "1", 500, gift_of=3),
            _Line("6901234500030"),
        ),
        N_("Groceries of two days ago, with a gift"),
        member="880012345678",
    ),
    _Sale(1, 19, 5, 204, (_Line("6901234500061"), _Line("6901234500122", "2")), N_("A kettle of yesterday"), paid_by="alipay"),
    _Sale(12, 15, 2, 88, (_Line("6901234500085", "2"), _Line("6901234500092")), N_("Clothes of twelve days ago")),
    _Sale(20, 11, 5, 31, (_Line("6901234500078"),), N_("A rice cooker of twenty days ago"), paid_by="card"),
    _Sale(
        3, 16, 1, 145, (_Line("6901234500108", "3", 3900, promotion="三件八折券"),), N_("Three for two, of three days ago"), cashier="李明"
    ),
    _Sale(1, 12, 4, 66, (_Line("6901234500115"), _Line("6901234500023", "4")), N_("A cake made to order")),
    _Sale(1, 13, 4, 71, (_Line("6901234500122"),), N_("A cancelled sale"), kind=ReceiptKind.CANCELLED),
    _Sale(4, 18, 2, 310, (_Line("6901234500047"),), N_("Another store's receipt"), store="S009"),
    _Sale(6, 9, 3, 12, (_Line("6901234500122", "4", 1436), _Line("6901234500085")), member="880012345678"),
    _Sale(8, 20, 1, 402, (_Line("6901234500030", "2"), _Line("6901234500023"))),
    _Sale(10, 14, 5, 150, (_Line("6901234500061", "1", 1000), _Line("6901234500108"))),
    _Sale(15, 17, 2, 233, (_Line("6901234500047", "6", 1794),)),
)


def number_of(sale: _Sale, now: datetime) -> str:
    """The number on the receipt of *sale*, seen from *now* in the store's zone."""
    day = now.date() - timedelta(days=sale.days)
    return f"R{day:{NUMBER_DATE}}{sale.till:02d}{sale.sequence:04d}"


def bench_receipts(now: datetime) -> list[tuple[str, str]]:
    """(number, caption) of the receipts that the bench page offers; *now* in the store's zone."""
    return [(number_of(sale, now), sale.caption) for sale in _SALES if sale.caption]


def seed_receipts(services: "Services") -> None:
    """Add the receipts, unless there are some of these weeks."""
    now = services.clock.now().astimezone(services.settings.store.zone)
    first, last = (now.date() - timedelta(days=days) for days in (max(sale.days for sale in _SALES), 0))
    with services.db.read() as session:
        if services.receipts.search(session, ReceiptSearch(day=first, until=last), limit=1):
            return
    for sale in _SALES:
        receipt = _receipt(sale, now, services.settings.store.code)
        services.db.write(partial(services.receipts.add, actor=SYSTEM, receipt=receipt, source="import:sample"))


def _receipt(sale: _Sale, now: datetime, store: str) -> NewReceipt:
    lines = [_sold(number, line) for number, line in enumerate(sale.lines, 1)]
    total = sum(line.amount_fen for line in lines)
    return NewReceipt(
        number=number_of(sale, now),
        store=sale.store or store,
        till=str(sale.till),
        cashier=sale.cashier,
        sold_at=datetime.combine(now.date() - timedelta(days=sale.days), time(sale.hour, sale.sequence % 60), now.tzinfo),
        lines=lines,
        tenders=[Tender(sale.paid_by, total)],
        member=sale.member,
        kind=sale.kind,
        total_fen=total,
    )


def _sold(number: int, line: _Line) -> NewLine:
    product, quantity = _PRODUCTS[line.product], Decimal(line.quantity)
    return NewLine(
        line=number,
        product=line.product[-6:],
        barcode=line.product,
        name=product.name,
        category=product.category,
        quantity=quantity,
        unit=product.unit,
        unit_price_fen=product.price_fen,
        discount_fen=line.discount_fen,
        amount_fen=share(product.price_fen, milli(quantity), MILLI) - line.discount_fen,
        gift_of=line.gift_of,
        promotion=line.promotion,
    )
