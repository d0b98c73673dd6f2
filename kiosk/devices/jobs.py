"""The job table: one row is one physical effect, with an honest state.

The rules of the states stand here; the spooler moves print jobs through them and the desk only enqueues, looks and
answers the question of an uncertain job.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Enum, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db.base import Base, BigId, UtcDateTime
from kiosk.errors import Conflict, NotFound
from kiosk.i18n import N_


class JobState(StrEnum):
    """queued -> sent -> confirmed, or uncertain, failed, cancelled."""

    QUEUED = "queued"  # not a byte has left this machine
    SENT = "sent"  # bytes may have reached the device; the evidence is awaited
    CONFIRMED = "confirmed"  # evidence, or a person, says that it happened
    UNCERTAIN = "uncertain"  # it may have happened: one person is asked
    FAILED = "failed"  # it did not happen and will not
    CANCELLED = "cancelled"  # a person withdrew it


FINAL = frozenset({JobState.CONFIRMED, JobState.FAILED, JobState.CANCELLED})

TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.SENT, JobState.FAILED, JobState.CANCELLED}),
    # Back to queued only with proof that nothing left this machine (SendFailed.bytes_sent == 0).
    JobState.SENT: frozenset({JobState.QUEUED, JobState.CONFIRMED, JobState.UNCERTAIN}),
    JobState.UNCERTAIN: frozenset({JobState.CONFIRMED, JobState.CANCELLED}),
    JobState.CONFIRMED: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELLED: frozenset(),
}


class Job(Base):
    """One physical effect."""

    __tablename__ = "job"
    # The one query that runs before every print: what is next for this device?
    __table_args__ = (
        Index("ix_job_device_state_id", "device", "state", "id"),
        Index("ix_job_subject", "subject"),
        Index("ix_job_finished_at", "finished_at"),  # what may be purged
        # Records outlive their jobs and name them by number: SQLite must not give a purged one's number again.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    station: Mapped[str] = mapped_column(String(64))
    device: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))  # "print"; later "pulse", "announce"
    purpose: Mapped[str] = mapped_column(String(32))  # for people and counters: "bag-ticket"
    subject: Mapped[str | None] = mapped_column(String(64))  # what it belongs to: "deposit:12"
    payload: Mapped[str] = mapped_column(Text)  # a print job's Document as JSON
    state: Mapped[JobState] = mapped_column(
        Enum(JobState, native_enum=False, length=16, values_callable=lambda states: [s.value for s in states])
    )
    reason: Mapped[str | None] = mapped_column(String(64))  # why it waits, is uncertain or failed: "paper-out", "stale"
    evidence: Mapped[str | None] = mapped_column(String(16))  # Evidence, or "person"
    held: Mapped[bool] = mapped_column(default=False)  # a queued job that waits for a person's decision (stale)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    stale_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # queued beyond this: never printed unasked
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_by: Mapped[str | None] = mapped_column(String(64))  # who answered the question


class UnknownJob(NotFound):
    """This station has no such job."""

    slug = "job-not-found"
    title = N_("No such print job")


class JobNotWaiting(Conflict):
    """The job is in no state in which this can be decided."""

    slug = "job-not-waiting"
    title = N_("This print job does not wait for a decision")


class IllegalTransition(RuntimeError):
    """The program tried to move a job against `TRANSITIONS`: a bug, never a person's mistake."""
