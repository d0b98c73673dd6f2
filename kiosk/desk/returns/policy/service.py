"""Keeps the versions of the return policy and asks the one that counts."""

from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.db import table_of
from kiosk.db.upsert import insert_if_missing
from kiosk.desk.actors import SYSTEM, Actor
from kiosk.desk.audit import AuditTrail
from kiosk.desk.plain_text import one_line
from kiosk.desk.returns.policy import defaults, models, rules
from kiosk.desk.returns.policy.check import checked
from kiosk.desk.returns.policy.errors import ExamplesTurned, PolicyMoved, UnknownPolicy
from kiosk.desk.returns.policy.examples import Turned, following, outcome_of, turned
from kiosk.desk.returns.policy.views import LineFacts, Policy, PolicyVersion, Verdict
from kiosk.errors import FieldError
from kiosk.events import emit
from kiosk.i18n import msg

_HEAD, _TEXT = table_of(models.PolicyHead), table_of(models.PolicyText)
_ONLY = 1

_CURRENT = select(_TEXT).join(_HEAD, _HEAD.c.version == _TEXT.c.version).where(_HEAD.c.id == _ONLY)
_ONE = select(_TEXT).where(_TEXT.c.version == bindparam("of_version"))
_NEWEST = select(_TEXT).order_by(_TEXT.c.version.desc()).limit(bindparam("at_most"))
_LOCK_HEAD = select(_HEAD.c.version).where(_HEAD.c.id == _ONLY).with_for_update()
_SAVE = insert(_TEXT)
_MOVE_HEAD = update(_HEAD).where(_HEAD.c.id == _ONLY)
# SQLite's largest integer, beyond which a question is an error there.
_MOST_VERSIONS = 2**31 - 1


class PolicyService:
    """The store's return policy."""

    def __init__(self, settings: Settings, clock: Clock, audit: AuditTrail) -> None:
        self._settings, self._clock, self._audit = settings, clock, audit

    def ensure_default(self, session: Session) -> None:
        """Keep the product's own policy as version 1 where there is none; a write unit at the station's start."""
        if session.execute(select(_HEAD.c.id)).first() is None and insert_if_missing(session, models.PolicyHead, id=_ONLY, version=0):
            self._append(session, SYSTEM, defaults.POLICY, 1, "")

    def current(self, session: Session) -> PolicyVersion:
        """The version that counts. Raises UnknownPolicy before `ensure_default` was called."""
        row = session.execute(_CURRENT).one_or_none()
        if row is None:
            raise UnknownPolicy(msg("There is no return policy yet."), msg("Start the station once; it begins with one."))
        return _view(row)

    def judge(self, policy: Policy, facts: LineFacts) -> Verdict:
        """What *policy* says about goods; a pure function of its arguments."""
        return rules.judge(policy, facts)

    def checked(self, policy: Policy) -> Policy:
        """*policy* with its texts cleaned, as `save` would keep it. Raises WrongPolicy by row and field."""
        return checked(policy, self._settings.store.languages)

    def version(self, session: Session, number: int) -> PolicyVersion:
        """One version; raises UnknownPolicy."""
        row = session.execute(_ONE, {"of_version": number}).one_or_none() if 0 < number <= _MOST_VERSIONS else None
        if row is None:
            raise UnknownPolicy(
                msg("There is no version %(number)s of the return policy.", number=number), msg("Look at the list of versions.")
            )
        return _view(row)

    def versions(self, session: Session, limit: int = 50) -> list[PolicyVersion]:
        """The newest first."""
        return [_view(row) for row in session.execute(_NEWEST, {"at_most": limit})]

    def save(
        self, session: Session, actor: Actor, policy: Policy, *, based_on: int, note: str = "", turn_examples: bool = False
    ) -> PolicyVersion:
        """Make *policy* the version that counts (scope returns:manage).

        What equals the version that counts saves nothing. Raises WrongPolicy (an Invalid) by row and field, PolicyMoved
        (a Conflict) when *based_on* is not the current version any more, ExamplesTurned (a Conflict) when an example comes
        out otherwise, unless *turn_examples*: then the examples follow the table.
        """
        actor.require("returns:manage")
        policy = self.checked(policy)
        self.ensure_default(session)
        head: int = session.execute(_LOCK_HEAD).scalar_one()
        newest = self.version(session, head)
        if newest.policy == policy:
            return newest
        if based_on != head:
            raise PolicyMoved(
                msg("Version %(number)s was saved by %(name)s meanwhile.", number=head, name=newest.saved_by),
                msg("Look at what changed in the history; save again to replace it with yours."),
                version=head,
            )
        if found := turned(policy):
            if not turn_examples:
                raise _examples_turned(found)
            policy = following(policy)
        return self._append(session, actor, policy, head + 1, one_line(note)[: models.NOTE_LENGTH])

    def _append(self, session: Session, actor: Actor, policy: Policy, number: int, note: str) -> PolicyVersion:
        kept = {
            "version": number,
            "body": msgspec.json.encode(policy).decode(),
            "saved_at": self._clock.now(),
            "saved_by": actor.label,
            "saved_by_name": actor.name,
            "note": note,
        }
        session.execute(_SAVE, kept)
        session.execute(_MOVE_HEAD, {"version": number})
        self._audit.append(session, actor, "return-policy.saved", f"return-policy:{number}", {"version": number})
        emit(session, "return-policy.changed", {"version": number})
        return self.version(session, number)


def _examples_turned(found: list[Turned]) -> ExamplesTurned:
    fields = [
        FieldError(
            f"examples[{one.number}]",
            outcome_of(one.verdict).value,
            msg("Example %(number)s: %(reason)s", number=one.number + 1, reason=one.verdict.reason),
        )
        for one in found
    ]
    return ExamplesTurned(
        msg("Goods noted as examples would be judged otherwise: %(count)s.", count=len(found)),
        msg("Change the table until they are judged as before, or save all the same: then the examples follow."),
        fields=fields,
    )


@lru_cache(maxsize=8)
def _decoded(body: str) -> Policy:
    """The policy of a version's text: each receipt asks for it, and it changes a few times a year."""
    return msgspec.json.decode(body, type=Policy)


def _view(row: "Row[Any]") -> PolicyVersion:
    return PolicyVersion(row.version, _decoded(row.body), row.saved_at, row.saved_by_name, row.note)
