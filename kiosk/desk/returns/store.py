"""How lists within a return are kept as JSON: deductions with their words, goods given in exchange, tenders."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from kiosk.desk.alerts.store import pack, unpack
from kiosk.desk.returns.views import Goods
from kiosk.i18n import Message

__all__ = ["Deduction", "goods", "of_deductions", "of_goods", "of_tenders", "pack", "tenders", "to_deductions", "unpack"]


@dataclass(frozen=True, slots=True)
class Deduction:
    """Money that is not paid back, and why; negative: what was deducted before is paid back. *key* says what it is about."""

    key: str
    text: Message
    fen: int


def of_deductions(deductions: Sequence[Deduction]) -> str:
    """*deductions* as JSON."""
    return msgspec.json.encode([[one.key, pack(one.text), one.fen] for one in deductions]).decode()


def to_deductions(text: str) -> list[Deduction]:
    """What `of_deductions` made *text* of."""
    return [Deduction(key, unpack(words), fen) for key, words, fen in msgspec.json.decode(text, type=list[tuple[str, str, int]])]


def of_goods(goods: Sequence[Goods]) -> str:
    """*goods* as JSON."""
    return msgspec.json.encode(list(goods)).decode()


def goods(text: str) -> list[Goods]:
    """What `of_goods` made *text* of."""
    return msgspec.json.decode(text, type=list[Goods])


def of_tenders(tenders: Sequence[tuple[str, int]]) -> str:
    """*tenders* as JSON."""
    return msgspec.json.encode(list(tenders)).decode()


def tenders(text: str) -> list[tuple[str, int]]:
    """What `of_tenders` made *text* of."""
    return msgspec.json.decode(text, type=list[tuple[str, int]])
