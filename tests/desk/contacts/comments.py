"""A part of the desk that keeps personal data of its own, as cases do: comments, each about the subject of a contact."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from kiosk.db import Base
from kiosk.db.base import UtcDateTime
from kiosk.desk.contacts.retention import RetentionRule
from tests.desk.contacts.contact_world import ContactWorld


class Comment(Base):
    """Something that a person wrote."""

    __tablename__ = "test_comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Comments:
    """Registers its rule and its hooks with the vault, as every part does in its constructor."""

    def __init__(self, world: ContactWorld, keep_days: int = 30, kind: str = "comment") -> None:
        self.world, self.kind = world, kind
        self.runs: list[tuple[datetime, int]] = []
        world.vault.register(RetentionRule(kind, keep_days, self.purge))
        world.vault.register_person_data("comments", self.export, self.delete)

    def write(self, count: int = 1, subject: str = "case:1", text: str = "the eggs were bad") -> None:
        at = self.world.clock.now()
        self.world.write(lambda session: session.add_all([Comment(subject=subject, text=text, at=at) for _ in range(count)]))

    def left(self) -> list[str]:
        return self.world.read(lambda session: list(session.scalars(select(Comment.subject).order_by(Comment.id))))

    def purge(self, session: Session, before: datetime, limit: int) -> int:
        self.runs.append((before, limit))
        old = select(Comment.id).where(Comment.at < before).order_by(Comment.id).limit(limit)
        return len(session.scalars(delete(Comment).where(Comment.id.in_(old)).returning(Comment.id)).all())

    def export(self, session: Session, subjects: Sequence[str]) -> list[dict[str, object]]:
        found = session.scalars(select(Comment).where(Comment.subject.in_(subjects)))
        return [{"subject": comment.subject, "text": comment.text} for comment in found]

    def delete(self, session: Session, subjects: Sequence[str]) -> int:
        return len(session.scalars(delete(Comment).where(Comment.subject.in_(subjects)).returning(Comment.id)).all())
