"""Deletes what has had its time: every rule once a day, in small write units, each with a certificate."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.db import Database
from kiosk.db.upsert import insert_if_missing
from kiosk.desk.actors import SYSTEM, Actor
from kiosk.desk.agenda import Agenda
from kiosk.desk.audit import AuditTrail
from kiosk.desk.contacts import certificates
from kiosk.desk.contacts.models import PrivacyCertificate, RetentionRun
from kiosk.desk.contacts.retention import RetentionRule
from kiosk.i18n import Message

# In the night, when nobody waits for the database; after a night without power at the next start.
DAILY_AT = time(3, 0)
# Records of one write unit: some milliseconds in which the desk's own writes wait.
BATCH = 500
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Planned(msgspec.Struct, frozen=True):
    """One rule as a page shows it."""

    kind: str
    title: Message | None
    keep_days: int
    ran_at: datetime | None
    due_at: datetime


class Purger:
    """Carries out the rules that *rules* holds by the time it is asked."""

    def __init__(self, rules: Mapping[str, RetentionRule], clock: Clock, audit: AuditTrail, zone: ZoneInfo, batch: int = BATCH) -> None:
        self._rules, self._clock, self._audit, self._zone, self._batch = rules, clock, audit, zone, batch

    def schedule(self, agenda: Agenda) -> None:
        """Have every rule carried out by *agenda*, each as an appointment of its own: a broken one stops no other."""
        for rule in self._rules.values():
            agenda.register(f"retention {rule.kind}", self._next_due(rule), self._run_due(rule))

    def plan(self, session: Session) -> list[Planned]:
        """Every rule, with its last run and its next."""
        plan = []
        for rule in self._rules.values():
            ran_at = self._ran_at(session, rule)
            due_at = max(self._due_at(session, rule), self._clock.now())
            plan.append(Planned(rule.kind, rule.title, rule.keep_days, ran_at, due_at))
        return plan

    def run_now(self, db: Database, actor: Actor = SYSTEM) -> dict[str, int]:
        """Carry out every rule to its end; returns how many records each deleted."""
        deleted = {}
        for rule in list(self._rules.values()):
            deleted[rule.kind] = 0
            done = False
            while not done:
                count, done = db.write(lambda session, rule=rule: self.run_batch(session, rule, actor))  # type: ignore[misc]
                deleted[rule.kind] += count
        return deleted

    def run_batch(self, session: Session, rule: RetentionRule, actor: Actor = SYSTEM) -> tuple[int, bool]:
        """Delete one batch; returns how many records, and whether nothing older is left. The next batch goes on with its certificate."""
        now = self._clock.now()
        insert_if_missing(session, RetentionRun, kind=rule.kind, finished_at=_NEVER)
        # Its lock lets one station of the database purge at a time.
        run = session.scalars(select(RetentionRun).where(RetentionRun.kind == rule.kind).with_for_update()).one()
        certificate = self._open_certificate(session, rule)
        cut_off = certificate.cut_off if certificate is not None else None
        cut_off = cut_off or now - timedelta(days=rule.keep_days)
        count = rule.purge(session, cut_off, self._batch)
        if count and certificate is None:
            certificate = certificates.begin(session, actor, self._audit.station, rule.kind, now, keep_days=rule.keep_days, cut_off=cut_off)
        if certificate is not None:
            certificate.count += count
        done = count < self._batch
        if done:
            run.finished_at = now
            if certificate is not None:
                certificates.finish(session, self._audit, actor, certificate, now, action="privacy.purged")
        session.flush()
        return count, done

    def _next_due(self, rule: RetentionRule) -> Callable[[Session], datetime | None]:
        return lambda session: self._due_at(session, rule)

    def _run_due(self, rule: RetentionRule) -> Callable[[Session], None]:
        def run(session: Session) -> None:
            if self._due_at(session, rule) <= self._clock.now():  # another station may have been faster
                self.run_batch(session, rule)

        return run

    def _due_at(self, session: Session, rule: RetentionRule) -> datetime:
        """In the night after the last run; at once when there was none, when it was cut short, or when the clock was ahead then."""
        ran_at = self._ran_at(session, rule)
        if ran_at is None or ran_at > self._clock.now() or self._open_certificate(session, rule) is not None:
            return _NEVER
        local = ran_at.astimezone(self._zone)
        day = local.date() if local.time() < DAILY_AT else local.date() + timedelta(days=1)
        return datetime.combine(day, DAILY_AT, self._zone).astimezone(UTC)

    def _ran_at(self, session: Session, rule: RetentionRule) -> datetime | None:
        ran_at = session.scalar(select(RetentionRun.finished_at).where(RetentionRun.kind == rule.kind))
        return None if ran_at == _NEVER else ran_at

    def _open_certificate(self, session: Session, rule: RetentionRule) -> PrivacyCertificate | None:
        unfinished = (PrivacyCertificate.kind == rule.kind, PrivacyCertificate.finished_at.is_(None))
        return session.scalars(select(PrivacyCertificate).where(*unfinished).order_by(PrivacyCertificate.id).limit(1)).first()
