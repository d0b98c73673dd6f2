"""What stands in cells: amounts to the fen and never by way of floats, quantities, times as tills and spreadsheets write them."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.desk.amounts import yuan
from kiosk.desk.receipts.importing.values import BadValue, Values, each, fen_in_fen, fen_in_yuan, quantity, times, whole

SHANGHAI = ZoneInfo("Asia/Shanghai")


def reads(*formats: str) -> Values:
    return Values(money="yuan", time_formats=formats, zone=SHANGHAI)


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("12.50", 1250),
        ("0.1", 10),
        (" 12 ", 1200),
        ("¥1,234.5", 123450),
        ("￥3", 300),
        ("-3.05", -305),
        ("-¥3", -300),
        ("(3.00)", -300),
        ("12.50元", 1250),
        ("１２．５０", 1250),
        (".5", 50),
        ("12.500", 1250),
    ],
)
def test_amounts_in_yuan(text: str, fen: int) -> None:
    assert fen_in_yuan(text) == fen


@pytest.mark.parametrize("text", ["", "12.505", "1,23", "1e3", "NaN", "Infinity", "0x10", "12,5", "1.2.3", "--3", "九元", "99999999999"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(BadValue, match="must be an amount"):
        fen_in_yuan(text)


@given(st.integers(-1_000_000_000, 1_000_000_000))
@settings(max_examples=100)
def test_every_amount_is_read_as_it_was_written(fen: int) -> None:
    assert fen_in_yuan(yuan(fen)) == fen
    assert fen_in_fen(str(fen)) == fen


def test_fen_are_whole() -> None:
    assert fen_in_fen("1250.00") == 1250
    with pytest.raises(BadValue, match="whole fen") as refused:
        fen_in_fen("12.5")
    assert 'money = "yuan"' in refused.value.remedy


def test_quantities_have_three_decimals_at_most() -> None:
    assert [quantity(text) for text in ("2", "1.255", "1.2500", "-1", "1,000")] == [2, Decimal("1.255"), Decimal("1.25"), -1, 1000]
    for text in ("", "1.2555", "1kg", "1,5", "200000", "1e2", "NaN"):
        with pytest.raises(BadValue, match="must be a quantity"):
            quantity(text)


def test_numbers_of_lines_are_whole() -> None:
    assert [whole(text) for text in ("3", " 3 ", "3.0", "３")] == [3, 3, 3, 3]
    for text in ("", "3.5", "x", "1e3", "12345678901"):
        with pytest.raises(BadValue, match="whole number"):
            whole(text)


@pytest.mark.parametrize(
    ("formats", "text", "time"),
    [
        (["%Y-%m-%d %H:%M:%S"], "2026-03-09 10:00:05", datetime(2026, 3, 9, 2, 0, 5, tzinfo=UTC)),
        (["%Y年%m月%d日 %H时%M分"], "2026年03月09日 10时05分", datetime(2026, 3, 9, 2, 5, tzinfo=UTC)),
        (["%d/%m/%y", "%Y%m%d%H%M%S"], "20260309100005", datetime(2026, 3, 9, 2, 0, 5, tzinfo=UTC)),
        (["%Y-%m-%dT%H:%M:%S%z"], "2026-03-09T10:00:05+09:00", datetime(2026, 3, 9, 1, 0, 5, tzinfo=UTC)),
        (["excel"], "46090.4167245370", datetime(2026, 3, 9, 2, 0, 5, tzinfo=UTC)),
        (["excel"], "46090", datetime(2026, 3, 8, 16, tzinfo=UTC)),
    ],
)
def test_times_are_read_as_the_profile_says(formats: list[str], text: str, time: datetime) -> None:
    assert reads(*formats).time[text] == time


@pytest.mark.parametrize("text", ["", "10:00", "2026-13-09 10:00:05", "99999999", "1", "12.50", "nan"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(BadValue, match="must be a time") as refused:
        reads("%Y-%m-%d %H:%M:%S", "excel", "%H:%M").time[text]
    assert "time_formats" in refused.value.remedy


def test_prices_and_amounts_that_are_not_told_are_rounded_half_up_to_the_fen() -> None:
    assert (times(1180, Decimal("1.439")), times(1, Decimal("0.5"))) == (1698, 1)
    assert (each(1698, Decimal("1.439")), each(100, Decimal(3))) == (1180, 33)


def test_what_is_remembered_stays_bounded() -> None:
    values = reads("%Y")
    for number in range(60_000):
        values.quantity[f"0.{number:06d}000"] if number % 1000 == 0 else values.fen[f"{number}.00"]
    assert len(values.fen) <= 50_000
