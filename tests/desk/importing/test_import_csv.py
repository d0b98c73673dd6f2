"""CSV and TSV of points of sale: titles and numbers, encodings, shifted columns, rows of a receipt that stand apart."""

import codecs
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from kiosk.desk.receipts.importing.problems import UnreadableFile, WrongFile
from kiosk.desk.receipts.views import ReceiptKind, Tender
from tests.desk.importing.conftest import Desk
from tests.desk.importing.import_world import APPLES, COLUMNS, HEAD, KETTLE, MILK, sale, told


def test_rows_become_receipts_with_all_they_say(desk: Desk) -> None:
    world = desk()
    report = world.bring_rows(MILK, APPLES, KETTLE)
    assert (report.counts.rows, report.counts.new, report.problems) == (3, 2, [])
    receipt = world.find("77")
    assert (receipt.store, receipt.till, receipt.source, receipt.total_fen) == ("S001", "3", "import:pos", 4198)
    assert receipt.sold_at == datetime(2026, 3, 9, 2, 0, 5, tzinfo=UTC)
    assert [(line.line, line.product, line.name, line.quantity, line.unit_price_fen, line.amount_fen) for line in receipt.lines] == [
        (1, "100", "鲜牛奶", Decimal(2), 1250, 2500),
        (2, "200", "苹果", Decimal("1.439"), 1180, 1698),
    ]
    [kettle] = world.find("78").lines
    assert (kettle.amount_fen, kettle.discount_fen) == (11900, 1000), "what the price makes above the amount is a discount"


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "gb18030"])
def test_a_file_is_read_in_the_encoding_of_its_profile(desk: Desk, encoding: str) -> None:
    world = desk(encoding=encoding)
    report = world.bring(world.write(MILK, APPLES, encoding=encoding))
    assert report.counts.good
    assert world.find("77").lines[0].name == "鲜牛奶"


def test_characters_that_only_gb18030_has(desk: Desk) -> None:
    world = desk(encoding="gb18030")
    world.bring(world.write(MILK.replace("鲜牛奶", "㐂㐂牛奶🥛"), encoding="gb18030"))
    assert world.find("77").lines[0].name == "㐂㐂牛奶🥛"


def test_a_byte_order_mark_overrides_the_profile(desk: Desk) -> None:
    world = desk(encoding="gbk")
    assert world.bring(world.write(MILK, encoding="utf-8-sig")).counts.good
    assert world.find("77").lines[0].name == "鲜牛奶"


def test_a_line_in_another_encoding_is_an_error_of_its_receipt_alone(desk: Desk) -> None:
    world = desk()
    path = world.folder / "mixed.csv"
    path.write_bytes("\n".join([HEAD, MILK, ""]).encode() + (APPLES + "\n").encode("gbk") + (KETTLE + "\n").encode())
    report = world.bring(path)
    assert told(report) == [(3, "", "", "is not in utf-8")]
    assert (report.counts.new, report.counts.refused, report.counts.refused_rows) == (1, 1, 2)
    assert world.find("78").lines[0].name == "电热水壶"


def test_a_whole_file_in_another_encoding_is_said_at_once(desk: Desk) -> None:
    world = desk()
    with pytest.raises(WrongFile, match=r"row of titles is not in utf-8; correct encoding of profile pos \(gb18030"):
        world.bring(world.write(MILK, encoding="gbk"))
    assert world.count("receipt_import") == 0


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (codecs.BOM_UTF16_LE + HEAD.encode("utf-16-le"), "UTF-16"),
        (b"PK\x03\x04 and so on", "XLSX"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "XLS"),
        (b"", "is empty"),
        (b"x" * 3_000_000, "no file of receipts"),
    ],
)
def test_what_is_no_csv_is_said(desk: Desk, content: bytes, says: str) -> None:
    world = desk()
    path = world.folder / "odd.csv"
    path.write_bytes(content)
    with pytest.raises(WrongFile, match=says):
        world.bring(path)


