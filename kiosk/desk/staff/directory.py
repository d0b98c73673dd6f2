"""The people of the store: adding, listing and changing them; `service` adds how they log in."""

import hashlib
import secrets
import unicodedata

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Security
from kiosk.db import Database
from kiosk.desk.actors import ROLE_NAMES, SYSTEM, Actor, Role
from kiosk.desk.audit import AuditTrail
from kiosk.desk.staff.errors import BadgeTaken, LastOfRole, NameTaken, NoSuchUser
from kiosk.desk.staff.models import StaffUser
from kiosk.desk.staff.pins import PinHasher, PreparedPin, check_strength, random_pin
from kiosk.desk.staff.throttle import Throttle
from kiosk.desk.staff.views import StaffView
from kiosk.errors import FieldError, Invalid
from kiosk.i18n import Message, msg

FIRST_TECHNICIAN_NAME = "technician"
NAME_MAX_LENGTH = 32

# Those who can let others in; without one of them nobody could ever be added or reset.
_KEEPERS = (Role.MANAGER, Role.TECHNICIAN)

# A badge is kept as a plain SHA-256 because it carries its own entropy: codes that we make have 80 random bits, and
# others must be long and varied. A key would have to be shared by all stations of one database, that is, lie in it.
BADGE_PREFIX = "BADGE-"
_BADGE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U to misread
_BADGE_RANDOM_LENGTH = 16
_BADGE_MIN_LENGTH = 12
_BADGE_MAX_LENGTH = 64
_BADGE_MIN_DIFFERENT = 4


def new_badge_code() -> str:
    """Return a fresh code to print on a badge; it matches the default of ``scans.badge_regex``."""
    return BADGE_PREFIX + "".join(secrets.choice(_BADGE_ALPHABET) for _ in range(_BADGE_RANDOM_LENGTH))


def badge_hash(code: str) -> str:
    """What is stored of a badge."""
    return hashlib.sha256(b"kiosk badge\0" + code.strip().encode()).hexdigest()


