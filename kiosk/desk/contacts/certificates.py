"""Certificates of deletion: when, by which rule, how much; never whose. Each is tied into the audit trail by its number."""

from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.desk.actors import Actor
from kiosk.desk.audit import AuditEntry, AuditTrail
from kiosk.desk.contacts.errors import UnknownCertificate
from kiosk.desk.contacts.models import PrivacyCertificate
from kiosk.i18n import msg

# The kind of a certificate for a deletion that a person asked for.
PERSON = "person"


class Certificate(msgspec.Struct, frozen=True):
    """One certificate, as it is printed and handed out as JSON."""

    id: int
    kind: str
    station: str
    actor: str
    begun_at: datetime
    finished_at: datetime | None
    keep_days: int | None
    cut_off: datetime | None
    count: int
    parts: dict[str, int]
    audit_sequence: int | None
    audit_hash: str  # of that entry in the chain of *station*; "" while unfinished
    agrees: bool  # whether the audit trail says the same


def begin(
    session: Session, actor: Actor, station: str, kind: str, now: datetime, *, keep_days: int | None = None, cut_off: datetime | None = None
) -> PrivacyCertificate:
    """Open a certificate; it is finished by `finish`, maybe in a later write unit."""
    certificate = PrivacyCertificate(
        kind=kind, station=station, actor=actor.label, begun_at=now, keep_days=keep_days, cut_off=cut_off, count=0, parts="{}"
    )
    session.add(certificate)
    session.flush()
    return certificate


def finish(session: Session, audit: AuditTrail, actor: Actor, certificate: PrivacyCertificate, now: datetime, *, action: str) -> None:
    """Close *certificate* and put its content on the audit trail, which is never changed."""
    # Of whoever finishes it: a deletion that one station's crash cut short is finished by another.
    certificate.station, certificate.actor, certificate.finished_at = audit.station, actor.label, now
    certificate.audit_sequence = audit.append(session, actor, action, f"certificate:{certificate.id}", _detail(certificate))
    session.flush()


def get(session: Session, certificate_id: int) -> Certificate:
    """One certificate. Raises UnknownCertificate."""
    row = session.get(PrivacyCertificate, certificate_id)
    if row is None:
        raise UnknownCertificate(msg("There is no certificate %(number)s.", number=certificate_id))
    return _view(session, row)


def newest(session: Session, *, limit: int = 50, before_id: int | None = None) -> list[Certificate]:
    """The newest certificates first; *before_id* continues a list."""
    query = select(PrivacyCertificate).order_by(PrivacyCertificate.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(PrivacyCertificate.id < before_id)
    return [_view(session, row) for row in session.scalars(query)]


def _detail(row: PrivacyCertificate) -> dict[str, object]:
    return {
        "kind": row.kind,
        "count": row.count,
        "parts": msgspec.json.decode(row.parts, type=dict[str, int]),
        "keep_days": row.keep_days,
        "cut_off": row.cut_off.isoformat() if row.cut_off else None,
    }


def _view(session: Session, row: PrivacyCertificate) -> Certificate:
    entry = None
    if row.audit_sequence is not None:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.station == row.station, AuditEntry.sequence == row.audit_sequence)
        ).one_or_none()
    agrees = entry is not None and entry.subject == f"certificate:{row.id}" and msgspec.json.decode(entry.detail) == _detail(row)
    return Certificate(
        id=row.id,
        kind=row.kind,
        station=row.station,
        actor=row.actor,
        begun_at=row.begun_at,
        finished_at=row.finished_at,
        keep_days=row.keep_days,
        cut_off=row.cut_off,
        count=row.count,
        parts=msgspec.json.decode(row.parts, type=dict[str, int]),
        audit_sequence=row.audit_sequence,
        audit_hash=entry.hash if entry is not None else "",
        agrees=agrees,
    )
