"""Goes on by phone: a link for one shopper's one press, good for some minutes and for one sending.

The link holds a random token of which only the hash is kept. Opening the page changes nothing, so that a preview or a
security check of a messenger cannot use the link up; the page itself says when a person has it (`take_over`), and from
then on the link belongs to that one phone.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from sqlalchemy import Index, String, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.db.base import Base, BigId, UtcDateTime
from kiosk.errors import Conflict, NotFound
from kiosk.events import emit
from kiosk.i18n import N_, msg

# Bytes of a token: 144 random bits, 24 characters in the link; short enough for a QR code that old phones read.
_TOKEN_BYTES = 18
TOKEN_LENGTH = 24
_KEY_LENGTH = 64
_PHONE_LENGTH = 64
# Rows are worthless once their link is dead; this much later they go, so that a late tap is still told why.
_KEEP = timedelta(days=1)
_PURGE_AT_ONCE = 100


class NotConfigured(NotFound):
    """No address is known under which a phone could reach this station."""

    slug = "handover-not-configured"
    title = N_("Going on by phone is not offered")


class UnknownLink(NotFound):
    """No link has this token (any more)."""

    slug = "handover-unknown"
    title = N_("This link is not valid")


class LinkExpired(Conflict):
    """Its minutes are over."""

    slug = "handover-expired"
    title = N_("This link is too old")


class LinkUsed(Conflict):
    """What it was made for has been sent."""

    slug = "handover-used"
    title = N_("This link was used already")


class LinkTaken(Conflict):
    """Another phone has it."""

    slug = "handover-taken"
    title = N_("Another phone uses this link")


class HandoverState(StrEnum):
    """offered -> taken -> sent: what the kiosk's screen is told."""

    OFFERED = "offered"
    TAKEN = "taken"
    SENT = "sent"


class FeedbackHandover(Base):
    """One link. Holds no personal data: the press's key, the token's hash, a random name of the phone's browser."""

    __tablename__ = "feedback_handover"
    __table_args__ = (
        # A new link of a press replaces its older ones: WHERE press_key = ?
        Index(None, "press_key"),
        # WHERE expires_at < ? ORDER BY expires_at
        Index(None, "expires_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    press_key: Mapped[str] = mapped_column(String(_KEY_LENGTH))
    station: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    taken_by: Mapped[str] = mapped_column(String(_PHONE_LENGTH), default="")
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Offer(msgspec.Struct, frozen=True):
    """A fresh link. *token* is shown once and kept nowhere."""

    token: str
    expires_at: datetime


class Handover(msgspec.Struct, frozen=True):
    """A link that may be gone on with."""

    id: int
    press_key: str
    state: HandoverState
    expires_at: datetime


class HandoverService:
    """Makes links for presses, gives each to one phone, and tells the kiosk's screen."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock

    @property
    def base_url(self) -> str:
        """The address under which phones reach this station, without a slash at the end; empty: going on by phone is off."""
        return self._settings.feedback.public_url.rstrip("/")

    def offer(self, session: Session, press_key: str) -> Offer:
        """Make a link for the press that has *press_key*; an older link of that press is void. Raises NotConfigured."""
        if not self.base_url:
            raise NotConfigured(
                msg("This station has no address that phones can reach."), msg("Set feedback.public_url in the configuration.")
            )
        now = self._clock.now()
        session.execute(delete(FeedbackHandover).where(FeedbackHandover.press_key == press_key, FeedbackHandover.used_at.is_(None)))
        self.purge(session, now - _KEEP)
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        expires_at = now + timedelta(minutes=self._settings.feedback.handover_min)
        session.add(
            FeedbackHandover(
                token_hash=_hash(token),
                press_key=press_key,
                station=self._settings.station.name,
                created_at=now,
                expires_at=expires_at,
            )
        )
        session.flush()
        return Offer(token, expires_at)

    def look(self, session: Session, token: str, phone: str) -> Handover:
        """The link of *token* as *phone* (a random name of its browser) may use it; SENT for the phone that used it.

        Raises UnknownLink, LinkUsed, LinkExpired, LinkTaken.
        """
        row = session.scalar(
            select(FeedbackHandover).where(FeedbackHandover.token_hash == _hash(token)).execution_options(populate_existing=True)
        )
        if row is None:
            raise UnknownLink(
                msg("This link is not known, or a newer one has replaced it."), msg("Scan the code on the kiosk's screen again.")
            )
        if row.used_at is not None:
            if row.taken_by == phone:
                return Handover(row.id, row.press_key, HandoverState.SENT, row.expires_at)
            raise LinkUsed(msg("What was written here has arrived."), msg("You can close this page."))
        if row.expires_at <= self._clock.now():
            raise LinkExpired(
                msg("This link was good for %(minutes)s minutes.", minutes=self._settings.feedback.handover_min),
                msg("Rate again at the kiosk, or talk to the service desk."),
            )
        if row.taken_at is not None and row.taken_by != phone:
            raise LinkTaken(
                msg("This link was opened on another phone."), msg("Go on there, or scan the code on the kiosk's screen again.")
            )
        state = HandoverState.OFFERED if row.taken_at is None else HandoverState.TAKEN
        return Handover(row.id, row.press_key, state, row.expires_at)

    def take_over(self, session: Session, token: str, phone: str) -> Handover:
        """Bind the link to *phone*, which a person holds; the kiosk's screen is told. Raises as `look` does."""
        found = self.look(session, token, phone)
        if found.state is not HandoverState.OFFERED:
            return found
        changed = session.scalar(
            update(FeedbackHandover)
            .where(FeedbackHandover.id == found.id, FeedbackHandover.taken_at.is_(None))
            .values(taken_at=self._clock.now(), taken_by=phone[:_PHONE_LENGTH])
            .returning(FeedbackHandover.id)
            .execution_options(synchronize_session=False)
        )
        if changed is None:
            return self.look(session, token, phone)
        self._tell(session, found.press_key, HandoverState.TAKEN)
        return msgspec.structs.replace(found, state=HandoverState.TAKEN)

    def use(self, session: Session, token: str, phone: str) -> Handover:
        """Use the link up: what the phone sends is recorded in the same unit. Raises as `look` does, LinkUsed the second time."""
        found = self.look(session, token, phone)
        if found.state is HandoverState.SENT:
            raise LinkUsed(msg("What was written here has arrived."), msg("You can close this page."))
        now = self._clock.now()
        session.execute(
            update(FeedbackHandover)
            .where(FeedbackHandover.id == found.id)
            .values(used_at=now, taken_at=now, taken_by=phone[:_PHONE_LENGTH])
            .execution_options(synchronize_session=False)
        )
        self._tell(session, found.press_key, HandoverState.SENT)
        return msgspec.structs.replace(found, state=HandoverState.SENT)

    def purge(self, session: Session, before: datetime, limit: int = _PURGE_AT_ONCE) -> int:
        """Delete at most *limit* links that were dead *before* then; returns how many."""
        ids = session.scalars(
            select(FeedbackHandover.id).where(FeedbackHandover.expires_at < before).order_by(FeedbackHandover.expires_at).limit(limit)
        ).all()
        if ids:
            session.execute(delete(FeedbackHandover).where(FeedbackHandover.id.in_(ids)).execution_options(synchronize_session=False))
        return len(ids)

    def _tell(self, session: Session, press_key: str, state: HandoverState) -> None:
        # The key opens the press to additions: it goes to this station's own kiosk screens alone.
        emit(session, "feedback.handover", {"key": press_key, "state": state.value}, screen=f"kiosk:{self._settings.station.name}")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