class StaffDirectory:
    """Who works here. Methods that change something take the session of a write unit and who asks for it."""

    def __init__(self, security: Security, clock: Clock, audit: AuditTrail, hasher: PinHasher | None = None) -> None:
        self._security = security
        self._clock = clock
        self._audit = audit
        self._hasher = hasher or PinHasher()
        self._throttle = Throttle(security, clock)

    def prepare_pin(self, pin: str, *, field: str = "pin") -> PreparedPin:
        """Check that *pin* is strong enough and hash it. Slow on purpose: call it before the write unit, not inside."""
        check_strength(pin, self._security, field=field)
        return PreparedPin(self._hasher.hash(pin))

    def random_pin(self) -> str:
        """Return a PIN to hand to a person, who has to change it at the first log-in."""
        return random_pin(self._security)

    def create_user(
        self,
        session: Session,
        actor: Actor,
        *,
        name: str,
        role: Role,
        pin: PreparedPin | None = None,
        badge: str | None = None,
        must_change_pin: bool = True,
    ) -> StaffView:
        """Add a person with a PIN, a badge or both."""
        actor.require("users:write")
        if pin is None and badge is None:
            text = msg("A person needs a PIN or a badge to log in.")
            raise Invalid(text, fields=[FieldError("pin", None, text)])
        return self._create(session, actor, _clean_name(name), role, pin, badge, must_change_pin=must_change_pin)

    def first_technician(self, db: Database) -> str | None:
        """On an empty database create one technician and return the one-time PIN to print; else None."""
        with db.read() as session:
            if self._anybody(session):
                return None
        pin = self.random_pin()
        prepared = self.prepare_pin(pin)

        def create(session: Session) -> str | None:
            if self._anybody(session):  # another station of this database was first
                return None
            self._create(session, SYSTEM, FIRST_TECHNICIAN_NAME, Role.TECHNICIAN, prepared, None, must_change_pin=True)
            return pin

        return db.write(create)

    def list_users(self, session: Session, *, active_only: bool = False) -> list[StaffView]:
        """Return everybody by name; for the log-in page, *active_only*."""
        query = select(StaffUser).order_by(StaffUser.name_key)
        if active_only:
            query = query.where(StaffUser.active)
        return [view_of(user) for user in session.scalars(query)]

    def get(self, session: Session, user_id: int) -> StaffView:
        """Return one person. Raises NoSuchUser."""
        return view_of(self._user(session, user_id))

    def find_by_name(self, session: Session, name: str) -> StaffView:
        """Return the person called *name*, whatever the case of its letters. Raises NoSuchUser."""
        user = session.scalars(select(StaffUser).where(StaffUser.name_key == _name_key(name))).one_or_none()
        if user is None:
            raise NoSuchUser(msg("There is no person called %(name)s.", name=name), msg("See the list of staff."))
        return view_of(user)

    def set_pin(self, session: Session, actor: Actor, user_id: int, pin: PreparedPin, *, must_change_pin: bool = True) -> StaffView:
        """Give somebody a new PIN, forget their wrong tries and end their sessions."""
        actor.require("users:write")
        user = self._user(session, user_id)
        user.pin_hash = pin.hash
        user.must_change_pin = must_change_pin
        user.session_epoch += 1
        self._throttle.reset(session, user_key(user.id))
        self._audit.append(session, actor, "staff.pin-reset", user_key(user.id))
        return view_of(user)

    def set_badge(self, session: Session, actor: Actor, user_id: int, code: str | None) -> StaffView:
        """Give somebody a badge in place of an earlier one; None revokes it. Sessions end: a lost badge may have opened them."""
        actor.require("users:write")
        user = self._user(session, user_id)
        user.badge_hash = None if code is None else self._free_badge(session, code, user.id)
        user.session_epoch += 1
        self._audit.append(session, actor, "staff.badge-revoked" if code is None else "staff.badge-set", user_key(user.id))
        return view_of(user)

    def set_role(self, session: Session, actor: Actor, user_id: int, role: Role) -> StaffView:
        """Change somebody's job. The last manager and the last technician keep theirs."""
        actor.require("users:write")
        user = self._user(session, user_id)
        if role is not user.role:
            self._keep_one(session, user)
            self._audit.append(session, actor, "staff.role-changed", user_key(user.id), {"from": user.role, "to": role})
            user.role = role
        return view_of(user)

    def deactivate(self, session: Session, actor: Actor, user_id: int) -> StaffView:
        """Take away somebody's access at once; the badge becomes free. The last manager and the last technician stay."""
        actor.require("users:write")
        user = self._user(session, user_id)
        if user.active:
            self._keep_one(session, user)
            user.active = False
            user.badge_hash = None
            user.session_epoch += 1
            self._audit.append(session, actor, "staff.deactivated", user_key(user.id))
        return view_of(user)

    def reactivate(self, session: Session, actor: Actor, user_id: int, pin: PreparedPin) -> StaffView:
        """Let somebody in again who had left, with a new one-time PIN."""
        actor.require("users:write")
        user = self._user(session, user_id)
        user.active = True
        self._audit.append(session, actor, "staff.reactivated", user_key(user.id))
        session.flush()
        return self.set_pin(session, actor, user_id, pin)

    def _create(
        self, session: Session, actor: Actor, name: str, role: Role, pin: PreparedPin | None, badge: str | None, *, must_change_pin: bool
    ) -> StaffView:
        if session.scalar(select(StaffUser.id).where(StaffUser.name_key == _name_key(name))) is not None:
            raise _name_taken(name)
        user = StaffUser(
            name=name,
            name_key=_name_key(name),
            role=role,
            pin_hash=pin.hash if pin else None,
            must_change_pin=must_change_pin and pin is not None,
            badge_hash=None if badge is None else self._free_badge(session, badge, None),
            session_epoch=1,
            active=True,
            created_at=self._clock.now(),
        )
        try:
            # On PostgreSQL another station may add the same name between the look above and now.
            with session.begin_nested():
                session.add(user)
        except IntegrityError as error:
            raise _name_taken(name) from error
        self._audit.append(
            session, actor, "staff.created", user_key(user.id), {"role": role, "pin": pin is not None, "badge": badge is not None}
        )
        return view_of(user)

    def _anybody(self, session: Session) -> bool:
        return session.scalar(select(StaffUser.id).limit(1)) is not None

    def _user(self, session: Session, user_id: int) -> StaffUser:
        user = session.get(StaffUser, user_id)
        if user is None:
            raise NoSuchUser(msg("There is no person with the number %(id)s.", id=user_id), msg("See the list of staff."))
        return user

    def _free_badge(self, session: Session, code: str, user_id: int | None) -> str:
        _check_badge(code)
        stored = badge_hash(code)
        owner = session.scalar(select(StaffUser.id).where(StaffUser.badge_hash == stored))
        if owner is not None and owner != user_id:
            raise BadgeTaken(msg("This badge belongs to another person."), msg("Revoke it there first, or take another badge."))
        return stored

    def _keep_one(self, session: Session, user: StaffUser) -> None:
        if user.role not in _KEEPERS or not user.active:
            return
        can_log_in = or_(StaffUser.pin_hash.is_not(None), StaffUser.badge_hash.is_not(None))
        others = select(func.count()).where(StaffUser.role == user.role, StaffUser.active, StaffUser.id != user.id, can_log_in)
        if not session.scalar(others):
            raise LastOfRole(
                msg("%(name)s is the last active person with the role %(role)s.", name=user.name, role=ROLE_NAMES[user.role]),
                msg("Add another one first."),
            )


