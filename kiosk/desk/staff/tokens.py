"""API tokens: keys for programs, each with the permissions it needs and no more."""

import difflib
import hashlib
import logging
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, or_, select, update
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.db import Database, table_of
from kiosk.desk.actors import SCOPES, Actor
from kiosk.desk.audit import AuditTrail
from kiosk.desk.staff.errors import NoSuchToken, TokenNameTaken
from kiosk.desk.staff.models import ApiToken
from kiosk.desk.staff.views import NewToken, TokenView
from kiosk.errors import FieldError, Invalid, StorageError
from kiosk.i18n import Message, msg

log = logging.getLogger(__name__)

TOKEN_PREFIX = "kiosk_"  # so that secret scanners and people recognise one
_RANDOM_BYTES = 32
_NAME_MAX_LENGTH = 64
# A program that polls each second must not cost a write each second.
_USE_NOTED_EVERY = timedelta(hours=1)

_TOKEN = table_of(ApiToken)
# Asked for each request of a program, so that a revocation counts from the next one on.
_VALID = select(_TOKEN.c.id, _TOKEN.c.name, _TOKEN.c.scopes, _TOKEN.c.last_used_at).where(
    _TOKEN.c.token_hash == bindparam("hash"), _TOKEN.c.revoked_at.is_(None)
)


class TokenService:
    """Creates, checks, lists and revokes tokens. Only a hash is kept: the token is shown once."""

    def __init__(self, clock: Clock, audit: AuditTrail) -> None:
        self._clock = clock
        self._audit = audit

    def create(self, session: Session, actor: Actor, name: str, scopes: Iterable[str]) -> NewToken:
        """Create a token called *name* with *scopes*; its text exists nowhere but in the answer."""
        actor.require("users:write")
        clean = " ".join(name.split())
        if not clean or len(clean) > _NAME_MAX_LENGTH or not clean.isprintable():
            raise _invalid(
                "name", name[: 2 * _NAME_MAX_LENGTH], msg("A token's name has 1 to %(max)s printable characters.", max=_NAME_MAX_LENGTH)
            )
        checked = _check_scopes(scopes)
        if session.scalar(select(ApiToken.id).where(ApiToken.name == clean, ApiToken.revoked_at.is_(None))) is not None:
            raise TokenNameTaken(
                msg("There is already a token called %(name)s.", name=clean), msg("Take another name, or revoke that token first.")
            )
        text = TOKEN_PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
        token = ApiToken(
            name=clean,
            token_hash=_hash(text),
            scopes=msgspec.json.encode(checked).decode(),
            created_by=actor.label,
            created_at=self._clock.now(),
        )
        session.add(token)
        session.flush()
        self._audit.append(session, actor, "token.created", f"token:{token.id}", {"name": clean, "scopes": checked})
        return NewToken(text, _view(token))

    def authenticate(self, session: Session, token: str) -> Actor | None:
        """Return who *token* stands for; None when it is unknown or revoked. Works in a read session."""
        found = self._find(session, token)
        return None if found is None else _actor(found)

    def authenticate_and_note(self, db: Database, token: str) -> Actor | None:
        """Like `authenticate`, and notes the use, at most once an hour. Not for inside a write unit."""
        with db.read() as session:
            found = self._find(session, token)
            if found is None:
                return None
            actor, last_used_at = _actor(found), found.last_used_at
        if self._note_is_due(last_used_at):
            try:
                db.write(lambda session: self.note_use(session, actor))
            except StorageError as error:
                # A full disk is no reason to refuse a program that only looks.
                log.warning("the use of a token was not noted", extra={"token": actor.id, "reason": str(error)})
        return actor

    def note_use(self, session: Session, actor: Actor) -> None:
        """Record that the token of *actor* was used, unless that was done within the hour."""
        now = self._clock.now()
        due = or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at <= now - _USE_NOTED_EVERY, ApiToken.last_used_at > now)
        session.execute(update(ApiToken).where(ApiToken.id == actor.id, due).values(last_used_at=now))

    def list(self, session: Session, *, with_revoked: bool = False) -> list[TokenView]:
        """Return the tokens by name, without their texts."""
        query = select(ApiToken).order_by(ApiToken.name, ApiToken.id)
        if not with_revoked:
            query = query.where(ApiToken.revoked_at.is_(None))
        return [_view(token) for token in session.scalars(query)]

    def revoke(self, session: Session, actor: Actor, token_id: int) -> TokenView:
        """Make a token worthless at once; a second time changes nothing. Raises NoSuchToken."""
        actor.require("users:write")
        token = session.get(ApiToken, token_id)
        if token is None:
            raise NoSuchToken(msg("There is no token with the number %(id)s.", id=token_id), msg("See the list of tokens."))
        if token.revoked_at is None:
            token.revoked_at = self._clock.now()
            self._audit.append(session, actor, "token.revoked", f"token:{token.id}", {"name": token.name})
        return _view(token)

    def revoke_by_name(self, session: Session, actor: Actor, name: str) -> TokenView:
        """Revoke the token called *name*. Raises NoSuchToken."""
        token_id = session.scalar(select(ApiToken.id).where(ApiToken.name == name, ApiToken.revoked_at.is_(None)))
        if token_id is None:
            raise NoSuchToken(msg("There is no valid token called %(name)s.", name=name), msg("See the list of tokens."))
        return self.revoke(session, actor, token_id)

    def _find(self, session: Session, token: str) -> "Row[Any] | None":
        if not token.startswith(TOKEN_PREFIX):
            return None
        return session.execute(_VALID, {"hash": _hash(token)}).one_or_none()

    def _note_is_due(self, last_used_at: datetime | None) -> bool:
        now = self._clock.now()
        # A use in the future was noted before the clock was set back.
        return last_used_at is None or not now - _USE_NOTED_EVERY < last_used_at <= now


def _check_scopes(scopes: Iterable[str]) -> "list[str]":
    wanted = sorted(set(scopes))
    if not wanted:
        raise _invalid("scopes", [], msg("A token needs at least one permission."))
    problems = [FieldError("scopes", scope, _unknown_scope(scope)) for scope in wanted if scope not in SCOPES]
    if problems:
        raise Invalid(problems[0].message, fields=problems)
    return wanted


def _unknown_scope(scope: str) -> Message:
    if near := difflib.get_close_matches(scope, SCOPES, n=1):
        return msg("There is no permission %(scope)s; did you mean %(near)s?", scope=scope, near=near[0])
    return msg("There is no permission %(scope)s; known: %(known)s.", scope=scope, known=", ".join(sorted(SCOPES)))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _actor(token: "Row[Any]") -> Actor:
    return Actor("token", token.id, token.name, frozenset(msgspec.json.decode(token.scopes, type=list[str])) & SCOPES.keys())


def _view(token: ApiToken) -> TokenView:
    scopes = msgspec.json.decode(token.scopes, type=list[str])
    return TokenView(token.id, token.name, scopes, token.created_by, token.created_at, token.last_used_at, token.revoked_at)


def _invalid(field: str, value: object, text: Message) -> Invalid:
    return Invalid(text, fields=[FieldError(field, value, text)])
