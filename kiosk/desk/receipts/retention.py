"""Deletes receipts that have had their time, but for those that something else of the desk refers to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, bindparam, delete, select
from sqlalchemy.orm import Session

from kiosk.desk.receipts.look import LINE, RECEIPT, TENDER

# Lines and tenders before their receipt, which they name.
_DELETE = [
    delete(table).where(column.in_(bindparam("receipt_ids", expanding=True)))
    for table, column in ((LINE, LINE.c.receipt_id), (TENDER, TENDER.c.receipt_id), (RECEIPT, RECEIPT.c.id))
]


def purge(session: Session, zone: ZoneInfo, before: datetime, limit: int, in_use: Sequence[Select[Any]]) -> int:
    """Delete at most *limit* receipts sold before the day of *before*; none whose id is among those that *in_use* select.

    The goods that they named stay: without receipts they are but a list of what the store has sold.
    """
    old = select(RECEIPT.c.id).where(RECEIPT.c.sold_on < before.astimezone(zone).date())
    for ids in in_use:
        old = old.where(RECEIPT.c.id.not_in(ids))
    found = session.scalars(old.order_by(RECEIPT.c.sold_on).limit(limit)).all()
    if found:
        for statement in _DELETE:
            session.execute(statement, {"receipt_ids": list(found)})
    return len(found)
