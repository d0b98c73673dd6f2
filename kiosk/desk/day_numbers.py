"""Numbers for people that begin anew each trading day: ``P2611250001`` is the first pickup list of 25 November 2026."""

from datetime import date

from sqlalchemy import Date, String, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from kiosk.db.base import Base
from kiosk.db.upsert import insert_if_missing


class DayNumber(Base):
    """The newest number of a series on a day; its row lock puts stations that share a database in line."""

    __tablename__ = "day_number"

    series: Mapped[str] = mapped_column(String(8), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    value: Mapped[int] = mapped_column(default=0)


def next_number(session: Session, series: str, day: date) -> str:
    """The next number of *series* (one capital letter) on *day*; a write unit."""
    insert_if_missing(session, DayNumber, series=series, day=day, value=0)
    raised = update(DayNumber).where(DayNumber.series == series, DayNumber.day == day).values(value=DayNumber.value + 1)
    value = session.execute(raised.returning(DayNumber.value).execution_options(synchronize_session=False)).scalar_one()
    return f"{series}{day:%y%m%d}{value:04d}"
