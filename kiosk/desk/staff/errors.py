"""What staff, badge and token requests are refused for."""

from kiosk.errors import Conflict, Denied, Invalid, NotFound, Throttled, Unauthenticated
from kiosk.i18n import N_


class NoSuchUser(NotFound):
    slug = "user-not-found"
    title = N_("No such person")


class NameTaken(Conflict):
    slug = "user-name-taken"
    title = N_("This name is taken")


class BadgeTaken(Conflict):
    slug = "badge-taken"
    title = N_("This badge is taken")


class LastOfRole(Conflict):
    """Without this person nobody could manage the station any more."""

    slug = "last-of-role"
    title = N_("The last one stays")


class WeakPin(Invalid):
    slug = "weak-pin"
    title = N_("Choose another PIN")


class WrongPin(Unauthenticated):
    """Wrong PIN, no PIN, unknown or deactivated person: the answer is the same for all."""

    slug = "wrong-pin"
    title = N_("Wrong PIN")


class UnknownBadge(Unauthenticated):
    slug = "unknown-badge"
    title = N_("Unknown badge")


class LockedOut(Throttled):
    slug = "locked-out"
    title = N_("Too many wrong tries")


class SecondPersonNeeded(Denied):
    slug = "second-person-needed"
    title = N_("A second person is needed")


class NoSuchToken(NotFound):
    slug = "token-not-found"
    title = N_("No such token")


class TokenNameTaken(Conflict):
    slug = "token-name-taken"
    title = N_("This name is taken")
