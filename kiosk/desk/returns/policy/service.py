"""Keeps the versions of the return policy and asks the one that counts."""

from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.desk.actors import Actor
from kiosk.desk.audit import AuditTrail
from kiosk.desk.returns.policy.views import LineFacts, Policy, PolicyVersion, Verdict


class PolicyService:
    """The store's return policy."""

    def __init__(self, settings: Settings, clock: Clock, audit: AuditTrail) -> None:
        self._settings, self._clock, self._audit = settings, clock, audit

    def ensure_default(self, session: Session) -> None:
        """Keep the product's own policy as version 1 where there is none; a write unit at the station's start."""
        raise AssertionError("not yet")

    def current(self, session: Session) -> PolicyVersion:
        """The version that counts."""
        raise AssertionError("not yet")

    def judge(self, policy: Policy, facts: LineFacts) -> Verdict:
        """What *policy* says about goods; a pure function of its arguments."""
        raise AssertionError("not yet")

    def versions(self, session: Session, limit: int = 50) -> list[PolicyVersion]:
        """The newest first."""
        raise AssertionError("not yet")

    def save(self, session: Session, actor: Actor, policy: Policy, *, based_on: int, note: str = "") -> PolicyVersion:
        """Make *policy* the version that counts (scope returns:manage).

        Raises Invalid by row and field, Conflict when *based_on* is not the current version any more.
        """
        raise AssertionError("not yet")