def test_a_file_that_is_not_there_is_said(desk: Desk) -> None:
    world = desk()
    with pytest.raises(UnreadableFile, match=r"none\.csv: cannot be read: No such file"):
        world.bring(world.folder / "none.csv")


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ("77,S001,3,2026-03-09 10:00:05,200,苹果,红,1.439,11.80,16.98", (3, "", "", "has 10 cells instead of 9")),
        ("77,S001,3,2026-03-09 10:00:05,200,1.439,11.80,16.98", (3, "", "", "has 8 cells instead of 9")),
        (
            "77,S001,3,200,2026-03-09 10:00:05,苹果,1.439,11.80,16.98",
            (3, "时间", "200", "differs from '2026-03-09 10:00:05' in row 2 of the same receipt"),
        ),
        ("77,S001,3,2026-03-09 10:00:05,200,1.439,苹果,11.80,16.98", (3, "数量", "苹果", "must be a quantity such as 2")),
        ("77,S001,3,2026-03-09 10:00:05,200,苹果,1.439,11.80,", None),
        ("77,S001,3,2026-03-09 10:00:05,200,苹果,1.439,,", (3, "金额", "", "is empty, and so is the price")),
        (
            "77,S001,3,2026-03-09 10:00:05,200,苹果,1.4395,11.80,16.98",
            (3, "数量", "1.4395", "must be a quantity with three decimals at most, and no more than 100,000"),
        ),
        (
            "77,S001,3,2026-03-09 10:00:05,200,苹果,1,11.805,11.80",
            (3, "单价", "11.805", "must be an amount in yuan with two decimals at most"),
        ),
        ("77,S001,4,2026-03-09 10:00:05,200,苹果,1,11.80,11.80", (3, "机号", "4", "differs from '3' in row 2 of the same receipt")),
        (
            "77,S001,3,2026-03-09 10:00:05,6.9012E+12,苹果,1,11.80,11.80",
            (3, "编码", "6.9012E+12", "a spreadsheet has rounded it, and its last digits are lost"),
        ),
        ("77,S001,3,2026-03-09 10:00:05,,,1,11.80,11.80", (3, "编码", "", "is empty")),
        ("77,S001,3,2026-03-09 10:00:05,200,苹果,0,11.80,0", (3, "数量", "0", "must not be zero: leave a line out that sold nothing")),
    ],
)
def test_a_wrong_row_names_row_column_value_and_refuses_its_receipt(desk: Desk, row: str, error: tuple[int, str, str, str] | None) -> None:
    world = desk()
    report = world.bring_rows(MILK, row, KETTLE)
    assert told(report) == ([error] if error else [])
    assert all(one.remedy for one in report.problems)
    assert report.counts.new == (1 if error else 2), "the other receipt is in"


def test_cells_that_are_empty_beyond_the_titles_are_left_out(desk: Desk) -> None:
    world = desk()
    assert world.bring_rows(MILK + ",,", APPLES).counts.good


def test_a_row_of_nobody_makes_the_receipts_beside_it_doubtful(desk: Desk) -> None:
    world = desk()
    report = world.bring_rows(MILK, "苹果,1.439,11.80,16.98", KETTLE, *sale(79))
    assert told(report) == [
        (2, "小票号", "77", "stands beside row 3, of which nobody can tell whose it is"),
        (3, "", "", "has 4 cells instead of 9"),
        (4, "小票号", "78", "stands beside row 3, of which nobody can tell whose it is"),
    ]
    assert (report.counts.new, report.counts.refused) == (1, 3)


def test_rows_of_totals_and_empty_rows_are_passed_over(desk: Desk) -> None:
    world = desk(skip_regex="合计.*", skip_rows=2)
    report = world.bring_rows(MILK, "", ",,,,,,,,", "合计:,2,25.00", head=f"销售明细\n制表 2026-03-09\n{HEAD}")
    assert (report.counts.rows, report.counts.new, report.problems) == (1, 1, [])


def test_an_open_quotation_mark_costs_the_rows_that_it_swallows_and_says_so(desk: Desk) -> None:
    world = desk()
    report = world.bring_rows(
        MILK, *sale(80), '81,S001,3,2026-03-09 10:00:05,9,"4寸,1,1.00,1.00', *(row for n in range(100, 140) for row in sale(n))
    )
    assert "a quotation mark opens a cell that goes on for 41 lines" in [one.message for one in report.problems]
    assert report.counts.new == 1, "the receipt beside it may lack a row"
    assert desk(quotes=False).bring(world.folder / "sales.csv").counts.good, "a profile may say that files quote nothing"


def test_a_name_with_a_line_end_in_quotation_marks_is_one_cell(desk: Desk) -> None:
    world = desk()
    report = world.bring_rows('77,S001,3,2026-03-09 10:00:05,100,"鲜牛奶,\n250ml",2,12.50,25.00', KETTLE.replace("电热水壶", "x" * 300))
    assert world.find("77").lines[0].name == "鲜牛奶, 250ml"
    assert told(report)[0][:2] == (4, "品名"), "rows are counted as an editor counts lines"


def test_columns_by_number_where_there_are_no_titles(desk: Desk) -> None:
    columns = {name: str(place) for place, name in enumerate(COLUMNS, 1)}
    world = desk(header=False, columns=columns, format="tsv", delimiter="|", tenders={"10": "cash", "11": "wechat"})
    path = world.write("|".join([*MILK.split(","), "20.00", "5"]), head="", name="sales.txt")
    assert world.bring(path).counts.new == 1
    assert world.find("77").tenders == [Tender("cash", 2000), Tender("wechat", 500)]
    with pytest.raises(WrongFile, match="the first row has 9 cells, but profile pos looks for number 11"):
        world.bring(world.write("|".join(MILK.split(",")), head="", name="other.txt"))


