"""``kiosk receipts import`` as a technician types it: what it prints, what it leaves, and its exit status."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Kiosk, assert_one_line, assert_wrong_use

HEAD = "number,till,sold_at,product,quantity,amount"
GOOD = ["77,3,2026-03-09 10:00:05,100,2,25.00", "78,3,2026-03-09 10:02:00,300,1,119.00"]
WRONG = "79,3,2026-03-09 10:03:00,=1+1,x,1.00"


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    path = tmp_path / "sales.csv"
    path.write_text("\n".join([HEAD, *GOOD, ""]), encoding="utf-8")
    return path


def test_a_file_is_brought_in_and_the_second_time_left_alone(kiosk: Kiosk, sales: Path) -> None:
    first = kiosk("receipts", "import", str(sales))
    assert (first.status, first.err) == (0, "")
    assert "brought in by profile plain" in first.out
    assert "new               2" in first.out
    again = kiosk("receipts", "import", str(sales))
    assert again.status == 0
    assert "is in already, nothing was done" in again.out


def test_a_dry_run_changes_nothing(kiosk: Kiosk, sales: Path) -> None:
    for _ in range(2):
        answer = kiosk("receipts", "import", str(sales), "--dry-run", "--json")
        assert (answer.status, json.loads(answer.out)["new"], json.loads(answer.out)["already"]) == (0, 2, False)


def test_refused_rows_are_exit_1_and_listed_in_a_file_that_calculates_nothing(kiosk: Kiosk, sales: Path, tmp_path: Path) -> None:
    sales.write_text("\n".join([HEAD, *GOOD, WRONG, ""]), encoding="utf-8")
    answer = kiosk("receipts", "import", str(sales), "--errors", str(tmp_path / "errors.csv"), "--json")
    told = json.loads(answer.out)
    assert (answer.status, told["new"], told["refused"], told["refused_rows"]) == (1, 2, 1, 1)
    first, detail, *_ = answer.err.splitlines()
    assert first.startswith(f"kiosk: {sales}: 1 receipts (1 rows) were refused")
    assert "errors.csv" in first
    assert "row 4, quantity: 'x' must be a quantity such as 2" in detail
    listed = (tmp_path / "errors.csv").read_text(encoding="utf-8-sig").splitlines()
    assert listed[0] == "row,column,value,what is wrong,what to do"
    assert listed[1].startswith("4,quantity,x,must be a quantity")


def test_wrong_use_and_wrong_files_are_exit_2(kiosk: Kiosk, sales: Path, tmp_path: Path) -> None:
    assert_wrong_use(kiosk("receipts", "import"), "FILE")
    assert_one_line(kiosk("receipts", "import", str(sales), "--profile", "none"), 2, "no profile 'none'", "[[receipts.profiles]]")
    odd = tmp_path / "sales.doc"
    odd.write_bytes(b"x")
    assert_one_line(kiosk("receipts", "import", str(odd)), 2, "no profile is for files of such a name", "--profile")
    sales.write_text("a,b\n1,2\n", encoding="utf-8")
    assert_one_line(kiosk("receipts", "import", str(sales)), 2, "no column for number", "The file has: a, b")


def test_a_file_that_is_not_there_is_exit_1(kiosk: Kiosk, tmp_path: Path) -> None:
    assert_one_line(kiosk("receipts", "import", str(tmp_path / "none.csv")), 1, "none.csv", "cannot be read")


def test_an_import_needs_the_current_schema(fresh: Kiosk, sales: Path) -> None:
    assert_one_line(fresh("receipts", "import", str(sales)), 2, "does not exist yet", "kiosk db upgrade")
