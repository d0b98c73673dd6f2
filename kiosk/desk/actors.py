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
    "feedback:read": N_("See feedback"),
    "feedback:ask": N_("Ask a customer for a rating"),
    "feedback:write": N_("Edit surveys and judge flags"),
    "cases:read": N_("See cases"),
    "cases:write": N_("Work on cases"),
    "cases:manage": N_("Assign cases and release what is shown to shoppers"),
    "contacts:reveal": N_("See a customer's contact data"),
    "privacy:write": N_("Export and delete a person's data"),
    "receipts:read": N_("Look receipts up"),
    "receipts:write": N_("Bring receipts in"),
    "returns:read": N_("See returns and pickup lists"),
    "returns:write": N_("Take goods back"),
    "returns:approve": N_("Approve exceptions and sign for goods"),
    "returns:manage": N_("Edit the return policy"),
    "refunds:write": N_("Report what became of refunds"),
    "alerts:read": N_("See messages to people"),
    "alerts:write": N_("Send undelivered messages again"),
    "users:write": N_("Manage staff"),
    "audit:read": N_("Read the audit trail"),
}

_BAG_CHECK = {"bags:read", "bags:write", "jobs:read", "jobs:write", "scans:write", "devices:read", "events:read"}
_DESK = _BAG_CHECK | {"feedback:ask", "cases:read", "cases:write", "contacts:reveal"}
_DESK |= {"receipts:read", "returns:read", "returns:write"}
_SUPERVISOR = _DESK | {"bags:approve", "bags:manage", "feedback:read", "cases:manage", "alerts:read", "returns:approve", "refunds:write"}
ROLE_SCOPES: dict[Role, frozenset[str]] = {
    Role.BAG_CHECK: frozenset(_BAG_CHECK),
    Role.DESK: frozenset(_DESK),
    Role.SUPERVISOR: frozenset(_SUPERVISOR),
    Role.MANAGER: frozenset(
        _SUPERVISOR | {"users:write", "audit:read", "feedback:write", "privacy:write", "alerts:write", "returns:manage", "receipts:write"}
    ),
    Role.TECHNICIAN: frozenset(
        {"bags:read", "jobs:read", "jobs:write", "scans:write", "devices:read", "devices:write", "events:read", "users:write", "audit:read"}
        | {"alerts:read", "alerts:write"}
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
# Whoever stands at the public kiosk: may hand in a case, and nothing else.
SHOPPER = Actor("shopper", 0, "shopper", frozenset({"cases:open"}))
