"""The audit trail: who did what, append-only, hash-chained so that a later change or a cut end is noticed.

Each station has a chain of its own: entry n carries the SHA-256 of its own content and of entry n-1, and `audit_head`
keeps the number and hash of the newest. Triggers (migration 0002) keep honest code honest; the chain finds what
somebody with the database file in hand changed in spite of them. Whoever can rewrite the whole file can also rewrite
the whole chain: note the head's hash elsewhere (``kiosk audit verify`` prints it) where that matters.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Index, Row, Select, String, Text, UniqueConstraint, bindparam, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, Session, mapped_column

from kiosk.clock import Clock
from kiosk.db.base import Base, BigId, UtcDateTime, table_of
from kiosk.db.upsert import insert_if_missing
from kiosk.desk.actors import Actor
from kiosk.i18n import Message, msg

# What the first entry of a chain names as its predecessor.
GENESIS = "0" * 64
# The columns that an entry's hash covers; the row's id is the database's own affair.
_CONTENT = ("station", "sequence", "at", "actor", "action", "subject", "detail", "previous")
# Entries that `verify` holds in memory at once.
_PAGE = 500


class AuditEntry(Base):
    """One thing that somebody did."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        UniqueConstraint("station", "sequence"),
        Index("ix_audit_entry_subject", "subject"),
        Index("ix_audit_entry_at", "at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    station: Mapped[str] = mapped_column(String(64))
    sequence: Mapped[int] = mapped_column(BigId)  # 1, 2, 3 ... within the station, without a gap
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(64))  # Actor.label: no names, so that nothing here ever needs deleting
    action: Mapped[str] = mapped_column(String(64))  # "bag.released"
    subject: Mapped[str | None] = mapped_column(String(64))  # "deposit:12"
    detail: Mapped[str] = mapped_column(Text)  # canonical JSON object
    previous: Mapped[str] = mapped_column(String(64))  # hash of the entry before, hexadecimal
    hash: Mapped[str] = mapped_column(String(64))  # SHA-256 of this entry, hexadecimal


class AuditHead(Base):
    """The newest entry of one station's chain; its row lock puts writers of one chain in line."""

    __tablename__ = "audit_head"

    station: Mapped[str] = mapped_column(String(64), primary_key=True)
    sequence: Mapped[int] = mapped_column(BigId)
    hash: Mapped[str] = mapped_column(String(64))


_ENTRY, _HEAD = table_of(AuditEntry), table_of(AuditHead)
_HEAD.add_is_dependent_on(_ENTRY)

_LOCK_HEAD = select(_HEAD.c.sequence, _HEAD.c.hash).where(_HEAD.c.station == bindparam("of_station")).with_for_update()
_APPEND = insert(_ENTRY)
_MOVE_HEAD = update(_HEAD).where(_HEAD.c.station == bindparam("of_station"))


class AuditView(msgspec.Struct, frozen=True):
    """One entry as screens and programs see it."""

    id: int
    station: str
    sequence: int
    at: datetime
    actor: str
    action: str
    subject: str | None
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AuditProblem:
    """The first place where the chain of *station* is broken; *sequence* is the entry concerned."""

    station: str
    sequence: int
    message: Message


@dataclass(frozen=True, slots=True)
class ChainHead:
    """How far a station's chain reaches; worth noting outside of the database."""

    station: str
    sequence: int
    hash: str


class AuditTrail:
    """Appends to the chain of *station*, reads and verifies the chains of all."""

    def __init__(self, station: str, clock: Clock) -> None:
        self.station = station
        self._clock = clock

    def append(
        self, session: Session, actor: Actor, action: str, subject: str | None = None, detail: Mapping[str, object] | None = None
    ) -> int:
        """Record that *actor* did *action* to *subject*; return the entry's number in the station's chain.

        Call it in the write unit that does the thing. *detail* holds JSON values; keep secrets and personal data out:
        what is written here is never deleted.
        """
        head = self._lock_head(session)
        content = {
            "station": self.station,
            "sequence": head.sequence + 1,
            "at": self._clock.now(),
            "actor": actor.label,
            "action": action,
            "subject": subject,
            "detail": _canonical(detail or {}).decode(),
            "previous": head.hash,
        }
        digest = _digest(content)
        session.execute(_APPEND, {**content, "hash": digest})
        session.execute(_MOVE_HEAD, {"of_station": self.station, "sequence": head.sequence + 1, "hash": digest})
        return head.sequence + 1

    def entries(
        self,
        session: Session,
        *,
        action: str | None = None,
        subject: str | None = None,
        actor: str | None = None,
        before_id: int | None = None,
        limit: int = 100,
    ) -> list[AuditView]:
        """Return the newest entries first, at most *limit*; *before_id* continues a list."""
        query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
        for column, wanted in ((AuditEntry.action, action), (AuditEntry.subject, subject), (AuditEntry.actor, actor)):
            if wanted is not None:
                query = query.where(column == wanted)
        if before_id is not None:
            query = query.where(AuditEntry.id < before_id)
        return [_view(entry) for entry in session.scalars(query)]

    def heads(self, session: Session) -> list[ChainHead]:
        """Return how far each station's chain reaches, by name."""
        rows = session.execute(select(AuditHead.station, AuditHead.sequence, AuditHead.hash).order_by(AuditHead.station))
        return [ChainHead(station, sequence, digest) for station, sequence, digest in rows]

    def verify(self, session: Session) -> list[AuditProblem]:
        """Check every chain from its first entry; return the first problem of each, none when all is well."""
        heads = {head.station: head for head in self.heads(session)}
        stations = sorted({*heads, *session.scalars(select(AuditEntry.station).distinct())})
        found = (_verify_chain(session, station, heads.get(station)) for station in stations)
        return [problem for problem in found if problem is not None]

    def _lock_head(self, session: Session) -> ChainHead:
        row = session.execute(_LOCK_HEAD, {"of_station": self.station}).one_or_none()
        if row is None:
            # Two processes of a new station may meet here: the second waits for the first's row and then locks it.
            insert_if_missing(session, AuditHead, station=self.station, sequence=0, hash=GENESIS)
            row = session.execute(_LOCK_HEAD, {"of_station": self.station}).one()
        return ChainHead(self.station, row.sequence, row.hash)


