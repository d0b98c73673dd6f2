"""Counts wrong tries and says how long to wait; in the database, so that a restart forgives nobody."""

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Security
from kiosk.db.upsert import insert_if_missing
from kiosk.desk.staff.models import LogInThrottle


class Throttle:
    """The first tries are free; then each wrong one doubles the wait, from `lockout_first_s` to `lockout_max_s`."""

    def __init__(self, security: Security, clock: Clock) -> None:
        self._security = security
        self._clock = clock

    def wait_s(self, session: Session, key: str) -> float:
        """Return the seconds until the next try under *key* counts, 0 when now. Works in a read session."""
        row = session.get(LogInThrottle, key, populate_existing=True)
        return 0.0 if row is None else self._wait_s(row)

    def lock(self, session: Session, key: str) -> float:
        """Like `wait_s`, and nobody else counts under *key* until this write unit ends."""
        row = self._locked(session, key)
        if row is None:
            return 0.0
        if row.failed_at > self._clock.now():
            # The clock was set back after the last wrong try. Counted on from now, a wait stays as long as it was meant.
            row.failed_at = self._clock.now()
        return self._wait_s(row)

    def failed(self, session: Session, key: str, *, forget_after: timedelta | None = None) -> float:
        """Count one wrong try; return the seconds to wait before the next. Older ones than *forget_after* do not count."""
        insert_if_missing(session, LogInThrottle, key=key, failures=0, failed_at=self._clock.now())
        row = self._locked(session, key)
        assert row is not None
        if forget_after is not None and self._clock.now() - row.failed_at > forget_after:
            row.failures = 0
        row.failures += 1
        row.failed_at = self._clock.now()
        session.flush()
        return self._wait_s(row)

    def reset(self, session: Session, key: str) -> None:
        """Forget the wrong tries under *key*."""
        session.execute(delete(LogInThrottle).where(LogInThrottle.key == key))

    def _locked(self, session: Session, key: str) -> LogInThrottle | None:
        query = select(LogInThrottle).where(LogInThrottle.key == key).with_for_update().execution_options(populate_existing=True)
        return session.scalars(query).one_or_none()

    def _wait_s(self, row: LogInThrottle) -> float:
        over = row.failures - self._security.lockout_after
        if over < 0:
            return 0.0
        # 2**16 s is beyond the longest wait that can be configured: no need for larger numbers.
        delay = min(self._security.lockout_first_s * 2.0 ** min(over, 16), float(self._security.lockout_max_s))
        passed = (self._clock.now() - row.failed_at).total_seconds()
        return min(delay, max(0.0, delay - passed))
