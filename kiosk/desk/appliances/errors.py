"""The refusals of appliance tests, each with its stable name and what the reader can do."""

from kiosk.errors import FieldError, Invalid, NotFound
from kiosk.i18n import N_, Message, msg


class WrongTest(Invalid):
    """A field is wrong; its message says what is expected."""

    slug = "appliance-test-input"
    title = N_("Please check the input")

    @classmethod
    def of(cls, field: str, message: Message) -> "WrongTest":
        """One wrong field."""
        return cls(message, msg("Correct this and try again; nothing was changed."), fields=[FieldError(field, None, message)])


class UnknownTest(NotFound):
    """No test has this id."""

    slug = "appliance-test-unknown"
    title = N_("No such test")