def _verify_chain(session: Session, station: str, head: ChainHead | None) -> AuditProblem | None:
    sequence, previous, row_id = 0, GENESIS, 0
    for entry in _chain(session, station):
        if isinstance(entry, _Unreadable):
            return AuditProblem(station, sequence + 1, msg("entry %(number)s cannot be read", number=sequence + 1))
        if entry.sequence != sequence + 1:
            return AuditProblem(station, sequence + 1, msg("entry %(number)s is missing", number=sequence + 1))
        if entry.previous != previous:
            return AuditProblem(station, entry.sequence, msg("entry %(number)s does not follow the one before it", number=entry.sequence))
        if entry.hash != _digest(_content(entry)):
            return AuditProblem(station, entry.sequence, msg("entry %(number)s was changed", number=entry.sequence))
        if entry.id <= row_id:  # lists are ordered by it; beyond its order it says nothing
            return AuditProblem(station, entry.sequence, msg("entry %(number)s was moved", number=entry.sequence))
        sequence, previous, row_id = entry.sequence, entry.hash, entry.id
    if head is None:
        return AuditProblem(station, sequence, msg("the chain's end mark is missing"))
    if head.sequence > sequence:
        return AuditProblem(
            station, sequence + 1, msg("entries %(first)s to %(last)s were cut off the end", first=sequence + 1, last=head.sequence)
        )
    if head.sequence < sequence or head.hash != previous:
        return AuditProblem(
            station, head.sequence, msg("the chain's end mark was changed: it names entry %(number)s", number=head.sequence)
        )
    return None


class _Unreadable:
    """Stands for an entry that the database itself cannot hand out (a text where a time belongs)."""


def _chain(session: Session, station: str) -> Iterator["Row[Any] | _Unreadable"]:
    """Yield the entries of *station* by number, a page at a time: a year's chain does not fit a Pi's memory."""
    columns = [AuditEntry.__table__.c[name] for name in ("id", *_CONTENT, "hash")]
    after = None
    while True:
        query = select(*columns).where(AuditEntry.station == station).order_by(AuditEntry.sequence)
        if after is not None:
            query = query.where(AuditEntry.sequence > after)
        page = _read_page(session, query)
        yield from page
        if len(page) < _PAGE or isinstance(page[-1], _Unreadable):
            return
        after = page[-1].sequence


def _read_page(session: Session, query: "Select[Any]") -> list["Row[Any] | _Unreadable"]:
    try:
        return list(session.execute(query.limit(_PAGE)))
    except (ValueError, TypeError, DBAPIError):
        # One entry cannot be converted: read singly, so that the entry is found and not merely the page.
        rows: list[Row[Any] | _Unreadable] = []
        for offset in range(_PAGE):
            try:
                rows.extend(session.execute(query.offset(offset).limit(1)))
            except (ValueError, TypeError, DBAPIError):
                return [*rows, _Unreadable()]
        return rows


def _content(entry: "Row[Any]") -> dict[str, object]:
    """What the entry's hash covers."""
    row = entry._asdict()
    return {name: row[name] for name in _CONTENT}


def _canonical(value: object) -> bytes:
    """JSON with sorted keys and no spaces: equal values give equal bytes."""
    return msgspec.json.encode(value, order="sorted")


def _digest(content: Mapping[str, object]) -> str:
    return hashlib.sha256(_canonical(content)).hexdigest()


def _view(entry: AuditEntry) -> AuditView:
    detail = msgspec.json.decode(entry.detail, type=dict[str, Any])
    return AuditView(entry.id, entry.station, entry.sequence, entry.at, entry.actor, entry.action, entry.subject, detail)
