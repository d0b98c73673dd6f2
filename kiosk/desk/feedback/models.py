"""Tables of the feedback kiosk: surveys and their versions, presses, their reasons and flags, and the counts kept beside them.

A press is one row and is never deleted. Whatever decides later about counting it (a flag, a lifted flag) changes its
`counted` and the counts in one transaction, so that both always say the same.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey, ForeignKeyConstraint, Index, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db.base import Base, BigId, UtcDateTime
from kiosk.db.partial import partial_index

SLUG_LENGTH = 32
STATION_LENGTH = 64
KEY_LENGTH = 64
LABEL_LENGTH = 64
NAME_LENGTH = 120
REASON_TEXT_LENGTH = 200

# Conditions of partial indexes. SQLite uses such an index only for a query that repeats its condition literally.
WITH_COMMENT_SQL = "comment <> ''"
NOT_COUNTED_SQL = "NOT counted"


class SurveyHead(Base):
    """One survey; its row is locked while a version is saved. *version* is the one that presses get now."""

    __tablename__ = "survey"

    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH), primary_key=True)
    version: Mapped[int]
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SurveyText(Base):
    """One saved version, never changed."""

    __tablename__ = "survey_version"
    __table_args__ = (UniqueConstraint("slug", "version"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH))
    version: Mapped[int]
    body: Mapped[str] = mapped_column(Text)  # the Survey as JSON
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    saved_by: Mapped[str] = mapped_column(String(LABEL_LENGTH))
    saved_by_name: Mapped[str] = mapped_column(String(NAME_LENGTH))


class RatingRequest(Base):
    """ "Please rate this service" at one counter, bound to who asked and to the shift."""

    __tablename__ = "rating_request"
    __table_args__ = (
        # The ratings of one person, oldest first.
        Index("ix_rating_request_asked_by_id", "asked_by", "id"),
        # What a counter's screen asks now: the newest.
        Index("ix_rating_request_station_counter_id", "station", "counter", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    station: Mapped[str] = mapped_column(String(STATION_LENGTH))
    counter: Mapped[str] = mapped_column(String(32))
    asked_by: Mapped[str] = mapped_column(String(LABEL_LENGTH))
    asked_by_name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    shift_day: Mapped[date] = mapped_column(Date)
    shift: Mapped[int] = mapped_column(SmallInteger)
    survey: Mapped[str] = mapped_column(String(SLUG_LENGTH))
    version: Mapped[int]
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    press_id: Mapped[int | None] = mapped_column(BigInteger)  # the first answer; later ones are flagged


class Press(Base):
    """One rating that was tapped."""

    __tablename__ = "feedback_press"
    __table_args__ = (
        ForeignKeyConstraint(["survey", "version"], ["survey_version.slug", "survey_version.version"]),
        # Lists and the parts of days that totals and reports add to the kept counts.
        Index("ix_feedback_press_at_id", "at", "id"),
        # The last presses at one place: interval, runs, bursts, the share of negatives; lists of one station.
        Index("ix_feedback_press_station_at_counter", "station", "at", "counter"),
        # Lists of comments, and their deletion in time.
        partial_index("ix_feedback_press_comment", "at", "id", unique=False, where=WITH_COMMENT_SQL),
        # Lists of what is not counted.
        partial_index("ix_feedback_press_not_counted", "at", "id", unique=False, where=NOT_COUNTED_SQL),
        # The ratings of one person, which are hidden from them at first.
        partial_index("ix_feedback_press_rating_request", "rating_request_id", unique=False, where="rating_request_id IS NOT NULL"),
        # What a person said before it became a case, when it is handed out or deleted on their request.
        partial_index("ix_feedback_press_case", "case_id", unique=False, where="case_id IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(KEY_LENGTH), unique=True)  # made by whoever pressed
    survey: Mapped[str] = mapped_column(String(SLUG_LENGTH))
    version: Mapped[int]
    steps: Mapped[int] = mapped_column(SmallInteger)  # best rating of the scale
    rating: Mapped[int] = mapped_column(SmallInteger)
    station: Mapped[str] = mapped_column(String(STATION_LENGTH))
    counter: Mapped[str] = mapped_column(String(32), default="")  # "": not at a counter
    source: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(8))
    pressed_at: Mapped[datetime] = mapped_column(UtcDateTime)  # as the screen's clock said
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    at: Mapped[datetime] = mapped_column(UtcDateTime)  # the one of the two that is believed
    day: Mapped[date] = mapped_column(Date)  # of *at*, in the store's zone, as it was then
    hour: Mapped[int] = mapped_column(SmallInteger)
    comment: Mapped[str] = mapped_column(Text, default="")
    urgent: Mapped[str] = mapped_column(Text, default="")  # urgent words found in what was said, one a line
    counted: Mapped[bool]  # no flag stands
    hasty: Mapped[bool] = mapped_column(default=False)  # came too soon after another; such a press is part of no pattern
    rating_request_id: Mapped[int | None] = mapped_column(ForeignKey("rating_request.id"))
    case_id: Mapped[int | None] = mapped_column(BigInteger)
    case_receipt: Mapped[str] = mapped_column(Text, default="")  # what the shopper was given for it, as JSON


class PressReason(Base):
    """A reason that was tapped for a press."""

    __tablename__ = "feedback_press_reason"

    press_id: Mapped[int] = mapped_column(ForeignKey("feedback_press.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(String(32), primary_key=True)


class Flag(Base):
    """Why a press is not counted, until it is lifted."""

    __tablename__ = "feedback_flag"
    __table_args__ = (Index("ix_feedback_flag_press_id", "press_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    press_id: Mapped[int] = mapped_column(ForeignKey("feedback_press.id"))
    reason: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(String(REASON_TEXT_LENGTH), default="")  # of a flag set by hand
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(LABEL_LENGTH))
    by_name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_by: Mapped[str] = mapped_column(String(LABEL_LENGTH), default="")
    lifted_by_name: Mapped[str] = mapped_column(String(NAME_LENGTH), default="")
    lift_reason: Mapped[str] = mapped_column(String(REASON_TEXT_LENGTH), default="")


class DayCount(Base):
    """Presses of one store's day."""

    __tablename__ = "feedback_day"
    # Without row ids SQLite keeps the counts in the order in which reports read them, and once instead of twice.
    __table_args__ = ({"sqlite_with_rowid": False},)

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    station: Mapped[str] = mapped_column(String(STATION_LENGTH), primary_key=True)
    survey: Mapped[str] = mapped_column(String(SLUG_LENGTH), primary_key=True)
    steps: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    rating: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    counted: Mapped[bool] = mapped_column(primary_key=True)
    presses: Mapped[int]


