"""The refusals of repairs, each with its stable name and what the reader can do."""

from kiosk.errors import Conflict, FieldError, Invalid, NotFound, Unavailable
from kiosk.i18n import N_, Message, msg


class WrongRepair(Invalid):
    """A field is wrong; its message says what is expected."""

    slug = "repair-input"
    title = N_("Please check the input")

    @classmethod
    def of(cls, field: str, message: Message) -> "WrongRepair":
        """One wrong field. What was typed is not repeated: it may be personal."""
        return cls(message, msg("Correct this and try again; nothing was changed."), fields=[FieldError(field, None, message)])


class UnknownRepair(NotFound):
    """No repair has this id."""

    slug = "repair-unknown"
    title = N_("No such repair")


class StepNotPossible(Conflict):
    """The state of the repair does not allow this step; the answer says what it is and who did what last."""

    slug = "repair-state"
    title = N_("Not possible in this state")


class NoRepairPrinter(Unavailable):
    """No printer is configured for slips."""

    slug = "repair-no-printer"
    title = N_("No printer")
