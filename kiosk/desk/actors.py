"""Who does something: a person, a program with a token, or the station itself; and what each may do."""

from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.errors import Denied
from kiosk.i18n import N_, Message, msg


class Role(StrEnum):
    """A person's job at the desk."""

    BAG_CHECK = "bag-check"
    DESK = "desk"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"
    TECHNICIAN = "technician"


ROLE_NAMES: dict[Role, str] = {
    Role.BAG_CHECK: N_("Bag check"),
    Role.DESK: N_("Service desk"),
    Role.SUPERVISOR: N_("Floor supervisor"),
    Role.MANAGER: N_("Manager"),
    Role.TECHNICIAN: N_("Technician"),
}

# Every permission of the product; tokens get them one by one, people by role.
SCOPES: dict[str, str] = {
    "bags:read": N_("See bags and tickets"),
    "bags:write": N_("Take in and give back bags"),
    "bags:approve": N_("Approve a release without a ticket"),
    "bags:manage": N_("Change shelves and close the day"),
    "jobs:read": N_("See the print queue"),
    "jobs:write": N_("Decide about print jobs"),
    "scans:write": N_("Send scans"),
    "devices:read": N_("See devices"),
    "devices:write": N_("Test devices"),
    "events:read": N_("Follow events"),
    "users:write": N_("Manage staff"),
    "audit:read": N_("Read the audit trail"),
}

_BAG_CHECK = {"bags:read", "bags:write", "jobs:read", "jobs:write", "scans:write", "devices:read", "events:read"}
_SUPERVISOR = _BAG_CHECK | {"bags:approve", "bags:manage"}
ROLE_SCOPES: dict[Role, frozenset[str]] = {
    Role.BAG_CHECK: frozenset(_BAG_CHECK),
    Role.DESK: frozenset(_BAG_CHECK),
    Role.SUPERVISOR: frozenset(_SUPERVISOR),
    Role.MANAGER: frozenset(_SUPERVISOR | {"users:write", "audit:read"}),
    Role.TECHNICIAN: frozenset(
        {"bags:read", "jobs:read", "jobs:write", "scans:write", "devices:read", "devices:write", "events:read", "users:write", "audit:read"}
    ),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, as records and the audit trail name it."""

    kind: str  # "user", "token", "system"
    id: int
    name: str
    scopes: frozenset[str] = field(default=frozenset())
    role: Role | None = None

    @property
    def label(self) -> str:
        """``user:3`` and the like: short, unique, and without personal data."""
        return f"{self.kind}:{self.id}"

    def may(self, scope: str) -> bool:
        return scope in self.scopes

    def require(self, scope: str) -> None:
        """Raise Denied unless this actor has *scope*."""
        if not self.may(scope):
            raise Denied(
                msg("%(name)s has no permission for: %(scope)s", name=self.name, scope=Message(SCOPES.get(scope, scope))),
                msg("Ask a person with that permission, or a token that has it."),
                scope=scope,
            )


SYSTEM = Actor("system", 0, "system", frozenset(SCOPES))
