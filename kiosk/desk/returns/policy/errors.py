"""The refusals of the return policy, each with its stable name and what the reader can do."""

from kiosk.errors import Conflict, Invalid, NotFound
from kiosk.i18n import N_


class WrongPolicy(Invalid):
    """A policy that could not be applied, or says something that never counts."""

    slug = "return-policy-input"
    title = N_("The return policy cannot be used like this")


class UnknownPolicy(NotFound):
    """No version has this number."""

    slug = "return-policy-unknown"
    title = N_("No such version of the return policy")


class PolicyMoved(Conflict):
    """Somebody saved another version while this one was being edited."""

    slug = "return-policy-moved"
    title = N_("Somebody else has changed the return policy")


class ExamplesTurned(Conflict):
    """The table judges goods otherwise that were noted as examples; whoever means it says so."""

    slug = "return-policy-examples"
    title = N_("Examples would be judged otherwise")
