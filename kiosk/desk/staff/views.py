"""What the staff and token services hand out: values, not database rows."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from kiosk.desk.actors import Actor, Role


class StaffView(msgspec.Struct, frozen=True):
    """One person, without anything secret."""

    id: int
    name: str
    role: Role
    active: bool
    has_pin: bool
    has_badge: bool
    must_change_pin: bool
    created_at: datetime
    last_log_in_at: datetime | None


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Somebody who has just proved who they are.

    A session keeps ``actor.id`` and *epoch* and asks `StaffService.actor_for_user` at every request. While
    *must_change_pin* holds, the actor may do nothing but `StaffService.change_own_pin`.
    """

    actor: Actor
    epoch: int
    must_change_pin: bool


class TokenView(msgspec.Struct, frozen=True):
    """One API token, without the token itself."""

    id: int
    name: str
    scopes: list[str]
    created_by: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just created: *text* is shown once and kept nowhere."""

    text: str
    view: TokenView
