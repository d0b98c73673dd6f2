"""How people prove who they are: PIN, badge, session cookie, and the approval of a second person.

A PIN is verified in the caller's thread, between a look-up and a short write unit that counts the try: Argon2 takes
long on purpose, and the one writer must not wait for it. So these methods take the `Database`, not a session, and must
not be called inside a write unit.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Security
from kiosk.db import Database
from kiosk.desk.actors import ROLE_SCOPES, Actor
from kiosk.desk.audit import AuditTrail
from kiosk.desk.staff.directory import StaffDirectory, badge_hash, user_key
from kiosk.desk.staff.errors import LockedOut, SecondPersonNeeded, UnknownBadge, WrongPin
from kiosk.desk.staff.models import StaffUser
from kiosk.desk.staff.pins import PinHasher, check_strength
from kiosk.desk.staff.views import LoggedIn
from kiosk.errors import FieldError, Invalid, Refusal
from kiosk.i18n import msg

T = TypeVar("T")

# Wrong badges are counted for the whole station; no single person's success sets that count back: it runs out.
_BADGE_MEMORY = timedelta(hours=1)
_UNKNOWN_PERSON = "user:unknown"


@dataclass(frozen=True, slots=True)
class _Checked:
    """What the look-up and Argon2 found, for the write unit that settles it."""

    user_id: int
    key: str
    pin_hash: str | None = field(repr=False)
    matched: bool
    new_hash: str | None = field(default=None, repr=False)


class StaffService(StaffDirectory):
    """The store's people, and how they log in."""

    def __init__(self, security: Security, clock: Clock, audit: AuditTrail, hasher: PinHasher | None = None) -> None:
        super().__init__(security, clock, audit, hasher)
        self._badge_key = f"badge:{audit.station}"

    def log_in_pin(self, db: Database, user_id: int, pin: str) -> LoggedIn:
        """Log somebody in. Raises WrongPin or LockedOut."""
        checked = self._check_pin(db, user_id, pin)

        def settle(session: Session) -> LoggedIn | Refusal:
            user = self._settle_pin(session, checked)
            return user if isinstance(user, Refusal) else self._log_in(session, user, "pin")

        return _granted(db, settle)

    def log_in_badge(self, db: Database, code: str) -> LoggedIn:
        """Log in the owner of a badge. Raises UnknownBadge or LockedOut."""

        def settle(session: Session) -> LoggedIn | Refusal:
            user = self._settle_badge(session, code)
            return user if isinstance(user, Refusal) else self._log_in(session, user, "badge")

        return _granted(db, settle)

    def log_out(self, session: Session, actor: Actor) -> None:
        """Record that somebody logged out; the cookie itself is the web's."""
        self._audit.append(session, actor, "staff.logged-out", actor.label)

    def actor_for_user(self, session: Session, user_id: int, epoch: int) -> Actor | None:
        """Return who a session cookie stands for; None when it is no longer worth anything."""
        user = session.get(StaffUser, user_id)
        if user is None or not user.active or user.session_epoch != epoch:
            return None
        return _actor(user)

    def approve(
        self, db: Database, requester: Actor, scope: str, *, user_id: int | None = None, pin: str | None = None, badge: str | None = None
    ) -> Actor:
        """Have a second person, who holds *scope*, stand by what *requester* is about to do; return that person.

        Either *user_id* and *pin*, or *badge*. A wrong PIN counts as one at log-in does. Raises SecondPersonNeeded,
        Denied, WrongPin, UnknownBadge or LockedOut.
        """
        if badge is not None:
            return self._approve(db, requester, scope, lambda session: self._settle_badge(session, badge))
        if user_id is None or pin is None:
            text = msg("Approval needs a person and a PIN, or a badge.")
            raise Invalid(text, fields=[FieldError("pin", None, text)])
        if _same_person(requester, user_id):
            raise _second_person_needed()
        checked = self._check_pin(db, user_id, pin)
        return self._approve(db, requester, scope, lambda session: self._settle_pin(session, checked))

    def change_own_pin(self, db: Database, user_id: int, old_pin: str, new_pin: str) -> LoggedIn:
        """Replace a person's PIN by one that only they know; their other sessions end. A wrong old PIN counts."""
        check_strength(new_pin, self._security, field="new_pin")
        if new_pin == old_pin:
            text = msg("The new PIN must differ from the old one.")
            raise Invalid(text, fields=[FieldError("new_pin", None, text)])
        checked = self._check_pin(db, user_id, old_pin)
        prepared = self.prepare_pin(new_pin, field="new_pin") if checked.matched else None

        def settle(session: Session) -> LoggedIn | Refusal:
            user = self._settle_pin(session, checked)
            if isinstance(user, Refusal):
                return user
            assert prepared is not None  # a try that matched has one
            user.pin_hash = prepared.hash
            user.must_change_pin = False
            user.session_epoch += 1
            self._audit.append(session, _actor(user), "staff.pin-changed", user_key(user.id))
            return LoggedIn(_actor(user), user.session_epoch, user.must_change_pin)

        return _granted(db, settle)

    def _check_pin(self, db: Database, user_id: int, pin: str) -> _Checked:
        """Compare *pin* in this thread; what is locked out is not even compared."""
        with db.read() as session:
            user = session.get(StaffUser, user_id)
            known = user is not None and user.active and user.pin_hash is not None
            pin_hash = user.pin_hash if user is not None and known else None
            key = user_key(user_id) if user is not None else _UNKNOWN_PERSON
            waiting = self._throttle.wait_s(session, key) > 0
        if waiting:
            # Asked again under the row's lock, where a clock that was set back is noticed and put right.
            wait_s = db.write(lambda session: self._throttle.lock(session, key))
            if wait_s > 0:
                raise _locked_out(wait_s)
        matched = self._hasher.matches(pin_hash, pin)
        new_hash = self._hasher.hash(pin) if matched and pin_hash and self._hasher.needs_rehash(pin_hash) else None
        return _Checked(user_id, key, pin_hash, matched, new_hash)

    def _settle_pin(self, session: Session, checked: _Checked) -> StaffUser | Refusal:
        """Count the try, or take back what was counted. The refusal is returned: raised, it would undo the count."""
        if wait_s := self._throttle.lock(session, checked.key):
            return _locked_out(wait_s)  # others tried meanwhile: not even a right PIN counts now
        user = session.get(StaffUser, checked.user_id, populate_existing=True)
        if checked.matched and user is not None and user.active and user.pin_hash == checked.pin_hash:
            self._throttle.reset(session, checked.key)
            if checked.new_hash:
                user.pin_hash = checked.new_hash
            return user
        wait_s = self._throttle.failed(session, checked.key)
        self._audit.append(session, _stranger(), "staff.wrong-pin", checked.key, {"wait_s": math.ceil(wait_s)})
        if wait_s > 0:
            return _locked_out(wait_s)
        return WrongPin(msg("The PIN is wrong."), msg("Try again, or ask a manager for a new PIN."))

    def _settle_badge(self, session: Session, code: str) -> StaffUser | Refusal:
        if wait_s := self._throttle.lock(session, self._badge_key):
            return _locked_out(wait_s)
        user = session.scalars(select(StaffUser).where(StaffUser.badge_hash == badge_hash(code), StaffUser.active)).one_or_none()
        if user is not None:
            return user
        wait_s = self._throttle.failed(session, self._badge_key, forget_after=_BADGE_MEMORY)
        self._audit.append(session, _stranger(), "staff.unknown-badge", None, {"wait_s": math.ceil(wait_s)})
        if wait_s > 0:
            return _locked_out(wait_s)
        return UnknownBadge(msg("This badge belongs to nobody here."), msg("Log in with the PIN, or ask a manager for a badge."))

    def _log_in(self, session: Session, user: StaffUser, by: str) -> LoggedIn:
        user.last_log_in_at = self._clock.now()
        self._audit.append(session, _actor(user), "staff.logged-in", user_key(user.id), {"by": by})
        return LoggedIn(_actor(user), user.session_epoch, user.must_change_pin)

    def _approve(self, db: Database, requester: Actor, scope: str, settle: "Callable[[Session], StaffUser | Refusal]") -> Actor:
        def unit(session: Session) -> Actor | Refusal:
            user = settle(session)
            if isinstance(user, Refusal):
                return user
            if _same_person(requester, user.id):
                return _second_person_needed()
            approver = _actor(user)
            if approver.may(scope):
                self._audit.append(session, approver, "staff.approved", requester.label, {"scope": scope})
            return approver

        approver = _granted(db, unit)
        approver.require(scope)
        return approver


def _granted(db: Database, unit: "Callable[[Session], T | Refusal]") -> T:
    """Run *unit*, and raise the refusal that it returned once what it counted is durable."""
    outcome = db.write(unit)
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


def _actor(user: StaffUser) -> Actor:
    # Whoever still has somebody else's PIN may do nothing before choosing one.
    scopes = frozenset() if user.must_change_pin else ROLE_SCOPES[user.role]
    return Actor("user", user.id, user.name, scopes, user.role)


def _stranger() -> Actor:
    return Actor("system", 0, "log-in")


def _same_person(requester: Actor, user_id: int) -> bool:
    return requester.kind == "user" and requester.id == user_id


def _locked_out(wait_s: float) -> LockedOut:
    seconds = math.ceil(wait_s)
    return LockedOut(
        msg("Too many wrong tries: wait %(seconds)s seconds.", seconds=seconds),
        msg("Then try again, or ask a manager for a new PIN."),
        retry_after_s=seconds,
    )


def _second_person_needed() -> SecondPersonNeeded:
    return SecondPersonNeeded(msg("Somebody else has to approve this."), msg("Ask a second person for their PIN or badge."))
