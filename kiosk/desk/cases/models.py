"""Tables of the complaint desk: cases, their history, photos, letters, stories, and which reminders were given.

Beside each index stands the query that it serves.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Date, Enum, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db.base import Base, BigId, UtcDateTime
from kiosk.desk.cases.views import CaseKind, CaseSource, CaseState, Severity

# People and tokens: the label is the stable identity ("user:3"), the name is what a screen shows years later.
LABEL_LENGTH = 64
NAME_LENGTH = 120
DEPARTMENT_LENGTH, PRODUCT_LENGTH, RECEIPT_LENGTH = 32, 120, 64
WAITING_LENGTH, CALL_BACK_LENGTH, HOW_LENGTH = 200, 400, 100


def _values(enum: type[StrEnum]) -> Enum:
    return Enum(enum, native_enum=False, length=16, values_callable=lambda members: [member.value for member in members])


class Case(Base):
    """One complaint, suggestion, enquiry or praise. Its number, times and severity stay when its content is purged."""

    __tablename__ = "desk_case"  # CASE is a word of SQL
    __table_args__ = (
        # Lists by state, by owner, by department and by severity, newest first.
        Index("ix_desk_case_state_id", "state", "id"),
        Index("ix_desk_case_owner_id_id", "owner_id", "id"),
        Index("ix_desk_case_department_id", "department", "id"),
        Index("ix_desk_case_severity_id", "severity", "id"),
        # What is overdue; what is to be reminded next; whom to call back.
        Index("ix_desk_case_due_at", "due_at"),
        Index("ix_desk_case_alarm_at", "alarm_at"),
        Index("ix_desk_case_call_back_at", "call_back_at"),
        # What has had its time.
        Index("ix_desk_case_closed_at", "closed_at"),
        # The one case of a press; found again by what was scanned.
        Index("ix_desk_case_press_id", "press_id"),
        Index("ix_desk_case_receipt", "receipt"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    station: Mapped[str] = mapped_column(String(64))
    number: Mapped[str] = mapped_column(String(24), unique=True)
    code: Mapped[int] = mapped_column(BigInteger, unique=True)  # 12 digits, see codes.py
    kind: Mapped[CaseKind] = mapped_column(_values(CaseKind))
    state: Mapped[CaseState] = mapped_column(_values(CaseState), default=CaseState.NEW)
    severity: Mapped[Severity] = mapped_column(_values(Severity))
    severity_reason: Mapped[str] = mapped_column(String(64), default="")
    content: Mapped[str] = mapped_column(Text)
    source: Mapped[CaseSource] = mapped_column(_values(CaseSource))
    language: Mapped[str] = mapped_column(String(8))
    department: Mapped[str] = mapped_column(String(DEPARTMENT_LENGTH), default="")
    product: Mapped[str] = mapped_column(String(PRODUCT_LENGTH), default="")
    receipt: Mapped[str] = mapped_column(String(RECEIPT_LENGTH), default="")
    written: Mapped[bool] = mapped_column(default=False)
    statutory: Mapped[bool] = mapped_column(default=False)
    contact_id: Mapped[int | None] = mapped_column(BigInteger)  # no foreign key: the vault deletes on its own terms
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff_user.id"))
    press_id: Mapped[int | None] = mapped_column(BigInteger)
    waiting_for: Mapped[str] = mapped_column(String(WAITING_LENGTH), default="")
    outcome: Mapped[str] = mapped_column(Text, default="")
    call_back: Mapped[str] = mapped_column(String(CALL_BACK_LENGTH), default="")

    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)  # of the state
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the newest acknowledgement
    first_answer_due: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    solution_from: Mapped[datetime] = mapped_column(UtcDateTime)  # when its clock began: opened, or opened again
    solution_due: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    call_back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reply_due: Mapped[date | None] = mapped_column(Date)  # written complaints
    reply_sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    accept_due: Mapped[date | None] = mapped_column(Date)  # 12315
    accepted_on: Mapped[date | None] = mapped_column(Date)
    mediation_due: Mapped[date | None] = mapped_column(Date)

    # Derived, for the lists and for the agenda; recomputed with every change.
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the earliest term that runs
    alarm_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the next reminder, warning or step of the ladder
    escalation: Mapped[int] = mapped_column(default=0)
    photos: Mapped[int] = mapped_column(default=0)
    reply_id: Mapped[int | None] = mapped_column(BigInteger)  # the newest letter
    story_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # content and photos are gone


class CaseStep(Base):
    """One line of a case's history. The text is a person's and goes with the case's content."""

    __tablename__ = "desk_case_step"
    # The history of a case, in order.
    __table_args__ = (Index("ix_desk_case_step_case_id_id", "case_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("desk_case.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(LABEL_LENGTH))
    actor_name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    action: Mapped[str] = mapped_column(String(32))
    text: Mapped[str] = mapped_column(Text, default="")
    detail: Mapped[str] = mapped_column(Text, default="{}")  # a JSON object


class CaseAlarm(Base):
    """A reminder, warning or step of the ladder that was given: each once, whatever restarts or stations come between."""

    __tablename__ = "desk_case_alarm"

    case_id: Mapped[int] = mapped_column(ForeignKey("desk_case.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class CaseDay(Base):
    """The newest number of a day; its row lock puts stations that share a database in line."""

    __tablename__ = "desk_case_day"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    value: Mapped[int] = mapped_column(default=0)


class CasePhoto(Base):
    """A photo: JPEG without its metadata, encrypted by the vault."""

    __tablename__ = "desk_case_photo"
    __table_args__ = (Index("ix_desk_case_photo_case_id_id", "case_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("desk_case.id"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]  # bytes of the JPEG
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by: Mapped[str] = mapped_column(String(LABEL_LENGTH))
    added_by_name: Mapped[str] = mapped_column(String(NAME_LENGTH))


class CaseReply(Base):
    """A letter to the customer; the newest one counts."""

    __tablename__ = "desk_case_reply"
    __table_args__ = (Index("ix_desk_case_reply_case_id_id", "case_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("desk_case.id"))
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    written_by: Mapped[str] = mapped_column(String(LABEL_LENGTH))
    written_by_name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    how: Mapped[str] = mapped_column(String(HOW_LENGTH), default="")


class CaseStory(Base):
    """ "You said, we did": written for the public, so it outlives the case's content."""

    __tablename__ = "desk_case_story"
    # The newest stories.
    __table_args__ = (Index("ix_desk_case_story_released_at", "released_at"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("desk_case.id"), primary_key=True)
    said: Mapped[str] = mapped_column(Text)  # a JSON object: language -> text
    did: Mapped[str] = mapped_column(Text)
    released_at: Mapped[datetime] = mapped_column(UtcDateTime)
    released_by: Mapped[str] = mapped_column(String(LABEL_LENGTH))