def test_columns_that_the_file_does_not_have_are_named_with_the_nearest(desk: Desk) -> None:
    world = desk()
    with pytest.raises(WrongFile, match="there is no column '金额'"):
        world.bring_rows(MILK, head=HEAD.replace("金额", "金额(元)"))
    with pytest.raises(WrongFile, match="2 columns are called '金额'"):
        world.bring_rows(MILK + ",1", head=HEAD + ",金额")
    plain = desk(columns={})
    with pytest.raises(WrongFile, match=r"no column for number, quantity, sold_at or date, .*The file has: 小票号"):
        plain.bring_rows(MILK)
    assert plain.bring_rows("number,sold_at,product,quantity,amount", "9,2026-03-09 10:00:00,100,1,1.00", head="").counts.new == 1


def test_rows_of_one_receipt_may_stand_apart_as_far_as_the_profile_says(desk: Desk) -> None:
    between = [row for number in range(100, 105) for row in sale(number)]
    assert desk(look_back=5).bring_rows(MILK, *between, APPLES).counts.new == 6
    assert len(desk().find("77").lines) == 2
    late = desk(look_back=4).bring_rows(MILK.replace("77,", "66,"), *between, APPLES.replace("77,", "66,"), name="late.csv")
    assert [(one.row, one.value) for one in late.problems] == [(8, "66")]
    assert "raise look_back" in late.problems[0].remedy


def test_the_same_number_in_two_stores_is_two_receipts(desk: Desk) -> None:
    report = desk().bring_rows(MILK, MILK.replace("S001", "S002"))
    assert report.counts.new == 2


def test_negative_lines_are_voids_and_a_file_of_them_alone_is_a_refund(desk: Desk) -> None:
    world = desk()
    void = APPLES.replace("1.439", "-1.439").replace("16.98", "-16.98")
    back = KETTLE.replace(",1,129", ",-1,129").replace("119.00", "-119.00")
    assert world.bring_rows(MILK, APPLES, void, back).counts.new == 2
    assert [line.name for line in world.find("77").lines] == ["鲜牛奶"]
    assert (world.find("78").kind, world.find("78").total_fen) == (ReceiptKind.REFUND, 11900)


def test_kinds_are_as_the_profile_says(desk: Desk) -> None:
    world = desk(columns=COLUMNS | {"kind": "类型"}, kinds={"销售": "sale", "作废": "cancelled"})
    report = world.bring_rows(MILK + ",销售", KETTLE + ",作废", *(row + ",赠送" for row in sale(79)), head=HEAD + ",类型")
    assert world.find("78").kind is ReceiptKind.CANCELLED
    assert told(report) == [(4, "类型", "赠送", "is no known kind of receipt")]


def test_numbers_are_those_of_the_profile(desk: Desk) -> None:
    report = desk(number_regex=r"\d{2}").bring_rows(MILK, *sale(123))
    assert told(report) == [(3, "小票号", "123", "is no number of a receipt here")]


def test_date_and_time_may_stand_apart_and_money_be_in_fen(desk: Desk) -> None:
    columns = {"number": "n", "date": "d", "time": "t", "product": "p", "quantity": "q", "amount": "a", "tender": "w"}
    world = desk(columns=columns, money="fen", time_formats=["%d.%m.%Y %H%M"], tender_kinds={"支付宝": "alipay"})
    report = world.bring_rows("9,09.03.2026,1005,100,2,2500,支付宝", head="n,d,t,p,q,a,w")
    receipt = world.find("9")
    assert (report.problems, receipt.sold_at, receipt.total_fen) == ([], datetime(2026, 3, 9, 2, 5, tzinfo=UTC), 2500)
    assert (receipt.lines[0].unit_price_fen, receipt.lines[0].name, receipt.tenders) == (1250, "100", [Tender("alipay", 2500)])


def test_five_hundred_lines_are_one_receipt_and_a_column_that_is_no_number_is_noticed(desk: Desk) -> None:
    world = desk()
    assert world.bring_rows(*sale(500, lines=500)).counts.new == 1
    report = world.bring_rows(*sale(501, lines=2500), name="wrong.csv")
    assert report.counts.new == 0
    assert "stands in 2000 rows" in [one.message for one in report.problems]


def test_receipts_from_the_future_are_refused_by_row(desk: Desk) -> None:
    report = desk().bring_rows(MILK.replace("2026-03-09", "2027-03-09"))
    assert [(one.row, one.column) for one in report.problems] == [(2, "时间")]
