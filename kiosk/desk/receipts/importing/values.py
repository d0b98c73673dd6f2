"""Reads what stands in a cell: amounts without floats, quantities, times in the store's zone, numbers of lines.

The same text comes again and again (a price, the second of a sale), so what was read is remembered.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TypeVar
from zoneinfo import ZoneInfo

from kiosk.desk.amounts import MAX_FEN, fen_of_yuan, milli

T = TypeVar("T")

ISO = "%Y-%m-%d %H:%M:%S"
EXCEL = "excel"
# Spreadsheets count days from here; the first two months of 1900, which they count wrongly, are of no interest.
_EXCEL_DAY_0 = datetime(1899, 12, 30)  # noqa: DTZ001  a spreadsheet's times have no zone
_EXCEL_DAYS = range(10_000, 120_000)  # 1927 to 2228: what is outside is no serial of a day
# What a spreadsheet makes of a long number that it was not told to leave alone: its last digits are lost.
ROUNDED = re.compile(r"\d(?:[.,]\d+)?[Ee]\+\d+")
# Texts remembered of each kind; a shop has fewer prices and weights than that, and a wrong column cannot fill the memory.
_REMEMBERED = 50_000
# Digits of all sorts are one to a person, and to `int`; a scale's unit or a currency behind a number is not.
_WHOLE = re.compile(r"[+-]?[0-9]{1,9}(?:\.0+)?")
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,12}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．，－＋", "0123456789.,-+")


class BadValue(ValueError):
    """What stands in a cell is not what its column should hold; the text says what is expected, *remedy* what to do."""

    def __init__(self, expected: str, remedy: str = "") -> None:
        super().__init__(expected)
        self.remedy = remedy


class _Remembered(dict[str, T]):
    """Reads a text once; forgets everything when it has too much."""

    def __init__(self, read: Callable[[str], T]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> T:
        value = self._read(text)
        if len(self) >= _REMEMBERED:
            self.clear()
        self[text] = value
        return value


class Values:
    """Reads the cells of one file; each mapping raises BadValue for what it cannot read."""

    def __init__(self, *, money: str, time_formats: Sequence[str], zone: ZoneInfo) -> None:
        self._formats, self._zone = tuple(time_formats), zone
        self.fen = _Remembered[int](fen_in_fen if money == "fen" else fen_in_yuan)
        self.quantity = _Remembered[Decimal](quantity)
        self.time = _Remembered[datetime](self._time)

    def _time(self, text: str) -> datetime:
        plain = text.strip().translate(_FULL_WIDTH)
        for written in self._formats:
            try:
                found = _excel_time(plain) if written == EXCEL else datetime.strptime(plain, written)  # noqa: DTZ007  the zone follows
            except (ValueError, OverflowError):
                continue
            if found.year < 1970:  # a format without a year; strptime answers 1900
                continue
            return (found if found.tzinfo else found.replace(tzinfo=self._zone)).astimezone(UTC)
        raise BadValue(f"must be a time as {' or '.join(self._formats)}", "add how it is written to time_formats of the profile")


def fen_in_yuan(text: str) -> int:
    """``12.50``, ``¥1,234.5``, ``(3.00)`` of bookkeepers, in fen."""
    plain = _signed(text).replace("¥", "").replace("￥", "").removesuffix("元").strip()
    if not (_NUMBER.fullmatch(plain) or _GROUPED.fullmatch(plain)):
        raise BadValue("must be an amount in yuan such as 12.50")
    try:
        return fen_of_yuan(plain)
    except ValueError as error:
        raise BadValue("must be an amount in yuan with two decimals at most", 'when amounts are in fen, set money = "fen"') from error


def fen_in_fen(text: str) -> int:
    """``1250`` fen; a spreadsheet may have written ``1250.00``."""
    plain = _signed(text).replace(",", "")
    number = _decimal(plain, "must be an amount in whole fen such as 1250")
    if number != number.to_integral_value():
        raise BadValue("must be an amount in whole fen such as 1250", 'when amounts are in yuan, set money = "yuan"')
    if abs(number) > MAX_FEN:
        raise BadValue(f"must be at most {MAX_FEN} fen")
    return int(number)


def quantity(text: str) -> Decimal:
    """``2``, ``1.255``: with three decimals at most, zeros behind them ignored."""
    number = _decimal(
        _signed(text).replace(",", "") if _GROUPED.fullmatch(_signed(text)) else _signed(text), "must be a quantity such as 2"
    )
    try:
        milli(number)
    except ValueError as error:
        raise BadValue("must be a quantity with three decimals at most, and no more than 100,000") from error
    return number


def whole(text: str) -> int:
    """The number of a line: ``3``, or ``3.0`` of a spreadsheet."""
    plain = text.strip().translate(_FULL_WIDTH)
    if not _WHOLE.fullmatch(plain):
        raise BadValue("must be a whole number")
    return int(plain.partition(".")[0])


def times(fen: int, number: Decimal) -> int:
    """*fen* a piece, *number* times, rounded half up to a fen."""
    return int((fen * number).quantize(Decimal(1), ROUND_HALF_UP))


def each(fen: int, number: Decimal) -> int:
    """What one costs where *number* cost *fen*, rounded half up to a fen."""
    return int((Decimal(fen) / number).quantize(Decimal(1), ROUND_HALF_UP))


def _signed(text: str) -> str:
    plain = text.strip().translate(_FULL_WIDTH)
    if plain.startswith("(") and plain.endswith(")"):
        return "-" + plain[1:-1].strip()
    if plain.startswith(("-¥", "-￥")):
        return "-" + plain[2:].strip()
    return plain


def _decimal(plain: str, expected: str) -> Decimal:
    if not _NUMBER.fullmatch(plain):
        raise BadValue(expected)
    try:
        return Decimal(plain)
    except InvalidOperation as error:
        raise BadValue(expected) from error


def _excel_time(plain: str) -> datetime:
    if not _NUMBER.fullmatch(plain):
        raise ValueError("no serial of a day")
    days = Decimal(plain)
    if int(days) not in _EXCEL_DAYS:
        raise ValueError("no serial of a day")
    # A serial has the precision of a millisecond or so; a sale is recorded by the second.
    seconds = int((days * 86_400).quantize(Decimal(1), ROUND_HALF_UP))
    return _EXCEL_DAY_0 + timedelta(seconds=seconds)