class HourCount(Base):
    """Presses of one hour of a store's day."""

    __tablename__ = "feedback_hour"
    __table_args__ = ({"sqlite_with_rowid": False},)

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    hour: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    station: Mapped[str] = mapped_column(String(STATION_LENGTH), primary_key=True)
    survey: Mapped[str] = mapped_column(String(SLUG_LENGTH), primary_key=True)
    steps: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    rating: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    counted: Mapped[bool] = mapped_column(primary_key=True)
    presses: Mapped[int]


class ReasonCount(Base):
    """Presses of one store's day that gave a reason; a press with two reasons is in both."""

    __tablename__ = "feedback_reason_day"
    __table_args__ = ({"sqlite_with_rowid": False},)

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    station: Mapped[str] = mapped_column(String(STATION_LENGTH), primary_key=True)
    survey: Mapped[str] = mapped_column(String(SLUG_LENGTH), primary_key=True)
    reason: Mapped[str] = mapped_column(String(32), primary_key=True)
    steps: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    rating: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    counted: Mapped[bool] = mapped_column(primary_key=True)
    presses: Mapped[int]


class NegativeAlert(Base):
    """When the share of negatives of a station last raised an alert: once in a window is enough."""

    __tablename__ = "feedback_negative_alert"

    station: Mapped[str] = mapped_column(String(STATION_LENGTH), primary_key=True)
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)


class UrgentWords(Base):
    """The store's list of urgent words: one row, so that a list emptied on purpose stays empty."""

    __tablename__ = "feedback_urgent_words"

    id: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[str] = mapped_column(Text)  # a JSON list
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    saved_by: Mapped[str] = mapped_column(String(LABEL_LENGTH))
