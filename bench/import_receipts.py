"""A million lines of receipts from a GBK CSV file by `kiosk receipts import`; the floor is csv and sqlite3 alone.

The floor reads the same file and writes each line into one table of one index: no check, no goods by number, no progress.
"""

import csv
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from bench.report import Row

_LINES, _SHEET_LINES = 1_000_000, 50_000
_LIMIT_S = 60.0
_TITLES = ("小票号", "机号", "时间", "会员", "编码", "品名", "数量", "单价", "金额", "折扣", "分类", "条码")
_FIELDS = ("number", "till", "sold_at", "member", "product", "name", "quantity", "unit_price", "amount", "discount", "category", "barcode")
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGES = "http://schemas.openxmlformats.org/package/2006"


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines, sheet = folder / "sales.csv", folder / "sales.xlsx"
        with lines.open("w", encoding="gb18030", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(_TITLES)
            writer.writerows(_sold(_LINES))
        _write_sheet(sheet)
        floor_s = _floor(lines, folder / "floor.db")
        csv_s, csv_mb = _import(folder, "csv", lines)
        sheet_s, sheet_mb = _import(folder, "xlsx", sheet)
        size = (folder / "csv.db").stat().st_size / _LINES
    return [
        Row("1,000,000 lines of CSV", csv_s, "s", _LIMIT_S, floor_s, f"{csv_s / floor_s:.1f} x, {_LINES / csv_s:.0f} lines/s"),
        Row("peak memory, CSV", csv_mb, "MB"),
        Row("database for each line", size, "bytes"),
        Row(f"{_SHEET_LINES:,} lines of XLSX", sheet_s, "s", None, None, f"{_SHEET_LINES / sheet_s:.0f} lines/s"),
        Row("peak memory, XLSX", sheet_mb, "MB"),
    ]


def _sold(lines: int) -> Iterator[tuple[str, ...]]:
    """Receipts of 1 to 19 lines out of 20,000 goods, a quarter of them weighed."""
    chance = random.Random(4)
    goods = [
        (
            str(100_000 + number),
            f"商品{number:05d} 500g",
            chance.choice(("食品", "生鲜", "百货", "家电")),
            f"69{chance.randrange(10**11):011d}",
            chance.randrange(100, 20_000),
        )
        for number in range(20_000)
    ]
    receipt, left = 0, lines
    # The last hundred days, whenever that is: receipts from the future are refused. Tills write local time.
    at = datetime.now().replace(microsecond=0) - timedelta(days=100)  # noqa: DTZ005
    while left:
        receipt += 1
        at += timedelta(seconds=7)
        member = f"M{chance.randrange(30_000):06d}" if chance.random() < 0.3 else ""
        count = min(left, chance.randrange(1, 20))
        left -= count
        for product, name, category, barcode, price in chance.choices(goods, k=count):
            thousandths = chance.randrange(100, 3000) if category == "生鲜" else 1000 * chance.randrange(1, 4)
            amount = (thousandths * price + 500) // 1000
            discount = min(amount, chance.choice((0, 0, 0, 50)))
            quantity = f"{thousandths / 1000:.3f}".rstrip("0").rstrip(".")
            yield (
                f"20260301{receipt:08d}", f"{receipt % 8 + 1:02d}", f"{at:%Y-%m-%d %H:%M:%S}", member, product, name, quantity,
                _yuan(price), _yuan(amount - discount), _yuan(discount), category, barcode,
            )  # fmt: skip


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _floor(path: Path, target: Path) -> float:
    began = time.perf_counter()
    with closing(sqlite3.connect(target)) as database, path.open(encoding="gb18030", newline="") as file:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(f"CREATE TABLE line ({', '.join(_FIELDS)})")
        database.execute("CREATE INDEX line_number ON line (number)")
        rows = csv.reader(file)
        next(rows)
        database.executemany(f"INSERT INTO line VALUES ({', '.join('?' * len(_FIELDS))})", rows)
        database.commit()
    return time.perf_counter() - began


def _import(folder: Path, kind: str, path: Path) -> tuple[float, float]:
    """Seconds of the whole command, and the most memory that it had, in MB."""
    config = folder / f"{kind}.toml"
    columns = "\n".join(f'{field} = "{title}"' for field, title in zip(_FIELDS, _TITLES, strict=True))
    config.write_text(
        f'[station]\nstate_dir = "{folder}"\n[database]\nurl = "sqlite:///{folder}/{kind}.db"\n'
        f'[[receipts.profiles]]\nname = "pos"\nformat = "{kind}"\nencoding = "gb18030"\n[receipts.profiles.columns]\n{columns}\n',
        encoding="utf-8",
    )
    kiosk = [sys.executable, "-m", "kiosk"]
    subprocess.run([*kiosk, "db", "upgrade", "--config", str(config)], check=True, stdout=subprocess.DEVNULL)
    began = time.perf_counter()
    process = subprocess.Popen([*kiosk, "receipts", "import", str(path), "--config", str(config)], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"the import of {path.name} ended with {process.returncode}")
    return seconds, used.ru_maxrss / 1024


def _write_sheet(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_PACKAGES}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        )
        package.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_PACKAGES}/relationships">'
            f'<Relationship Id="rId1" Type="{_RELATED}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        package.writestr(
            "xl/workbook.xml",
            f'<workbook {_MAIN} xmlns:r="{_RELATED}"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        package.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{_PACKAGES}/relationships">'
            f'<Relationship Id="rId1" Type="{_RELATED}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        with package.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(f"<worksheet {_MAIN}><sheetData>".encode())
            for number, cells in enumerate((_TITLES, *_sold(_SHEET_LINES)), 1):
                row = "".join(
                    f'<c r="{chr(65 + place)}{number}" t="inlineStr"><is><t>{cell}</t></is></c>' for place, cell in enumerate(cells)
                )
                sheet.write(f'<row r="{number}">{row}</row>'.encode())
            sheet.write(b"</sheetData></worksheet>")