def view_of(user: StaffUser) -> StaffView:
    """Return *user* as a value."""
    return StaffView(
        id=user.id,
        name=user.name,
        role=user.role,
        active=user.active,
        has_pin=user.pin_hash is not None,
        has_badge=user.badge_hash is not None,
        must_change_pin=user.must_change_pin,
        created_at=user.created_at,
        last_log_in_at=user.last_log_in_at,
    )


def user_key(user_id: int) -> str:
    """``user:3``: names a person in the audit trail and counts their wrong tries."""
    return f"user:{user_id}"


def _name_taken(name: str) -> NameTaken:
    return NameTaken(
        msg("There is already a person called %(name)s.", name=name),
        msg("Add a second name or a number, or reactivate that person."),
    )


def _clean_name(name: str) -> str:
    clean = " ".join(unicodedata.normalize("NFC", name).split())
    if not clean:
        raise _invalid("name", name, msg("A person needs a name."))
    if len(clean) > NAME_MAX_LENGTH:
        raise _invalid("name", name[: 2 * NAME_MAX_LENGTH], msg("A name has at most %(max)s characters.", max=NAME_MAX_LENGTH))
    if any(unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs", "Cn") for character in clean):
        raise _invalid("name", clean, msg("A name has no control characters."))
    return clean


def _name_key(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _check_badge(code: str) -> None:
    text = code.strip()
    if not (text.isascii() and text.isprintable()):
        raise _invalid("badge", None, msg("A badge code has ASCII characters only."))
    if not _BADGE_MIN_LENGTH <= len(text) <= _BADGE_MAX_LENGTH:
        raise _invalid("badge", None, msg("A badge code has %(min)s to %(max)s characters.", min=_BADGE_MIN_LENGTH, max=_BADGE_MAX_LENGTH))
    if len(set(text[-_BADGE_MIN_LENGTH:])) < _BADGE_MIN_DIFFERENT:
        raise _invalid("badge", None, msg("This badge code is too easy to guess."))


def _invalid(field: str, value: object, text: Message) -> Invalid:
    return Invalid(text, fields=[FieldError(field, value, text)])
