"""A desk that files are brought in to, and how their rows are written."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.config_returns import ImportProfile, Receipts
from kiosk.db import Database
from kiosk.desk.audit import AuditTrail
from kiosk.desk.receipts import ReceiptService
from kiosk.desk.receipts.importing.importer import Importer
from kiosk.desk.receipts.importing.profiles import profile_for
from kiosk.desk.receipts.importing.report import Report
from kiosk.desk.receipts.live import LiveSources
from kiosk.desk.receipts.views import ReceiptView

HEAD = "小票号,门店,机号,时间,编码,品名,数量,单价,金额"
COLUMNS = {
    "number": "小票号",
    "store": "门店",
    "till": "机号",
    "sold_at": "时间",
    "product": "编码",
    "name": "品名",
    "quantity": "数量",
    "unit_price": "单价",
    "amount": "金额",
}
MILK = "77,S001,3,2026-03-09 10:00:05,100,鲜牛奶,2,12.50,25.00"
APPLES = "77,S001,3,2026-03-09 10:00:05,200,苹果,1.439,11.80,16.98"
KETTLE = "78,S001,3,2026-03-09 10:02:00,300,电热水壶,1,129.00,119.00"


def a_profile(**changed: Any) -> ImportProfile:
    """A point of sale whose titles are Chinese."""
    return ImportProfile(**{"name": "pos", "columns": COLUMNS, **changed})


def sale(number: int, *, lines: int = 1, store: str = "S001") -> list[str]:
    """The rows of a sale that no other number has."""
    return [
        f"{number},{store},3,2026-03-09 10:00:05,{100 + line},商品{line},1,{number % 90 + 1}.00,{number % 90 + 1}.00"
        for line in range(lines)
    ]


class ImportWorld:
    """A desk that knows no receipt yet, and a folder for files."""

    def __init__(self, database: Database, clock: Clock, folder: Path, profile: ImportProfile | None = None) -> None:
        self.db, self.clock, self.folder = database, clock, folder
        self.profile = profile or a_profile()
        self.settings = Settings(receipts=Receipts(profiles=[self.profile]))
        self.audit = AuditTrail("desk-1", clock)
        self.service = ReceiptService(self.settings, clock, database, self.audit, LiveSources([], clock))
        self.importer = Importer(self.settings, clock, database, self.service, self.audit)

    def write(self, *rows: str, head: str = HEAD, name: str = "sales.csv", encoding: str = "utf-8") -> Path:
        """A file with *rows* below *head*."""
        path = self.folder / name
        path.write_bytes("\n".join([*([head] if head else []), *rows, ""]).encode(encoding))
        return path

    def bring(self, path: Path, *, dry_run: bool = False) -> Report:
        return self.importer.run(path, profile_for(self.settings, path), dry_run=dry_run)

    def bring_rows(self, *rows: str, **options: Any) -> Report:
        return self.bring(self.write(*rows, **options))

    def find(self, number: str) -> ReceiptView:
        with self.db.read() as session:
            return self.service.find(session, number)

    def count(self, table: str) -> int:
        with self.db.read() as session:
            return int(session.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())


def told(report: Report) -> Sequence[tuple[int, str, str, str]]:
    """What is wrong: row, column, value, message."""
    return [(one.row, one.column, one.value, one.message) for one in report.problems]
