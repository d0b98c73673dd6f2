"""XLSX as spreadsheets write it: days, formulas, merged cells, numbers that have lost their last digits."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kiosk.desk.receipts.importing.problems import WrongFile
from tests.desk.importing.conftest import Desk
from tests.desk.importing.import_world import HEAD, ImportWorld, told
from tests.fakes.xlsx import Cell, Formula, write_xlsx

AT = datetime(2026, 3, 9, 10, 0, 5)  # noqa: DTZ001  a spreadsheet's times have no zone
TITLES: list[Cell] = list(HEAD.split(","))
MILK: list[Cell] = ["77", "S001", 3, AT, 100, "鲜牛奶", 2, 12.5, Formula("G2*H2", 25.0)]
APPLES: list[Cell] = ["77", "S001", 3, AT, 200, "苹果", 1.439, 11.8, 16.98]
KETTLE: list[Cell] = ["78", "S001", 3, AT, 300, "电热水壶", 1, 129, 119]


@pytest.fixture
def world(desk: Desk) -> ImportWorld:
    return desk(format="xlsx")


def bring(world: ImportWorld, *rows: list[Cell], **options: Any) -> Any:
    return world.bring(write_xlsx(world.folder / "sales.xlsx", rows, **options))


def test_cells_are_read_with_the_results_of_their_formulas(world: ImportWorld) -> None:
    report = bring(world, TITLES, MILK, APPLES)
    receipt = world.find("77")
    assert (report.problems, receipt.till, receipt.sold_at) == ([], "3", datetime(2026, 3, 9, 2, 0, 5, tzinfo=UTC))
    assert [(line.product, line.quantity, line.unit_price_fen, line.amount_fen) for line in receipt.lines] == [
        ("100", Decimal(2), 1250, 2500),
        ("200", Decimal("1.439"), 1180, 1698),
    ]


def test_what_a_formula_gave_is_taken_as_a_spreadsheet_shows_it(world: ImportWorld) -> None:
    assert bring(world, TITLES, [*KETTLE[:8], Formula("H2-10", 0.1 + 0.2)]).problems == []
    assert world.find("78").total_fen == 30


def test_a_formula_that_was_never_calculated_is_an_error_of_its_row(world: ImportWorld) -> None:
    report = bring(world, TITLES, [*MILK[:8], Formula("G2*H2")], KETTLE)
    assert told(report) == [(2, "", "", "has a formula without a result (I2): open the file, let it calculate, and save it")]
    assert report.counts.new == 1


def test_days_may_be_serials_texts_or_cells_of_their_own(desk: Desk) -> None:
    world = desk(format="xlsx")
    serial = (AT - datetime(1899, 12, 30)).total_seconds() / 86_400  # noqa: DTZ001  likewise
    rows = [[str(number), "S001", 3, time, 1, "x", 1, 1, 1] for number, time in enumerate((AT, serial, "2026-03-09 10:00:05"), 70)]
    assert bring(world, TITLES, *rows).problems == []
    assert {world.find(str(number)).sold_at for number in (70, 71, 72)} == {datetime(2026, 3, 9, 2, 0, 5, tzinfo=UTC)}


def test_merged_cells_count_for_every_row_that_they_span(world: ImportWorld) -> None:
    below: list[Cell] = [None, None, None, None, *APPLES[4:]]
    report = bring(world, TITLES, MILK, below, KETTLE, merged=["A2:A3", "B2:B3", "C2:C3", "D2:D3"])
    assert (report.problems, report.counts.new, len(world.find("77").lines)) == ([], 2, 2)


def test_empty_rows_are_passed_over_and_counted(world: ImportWorld) -> None:
    report = bring(world, [], TITLES, MILK, [], [*KETTLE[:6], "x", *KETTLE[7:]])
    assert told(report) == [(5, "数量", "x", "must be a quantity such as 2")], "as the spreadsheet counts"


def test_a_number_that_has_lost_its_last_digits_is_refused(world: ImportWorld) -> None:
    report = bring(world, TITLES, [20260309010100000042.0, *MILK[1:]], [202603090101, *KETTLE[1:]])
    assert [(one.row, one.column, one.message) for one in report.problems] == [
        (2, "小票号", "a spreadsheet has rounded it, and its last digits are lost")
    ]
    assert world.find("202603090101").total_fen == 11900


def test_the_sheet_is_the_one_that_the_profile_names(desk: Desk) -> None:
    world = desk(format="xlsx", sheet="明细")
    path = write_xlsx(world.folder / "a.xlsx", [TITLES, MILK], sheet="明细", others=["封面"])
    assert world.bring(path).counts.new == 1
    with pytest.raises(WrongFile, match=r"there is no sheet '明细'; known: Sheet1"):
        world.bring(write_xlsx(world.folder / "b.xlsx", [TITLES, MILK]))


def test_a_sheet_without_rows_is_empty(world: ImportWorld) -> None:
    with pytest.raises(WrongFile, match="is empty"):
        bring(world)


@pytest.mark.parametrize("content", [b"", b"number,sold_at\n", b"PK\x03\x04 broken off"])
def test_what_is_no_xlsx_is_said(world: ImportWorld, content: bytes) -> None:
    path = world.folder / "odd.xlsx"
    path.write_bytes(content)
    with pytest.raises(WrongFile, match="is no XLSX file that can be read"):
        world.bring(path)


def test_a_package_that_is_huge_once_unpacked_is_not_unpacked(world: ImportWorld, tmp_path: Path) -> None:
    path = write_xlsx(world.folder / "big.xlsx", [TITLES, MILK])
    content = path.read_bytes()
    # The directory of the package says how large its parts are: let one be three gigabytes.
    at = content.rindex(b"PK\x01\x02")
    path.write_bytes(content[: at + 24] + (3 << 30).to_bytes(4, "little") + content[at + 28 :])
    with pytest.raises(WrongFile, match="too large once unpacked; save it as CSV"):
        world.bring(path)
