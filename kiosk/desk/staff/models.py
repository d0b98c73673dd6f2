"""Tables of people, of programs with a token, and of wrong tries."""

from datetime import datetime

from sqlalchemy import Enum, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.db.base import Base, BigId, UtcDateTime
from kiosk.desk.actors import Role


class StaffUser(Base):
    """A person who may log in. Never deleted, only deactivated: records name people by id."""

    __tablename__ = "staff_user"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    name_key: Mapped[str] = mapped_column(String(192), unique=True)  # the name case-folded: "Li Na" and "li na" are one
    role: Mapped[Role] = mapped_column(
        Enum(Role, native_enum=False, length=16, values_callable=lambda roles: [role.value for role in roles])
    )
    pin_hash: Mapped[str | None] = mapped_column(String(160))  # Argon2id in PHC form; None: no PIN, badge only
    must_change_pin: Mapped[bool] = mapped_column(default=False)  # somebody else knows the PIN
    badge_hash: Mapped[str | None] = mapped_column(String(64), unique=True)  # see service.badge_hash
    session_epoch: Mapped[int] = mapped_column(default=1)  # a cookie of an earlier epoch is worth nothing
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_log_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LogInThrottle(Base):
    """Wrong tries in a row under one key (``user:3``, ``badge:desk-1``); in the database, so that a restart forgives nobody."""

    __tablename__ = "log_in_throttle"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    failed_at: Mapped[datetime] = mapped_column(UtcDateTime)  # of the newest


class ApiToken(Base):
    """A program's key to the API. Revoked ones stay, because records name them."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256: 256 random bits need no slow hash
    scopes: Mapped[str] = mapped_column(Text)  # JSON list, sorted
    created_by: Mapped[str] = mapped_column(String(64))  # Actor.label
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # to the hour
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
